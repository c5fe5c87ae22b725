"""`slamon notify --test` and `slamon probe --slack`: what arrives, what is missing, and nothing in the database."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from slack_parts import TOKEN
from slamon.cli.notify import command as notify
from slamon.cli.probe import command as probe
from slamon.errors import UsageError
from slamon.model import SECOND
from slamon.sim.alertmanager import PretendAlertmanager
from slamon.sim.faults import Fault
from slamon.sim.slack import PretendSlack, refuse
from slamon.sim.webhook import PretendWebhook

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from click.testing import Result

SECRET = "canary-of-the-webhook-secret"
KINDS = {
    "waiting",
    "at risk",
    "breached",
    "acknowledged",
    "answered late",
    "cancelled",
    "unverified",
    "digest",
    "notice",
}
CONFIG = """
channels: [{{name: acme, connector: archive, account: acme, path: records.jsonl}}]
notify:
  slack: {{token: {{env: SLACK_TOKEN}}, api_url: {slack}, fallback: oncall}}
  audiences:
    desk: {{slack: "#desk", default: yes}}
    oncall: {{slack: "#oncall", mention: "@social"}}
{more}
"""
ROUTES = """
  second_route:
    webhook: {{url: {webhook}/alerts, secret: {{env: HOOK_SECRET}}}}
    alertmanager: {{url: "{alertmanager}", labels: {{team: social}}}}
"""


class World:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = 0
        self.slack = PretendSlack(clock=self.now, token=TOKEN, channels=["#desk", "#oncall"], groups={"social": "S1"})
        self.webhook = PretendWebhook(self.now, SECRET)
        self.alertmanager = PretendAlertmanager(self.now)
        (folder / "records.jsonl").write_text("")
        self.writes(ROUTES.format(webhook=self.webhook.url, alertmanager=self.alertmanager.url))

    def now(self) -> int:
        return 1_795_437_120_000

    def writes(self, more: str = "") -> None:
        text = CONFIG.format(slack=self.slack.api_url, more=more)
        (self.folder / "config.yaml").write_text(text)

    def runs(self, command: object, *words: str) -> Result:
        return CliRunner().invoke(command, [*words, "--config", str(self.folder / "config.yaml")])  # type: ignore[arg-type]

    def channels(self) -> dict[str, int]:
        names = {place.id: place.name for place in self.slack.workspace.places.values()}
        told: dict[str, int] = {}
        for message in self.slack.messages:
            told[names[message.channel]] = told.get(names[message.channel], 0) + 1
        return told


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("SLACK_TOKEN", TOKEN)
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    found = World(tmp_path)
    monkeypatch.setattr("slamon.app.wall_clock", found.now)
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    with found.slack, found.webhook, found.alertmanager:
        yield found


class TestNotify:
    def test_sends_one_of_each_kind_to_each_audience_and_on_each_second_route(self, world: World) -> None:
        ran = world.runs(notify, "--test")
        assert (ran.exit_code, world.channels()) == (0, {"desk": len(KINDS), "oncall": len(KINDS)})
        assert [row["kind"] for row in world.webhook.taken.values()] == ["test"]
        assert [alert["labels"] for alert in world.alertmanager.firing] == [
            {"alertname": "SlamonTest", "severity": "info", "team": "social"}
        ]

    def test_every_message_says_that_it_is_a_test(self, world: World) -> None:
        world.runs(notify, "--test", "--to", "desk")
        assert all("TEST" in message.text for message in world.slack.messages)
        assert all("<!" not in message.text for message in world.slack.messages)

    def test_to_one_audience_reaches_no_other(self, world: World) -> None:
        world.runs(notify, "--test", "--to", "desk")
        assert set(world.channels()) == {"desk"}

    def test_leaves_the_database_alone(self, world: World) -> None:
        world.runs(notify, "--test")
        assert sorted(path.name for path in world.folder.iterdir()) == ["config.yaml", "records.jsonl"]

    def test_says_what_did_not_arrive_and_why(self, world: World) -> None:
        world.slack.set(archive="#oncall")
        world.webhook.server.faults.add(Fault(path="/alerts", status=500))
        ran = world.runs(notify, "--test", "--json")
        said = json.loads(ran.output)
        failed = {(row["to"], row["where"]) for row in said["tried"] if row["error"]}
        assert (ran.exit_code, said["good"]) == (1, False)
        assert failed == {("oncall", "#oncall"), ("second route", "webhook")}
        assert {row["what"] for row in said["tried"] if row["to"] == "desk"} == KINDS

    def test_waits_once_when_slack_asks_for_it(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        slept: list[float] = []
        monkeypatch.setattr("time.sleep", slept.append)
        world.slack.faults.add(Fault(path="/api/chat.postMessage", status=429, headers={"retry-after": "3"}))
        assert (world.runs(notify, "--test", "--to", "desk").exit_code, slept) == (0, [3.0])

    def test_shows_no_token_whatever_happens(self, world: World) -> None:
        world.slack.faults.add(refuse("token_revoked", calls=None))
        ran = world.runs(notify, "--test")
        assert ran.exit_code == 1
        assert TOKEN not in ran.output
        assert SECRET not in ran.output

    def test_without_slack_says_what_to_write(self, world: World) -> None:
        (world.folder / "config.yaml").write_text(
            "channels: [{name: acme, connector: archive, account: acme, path: records.jsonl}]"
        )
        ran = world.runs(notify, "--test")
        assert isinstance(ran.exception, UsageError)
        assert "write `notify: {slack:" in str(ran.exception)

    def test_names_the_audience_that_was_meant(self, world: World) -> None:
        ran = world.runs(notify, "--test", "--to", "dessk")
        assert isinstance(ran.exception, UsageError)
        assert "did you mean `desk`?" in str(ran.exception)

    def test_without_a_word_of_what_to_do_does_nothing(self, world: World) -> None:
        assert (world.runs(notify).exit_code, world.slack.messages) == (2, [])


class TestProbeSlack:
    def steps(self, ran: Result) -> dict[tuple[str, str], str]:
        return {(row["destination"], row["what"]): row["outcome"] for row in json.loads(ran.output)["steps"]}

    def test_posts_reads_edits_and_deletes_in_each_destination(self, world: World) -> None:
        ran = world.runs(probe, "--slack", "--json")
        whole = ("post", "read back", "edit", "delete")
        expected = {(place, what): "ok" for place in ("#desk", "#oncall") for what in whole}
        assert (ran.exit_code, self.steps(ran)) == (0, {**expected, ("@social", "look up"): "ok"})
        assert world.slack.messages == []
        assert all(message.edits for message in world.slack.workspace.messages)

    def test_says_what_it_costs_when_it_may_not_read_back(self, world: World) -> None:
        world.slack.methods.scopes.discard("channels:history")
        ran = world.runs(probe, "--slack")
        assert ran.exit_code == 1
        assert "the scope channels:history is missing" in ran.output
        assert "one duplicate" in ran.output
        assert world.slack.messages == []

    def test_says_when_history_shows_nothing(self, world: World) -> None:
        world.slack.set(history_delay=60 * SECOND)
        ran = world.runs(probe, "--slack", "--json")
        assert (ran.exit_code, self.steps(ran)["#desk", "read back"]) == (1, "unknown")

    def test_a_bad_place_does_not_hide_the_others(self, world: World) -> None:
        world.slack.set(leave="#desk")
        found = self.steps(world.runs(probe, "--slack", "--json"))
        assert (found["#desk", "post"], found["#oncall", "post"]) == ("missing", "ok")

    def test_a_group_that_is_not_there_is_found_out(self, world: World) -> None:
        world.slack.methods.groups.clear()
        assert self.steps(world.runs(probe, "--slack", "--json"))["@social", "look up"] == "missing"

    def test_a_channel_and_slack_at_once_are_too_much(self, world: World) -> None:
        assert (world.runs(probe, "acme", "--slack").exit_code, world.runs(probe).exit_code) == (2, 2)
