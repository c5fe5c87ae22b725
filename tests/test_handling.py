"""Who has a wait in hand: by what people did, whatever came after it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hypothesis import given
from hypothesis import strategies as st

from slamon.model import BY_HAND, HOUR, MINUTE
from slamon.sla.handling import REOPENS_AFTER, UNHANDLED, Ended, Handling, Held, Verb, handling

NOW = 100 * HOUR
CLOSING = [verb for verb in Verb if verb.closes]


@dataclass(frozen=True, slots=True)
class Did:
    verb: str
    at: int
    until: int | None = None
    by: str = "Ann"
    reason: str = ""
    undone_at: int | None = None


ACK = Did("acknowledge", NOW - HOUR, NOW + HOUR)
SNOOZE = Did("snooze", NOW - HOUR, NOW + HOUR)
INSTANTS = st.integers(NOW - 3 * HOUR, NOW + 3 * HOUR)
DID = st.builds(
    Did,
    verb=st.sampled_from([verb.value for verb in Verb]),
    at=st.integers(NOW - 3 * HOUR, NOW),
    until=st.none() | INSTANTS,
    by=st.sampled_from(["Ann", "Ben"]),
    undone_at=st.none() | INSTANTS,
)
HISTORY = st.lists(DID, max_size=6).map(lambda did: sorted(did, key=lambda one: one.at))


def acknowledged(*did: Did, **more: int) -> str:
    held = handling(did, NOW, **more).acknowledged
    return held.by if held else ""


class TestAnAcknowledgement:
    def test_holds_until_its_end_and_not_at_it(self) -> None:
        assert acknowledged(replace(ACK, until=NOW + 1)) == "Ann"
        assert acknowledged(replace(ACK, until=NOW)) == ""

    def test_lapses_with_a_message_ten_minutes_later_or_more(self) -> None:
        assert REOPENS_AFTER == 10 * MINUTE
        assert acknowledged(ACK, last_message_at=ACK.at + 10 * MINUTE - 1) == "Ann"
        assert acknowledged(ACK, last_message_at=ACK.at + 10 * MINUTE) == ""

    def test_lapses_with_the_next_stage(self) -> None:
        assert acknowledged(ACK, last_stage_at=ACK.at) == "Ann"
        assert acknowledged(ACK, last_stage_at=ACK.at + 1) == ""

    def test_by_another_person_takes_over(self) -> None:
        assert acknowledged(ACK, replace(ACK, by="Ben", at=NOW)) == "Ben"

    def test_that_took_over_and_ended_does_not_give_back(self) -> None:
        assert acknowledged(ACK, replace(ACK, by="Ben", at=NOW - MINUTE, until=NOW - 1)) == ""

    def test_that_was_taken_back_was_never_given(self) -> None:
        assert acknowledged(ACK, replace(ACK, by="Ben", undone_at=NOW)) == "Ann"

    def test_leaves_a_snooze_and_is_left_by_one(self) -> None:
        assert handling([ACK, SNOOZE], NOW) == Handling(
            Held("Ann", ACK.at, ACK.until), Held("Ann", SNOOZE.at, SNOOZE.until)
        )


class TestASnooze:
    def test_holds_on_whatever_the_customer_writes_and_whatever_stage_comes(self) -> None:
        assert handling([SNOOZE], NOW, last_message_at=NOW, last_stage_at=NOW).snoozed is not None

    def test_ends_at_its_end(self) -> None:
        assert handling([replace(SNOOZE, until=NOW)], NOW) == UNHANDLED


class TestAnEnd:
    def test_says_who_how_and_why(self) -> None:
        did = Did("mute", NOW, NOW, "Ben", "spam")
        assert handling([ACK, did], NOW + HOUR).ended == Ended("Ben", "muted", "spam")

    def test_that_was_taken_back_is_none(self) -> None:
        assert handling([Did("dismiss", NOW, undone_at=NOW)], NOW) == UNHANDLED

    def test_has_a_mark_for_each_verb_that_closes_and_for_no_other(self) -> None:
        assert {verb.mark for verb in CLOSING} == BY_HAND
        assert set(Verb) - set(CLOSING) == {Verb.ACKNOWLEDGE, Verb.SNOOZE}


class TestAlways:
    @given(HISTORY, INSTANTS, INSTANTS)
    def test_it_is_as_the_newest_word_of_its_kind_says(self, did: list[Did], message: int, stage: int) -> None:
        found = handling(did, NOW, last_message_at=message, last_stage_at=stage)
        said = [one for one in did if one.undone_at is None]
        for verb, held in ((Verb.ACKNOWLEDGE, found.acknowledged), (Verb.SNOOZE, found.snoozed)):
            newest = next((one for one in reversed(said) if one.verb == verb), None)
            stands = newest is not None and (newest.until is None or newest.until > NOW)
            if newest and verb is Verb.ACKNOWLEDGE:
                stands = stands and message - newest.at < 10 * MINUTE and stage <= newest.at
            assert held == (Held(newest.by, newest.at, newest.until) if newest and stands else None)
        assert (found.ended is not None) is any(Verb(one.verb).closes for one in said)

    @given(HISTORY, DID, st.integers(0, 6))
    def test_what_was_taken_back_changes_nothing(self, did: list[Did], other: Did, at: int) -> None:
        undone = replace(other, undone_at=other.undone_at or NOW)
        assert handling([*did[:at], undone, *did[at:]], NOW) == handling(did, NOW)

    @given(HISTORY, INSTANTS, INSTANTS)
    def test_an_acknowledgement_that_lapsed_stays_lapsed(self, did: list[Did], one: int, other: int) -> None:
        earlier, later = sorted((one, other))
        if handling(did, earlier).acknowledged is None:
            assert handling(did, later).acknowledged is None
