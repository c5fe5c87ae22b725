"""The composition root: config → objects. The only file that knows everything."""

from __future__ import annotations

import os
import sys
import threading
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING

from slamon import expected
from slamon.asking import Door
from slamon.channels import Around, Channels
from slamon.configfile import ConfigFile
from slamon.control import ControlServer
from slamon.errors import UsageError
from slamon.evaluator import Evaluator, Watch
from slamon.eventlog import EventLog
from slamon.expiry import ExpiryNotices
from slamon.exporter import Exporter
from slamon.figures import Figures
from slamon.loading import channel_facts, socket_path
from slamon.noreply import Asked, undo
from slamon.occasions import LastErrors
from slamon.poller import Rechecks
from slamon.reload import Reloader, World
from slamon.rules import load_rules
from slamon.rules.files import load_files
from slamon.scheduler import Scheduler, Work
from slamon.serving import Served, web_server
from slamon.store import rulesets
from slamon.store.polls import reopen_questions, too_old
from slamon.store.store import Store
from slamon.store.vault import StoreVault
from slamon.telling import Surroundings, Telling, default_readers
from slamon.web.api.reading import Reading
from slamon.web.health import Health

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from slamon.config import Config
    from slamon.events import Event
    from slamon.metrics.stored import Aim
    from slamon.model import Instant
    from slamon.sla.policy import RuleSet
    from slamon.store.overview import SeenChannel
    from slamon.store.snapshot import ChannelSnapshot, Snapshot

SWITCH_INTERVAL = 0.0005
"""Seconds a thread may keep the interpreter: with the default of 5 ms, a thread that decodes pages delays alerts."""


def wall_clock() -> Instant:
    """Epoch milliseconds."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Clocks:
    """The one place where time comes in."""

    now: Callable[[], Instant] = wall_clock
    seconds: Callable[[], float] = time.monotonic


class App:
    """Everything that runs, wired together; `start` and `stop` for the daemon, `once` for a single round."""

    telling: Telling | None = None

    def __init__(self, config: Config, rules: RuleSet, clocks: Clocks | None = None) -> None:
        """Open the database and build the rest.

        :raises StoreError: the database cannot be used, or another process writes it.
        """
        self.config = config
        self.rules = rules
        self.clocks = clocks or Clocks()
        self.store = Store(config.database_url)
        self._blind_after = {channel.name: channel.blind_after for channel in config.channels}
        self.up_since = self.clocks.now()
        self.exporter = Exporter(self._snapshot, self.clocks.now, version("slamon"))
        self.figures = self._figures()
        self.config_file = ConfigFile(config.path, self.clocks.seconds)
        self.exporter.configured(self.config_file.version, self.up_since, self.config_file.changed_lately)
        expiries = ExpiryNotices(self.store, default_readers(self.config.notify), self.clocks.now)
        self.last_errors = LastErrors()
        self._listeners = (EventLog(), self.exporter.hear, expiries, self.last_errors)
        self.channels = self._channels()
        self.pollers = self.channels.pollers
        self.telling = self._telling()
        self.notifier, self.audiences = self.telling.notifier, self.telling.audiences
        self.dispatcher, self.relay = self.telling.dispatcher, self.telling.relay
        self.acting, self.occasions, self.line = self.telling.acting, self.telling.occasions, self.telling.line
        self.evaluator = self._evaluator()
        self._sweeping = threading.Lock()
        self.scheduler = Scheduler(self._work(), self.clocks.now, self.clocks.seconds, self.hear)
        self.reloader = self._reloader()
        self.web = web_server(config, self._served())
        door = Door(self.acting, "command")
        self.control = ControlServer(
            socket_path(config),
            {
                "status": self.status,
                "reload": lambda: self._reload("command"),
                "no-reply-undo": self.undo_no_reply,
                "act": door.act,
                "undo": door.undo,
            },
        )
        self._expect()
        self.exporter.begin()

    def start(self) -> None:
        """Serve, take up what the last process left, and begin.

        :raises UsageError: the address to listen on is taken.
        """
        sys.setswitchinterval(SWITCH_INTERVAL)
        self.web.start()
        self.control.start()
        self._take_up()
        self.scheduler.start()
        self.reloader.start()
        if self.line:
            self.line.start()

    def stop(self) -> None:
        """End within seconds, whatever hangs; nothing is lost."""
        if self.line:
            self.line.stop()
        self.reloader.stop()
        self.scheduler.stop()
        self.control.stop()
        self.web.stop(1.0)
        self.channels.close()
        self.store.close()

    def once(self) -> dict[str, str]:
        """One poll of each channel, one sweep with its checks, one dispatch; :returns: outcomes by channel."""
        self._take_up()
        self.reloader.finish()
        outcomes = {name: poller.poll() for name, poller in self.pollers.items()}
        asked: dict[str, list[int]] = {}
        self.evaluator.recheck = lambda channel, waits: asked.setdefault(channel, []).extend(waits)
        self._sweep_all()
        for channel, waits in asked.items():
            self.pollers[channel].recheck(waits)
        self._stop_looking()
        self._sweep_all()
        self.occasions.look()
        if self.dispatcher:
            for destination, (letters, stale) in (work for _ in range(2) for work in self.dispatcher.ready().items()):
                self.dispatcher.serve(destination, letters, stale)  # what a digest lists goes once that one spoke
        if self.relay:
            self.relay.step()
        return outcomes

    def sweep(self) -> Instant | None:
        """Decide what is due, or some of it; :returns: when there is something to decide next."""
        with self._sweeping:
            self.evaluator.sweep(self.rules, self.clocks.now, self.clocks.seconds)
        return self.store.next_at()

    def _stop_looking(self) -> None:
        """In a round of `once` no further look follows: what could not be verified is told as that."""
        evaluator = self.evaluator
        evaluator.recheck = lambda _channel, _waits: None
        evaluator.watches = {name: replace(watch, verify_within=0) for name, watch in evaluator.watches.items()}
        with self.store.write() as tx:
            reopen_questions(tx, self.clocks.now())

    def _sweep_all(self) -> None:
        while (following := self.sweep()) is not None and following <= self.clocks.now():
            pass

    def health(self) -> Health:
        """Whether the sweep beats, and whether everything is in place."""
        silent = self.scheduler.silent()
        untried = [name for name, poller in self.pollers.items() if not poller.tried]
        reasons = [f"{silent}: no beat for too long"] if silent else []
        reasons += [] if self.scheduler.beats.store_ok else ["the database refuses"]
        reasons += [f"{name}: not read yet" for name in untried[:10]]
        return Health(not silent, not reasons, tuple(reasons))

    def tried(self) -> bool:
        """Whether each channel was read once, well or not."""
        return all(poller.tried for poller in self.pollers.values())

    def status(self) -> dict[str, object]:
        """What `slamon status` shows."""
        health = self.health()
        channels = self._snapshot().channels
        with self.store.read() as tx:
            refused = bool(rulesets.refused(tx))
        return {
            "version": version("slamon"),
            "pid": os.getpid(),
            "address": self.web.address,
            "url": self.web.url,
            "rules": self.rules.version,
            "rules_refused": refused,
            "ready": health.ready,
            "reasons": list(health.reasons),
            "channels": [{"name": c.name, "read_at": _iso(c.read_at), "blind": c.blind} for c in channels],
            "slack_socket": {name: _iso(at) for name, at in self.line.state().items()} if self.line else None,
        }

    def undo_no_reply(self, messages: Sequence[str], channel: str | None = None, by: str = "") -> Mapping[str, object]:
        """What `slamon no-reply --undo` asks for."""
        undone = undo(self.store, self.rules, Asked(messages, channel, by), self.clocks.now())
        self._wake()
        return undone.plain()

    def hear(self, event: Event) -> None:
        """Hand an event to every listener."""
        for listener in self._listeners:
            listener(event)
        if self.telling and self.telling.relay:
            self.telling.relay.hear(event)

    # --- wiring

    def _take_up(self) -> None:
        now = self.clocks.now()
        settle = self.dispatcher.settle if self.dispatcher else 0
        self.store.recover(settle, now)
        self.reloader.take_up()

    def _channels(self) -> Channels:
        clocks = self.clocks
        around = Around(
            self.config.base,
            self.store,
            StoreVault(self.store),
            lambda: self.rules,
            clocks.now,
            clocks.seconds,
            self.hear,
            self._wake,
        )
        channels = Channels(around)
        channels.add_all(self.config.channels)
        return channels

    # The scheduler is built last, of all that wakes it.

    def _wake(self) -> None:
        self.scheduler.wake()

    def _check(self, channel: str, waits: Sequence[int]) -> None:
        self.scheduler.check(channel, waits)

    def _telling(self) -> Telling:
        clocks = self.clocks
        return Telling(
            self.config,
            Surroundings(
                self.store,
                clocks.now,
                clocks.seconds,
                lambda: self.rules,
                self.hear,
                self._wake,
                self.up_since,
                self.tried,
                lambda name: self.pollers[name].barred,
                self.last_errors,
            ),
        )

    def _served(self) -> Served:
        labels = {channel.name: channel.labels for channel in self.config.channels}
        reading = Reading(
            self.store, lambda: self.rules, self.clocks.now, self._snapshot, self.audiences.keys(), labels
        )
        return Served(
            self.exporter.render, self.health, self._reload, reading, self.acting, self.clocks.seconds, self._blind
        )

    def _evaluator(self) -> Evaluator:
        watches = {
            channel.name: Watch(channel.verify_within, self.pollers[channel.name].connector.visible_after)
            for channel in self.config.channels
        }
        return Evaluator(
            self.store,
            watches,
            self.audiences,
            up_since=self.up_since,
            recheck=self._check,
            hear=self.hear,
        )

    def _work(self) -> Work:
        return Work(
            pollers={channel.name: (self.pollers[channel.name], channel.every) for channel in self.config.channels},
            rechecks={name: Rechecks(poller) for name, poller in self.pollers.items()},
            sweep=self.sweep,
            dispatcher=self.dispatcher,
            reconcile=self.store.reconcile,
            retain=self.channels.retain,
            occasions=self.occasions.look,
            figures=self.figures.renew,
            relay=self.relay.step if self.relay else None,
        )

    # --- rules

    def _reload(self, reason: str = "http") -> Mapping[str, object]:
        return self.reloader.reload(reason).plain()

    def _reloader(self) -> Reloader:
        config, facts = self.config, channel_facts(self.config)
        audiences = config.notify.audiences

        def read() -> RuleSet:
            if not config.rules.is_dir() and self.rules.files:
                raise UsageError(f"there is no folder {config.rules}")
            return load_rules(config.rules, facts, audiences, self.rules.patience)

        return Reloader(
            self.store,
            World(
                now=self.clocks.now,
                seconds=self.clocks.seconds,
                hear=self.hear,
                folder=config.rules,
                read=read,
                rebuild=lambda files: load_files(files, None, audiences),
                in_force=lambda: self.rules,
                swap=self._swap,
                swept=self._swept,
                wake=self._wake,
                channels={name: poller.row.id for name, poller in self.pollers.items()},
                readers=default_readers(config.notify),
                config_changed=self.config_file.changed,
            ),
        )

    def _swap(self, rules: RuleSet) -> None:
        self.rules = rules
        self._expect()

    def _swept(self) -> None:
        """Wait for the sweep that is under way: it may still decide by earlier rules."""
        with self._sweeping:
            pass

    # --- what is seen

    def _figures(self) -> Figures:
        def aims() -> Mapping[tuple[str, str], Aim]:
            return expected.aims(self.rules, self._platforms())

        return Figures(self.store, aims, self.clocks.now, self.clocks.seconds, self.exporter.failed)

    def _snapshot(self) -> Snapshot:
        found = self.store.snapshot(self._blind_after, self.clocks.now())
        given_up = self.rules.patience.timeouts if self.rules.patience else 0
        channels = [self._seen(channel) for channel in found.channels]
        recent, ahead = self.figures.recent, self.figures.ahead
        return replace(found, channels=channels, pattern_timeouts=given_up, recent=recent, ahead=ahead)

    def _blind(self, channel: SeenChannel, now: Instant) -> bool | None:
        poller = self.pollers.get(channel.name)
        if poller is None:
            return None
        return poller.barred or too_old(channel.read_at, self._blind_after[channel.name], now)

    def _seen(self, channel: ChannelSnapshot) -> ChannelSnapshot:
        """A channel that is known to be refused is blind at once, however fresh its last read."""
        return replace(channel, blind=channel.blind or self.pollers[channel.name].barred)

    def _expect(self) -> None:
        notifier = self.notifier.name if self.notifier else ""
        expected.expect(self.exporter, self.config, self.rules, self._platforms(), notifier)

    def _platforms(self) -> Mapping[str, str]:
        return {name: poller.connector.platform for name, poller in self.pollers.items()}


def _iso(at: Instant | None) -> str | None:
    return None if at is None else datetime.fromtimestamp(at / 1_000, UTC).isoformat(timespec="seconds")
