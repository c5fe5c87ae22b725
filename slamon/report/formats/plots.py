"""Where the marks of plots stand: numbers for the SVG in the templates, whose drawing surface is 1000 wide."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, log, log10
from typing import TYPE_CHECKING

from slamon.model import DAY, HOUR, MINUTE
from slamon.notifiers.text import WEEKDAYS
from slamon.report.formats.words import local, name, percent, whole

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from slamon.model import Millis
    from slamon.report.sheet import Cut, Point, Week

WIDTH = 1000
LEFT = 44
CELL_WIDTH, CELL_HEIGHT = 39, 24
LEVELS = 5
TALL = 150
NAMES = 150
ROW = 26
TICKS: tuple[tuple[Millis, str], ...] = (
    (MINUTE, "1 min"),
    (5 * MINUTE, "5 min"),
    (15 * MINUTE, "15 min"),
    (HOUR, "1 h"),
    (4 * HOUR, "4 h"),
    (DAY, "1 d"),
    (3 * DAY, "3 d"),
    (10 * DAY, "10 d"),
)


@dataclass(frozen=True, slots=True)
class Cell:
    """An hour of the week."""

    x: float
    y: float
    level: int | None
    """0 to 4; `None`: nothing was counted."""
    shown: str
    title: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    title: str


@dataclass(frozen=True, slots=True)
class Label:
    """A word on an axis."""

    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Range:
    """From half of all to nearly all of them, on a line."""

    y: float
    name: str
    p50: float
    p90: float
    p99: float
    title: str


def arrivals(week: Week) -> list[Cell]:
    """How many began in each hour of the week."""
    most = max((max(day) for day in week.arrivals), default=0)
    return [
        _cell(day, hour, _level(n / most) if n else None, str(n or ""), f"{whole(n)} arrivals")
        for day, hours in enumerate(week.arrivals)
        for hour, n in enumerate(hours)
    ]


def kept(week: Week) -> list[Cell]:
    """Which share of those was answered in time."""
    found = []
    for day in range(len(WEEKDAYS)):
        for hour, (met, due) in enumerate(zip(week.met[day], week.due[day], strict=True)):
            share = met / due if due else None
            words = f"{percent(share)} in time" + (f", {met} of {due}" if due else "")
            shown = "" if share is None else str(100 * met // due)
            found.append(_cell(day, hour, None if share is None else _level(share), shown, words))
    return found


def _level(share: float) -> int:
    return min(LEVELS - 1, int(share * LEVELS))


def _cell(day: int, hour: int, level: int | None, shown: str, words: str) -> Cell:
    title = f"{WEEKDAYS[day]} {hour:02}:00: {words}"
    return Cell(LEFT + hour * CELL_WIDTH, 20 + day * CELL_HEIGHT, level, shown, title)


def bars(points: Sequence[Point], zone: ZoneInfo) -> tuple[list[Bar], list[Label]]:
    """Arrivals and answers side by side, and the words on the axes."""
    most = _round(max((max(point.arrivals, point.answers) for point in points), default=0))
    slot = (WIDTH - LEFT) / max(1, len(points))
    width = max(0.5, slot * 0.4)
    found = []
    for n, point in enumerate(points):
        when = f"{local(point.from_at, zone):%a %d %b}"
        for place, (kind, count) in enumerate((("arrivals", point.arrivals), ("answers", point.answers))):
            height = TALL * count / most
            x = LEFT + n * slot + slot * 0.1 + place * width
            found.append(Bar(x, TALL - height + 10, width, height, kind, f"{when}: {whole(count)} {kind}"))
    return found, [*_counts(most), *_dates(points, zone)]


def backlog(points: Sequence[Point], zone: ZoneInfo) -> tuple[str, str, list[Label]]:
    """The path of who waited at the end of each step, the same as an area, and the words on the axes."""
    most = _round(max((point.backlog for point in points), default=0))
    slot = (WIDTH - LEFT) / max(1, len(points))
    spots = [(LEFT + (n + 1) * slot, TALL + 10 - TALL * max(0, point.backlog) / most) for n, point in enumerate(points)]
    line = " ".join(f"{'L' if n else 'M'}{x:.1f} {y:.1f}" for n, (x, y) in enumerate(spots))
    floor = TALL + 10
    area = f"{line} L{spots[-1][0]:.1f} {floor} L{spots[0][0]:.1f} {floor} Z" if spots else ""
    return line, area, [*_counts(most), *_dates(points, zone)]


def _counts(most: int) -> list[Label]:
    return [
        Label(LEFT - 6, TALL + 14, "0"),
        Label(LEFT - 6, TALL / 2 + 14, _half(most)),
        Label(LEFT - 6, 14, str(most)),
    ]


def _half(most: int) -> str:
    return f"{most / 2:g}"


def _dates(points: Sequence[Point], zone: ZoneInfo) -> list[Label]:
    """At most ten days under the axis."""
    firsts, known = [], None
    for n, point in enumerate(points):
        day = local(point.from_at, zone).date()
        if day != known:
            known = day
            firsts.append((n, day))
    slot = (WIDTH - LEFT) / max(1, len(points))
    every = max(1, ceil(len(firsts) / 10))
    return [Label(LEFT + n * slot, TALL + 28, f"{day.day} {day:%b}") for n, day in firsts[::every]]


def _round(most: int) -> int:
    """The next number that is easy to halve."""
    if most <= 2:  # noqa: PLR2004 - halves of these are whole, or nearly
        return 2
    size = int(10 ** int(log10(most)))
    return next(size * step for step in (1, 2, 4, 6, 8, 10, 20) if size * step >= most)


def pieces(cut: Cut) -> list[Bar]:
    """Where everything went that was received, as one bar."""
    x, found = 0.0, []
    for fate, n in cut.balance.items():
        if n:
            width = WIDTH * n / cut.received
            found.append(Bar(x, 0, width, 28, fate, f"{whole(n)} {fate}"))
            x += width
    return found


def ranges(cuts: Sequence[Cut], words: Sequence[str]) -> list[Range]:
    """Half, nine of ten and ninety-nine of a hundred of the answers of each, on a scale of time."""
    found = []
    for n, (cut, title) in enumerate(zip(cuts, words, strict=True)):
        of = cut.response.wall.answered
        if of.p50_ms is not None and of.p90_ms is not None and of.p99_ms is not None:
            places = (_place(of.p50_ms), _place(of.p90_ms), _place(of.p99_ms))
            found.append(Range(n * ROW + 34, name(cut), *places, f"{name(cut)}: {title}"))
    return found


def ticks() -> list[Label]:
    """The words on the scale of time."""
    return [Label(_place(at), 14, words) for at, words in TICKS]


def _place(span: Millis) -> float:
    first, last = TICKS[0][0], TICKS[-1][0]
    share = log(min(max(span, first), last) / first) / log(last / first)
    return NAMES + share * (WIDTH - NAMES - 30)
