"""People answer in the pretend Slack: by button, by form, by emoji; on a clock that is moved by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from desk import Desk
from office import opened
from room import Room
from said import ask
from slamon.acting import Person
from slamon.answering.answering import NOT_NOW
from slamon.errors import StoreError
from slamon.model import DAY, HOUR, MINUTE
from slamon.notifiers._slack_people import ONLY_MEMBERS
from slamon.sim.slack import refuse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.store.store import Store


@pytest.fixture
def room(store: Store) -> Iterator[Room]:
    with opened(Desk(store)) as office:
        yield Room(office)


class TestButtons:
    def test_a_click_shows_in_the_message_after_the_next_edit(self, room: Room) -> None:
        room.slack.clicks(room.root, "acknowledge")
        assert room.standing == [("acknowledge", "Ann")]
        assert "Ann" in room.shown

    def test_it_is_recorded_with_who_when_and_how(self, room: Room) -> None:
        room.slack.clicks(room.root, "acknowledge")
        (one,) = room.done
        assert (one.by_id, one.at, one.via) == ("U0ANN", room.desk.now, "button")

    def test_who_clicks_is_answered_alone_and_may_undo(self, room: Room) -> None:
        room.slack.clicks(room.root, "acknowledge")
        (answer,) = room.slack.whispers
        assert (answer.user, answer.channel) == ("U0ANN", room.root.channel)
        room.slack.clicks(answer, "undo")
        assert room.standing == []
        assert "Ann" not in room.shown
        assert "Taken back" in room.words[-1][1]

    def test_a_delivery_that_comes_twice_is_one_action(self, room: Room) -> None:
        room.slack.clicks(room.root, "acknowledge")
        room.hears(room.heard[0])
        assert len(room.done) == 1

    def test_two_clicks_are_two_actions(self, room: Room) -> None:
        room.slack.clicks(room.root, "acknowledge")
        room.slack.clicks(room.root, "acknowledge", by="U0BEN")
        assert room.standing == [("acknowledge", "Ann"), ("acknowledge", "Ben")]
        assert "Ben" in room.shown

    def test_a_menu_snoozes(self, room: Room) -> None:
        room.slack.clicks(room.root, "snooze_15m")
        (one,) = room.done
        assert (one.verb, one.until) == ("snooze", room.desk.now + 15 * MINUTE)
        room.slack.clicks(room.root, "snooze_1h")
        assert room.done[-1].until == room.desk.now + HOUR

    def test_what_cannot_be_done_is_said_to_who_asked(self, room: Room) -> None:
        payload = room.slack.clicks(room.root, "acknowledge")
        payload["actions"][0].update(value="4711", action_ts="1.5")
        room.slack.sockets.deliver("interactive", payload)
        assert "4711" in room.words[-1][1]
        assert len(room.done) == 1

    def test_another_workspace_is_not_ours(self, room: Room) -> None:
        payload = room.slack.clicks(room.root, "acknowledge")
        payload["team"]["id"] = "T0OTHER"
        payload["actions"][0]["action_ts"] = "1.5"
        room.slack.sockets.deliver("interactive", payload)
        assert len(room.done) == 1

    def test_an_answer_that_cannot_be_given_changes_nothing(self, room: Room) -> None:
        room.slack.faults.add(refuse("channel_not_found", method="chat.postEphemeral"))
        room.slack.clicks(room.root, "acknowledge")
        assert room.standing == [("acknowledge", "Ann")]

    def test_a_database_that_refuses_is_told(self, room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuses(_order: object) -> None:
            raise StoreError("the disk is full")

        monkeypatch.setattr(room.acting, "act", refuses)
        room.slack.clicks(room.root, "acknowledge")
        assert room.words == [("U0ANN", NOT_NOW)]

    def test_a_fault_of_ours_stops_nothing(self, room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
        with monkeypatch.context() as broken:
            broken.setattr(room.acting, "act", lambda _order: 1 / 0)
            room.slack.clicks(room.root, "acknowledge")
        room.slack.clicks(room.root, "acknowledge")
        assert room.standing == [("acknowledge", "Ann")]


class TestWhoMayNot:
    @pytest.mark.parametrize(
        ("who", "words"),
        [
            ({"is_restricted": True}, [("U0EVE", ONLY_MEMBERS)]),
            ({"is_ultra_restricted": True}, [("U0EVE", ONLY_MEMBERS)]),
            ({"team": "T0OTHER"}, [("U0EVE", ONLY_MEMBERS)]),
            ({"is_bot": True}, []),
            ({"deleted": True}, []),
        ],
    )
    def test_neither_by_button_nor_by_emoji(self, room: Room, who: dict[str, Any], words: list[Any]) -> None:
        room.slack.members.join("U0EVE", "Eve", **who)
        room.slack.clicks(room.root, "acknowledge", by="U0EVE")
        room.slack.reacts(room.root, "eyes", by="U0EVE")
        assert room.done == []
        assert room.words == words * 2

    def test_nor_by_a_form_that_somebody_else_would_get(self, room: Room) -> None:
        room.slack.members.join("U0EVE", "Eve", is_restricted=True)
        room.slack.clicks(room.root, "dismiss", by="U0EVE")
        assert room.slack.views == []


class TestTheForm:
    def test_no_reply_needed_asks_for_a_reason_and_closes_the_wait(self, room: Room) -> None:
        room.slack.clicks(room.root, "dismiss")
        (view,) = room.slack.views
        assert room.done == []
        room.slack.submits(view, "a duplicate", how="dismiss")
        assert [(one.verb, one.reason, one.scope) for one in room.done] == [("dismiss", "a duplicate", "wait")]
        assert "a duplicate" in room.shown

    def test_sent_off_twice_it_is_one_action(self, room: Room) -> None:
        room.slack.clicks(room.root, "dismiss")
        room.slack.submits(room.slack.views[0], "a duplicate", how="dismiss")
        room.hears(room.heard[-1])
        assert len(room.done) == 1

    def test_a_muted_post_is_muted_with_all_below_it(self, room: Room) -> None:
        room.slack.clicks(room.root, "dismiss")
        room.slack.submits(room.slack.views[0], "a raffle", how="mute")
        assert [(one.verb, one.scope) for one in room.done] == [("mute", "thread")]

    def test_a_scope_can_be_chosen(self, room: Room) -> None:
        room.slack.clicks(room.root, "dismiss")
        room.slack.submits(room.slack.views[0], "a troll", how="dismiss", scope="author")
        assert [(one.verb, one.scope) for one in room.done] == [("dismiss", "author")]

    def test_it_can_be_taken_back(self, room: Room) -> None:
        room.slack.clicks(room.root, "dismiss")
        room.slack.submits(room.slack.views[0], "a duplicate", how="dismiss")
        room.slack.clicks(room.slack.whispers[-1], "undo")
        assert room.standing == []
        assert room.desk.shelf.waits()[-1].state == "open"


class TestEmoji:
    @pytest.mark.parametrize(
        ("name", "verb"), [("white_check_mark", "acknowledge"), ("eyes", "acknowledge"), ("zzz", "snooze")]
    )
    def test_an_emoji_acts(self, room: Room, name: str, verb: str) -> None:
        room.slack.reacts(room.root, name)
        assert room.standing == [(verb, "Ann")]
        assert room.done[0].via == "reaction"

    @pytest.mark.parametrize("name", ["x", "no_bell", "thumbsup"])
    def test_other_emoji_do_nothing(self, room: Room, name: str) -> None:
        room.slack.reacts(room.root, name)
        assert room.done == []

    def test_taking_it_away_takes_the_acknowledgement_back(self, room: Room) -> None:
        room.slack.reacts(room.root, "eyes")
        room.slack.unreacts(room.root, "eyes")
        assert room.standing == []

    def test_set_again_it_acts_again(self, room: Room) -> None:
        for _ in range(2):
            room.slack.reacts(room.root, "eyes")
            room.slack.unreacts(room.root, "eyes")
        room.slack.reacts(room.root, "eyes")
        assert room.standing == [("acknowledge", "Ann")]

    def test_taking_ones_own_away_leaves_another_persons(self, room: Room) -> None:
        room.slack.reacts(room.root, "eyes", by="U0BEN")
        room.slack.reacts(room.root, "eyes")
        room.slack.unreacts(room.root, "eyes")
        assert room.standing == [("acknowledge", "Ben")]

    def test_a_removal_that_comes_late_takes_back_nothing_newer(self, room: Room) -> None:
        room.slack.reacts(room.root, "eyes")
        room.slack.unreacts(room.root, "eyes")
        removal = room.heard[-1]
        room.slack.reacts(room.root, "eyes")
        room.hears(removal)
        assert room.standing == [("acknowledge", "Ann")]

    def test_an_emoji_below_any_other_message_is_nothing(self, room: Room) -> None:
        other = room.slack.other_bot_posts("#desk", "hello")
        room.slack.reacts(other, "eyes")
        assert (room.done, room.words) == ([], [])

    def test_below_a_message_that_shows_nothing_open_it_is_a_mere_emoji(self, room: Room) -> None:
        room.slack.clicks(room.root, "dismiss")
        room.slack.submits(room.slack.views[0], "a duplicate", how="dismiss")
        said = len(room.words)
        room.slack.reacts(room.root, "white_check_mark", by="U0BEN")
        assert len(room.words) == said
        assert len(room.done) == 1


class TestAfterAGap:
    def test_an_emoji_that_was_missed_is_taken_up_once(self, room: Room) -> None:
        room.slack.reacts(room.root, "eyes", heard=False)
        room.looks()
        room.looks()
        assert room.standing == [("acknowledge", "Ann")]

    def test_one_that_went_away_meanwhile_is_not_taken_up(self, room: Room) -> None:
        room.slack.reacts(room.root, "eyes", heard=False)
        room.answering._emoji.look()
        room.slack.unreacts(room.root, "eyes")
        room.works()
        assert room.done == []

    def test_its_event_may_still_come(self, room: Room) -> None:
        event = room.slack.reacts(room.root, "eyes", heard=False)
        room.looks()
        room.slack.sockets.deliver("events_api", event)
        assert len(room.done) == 1

    def test_one_that_was_heard_is_not_taken_up_again(self, room: Room) -> None:
        room.slack.reacts(room.root, "eyes")
        room.looks()
        assert len(room.done) == 1

    def test_one_that_was_taken_back_otherwise_stays_so(self, room: Room) -> None:
        room.slack.reacts(room.root, "eyes")
        room.slack.reactions[room.root.channel, room.root.ts]["eyes"] = ["U0ANN"]
        (one,) = room.done
        room.acting.undo(one.id, Person("x", "Ben"), "command")
        room.looks()
        assert room.standing == []

    def test_who_may_not_act_is_not_told_again_and_again(self, room: Room) -> None:
        room.slack.members.join("U0EVE", "Eve", is_restricted=True)
        room.slack.reacts(room.root, "eyes", by="U0EVE", heard=False)
        room.looks()
        assert (room.done, room.words) == ([], [])

    def test_waits_of_days_ago_are_not_looked_at(self, room: Room) -> None:
        room.slack.reacts(room.root, "eyes", heard=False)
        room.desk.now += DAY
        room.looks()
        assert room.slack.calls("reactions.get") == 0

    def test_a_limit_ends_the_look(self, room: Room) -> None:
        room.slack.faults.add(refuse("ratelimited", method="reactions.get"))
        room.looks()
        assert room.done == []

    def test_a_message_that_is_gone_is_passed_over(self, room: Room) -> None:
        room.desk.poll(ask("2", 49, by="ben", text="and mine?"), minute=50)
        room.desk.passes(49 + 49)
        room.office.sends()
        ann, ben = room.office.roots
        room.slack.reacts(ann, "eyes", heard=False)
        room.slack.delete(ben)
        room.looks()
        assert room.standing == [("acknowledge", "Ann")]


class TestRefusedTokens:
    def test_people_are_told_once_a_day(self, room: Room) -> None:
        for _ in range(3):
            room.answering.refused("link_disabled")
        room.office.sends()
        told = [message.text for message in room.office.roots if "Socket Mode" in message.text]
        assert len(told) == 1
