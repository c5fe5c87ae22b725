"""`dates` of a calendar: what begins on one day, on each day of a range, or every year."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

from pydantic_core import PydanticCustomError

from slamon.fields import mistake
from slamon.hours import read_day
from slamon.sla.calendars.localtime import FIRST_YEAR, LAST_YEAR

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from slamon.shape import Reader
    from slamon.sla.calendars.openhours import Hours
    from slamon.yamlfile import Where

    YearDay: TypeAlias = tuple[int, int]
    """Month and day of every year."""

DATE = re.compile(r"(?:(\d{4})-)?(\d{2})-(\d{2})", re.ASCII)
DATE_HOW = "write 2026-12-24, 12-24 for every year, or a range: 2026-12-24..2026-12-31"
LONGEST = 3_660
LEAP_YEAR, DAYS_A_YEAR = 2000, 366
"""Days of every year are counted in one that has all of them."""


def read_dates(reader: Reader, dates: dict[str, Any], where: Where) -> tuple[dict[int, Hours], dict[YearDay, Hours]]:
    """What begins on which day, by ordinal, and on which day of every year. One day outranks a range around it."""
    days: dict[bool, dict[int, Hours]] = {True: {}, False: {}}
    yearly: dict[bool, dict[YearDay, Hours]] = {True: {}, False: {}}
    by: dict[object, str] = {}
    for text, value in dates.items():
        spot = (*where, text)
        hours = read_day(reader, value, spot)
        found = _at_key(reader, spot)
        single = len(found) == 1
        twice = next((by[single, day] for day in found if (single, day) in by), None)
        if twice is not None:
            reader.blame(spot, f"`{text[:40]}`: `{twice[:40]}` holds the same day", key=True)
            continue
        by |= {(single, day): text for day in found}
        for day in found:
            if isinstance(day, date):
                days[single][day.toordinal()] = hours
            else:
                yearly[single][day] = hours
    return days[False] | days[True], yearly[False] | yearly[True]


def parse_dates(text: object) -> list[date] | list[YearDay]:
    """The days that a date, or a range of them, names.

    :raises PydanticCustomError: none, a day that does not exist, a range that ends before it begins or lasts for ever.
    """
    first, dots, last = (str(text).strip()).partition("..")
    begin, end = parse_date(first), parse_date(last if dots else first)
    if isinstance(begin, date) and isinstance(end, date):
        if not begin <= end <= begin + timedelta(LONGEST):
            what = "ends before it begins" if end < begin else "is longer than ten years"
            raise mistake(f"`{text}` {what}")
        return [begin + timedelta(i) for i in range((end - begin).days + 1)]
    if isinstance(begin, date) or isinstance(end, date):
        raise mistake(f"`{text}` has a year at one end only", DATE_HOW)
    return list(_through_the_year(begin, end))


def parse_date(text: str) -> date | YearDay:
    """`2026-12-24`, or `12-24` of every year.

    :raises PydanticCustomError: it is none, or does not exist.
    """
    match = DATE.fullmatch(text.strip())
    if match is None:
        raise mistake(f"`{text[:40]}` is no date", DATE_HOW)
    year, month, day = (int(part) if part else 0 for part in match.groups())
    if year and not FIRST_YEAR <= year <= LAST_YEAR:
        raise mistake(f"`{text}` is not between {FIRST_YEAR} and {LAST_YEAR}")
    if not 1 <= month <= 12:  # noqa: PLR2004 - a year's
        raise mistake(f"`{text}` does not exist", "the month stands before the day: 12-24")
    longest = monthrange(year or LEAP_YEAR, month)[1]
    if not 1 <= day <= longest:
        raise mistake(f"`{text}` does not exist", f"that month has {longest} days")
    return date(year, month, day) if match[1] else (month, day)


def _at_key(reader: Reader, where: Where) -> Sequence[date] | Sequence[YearDay]:
    try:
        return parse_dates(where[-1])
    except PydanticCustomError as error:
        context = error.context or {}
        reader.blame(where, context["message"], context["hint"], key=True)
        return ()


def _through_the_year(begin: YearDay, end: YearDay) -> Iterator[YearDay]:
    """From one day to another, over New Year where it must."""
    new_year = date(LEAP_YEAR, 1, 1).toordinal()
    first, last = date(LEAP_YEAR, *begin).toordinal() - new_year, date(LEAP_YEAR, *end).toordinal() - new_year
    for i in range((last - first) % DAYS_A_YEAR + 1):
        day = date.fromordinal(new_year + (first + i) % DAYS_A_YEAR)
        yield day.month, day.day
