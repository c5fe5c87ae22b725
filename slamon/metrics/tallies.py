"""What events add up to since the process started. Plain numbers under one lock: a scrape never sees half an event."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace
from itertools import product
from threading import RLock
from typing import TYPE_CHECKING, Any

from slamon.errors import Verdict
from slamon.events import (
    ActionTaken,
    AlertSent,
    ApiCalled,
    CredentialSeen,
    MessagesSkipped,
    PollEnded,
    PollsPaced,
    QuotaSeen,
    Relayed,
    RulesLoaded,
    RulesReloaded,
    SocketChanged,
    SweepEnded,
)
from slamon.metrics import catalogue_heard as m
from slamon.metrics.readings import OTHER, Bins
from slamon.notifiers.base import Outcome
from slamon.sla.handling import Verb

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from slamon.events import Event
    from slamon.metrics.family import Family
    from slamon.metrics.readings import Fold, Labels, Readings
    from slamon.model import Instant

POLL_PURPOSES = ("poll", "recheck")
POLL_FAILURES = ("partial", *(verdict.value for verdict in Verdict), "fault")
POLL_MESSAGES = ("new", "changed", "known", "rejected", "gone")
SEND_PURPOSES = ("post", "reply", "edit", "notice")
ACTIONS = (*(verb.value for verb in Verb), "undo")
VIAS = ("button", "reaction", "command", "http")
ROUTES = ("alertmanager", "webhook")
SENT = "sent"
SUPERSEDED = "superseded"


class Tallies:
    """Counters, gauges and histograms by family and labels. Safe from any thread."""

    def __init__(self, now: Callable[[], Instant]) -> None:
        self._now = now
        self._lock = RLock()
        self._channels: set[str] = set()
        self._folded: frozenset[str] = frozenset()
        self._values: dict[Family, dict[Labels, float]] = {}
        self._bins: dict[Family, dict[Labels, Bins]] = {}
        for family in (m.SWEEPS, m.SWEEP_FAILURES, m.RELOADS, m.RELOAD_FAILURES, m.FOLDED, m.COLLECTOR_FAILURES):
            self.add(family, by=0)
        for verb, via in product(ACTIONS, VIAS):
            self.add(m.ACTIONS, verb, via, by=0)
        for route, outcome in product(ROUTES, (SENT, *Outcome)):
            self.add(m.RELAYED, route, outcome, by=0)
        self._bin(m.SWEEP_SECONDS, ())
        self._counted: dict[type[Any], Callable[[Any], None]] = {
            ApiCalled: self._api,
            PollEnded: self._poll,
            QuotaSeen: self._quota,
            MessagesSkipped: self._skipped,
            PollsPaced: self._paced,
            CredentialSeen: self._credential,
            SweepEnded: self._sweep,
            AlertSent: self._alert,
            ActionTaken: self._action,
            Relayed: self._relayed,
            SocketChanged: lambda event: self.put(m.SLACK_CONNECTED, value=int(event.connected)),
            RulesLoaded: self._rules,
            RulesReloaded: self._reload,
        }

    def hear(self, event: Event) -> None:
        """Count `event`; one of a channel that is not, or no longer, expected counts nowhere."""
        count: Callable[[Any], None] | None = self._counted.get(type(event))
        channel: str | None = getattr(event, "channel", None)
        with self._lock:
            if count and (channel is None or channel in self._channels):
                if channel in self._folded:
                    event = replace(event, channel=OTHER)  # type: ignore[arg-type] # events of a channel have one
                count(event)

    def read(self) -> Readings:
        """A copy of everything, taken at one instant."""
        readings: Readings = {family: {} for family in m.HEARD}
        with self._lock:
            for family, values in self._values.items():
                readings[family] = {**values}
            for family, bins in self._bins.items():
                readings[family] = {labels: Bins([*old.counts], old.sum) for labels, old in bins.items()}
        return readings

    def fold(self, fold: Fold) -> None:
        """From now on, keep what is folded as one: a scrape must not merge ten thousand channels each time."""
        with self._lock:
            self._folded = frozenset(fold.folded)
            for family, values in self._values.items():
                merged = fold.merged(family, {**values})
                self._values[family] = {key: value for key, value in merged.items() if not isinstance(value, Bins)}

    def add(self, family: Family, *labels: str, by: float = 1) -> None:
        """Let a counter grow; by 0 to make it exist."""
        with self._lock:
            values = self._values.setdefault(family, {})
            values[labels] = values.get(labels, 0) + by

    def put(self, family: Family, *labels: str, value: float) -> None:
        """Set a gauge."""
        with self._lock:
            self._values.setdefault(family, {})[labels] = value

    def observe(self, family: Family, *labels: str, seconds: float) -> None:
        """Let a histogram grow by one."""
        with self._lock:
            bins = self._bin(family, labels)
            bins.counts[bisect_left(family.buckets, seconds)] += 1
            bins.sum += seconds

    def configured(self, version: str, at: Instant) -> None:
        """The configuration that runs, and when it was loaded."""
        self.put(m.CONFIG_INFO, version, value=1)
        self.put(m.CONFIG_LOADED, value=at / 1_000)

    def expect_channels(self, channels: Mapping[str, str]) -> None:
        """Let every series of these channels (name to platform) stand at 0; drop the series of all others."""
        with self._lock:
            self._channels = set(channels)
            self._drop_unexpected()
            for channel, platform in channels.items():
                if channel not in self._folded:
                    self._expect_channel(channel, platform)

    def expect_alerts(self, destinations: Iterable[tuple[str, str]]) -> None:
        """Let every series of these (notifier, audience) stand at 0."""
        with self._lock:
            for where in destinations:
                self._bin(m.LATENESS, where)
                self.add(m.SUPERSEDED, *where, by=0)
                for purpose in SEND_PURPOSES:
                    self.add(m.SENDS, *where, purpose, by=0)
                for purpose, outcome in product(SEND_PURPOSES, Outcome):
                    self.add(m.SEND_FAILURES, *where, purpose, outcome.value, by=0)

    def _expect_channel(self, channel: str, platform: str) -> None:
        for purpose in POLL_PURPOSES:
            self._bin(m.POLL_SECONDS, (platform, purpose))
            self.add(m.POLLS, channel, purpose, by=0)
        for purpose, outcome in product(POLL_PURPOSES, POLL_FAILURES):
            self.add(m.POLL_FAILURES, channel, purpose, outcome, by=0)
        for outcome in POLL_MESSAGES:
            self.add(m.POLL_MESSAGES, channel, outcome, by=0)

    def _api(self, event: ApiCalled) -> None:
        self.add(m.API_CALLS, event.channel, event.endpoint, event.code)
        self.observe(m.API_SECONDS, event.platform, event.endpoint, seconds=event.seconds)
        if event.spend:
            self.add(m.SPEND, event.channel, event.endpoint, by=event.spend / 1_000_000)
        if event.clock_skew is not None:
            self.put(m.CLOCK_SKEW, event.platform, value=event.clock_skew / 1_000)

    def _poll(self, event: PollEnded) -> None:
        self.add(m.POLLS, event.channel, event.purpose)
        if event.outcome != "ok":
            self.add(m.POLL_FAILURES, event.channel, event.purpose, event.outcome)
        self.observe(m.POLL_SECONDS, event.platform, event.purpose, seconds=event.seconds)
        for outcome in POLL_MESSAGES:
            self.add(m.POLL_MESSAGES, event.channel, outcome, by=getattr(event, outcome))

    def _quota(self, event: QuotaSeen) -> None:
        where = event.channel, event.endpoint
        self.put(m.QUOTA_LIMIT, *where, value=event.limit)
        self.put(m.QUOTA_REMAINING, *where, value=event.remaining)
        self.put(m.QUOTA_RESET, *where, value=event.resets_at / 1_000)

    def _skipped(self, event: MessagesSkipped) -> None:
        self.add(m.SKIPPED, event.channel, event.reason, by=event.count)

    def _paced(self, event: PollsPaced) -> None:
        self.put(m.POLL_INTERVAL, event.channel, value=event.interval / 1_000)

    def _credential(self, event: CredentialSeen) -> None:
        if event.renewed:  # whoever looks at it would be alarmed every few hours
            return
        self.put(m.CREDENTIAL_EXPIRES, event.channel, event.credential, value=event.expires_at / 1_000)

    def _sweep(self, event: SweepEnded) -> None:
        self.add(m.SWEEPS)
        self.add(m.SWEEP_FAILURES, by=event.outcome != "ok")
        self.observe(m.SWEEP_SECONDS, seconds=event.seconds)
        self.put(m.LAST_SWEEP, value=self._now() / 1_000)

    def _alert(self, event: AlertSent) -> None:
        where = event.notifier, event.audience
        if event.outcome == SUPERSEDED:
            self.add(m.SUPERSEDED, *where)
            return
        self.add(m.SENDS, *where, event.purpose)
        if event.outcome != SENT:
            self.add(m.SEND_FAILURES, *where, event.purpose, event.outcome)
        if event.lateness is not None:
            self.observe(m.LATENESS, *where, seconds=event.lateness / 1_000)

    def _action(self, event: ActionTaken) -> None:
        self.add(m.ACTIONS, event.verb, event.via)

    def _relayed(self, event: Relayed) -> None:
        self.add(m.RELAYED, event.notifier, event.outcome)

    def _rules(self, event: RulesLoaded) -> None:
        self._values[m.RULES_INFO] = {(event.version,): 1}
        self._values[m.RULES_LOADED] = {(): event.at / 1_000}
        self.put(m.RELOAD_OK, value=1)

    def _reload(self, event: RulesReloaded) -> None:
        good = event.outcome in {"loaded", "unchanged"}
        self.add(m.RELOADS)
        self.add(m.RELOAD_FAILURES, by=not good)
        self.put(m.RELOAD_OK, value=good)

    def _bin(self, family: Family, labels: Labels) -> Bins:
        return self._bins.setdefault(family, {}).setdefault(labels, Bins([0] * (len(family.buckets) + 1)))

    def _drop_unexpected(self) -> None:
        for family, values in self._values.items():
            if "channel" in family.labels:
                at = family.labels.index("channel")
                kept = self._channels | {OTHER}
                self._values[family] = {key: value for key, value in values.items() if key[at] in kept}
