"""An office with a second route: pretend receivers, and everything that happens as time passes."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from desk import DESK, Desk
from office import Office, opened
from slamon.model import MINUTE, SECOND
from slamon.notifiers.alertmanager import Alertmanager
from slamon.notifiers.webhook import Webhook
from slamon.relay import Relay, Routes
from slamon.sim.alertmanager import PretendAlertmanager
from slamon.sim.faults import Fault
from slamon.sim.webhook import PretendWebhook

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from slamon.audiences import Audience
    from slamon.events import Event
    from slamon.store.store import Store

SECRET = "canary-of-the-webhook-secret"
STEP = 10 * SECOND
DOWN = Fault(path="/api/", calls=None, status=503)
LABELS = {"team": "social"}


class Road:
    """Both routes, in the hands of a test."""

    def __init__(self, office: Office, webhook: PretendWebhook, alertmanager: PretendAlertmanager) -> None:
        self.office = office
        self.desk = office.desk
        self.slack = office.slack
        self.webhook = webhook
        self.alertmanager = alertmanager
        self.always = False
        self.audience = DESK
        self.more_urls: Sequence[str] = ()
        self.events: list[Event] = []
        self.starts()

    def starts(self, **more: Any) -> None:
        """A new process, with both routes."""
        self.office.starts(**more)
        line = self.office.dispatcher.line
        line.world = replace(line.world, hear=self._hear, audiences={self.audience.name: self.audience})
        routes = Routes(
            always=self.always,
            after=5 * MINUTE,
            zone=ZoneInfo("Europe/Berlin"),
            alertmanager=Alertmanager([self.alertmanager.url, *self.more_urls], timeout=2.0),
            labels=LABELS,
            webhook=Webhook(self.webhook.url + "/alerts", SECRET, timeout=2.0),
        )
        self.relay = Relay(self.office.dispatcher, routes)

    def _hear(self, event: Event) -> None:
        self.events.append(event)
        self.relay.hear(event)

    def tells(self, audience: Audience) -> None:
        """Have this audience alone."""
        self.audience = audience
        self.desk.tells(audience)
        self.starts()

    def goes_down(self) -> None:
        self.slack.faults.add(DOWN)

    def comes_up(self) -> None:
        self.slack.faults.clear()

    def passes(self, minutes: float, *, step: int = STEP) -> None:
        """Let time pass; what falls due is decided, looked at, sent and relayed at its instant."""
        until = self.desk.now + int(minutes * MINUTE)
        while self.desk.now < until:
            self.desk.now = min(until, self.desk.now + step)
            self.settles()

    def settles(self) -> None:
        """Do what can be done at this instant."""
        self.desk.sweep()
        if self.desk.asked:
            self.desk.look()
            self.desk.sweep()
        self.office.sends()
        self.relay.step()

    @property
    def delivered(self) -> list[tuple[str, str]]:
        """(kind, status or text) of each delivery."""
        rows = self.webhook.taken.values()
        return [(row["kind"], row["alert"]["status"] if "alert" in row else row.get("text", "")) for row in rows]

    @property
    def firing(self) -> list[tuple[str, str]]:
        """(name, wait) of what is the case."""
        return sorted((a["labels"]["alertname"], a["labels"].get("wait", "")) for a in self.alertmanager.firing)

    @property
    def resolved(self) -> list[str]:
        return sorted(alert["labels"]["alertname"] for alert in self.alertmanager.resolved)


@contextmanager
def road(store: Store) -> Iterator[Road]:
    """A desk with a Slack and both second routes."""
    desk = Desk(store)
    with (
        opened(desk) as office,
        PretendWebhook(lambda: desk.now, SECRET) as webhook,
        PretendAlertmanager(lambda: desk.now) as alertmanager,
    ):
        yield Road(office, webhook, alertmanager)
