"""The ladder from rung to rung: who is woken when, what stops it, and what waits for the morning."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from desk import Desk, policy, rules
from office import Office, opened
from said import START, ask, at, reply
from slamon.acting import Acting, Order, Person
from slamon.audiences import Audience
from slamon.model import DAY, HOUR, MINUTE
from slamon.sla.handling import Verb
from slamon.sla.policy import WHOLE, Stage
from slamon.sla.shifts import Quiet, Shift, Shifts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.sim._slack_workspace import Posted
    from slamon.store.store import Store

UTC = ZoneInfo("UTC")
DAYS = range(7)
MIDNIGHT = START - START % DAY
ANN = Person("U0ANN", "ann")
GROUP, LEAD = "<!subteam^S0SOCIAL>", "<@U0LEAD>"
BREACH = Stage("100%", share=WHOLE)
AGAIN = Stage("100%", share=WHOLE, repeat=10 * MINUTE, at_most=4)
ONE, TWO = Audience("desk", "#desk", "@social"), Audience("oncall", "#oncall", "@social", ("lead@acme.example",))


@pytest.fixture
def office(store: Store) -> Iterator[Office]:
    with opened(Desk(store)) as office:
        yield office


def told(office: Office, *audiences: Audience) -> None:
    """These are told, the first by default; the dispatcher knows them as the daemon's does."""
    office.desk.tells(*audiences)
    line = office.dispatcher.line
    line.world = replace(line.world, audiences={audience.name: audience for audience in audiences})


def ladder(*stages: Stage, **more: Any) -> Any:
    return rules(policy(stages=stages), **more)


def passes(office: Office, minute: float) -> None:
    """Time passes up to then, stage by stage."""
    office.desk.passes(minute)
    office.sends()


def acts(office: Office, verb: Verb, *, key: str = "k", span: int | None = None) -> int:
    desk = office.desk
    acting = Acting(desk.store, lambda: desk.rules, office.dispatcher.line.world.audiences, lambda: desk.now, _nothing)
    (wait,) = desk.shelf.waits()
    return acting.act(Order(verb=verb, wait=wait.id, by=ANN, via="command", key=key, span=span)).action


def _nothing() -> None:
    """Nobody sleeps here."""


def woken(message: Posted) -> list[str]:
    shown = message.text + str(message.blocks)
    return [name for name in (GROUP, LEAD) if name in shown]


def fates(office: Office) -> list[tuple[str, int, str, str]]:
    """(stage, repeat, state, reason) of every letter."""
    return [(row.stage, row.repeat, row.state, row.reason) for row in office.desk.letters()]


def quiet_until(minute: float) -> Quiet:
    """Quiet from midnight up to then, every day."""
    end = (at(minute) - MIDNIGHT) // MINUTE
    return Quiet(UTC, tuple((day, 0, end) for day in DAYS))


class TestARepetition:
    def test_wakes_the_next_person_each_time_and_stops_at_its_cap(self, office: Office) -> None:
        office.desk.rules = ladder(AGAIN)
        told(office, TWO)
        office.desk.poll(ask("1", 0), minute=1)
        said = []
        for minute in (60.1, 70.1, 80.1, 90.1, 100.1, 200.1):
            passes(office, minute)
            said.append(woken(office.slack.messages[-1]))

        assert said[:4] == [[GROUP], [LEAD], [GROUP], [LEAD]]
        assert [fate[2] for fate in fates(office)] == ["sent"] * 4

    def test_wakes_whoever_has_the_shift_at_that_instant(self, office: Office) -> None:
        turn = (at(75) - MIDNIGHT) // MINUTE
        day = Shift(tuple((day, 0, turn) for day in DAYS), ("@social",))
        night = Shift(tuple((day, turn, 1_440) for day in DAYS), ("lead@acme.example",))
        office.desk.rules = ladder(AGAIN)
        told(office, replace(ONE, mention="", shifts=Shifts(UTC, [day, night])))
        office.desk.poll(ask("1", 0), minute=1)
        said = []
        for minute in (60.1, 70.1, 80.1):
            passes(office, minute)
            said.append(woken(office.slack.messages[-1]))

        assert said == [[GROUP], [GROUP], [LEAD]]

    def test_stops_when_somebody_acknowledges(self, office: Office) -> None:
        office.desk.rules = ladder(AGAIN)
        told(office, TWO)
        office.desk.poll(ask("1", 0), minute=1)
        passes(office, 60.1)
        acts(office, Verb.ACKNOWLEDGE)
        passes(office, 70.1)
        passes(office, 80.1)

        assert len(office.replies) == 0
        assert fates(office)[1:] == [
            ("100%", 1, "superseded", "acknowledged by ann"),
            ("100%", 2, "superseded", "acknowledged by ann"),
        ]

    def test_goes_on_when_the_customer_writes_again_after_that(self, office: Office) -> None:
        office.desk.rules = ladder(AGAIN)
        told(office, TWO)
        office.desk.poll(ask("1", 0), minute=1)
        passes(office, 60.1)
        acts(office, Verb.ACKNOWLEDGE)
        passes(office, 70.1)
        office.desk.poll(ask("2", 75), minute=76)
        passes(office, 80.1)

        assert [fate[2] for fate in fates(office)] == ["sent", "superseded", "sent"]

    def test_goes_on_although_somebody_acknowledged_until_it_is_answered(self, office: Office) -> None:
        office.desk.rules = ladder(replace(AGAIN, until_answered=True))
        told(office, TWO)
        office.desk.poll(ask("1", 0), minute=1)
        passes(office, 60.1)
        acts(office, Verb.ACKNOWLEDGE)
        passes(office, 70.1)
        office.desk.poll(reply("2", 75, to="1"), minute=76)
        passes(office, 80.1)

        assert [fate[:3] for fate in fates(office)] == [("100%", 0, "sent"), ("100%", 1, "sent")]

    def test_of_a_later_stage_is_told_although_an_earlier_one_was_acknowledged(self, office: Office) -> None:
        office.desk.rules = ladder(BREACH, Stage("+30m", offset=30 * MINUTE, repeat=10 * MINUTE, at_most=3))
        told(office, TWO)
        office.desk.poll(ask("1", 0), minute=1)
        passes(office, 60.1)
        acts(office, Verb.ACKNOWLEDGE)
        passes(office, 90.1)
        passes(office, 100.1)

        assert [fate[:3] for fate in fates(office)] == [
            ("100%", 0, "sent"),
            ("+30m", 0, "sent"),
            ("+30m", 1, "sent"),
        ]


class TestASnooze:
    STAGES = (BREACH, Stage("+20m", offset=20 * MINUTE), Stage("+30m", offset=30 * MINUTE, audience="oncall"))

    def snoozed(self, office: Office) -> int:
        office.desk.rules = ladder(*self.STAGES)
        told(office, ONE, TWO)
        office.desk.poll(ask("1", 0), minute=1)
        passes(office, 60.1)
        return acts(office, Verb.SNOOZE, span=HOUR)

    def test_leaves_those_who_were_told_in_peace_and_not_those_who_were_not(self, office: Office) -> None:
        self.snoozed(office)
        passes(office, 80.1)
        passes(office, 90.1)

        assert [message.channel for message in office.roots] == ["C00000001", "C00000002"]
        assert office.replies == []

    def test_ends_with_the_newest_word_once(self, office: Office) -> None:
        self.snoozed(office)
        passes(office, 80.1)
        passes(office, 119)
        assert office.replies == []
        passes(office, 121)

        assert len(office.replies) == 1
        assert [fate[:3] for fate in fates(office)][:1] == [("100%", 0, "sent")]
        assert ("+20m", 0, "sent", "") in fates(office)

    def test_that_ends_without_a_further_stage_reminds_of_the_wait(self, office: Office) -> None:
        self.snoozed(office)
        office.desk.rules = ladder(BREACH)
        passes(office, 119)
        passes(office, 121)

        assert len(office.replies) == 1

    def test_ends_although_others_were_told_of_a_stage_meanwhile(self, office: Office) -> None:
        self.snoozed(office)
        office.desk.rules = ladder(BREACH, self.STAGES[-1])
        passes(office, 90.1)
        assert len(office.roots) == 2
        passes(office, 121)

        assert len(office.replies) == 1

    def test_ends_with_a_word_to_the_first_of_the_list_whatever_its_number(self, office: Office) -> None:
        office.desk.rules = ladder(BREACH)
        told(office, TWO)
        office.desk.poll(ask("1", 0), minute=1)
        passes(office, 60.1)
        acts(office, Verb.ACKNOWLEDGE, key="a")
        for n in range(3):
            acts(office, Verb.SNOOZE, key=str(n), span=HOUR)
            passes(office, 121 + 60 * n)

        assert [woken(message) for message in office.replies] == [[GROUP]] * 3

    def test_ends_in_silence_when_the_wait_is_answered(self, office: Office) -> None:
        self.snoozed(office)
        office.desk.poll(reply("2", 70, to="1"), minute=71)
        passes(office, 121)

        assert office.replies == []
        assert fates(office)[1][2:] == ("superseded", "answered")

    def test_that_is_taken_back_lets_the_stage_behind_it_go(self, office: Office) -> None:
        action = self.snoozed(office)
        passes(office, 80.1)
        desk = office.desk
        Acting(desk.store, lambda: desk.rules, {}, lambda: desk.now, _nothing).undo(action, ANN, "command")
        office.sends()

        assert len(office.replies) == 1
        assert [fate[0] for fate in fates(office) if fate[2] == "sent"] == ["100%", "+20m"]


class TestQuietHours:
    def test_hold_what_there_is_to_tell_until_they_end(self, office: Office) -> None:
        office.desk.rules = ladder(BREACH)
        told(office, replace(ONE, quiet=quiet_until(300)))
        office.desk.poll(ask("1", 0), minute=1)
        passes(office, 60.1)
        assert fates(office) == [("100%", 0, "held", "quiet hours of desk")]
        passes(office, 299.9)
        assert office.roots == []
        passes(office, 300.1)

        assert len(office.roots) == 1
        assert fates(office) == [("100%", 0, "sent", "")]
        assert [event.lateness for event in office.heard] == [None], "it was not late: it was held"

    def test_are_no_reason_to_tell_of_what_was_answered_meanwhile(self, office: Office) -> None:
        office.desk.rules = ladder(Stage("80%", share=800_000))
        told(office, replace(ONE, quiet=quiet_until(300)))
        office.desk.poll(ask("1", 0), minute=1)
        passes(office, 50)
        office.desk.poll(reply("2", 55, to="1"), minute=56)
        passes(office, 300.1)

        assert office.roots == []
        assert fates(office) == [("80%", 0, "superseded", "answered in time")]

    def test_of_one_audience_are_no_concern_of_another(self, office: Office) -> None:
        office.desk.rules = ladder(BREACH, Stage("+30m", offset=30 * MINUTE, audience="oncall"))
        told(office, replace(ONE, quiet=quiet_until(300)), TWO)
        office.desk.poll(ask("1", 0), minute=1)
        passes(office, 60.1)
        passes(office, 90.1)

        assert [message.channel for message in office.roots] == ["C00000002"]

    def test_are_ignored_by_a_stage_that_says_so_although_an_earlier_one_waits_for_their_end(
        self, office: Office
    ) -> None:
        office.desk.rules = ladder(BREACH, Stage("+30m", offset=30 * MINUTE, ignores_quiet=True))
        told(office, replace(ONE, quiet=quiet_until(300)))
        office.desk.poll(ask("1", 0), minute=1)
        passes(office, 60.1)
        passes(office, 90.1)

        assert len(office.roots) == 1
        assert fates(office) == [
            ("100%", 0, "superseded", "a later stage is told"),
            ("+30m", 0, "sent", ""),
        ]

    def test_end_with_one_telling_a_wait_however_many_stages_it_reached(self, office: Office) -> None:
        office.desk.rules = ladder(
            Stage("80%", share=800_000), BREACH, replace(AGAIN, name="+1h", share=None, offset=HOUR)
        )
        told(office, replace(ONE, quiet=quiet_until(300)))
        office.desk.poll(ask("1", 0), minute=1)
        for minute in (50, 60.1, 120.1, 130.1, 140.1, 150.1, 300.1):
            passes(office, minute)

        assert (len(office.roots), office.replies) == (1, [])
        assert [fate[2] for fate in fates(office)] == ["superseded"] * 5 + ["sent"]

    def test_end_with_whoever_has_the_shift_then(self, office: Office) -> None:
        turn = (at(300) - MIDNIGHT) // MINUTE
        night = Shift(tuple((day, 0, turn) for day in DAYS), ("@social",))
        day = Shift(tuple((day, turn, 1_440) for day in DAYS), ("lead@acme.example",))
        office.desk.rules = ladder(BREACH)
        told(office, Audience("desk", "#desk", shifts=Shifts(UTC, [night, day]), quiet=quiet_until(300)))
        office.desk.poll(ask("1", 0), minute=1)
        passes(office, 60.1)
        passes(office, 300.1)

        assert woken(office.roots[0]) == [LEAD]

    def test_survive_a_restart(self, office: Office) -> None:
        office.desk.rules = ladder(BREACH)
        told(office, replace(ONE, quiet=quiet_until(300)))
        office.desk.poll(ask("1", 0), minute=1)
        passes(office, 60.1)
        office.starts()
        told(office, replace(ONE, quiet=quiet_until(300)))
        passes(office, 120)
        assert office.roots == []
        passes(office, 300.1)

        assert len(office.roots) == 1


def test_a_stage_that_is_exempt_from_storms_says_so_in_its_letter(office: Office) -> None:
    office.desk.rules = ladder(Stage("80%", share=800_000), replace(BREACH, exempt=True))
    office.desk.poll(ask("1", 0), minute=1)
    office.desk.passes(50)
    office.desk.passes(60.1)

    assert [(row.stage, bool(row.exempt)) for row in office.desk.letters()] == [("80%", False), ("100%", True)]
