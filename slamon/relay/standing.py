"""Alerts at an Alertmanager: while the route is open all that is the case is said again each minute, then resolved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.dispatcher.cases import case_of
from slamon.dispatcher.judging import Hold, judge
from slamon.model import MINUTE, SECOND
from slamon.notifiers import alertmanager as am
from slamon.store import facts
from slamon.store import relay as stored

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from slamon.dispatcher import Dispatcher
    from slamon.model import Instant
    from slamon.notifiers.alertmanager import Alertmanager, Ended, Firing
    from slamon.notifiers.base import SendError
    from slamon.relay.routes import Report, Routes
    from slamon.store.facts import WaitFacts
    from slamon.store.relay import Open, Standing, Trouble

ROUTE = "alertmanager"
EVERY = MINUTE
LOOK_EVERY = 5 * SECOND
AGAIN = 10 * SECOND
"""After a try that nobody took."""


class Standings:
    """Keeps one set of Alertmanagers told."""

    def __init__(
        self,
        dispatcher: Dispatcher,
        alertmanager: Alertmanager,
        routes: Routes,
        now: Callable[[], Instant],
        report: Report,
    ) -> None:
        self.store = dispatcher.line.store
        self.line = dispatcher.line
        self.contents = dispatcher.delivery.contents
        self.alertmanager = alertmanager
        self.routes = routes
        self.now = now
        self.report = report
        self._next_at: Instant = 0
        self._look_at: Instant = 0

    def say(self, trouble: Trouble | None, *, open_: bool) -> None:
        """Say what is the case, where that changed or a minute is over; nothing is, while the route is closed."""
        now = self.now()
        if now < self._look_at:
            return
        self._look_at = now + LOOK_EVERY
        with self.store.read() as tx:
            standing = {each.letter: each for each in stored.standing(tx, ROUTE)}
            found = {each.letter: each for each in stored.firing(tx)} if open_ else {}
        held = self._held([letter for letter in found if letter not in standing])
        wanted = {letter: each for letter, each in found.items() if letter not in held}
        letters = {*wanted, *([stored.SLACK] if trouble and trouble.open else [])}
        changed = letters != {letter for letter, each in standing.items() if each.ended_at is None}
        if not changed and now < self._next_at:
            return
        if not standing and not letters:
            return
        firing = self._firing(wanted, trouble, standing)
        self._write(firing, standing, now)
        self._push(firing, standing, now)

    def _held(self, new: Sequence[int]) -> set[int]:
        """What is not to be told yet: its audience has quiet hours, or somebody snoozed it."""
        with self.store.read() as tx:
            letters = stored.letters(tx, new)
            cases = [case_of(tx, self.line, letter, self.now()) for letter in letters.values()]
        return {case.letter.id for case in cases if isinstance(judge(case), Hold)}

    def _firing(
        self, wanted: Mapping[int, Open], trouble: Trouble | None, standing: Mapping[int, Standing]
    ) -> dict[int, Firing]:
        with self.store.read() as tx:
            waits = facts.of_waits(tx, sorted({each.wait for each in wanted.values()}))
        found = {}
        for letter, each in wanted.items():
            wait = next((wait for wait in waits.get(each.wait, ()) if wait.target == each.target), None)
            if wait is not None:
                found[letter] = self._of_wait(each, wait)
        if trouble and trouble.open:
            words = f"Slack does not take what it is given: {trouble.reason}"
            found[stored.SLACK] = am.slack_unusable(
                trouble.since, words, self.routes.labels, self.routes.zone, self.now()
            )
        return {letter: _as_named(made, standing.get(letter)) for letter, made in found.items()}

    def _of_wait(self, each: Open, wait: WaitFacts) -> Firing:
        alert = self.contents.of_wait(wait)
        return am.of_wait(alert, each.audience, each.stage_at, self.routes.labels, self.routes.zone)

    def _write(self, firing: Mapping[int, Firing], standing: Mapping[int, Standing], now: Instant) -> None:
        """What is said is written down first: what was perhaps said can be resolved after a crash."""
        over = [letter for letter, each in standing.items() if letter not in firing and each.ended_at is None]
        new = {
            letter: {"labels": dict(made.labels), "starts_at": made.starts_at}
            for letter, made in firing.items()
            if letter not in standing or standing[letter].ended_at is not None
        }
        long_ago = any(each.ended_at is not None and each.ended_at < now - am.STANDS_FOR for each in standing.values())
        if over or new or long_ago:
            with self.store.write() as tx:
                stored.stand(tx, ROUTE, new, now)
                stored.ended(tx, ROUTE, over, now)
                stored.forget(tx, ROUTE, now - am.STANDS_FOR)

    def _push(self, firing: Mapping[int, Firing], standing: Mapping[int, Standing], now: Instant) -> None:
        """Resolved ones are said as long as an unconfirmed one would stand: one Alertmanager may have been away."""
        over = [_ended(each, now) for letter, each in standing.items() if letter not in firing]
        answers: Sequence[SendError | None] = ()
        if firing or over:
            answers = self.alertmanager.push(list(firing.values()), over, now)
            for error in answers:
                self.report(self.alertmanager.name, error)
        self._next_at = now + (AGAIN if answers and all(answers) else EVERY)


def _as_named(made: Firing, standing: Standing | None) -> Firing:
    """Under the labels under which it stands there, whatever was renamed here meanwhile."""
    if standing is None or standing.ended_at is not None:
        return made
    return am.Firing(standing.said["labels"], made.annotations, standing.said["starts_at"])


def _ended(each: Standing, now: Instant) -> Ended:
    return am.Ended(each.said["labels"], each.said["starts_at"], now if each.ended_at is None else each.ended_at)
