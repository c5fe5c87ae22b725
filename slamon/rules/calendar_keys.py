"""The keys of calendars.yaml, a model for each mapping: the shape only."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from slamon.fields import Words, ZoneName  # noqa: TC001 - pydantic evaluates annotations
from slamon.shape import Keys


class CalendarsKeys(Keys):
    """calendars.yaml."""

    calendars: dict[str, Any] = Field(description="Calendars by name; `always` is built in")


class CalendarKeys(Keys):
    """One calendar: hours of its own, a union of others, or another one that a file closes."""

    timezone: ZoneName | None = Field(default=None, description="The IANA zone of its windows, such as Europe/Berlin")
    open: dict[str, Any] | None = Field(
        default=None,
        description='Windows by day: `{mon-fri: ["08:00-12:30", "13:00-20:00"], sat: "22:00-06:00"}`',
    )
    dates: dict[str, Any] | None = Field(
        default=None,
        description="What begins on a date in place of the week's windows: `{2026-12-24: closed, 12-31: "
        '"08:00-12:00", 2026-12-27..2026-12-30: closed}`',
    )
    holidays: Any = Field(
        default=None,
        description="Public holidays, on which no window begins: `{country: DE, subdivision: BE}`, or a list",
    )
    ics: Words | None = Field(
        default=None, description="iCal files beside calendars.yaml, a name or a list: closed during their events"
    )
    union: Words | None = Field(
        default=None, description="Calendars by name: open while any of them is; local time is the first one's"
    )
    calendar: str | None = Field(default=None, description="The calendar that `ics` closes, in place of `open`")


class HolidayKeys(Keys):
    """The public holidays of a country or a part of it."""

    country: str = Field(description="Two letters as in ISO 3166: `DE`")
    subdivision: str | None = Field(
        default=None, description="A state or a region: `BE`; left out, the holidays of the whole country"
    )
    categories: Words = Field(
        default=(),
        description="Kinds of holidays, which differ by country: `[public, bank]`; left out, the public ones",
    )
    except_: Any = Field(
        default=None,
        alias="except",
        description="Holidays that are none here, by name or date: `[Allerheiligen, 10-31]`",
    )


CALENDAR_KEYS: tuple[tuple[str, type[Keys]], ...] = (
    ("", CalendarsKeys),
    ("calendars.NAME", CalendarKeys),
    ("calendars.NAME.holidays", HolidayKeys),
)
"""Where each model stands, for the table in the manual."""
