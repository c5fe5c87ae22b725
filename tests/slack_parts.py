"""One wait in each of its states, hostile texts, and a clock moved by hand: what the tests of Slack share."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from slamon.model import HOUR, MINUTE, Kind, Status, Target
from slamon.notifiers.base import Alert, Digest, Outcome, Receipt, SendError
from slamon.sim.slack import PretendSlack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.notifiers.slack import Slack

TOKEN = "xoxb-1-canary"
POST = "/api/chat.postMessage"

STARTED = 1_795_437_120_000  # Monday 2026-11-23 13:32 in Berlin

WAITING = Alert(
    wait=7,
    channel="acme-x",
    platform="x",
    kind=Kind.MENTION,
    customer="Anna Becker",
    handle="anna",
    followers=12_340,
    text="@acme where is my parcel?\nOrder <4711> & nobody answers.",
    show_text="full",
    permalink="https://x.com/anna/status/1?a=1&b=2",
    messages=2,
    policy="everyone",
    target=Target.FIRST_RESPONSE,
    status=Status.AT_RISK,
    started_at=STARTED,
    due_at=STARTED + HOUR,
    target_length=HOUR,
    now=STARTED + 48 * MINUTE,
    answered_at=None,
    answered_by="",
    cancelled=False,
    verified=True,
    last_read_at=STARTED + 47 * MINUTE,
    stage="80%",
)
BREACHED = replace(
    WAITING,
    status=Status.BREACHED,
    now=STARTED + 72 * MINUTE,
    stage="100%",
    mention="S0SOCIAL",
    previous="https://acme.slack.com/archives/C1/p1",
)
UNVERIFIED = replace(
    WAITING,
    status=Status.UNVERIFIED,
    verified=False,
    now=STARTED + 62 * MINUTE,
    last_read_at=STARTED + 30 * MINUTE,
    stage="100%",
)
IN_TIME = replace(WAITING, status=Status.MET, now=STARTED + 43 * MINUTE, answered_at=STARTED + 42 * MINUTE)
IN_TIME = replace(IN_TIME, answered_by="acmehelp")
LATE = replace(
    BREACHED,
    status=Status.MISSED,
    now=STARTED + 73 * MINUTE,
    answered_at=STARTED + 72 * MINUTE,
    answered_by="acmehelp",
)
CANCELLED = replace(BREACHED, status=Status.CANCELLED, cancelled=True)
ON_TRACK = replace(WAITING, status=Status.ON_TRACK, now=STARTED + 10 * MINUTE, stage="")
ACKNOWLEDGED = replace(BREACHED, acknowledged_by="Ben Ode", acknowledged_until=STARTED + 5 * HOUR)
SNOOZED = replace(WAITING, snoozed_by="Ben Ode", snoozed_until=STARTED + 63 * MINUTE)
BY_HAND = replace(CANCELLED, closed_by="Ben Ode", closed_how="dismissed", closed_why="It is <spam> & nothing else.")
SHARED = replace(
    BREACHED,
    others=(
        replace(WAITING, wait=8, started_at=STARTED + 30 * MINUTE, due_at=STARTED + 90 * MINUTE, now=BREACHED.now),
        replace(ACKNOWLEDGED, wait=9, customer="Cleo", channel="acme-instagram", permalink=""),
        replace(IN_TIME, wait=6),
    ),
)
STATES = {
    "on-track": ON_TRACK,
    "at-risk": WAITING,
    "breached": BREACHED,
    "acknowledged": ACKNOWLEDGED,
    "snoozed": SNOOZED,
    "unverified": UNVERIFIED,
    "answered-in-time": IN_TIME,
    "answered-late": LATE,
    "cancelled": CANCELLED,
    "dismissed": BY_HAND,
    "answered-elsewhere": replace(BY_HAND, closed_how="answered_elsewhere", closed_why="by phone"),
    "muted": replace(BY_HAND, closed_how="muted", closed_why=""),
    "answered-by-statement": replace(BY_HAND, closed_how="answered_by_statement", closed_why="status page"),
    "shared": SHARED,
}
ROWS = tuple(replace(BREACHED, wait=number, customer=f"Customer {number}") for number in range(1, 31))
DIGEST = Digest(
    number=3,
    kind="storm",
    title="30 waits for desk within 5 minutes",
    facts=(("Breached", "28"), ("At risk", "2")),
    rows=ROWS,
    more=12,
    note="They are told here and no longer one by one.",
    mention="S0SOCIAL",
    acknowledgeable=True,
    now=BREACHED.now,
)
KINDS = ("storm", "catch_up", "opening", "history", "blind", "daily", "quiet")


def digest(kind: str, *, open_: bool) -> Digest:
    """A digest of that kind; the storm has more rows than are shown."""
    rows = ROWS if kind == "storm" else (BREACHED, SNOOZED)
    if not open_:
        rows = tuple(replace(LATE, wait=one.wait) for one in rows)
    title = DIGEST.title if kind == "storm" else f"What a digest of kind {kind} is about"
    return replace(DIGEST, kind=kind, title=title, rows=rows, more=12 * (kind == "storm"), open=open_)


DIGESTS = {
    f"{kind}-{'open' if open_ else 'closed'}": digest(kind, open_=open_) for kind in KINDS for open_ in (True, False)
}
NASTY = [
    "<!channel> <!here> <@U0BOSS> <#C0SECRET|x> <https://evil.example|bank>",
    "@here @channel @everyone #general",
    "&lt;!channel&gt; &amp;amp;",
    "*bold* _it_ ~no~ `code` ```block``` >quote",
    "\u202ereversed\u202c \u2066isolated\u2069",
    "\n\n🟢 Answered in time: nothing to see\n\n",
    "👩‍👩‍👧‍👦" * 3_000,
    "a" + "\u0301" * 20_000,
    "\ud800\udc00 lone \udfff",
    "\x00\x1b[31m\r\n\t",
    "&" * 20_000,
]


class Clock:
    """The true time, moved by hand."""

    now = STARTED

    def __call__(self) -> int:
        return self.now


def pretend(clock: Clock) -> PretendSlack:
    groups, users = {"social-oncall": "S0SOCIAL"}, {"lead@acme.example": "U0LEAD"}
    return PretendSlack(clock=clock, token=TOKEN, channels=["#desk", "#oncall"], users=users, groups=groups)


@contextmanager
def fails(outcome: Outcome, code: str | None = None) -> Iterator[pytest.ExceptionInfo[SendError]]:
    with pytest.raises(SendError) as caught:
        yield caught
    assert caught.value.outcome is outcome
    if code is not None:
        assert caught.value.code == code
    assert TOKEN not in str(caught.value)


def find(
    notifier: Slack, place: str, intent: str, parent: Receipt | None = None, since: int | None = None
) -> Receipt | None:
    return notifier.find(place, intent, parent=parent, since=since)
