"""A channel that cannot be read is an incident of its own: one notice, repeated until acknowledged or readable.

More than a few blind channels of a platform are one notice. What makes them many is counted early: a channel that has
missed polls counts although it is not blind yet, for an outage reaches them one after the other.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from slamon.digests.blind import KIND, covering, told_at
from slamon.digests.said import Said, loads
from slamon.events import PollEnded
from slamon.notifiers.text import clock, duration, one_line
from slamon.occasions.base import Paced, keep, people
from slamon.sla.handling import handling
from slamon.store import actions, digests, occasions
from slamon.store.digests import Opening

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Connection

    from slamon.audiences import Audience
    from slamon.events import Event
    from slamon.model import Instant, Millis
    from slamon.notify.timed import BlindConfig
    from slamon.occasions.base import World
    from slamon.store.digests import StoredDigest
    from slamon.store.polls import ChannelRow

SINGLY = 5
"""So many blind channels of a platform are told one by one."""
NAMED = 10
WHY_ROOM = 250
NOTE = (
    "Stages that fall due meanwhile are told here as unverified: answers may be there. Look at the platform itself. "
    "`slamon probe` says what is missing."
)


class LastErrors:
    """A listener that remembers why each channel could not be read."""

    def __init__(self) -> None:
        self._of: dict[str, str] = {}

    def __call__(self, event: Event) -> None:
        """Take note of `event`."""
        if isinstance(event, PollEnded) and event.purpose == "poll":
            incomplete = "it was read, but not to the end"
            self._of[event.channel] = "" if event.outcome == "ok" else event.error or incomplete

    def of(self, channel: str) -> str:
        """In words, in one line; empty where nothing is known."""
        return one_line(self._of.get(channel, ""))[:WHY_ROOM]


@dataclass(frozen=True, slots=True)
class Watched:
    """What is known of channels outside the store."""

    blind_after: Mapping[str, Millis]
    """By channel: so old may a complete read be."""
    barred: Callable[[str], bool]
    """Whether it is known that a channel cannot be read until a person does something."""
    errors: LastErrors


@dataclass(frozen=True, slots=True)
class Sight:
    """All channels at one instant."""

    rows: Mapping[str, ChannelRow]
    blind: Mapping[str, ChannelRow]
    failing: Mapping[str, int]
    """By platform: channels that are blind, or have missed polls."""


class Blindness:
    """Opens, repeats and closes the notices."""

    name = "blind"

    def __init__(self, world: World, watched: Watched, config: BlindConfig) -> None:
        self.world = world
        self.watched = watched
        self.config = config
        self.paced = Paced()

    def look(self, now: Instant) -> None:
        """What became blind, what is readable again, and whom to tell anew."""
        audience = self.world.audiences.get(self.config.to)
        if audience is None:
            return
        with self.world.store.read() as tx:
            sight = self._sight(tx, now)
            standing = occasions.standing(tx, KIND)
        if not standing and not sight.blind:
            return
        together = {_place(of) for of in standing if loads(of.said).about["together"]}
        for of in standing:
            self._follow(of, sight, now, absorbed=not loads(of.said).about["together"] and _place(of) in together)
        self._open(audience, sight, now)
        self._mirror(sight, now)

    # --- what can be read

    def _sight(self, tx: Connection, now: Instant) -> Sight:
        rows = {row.name: row for row in occasions.channels(tx) if row.name in self.watched.blind_after}
        blind = {name: row for name, row in rows.items() if self._unread(row, now) > self.watched.blind_after[name]}
        blind |= {name: row for name, row in rows.items() if self.watched.barred(name)}
        failing: dict[str, int] = {}
        for name, row in rows.items():
            misses = self._unread(row, now) > self.watched.blind_after[name] // 2
            failing[row.platform] = failing.get(row.platform, 0) + (misses or name in blind)
        return Sight(rows, blind, failing)

    def _unread(self, row: ChannelRow, now: Instant) -> Millis:
        """For how long it could have been read and was not: time before the start does not count."""
        return now - max(row.read_at or 0, self.world.up_since)

    # --- opening

    def _open(self, audience: Audience, sight: Sight, now: Instant) -> None:
        """A notice for what no open one covers."""
        with self.world.store.read() as tx:
            covered = {name for of in occasions.standing(tx, KIND) for name in loads(of.said).about["channels"]}
        new = {name: row for name, row in sight.blind.items() if name not in covered}
        for platform in sorted({row.platform for row in new.values()}):
            names = sorted(name for name, row in new.items() if row.platform == platform)
            together = sight.failing[platform] > SINGLY
            for some in [names] if together else [[name] for name in names]:
                self._tell(audience, platform, some, sight, now, together=together)

    def _tell(
        self, audience: Audience, platform: str, names: Sequence[str], sight: Sight, now: Instant, *, together: bool
    ) -> None:
        since = {name: sight.rows[name].read_at for name in names}
        about = {"platform": platform, "together": together, "channels": since, "ladder": True}
        what = f"platform {platform}" if together else names[0]
        key = f"blind:{what}:{audience.destination}:{now if together else since[names[0]] or 0}"
        with self.world.store.write() as tx:
            opening = Opening(
                key=key,
                kind=KIND,
                destination=audience.destination,
                audience=audience.name,
                at=now,
                channel=None if together else names[0],
                spoken=len(names),
                said=self._said(tx, about, now, sight, now).dumps(),
                mention=audience.wakes(now),
            )
            digests.open_(tx, opening)

    def _mirror(self, sight: Sight, now: Instant) -> None:
        """Those who have to hear of its unverified stages hear of it too."""
        with self.world.store.read() as tx:
            readers = occasions.unverified_readers(tx) if sight.blind else []
            new = [(name, reader) for name, reader in readers if not covering(tx, name, reader.destination)]
        for name, reader in new:
            audience = self.world.audiences.get(reader.audience)
            if name in sight.blind:
                with self.world.store.write() as tx:
                    told_at(tx, name, reader, now, audience.wakes(now) if audience else "")

    # --- following

    def _follow(self, of: StoredDigest, sight: Sight, now: Instant, *, absorbed: bool) -> None:
        before = loads(of.said)
        if absorbed:
            over = replace(before, title=f"{before.title}: told with the other channels from now on", open=False)
            with self.world.store.write() as tx:
                keep(tx, of, replace(over, facts=(), note="", acknowledgeable=False))
                digests.close(tx, of.id, now)
            return
        about, back = self._joined(of, before.about, sight)
        if not about["channels"]:
            with self.world.store.write() as tx:
                keep(tx, of, self._over(before, back, of, now))
                digests.close(tx, of.id, now)
            return
        if about != before.about or self.paced.due(of.id, now):
            with self.world.store.read() as tx:
                said = self._said(tx, about, of.opened_at, sight, now)
            if said != before:
                with self.world.store.write() as tx:
                    keep(tx, of, said)
        if about["ladder"]:
            self._repeat(of, now)

    def _joined(
        self, of: StoredDigest, about: Mapping[str, Any], sight: Sight
    ) -> tuple[dict[str, Any], dict[str, Instant]]:
        """What it is about without the channels that were read completely since, and when they were."""
        channels, back = dict(about["channels"]), {}
        for name, since in about["channels"].items():
            row = sight.rows.get(name)
            read_at = row.read_at if row else None
            if row is None or (name not in sight.blind and read_at is not None and read_at > (since or 0)):
                back[name] = read_at or of.opened_at
                del channels[name]
        if about["together"]:
            more = {name: row for name, row in sight.blind.items() if row.platform == about["platform"]}
            channels |= {name: row.read_at for name, row in more.items() if name not in channels}
        return {**about, "channels": channels}, back

    def _repeat(self, of: StoredDigest, now: Instant) -> None:
        """Speak anew each `repeat`, so many times, unless somebody has it in hand."""
        nth = (now - of.opened_at) // self.config.repeat
        if now - of.spoken_at < self.config.repeat or not 0 < nth < self.config.at_most:
            return
        audience = self.world.audiences.get(of.audience)
        with self.world.store.write() as tx:
            if handling(actions.of_wait(tx, -of.id), now).acknowledged or occasions.unsaid(tx, of.id):
                return
            digests.speak(tx, of, nth, now, mention=audience.wakes(now, nth) if audience else "")
            digests.spoke(tx, of.id, of.spoken, of.opened_at + nth * self.config.repeat)

    # --- words

    def _said(self, tx: Connection, about: Mapping[str, Any], opened_at: Instant, sight: Sight, now: Instant) -> Said:
        channels: Mapping[str, Instant | None] = about["channels"]
        since = min((at for at in channels.values() if at is not None), default=opened_at)
        ids = [sight.rows[name].id for name in channels]
        waits, due = occasions.waiting_in(tx, ids, since, now)
        errors = list(dict.fromkeys(why for name in channels if (why := self.watched.errors.of(name))))
        facts = [
            ("Last read", self._last(channels, since, now)),
            *([("Why", errors[0])] if errors else []),
            ("Waiting there", f"{people(waits)}, {due} due since" if waits else "nobody, as far as was read"),
        ]
        if about["together"]:
            facts.insert(0, ("Channels", _named(list(channels))))
        what = f"{about['platform']}: {_channels(len(channels))}" if about["together"] else next(iter(channels))
        return Said(
            title=f"{what} cannot be read",
            facts=tuple(facts),
            note=NOTE,
            open=True,
            acknowledgeable=bool(about["ladder"]),
            about=about,
        )

    def _last(self, channels: Mapping[str, Instant | None], since: Instant, now: Instant) -> str:
        if all(at is None for at in channels.values()):
            return "never"
        return clock(since, self.world.zone, now)

    def _over(self, before: Said, back: Mapping[str, Instant], of: StoredDigest, now: Instant) -> Said:
        channels: Mapping[str, Instant | None] = before.about["channels"]
        began = min((at for at in channels.values() if at is not None), default=of.opened_at)
        again = max(back.values(), default=now)
        what = (
            f"{before.about['platform']}: all channels are"
            if before.about["together"]
            else f"{next(iter(channels))} is"
        )
        title = f"{what} readable again since {clock(again, self.world.zone, now)}"
        lasted = f", was blind for {duration(again - began)}"
        facts = tuple(fact for fact in before.facts if fact[0] in {"Channels", "Why"})
        over = replace(before, title=title + lasted, facts=facts, note="", open=False, acknowledgeable=False)
        return replace(over, about={**before.about, "channels": {}})


def _place(of: StoredDigest) -> tuple[str, str]:
    return of.destination, str(loads(of.said).about["platform"])


def _channels(n: int) -> str:
    return "1 channel" if n == 1 else f"{n} channels"


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(sorted(names)[:NAMED]) + more
