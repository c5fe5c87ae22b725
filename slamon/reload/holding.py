"""What open waits are held to: earlier rule sets, and how those in force take their place."""

from __future__ import annotations

from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING

from slamon import logs
from slamon.errors import SlamonError
from slamon.events import ChannelLeft, RulesApplied
from slamon.reload.diff import changes
from slamon.reload.waits import Rematch, jobs

if TYPE_CHECKING:
    from collections.abc import Callable

    from slamon.reload.world import World
    from slamon.sla.policy import RuleSet
    from slamon.store.ruling import Ruling

UNKNOWN = "?"
"""In the place of a version: waits may be held to rules that nobody knows."""

log = logs.get("slamon.reload")


class Holding:
    """Open waits and the rule sets they are held to. `apply` may run while others come into force."""

    def __init__(self, ruling: Ruling, world: World) -> None:
        self._ruling = ruling
        self._world = world
        self._lock = Lock()
        self._before: list[RuleSet | None] = []
        """What open waits may still be held to beside the rules in force; `None`: nobody can tell."""
        self._lost: set[str] = set()
        """Versions that waits would have kept, and that cannot be read any more."""
        self._left = False

    def begins(self, rules: RuleSet) -> None:
        """At the start: put `rules` into force, with whatever open waits are held to."""
        with self._lock:
            rules = self._with_past(rules)
            versions = self._ruling.in_force() or (UNKNOWN,)
            since = self._ruling.since(rules.version) if versions[-1] == rules.version else None
            now = self._world.now()
            if versions != (rules.version,):
                self._before = [self._earlier(version) for version in versions if version != rules.version]
                self._ruling.take(rules.version, rules.files, versions, now if since is None else since)
            self._world.swap(replace(rules, since=now if since is None else since))

    def follows(self, before: RuleSet, rules: RuleSet) -> None:
        """Put `rules` into force in the place of those `before`."""
        with self._lock:
            rules = self._with_past(rules)
            versions = [one.version if one else UNKNOWN for one in (*self._before, before)]
            rules = replace(rules, since=self._world.now())
            self._ruling.take(rules.version, rules.files, versions, rules.since or 0)
            self._before.append(before)
            self._world.swap(rules)

    def apply(self, pace: Callable[[], bool]) -> None:
        """Hold open waits to the rules in force, unless others come into force meanwhile.

        :param pace: see `Rematch`.
        :raises StoreError: the database cannot be used; what is missing is done when this is called again.
        """
        self._leave_unwatched()
        world = self._world
        with self._lock:
            before, lost, rules = list(self._before), set(self._lost), world.in_force()
        if not before and not lost:
            return
        began = world.seconds()
        world.swept()
        found = [None if one is None else changes(one, rules, world.channels) for one in before]
        work = Rematch(self._ruling, rules.version, lambda: pace() and world.in_force() is rules)
        if work.run(jobs(found, rules, world.channels, lost)) and self._settled(rules):
            world.wake()
            world.hear(RulesApplied(rules.version, work.waits, world.seconds() - began))
            self._ruling.forget()

    def _settled(self, rules: RuleSet) -> bool:
        with self._lock:
            if self._world.in_force() is not rules:
                return False
            self._ruling.settled(rules.version)
            self._before, self._lost = [], set()
            return True

    def _with_past(self, rules: RuleSet) -> RuleSet:
        """With the earlier rule sets that waits are held to where changed rules are for new waits only."""
        kept = [number for name, number in self._world.channels.items() if rules.of(name).new_waits_only]
        held = self._ruling.held(kept) - {rules.version} if kept else set()
        past = {version: self._earlier(version) for version in sorted(held)}
        self._lost = {version for version, found in past.items() if found is None}
        return replace(rules, past={version: found for version, found in past.items() if found is not None})

    def _earlier(self, version: str) -> RuleSet | None:
        files = self._ruling.files_of(version)
        try:
            if files is not None:
                return replace(self._world.rebuild(files), version=version)
        except SlamonError as error:
            log.warning("rules_lost", version=version, error=" ".join(str(error).split())[:500])
            return None
        if version != UNKNOWN:
            log.warning("rules_lost", version=version, error="they are not kept")
        return None

    def _leave_unwatched(self) -> None:
        """Once: cancel what waits in channels that left the configuration."""
        if self._left:
            return
        for left in self._ruling.unwatched(self._world.channels.values()):
            waits = "1 open wait is" if left.waits == 1 else f"{left.waits} open waits are"
            text = f"The channel {left.name} is no longer in the configuration. Its {waits} cancelled as unwatched."
            self._ruling.leave(left, text, self._world.readers, self._world.now())
            self._world.hear(ChannelLeft(left.name, left.waits))
            self._world.wake()
        self._left = True
