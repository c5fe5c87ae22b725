"""The second route and the fallback as the whole program has them: from config.yaml to the receivers."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING

import pytest

from road import SECRET
from slamon.errors import StoreError
from slamon.model import MINUTE, SECOND
from slamon.scheduler import Scheduler, Work
from slamon.sim.alertmanager import PretendAlertmanager
from slamon.sim.faults import Fault
from slamon.sim.webhook import PretendWebhook
from stage import Desk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROUTES = """\
  second_route:
    alertmanager: {{url: "{alertmanager}", labels: {{team: social}}}}
    webhook: {{url: "{webhook}/alerts", secret: {{file: webhook-secret}}}}
"""


class Team(Desk):
    """A desk with a fallback and both second routes."""

    def __init__(self, folder: Path) -> None:
        self.webhook = PretendWebhook(lambda: self.clock.now, SECRET)
        self.alertmanager = PretendAlertmanager(lambda: self.clock.now)
        super().__init__(folder)
        self.slack.workspace.places |= {"C00000002": type(self.slack.channel("#desk"))("C00000002", "ops")}
        self.write("webhook-secret", SECRET)

    def watches(self, account: str) -> None:
        super().watches(account)
        text = (self.folder / "config.yaml").read_text(encoding="utf-8")
        text = text.replace("slack: {token:", "slack: {fallback: ops, unusable_after: 3m, token:")
        text += '    ops: {slack: "#ops"}\n'
        self.write("config.yaml", text + ROUTES.format(webhook=self.webhook.url, alertmanager=self.alertmanager.url))

    def relays(self, minutes: float) -> None:
        """Let time pass, with looks at the second route as the daemon takes them."""
        for _ in range(int(minutes * 6)):
            self.passes(10 * SECOND)
            assert self.app.relay
            self.app.relay.step()


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    found = Team(tmp_path)
    with found.webhook, found.alertmanager, found:
        yield found


def test_with_slack_down_for_as_long_as_the_configuration_says_the_team_hears_elsewhere(team: Team) -> None:
    team.asks()
    team.passes(57 * MINUTE)
    team.slack.faults.add(Fault(path="/api/", calls=None, status=503))
    team.relays(5)
    assert team.webhook.taken == {}
    team.relays(3)
    assert [row["kind"] for row in team.webhook.taken.values()] == ["alert"]
    names = {alert["labels"]["alertname"] for alert in team.alertmanager.firing}
    assert names == {"SlamonWaitBreached", "SlamonSlackUnusable"}
    assert team.metric("slamon_relay_requests_total", notifier="webhook", outcome="sent") == 1
    team.slack.faults.clear()
    team.relays(3)
    assert team.alertmanager.firing == []
    assert "over the limit" in team.replies[-1].text


def test_a_bad_place_is_told_at_the_configured_fallback(team: Team) -> None:
    team.slack.set(leave="#desk")
    team.asks()
    team.passes(50 * MINUTE)
    assert {message.channel for message in team.slack.messages} == {"C00000002"}
    assert len(team.roots) == 2


def test_a_single_round_looks_at_the_second_route_too(team: Team) -> None:
    team.asks()
    team.passes(57 * MINUTE)
    team.slack.faults.add(Fault(path="/api/", calls=None, status=503))
    for _ in range(8):
        team.clock.now += MINUTE
        team.app.once()
    assert [row["kind"] for row in team.webhook.taken.values()] == ["alert"]


def test_the_daemon_looks_again_whatever_a_look_ran_into(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("slamon.scheduler.RELAY_EVERY", 0.001)
    looks, enough = [], Event()

    def relay() -> None:
        looks.append(1)
        if len(looks) == 1:
            raise StoreError("the disk is full")
        if len(looks) == 2:
            raise ZeroDivisionError
        enough.set()

    work = Work({}, {}, lambda: None, None, lambda: 0, relay=relay)
    scheduler = Scheduler(work, lambda: 0, lambda: 0.0, lambda _event: None)
    scheduler.start()
    try:
        assert enough.wait(20)
    finally:
        scheduler.stop()
