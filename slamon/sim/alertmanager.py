"""A pretend Alertmanager: /api/v2/alerts as strict as version 0.25, with the clock of whoever starts it.

It knows an alert by its labels, keeps its earliest start, and lets it end at `endsAt`. It has no routes and silences.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from slamon.model import SECOND
from slamon.sim.server import Answer, PretendServer, Request, Served

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from slamon.model import Instant

LABEL = re.compile("[a-zA-Z_][a-zA-Z0-9_]*")


class PretendAlertmanager(Served):
    """Takes alerts at `url`. A context manager."""

    def __init__(self, clock: Callable[[], Instant], host: str = "127.0.0.1", port: int = 0) -> None:
        self.server = PretendServer(clock, host, port)
        self.clock = clock
        self.alerts: dict[frozenset[tuple[str, str]], dict[str, Any]] = {}
        self.server.route("POST", "/api/v2/alerts")(self._post)

    @property
    def firing(self) -> list[dict[str, Any]]:
        """What is the case now, in the order in which it was first said."""
        return [alert for alert in self.alerts.values() if _instant(alert["endsAt"]) > self.clock()]

    @property
    def resolved(self) -> list[dict[str, Any]]:
        """What was the case."""
        return [alert for alert in self.alerts.values() if _instant(alert["endsAt"]) <= self.clock()]

    def _post(self, request: Request) -> Answer:
        wrong = [why for alert in request.json() if (why := self._take(alert))]
        return Answer.json({"code": 400, "message": "; ".join(wrong)}, 400) if wrong else Answer(200)

    def _take(self, alert: Mapping[str, Any]) -> str:
        labels: dict[str, str] = {name: value for name, value in alert["labels"].items() if value}
        if not labels or not all(LABEL.fullmatch(name) for name in labels):
            return "invalid label set"
        if _instant(alert["startsAt"]) >= _instant(alert["endsAt"]):
            return "start time must be before end time"
        key = frozenset(labels.items())
        before = self.alerts.get(key)
        again = before is not None and _instant(before["endsAt"]) > self.clock()
        starts_at = min(before["startsAt"], alert["startsAt"]) if before and again else alert["startsAt"]
        self.alerts[key] = {**alert, "labels": labels, "startsAt": starts_at}
        return ""


def _instant(text: str) -> Instant:
    return int(datetime.fromisoformat(text).timestamp()) * SECOND
