"""What second routes share: who speaks on them, and what is heard of each request."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from slamon import logs
from slamon.events import Relayed
from slamon.model import MINUTE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from zoneinfo import ZoneInfo

    from slamon.events import Listener
    from slamon.model import Instant, Millis
    from slamon.notifiers.alertmanager import Alertmanager
    from slamon.notifiers.base import SendError
    from slamon.notifiers.webhook import Webhook

COMPLAIN_EVERY = MINUTE

log = logs.get("slamon.relay")


@dataclass(frozen=True, slots=True)
class Routes:
    """The second routes that are configured, and when they are open."""

    always: bool
    after: Millis
    """How long Slack has to be unusable before they open."""
    zone: ZoneInfo
    alertmanager: Alertmanager | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    webhook: Webhook | None = None


class Report:
    """Says what came of requests: each as an event, failures in the log at most once a minute a route."""

    def __init__(self, now: Callable[[], Instant], hear: Listener) -> None:
        self._now = now
        self._hear = hear
        self._complained_at: dict[str, Instant] = {}

    def __call__(self, notifier: str, error: SendError | None) -> None:
        """One request ended so."""
        outcome = "sent" if error is None else error.outcome.value
        self._hear(Relayed(notifier, outcome))
        if error is None:
            self._complained_at.pop(notifier, None)
            return
        now = self._now()
        if now - self._complained_at.get(notifier, -COMPLAIN_EVERY) >= COMPLAIN_EVERY:
            self._complained_at[notifier] = now
            log.warning("relay_failed", notifier=notifier, outcome=outcome, error=str(error))
