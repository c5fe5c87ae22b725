"""When an answer is due, and how much open time has passed, by a calendar with holidays.

Beside it, in the same run: walking day by day, as help desks do, and two libraries of the public index. In time of the
processor, so that what else runs on the machine counts for nobody.
"""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime, timedelta
from datetime import time as clock
from statistics import median
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import businesstimedelta as btd
import pytz
from business_duration import businessDuration
from holidays import country_holidays

from bench.report import Figure
from slamon.model import DAY, HOUR, MINUTE
from slamon.rules.calendars import read_calendars
from slamon.shape import Reader
from slamon.yamlfile import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import TypeAlias

    from slamon.sla.calendar import Calendar

    Pair: TypeAlias = tuple[int, int]

ZONE = ZoneInfo("Europe/Berlin")
PYTZ = pytz.timezone("Europe/Berlin")
OPENS, CLOSES = 9, 17
SUPPORT = b"""\
calendars:
  support:
    timezone: Europe/Berlin
    open: {mon-fri: "09:00-17:00"}
    holidays: {country: DE}
"""
HOLIDAYS = dict(country_holidays("DE", years=range(2025, 2030)).items())
POSTS = 20_000
SAMPLE = 200
"""Of those, how many the slower ways answer."""
ROUNDS = 5
TWO_YEARS = 730 * DAY
FIRST = 1_767_222_000_000
"""New Year's Day of 2026 in Berlin."""


def run(folder: Path) -> Iterator[Figure]:
    del folder
    support, chance = _support(), random.Random(1)
    starts = [FIRST + chance.randrange(TWO_YEARS // MINUTE) * MINUTE for _ in range(POSTS)]
    asked = [(start, HOUR) for start in starts]
    spans = [(start, start + 3 * DAY) for start in starts]
    support.open_between(FIRST, FIRST + TWO_YEARS + 30 * DAY)  # compiles the years
    due, elapsed = _each(support.add, asked), _each(support.open_between, spans)
    yield Figure("due after one open hour", due * 1e6, "µs", "1")
    yield Figure("open time within three days", elapsed * 1e6, "µs", "1")
    yield Figure("due after one open day", _each(support.add_days, [(start, 1) for start in starts]) * 1e6, "µs")
    yield from _beside(support, asked[:SAMPLE], spans[:SAMPLE])
    yield Figure("calendar compiled, a year", _compiled() * 1e3, "ms")


def _support() -> Calendar:
    found = read_calendars(Reader(parse(SUPPORT, "calendars.yaml")))["support"]
    assert found is not None
    return found


def _beside(support: Calendar, asked: list[Pair], spans: list[Pair]) -> Iterator[Figure]:
    """Other ways, which must agree before they are timed; each beside slamon at the same moment."""
    add, measure = _businesstimedelta()
    for other in (_walk, add):
        assert [support.add(*each) for each in asked] == [other(*each) for each in asked]
    for other in (measure, _business_duration):
        assert [support.open_between(*each) for each in spans] == [other(*each) for each in spans]
    for name, slow, fast, of, yardstick, least in (
        ("due: walking day by day", _walk, support.add, asked, "", 3),
        ("due: businesstimedelta", add, support.add, asked, "200", 150),  # 210 to 250, by the noise of the machine
        ("open time: businesstimedelta", measure, support.open_between, spans, "200", 200),
        ("open time: business-duration", _business_duration, support.open_between, spans, "50", 50),
    ):
        yield Figure(f"{name} over slamon", _each(slow, of) / _each(fast, of * 20), "x", yardstick, at_least=least)


def _each(way: Callable[[int, int], object], asked: list[Pair]) -> float:
    rounds = []
    for _ in range(ROUNDS):
        began = time.thread_time()
        for first, second in asked:
            way(first, second)
        rounds.append((time.thread_time() - began) / len(asked))
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
        if at.weekday() < 5 and begins < closes and at.date() not in HOLIDAYS:
            if closes - begins >= left:
                return round((begins + left).timestamp() * 1_000)
            left -= closes - begins
        at = (at + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)


def _businesstimedelta() -> tuple[Callable[[int, int], int], Callable[[int, int], int]]:
    """Its way to a due date, and to the open time between two instants."""
    days = btd.WorkDayRule(clock(OPENS), clock(CLOSES), working_days=[0, 1, 2, 3, 4], tz=PYTZ)
    rules = btd.Rules([days, btd.HolidayRule(HOLIDAYS, tz=PYTZ)])

    def add(start: int, span: int) -> int:
        found: datetime = datetime.fromtimestamp(start / 1_000, UTC) + btd.BusinessTimeDelta(rules, hours=span / HOUR)
        return round(found.timestamp() * 1_000)

    def measure(start: int, end: int) -> int:
        found = rules.difference(*(datetime.fromtimestamp(at / 1_000, UTC) for at in (start, end)))
        return int(found.timedelta.total_seconds() * 1_000)

    return add, measure


def _business_duration(start: int, end: int) -> int:
    """Its way to the open time between two instants; it knows local times only."""
    local = [datetime.fromtimestamp(at / 1_000, ZONE).replace(tzinfo=None) for at in (start, end)]
    minutes: float = businessDuration(*local, clock(OPENS), clock(CLOSES), holidaylist=HOLIDAYS, unit="min")
    return round(minutes * MINUTE)


def _compiled() -> float:
    rounds = []
    for _ in range(ROUNDS):
        calendar = _support()
        began = time.thread_time()
        list(calendar.open_times(FIRST + DAY, FIRST + 365 * DAY))
        rounds.append(time.thread_time() - began)
    return median(rounds)
