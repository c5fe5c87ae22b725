"""The configured channels, each with its connector and its poller, over what they share."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from slamon.connectors import found
from slamon.connectors.base import Context
from slamon.connectors.http import Sessions
from slamon.events import ApiCalled
from slamon.model import MINUTE
from slamon.poller import ChannelPoller, Surroundings
from slamon.spending import Budgets

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from slamon.config import ChannelConfig
    from slamon.connectors._vault import Vault
    from slamon.connectors.base import Call, Connector
    from slamon.events import Listener
    from slamon.model import Instant, Millis
    from slamon.sla.policy import RuleSet
    from slamon.store.store import Store


AHEAD: Millis = 10 * MINUTE
"""What would be kept too long when it is looked for again is dropped now."""


@dataclass(frozen=True, slots=True)
class Around:
    """What every channel of a process is given."""

    base: Path
    """The folder of the configuration file."""
    store: Store
    vault: Vault
    rules: Callable[[], RuleSet]
    now: Callable[[], Instant]
    seconds: Callable[[], float]
    hear: Listener
    wake: Callable[[], None]


@dataclass(slots=True)
class Channels:
    """All channels; connections and budgets are shared between them."""

    around: Around
    pollers: dict[str, ChannelPoller] = field(default_factory=dict)
    _configured: list[ChannelConfig] = field(default_factory=list)
    _sessions: Sessions = field(default_factory=Sessions)
    _budgets: Budgets = field(default_factory=Budgets)

    def add_all(self, channels: Sequence[ChannelConfig]) -> None:
        """Make the pollers of these channels."""
        self.around.store.register_all([(each.name, found()[each.connector].platform) for each in channels])
        for channel in channels:
            self._add(channel)

    def _add(self, channel: ChannelConfig) -> None:
        around = self.around
        shared = self._budgets
        world = Surroundings(around.now, around.seconds, around.hear, around.wake, shared, channel.blind_after)
        connector = self._connector(channel)
        poller = ChannelPoller(channel.name, connector, around.store, around.rules, world, channel.every)
        self.pollers[channel.name] = poller
        self._configured.append(channel)

    def retain(self) -> None:
        """Drop what customers wrote, and their names, where the time for which they may be kept is over.

        :raises StoreError: they could not be dropped.
        """
        now = self.around.now() + AHEAD
        for channel in self._configured:
            texts, names = (span and now - span for span in (channel.keep_texts, channel.keep_names))
            if texts or names:
                self.around.store.retain(self.pollers[channel.name].row.id, texts, names)

    def close(self) -> None:
        """Give back what connectors hold."""
        for poller in self.pollers.values():
            with suppress(Exception):
                poller.connector.close()
        self._sessions.close()

    def _connector(self, channel: ChannelConfig) -> Connector:
        around, connector = self.around, found()[channel.connector]

        def heard(call: Call) -> None:
            self.pollers[channel.name].called(call)
            around.hear(
                ApiCalled(
                    channel.name,
                    connector.platform,
                    call.endpoint,
                    call.code,
                    call.seconds,
                    call.clock_skew,
                    call.spend,
                )
            )

        lookback = around.rules().of(channel.name).lookback
        context = Context(channel.name, around.now, lookback, heard, around.base, around.vault, self._sessions)
        return connector(channel.settings, context)
