"""One wait in each of its states, hostile texts, and a clock moved by hand: what the tests of Slack share."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from slamon.model import HOUR, MINUTE, Kind, Status, Target
from slamon.notifiers.base import Alert, Outcome, Receipt, SendError
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
STATES = {
    "waiting": WAITING,
    "breached": BREACHED,
    "unverified": UNVERIFIED,
    "answered-in-time": IN_TIME,
    "answered-late": LATE,
    "cancelled": CANCELLED,
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
