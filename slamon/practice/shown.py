"""The values of rule tests: when two are the same, and how they are shown to people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pydantic_core import PydanticCustomError

from slamon.fields import parse_duration
from slamon.model import HOUR, MINUTE, SECOND
from slamon.rules.case_keys import Moment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import tzinfo

    from slamon.model import Instant, Millis
    from slamon.store.rehearsed import Letter

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
UNITS = ((HOUR, "h"), (MINUTE, "m"), (SECOND, "s"), (1, "ms"))
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def named_at(letter: Letter) -> Instant:
    """The moment that a letter is about, as people name it: a breach begins a millisecond after it."""
    return letter.at - 1 if letter.accuses and letter.at == letter.reached_at else letter.at


def same(key: str, expected: Any, found: Any) -> bool:  # noqa: ANN401 - the value of any key
    """Whether what was found under that key is what was expected."""
    if isinstance(expected, Moment):
        return bool(expected.at == found)
    if key == "customer":
        return _name(expected) == _name(found)
    if key == "reason":
        return _joined(expected) == _joined(found)
    if key == "stage":
        return stage_of(expected) == stage_of(found)
    return bool(expected == found)


def _name(value: str | None) -> str:
    return (value or "").removeprefix("@").casefold()


def _joined(value: str | None) -> str:
    return (value or "").casefold().replace(" ", "_").replace("-", "_")


def stage_of(name: str | None) -> object:
    """A stage however it is written: `80 %` and `80.0%`, `+90m` and `+1h30m`."""
    plain = (name or "").replace(" ", "")
    try:
        if plain.startswith("+"):
            return ("+", parse_duration(plain[1:]))
        return ("%", float(plain.removesuffix("%"))) if plain.endswith("%") else plain
    except (ValueError, PydanticCustomError):
        return plain


def zone_of(expected: object, otherwise: tzinfo) -> tzinfo:
    """The zone in which the admin wrote what is expected."""
    return expected.zone if isinstance(expected, Moment) else otherwise


def shown(key: str, value: Any, zone: tzinfo) -> str:  # noqa: ANN401 - the value of any key
    """The value of a key, for people; a moment in the zone it was written in."""
    if value is None:
        return "none"
    if isinstance(value, Moment):
        return shown_at(value.at, value.zone)
    show = _SHOWN.get(key)
    return show(value, zone) if show else str(value)


def shown_at(at: Instant, zone: tzinfo) -> str:
    """An instant for people: `Mon 2026-11-23 08:45 +01:00`, with seconds where there are any."""
    local = (EPOCH + timedelta(milliseconds=at)).astimezone(zone)
    precision = "minutes" if at % MINUTE == 0 else "seconds" if at % SECOND == 0 else "milliseconds"
    time = local.time().isoformat(precision)
    offset = local.isoformat()[-6:]
    return f"{WEEKDAYS[local.weekday()]} {local.date()} {time} {offset}"


def shown_span(span: Millis) -> str:
    """A span as people write it: `17h35m`."""
    words = []
    for size, unit in UNITS:
        count, span = divmod(span, size)
        words += [f"{count}{unit}"] if count else []
    return "".join(words) or "0s"


def _span(value: Millis, _zone: tzinfo) -> str:
    return shown_span(value)


_SHOWN: Mapping[str, Callable[[Any, tzinfo], str]] = {
    **dict.fromkeys(("due", "started", "answered", "at"), shown_at),
    **dict.fromkeys(("elapsed", "business"), _span),
}
