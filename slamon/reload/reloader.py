"""The reload: read, check, compare, swap in one step; then open waits are held to what changed."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from queue import Empty, SimpleQueue
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING

from slamon import logs
from slamon.errors import FaultsError, SlamonError, StoreError, UsageError
from slamon.events import RulesLoaded, RulesReloaded
from slamon.reload.diff import changes
from slamon.reload.folder import Watch
from slamon.reload.holding import Holding
from slamon.reload.report import FAILED, FAULTS, LOADED, UNCHANGED, Report
from slamon.reload.waits import AT_ONCE
from slamon.store.ruling import Ruling

if TYPE_CHECKING:
    from collections.abc import Callable

    from slamon.reload.world import World
    from slamon.sla.policy import RuleSet
    from slamon.store.store import Store

LOOK_EVERY = 2.0
"""Seconds between two looks at the folder."""
BREATH = 0.02
"""Seconds between two looks at how many waits are still to be decided."""
AGAIN = 5.0
"""Seconds until what the database refused is tried again."""
LINES, LINE = 100, 500
"""Faults told of, and characters of each."""

log = logs.get("slamon.reload")


class Reloader:
    """Reloads on request, and when the folder changes; one at a time. Safe from any thread."""

    def __init__(self, store: Store, world: World) -> None:
        self._ruling = Ruling(store)
        self._world = world
        self._holding = Holding(self._ruling, world)
        self._watch = Watch(world.folder)
        self._lock = Lock()
        self._asked: SimpleQueue[str] = SimpleQueue()
        self._taken_up = False
        self._stopping = Event()
        self._pending = Event()
        self._threads: list[Thread] = []

    # --- life

    def take_up(self) -> None:
        """At the start: find out what open waits are held to, and what to tell of since."""
        world = self._world
        self._holding.begins(world.in_force())
        self._mended()
        world.hear(RulesLoaded(world.in_force().version, world.now()))
        self._taken_up = True
        self._pending.set()

    def start(self) -> None:
        """Watch the folder, take requests, and apply what is pending, in threads of its own."""
        self._threads = [
            Thread(target=self._serve, name="rules", daemon=True),
            Thread(target=self._apply, name="rematch", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def stop(self, within: float = 0.5) -> None:
        """No more reloads; what is pending is taken up after the next start."""
        self._stopping.set()
        self._pending.set()
        self._asked.put("stop")
        for thread in self._threads:
            thread.join(within / len(self._threads))

    def ask(self, reason: str) -> None:
        """Have the rules read again soon. May be called from a signal handler."""
        self._asked.put(reason)  # a SimpleQueue's `put` may interrupt itself

    def look(self) -> None:
        """Look at the folder; reload when something changed there and has come to rest."""
        if self._watch.changed():
            self.reload("file")

    def finish(self, pace: Callable[[], bool] = lambda: True) -> None:
        """Hold open waits to the rules in force; :raises StoreError: the database cannot be used.

        :param pace: see `Rematch`; by default nothing is waited for.
        """
        self._pending.clear()
        self._holding.apply(pace)

    # --- one reload

    def reload(self, reason: str) -> Report:
        """Read the rules again and put them into force unless they have faults; raises nothing.

        :param reason: `signal`, `file`, `http` or `command`.
        """
        world = self._world
        with self._lock:
            began = world.seconds()
            report = replace(self._reload(world.in_force()), config_changed=world.config_changed())
            seconds = world.seconds() - began
        told, faults = tuple(report.changes), tuple(report.faults)
        world.hear(RulesReloaded(reason, report.outcome, report.version, seconds, told, faults, report.config_changed))
        return report

    def _reload(self, before: RuleSet) -> Report:
        if not self._taken_up:
            return _failed(before, "slamon is still starting")
        self._watch.took()
        try:
            return self._taken(before, self._world.read())
        except FaultsError as error:
            return self._refused(before, [_line(str(fault)) for fault in error.faults])
        except StoreError as error:
            self._watch.forget()
            return _failed(before, _line(str(error)))
        except SlamonError as error:
            return self._refused(before, [_line(str(error))])
        except Exception as error:  # a fault of ours: the old rules stay, the watch goes on
            log.exception("reload_failed")
            return _failed(before, f"a fault of slamon: {type(error).__name__}")

    def _taken(self, before: RuleSet, new: RuleSet) -> Report:
        world = self._world
        if before.files and not new.files:
            raise UsageError(f"no rules are left in {world.folder}: restart slamon if that is meant")
        if new.version == before.version:
            self._mended()
            return Report(UNCHANGED, new.version, before.version)
        found = changes(before, new, world.channels)
        self._holding.follows(before, new)
        world.hear(RulesLoaded(new.version, world.now()))
        self._mended()
        self._pending.set()
        return Report(LOADED, new.version, before.version, found)

    def _refused(self, before: RuleSet, faults: list[str]) -> Report:
        """Slack hears once of each set of faults."""
        shown = faults[:LINES] + ([f"and {len(faults) - LINES} more"] if len(faults) > LINES else [])
        key = sha256("\n".join(faults).encode(errors="replace")).hexdigest()[:16]
        many = f"{len(faults)} faults" if len(faults) > 1 else "a fault"
        head = f"The changed rules have {many} and are not in force: version {before.version} stays."
        try:
            self._ruling.refuse(key, "\n".join((head, *shown)), self._world.readers, self._world.now())
        except StoreError as error:
            self._watch.forget()
            log.warning("notice_unwritten", error=str(error))
        return Report(FAULTS, before.version, before.version, faults=shown)

    def _mended(self) -> None:
        text = f"The rules are good again: version {self._world.in_force().version} is in force."
        try:
            self._ruling.mend(text, self._world.readers, self._world.now())
        except StoreError as error:
            log.warning("notice_unwritten", error=str(error))

    # --- threads

    def _serve(self) -> None:
        while not self._stopping.is_set():
            try:
                self._next()
            except Exception:  # whatever one look meets, there is another
                log.exception("reload_failed")

    def _next(self) -> None:
        try:
            reason = self._asked.get(timeout=LOOK_EVERY)
        except Empty:
            self.look()
            return
        if not self._stopping.is_set():
            self.reload(reason)

    def _apply(self) -> None:
        while not self._stopping.is_set():
            self._pending.wait()
            if self._stopping.is_set():
                return
            try:
                self.finish(self._paced)
            except StoreError as error:
                log.warning("rematch_failed", error=str(error))
                self._stopping.wait(AGAIN)
                self._pending.set()
            except Exception:  # a fault of ours: the rules are in force, and each wait is matched when it is due
                log.exception("rematch_failed")

    def _paced(self) -> bool:
        """Let what was put up be decided, so that everything that is due meanwhile finds a short queue."""
        self._world.wake()
        while not self._stopping.is_set() and self._ruling.backlog(AT_ONCE) >= AT_ONCE:
            self._stopping.wait(BREATH)
        return not self._stopping.is_set()


def _failed(before: RuleSet, why: str) -> Report:
    return Report(FAILED, before.version, before.version, faults=(why,))


def _line(text: str) -> str:
    """One line of bounded length, whatever a file holds."""
    return " ".join(text.split())[:LINE]
