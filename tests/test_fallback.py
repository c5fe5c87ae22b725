"""A channel that takes nothing: what was to be told there is told at the fallback, once, and somebody hears why."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from desk import Desk
from office import KilledError, Office, opened
from said import ask, reply
from slack_parts import POST
from slamon.audiences import Audience
from slamon.model import DAY, MINUTE
from slamon.sim.faults import Fault
from slamon.sim.slack import refuse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.sim._slack_workspace import Posted
    from slamon.store.store import Store

FALLBACK = Audience("lost", "#oncall")


def with_fallback(office: Office, audience: Audience = FALLBACK) -> Office:
    line = office.dispatcher.line
    line.world = replace(line.world, fallback=audience)
    return office


@pytest.fixture
def office(store: Store) -> Iterator[Office]:
    with opened(Desk(store)) as office:
        yield with_fallback(office)


def at(office: Office, channel: str) -> list[Posted]:
    place = office.slack.channel(channel).id
    return [message for message in office.slack.messages if message.channel == place]


def alerts(office: Office, channel: str) -> list[Posted]:
    return [message for message in at(office, channel) if (message.metadata or {})["event_payload"]["wait"]]


def notices(office: Office, channel: str) -> list[Posted]:
    return [message for message in at(office, channel) if not (message.metadata or {})["event_payload"]["wait"]]


BAD = {"archived": {"archive": "#desk"}, "without the app": {"leave": "#desk"}}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_a_letter_for_a_bad_place_is_told_at_the_fallback_with_one_notice(office: Office, bad: dict[str, str]) -> None:
    office.slack.set(**bad)
    office.warned()
    office.sends()
    assert (len(alerts(office, "#oncall")), at(office, "#desk")) == (1, [])
    (notice,) = notices(office, "#oncall")
    assert "slamon cannot write to #desk" in notice.text
    assert "To do: invite the app there" in notice.text


def test_later_stages_go_into_its_thread_there_and_the_notice_stands_once(office: Office) -> None:
    office.slack.set(archive="#desk")
    office.warned()
    office.sends()
    office.desk.passes(60.1)
    office.sends()
    root, answer = alerts(office, "#oncall")
    assert (root.thread_ts, answer.thread_ts) == (None, root.ts)
    assert len(notices(office, "#oncall")) == 1


def test_the_letter_keeps_its_reason_and_the_new_one_is_sent(office: Office) -> None:
    office.slack.set(archive="#desk")
    office.warned()
    office.sends()
    by_destination = {(row.stage, row.destination): (row.state, row.reason) for row in office.desk.letters()}
    assert by_destination["80%", "#oncall"] == ("sent", "")
    state, reason = by_destination["80%", "#desk"]
    assert (state, reason.startswith("told at #oncall instead: bad_place")) == ("failed", True)


def test_the_message_there_lives(office: Office) -> None:
    office.slack.set(archive="#desk")
    office.warned()
    office.sends()
    office.desk.poll(reply("2", 50, to="1", by="acmehelp"), minute=51)
    office.desk.sweep()
    office.waits(MINUTE)
    assert "Answered in time" in alerts(office, "#oncall")[0].text


def test_a_bad_place_is_tried_at_most_once_a_minute_and_only_for_new_letters(office: Office) -> None:
    office.slack.set(archive="#desk")
    office.desk.poll(*(ask(str(n), 0, by=f"c{n}") for n in range(5)), minute=1)
    office.desk.passes(48)
    office.sends()
    assert len(alerts(office, "#oncall")) == 5
    assert office.slack.calls("conversations.list") == 2, "once for the bad place, once for the fallback"
    tries = office.slack.calls("conversations.list") + office.slack.calls("chat.postMessage")
    office.waits(10 * MINUTE)
    assert office.slack.calls("conversations.list") + office.slack.calls("chat.postMessage") == tries


def test_once_it_is_mended_new_letters_stand_there_again(office: Office) -> None:
    office.slack.set(leave="#desk")
    office.warned()
    office.sends()
    office.slack.channel("#desk").member = True
    office.desk.poll(ask("9", 50, by="ben"), minute=51)
    office.desk.passes(99)
    office.sends()
    assert sorted((message.metadata or {})["event_payload"]["wait"] for message in alerts(office, "#desk")) == [1, 2]


def test_a_new_day_brings_one_more_notice(office: Office) -> None:
    office.slack.set(archive="#desk")
    office.warned()
    office.sends()
    office.desk.poll(ask("9", 50, by="ben"), minute=51)
    office.desk.passes(50 + DAY / MINUTE)
    office.sends()
    assert len(notices(office, "#oncall")) == 2


def test_a_lost_answer_in_a_channel_that_the_app_then_left_is_no_reason_to_wait_for_ever(office: Office) -> None:
    office.slack.faults.add(Fault(path=POST, status=500))
    office.warned()
    office.sends()
    office.slack.set(leave="#desk")
    office.waits(3 * MINUTE)
    assert len(alerts(office, "#oncall")) == 1


@pytest.mark.parametrize("trouble", ["not_in_channel", "is_archived", "restricted_action", "user_disabled"])
def test_whatever_slack_calls_it(office: Office, trouble: str) -> None:
    office.slack.faults.add(refuse(trouble, method="chat.postMessage"))
    office.warned()
    office.sends()
    assert (len(alerts(office, "#oncall")), at(office, "#desk")) == (1, [])


@pytest.mark.parametrize("death", [("post", "before"), ("post", "after")], ids=" ".join)
def test_a_death_on_the_way_neither_loses_nor_doubles_it(office: Office, death: tuple[str, str]) -> None:
    office.slack.set(archive="#desk")
    office.warned()
    office.notifier.dies = death
    for _ in range(8):
        try:
            office.sends()
            office.waits(MINUTE)
        except KilledError:
            office.starts()
            with_fallback(office)
    office.waits(3 * MINUTE)
    assert (len(alerts(office, "#oncall")), len(notices(office, "#oncall")), at(office, "#desk")) == (1, 1, [])


def test_a_fallback_that_is_bad_itself_keeps_what_it_has(office: Office) -> None:
    office.slack.set(archive="#desk")
    office.slack.set(archive="#oncall")
    office.warned()
    office.sends()
    office.slack.channel("#oncall").archived = False
    office.waits(2 * MINUTE)
    assert (len(alerts(office, "#oncall")), len(notices(office, "#oncall"))) == (1, 1)


def test_without_a_fallback_it_is_kept_and_tried_each_minute(store: Store) -> None:
    with opened(Desk(store)) as office:
        office.slack.set(leave="#desk")
        office.warned()
        office.sends()
        assert [row.state for row in office.desk.letters()] == ["pending"]
        office.slack.channel("#desk").member = True
        office.waits(MINUTE)
        assert len(alerts(office, "#desk")) == 1
