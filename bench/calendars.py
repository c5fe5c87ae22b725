"""When an answer is due, and how much open time has passed, by a calendar of weekly windows.

The baseline walks day by day, as help desks do.
"""

from __future__ import annotations

import random
import time
from datetime import datetime, timedelta
from statistics import median
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bench.report import Figure
from slamon.model import DAY, HOUR
from slamon.sla.calendar import Weekly

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

ZONE = ZoneInfo("Europe/Berlin")
OPENS, CLOSES = 9, 17
SUPPORT = Weekly("support", ZONE, [(day, OPENS * 60, CLOSES * 60) for day in range(5)])
POSTS = 20_000
ROUNDS = 5
TWO_YEARS = 730 * DAY
FIRST = 1_767_222_000_000
"""New Year's Day of 2026 in Berlin."""


def run(folder: Path) -> Iterator[Figure]:
    del folder
    chance = random.Random(1)
    starts = [FIRST + chance.randrange(TWO_YEARS) for _ in range(POSTS)]
    SUPPORT.open_between(FIRST, FIRST + TWO_YEARS + 30 * DAY)  # compiles the years
    assert all(SUPPORT.add(start, HOUR) == _walk(start, HOUR) for start in starts[:500])
    due = _each(lambda start: SUPPORT.add(start, HOUR), starts)
    elapsed = _each(lambda start: SUPPORT.open_between(start, start + DAY), starts)
    walked = _each(lambda start: _walk(start, HOUR), starts[: POSTS // 20])
    yield Figure("due after one open hour", due * 1e6, "µs", "1")
    yield Figure("open time within a day", elapsed * 1e6, "µs", "1")
    yield Figure("due: walking day by day over slamon", walked / due, "x", at_least=3)
    yield Figure("calendar compiled for three years", _compiled() * 1e3, "ms")


def _each(way: Callable[[int], object], starts: Sequence[int]) -> float:
    rounds = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        for start in starts:
            way(start)
        rounds.append((time.perf_counter() - began) / len(starts))
    return median(rounds)


def _walk(start: int, span: int) -> int:
    """Good enough for windows that no change of the clocks falls into."""
    at = datetime.fromtimestamp(start / 1_000, ZONE)
    left = timedelta(milliseconds=span)
    while True:
        opens, closes = (
            at.replace(hour=OPENS, minute=0, second=0, microsecond=0),
            at.replace(hour=CLOSES, minute=0, second=0, microsecond=0),
        )
        begins = max(at, opens)
        if at.weekday() < 5 and begins < closes:
            if closes - begins >= left:
                return round((begins + left).timestamp() * 1_000)
            left -= closes - begins
        at = (at + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)


def _compiled() -> float:
    rounds = []
    for _ in range(ROUNDS):
        calendar = Weekly("support", ZONE, SUPPORT.windows)
        began = time.perf_counter()
        calendar.open_between(FIRST + 180 * DAY, FIRST + 181 * DAY)
        rounds.append(time.perf_counter() - began)
    return median(rounds)
