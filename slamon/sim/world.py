"""A small world on a clock: customers ask, agents answer in time, late, or not at all.

`story` and `plan` are pure, and the same for the same seed; `World` acts them out on the pretend X.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from heapq import heapify, heappop, heappush
from itertools import count, takewhile
from random import Random
from typing import TYPE_CHECKING

from slamon.model import MINUTE, SECOND
from slamon.sim import _words as words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from slamon.model import Instant, Millis
    from slamon.sim.x import PretendX

BRAND = "acme"
TEAM = "acmehelp"
TARGET: Millis = 20 * SECOND
"""How soon agents ought to answer; how late they are is measured in it."""
PAUSE: Millis = 7 * SECOND
"""Between two new questions, on average."""


class What(StrEnum):
    """What somebody does."""

    POST = "posts"
    CHAT = "chats with"
    REPLY = "answers"
    EDIT = "edits"
    DELETE = "deletes"
    RETWEET = "passes on a post of"


@dataclass(frozen=True, slots=True)
class Act:
    """Who does what, and how long after the world began. `name` is the plan's own name of a post; `to`, of another."""

    at: Millis
    what: What
    name: str
    who: str
    text: str = ""
    to: str = ""


def plan(seed: int, minutes: int) -> list[Act]:
    """Everything that happens in the first `minutes`, in order."""
    return list(takewhile(lambda act: act.at < minutes * MINUTE, story(seed)))


def story(seed: int) -> Iterator[Act]:
    """All that ever happens, in order and without end: a fixed opening, then chance."""
    random = Random(seed)  # noqa: S311 - a story, not a secret
    order = count()
    coming = [(act.at, next(order), act) for act in _opening(random)]
    heapify(coming)
    at = 24 * SECOND
    for number in count():
        for act in _conversation(random, at, f"q{number}"):
            heappush(coming, (act.at, next(order), act))
        at += round(random.expovariate(1 / PAUSE))
        while coming and coming[0][0] <= at:
            yield heappop(coming)[2]


def _opening(random: Random) -> list[Act]:
    """One conversation of every sort, so that the first minute shows all that slamon says."""
    return [
        Act(0, What.POST, "news", BRAND, words.ANNOUNCEMENT),
        *_asked(random, 1 * SECOND, "in-time", "ann_t", answered=8 * SECOND),
        *_asked(random, 2 * SECOND, "warned", "gus_on_tour", answered=9 * SECOND),
        *_asked(random, 3 * SECOND, "late", "bob_kw", answered=28 * SECOND),
        Act(7 * SECOND, What.POST, "hostile", "emeka_o", words.HOSTILE[0]),
        Act(70 * SECOND, What.REPLY, "hostile-answer", BRAND, words.ANSWERS[0], "hostile"),
        Act(10 * SECOND, What.POST, "regretted", "cyd_live", words.QUESTIONS[8]),
        Act(24 * SECOND, What.DELETE, "regretted", "cyd_live"),
        Act(12 * SECOND, What.CHAT, "chat", "nils_h", words.CHATTER[0], "in-time"),
        Act(13 * SECOND, What.POST, "typo", "dora_reads", "@{brand} teh app dose not open"),
        Act(16 * SECOND, What.EDIT, "typo", "dora_reads", "@{brand} the app does not open"),
        Act(25 * SECOND, What.REPLY, "typo-answer", TEAM, words.ANSWERS[4], "typo"),
        Act(15 * SECOND, What.RETWEET, "echo", "pia_rossi", to="late"),
        Act(20 * SECOND, What.REPLY, "more", "ann_t", words.FOLLOW_UPS[1], "in-time-answer"),
        Act(32 * SECOND, What.REPLY, "more-answer", BRAND, words.ANSWERS[2], "more"),
    ]


def _conversation(random: Random, at: Millis, name: str) -> list[Act]:
    who = random.choice(words.CUSTOMERS)[0]
    text = random.choice(words.HOSTILE if random.random() < 0.1 else words.QUESTIONS)  # noqa: PLR2004 - one in ten
    acts = [Act(at, What.POST, name, who, text), *_asides(random, at, name, who)]
    wait = _patience(random)
    if wait is None:
        return acts
    acts += _answer(random, at + wait, name)
    if random.random() < 0.15:  # noqa: PLR2004 - about one in seven asks again
        again = at + wait + random.randrange(3 * SECOND, TARGET)
        acts.append(Act(again, What.REPLY, f"{name}-more", who, random.choice(words.FOLLOW_UPS), f"{name}-answer"))
        acts += _answer(random, again + random.randrange(4 * SECOND, 2 * TARGET), f"{name}-more")
    return acts


def _asked(random: Random, at: Millis, name: str, who: str, *, answered: Millis) -> list[Act]:
    return [
        Act(at, What.POST, name, who, random.choice(words.QUESTIONS)),
        *_answer(random, at + answered, name),
    ]


def _answer(random: Random, at: Millis, name: str) -> list[Act]:
    who = random.choice((BRAND, BRAND, TEAM))
    return [Act(at, What.REPLY, f"{name}-answer", who, random.choice(words.ANSWERS), name)]


def _patience(random: Random) -> Millis | None:
    """How long a customer waits: mostly less than the target, sometimes more, now and then for ever (`None`)."""
    luck = random.random()
    if luck < 0.7:  # noqa: PLR2004 - seven of ten in time
        return random.randrange(3 * SECOND, TARGET - 2 * SECOND)
    if luck < 0.95:  # noqa: PLR2004 - most of the others late
        return random.randrange(TARGET + 2 * SECOND, 5 * TARGET)
    return None


def _asides(random: Random, at: Millis, name: str, who: str) -> list[Act]:
    """What happens beside the question: an edit, somebody else's two cents, a retweet. Seldom."""
    stranger = random.choice([handle for handle, *_ in words.CUSTOMERS if handle != who])
    luck = random.random()
    if luck < 0.08:  # noqa: PLR2004
        return [Act(at + 2 * SECOND, What.EDIT, name, who, random.choice(words.QUESTIONS))]
    if luck < 0.16:  # noqa: PLR2004
        return [Act(at + 2 * SECOND, What.CHAT, f"{name}-chat", stranger, random.choice(words.CHATTER), name)]
    if luck < 0.2:  # noqa: PLR2004
        return [Act(at + 2 * SECOND, What.RETWEET, f"{name}-echo", stranger, to=name)]
    return []


class World:
    """Acts a plan out. `heard` is told of every act after it was done, and whose post it was about."""

    def __init__(self, x: PretendX, heard: Callable[[Act, str], None]) -> None:
        self._x = x
        self._heard = heard
        self._posts: dict[str, str] = {}
        for handle, name, followers, verified in words.CUSTOMERS:
            x.user(handle, name=name, followers=followers, verified_type=verified)

    def run(self, acts: Iterable[Act], clock: Callable[[], Instant], wait: Callable[[float], bool]) -> None:
        """Do every act when its time has come; `wait` holds for so many seconds and says whether to stop."""
        began = clock()
        for act in acts:
            if wait(max(0, began + act.at - clock()) / SECOND):
                return
            self.do(act)

    def do(self, act: Act) -> None:
        """Do one act now."""
        act = replace(act, text=act.text.replace("{brand}", self._x.brand.username))
        if act.what is What.EDIT:
            self._x.edit(self._posts[act.name], act.text)
        elif act.what is What.DELETE:
            self._x.delete(self._posts[act.name])
        elif act.what is What.RETWEET:
            self._x.retweet(act.who, self._posts[act.to])
        else:
            self._posts[act.name] = self._x.post(act.who, act.text, reply_to=self._posts.get(act.to))
        self._heard(act, self._author(act.to))

    def _author(self, name: str) -> str:
        post = self._posts.get(name)
        return self._x.users[self._x.posts[post].author].username if post else ""
