"""APScheduler as a metronome, the sweep and dispatch loops, the supervisor, the graceful stop.

Losing every timer here costs one sweep: deadlines live in the store.
"""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING
from zlib import crc32

from apscheduler.executors.pool import ThreadPoolExecutor as PollPool
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from slamon import logs
from slamon.errors import StoreError
from slamon.events import SweepEnded
from slamon.model import SECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from slamon.dispatcher import Dispatcher
    from slamon.events import Listener
    from slamon.model import Instant, Millis
    from slamon.poller import ChannelPoller, Rechecks
    from slamon.store.livings import Living
    from slamon.store.outbox import Letter

SWEEP_AT_LEAST = 1.0
"""Seconds between sweeps: a step of the clock, or a missed wake-up, costs no more than that."""
SILENCE = 30.0
"""Seconds without a beat of a loop after which the process is not to be trusted."""
STEP = 5 * SECOND
"""A jump of the wall clock against the monotonic one that is called a step."""
RECONCILE_EVERY = 300 * SECOND
RETAIN_EVERY = 600 * SECOND
OCCASIONS_EVERY = 5 * SECOND
FIGURES_EVERY = SECOND
"""How often it is asked whether figures are old enough to be made anew."""
POLLS_AT_ONCE = 8
MOST_POLLS_AT_ONCE = 64
"""Polls of one platform at a time: its trouble takes these threads and no others. More channels, more of them."""
POLL_TAKES: Millis = 400
"""What a poll may take on average so that all have their turn in time."""
CHECKS_AT_ONCE = 8
SENDS_AT_ONCE = 8
RELAY_EVERY = 1.0
"""Seconds between looks at whether the second route is needed."""
STOP_WITHIN = 7.0
"""Seconds for what is under way to end; a hanging thread is left behind."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

log = logs.get("slamon.scheduler")


@dataclass(frozen=True, slots=True)
class Work:
    """What is kept going."""

    pollers: Mapping[str, tuple[ChannelPoller, Millis]]
    """By channel, with how often it is polled."""
    rechecks: Mapping[str, Rechecks]
    sweep: Callable[[], Instant | None]
    """Decides all that is due; returns when there is something to decide next."""
    dispatcher: Dispatcher | None
    reconcile: Callable[[], int]
    retain: Callable[[], None] = lambda: None
    """Drops what may no longer be kept."""
    occasions: Callable[[], None] = lambda: None
    """Opens and closes what digests come for by the clock; raises nothing."""
    figures: Callable[[], None] = lambda: None
    """Makes the figures anew that are old enough for it; raises nothing, may take seconds."""
    relay: Callable[[], None] | None = None
    """Tells people by the second route, as long as that is needed."""


class Phased(BaseTrigger):  # type: ignore[misc]  # the library ships no types
    """Fires whenever the wall clock, in epoch milliseconds, is `phase` past a multiple of `every`.

    Unlike the library's, it forgets what it missed: after a clock that jumps by years (a machine that starts in 1970)
    that one lists, and holds in memory, every single time between.
    """

    def __init__(self, every: Millis, phase: Millis = 0) -> None:
        self.every = every
        self.phase = phase

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """The first of those instants after `now`."""
        del previous_fire_time
        at = (now - EPOCH) // timedelta(milliseconds=1)
        return _moment(at + self.every - (at - self.phase) % self.every)


class Paced(BaseTrigger):  # type: ignore[misc]  # as above
    """As `Phased`, in the phase of `every`, but no sooner than the interval of the moment, unless that is shorter."""

    def __init__(self, every: Millis, phase: Millis, interval: Callable[[], Millis]) -> None:
        self.every = every
        self.phase = phase
        self.interval = interval

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """The first instant of the phase that the interval allows."""
        interval = self.interval()
        longer = timedelta(milliseconds=max(0, interval - self.every))
        return Phased(min(interval, self.every), self.phase).get_next_fire_time(previous_fire_time, now + longer)


@dataclass(slots=True)
class Beats:
    """When each loop last showed that it lives, in monotonic seconds."""

    sweep: float
    metronome: float
    send: float
    store_ok: bool = True
    steps: int = 0
    """Steps of the wall clock noticed so far."""


@dataclass(slots=True)
class Scheduler:
    """Keeps polls, sweeps, checks and sends going; none of them waits for another."""

    work: Work
    now: Callable[[], Instant]
    seconds: Callable[[], float]
    hear: Listener
    stopping: Event = field(default_factory=Event)
    _sweep_wake: Event = field(default_factory=Event)
    _send_wake: Event = field(default_factory=Event)
    _busy: set[str] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)
    beats: Beats = field(init=False)
    _clock: BackgroundScheduler = field(init=False)
    _threads: list[Thread] = field(default_factory=list)
    _checks: dict[str, ThreadPoolExecutor] = field(default_factory=dict)
    _senders: ThreadPoolExecutor = field(init=False)

    def __post_init__(self) -> None:
        """Prepare the pools; nothing runs before `start`."""
        at = self.seconds()
        self.beats = Beats(at, at, at)
        self._senders = ThreadPoolExecutor(SENDS_AT_ONCE, "send")
        platforms = {poller.connector.platform for poller, _ in self.work.pollers.values()}
        self._checks = {name: ThreadPoolExecutor(CHECKS_AT_ONCE, f"check-{name}") for name in platforms}
        pools = {name: PollPool(self._at_once(name)) for name in platforms}
        pools |= {"default": PollPool(2), " figures": PollPool(1)}
        quiet = logging.getLogger("slamon.metronome")
        quiet.setLevel(logging.ERROR)  # that a poll takes longer than its period is told by `poll_ended`
        self._clock = BackgroundScheduler(
            logger=quiet,
            executors=pools,
            timezone=UTC,
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )

    def _at_once(self, platform: str) -> int:
        periods = [every for poller, every in self.work.pollers.values() if poller.connector.platform == platform]
        return min(MOST_POLLS_AT_ONCE, max(POLLS_AT_ONCE, round(sum(POLL_TAKES / every for every in periods))))

    def start(self) -> None:
        """Poll every channel at once, then in phases spread by the hash of its name; sweep and send from now on."""
        ahead = self._ahead()
        for name, (poller, every) in self.work.pollers.items():
            trigger, pool = Paced(every, crc32(name.encode()), poller.next_in), poller.connector.platform
            self._clock.add_job(poller.poll, trigger, id=name, executor=pool, next_run_time=_moment(self.now()))
        self._clock.add_job(self._beat, Phased(SECOND), id=" beat")  # no channel's name begins with a space
        self._clock.add_job(self._reconcile, Phased(RECONCILE_EVERY), id=" reconcile")
        self._clock.add_job(self._retain, Phased(RETAIN_EVERY), id=" retain", next_run_time=_moment(self.now()))
        self._clock.add_job(self.work.occasions, Phased(OCCASIONS_EVERY), id=" occasions")
        figures, first = Phased(FIGURES_EVERY), _moment(self.now())
        self._clock.add_job(self.work.figures, figures, id=" figures", executor=" figures", next_run_time=first)
        self._clock.start()
        self._threads = [Thread(target=self._sweep_loop, args=(ahead,), name="sweep", daemon=True)]
        if self.work.dispatcher:
            self._threads.append(Thread(target=self._send_loop, args=(self.work.dispatcher,), name="send", daemon=True))
        if self.work.relay:
            self._threads.append(Thread(target=self._relay_loop, args=(self.work.relay,), name="relay", daemon=True))
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """There is something to decide earlier than planned."""
        self._sweep_wake.set()

    def check(self, channel: str, waits: Sequence[int]) -> None:
        """Have these waits looked at once more, in the platform's own threads."""
        rechecks = self.work.rechecks[channel]
        pool = self._checks[rechecks.poller.connector.platform]
        rechecks.ask(waits, lambda run: _submit(pool, run))

    def silent(self) -> str:
        """Which loop has not shown itself for too long; empty when all is well."""
        at = self.seconds()
        ages = {"sweep": at - self.beats.sweep, "metronome": at - self.beats.metronome}
        if self.work.dispatcher:
            ages["send"] = at - self.beats.send
        return next((name for name, age in ages.items() if age > SILENCE), "")

    def stop(self, within: float = STOP_WITHIN) -> None:
        """No new polls; what is being sent finishes or stays reconcilable. Returns within so many seconds."""
        self.stopping.set()
        self._sweep_wake.set()
        self._send_wake.set()
        until = self.seconds() + within
        if self._clock.running:
            self._clock.shutdown(wait=False)
        for pool in (*self._checks.values(), self._senders):
            pool.shutdown(wait=False, cancel_futures=True)
        for thread in (*self._threads, *self._senders._threads):  # noqa: SLF001 - no public way to wait for a while
            thread.join(max(0.0, until - self.seconds()))

    # --- the metronome

    def _beat(self) -> None:
        self.beats.metronome = self.seconds()

    def _reconcile(self) -> None:
        try:
            drift = self.work.reconcile()
        except StoreError as error:
            log.warning("counts_unreadable", error=str(error))
            return
        if drift:
            log.error("counts_drifted", drift=drift)

    def _retain(self) -> None:
        try:
            self.work.retain()
        except StoreError as error:
            log.warning("retention_failed", error=str(error))

    # --- sweeping

    def _ahead(self) -> float:
        """The wall clock less the monotonic one, in milliseconds: stays the same unless the former is set."""
        return self.now() - self.seconds() * SECOND

    def _sweep_loop(self, ahead: float) -> None:
        while not self.stopping.is_set():
            self._sweep_wake.clear()
            self._sweep_wake.wait(self._pause(self._sweep()))
            moved = self._ahead()
            if abs(moved - ahead) > STEP:
                self._stepped(moved - ahead)
            ahead = moved

    def _sweep(self) -> Instant | None:
        """One sweep; one that ends in a store error still beats, and turns `ready` off."""
        began = self.seconds()
        following = None
        try:
            following = self.work.sweep()
            self.beats.store_ok = True
        except StoreError as error:
            self.beats.store_ok = False
            self.hear(SweepEnded(self.seconds() - began, 0, 0, "store", str(error)))
        except Exception as error:  # a fault of ours in one sweep must not end all sweeps
            self.hear(SweepEnded(self.seconds() - began, 0, 0, "fault", type(error).__name__))
            log.exception("sweep_failed")
        self.beats.sweep = self.seconds()
        self._send_wake.set()
        return following

    def _pause(self, following: Instant | None) -> float:
        if following is None:
            return SWEEP_AT_LEAST
        return min(SWEEP_AT_LEAST, max(0.001, (following - self.now()) / SECOND))

    def _stepped(self, millis: float) -> None:
        """The wall clock jumped: what the metronome planned by it is done now, and so each channel is read first."""
        self.beats.steps += 1
        log.warning("clock_stepped", millis=round(millis))
        for job in self._clock.get_jobs():
            job.modify(next_run_time=_moment(self.now()))

    # --- sending

    def _send_loop(self, dispatcher: Dispatcher) -> None:
        while not self.stopping.is_set():
            self._send_wake.clear()
            try:
                self._send_ready(dispatcher)
            except StoreError as error:
                log.warning("outbox_unreadable", error=str(error))
            except Exception:  # a fault of ours in one round must not end all sending
                log.exception("send_failed")
            self.beats.send = self.seconds()
            self._send_wake.wait(SWEEP_AT_LEAST / 4)

    def _relay_loop(self, relay: Callable[[], None]) -> None:
        """Beside everything else: it talks to services that may hang, and nothing waits for it."""
        while not self.stopping.wait(RELAY_EVERY):
            try:
                relay()
            except StoreError as error:
                log.warning("relay_unreadable", error=str(error))
            except Exception:  # a fault of ours in one round must not end the second route
                log.exception("relay_broken")

    def _send_ready(self, dispatcher: Dispatcher) -> None:
        for destination, (letters, stale) in dispatcher.ready().items():
            with self._lock:
                if destination in self._busy or self.stopping.is_set():
                    continue
                self._busy.add(destination)
            _submit(self._senders, partial(self._serve, dispatcher, destination, letters, stale))

    def _serve(self, dispatcher: Dispatcher, destination: str, letters: list[Letter], stale: list[Living]) -> None:
        try:
            dispatcher.serve(destination, letters, stale)
        except StoreError as error:
            log.warning("outbox_unwritable", error=str(error))
        except Exception:  # one poisoned letter must not stop the others
            log.exception("send_failed")
        finally:
            with self._lock:
                self._busy.discard(destination)
            self._send_wake.set()


def _submit(pool: ThreadPoolExecutor, run: Callable[[], None]) -> None:
    try:
        pool.submit(run)
    except RuntimeError:  # the pool is closed: the process is stopping, the work is found again after the next start
        return


def _moment(at: Instant) -> datetime:
    return datetime.fromtimestamp(at / SECOND, UTC)
