"""What digests of folded letters have in common: how many of what, the worst, and the waits to show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from slamon.alerts import build
from slamon.fields import duration_words
from slamon.model import MINUTE, Status
from slamon.notifiers.base import Digest
from slamon.sla.handling import handling
from slamon.store import actions, facts, folding, outbox

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from slamon.digests.base import View
    from slamon.model import Instant, Millis
    from slamon.notifiers.base import Alert
    from slamon.sla.handling import Handling
    from slamon.store.digests import StoredDigest
    from slamon.store.facts import WaitFacts
    from slamon.store.folding import Listed

SHOWN = 20
"""Waits shown in one message; the rest is counted."""
WEIGHT = (Status.BREACHED, Status.UNVERIFIED, Status.AT_RISK, Status.ON_TRACK)
"""Of what is open, the heaviest first."""
OVER = len(WEIGHT)


@dataclass(frozen=True, slots=True)
class Members:
    """The waits that a digest tells of, the most urgent first; each once, under its most urgent target."""

    all: Sequence[Listed]

    def count(self, *statuses: Status, open_: bool = True) -> int:
        """How many have one of these statuses and are open, or closed."""
        return sum(one.status in statuses and one.open == open_ for one in self.all)

    @property
    def open(self) -> int:
        """How many have still to be answered."""
        return sum(one.open for one in self.all)

    @property
    def late(self) -> int:
        """How many broke their promise, answered or not."""
        return self.count(Status.BREACHED, Status.UNVERIFIED) + self.count(Status.MISSED, open_=False)


def members_of(tx: Connection, of: StoredDigest, view: View) -> Members:
    """All of them: breached before at risk, then as their channel's policies are written, then by due."""
    found: dict[int, Listed] = {}
    order: dict[tuple[str, str], int] = {}
    for one in sorted(folding.listed(tx, of.id), key=lambda one: _weight(one, view, order)):
        found.setdefault(one.wait, one)
    return Members(list(found.values()))


def figures(members: Members, now: Instant) -> tuple[tuple[str, str], ...]:
    """How many, and in which state; states that no wait has are left out."""
    met, missed = members.count(Status.MET, open_=False), members.count(Status.MISSED, open_=False)
    said = (
        ("Breached", members.count(Status.BREACHED, Status.UNVERIFIED)),
        ("At risk", members.count(Status.AT_RISK)),
        ("On track", members.count(Status.ON_TRACK)),
        ("Answered late", missed),
        ("Answered in time", met),
        ("Over otherwise", len(members.all) - members.open - met - missed),
    )
    worst = max(((_lateness(one, now), one) for one in members.all), key=lambda pair: pair[0], default=None)
    late = [("Worst", f"{_words(worst[0])} late, on {worst[1].channel}")] if worst and worst[0] > 0 else []
    return (*((label, f"{number:,}") for label, number in said if number), *late)


def digest_of(tx: Connection, of: StoredDigest, view: View, members: Members, said: tuple[str, str]) -> Digest:
    """The content of a digest of folded letters; `said` is its title and its note."""
    title, note = said
    return Digest(
        number=of.id,
        kind=of.kind,
        title=title,
        facts=figures(members, view.now),
        rows=shown(tx, members, view),
        more=max(0, len(members.all) - SHOWN),
        note=note,
        open=members.open > 0,
        now=view.now,
    )


def shown(tx: Connection, members: Members, view: View) -> tuple[Alert, ...]:
    """The first of them as people read them."""
    chosen = members.all[:SHOWN]
    found = facts.of_waits(tx, [one.wait for one in chosen]) if chosen else {}
    waits = [wait for one in chosen for wait in found.get(one.wait, ()) if wait.target == one.target]
    rules, now = view.rules, view.now
    return tuple(build(wait, rules.of(wait.channel), now, handled=handling_of(tx, wait, now)) for wait in waits)


def counted(number: int, one: str, many: str = "") -> str:
    """`1 wait`, `3 waits`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def handling_of(tx: Connection, wait: WaitFacts, now: Instant) -> Handling:
    """Who has a wait in hand."""
    done = actions.of_wait(tx, wait.id)
    if not done:
        return handling((), now)
    last_message = max((said.created_at for said in wait.messages), default=0)
    return handling(done, now, last_message_at=last_message, last_stage_at=outbox.last_stage_at(tx, wait.id))


def _weight(one: Listed, view: View, order: dict[tuple[str, str], int]) -> tuple[int, int, Instant, int]:
    weight = WEIGHT.index(one.status) if one.open else OVER + (one.status is not Status.MISSED)
    key = (one.channel, one.policy)
    if key not in order:
        names = [policy.name for policy in view.rules.of(one.channel).policies]
        order[key] = names.index(one.policy) if one.policy in names else len(names)
    return weight, order[key], one.due_at, one.wait


def _lateness(one: Listed, now: Instant) -> Millis:
    if one.status is Status.MISSED and one.answered_at is not None:
        return one.answered_at - one.due_at
    return now - one.due_at if one.open else 0


def _words(span: Millis) -> str:
    return duration_words(max(span - span % MINUTE, MINUTE))
