"""Try a channel's credentials by real reads, and say what is missing. Writes nothing but a token it had to renew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from slamon.connectors import found
from slamon.connectors.base import Context, Finding, Proof
from slamon.errors import PlatformError, StoreError, UsageError
from slamon.model import DAY
from slamon.store.vault import BorrowedVault

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from slamon.config import ChannelConfig, Config
    from slamon.connectors.base import Connector, Expiry, Quota
    from slamon.model import Instant

GOOD = frozenset({Proof.OK, Proof.UNKNOWN})


@dataclass(frozen=True, slots=True)
class Probed:
    """What was found out about a channel."""

    channel: str
    platform: str
    findings: Sequence[Finding]
    expiries: Sequence[Expiry]
    quotas: Sequence[Quota]

    @property
    def good(self) -> bool:
        """Nothing is missing, as far as the platform tells."""
        return all(finding.proof in GOOD for finding in self.findings)


def probe(config: Config, name: str, now: Callable[[], Instant]) -> Probed:
    """Read a little of everything that the channel needs.

    :raises UsageError: there is no such channel.
    """
    channel = _channel(config, name)
    kind = found()[channel.connector]
    connector = kind(
        channel.settings, Context(name, now, DAY, base=config.base, vault=BorrowedVault(config.database_url))
    )
    try:
        return Probed(name, kind.platform, _findings(connector), _expiries(connector), connector.quotas())
    finally:
        connector.close()


def _channel(config: Config, name: str) -> ChannelConfig:
    channels = {channel.name: channel for channel in config.channels}
    if name not in channels:
        raise UsageError(f"there is no channel {name}; the configuration has {', '.join(sorted(channels))}")
    return channels[name]


def _findings(connector: Connector) -> Sequence[Finding]:
    name = connector.permissions[0].name if connector.permissions else "read"
    try:
        return tuple(connector.probe())
    except (PlatformError, StoreError) as error:
        # A renewal that the running daemon is to make, or one that was refused.
        return (Finding(name, Proof.FAILED, str(error)),)


def _expiries(connector: Connector) -> Sequence[Expiry]:
    try:
        return tuple(connector.expiries())
    except (PlatformError, StoreError):
        return ()
