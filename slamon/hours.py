"""Windows of time as admins write them: of a weekday, or of one day."""

from __future__ import annotations

import re
from bisect import bisect_right, insort
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeAlias

from slamon.fields import mistake
from slamon.sla.calendars.openhours import DAYS_A_WEEK, MINUTES_A_DAY, MINUTES_A_WEEK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.shape import Reader
    from slamon.sla.calendars.openhours import Hours
    from slamon.yamlfile import Where

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WINDOW = re.compile(r"\s*(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})\s*", re.ASCII)
DAYS_HOW = "write mon, tue, wed, thu, fri, sat, sun, or ranges of them: mon-fri"
WINDOW_HOW = 'write "08:00-17:30"'
HOURS_HOW = 'write closed, or "08:00-12:00"'
CLOSED = "closed"

Window: TypeAlias = tuple[int, int, int]
"""Weekday from Monday 0, and minutes since its midnight of the opening and the closing edge."""


def read_week(reader: Reader, week: dict[str, Any], where: Where) -> list[Window]:
    """The windows of `open`, without those that are blamed."""
    windows: list[Window] = []
    taken = Taken()
    for days, value in week.items():
        spot = (*where, days)
        numbers = read_days(reader, days, spot, key=True)
        spots = [(*spot, i) for i in range(len(value))] if isinstance(value, list) else [spot]
        for each in spots:
            edges = reader.value(parse_window, each)
            if edges:
                windows += take(reader, each, [(day, *edges) for day in numbers], taken)
    return windows


def read_day(reader: Reader, value: Any, where: Where) -> Hours:  # noqa: ANN401 - whatever stands there
    """The windows that begin on one day: `closed`, one, or a list of them."""
    if value == CLOSED:
        return ()
    if value == []:
        reader.blame(where, f"`{where[-1]}` names no window", "write closed")
    windows: list[Window] = []
    taken = Taken()
    spots = [(*where, i) for i in range(len(value))] if isinstance(value, list) else [where]
    for each in spots:
        edges = reader.value(lambda text: parse_window(text, HOURS_HOW), each)
        if edges:
            windows += take(reader, each, [(0, *edges)], taken, of_week=False)
    return tuple((begin, end) for _, begin, end in sorted(windows))


def parse_window(value: object, how: str = WINDOW_HOW, *, whole_day: bool = False) -> tuple[int, int]:
    """Minutes since midnight of both edges of `08:00-17:30`; `24:00` closes the day, an earlier end lies on the next.

    :param whole_day: two equal edges are the same time of the next day, not a window that is empty.
    :raises PydanticCustomError: it is no window, or an empty one.
    """
    match = WINDOW.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise mistake("should be a window of time", how)
    hour, minute, end_hour, end_minute = map(int, match.groups())
    begin, end = hour * 60 + minute, end_hour * 60 + end_minute
    if max(minute, end_minute) > 59 or begin >= MINUTES_A_DAY or end > MINUTES_A_DAY:  # noqa: PLR2004 - of an hour
        raise mistake(f"`{value}` holds a time that no clock shows", "from 00:00 to 24:00")
    if begin == end and not whole_day:
        raise mistake(f"`{value}` is empty", "24:00 is the end of a day")
    return begin, end if end > begin else end + MINUTES_A_DAY


def window_words(begin: int, end: int) -> str:
    """A window as admins write it."""
    end = end if end <= MINUTES_A_DAY else end - MINUTES_A_DAY
    return f"{begin // 60:02}:{begin % 60:02}-{end // 60:02}:{end % 60:02}"


def read_days(reader: Reader, text: str, where: Where, *, key: bool = False) -> list[int]:
    """The weekdays that `mon-fri`, `sat` or `sat, mon-wed` name; a range may run over Sunday.

    `key`: they stand in the key at `where`, not in its value.
    """
    found: list[int] = []
    for part in text.lower().split(","):
        first, dash, last = (word.strip() for word in part.partition("-"))
        if first not in DAYS or (dash and last not in DAYS):
            reader.blame(where, f"`{part.strip()[:40]}` is no day of the week", DAYS_HOW, key=key)
            return []
        begin, end = DAYS.index(first), DAYS.index(last or first)
        found += [day % DAYS_A_WEEK for day in range(begin, end + 1 if end >= begin else end + DAYS_A_WEEK + 1)]
    if len(found) != len(set(found)):
        reader.blame(where, "names a day twice", key=key)
    return found


@dataclass(slots=True)
class Taken:
    """Windows that do not overlap, on the circle of a week."""

    spans: list[tuple[int, int, Window]] = field(default_factory=list)
    """In minutes since Monday 00:00, in order; one that runs over the end of Sunday stands there twice."""

    def clash(self, window: Window) -> Window | None:
        """The one that `window` overlaps."""
        for begin, end in _minutes(window):
            i = bisect_right(self.spans, begin, key=itemgetter(0))
            for taken_begin, taken_end, taken in self.spans[max(i - 1, 0) : i + 1]:
                if taken_begin < end and begin < taken_end:
                    return taken
        return None

    def add(self, window: Window) -> None:
        """Take its time."""
        for begin, end in _minutes(window):
            insort(self.spans, (begin, end, window))


def _minutes(window: Window) -> Iterator[tuple[int, int]]:
    day, begin, end = window
    begin, end = day * MINUTES_A_DAY + begin, day * MINUTES_A_DAY + end
    yield begin, min(end, MINUTES_A_WEEK)
    if end > MINUTES_A_WEEK:
        yield 0, end - MINUTES_A_WEEK


def take(reader: Reader, where: Where, windows: list[Window], taken: Taken, *, of_week: bool = True) -> list[Window]:
    """The windows, now taken too; none of them when one overlaps what was taken before."""
    clash = next((other for window in windows if (other := taken.clash(window))), None)
    if clash is not None:
        day, begin, end = clash
        of = f" of {DAYS[day]}" if of_week else ""
        reader.blame(where, f"overlaps the window {window_words(begin, end)}{of}")
        return []
    for window in windows:
        taken.add(window)
    return windows
