"""What people do about a wait without ending it: acknowledged, snoozed; and who may not do what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from desk import DESK, Desk
from doing import ANN, BEN, Doers
from office import Office, opened
from said import ask, at, reply
from slamon.acting import Order, Person
from slamon.audiences import Audience
from slamon.errors import UsageError
from slamon.events import ActionTaken
from slamon.model import DAY, HOUR, MINUTE
from slamon.sla.handling import Verb, handling
from slamon.store import digests
from slamon.store.digests import Opening

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.store.store import Store


@dataclass(frozen=True, slots=True)
class Shift(Audience):
    """Ends at that minute, and nobody knows of another one."""

    ends: float = 0

    def shift_ends_at(self, at: int) -> int | None:
        ends = _at(self.ends)
        return ends if at < ends else None


def _at(minute: float) -> int:
    return at(minute)


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store)


@pytest.fixture
def doers(desk: Desk) -> Doers:
    """Anna asks at minute 0; nobody was told yet."""
    doers = Doers(desk, {"desk": DESK})
    desk.poll(ask("1", 0), minute=1)
    desk.sweep()
    return doers


@pytest.fixture
def office(desk: Desk, doers: Doers) -> Iterator[Office]:
    """Anna's wait has been told to the desk."""
    del doers
    with opened(desk) as office:
        desk.passes(48)
        office.sends()
        assert office.states() == [("80%", "sent")]
        yield office


class TestAcknowledging:
    def test_holds_four_hours_where_nobody_has_shifts(self, doers: Doers) -> None:
        acted = doers.act(Verb.ACKNOWLEDGE)
        assert (acted.new, acted.until) == (True, doers.desk.now + 4 * HOUR)
        assert acted.words == "Wait 1 is acknowledged for 4 h, until 16:33 UTC"

    def test_says_its_end_in_the_zone_of_the_team(self, doers: Doers) -> None:
        doers.acting.zone = ZoneInfo("Europe/Berlin")
        assert doers.act(Verb.ACKNOWLEDGE).words == "Wait 1 is acknowledged for 4 h, until 17:33 CET"

    def test_is_recorded_with_who_when_and_by_what(self, doers: Doers) -> None:
        doers.act(Verb.ACKNOWLEDGE, via="reaction", key="click")
        (done,) = doers.actions()
        assert (done.verb, done.wait, done.by, done.by_id, done.via) == ("acknowledge", 1, "Ann", "U0ANN", "reaction")
        assert (done.key, done.at, done.scope, done.undone_at) == ("click", doers.desk.now, "wait", None)
        assert doers.heard == [ActionTaken("acknowledge", "reaction", action=1, wait=1, scope="wait", by_id="U0ANN")]
        assert doers.woken == 1

    def test_holds_until_the_first_shift_ends_of_those_who_were_told(self, desk: Desk, office: Office) -> None:
        del office
        audiences = {"desk": Shift("desk", "#desk", ends=300), "others": Shift("others", "#others", ends=60)}
        assert Doers(desk, audiences).act(Verb.ACKNOWLEDGE).until == at(300)

    def test_by_a_second_person_takes_over(self, doers: Doers) -> None:
        doers.act(Verb.ACKNOWLEDGE)
        doers.act(Verb.ACKNOWLEDGE, by=BEN)
        held = handling(doers.actions(), doers.desk.now).acknowledged
        assert held is not None
        assert held.by == "Ben"

    def test_that_is_taken_back_leaves_the_one_before(self, doers: Doers) -> None:
        doers.act(Verb.ACKNOWLEDGE)
        undone = doers.undo(doers.act(Verb.ACKNOWLEDGE, by=BEN), by=BEN)
        held = handling(doers.actions(), doers.desk.now).acknowledged
        assert held is not None
        assert (held.by, undone.words) == ("Ann", "Taken back: wait 1 is no longer acknowledged")
        assert (doers.actions()[1].undone_at, doers.actions()[1].undone_by) == (doers.desk.now, "Ben")
        assert doers.heard[-1] == ActionTaken("undo", "command", action=2, wait=1, scope="wait", by_id="U0BEN")

    def test_is_shown_by_the_message_that_stands(self, doers: Doers, office: Office) -> None:
        acted = doers.act(Verb.ACKNOWLEDGE)
        office.waits(10_000)
        assert "Ann" in str(office.roots[0].blocks)
        doers.undo(acted)
        office.waits(10_000)
        assert "Ann" not in str(office.roots[0].blocks)

    def test_while_the_first_message_is_on_its_way_is_shown_as_well(
        self, doers: Doers, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with opened(desk) as office:
            post = office.notifier.post

            def clicked_meanwhile(*given: Any) -> Any:
                doers.act(Verb.ACKNOWLEDGE)
                return post(*given)

            monkeypatch.setattr(office.notifier, "post", clicked_meanwhile)
            desk.passes(48)
            office.sends()
            office.waits(10_000)
            assert "Ann" in str(office.roots[0].blocks)

    def test_a_digest_holds_as_a_wait(self, doers: Doers, desk: Desk) -> None:
        with desk.store.write() as tx:
            number = digests.open_(
                tx, Opening(key="k", kind="storm", destination="#desk", audience="desk", at=desk.now)
            )
        acted = doers.act(Verb.ACKNOWLEDGE, -(number or 0))
        assert (acted.until, acted.words[:25]) == (desk.now + 4 * HOUR, "Digest 1 is acknowledged ")
        (done,) = doers.actions(-1)
        assert (done.wait, done.channel) == (-1, None)


class TestAClickThatArrivesTwice:
    @pytest.mark.parametrize("verb", [Verb.ACKNOWLEDGE, Verb.SNOOZE, Verb.DISMISS, Verb.MUTE])
    def test_is_one_action_and_answers_as_the_first(self, doers: Doers, verb: Verb) -> None:
        first = doers.act(verb, key="k", reason="spam")
        doers.desk.move(30)
        again = doers.act(verb, key="k", reason="spam")
        assert (again.action, again.words, again.until, again.new) == (first.action, first.words, first.until, False)
        assert len(doers.actions()) == len(doers.heard) == doers.woken == 1


class TestSnoozing:
    def test_holds_an_hour_and_then_tells_the_desk_again_and_wakes_somebody(
        self, doers: Doers, office: Office, desk: Desk
    ) -> None:
        acted = doers.act(Verb.SNOOZE)
        assert acted.until == desk.now + HOUR
        assert office.states()[1:] == [("snooze", "held")]
        office.waits(59 * MINUTE)
        assert office.replies == []
        office.waits(2 * MINUTE)
        assert office.states()[1:] == [("snooze", "sent")]
        assert "<!subteam^S0SOCIAL" in str(office.replies[0].blocks) + office.replies[0].text

    def test_holds_up_the_stages_behind_it_and_the_newest_of_them_is_told(
        self, doers: Doers, office: Office, desk: Desk
    ) -> None:
        doers.act(Verb.SNOOZE)
        desk.passes(61)
        office.sends()
        assert office.replies == []
        office.waits(HOUR)
        assert office.states() == [("80%", "sent"), ("snooze", "superseded"), ("100%", "sent")]

    def test_holds_up_nobody_who_was_not_told_before(self, doers: Doers, desk: Desk) -> None:
        desk.passes(48)
        doers.act(Verb.SNOOZE)
        assert [(letter.stage, letter.state) for letter in desk.letters()] == [("80%", "pending")]

    def test_tells_nothing_where_it_is_answered_before_it_ends(self, doers: Doers, office: Office, desk: Desk) -> None:
        doers.act(Verb.SNOOZE)
        desk.poll(reply("2", 55, to="1"), minute=56)
        desk.sweep()
        office.waits(2 * HOUR)
        assert office.states()[1:] == [("snooze", "superseded")]
        assert office.replies == []

    def test_tells_nothing_where_it_is_answered_late_before_it_ends(
        self, doers: Doers, office: Office, desk: Desk
    ) -> None:
        desk.passes(61)
        office.sends()
        told = len(office.replies)
        doers.act(Verb.SNOOZE)
        desk.poll(reply("2", 70, to="1"), minute=71)
        desk.sweep()
        office.waits(2 * HOUR)
        assert office.states()[2:] == [("snooze", "superseded")]
        assert len(office.replies) == told == 1

    def test_that_is_taken_back_tells_at_once_what_stood_behind_it(
        self, doers: Doers, office: Office, desk: Desk
    ) -> None:
        acted = doers.act(Verb.SNOOZE, span=5 * HOUR)
        desk.passes(61)
        office.sends()
        doers.undo(acted)
        office.sends()
        assert office.states() == [("80%", "sent"), ("snooze", "superseded"), ("100%", "sent")]
        assert desk.letters()[1].reason == "the snooze was taken back"

    def test_anew_replaces_the_one_before(self, doers: Doers, office: Office, desk: Desk) -> None:
        doers.act(Verb.SNOOZE, span=5 * HOUR)
        doers.act(Verb.SNOOZE, span=10 * MINUTE, by=BEN)
        assert [(row.stage, row.state, row.reason) for row in desk.letters()[1:]] == [
            ("snooze", "superseded", "snoozed anew"),
            ("snooze", "held", "snoozed"),
        ]
        office.waits(11 * MINUTE)
        assert office.states()[-1] == ("snooze", "sent")

    def test_until_the_shift_ends(self, desk: Desk, office: Office) -> None:
        doers = Doers(desk, {"desk": Shift("desk", "#desk", ends=90)})
        assert doers.act(Verb.SNOOZE, until_shift_ends=True).until == at(90)
        assert desk.letters()[-1].not_before == desk.letters()[-1].created_at == at(90)
        del office

    def test_until_a_shift_ends_that_nobody_has_is_refused(self, doers: Doers, office: Office) -> None:
        del office
        with pytest.raises(UsageError, match="nobody who was told of it has shifts: say how long"):
            doers.act(Verb.SNOOZE, until_shift_ends=True)
        assert doers.actions() == []

    def test_does_not_count_its_own_end_as_a_stage_that_was_told(
        self, doers: Doers, office: Office, desk: Desk
    ) -> None:
        doers.act(Verb.SNOOZE, span=5 * HOUR)
        desk.poll(ask("1", 0, text="edited?"), minute=50)
        (due,) = desk.store.due(desk.now, desk.rules, 10)
        assert dict(due.told_through) == {"first_response": at(48)}
        del office


class TestRefusals:
    @pytest.mark.parametrize(
        ("given", "words"),
        [
            ({"wait": 7}, "there is no wait 7"),
            ({"wait": 0}, "there is no wait 0"),
            ({"wait": 10**400}, "there is no wait 1"),
            ({"wait": -7}, "there is no digest 7"),
            ({"verb": Verb.SNOOZE, "wait": -1}, "a digest can only be acknowledged"),
            ({"verb": Verb.MUTE, "wait": -1}, "a digest can only be acknowledged"),
            ({"via": "telepathy"}, "people act by button, reaction, command, http"),
            ({"key": ""}, "a click is named by 1 to 512 characters"),
            ({"key": "k" * 513}, "a click is named by"),
            ({"key": "k\0"}, "a click is named by"),
            ({"by": Person("", "Ann")}, "a person is known by an id"),
            ({"by": Person("U" * 513, "Ann")}, "a person is known by an id"),
            ({"reason": "r" * 1001}, "the reason is longer than 1000 characters"),
            ({"scope": "thread"}, "a wait is acknowledged by itself"),
            ({"verb": Verb.SNOOZE, "scope": "author"}, "a wait is snoozed by itself"),
            ({"verb": Verb.SNOOZE, "span": MINUTE - 1}, "it can hold for 1 minute to 7 days"),
            ({"verb": Verb.SNOOZE, "span": 7 * DAY + 1}, "it can hold for 1 minute to 7 days"),
            ({"verb": Verb.SNOOZE, "span": HOUR, "until_shift_ends": True}, "not both"),
            ({"verb": Verb.DISMISS}, "say why no reply is needed"),
            ({"verb": Verb.DISMISS, "reason": " \n "}, "say why no reply is needed"),
            ({"verb": Verb.MUTE, "scope": "planet"}, "the scope is one of wait, author, thread, match"),
            ({"verb": Verb.MUTE, "span": 90 * DAY + 1}, "it can hold for 1 minute to 90 days"),
            ({"verb": Verb.MUTE, "scope": "wait", "span": HOUR}, "a single wait is closed for good"),
            ({"verb": Verb.MUTE, "until_shift_ends": True}, "a wait can be snoozed, not closed"),
            ({"verb": Verb.MUTE, "scope": "match"}, "the scope match needs a pattern"),
            ({"verb": Verb.MUTE, "pattern": "x"}, "the scope match needs a pattern"),
            ({"verb": Verb.MUTE, "scope": "match", "pattern": "x", "span": 8 * DAY}, "1 minute to 7 days"),
            ({"verb": Verb.MUTE, "scope": "match", "pattern": "("}, "the pattern is no regular expression: missing"),
            ({"verb": Verb.MUTE, "scope": "match", "pattern": "x" * 1001}, "the pattern is no text of at most 1000"),
            ({"verb": Verb.MUTE, "scope": "match", "pattern": "a{100}{101}"}, "the pattern repeats more than 10000"),
            ({"verb": Verb.MUTE, "scope": "match", "pattern": "x?"}, "found in every message"),
        ],
    )
    def test_say_in_a_sentence_what_is_wrong_and_change_nothing(
        self, doers: Doers, given: dict[str, Any], words: str
    ) -> None:
        order: dict[str, Any] = {"verb": Verb.ACKNOWLEDGE, "wait": 1, "by": ANN, "via": "http", "key": "k"} | given
        with pytest.raises(UsageError) as refused:
            doers.acting.act(Order(**order))
        assert words in str(refused.value)
        assert len(str(refused.value)) < 200
        assert (doers.actions(), doers.heard, doers.woken) == ([], [], 0)
        assert doers.desk.shelf.the_wait().state == "open"

    def test_of_a_wait_that_is_answered(self, doers: Doers) -> None:
        doers.desk.poll(reply("2", 5, to="1"), minute=6)
        with pytest.raises(UsageError, match="wait 1 is closed already: it is answered"):
            doers.act(Verb.ACKNOWLEDGE)

    def test_of_what_was_taken_back_before_or_never_done(self, doers: Doers) -> None:
        acted = doers.act(Verb.ACKNOWLEDGE)
        doers.undo(acted)
        with pytest.raises(UsageError, match="action 1 was taken back before, by Ben"):
            doers.undo(acted)
        for number in (0, -1, 7, 10**400):
            with pytest.raises(UsageError, match="there is no action"):
                doers.acting.undo(number, ANN, "http")

    def test_never_let_a_name_be_more_than_a_line(self, doers: Doers) -> None:
        doers.act(Verb.ACKNOWLEDGE, by=Person("U1", " Ann\n\0" + "x" * 600))
        doers.act(Verb.ACKNOWLEDGE, by=Person("U2", " \n "))
        assert [done.by for done in doers.actions()] == ["Ann " + "x" * 506, "U2"]


def test_what_is_done_about_a_wait_that_is_part_of_another_is_done_about_that_one(doers: Doers) -> None:
    desk = doers.desk
    desk.poll(reply("3", 2, to="1"), ask("2", 3), minute=4)
    assert len(desk.shelf.waits()) == 2
    desk.poll(gone=[_gone("3", 5)], minute=6)
    assert [row.id for row in desk.shelf.waits()] == [1]
    doers.act(Verb.ACKNOWLEDGE, 2)
    assert [done.wait for done in doers.actions()] == [1]


def _gone(id_: str, minute: float) -> Any:
    from slamon.model import Gone  # noqa: PLC0415 - used once

    return Gone(id_, at(minute))
