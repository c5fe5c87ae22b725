"""Prometheus' Alertmanager, through /api/v2/alerts: it is told again and again what is the case, and what no longer is.

What repeats a page, silences it, or sends it on is the Alertmanager's business. An alert that is not confirmed for five
minutes counts as resolved there by itself.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from slamon.model import MINUTE, Status
from slamon.notifiers._posting import Address, post
from slamon.notifiers._words import facts, name_of, said, verdict, who
from slamon.notifiers.base import SendError
from slamon.notifiers.text import clock, lines, one_line
from slamon.notifiers.webhook import iso

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from zoneinfo import ZoneInfo

    from slamon.model import Instant
    from slamon.notifiers.base import Alert

PATH = "/api/v2/alerts"
AT_ONCE = 500
STANDS_FOR = 5 * MINUTE
"""How long an alert is to stand without being confirmed."""
TIMEOUT = 10.0
ROOM = 1_000
"""Characters of a value that is somebody else's."""
BREACHED, AT_RISK, SLACK_UNUSABLE = "SlamonWaitBreached", "SlamonWaitAtRisk", "SlamonSlackUnusable"
RUNBOOK = "https://github.com/slamon/slamon/blob/main/docs/slack.md#when-slack-is-down"
ACCUSING = frozenset({Status.BREACHED, Status.UNVERIFIED})

Json: TypeAlias = "dict[str, Any]"


@dataclass(frozen=True, slots=True)
class Firing:
    """What is the case. Labels name an alert: they never change while it stands, or it would be another one."""

    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    starts_at: Instant


@dataclass(frozen=True, slots=True)
class Ended:
    """What was the case until then."""

    labels: Mapping[str, str]
    starts_at: Instant
    ends_at: Instant


@dataclass(frozen=True, slots=True)
class Login:
    """How to sign in: a name with a password, or a token, and further headers."""

    basic: tuple[str, str] | None = None
    bearer: str = ""
    headers: tuple[tuple[str, str], ...] = ()

    def as_headers(self) -> dict[str, str]:
        """The headers of each request."""
        found = dict(self.headers)
        if self.basic:
            found["Authorization"] = "Basic " + base64.b64encode(":".join(self.basic).encode()).decode()
        elif self.bearer:
            found["Authorization"] = f"Bearer {self.bearer}"
        return found


class Alertmanager:
    """One Alertmanager, or all of a cluster: each of them is told everything. Safe from any thread."""

    name = "alertmanager"

    def __init__(
        self, urls: Sequence[str], login: Login | None = None, ca_file: str | None = None, timeout: float = TIMEOUT
    ) -> None:
        headers = (login or Login()).as_headers()
        self._to = [Address(url.rstrip("/") + PATH, headers, ca_file) for url in urls]
        self._timeout = timeout

    def push(self, firing: Sequence[Firing], ended: Sequence[Ended], now: Instant) -> Sequence[SendError | None]:
        """Tell each of them what is the case and what was; :returns: for each what went wrong, or `None`."""
        rows = [*(_firing(alert, now) for alert in firing), *map(_ended, ended)]
        batches = [json.dumps(rows[at : at + AT_ONCE]).encode() for at in range(0, len(rows), AT_ONCE)]
        return [self._push(to, batches) for to in self._to]

    def _push(self, to: Address, batches: Sequence[bytes]) -> SendError | None:
        for body in batches:
            try:
                post(to, body, {}, self._timeout)
            except SendError as error:
                return error
        return None


def of_wait(alert: Alert, audience: str, stage_at: Instant, own: Mapping[str, str], zone: ZoneInfo) -> Firing:
    """The alert of a wait at an audience; a promise that is broken began to be so when it was due."""
    accuses = alert.status in ACCUSING
    labels = {
        "alertname": BREACHED if accuses else AT_RISK,
        "severity": "critical" if accuses else "warning",
        "channel": alert.channel,
        "platform": alert.platform,
        "policy": alert.policy,
        "target": alert.target.value,
        "audience": audience,
        "wait": str(alert.wait),
    }
    return Firing({**_cut(own), **_cut(labels)}, _annotations(alert, zone), alert.due_at if accuses else stage_at)


def slack_unusable(since: Instant, reason: str, own: Mapping[str, str], zone: ZoneInfo, now: Instant) -> Firing:
    """That Slack does not take what is told."""
    words = {
        "summary": f"slamon cannot tell people in Slack since {clock(since, zone, now)}",
        "description": f"{one_line(reason)[:ROOM]}. Alerts are kept, and told in Slack once it works again.",
        "runbook_url": RUNBOOK,
    }
    return Firing({**_cut(own), "alertname": SLACK_UNUSABLE, "severity": "critical"}, words, since)


def _annotations(alert: Alert, zone: ZoneInfo) -> dict[str, str]:
    rows = [f"{label}: {value}" for label, value in facts(alert, zone)]
    words = said(alert)
    known = {
        "summary": f"{name_of(alert)} waits on {alert.channel} for an answer that is due "
        f"{clock(alert.due_at, zone, alert.now)}",
        "description": "\n".join([verdict(alert, zone), who(alert), *rows, *([f"“{words}”"] if words else [])]),
        "permalink": one_line(alert.permalink),
        "acknowledged_by": one_line(alert.acknowledged_by),
        "runbook_url": RUNBOOK,
    }
    return {name: lines(value)[: 4 * ROOM] for name, value in known.items() if value}


def _cut(labels: Mapping[str, str]) -> dict[str, str]:
    return {name: one_line(value)[:ROOM] for name, value in labels.items()}


def _firing(alert: Firing, now: Instant) -> Json:
    ends_at = max(now, alert.starts_at) + STANDS_FOR
    return {
        "labels": dict(alert.labels),
        "annotations": dict(alert.annotations),
        "startsAt": iso(alert.starts_at),
        "endsAt": iso(ends_at),
    }


def _ended(alert: Ended) -> Json:
    ends_at = max(alert.ends_at, alert.starts_at + 1_000)
    return {"labels": dict(alert.labels), "startsAt": iso(alert.starts_at), "endsAt": iso(ends_at)}
