from __future__ import annotations

from slamon.pace import BURST, PER_SECOND, Paces


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def taken(paces: Paces, destination: str, most: int = 1_000) -> int:
    """How many can be sent there in one go."""
    for n in range(most):
        if not paces.free(destination):
            return n
        paces.took(destination)
    return most


def test_a_burst_goes_out_at_once_and_then_one_a_second() -> None:
    paces = Paces(clock := Clock())
    assert taken(paces, "#desk") == BURST
    clock.now += 3 / PER_SECOND
    assert taken(paces, "#desk") == 3


def test_a_destination_never_waits_for_another() -> None:
    paces = Paces(Clock())
    taken(paces, "#desk")
    paces.hold("#desk", 60.0)
    assert (paces.free("#desk"), paces.free("#oncall")) == (False, True)


def test_whoever_asks_for_a_pause_gets_it_and_the_burst_is_earned_again() -> None:
    paces = Paces(clock := Clock())
    paces.hold("#desk", 30.0)
    clock.now += 29.9
    assert not paces.free("#desk")
    clock.now += 0.1
    assert taken(paces, "#desk") == 1
    clock.now += 5
    assert taken(paces, "#desk") == 5


def test_what_is_sent_during_a_pause_earns_nothing() -> None:
    paces = Paces(clock := Clock())
    paces.took("#desk")
    paces.hold("#desk", 30.0)
    paces.took("#desk")
    clock.now += 30
    assert taken(paces, "#desk") == 0


def test_the_bucket_never_holds_more_than_the_burst() -> None:
    paces = Paces(clock := Clock())
    paces.took("#desk")
    clock.now += 86_400
    assert taken(paces, "#desk") == BURST
