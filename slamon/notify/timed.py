"""`notify.digests`, what comes by the clock: at an opening, daily, and while a channel cannot be read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from slamon.cron import Cron, line_of
from slamon.fields import Span, ZoneName, did_you_mean, mistake
from slamon.hours import read_days
from slamon.model import HOUR, Millis
from slamon.shape import Keys

if TYPE_CHECKING:
    from collections.abc import Collection

    from slamon.shape import Reader
    from slamon.yamlfile import Where

WHERE = ("notify", "digests")
AT_MOST = 12
MOST = 1_000
ANOTHER = "write either `at`, with or without `days`, or `cron`"


class Opening(StrEnum):
    """Whether an opening has a digest."""

    NO = "no"
    YES = "yes"
    ALWAYS = "always"
    """Even when nobody waits."""


def _opening(value: object) -> str:
    if isinstance(value, bool):
        return Opening.YES if value else Opening.NO
    if isinstance(value, str) and value in list(Opening):
        return value
    raise mistake("should be `yes`, `no` or `always`")


OpeningChoice = Annotated[
    str, BeforeValidator(_opening), WithJsonSchema({"enum": [*(one.value for one in Opening), True, False]})
]


class DailyKeys(Keys):
    """Yesterday's figures, by the clock."""

    to: str | None = Field(default=None, description="The audience that gets it; by default the default one")
    at: Any = Field(default=None, description='The time of day: `"08:30"`')
    days: str = Field(default="mon-sun", description="The days on which it comes: `mon-fri`, `mon, thu`")
    cron: str | None = Field(
        default=None, description='In place of `at`: minute, hour, day, month, weekday, as in `"30 8 * * mon-fri"`'
    )
    timezone: ZoneName | None = Field(default=None, description="The zone of both, and of the day that it tells of")


class BlindKeys(Keys):
    """Who hears that a channel cannot be read, and how often."""

    to: str | None = Field(default=None, description="The audience that is told; by default the default one")
    repeat: Span = Field(default=HOUR, description="Told again so often, until acknowledged or readable")
    at_most: int = Field(default=AT_MOST, ge=1, le=MOST, description="Told so often altogether")


@dataclass(frozen=True, slots=True)
class DailyConfig:
    """Yesterday's figures: to whom, and when. `cron` is a line that `cron.Cron` reads in that zone."""

    to: str | None
    cron: str
    timezone: str


@dataclass(frozen=True, slots=True)
class BlindConfig:
    """Who hears that a channel cannot be read, and how often."""

    to: str | None = None
    repeat: Millis = HOUR
    at_most: int = AT_MOST


def read_daily(reader: Reader, said: Any, known: Collection[str], zone: str) -> tuple[DailyConfig, ...]:  # noqa: ANN401 - as it stands in the file
    """Each daily digest that is whole; `known` are the names of audiences."""
    where = (*WHERE, "daily")
    if said is not None and not isinstance(said, list):
        reader.blame(where, "`daily` should be a list", 'write `- {to: desk, at: "08:30"}`')
    entries = range(len(said)) if isinstance(said, list) else ()
    return tuple(found for n in entries if (found := _daily(reader, (*where, n), known, zone)))


def _daily(reader: Reader, where: Where, known: Collection[str], zone: str) -> DailyConfig | None:
    keys = reader.read(DailyKeys, where)
    if keys is None:
        return None
    _audience(reader, keys.to, where, known)
    if (keys.at is None) == (keys.cron is None) or (keys.cron is not None and "days" in keys.model_fields_set):
        reader.blame(where, "says when in two ways" if keys.cron else "does not say when", ANOTHER)
        return None
    in_zone = keys.timezone or zone
    if keys.cron is None:
        days = read_days(reader, keys.days, (*where, "days"))
        line = reader.value(lambda at: line_of(at, days), (*where, "at"))
    else:
        line = reader.value(lambda written: _checked(written, in_zone), (*where, "cron"))
    return DailyConfig(keys.to, line, in_zone) if line else None


def _checked(line: str, zone: str) -> str:
    Cron(line, zone)
    return line


def read_blind(reader: Reader, said: Any, known: Collection[str]) -> BlindConfig:  # noqa: ANN401 - as it stands in the file
    """Who hears of blind channels."""
    where = (*WHERE, "blind")
    keys = None if said is None else reader.read(BlindKeys, where)
    if keys is None:
        return BlindConfig()
    _audience(reader, keys.to, where, known)
    return BlindConfig(keys.to, keys.repeat, keys.at_most)


def _audience(reader: Reader, name: str | None, where: Where, known: Collection[str]) -> None:
    if name is not None and name not in known:
        reader.blame((*where, "to"), f"there is no audience `{name[:60]}`", did_you_mean(name, known))


KEYS: tuple[tuple[str, type[Keys]], ...] = (
    ("notify.digests.daily[]", DailyKeys),
    ("notify.digests.blind", BlindKeys),
)
