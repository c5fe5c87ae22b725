from __future__ import annotations

from contextlib import ExitStack
from threading import Thread

import pytest

from slamon.store.gate import PATIENCE, Gate


class Line:
    """People before a gate that somebody holds, lined up one after the other; who goes in which order."""

    def __init__(self) -> None:
        self.gate = Gate()
        self.order: list[str] = []
        self.threads: list[Thread] = []
        self.holding = ExitStack()
        self.holding.enter_context(self.gate.turn(urgent=False))

    def joins(self, name: str, *, urgent: bool) -> None:
        """Have somebody line up; returns once they stand in line."""
        thread = Thread(target=self._go, args=(name, urgent), daemon=True)
        self.threads.append(thread)
        before = self.standing
        thread.start()
        with self.gate._changed:
            assert self.gate._changed.wait_for(lambda: self.standing > before, timeout=10)

    @property
    def standing(self) -> int:
        """How many stand in line."""
        return self.gate._urgent_waiting + self.gate._others_waiting

    def opens(self) -> list[str]:
        """Let them in, one at a time; :returns: the order in which they went."""
        self.holding.close()
        for thread in self.threads:
            thread.join(10)
        return self.order

    def _go(self, name: str, urgent: bool) -> None:  # noqa: FBT001 - an argument of a thread
        with self.gate.turn(urgent=urgent):
            self.order.append(name)


def test_urgent_ones_go_first_whenever_they_came() -> None:
    line = Line()
    for name in ("poll", "another poll"):
        line.joins(name, urgent=False)
    line.joins("stage", urgent=True)
    assert line.opens()[0] == "stage"


def test_every_tenth_turn_is_the_others() -> None:
    line = Line()
    line.joins("poll", urgent=False)
    for n in range(PATIENCE + 3):
        line.joins(f"stage {n}", urgent=True)
    order = line.opens()
    assert order.index("poll") == PATIENCE == 9
    assert len(order) == PATIENCE + 4


def test_polls_alone_wait_for_nobody() -> None:
    line = Line()
    for n in range(12):
        line.joins(str(n), urgent=False)
    assert sorted(line.opens(), key=int) == [str(n) for n in range(12)]


def test_whoever_fails_inside_lets_the_next_one_in() -> None:
    gate = Gate()
    with pytest.raises(ZeroDivisionError), gate.turn(urgent=True):
        raise ZeroDivisionError
    with gate.turn(urgent=False):
        pass
