"""A month of a hundred channels on a virtual clock: posts, answers, bots, edits, deletions, holidays, stages.

The daemon's own store, evaluator, marking and fold; only the platform, the clock and the reader of alerts are made up.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.report import Figure
from slamon.audiences import Audience
from slamon.evaluator import Evaluator, Watch
from slamon.model import DAY, HOUR, MINUTE, SECOND, Author, Gone, Message, Side
from slamon.rules import load_files
from slamon.sla.marking import marked
from slamon.sla.settings import fold_settings
from slamon.store.rehearsed import hurry
from slamon.store.save import Batch
from slamon.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from slamon.model import Instant

PLATFORM = "archive"
OURS = frozenset({"acme"})
BEGINS: Instant = 1_764_547_200_000
"""2025-12-01T00:00:00Z: a month with holidays in it."""
EVERY = 4 * HOUR
"""Between two polls of a channel; what falls due between them is looked at again at its instant, as in the daemon."""
QUESTIONS = ("where is my parcel?", "my router is broken, I want a refund", "love it!", "when do you open?", "hello")
LATER = ("thanks!", "and when exactly?", "still nothing")
ANSWERS = ("It is on its way.", "Please send us a DM.", "We are looking into it.", "From nine to five.")
RULES = {
    "calendars.yaml": b"""
calendars:
  office:
    timezone: Europe/Berlin
    open: {mon-fri: ["08:00-12:30", "13:00-20:00"], sat: "10:00-16:00"}
    holidays: {country: DE, subdivision: BE}
    dates: {2025-12-24: closed, 2025-12-31: "08:00-12:00"}
""",
    "default.yaml": b"""
automation: {author: [acme_bot]}
hand_over: ["send us a DM"]
holding: ["looking into it"]
no_reply: [thanks, emoji]
policies:
  - name: vip
    when: {author.followers: ">= 10000"}
    first_response: 15m
    acknowledgement: 5m
    stages: [{at: 50%}, {at: 100%, to: oncall}, {at: +30m, to: lead, repeat: 30m, at_most: 3}]
  - name: complaint
    when: {words: complaint}
    first_response: 30m
    calendar: office
  - name: everyone
    first_response: 4h
    next_response: 1bd
    follow_up: 1bd
    calendar: office
""",
}


@dataclass(frozen=True, slots=True)
class Month:
    """How much happens."""

    channels: int = 100
    days: int = 30
    threads_a_day: int = 2
    seed: int = 1

    @property
    def names(self) -> list[str]:
        return [f"acme-{number:03}" for number in range(self.channels)]


Event = tuple[int, Message | Gone]
"""When it can be seen, and what it is."""


def history(month: Month, channel: str) -> list[Event]:
    """Everything that happens in one channel, in the order of time."""
    chance = random.Random(f"{month.seed} {channel}")
    events: list[Event] = []
    for number in range(month.days * month.threads_a_day):
        events += _thread(chance, f"{channel}-{number}", BEGINS + chance.randrange(month.days * DAY))
    return sorted(events, key=lambda event: event[0])


def _thread(chance: random.Random, thread: str, begins: Instant) -> Iterator[Event]:
    at, customer = begins, Author(f"c{chance.randrange(5_000)}", followers=int(10 ** chance.uniform(0, 5)))
    for turn in range(chance.choice((1, 1, 2, 3))):
        text = chance.choice(LATER if turn else QUESTIONS)
        asked = _said(thread, f"{turn}q", customer, at, text, chance)
        yield at, asked
        if chance.random() < 0.05:
            gone = at + chance.randrange(2 * HOUR)
            yield gone, Gone(asked.id, gone)
        if chance.random() < 0.4:
            bot = Author("acme_bot", "acme_bot")
            yield at + 20 * SECOND, _said(thread, f"{turn}b", bot, at + 20 * SECOND, "We got your message", chance)
        if chance.random() < 0.15:
            return
        at += int(chance.expovariate(1 / (3 * HOUR))) + MINUTE
        yield at, _said(thread, f"{turn}a", Author("acme", "acme"), at, chance.choice(ANSWERS), chance)
        at += int(chance.expovariate(1 / (2 * HOUR))) + MINUTE


def _said(thread: str, part: str, author: Author, at: Instant, text: str, chance: random.Random) -> Message:
    ours = author.id.startswith("acme")
    side, mentions = (Side.OURS, ()) if ours else (Side.OTHER, ("acme",))
    at = at // SECOND * SECOND if chance.random() < 0.5 else at
    return Message(
        id=f"{thread}-{part}", thread=thread, author=author, side=side, created_at=at, text=text, mentions=mentions
    )


class Simulation:
    """A daemon without threads, whose clock is moved from one thing to the next."""

    def __init__(self, store: Store, month: Month) -> None:
        self.store, self.month = store, month
        self.rules = load_files(RULES)
        self.now = BEGINS - SECOND
        self.ids = {name: store.register(name, PLATFORM).id for name in month.names}
        self.events = {name: history(month, name) for name in month.names}
        self.seen = dict.fromkeys(month.names, 0)
        audiences = {name: Audience(name or "desk", f"#{name or 'desk'}") for name in (None, "oncall", "lead")}
        watches = {name: Watch(30 * SECOND, 0) for name in month.names}
        self.evaluator = Evaluator(
            store, watches, audiences, up_since=self.now, recheck=self._recheck, hear=lambda _event: None
        )
        self.polls = 0

    @property
    def ends(self) -> Instant:
        """When everything has happened, and all that was due is past."""
        return BEGINS + (self.month.days + 4) * DAY

    def run(self) -> None:
        """From the first instant to the last."""
        for name, number in self.ids.items():
            self.store.begin_poll(number, self.now)
            self.poll(name)
        for at in range(BEGINS, self.ends, EVERY):
            self._until(at)
            for name in self.ids:
                self.poll(name)
            self.sweep()

    def _until(self, at: Instant) -> None:
        while (due := self.store.next_at()) is not None and due < at:
            self.now = max(due, self.now)
            self.sweep()
        self.now = max(at, self.now)

    def poll(self, name: str) -> None:
        """Read a channel through, up to now."""
        events, first = self.events[name], self.seen[name]
        last = first
        while last < len(events) and events[last][0] <= self.now:
            last += 1
        if last > first:
            self.seen[name] = last
            self._save(name, [what for _, what in events[first:last]])
        self.store.complete_poll(self.ids[name], None, self.now, self.now)
        self.polls += 1

    def _save(self, name: str, news: Sequence[Message | Gone]) -> None:
        rules = self.rules.of(name)
        said = [what for what in news if isinstance(what, Message)]
        messages = marked(said, rules.marking, channel=name, platform=PLATFORM, ours=OURS)
        gone = [what for what in news if isinstance(what, Gone)]
        settings = fold_settings(rules, channel=name, platform=PLATFORM, ours=OURS)
        self.store.save(Batch(self.ids[name], messages), settings, self.now)
        self.store.save(Batch(self.ids[name], gone=gone), settings, self.now)

    def _recheck(self, channel: str, waits: Sequence[int]) -> None:
        self.poll(channel)
        self.store.checked(waits, self.now, self.now)

    def sweep(self) -> None:
        """Decide all that is due by now."""
        while True:
            self.evaluator.sweep(self.rules, lambda: self.now, lambda: 0.0)
            following = self.store.next_at()
            if following is None or following > self.now:
                return


def run(folder: Path) -> Iterator[Figure]:
    store = Store(f"sqlite:///{folder / 'month.db'}")
    hurry(store)
    simulation = Simulation(store, Month())
    began = time.perf_counter()
    simulation.run()
    seconds = time.perf_counter() - began
    assert store.reconcile() == 0
    store.close()
    said = sum(len(events) for events in simulation.events.values())
    yield Figure("a month of 100 channels, virtual clock", seconds, "s", "60")
    yield Figure("what happened in it", said, "events")
    yield Figure("polls in it", simulation.polls, "")
