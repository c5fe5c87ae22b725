"""Yesterday's figures by channel, at the hours that an admin wrote: rendered once, from the day of that zone."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from slamon.cron import Cron
from slamon.digests.said import Said
from slamon.fields import find_zone
from slamon.model import HOUR
from slamon.notifiers.text import MONTHS, WEEKDAYS, duration
from slamon.sla.calendars.localtime import instant_of, local
from slamon.store import daily, digests, occasions
from slamon.store.daily import Day
from slamon.store.digests import Opening

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slamon.audiences import Audience
    from slamon.model import Instant, Millis
    from slamon.notify.timed import DailyConfig
    from slamon.occasions.base import World

KIND = "daily"
LATE: Millis = 6 * HOUR
"""What was missed while slamon was down is sent when it starts within so long; later on it is no news."""
CHANNELS = 15
WORST = 5
NAMED = 10
PER_CENT = 100


class Daily:
    """The digests that come by a crontab's line."""

    name = "daily"

    def __init__(self, world: World, configured: Sequence[DailyConfig]) -> None:
        self.world = world
        self.entries = [(each, Cron(each.cron, each.timezone)) for each in configured]
        self._looked_at: dict[int, Instant] = {}
        """Up to when each entry was found to have nothing to send."""

    def look(self, now: Instant) -> None:
        """Send what is due."""
        if not self.entries or not self.world.may_count():
            return
        for n, (entry, cron) in enumerate(self.entries):
            audience = self.world.audiences.get(entry.to)
            after = max(now - LATE, self._looked_at.get(n, 0))
            fires = list(cron.fires(after, now))
            if audience and fires:
                self._send(entry, audience, fires[-1], now)
            self._looked_at[n] = now

    def _send(self, entry: DailyConfig, audience: Audience, fired: Instant, now: Instant) -> None:
        zone = find_zone(entry.timezone)
        today, time = local(fired, zone)
        key = f"daily:{audience.destination}:{entry.timezone}:{date.fromordinal(today)}:{time}"
        first, stop = instant_of(zone, today - 1, 0), instant_of(zone, today, 0)
        with self.world.store.read() as tx:
            known, new = daily.watched(tx, stop)
            if occasions.opened(tx, key) or not known:
                return
            days = daily.figures(tx, first, stop, now)
            worst = daily.worst(tx, first, stop, now, WORST)
        unread = [name for name in new if name in self.world.channels]
        said = _said(days, worst, unread, date.fromordinal(today - 1))
        opening = Opening(
            key=key,
            kind=KIND,
            destination=audience.destination,
            audience=audience.name,
            at=now,
            until=now,
            spoken=int(said.about["received"]),
            said=said.dumps(),
        )
        with self.world.store.write() as tx:
            number = digests.open_(tx, opening)
            if number is not None:  # it says all that it will ever say
                digests.close(tx, number, now)


def _said(days: Sequence[Day], worst: Sequence[tuple[int, str, str]], unread: Sequence[str], day: date) -> Said:
    total = Day("")
    for each in days:
        total.add(each)
    shown = days[:CHANNELS]
    facts = [
        *([("All channels", _words(total))] if len(days) > 1 else []),
        *((one.channel, _words(one)) for one in shown),
    ]
    if hidden := len(days) - len(shown):
        facts.append(("Further channels", f"{hidden}, counted in the first line"))
    if unread:
        more = f" and {len(unread) - NAMED} more" if len(unread) > NAMED else ""
        facts.append(("Not read on that day", ", ".join(unread[:NAMED]) + more))
    named = f"{WEEKDAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]}"
    head = f"{total.received} received, {_share(total)}" if total.received else "nobody asked"
    return Said(
        title=f"{named}: {head}",
        facts=tuple(facts),
        rows=tuple(worst),
        note=_note(worst),
        about={"received": total.received},
    )


def _note(worst: Sequence[object]) -> str:
    told = "Counted are the waits that began on that day, as they stand now; the median is of the answered."
    return f"{told} Below, those the longest past due." if worst else told


def _words(day: Day) -> str:
    """`12 received: 9 in time, 2 late, 1 open (1 past due); median 23 min`."""
    parts = [f"{day.met} in time", f"{day.missed} late"]
    if day.open:
        parts.append(f"{day.open} open" + (f" ({day.open_past_due} past due)" if day.open_past_due else ""))
    parts += [f"{n} {what}" for n, what in ((day.cancelled, "cancelled"), (day.unmatched, "without a policy")) if n]
    said = [f"{day.received} received: {', '.join(parts)}" if day.received else "none received"]
    if day.received:
        said.append(_share(day))
    if day.median is not None:
        said.append(f"median {duration(day.median)}")
    said += [f"{n} {how.replace('_', ' ')}" for how, n in sorted(day.ended.items())]
    if day.no_reply:
        said.append(f"{day.no_reply} needed no reply")
    return "; ".join(said)


def _share(day: Day) -> str:
    """Of all whose promise was kept or broken, rounded down: 99.9 % is not all of them."""
    return f"{day.met * PER_CENT // day.judged} % in time" if day.judged else "no answer was due yet"
