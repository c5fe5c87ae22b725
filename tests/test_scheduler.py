from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processes import PATIENCE, until
from slamon.cli.run import supervise
from slamon.errors import StoreError
from slamon.events import SweepEnded
from slamon.model import HOUR, SECOND
from slamon.scheduler import EPOCH, SILENCE, Paced, Phased, Scheduler, Work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from slamon.dispatcher import Dispatcher
    from slamon.events import Event
    from slamon.model import Instant, Millis
    from slamon.poller import ChannelPoller, Rechecks

TICK = 20
"""Milliseconds between two polls that a test waits for."""


def wall_clock() -> Instant:
    return time.time_ns() // 1_000_000


@dataclass
class Channel:
    """Polls as a test says, and knows how often, and how often at once."""

    platform: str = "x"
    while_polling: Callable[[], object] = lambda: None
    polls: int = 0
    at_once: int = 0
    most_at_once: int = 0

    @property
    def connector(self) -> SimpleNamespace:
        return SimpleNamespace(platform=self.platform)

    every: Millis = 0
    """The interval of the moment; 0: as configured."""

    def next_in(self) -> Millis:
        return self.every

    def poll(self) -> str:
        self.polls += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        self.while_polling()
        self.at_once -= 1
        return "ok"


@dataclass
class Desk:
    """Where letters lie ready, one for each destination, until they are served."""

    letters: dict[str, Callable[[], object]]
    served: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def ready(self) -> Mapping[str, Any]:
        with self.lock:
            return {where: ([where], []) for where in self.letters}

    def serve(self, destination: str, _letters: list[Any], _stale: list[Any]) -> None:
        with self.lock:
            send = self.letters.pop(destination)
        send()
        self.served.append(destination)


@dataclass
class World:
    """A scheduler and what it keeps going; everything is quick and well unless a test says otherwise."""

    channels: dict[str, tuple[Channel, Millis]] = field(default_factory=dict)
    sweep: Callable[[], Instant | None] = lambda: None
    desk: Desk | None = None
    ahead: Millis = 0
    """The wall clock that slamon is given less the one that the library reads."""
    monotonic: Callable[[], float] = time.monotonic
    figures: Callable[[], None] = lambda: None
    retain: Callable[[], None] = lambda: None
    heard: list[Event] = field(default_factory=list)
    hanging: threading.Event = field(default_factory=threading.Event)
    """What hangs, hangs on this."""

    def start(self) -> Scheduler:
        for channel, every in self.channels.values():
            channel.every = channel.every or every
        work = Work(
            pollers=cast("Mapping[str, tuple[ChannelPoller, Millis]]", self.channels),
            rechecks={},
            sweep=self.swept,
            dispatcher=cast("Dispatcher | None", self.desk),
            reconcile=lambda: 0,
            figures=self.figures,
            retain=self.retain,
        )
        self.scheduler = Scheduler(work, lambda: wall_clock() + self.ahead, self.monotonic, self.hear)
        self.scheduler.start()
        return self.scheduler

    def swept(self) -> Instant | None:
        return self.sweep()

    def hear(self, event: Event) -> None:
        self.heard.append(event)

    def hang(self) -> None:
        self.hanging.wait()

    def sweeps(self, outcome: str) -> list[SweepEnded]:
        return [event for event in self.heard if isinstance(event, SweepEnded) and event.outcome == outcome]


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    made.hanging.set()
    made.scheduler.stop()


def moment(at: Instant) -> datetime:
    return datetime.fromtimestamp(at / SECOND, UTC)


def fault() -> None:
    raise IndexError


class TestPhases:
    @given(st.integers(1, HOUR), st.integers(0, 2**32), st.integers(0, 4 * 10**12), st.integers(0, 4 * 10**12))
    def test_the_next_one_is_the_first_of_its_phase_after_now(
        self, every: Millis, phase: int, before: Instant, now: Instant
    ) -> None:
        following = Phased(every, phase).get_next_fire_time(moment(before), moment(now))
        at = round((following - EPOCH).total_seconds() * SECOND)
        assert now < at <= now + every
        assert (at - phase) % every == 0

    @given(st.integers(1, HOUR), st.integers(1, 5 * HOUR), st.integers(0, 2**32), st.integers(0, 4 * 10**12))
    def test_a_paced_one_comes_no_sooner_than_its_interval_and_keeps_its_phase(
        self, every: Millis, interval: Millis, phase: int, now: Instant
    ) -> None:
        following = Paced(every, phase, lambda: interval).get_next_fire_time(None, moment(now))
        wait = round((following - EPOCH).total_seconds() * SECOND) - now
        period = min(every, interval)
        assert (now + wait - phase) % period == 0
        assert interval - period < wait <= interval


class TestPolling:
    def test_every_channel_is_polled_at_once_however_seldom_it_is_polled(self, world: World) -> None:
        world.channels = {f"c{n}": (Channel(platform=f"p{n % 3}"), HOUR) for n in range(30)}
        world.start()
        until(lambda: all(channel.polls for channel, _ in world.channels.values()))

    def test_a_channel_is_polled_again_and_again(self, world: World) -> None:
        channel = Channel()
        world.channels = {"c": (channel, TICK)}
        world.start()
        until(lambda: channel.polls > 5)

    def test_a_poll_never_overlaps_the_next_one_of_its_channel(self, world: World) -> None:
        quick = Channel()
        slow = Channel()

        def take_long() -> None:
            seen = quick.polls
            until(lambda: quick.polls > seen + 5 or world.hanging.is_set())

        slow.while_polling = take_long
        world.channels = {"quick": (quick, TICK), "slow": (slow, TICK)}
        world.start()
        until(lambda: slow.polls > 3)
        assert slow.most_at_once == 1

    def test_a_platform_that_hangs_holds_up_no_other(self, world: World) -> None:
        well = Channel(platform="well")
        world.channels = {f"c{n}": (Channel(while_polling=world.hang), TICK) for n in range(20)} | {"w": (well, TICK)}
        world.start()
        until(lambda: well.polls > 5)

    @pytest.mark.parametrize("ahead", [HOUR, -HOUR])
    def test_a_step_of_the_wall_clock_is_counted_and_every_channel_is_read_first(
        self, world: World, ahead: Millis
    ) -> None:
        channel = Channel()
        world.channels = {"c": (channel, HOUR)}
        world.ahead = ahead
        scheduler = world.start()
        until(lambda: channel.polls or ahead > 0)  # planned by a clock that is ahead, it has to wait for the step
        polls = channel.polls
        world.ahead = 0
        until(lambda: channel.polls > polls)
        assert scheduler.beats.steps == 1

    def test_polling_goes_on_after_a_step_back_by_an_hour(self, world: World) -> None:
        channel = Channel()
        world.channels = {"c": (channel, TICK)}
        world.ahead = HOUR
        world.start()
        world.ahead = 0
        until(lambda: channel.polls > 5)


class TestSweeping:
    def test_it_is_woken_early(self, world: World) -> None:
        sweeps = threading.Semaphore(0)
        world.sweep = sweeps.release
        scheduler = world.start()
        began = time.monotonic()
        for _ in range(20):
            assert sweeps.acquire(timeout=PATIENCE)
            scheduler.wake()
        assert time.monotonic() - began < 10

    def test_it_wakes_for_the_next_deadline(self, world: World) -> None:
        sweeps = threading.Semaphore(0)

        def sweep() -> Instant:
            sweeps.release()
            return wall_clock() + 5

        world.sweep = sweep
        world.start()
        began = time.monotonic()
        assert all(sweeps.acquire(timeout=PATIENCE) for _ in range(20))
        assert time.monotonic() - began < 10

    def test_a_store_error_is_heard_and_turns_ready_off_while_the_sweep_beats_on(self, world: World) -> None:
        def refuse() -> None:
            raise StoreError("disk full")

        world.sweep = refuse
        scheduler = world.start()
        until(lambda: world.sweeps("store"))
        beat = scheduler.beats.sweep
        scheduler.wake()
        until(lambda: scheduler.beats.sweep > beat)
        assert not scheduler.beats.store_ok
        assert world.sweeps("store")[0].error == "disk full"
        world.sweep = lambda: None
        scheduler.wake()
        until(lambda: scheduler.beats.store_ok)

    def test_a_fault_of_ours_ends_one_sweep_and_not_all(self, world: World) -> None:
        world.sweep = fault
        scheduler = world.start()
        until(lambda: world.sweeps("fault"))
        scheduler.wake()
        until(lambda: len(world.sweeps("fault")) > 1)
        assert world.sweeps("fault")[0].error == "IndexError"


class TestSupervision:
    def test_a_sweep_that_hangs_is_noticed(self, world: World) -> None:
        seconds = [0.0]
        began = threading.Event()

        def hang() -> None:
            began.set()
            world.hang()

        world.monotonic = lambda: seconds[0]
        world.sweep = hang
        scheduler = world.start()
        assert began.wait(PATIENCE)
        assert scheduler.silent() == ""
        seconds[0] = SILENCE + 1
        until(lambda: scheduler.beats.metronome == seconds[0])
        assert scheduler.silent() == "sweep"

    def test_figures_are_made_from_the_start_on_and_may_take_long_beside_everything_else(self, world: World) -> None:
        seconds, hanging = [0.0], list[int]()

        def hang() -> None:
            hanging.append(1)
            world.hang()

        world.monotonic = lambda: seconds[0]
        world.figures = world.retain = hang  # one of the metronome's own two threads hangs already
        scheduler = world.start()
        until(lambda: len(hanging) == 2)
        for _ in range(2):
            seconds[0] += 1
            until(lambda: scheduler.beats.metronome == seconds[0])

    def test_a_sender_loop_that_hangs_is_noticed(self, world: World) -> None:
        seconds = [0.0]
        world.monotonic = lambda: seconds[0]
        world.desk = Desk({})
        world.desk.lock.acquire()
        scheduler = world.start()
        seconds[0] = SILENCE + 1
        until(lambda: scheduler.silent() == "send")
        world.desk.lock.release()
        until(lambda: scheduler.silent() == "")

    def test_the_process_ends_when_two_looks_agree_that_a_loop_is_silent(self) -> None:
        looks = iter(["sweep", "", "sweep", "metronome", "metronome"])
        assert supervise(lambda: next(looks), threading.Event(), every=0) == "metronome"
        assert next(looks, None) is None

    def test_the_process_ends_when_it_is_asked_to(self) -> None:
        asked = threading.Event()
        asked.set()
        assert supervise(lambda: "sweep", asked) == ""


class TestSending:
    def test_a_destination_that_hangs_holds_up_no_other(self, world: World) -> None:
        world.desk = Desk({"hangs": world.hang, "b": lambda: None, "c": lambda: None})
        world.start()
        until(lambda: world.desk and set(world.desk.served) == {"b", "c"})

    def test_a_poisoned_letter_stops_no_other_and_its_destination_is_tried_again(self, world: World) -> None:
        world.desk = desk = Desk({"a": fault, "b": lambda: None})
        world.start()
        until(lambda: desk.served == ["b"])
        desk.letters["a"] = lambda: None
        until(lambda: "a" in desk.served)

    def test_an_outbox_that_cannot_be_read_for_a_while_ends_no_sending(self, world: World) -> None:
        world.desk = desk = Desk({"a": lambda: None})
        well, troubles = desk.ready, iter([StoreError("locked"), IndexError()])

        def ready() -> Mapping[str, Any]:
            for trouble in troubles:
                raise trouble
            return well()

        desk.ready = ready  # type: ignore[method-assign]  # the one method that has trouble
        world.start()
        until(lambda: desk.served == ["a"])


class TestStopping:
    def test_it_waits_for_what_is_being_sent_but_not_for_what_hangs(self, world: World) -> None:
        sending = threading.Event()

        def hang() -> None:
            sending.set()
            world.hang()

        world.desk = Desk({"hangs": hang})
        world.channels = {"c": (Channel(while_polling=world.hang), TICK)}
        scheduler = world.start()
        assert sending.wait(PATIENCE)
        began = time.monotonic()
        scheduler.stop(within=0.5)
        assert 0.5 <= time.monotonic() - began < 5

    def test_nothing_is_polled_or_looked_at_once_it_stopped(self, world: World) -> None:
        channel, asked = Channel(), list[list[int]]()
        world.channels = {"c": (channel, TICK)}
        scheduler = world.start()
        until(lambda: channel.polls)
        scheduler.work = Work(
            pollers=scheduler.work.pollers,
            rechecks={"c": cast("Rechecks", SimpleNamespace(poller=channel, ask=_ask_to(asked)))},
            sweep=scheduler.work.sweep,
            dispatcher=None,
            reconcile=scheduler.work.reconcile,
        )
        scheduler.stop()
        until(lambda: not channel.at_once)
        polls = channel.polls
        scheduler.check("c", [1])
        assert (channel.polls, asked) == (polls, [])


def _ask_to(asked: list[list[int]]) -> Callable[[list[int], Callable[[Callable[[], None]], None]], None]:
    """As `Rechecks.ask`: has its worker take note of the waits."""

    def ask(waits: list[int], start: Callable[[Callable[[], None]], None]) -> None:
        start(lambda: asked.append(waits))

    return ask
