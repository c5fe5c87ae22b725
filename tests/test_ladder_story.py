"""A night as the daemon lives it, from YAML to Slack: quiet hours, a shift that relieves another, and `explain`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from slamon import explaining
from slamon.acting import Order, Person
from slamon.cli import _explain_text
from slamon.explain import explain
from slamon.model import HOUR, MINUTE
from slamon.sla.handling import Verb
from stage import CONFIG, Desk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from slamon.sim._slack_workspace import Posted

RULES = """\
policies:
  - name: everyone
    first_response: 1h
    stages:
      - {at: 80%}
      - {at: 100%}
      - {at: +30m, repeat: 30m, at_most: 3, quiet: ignore, storm: exempt}
"""
AUDIENCE = """\
    desk:
      slack: "#desk"
      default: yes
      timezone: UTC
      quiet: {hours: "12:30-18:00"}
      shifts:
        - {hours: "12:00-14:00", wake: [day@acme.example, second@acme.example]}
        - {hours: "14:00-22:00", wake: late@acme.example}
"""
"""The clock of the stage begins at noon."""
PEOPLE = {"day@acme.example": "U0DAY", "second@acme.example": "U0SECOND", "late@acme.example": "U0LATE"}


class Night(Desk):
    def watches(self, account: str) -> None:
        config = CONFIG.format(account=account, x=self.x.url, slack=self.slack.api_url)
        head, _, rest = config.partition("    desk:")
        self.write("config.yaml", head + AUDIENCE + rest.partition("\n")[2])


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Night(tmp_path, rules=RULES) as opened:
        opened.slack.workspace.users.update(PEOPLE)
        yield opened


def woken(message: Posted) -> list[str]:
    return [name for name, id_ in PEOPLE.items() if f"<@{id_}>" in message.text + str(message.blocks)]


def test_quiet_hours_hold_all_but_the_stage_that_ignores_them_and_each_repetition_wakes_the_next(desk: Desk) -> None:
    post = desk.asks()
    desk.passes(80 * MINUTE)
    assert desk.slack.messages == []
    (one,) = explain(desk.app.store, desk.app.rules, post, desk.now)
    assert "desk (#desk) held until 2026-11-22T18:00:00.000+00:00 (quiet hours of desk)" in "\n".join(
        _explain_text.lines(one)
    )
    notes = [step["note"] for step in explaining.as_data(one)["targets"][0]["stages"][:2]]
    assert notes == ["not told: a later stage is told", "not told yet: quiet hours of desk"]

    said = []
    for _ in range(4):
        desk.passes(30 * MINUTE)
        said.append(woken(desk.slack.messages[-1]))

    assert said[:3] == [["day@acme.example"], ["late@acme.example"], ["late@acme.example"]]
    assert (len(desk.roots), len(desk.replies)) == (1, 2)
    desk.passes(6 * HOUR)
    assert (len(desk.roots), len(desk.replies)) == (1, 2)


class InBerlin(Desk):
    def watches(self, account: str) -> None:
        config = CONFIG.format(account=account, x=self.x.url, slack=self.slack.api_url)
        self.write("config.yaml", config.replace("notify:\n", "notify:\n  timezone: Europe/Berlin\n"))


def test_whoever_acts_hears_times_in_the_zone_of_the_team(tmp_path: Path) -> None:
    with InBerlin(tmp_path) as desk:
        post = desk.asks()
        desk.settles()
        order = Order(verb=Verb.ACKNOWLEDGE, wait=desk.wait(post).id, by=Person("U1", "Ann"), via="button", key="k")
        assert desk.app.acting.act(order).words.endswith("until 17:00 CET")
