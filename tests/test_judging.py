"""What becomes of a letter by how things stand when its time has come: closed, held, or sent."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from desk import policy, rules
from said import START
from slamon.audiences import Audience
from slamon.dispatcher.judging import SNOOZE, Case, Close, Hold, judge, stage_of
from slamon.model import HOUR, MINUTE, Status, Target
from slamon.sla.handling import UNHANDLED, Ended, Handling, Held
from slamon.sla.policy import Stage
from slamon.sla.shifts import Quiet
from slamon.store.facts import WaitFacts
from slamon.store.livings import Living
from slamon.store.outbox import Letter

NOW = START + 3 * HOUR
UTC = ZoneInfo("UTC")
ALL_DAY = Quiet(UTC, tuple((day, 0, 1_440) for day in range(6)))
ASLEEP = Audience("oncall", "#oncall", "@night", quiet=ALL_DAY)
AWAKE = Audience("oncall", "#oncall", "@night")
ANN = Held("ann", NOW - MINUTE, NOW + HOUR)
LIVING = Living(7, "#oncall", "C1", "1.0", 1, 1, 0)
DELETED = replace(LIVING, ts="", fresh_sent=1)
REPEATS = Stage("+30m", offset=30 * MINUTE, repeat=30 * MINUTE, at_most=6)
TO_THE_END = replace(REPEATS, until_answered=True)
LOUD = replace(REPEATS, ignores_quiet=True)

LETTER = Letter(
    id=1,
    wait=7,
    target="first_response",
    stage="+30m",
    episode=1,
    repeat=0,
    destination="#oncall",
    audience="oncall",
    mention="@night",
    broadcast=True,
    accuses=True,
    reached_at=NOW,
    created_at=NOW,
    state="pending",
    intent="",
    attempt=0,
    tried_at=None,
    since=None,
    looks=0,
    overtaken=False,
)
WAIT = WaitFacts(
    id=7,
    channel="acme-x",
    platform="x",
    thread="t",
    customer="anna",
    number=1,
    turn=1,
    state="open",
    started_at=START,
    answered_at=None,
    answered_by="",
    cancelled_at=None,
    reason="",
    suspected=False,
    read_at=NOW,
    policy="everyone",
    target=Target.FIRST_RESPONSE,
    status=Status.BREACHED,
    settled="late",
    history=False,
    stage="+30m",
    due_at=START + HOUR,
    length=HOUR,
    elapsed=None,
    author=None,
    messages=(),
)


def case(of: WaitFacts | None = WAIT, letter: Letter = LETTER, living: Living | None = LIVING, **more: Any) -> Case:
    given: dict[str, Any] = {"handling": UNHANDLED, "audience": AWAKE, "now": NOW, "stage": REPEATS} | more
    return Case(letter, of, living, **given)


def acknowledged(held: Held = ANN) -> Handling:
    return Handling(acknowledged=held)


def snoozed(held: Held = ANN) -> Handling:
    return Handling(snoozed=held)


AGAIN = replace(LETTER, repeat=1)
OVERTAKEN = replace(LETTER, overtaken=True)
SNOOZES_END: dict[str, Any] = {
    "letter": replace(LETTER, stage=SNOOZE, repeat=12),
    "stage": None,
    "asked_at": NOW - HOUR,
}


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (case(None), "the wait is gone"),
        (case(letter=OVERTAKEN), "a later stage is told"),
        (case(replace(WAIT, status=Status.CANCELLED)), "the wait was cancelled"),
        (
            case(replace(WAIT, status=Status.CANCELLED), handling=Handling(ended=Ended("ben", "dismissed", "spam"))),
            "closed by ben",
        ),
        (case(replace(WAIT, status=Status.MET)), "answered in time"),
        (case(replace(WAIT, status=Status.MISSED), letter=replace(LETTER, accuses=False)), "answered"),
        (case(living=DELETED), "its message was deleted twice"),
        (case(replace(WAIT, status=Status.MET), **SNOOZES_END), "answered in time"),
        (case(letter=AGAIN, handling=acknowledged()), "acknowledged by ann"),
        (case(letter=AGAIN, handling=acknowledged(), stage=None), "acknowledged by ann"),  # the rules forgot the stage
        (case(handling=acknowledged(), **SNOOZES_END), "acknowledged by ann"),
        (case(handling=snoozed(), **SNOOZES_END), "snoozed by ann"),  # anew, which has an end of its own
        (case(letter=AGAIN, handling=acknowledged(), audience=ASLEEP), "acknowledged by ann"),  # not held first
    ],
)
def test_what_is_over_is_closed_with_its_reason(given: Case, reason: str) -> None:
    assert judge(given) == Close(reason)


@pytest.mark.parametrize(
    "given",
    [
        case(),
        case(replace(WAIT, status=Status.MISSED)),
        case(handling=acknowledged()),  # a stage of its own, which asks anew
        case(letter=AGAIN),  # nobody acknowledged
        case(letter=AGAIN, handling=acknowledged(), stage=TO_THE_END),
        case(living=None, handling=snoozed()),  # an escalation to those who were not told before
        case(**SNOOZES_END),
        case(handling=acknowledged(replace(ANN, at=NOW - 2 * HOUR)), **SNOOZES_END),  # before the snooze was asked for
        case(audience=ASLEEP, stage=LOUD),
        case(audience=None),  # one that the configuration does not know any more
        case(living=None),
    ],
)
def test_what_stands_is_sent(given: Case) -> None:
    assert judge(given) is None


def test_who_was_told_before_is_left_in_peace_until_the_snooze_ends() -> None:
    assert judge(case(handling=snoozed())) == Hold(NOW + HOUR, "snoozed by ann")


@pytest.mark.parametrize("more", [{}, SNOOZES_END, {"living": None}, {"stage": None}])
def test_quiet_hours_hold_what_is_to_be_told_until_they_end(more: dict[str, Any]) -> None:
    ends = ALL_DAY.until(NOW)
    assert ends is not None

    assert judge(case(**{"audience": ASLEEP} | more)) == Hold(ends, "quiet hours of oncall")


@pytest.mark.parametrize("of", [0, -3])
def test_quiet_hours_hold_notices_and_digests_too(of: int) -> None:
    held = judge(case(None, replace(LETTER, wait=of), audience=ASLEEP, stage=None))

    assert held == Hold(ALL_DAY.until(NOW) or 0, "quiet hours of oncall")
    assert judge(case(None, replace(LETTER, wait=of), stage=None)) is None


def test_of_several_words_of_a_digest_the_newest_is_told() -> None:
    assert judge(case(None, replace(OVERTAKEN, wait=-3), stage=None)) == Close("a later word is told")
    assert judge(case(None, replace(OVERTAKEN, wait=0), stage=None)) is None  # notices say different things


class TestTheStageOfALetter:
    RULES = rules(policy(stages=(Stage("100%", share=1_000_000), LOUD)), policy("other"))

    def test_is_that_of_its_policy_in_force(self) -> None:
        assert stage_of(self.RULES, WAIT, LETTER) is LOUD
        assert stage_of(self.RULES, replace(WAIT, policy="other"), LETTER) is None
        assert stage_of(self.RULES, replace(WAIT, policy="gone"), LETTER) is None
        assert stage_of(self.RULES, None, LETTER) is None

    def test_is_none_of_the_policys_where_a_platform_closes_its_window(self) -> None:
        whole = replace(LETTER, stage="100%", target="reply_window")

        assert stage_of(self.RULES, WAIT, whole) is None
