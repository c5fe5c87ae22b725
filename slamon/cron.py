"""Instants at which the clocks of a zone show what an admin wrote, as `30 8 * * mon-fri`. APScheduler reads it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from slamon.fields import find_zone, mistake
from slamon.model import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from slamon.model import Instant

FIELDS = 5
HOW = 'write minute, hour, day, month and weekday: "30 8 * * mon-fri"'
TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)
TIME_HOW = 'write "08:30"'
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Cron:
    """A line as in a crontab, in a time zone; weekdays by name, for their numbers mean other days to other programs."""

    def __init__(self, line: str, zone: str) -> None:
        """Read it.

        :raises PydanticCustomError: it is none, or no day that it names ever comes.
        """
        from apscheduler.triggers.cron import CronTrigger  # noqa: PLC0415 - only who writes such a line needs it

        fields = line.split()
        if len(fields) != FIELDS:
            raise mistake(f"`{line[:60]}` is no line of a crontab", HOW)
        if any(letter.isdigit() for letter in fields[-1]):
            raise mistake("numbers of weekdays mean other days to other programs", "write mon to sun")
        try:
            self._trigger = CronTrigger.from_crontab(line, timezone=find_zone(zone))
            comes = self._trigger.get_next_fire_time(None, datetime(2024, 1, 1, tzinfo=UTC))
        except ValueError as error:
            raise mistake(f"`{line[:60]}` is no line of a crontab: {str(error)[:200]}", HOW) from None
        if comes is None:
            raise mistake(f"`{line[:60]}` names a day that never comes", HOW)

    def fires(self, after: Instant, until: Instant) -> Iterator[Instant]:
        """The instants in (after, until], in order."""
        at = after
        while True:
            # In UTC: local times of the hour that is shown twice come back the same.
            asked = datetime.fromtimestamp(at / SECOND, UTC) + timedelta(milliseconds=1)
            found = self._trigger.get_next_fire_time(None, asked)
            at = until + 1 if found is None else max(at + 1, int(found.timestamp()) * SECOND)
            if at > until:
                return
            yield at


def line_of(at: object, days: Iterable[int]) -> str:
    """The line of a time of day on some days of the week, Monday being 0.

    :raises PydanticCustomError: it is no time of day.
    """
    shown = TIME.fullmatch(at) if isinstance(at, str) else None
    if shown is None:
        raise mistake("should be a time of day", TIME_HOW)
    named = ",".join(DAYS[day] for day in sorted(days)) or "*"
    return f"{int(shown[2])} {int(shown[1])} * * {named}"


__all__ = ["Cron", "line_of"]
