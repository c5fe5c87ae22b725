"""Four weeks of talk between two brands and their customers, in which every question finds its end: nothing is open at
either edge.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from slamon.model import DAY, HOUR, MINUTE, SECOND
from stage import iso

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.model import Instant

BRANDS = ("acme", "zenith")
WEEKS = 28 * DAY
QUIET = 4 * DAY
"""At the end nobody asks any more, and who was not answered has fallen silent."""
RULES = """\
abandoned_after: 2d
automation: {author: [robot]}
hand_over: "send us a DM"
no_reply: [thanks]
policies:
  - {name: stars, when: {author.followers: ">= 10000"}, first_response: 30m, objective: {share: 90%, over: 28d}}
  - {name: everyone, first_response: 2h, next_response: 1h, calendar: office, objective: {share: 80%, over: 28d}}
"""
ASKED = ("where is my parcel?", "my router is broken", "do you open on Sundays?", "thanks!")
SAID = ("it is on its way", "please send us a DM", "from nine to five")


def talk(seed: int, begins: Instant, threads: int) -> list[tuple[Instant, dict[str, Any]]]:
    """(when it is written, the record), in the order of time."""
    chance = random.Random(seed)
    said = [line for number in range(threads) for line in _thread(chance, number, begins)]
    return sorted(said, key=lambda line: line[0])


def _thread(chance: random.Random, number: int, begins: Instant) -> Iterator[tuple[Instant, dict[str, Any]]]:
    brand, customer = chance.choice(BRANDS), f"c{chance.randrange(200)}"
    followers = int(10 ** chance.uniform(0, 5))
    at = begins + chance.randrange(HOUR, WEEKS - QUIET)
    same = {"conversation": f"t{number}", "brand": brand}
    for turn in range(chance.choice((1, 1, 2, 3))):
        asks = {"id": f"{number}-{turn}q", "role": "customer", "author": customer, "followers": followers}
        yield _line(at, same | asks, chance.choice(ASKED))
        if chance.random() < 0.3:
            bot = {"id": f"{number}-{turn}b", "role": "brand", "author": "robot"}
            yield _line(at + 20 * SECOND, same | bot, "we got it")
        at += int(chance.expovariate(1 / (1.2 * HOUR))) % (20 * HOUR) + MINUTE
        if chance.random() < 0.05:
            return
        answers = {"id": f"{number}-{turn}a", "role": "brand", "author": brand}
        yield _line(at, same | answers, chance.choice(SAID))
        at += int(chance.expovariate(1 / (2 * HOUR))) % (10 * HOUR) + MINUTE


def _line(at: Instant, record: dict[str, Any], text: str) -> tuple[Instant, dict[str, Any]]:
    return at, record | {"text": text, "created_at": iso(at)}
