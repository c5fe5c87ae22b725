from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from slack_golden import elements
from slack_parts import ACKNOWLEDGED, BREACHED, DIGEST, LATE, SHARED, STARTED, STATES, TOKEN, WAITING, Clock, pretend
from slamon.model import HOUR
from slamon.notifiers._slack_blocks import render, render_reply
from slamon.notifiers.slack import Slack

if TYPE_CHECKING:
    from slamon.notifiers.base import Alert, Digest

BERLIN = ZoneInfo("Europe/Berlin")
OPEN = ["on-track", "at-risk", "breached", "acknowledged", "snoozed", "unverified", "shared"]


def buttons(content: Alert | Digest) -> dict[str, dict[str, Any]]:
    """What stands in the block of actions, by its action."""
    blocks = render(content, BERLIN).blocks
    return {one["action_id"]: one for block in blocks if block["type"] == "actions" for one in elements(block)}


def heard(content: Alert) -> Alert:
    return replace(content, buttons=True)


@pytest.mark.parametrize("name", OPEN)
def test_an_open_wait_can_be_taken_in_hand_opened_dismissed_and_snoozed(name: str) -> None:
    there = buttons(heard(STATES[name]))
    assert list(there) == ["acknowledge", "open_post", "dismiss", "snooze"]
    assert there["acknowledge"]["value"] == there["dismiss"]["value"] == "7"


@pytest.mark.parametrize("name", set(STATES) - set(OPEN))
def test_of_a_closed_wait_only_the_post_can_be_opened(name: str) -> None:
    assert list(buttons(heard(STATES[name]))) == ["open_post"]


def test_where_no_click_is_heard_the_command_is_named_instead() -> None:
    assert list(buttons(BREACHED)) == ["open_post"]
    assert "To acknowledge: `slamon ack 7`" in json.dumps(render(BREACHED, BERLIN).blocks)
    for other in (heard(BREACHED), LATE, ACKNOWLEDGED):
        assert "slamon ack" not in json.dumps(render(other, BERLIN).blocks)


def test_a_snooze_names_its_span_and_the_wait() -> None:
    options = buttons(heard(WAITING))["snooze"]["options"]
    assert [option["value"] for option in options] == ["snooze_15m|7", "snooze_1h|7"]


def test_a_snooze_until_the_shift_ends_is_there_only_while_a_shift_runs() -> None:
    for end, last in ((STARTED + 4 * HOUR, "snooze_shift|7"), (WAITING.now, "snooze_1h|7"), (None, "snooze_1h|7")):
        options = buttons(replace(heard(WAITING), shift_ends_at=end))["snooze"]["options"]
        assert options[-1]["value"] == last
    assert "17:32" in json.dumps(buttons(replace(heard(WAITING), shift_ends_at=STARTED + 4 * HOUR)))


def test_a_breach_that_nobody_has_in_hand_is_the_one_to_press() -> None:
    assert buttons(heard(BREACHED))["acknowledge"]["style"] == "primary"
    assert "style" not in buttons(heard(WAITING))["acknowledge"]
    assert "style" not in buttons(heard(ACKNOWLEDGED))["acknowledge"]
    assert buttons(heard(ACKNOWLEDGED))["acknowledge"]["text"]["text"] == "Take over"


def test_a_reply_can_be_answered_as_its_message_can() -> None:
    there = [one["action_id"] for one in elements(render_reply(heard(BREACHED), BERLIN).blocks)]
    assert there == ["acknowledge", "open_post", "dismiss", "snooze"]


def test_the_buttons_of_a_shared_message_are_about_the_wait_at_its_head() -> None:
    assert buttons(heard(SHARED))["acknowledge"]["value"] == "7"


def test_a_digest_can_be_taken_in_hand_where_that_means_something() -> None:
    there = buttons(replace(DIGEST, buttons=True))
    assert {name: one["value"] for name, one in there.items()} == {"acknowledge": "-3"}
    for other in (
        DIGEST,
        replace(DIGEST, buttons=True, acknowledgeable=False),
        replace(DIGEST, buttons=True, open=False),
        replace(DIGEST, buttons=True, acknowledged_by="Ben"),
    ):
        assert buttons(other) == {}


@pytest.mark.parametrize("listens", [True, False])
def test_the_notifier_shows_buttons_in_messages_replies_and_edits_if_it_hears_of_clicks(listens: bool) -> None:  # noqa: FBT001
    clock = Clock()
    with pretend(clock) as slack:
        notifier = Slack(TOKEN, slack.api_url, "Europe/Berlin", buttons=listens)
        place = notifier.resolve("#desk")
        receipt = notifier.post(place, WAITING, "one")
        notifier.reply(receipt, WAITING, "two", broadcast=False)
        root, answer = slack.messages
        assert [("'acknowledge'" in str(message.blocks)) for message in (root, answer)] == [listens, listens]
        notifier.edit(receipt, BREACHED)
        assert ("'acknowledge'" in str(root.blocks)) is listens
