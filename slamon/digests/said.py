"""Digests that come by the clock: what one says is written down whenever it changes, and only its waits are read anew.

Its rows are the waits that were listed and those whose letters were folded into it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from slamon.alerts import build
from slamon.digests.rows import OVER, SHOWN, WEIGHT, handling_of
from slamon.model import Status
from slamon.notifiers.base import Digest
from slamon.sla.handling import handling
from slamon.store import actions, digests, facts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from slamon.digests.base import View
    from slamon.model import Instant
    from slamon.notifiers.base import Alert
    from slamon.store.digests import StoredDigest
    from slamon.store.facts import WaitFacts

DONE = frozenset({Status.MET, Status.MISSED, Status.CANCELLED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a digest says; instants in it are words already, so that it changes only when there is news."""

    title: str
    facts: tuple[tuple[str, str], ...] = ()
    rows: tuple[tuple[int, str, str], ...] = ()
    """(wait, target, status): the status as it was when this was written."""
    more: int = 0
    """Further waits, beside the rows and those folded in."""
    note: str = ""
    open: bool = False
    """Something has to be done, whatever becomes of the rows."""
    acknowledgeable: bool = False
    about: Mapping[str, Any] = field(default_factory=dict)
    """What its occasion has to know of it later."""

    def dumps(self) -> str:
        """As it is kept: equal texts for equal content."""
        return json.dumps(asdict(self), sort_keys=True)


def loads(text: str | None) -> Said:
    """What was kept."""
    kept = json.loads(text or '{"title": ""}')
    pairs = {name: tuple(map(tuple, kept[name])) for name in ("facts", "rows") if name in kept}
    return Said(**{**kept, **pairs})


def as_said(tx: Connection, of: StoredDigest, view: View) -> Digest:
    """The digest as it was written down, with its waits as they stand now."""
    said = loads(of.said)
    listed: dict[int, str | None] = {wait: target for wait, target, _ in said.rows}
    folded = [wait for wait in digests.members(tx, of.id) if wait not in listed]
    shown = [*listed, *sorted(folded, reverse=True)]
    rows = _alerts(tx, {wait: listed.get(wait) for wait in shown[:SHOWN]}, view)
    done = handling(actions.of_wait(tx, -of.id), view.now)
    return Digest(
        number=of.id,
        kind=of.kind,
        title=said.title,
        facts=said.facts,
        rows=rows,
        more=said.more + len(shown[SHOWN:]),
        note=said.note,
        open=said.open or any(row.status not in DONE for row in rows),
        acknowledgeable=said.acknowledgeable,
        acknowledged_by=done.acknowledged.by if done.acknowledged else "",
        now=view.now,
    )


def _alerts(tx: Connection, timers: Mapping[int, str | None], view: View) -> tuple[Alert, ...]:
    """The most urgent first: late, then nearest due, then what is over."""
    found = facts.of_waits(tx, list(timers)) if timers else {}
    waits = [_under(found[of], target) for of, target in timers.items() if found.get(of)]
    rules, now = view.rules, view.now
    alerts = (build(wait, rules.of(wait.channel), now, handled=handling_of(tx, wait, now)) for wait in waits)
    return tuple(sorted(alerts, key=_urgency))


def _under(found: Sequence[WaitFacts], target: str | None) -> WaitFacts:
    """A wait under one of its targets, or else the one to speak of."""
    return next((one for one in found if one.target == target), found[0])


def _urgency(alert: Alert) -> tuple[int, Instant, int]:
    weight = WEIGHT.index(alert.status) if alert.status in WEIGHT else OVER
    return weight, alert.due_at, alert.wait
