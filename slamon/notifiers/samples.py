"""One of each kind of message with invented content, marked as a test: for `slamon notify --test`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from slamon.model import HOUR, MINUTE, Kind, Status, Target
from slamon.notifiers.base import Alert, Digest, Notice

if TYPE_CHECKING:
    from slamon.model import Instant
    from slamon.notifiers.base import Content

TEST = "TEST"
WORDS = "This is a test of slamon. Nobody waits, and there is nothing to do."


def samples(now: Instant) -> dict[str, Content]:
    """Each kind by its name, in the order in which a wait may go through them."""
    waiting = _waiting(now)
    breached = _now_due(waiting, now - 12 * MINUTE, status=Status.BREACHED, stage="100%")
    answered = now - MINUTE
    return {
        "waiting": waiting,
        "at risk": _now_due(waiting, now + 12 * MINUTE, status=Status.AT_RISK, stage="80%"),
        "breached": breached,
        "acknowledged": replace(breached, acknowledged_by=f"{TEST} person", acknowledged_until=now + 4 * HOUR),
        "answered late": replace(breached, status=Status.MISSED, answered_at=answered, answered_by="test"),
        "cancelled": replace(breached, status=Status.CANCELLED, cancelled=True),
        "unverified": replace(breached, status=Status.UNVERIFIED, verified=False, last_read_at=now - 30 * MINUTE),
        "digest": _digest(breached, now),
        "notice": Notice(f"{TEST}: {WORDS}"),
    }


def _waiting(now: Instant) -> Alert:
    return Alert(
        wait=0,
        channel=f"{TEST}-channel",
        platform="test",
        kind=Kind.MENTION,
        customer=f"{TEST} customer",
        handle="",
        followers=None,
        text=WORDS,
        show_text="full",
        permalink="",
        messages=1,
        policy=f"{TEST}-policy",
        target=Target.FIRST_RESPONSE,
        status=Status.ON_TRACK,
        started_at=now - 20 * MINUTE,
        due_at=now + 40 * MINUTE,
        target_length=HOUR,
        now=now,
        answered_at=None,
        answered_by="",
        cancelled=False,
        verified=True,
        last_read_at=now,
        stage="50%",
    )


def _now_due(alert: Alert, due_at: Instant, **more: Any) -> Alert:  # noqa: ANN401 - fields of an alert
    return replace(alert, due_at=due_at, started_at=due_at - HOUR, **more)


def _digest(row: Alert, now: Instant) -> Digest:
    return Digest(
        number=0,
        kind="storm",
        title=f"{TEST}: one customer is late",
        facts=(("Late", "1"),),
        rows=(row,),
        note=WORDS,
        now=now,
    )
