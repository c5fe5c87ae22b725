"""A small fixed world for the tests of metrics: two channels, a snapshot, and events.

Run this file to write exporters/prometheus/metrics.prom anew.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from slamon.errors import Verdict
from slamon.events import (
    ActionTaken,
    AlertSent,
    ApiCalled,
    CredentialSeen,
    Event,
    MessagesSkipped,
    PollEnded,
    PollsPaced,
    QuotaSeen,
    Relayed,
    RulesLoaded,
    RulesReloaded,
    SocketChanged,
    SweepEnded,
)
from slamon.exporter import Exporter
from slamon.metrics.stored import Aim
from slamon.model import DAY, HOUR, MINUTE, SECOND, Role, Settled, Status, Target
from slamon.notifiers.base import Outcome
from slamon.sla.fate import Fate
from slamon.sla.ladder import RUNGS
from slamon.store.recent import Kept
from slamon.store.snapshot import Ahead, ChannelSnapshot, Recent, Responses, Snapshot

if TYPE_CHECKING:
    from collections.abc import Sequence

NOW = 1_790_000_000_000
ROOT = Path(__file__).resolve().parent.parent
GOLDEN = ROOT / "exporters/prometheus/metrics.prom"
BOTH = (Target.FIRST_RESPONSE, Target.NEXT_RESPONSE)
CHANNELS: list[tuple[str, ...]] = [("acme-x", "x", "de", "acme", "night"), ("acme-archive", "archive")]
POLICIES: dict[str, list[tuple[str, Sequence[Target]]]] = {
    "acme-x": [("vip", [Target.FIRST_RESPONSE]), ("everyone", BOTH)],
    "acme-archive": [("everyone", BOTH)],
}
REASONS = {"acme-x": ["thanks", "emoji"]}
AIMS = {
    ("acme-x", "vip"): Aim(0.99, 7 * DAY),
    ("acme-x", "everyone"): Aim(0.95, 28 * DAY),
    ("acme-archive", "everyone"): Aim(None, 28 * DAY),
}
DESK = "slack", "desk"
ONCALL = "slack", "oncall"
ALERTS = [DESK, ONCALL]


def snapshot(rounds: int = 1) -> Snapshot:
    """The store after some rounds of the same work."""
    promise = "acme-x", "everyone", Target.FIRST_RESPONSE
    buckets = [0] * (len(RUNGS) + 1)
    buckets[4], buckets[8], buckets[-1] = 2 * rounds, 5 * rounds, rounds
    return Snapshot(
        channels=[
            ChannelSnapshot("acme-x", "x", NOW - 40 * SECOND, False, NOW - 2 * HOUR, NOW + 5 * MINUTE),  # noqa: FBT003 - in the order of the fields
            ChannelSnapshot("acme-archive", "archive", None, True, None, None),  # noqa: FBT003 - as above
        ],
        waits={(*promise, Status.ON_TRACK): 7, (*promise, Status.BREACHED): 2},
        settled={(*promise, Settled.IN_TIME): 6 * rounds, (*promise, Settled.LATE): 2 * rounds},
        responses={("acme-x", Target.FIRST_RESPONSE): Responses(buckets, 900_000.5 * rounds)},
        unmatched={"acme-x": 1},
        corrections={("acme-x", "in_time", "late"): rounds},
        messages={("acme-x", Role.CUSTOMER): 30 * rounds, ("acme-x", Role.BRAND): 12 * rounds},
        no_reply={("acme-x", "thanks"): 4 * rounds},
        suspected={"acme-x": rounds},
        pattern_timeouts=rounds,
        quarantined={"acme-x": 1},
        received={"acme-x": 19 * rounds},
        closed={("acme-x", Fate.ANSWERED): 8 * rounds, ("acme-x", Fate.DISMISSED): 2 * rounds},
        blind_seconds={"acme-x": 40.5 * rounds, "acme-archive": 3_600.0 * rounds},
        outbox={"pending": 1, "unknown": 2},
        outbox_oldest_at=NOW - 10 * SECOND,
        drift=0,
        recent=_recent(),
        ahead=Ahead(NOW - 3 * SECOND, {("acme-x", "everyone"): 3}),
    )


def _recent() -> Recent:
    fates = {Fate.ANSWERED: 80, Fate.AUTOMATION: 4, Fate.HANDED_OVER: 3, Fate.ELSEWHERE: 2, Fate.NO_REPLY: 9}
    fates |= {Fate.DISMISSED: 5, Fate.CANCELLED: 1, Fate.ABANDONED: 2, Fate.OPEN: 8, Fate.UNVERIFIED: 1}
    promises = {
        ("acme-x", "everyone", Target.FIRST_RESPONSE): Kept(due=60, good=56),
        ("acme-x", "vip", Target.FIRST_RESPONSE): Kept(due=20, good=20),
    }
    return Recent(NOW - 20 * SECOND, {("acme-x", fate): n for fate, n in fates.items()}, promises)


def events() -> list[Event]:
    """One round of work, as events tell it."""
    return [
        RulesLoaded("0123456789ab", NOW - HOUR),
        ApiCalled("acme-x", "x", "mentions", "200", 0.125, clock_skew=-250, spend=15_000),
        ApiCalled("acme-x", "x", "mentions", "429", 0.0625),
        QuotaSeen("acme-x", "x", "mentions", 450, 449, NOW + 15 * MINUTE),
        MessagesSkipped("acme-x", "x", "auto-submitted", 3),
        PollsPaced("acme-x", "x", MINUTE, 2 * MINUTE),
        CredentialSeen("acme-x", "x", "access token", NOW + HOUR, renewed=True),
        CredentialSeen("acme-x", "x", "refresh token", NOW + 100 * HOUR, renewed=False),
        PollEnded("acme-x", "x", "poll", "ok", 0.25, pages=1, new=3, changed=1, known=96, rejected=1, gone=1),
        PollEnded("acme-x", "x", "recheck", Verdict.WAIT, 0.5),
        PollEnded("acme-archive", "archive", "poll", "partial", 0.03125, new=2),
        SweepEnded(0.0078125, decided=4, announced=3),
        SweepEnded(0.5, decided=0, announced=0, outcome="store", error="the database is locked"),
        AlertSent(*DESK, "post", "sent", 0.25, lateness=300, wait=1),
        AlertSent(*ONCALL, "reply", Outcome.PACE, 0.125, code="ratelimited"),
        AlertSent(*DESK, "edit", "superseded", 0.0),
        AlertSent(*DESK, "notice", "sent", 0.125),
        ActionTaken("acknowledge", "button", action=1, wait=1),
        ActionTaken("undo", "http", action=1, wait=1),
        Relayed("webhook", "sent"),
        SocketChanged(connected=True),
        Relayed("alertmanager", "not_sent"),
        RulesReloaded("file", "faults", "0123456789ab", 0.0625, faults=("rules/acme-x.yaml:1:1: is no rule",)),
    ]


def exporter(rounds: int = 1) -> Exporter:
    """An exporter that has heard one round."""
    made = Exporter(lambda: snapshot(rounds), lambda: NOW, "0.1.0")
    made.expect(CHANNELS, POLICIES, ALERTS, REASONS, AIMS)
    made.configured("ba9876543210", NOW - 2 * HOUR, lambda: False)
    for event in events():
        made.hear(event)
    return made


def own(page: str) -> str:
    """The page without what the process itself is made of, which differs by machine."""
    return "".join(line for line in page.splitlines(keepends=True) if "process_" not in line.split("{")[0])


def golden() -> str:
    """The contract: the text page of the fixed world."""
    body, _ = exporter().render("", zipped=False)
    return own(body.decode())


if __name__ == "__main__":
    GOLDEN.write_text(golden())
