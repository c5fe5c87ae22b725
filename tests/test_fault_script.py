"""Whatever Slack answers, each alert arrives exactly once, and other channels do not wait for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from desk import DESK, Desk, policy, rules
from office import Office, opened
from said import ask
from slack_codes import CODES
from slack_parts import POST
from slamon.audiences import Audience
from slamon.model import MINUTE, SECOND
from slamon.notifiers._slack_errors import outcome_of
from slamon.notifiers.base import Outcome
from slamon.sim.faults import Fault
from slamon.sim.slack import refuse
from slamon.sla.policy import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.store.store import Store

TROUBLES = {
    "429 with Retry-After": Fault(path=POST, status=429, headers={"retry-after": "40"}),
    "429 without Retry-After": Fault(path=POST, status=429),
    "429 after having posted": Fault(path=POST, accept=True, status=429, headers={"retry-after": "40"}),
    "500 after having posted": Fault(path=POST, accept=True, status=500),
    "503 in HTML": Fault(path=POST, status=503, body="<html>no</html>"),
    "reset before the body": Fault(path=POST, accept=True, drop="before"),
    "reset within the body": Fault(path=POST, drop="middle"),
    "reset, never posted": Fault(path=POST, drop="before"),
    "no JSON": Fault(path=POST, status=200, body="ok"),
    "JSON of another shape": Fault(path=POST, status=200, body="[1]"),
    "ok without a ts": Fault(path=POST, accept=True, status=200, body='{"ok": true}'),
    **{code: refuse(code, method="chat.postMessage") for code in (*CODES, "a_code_of_tomorrow")},
}
PERHAPS = (
    "a_code_of_tomorrow",
    "fatal_error",
    "internal_error",
    "message_limit_exceeded",
    "rate_limited",
    "ratelimited",
    "service_unavailable",
)
"""Codes of which Slack does not say that nothing was posted."""
TROUBLES |= {
    f"posted, then {code}": Fault(path=POST, accept=True, status=200, body=f'{{"ok":false,"error":"{code}"}}')
    for code in PERHAPS
}
WHOLE_SENDER = {code for code in CODES if outcome_of(code) is Outcome.BAD_CREDENTIAL}
"""The token is one for all channels: what is wrong with it stops them all."""


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def office(store: Store) -> Iterator[Office]:
    """A letter for the desk and one for whoever is on call, both about to be sent."""
    desk = Desk(store)
    desk.tells(DESK, Audience("oncall", "#oncall"))
    stages = (Stage("50%", share=500_000), Stage("52%", share=520_000, audience="oncall"))
    desk.rules = rules(policy(stages=stages))
    with opened(desk) as office:
        desk.poll(ask("1", 0), minute=1)
        desk.passes(30.5)
        desk.passes(31.5)
        assert office.states() == [("50%", "pending"), ("52%", "pending")]
        yield office


@pytest.mark.parametrize("name", TROUBLES)
def test_each_alert_arrives_once_and_the_other_channel_within_two_seconds(office: Office, name: str) -> None:
    desk, oncall = (office.slack.channel(place).id for place in ("#desk", "#oncall"))
    office.slack.faults.add(TROUBLES[name])
    office.sends()
    office.waits(2 * SECOND)
    if name not in WHOLE_SENDER:
        assert [root.channel for root in office.roots if root.channel == oncall] == [oncall]
    office.waits(3 * MINUTE)
    assert sorted(root.channel for root in office.roots) == sorted([desk, oncall])
    assert office.replies == []
    assert {state for _, state in office.states()} == {"sent"}
