"""Configuration and rules as the connectors found let them be: checked, frozen, ready to be wired."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from slamon.checks import check
from slamon.config import ConnectorInfo
from slamon.connectors import found
from slamon.errors import FaultsError
from slamon.rules import ChannelFacts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.config import Config
    from slamon.sla.policy import RuleSet


class _Infos(Mapping[str, ConnectorInfo]):
    """What the configuration must know of each connector; asks no connector that is not configured."""

    def __getitem__(self, name: str) -> ConnectorInfo:
        connector = found()[name]
        return ConnectorInfo(
            connector.Settings,
            connector.default_every,
            connector.least_every,
            connector.keeps_texts,
            connector.keeps_names,
        )

    def __iter__(self) -> Iterator[str]:
        return iter(found())

    def __len__(self) -> int:
        return len(found())


def connector_infos() -> Mapping[str, ConnectorInfo]:
    """What the configuration must know of each connector."""
    return _Infos()


def channel_facts(config: Config) -> Mapping[str, ChannelFacts]:
    """What rules must know of each channel."""
    connectors = found()
    facts = {}
    for channel in config.channels:
        connector = connectors[channel.connector]
        facts[channel.name] = ChannelFacts(connector.platform, connector.delivers, connector.kinds)
    return facts


def load(path: Path, rules: Path | None = None, *, unsealed: bool = True) -> tuple[Config, RuleSet]:
    """Read configuration and rules; without `unsealed` the tokens are left where they are, for who only reads.

    :raises FaultsError: all faults of both.
    :raises UsageError: a file cannot be read.
    """
    checked = check(path, rules, connector_infos(), channel_facts, unsealed=unsealed)
    if checked.config is None or checked.rules is None:
        raise FaultsError(list(checked.faults))
    return checked.config, checked.rules


def socket_path(config: Config) -> Path:
    """Where the daemon listens for commands: beside a SQLite file, else beside the configuration."""
    prefix = "sqlite:///"
    url = config.database_url
    return Path(url.removeprefix(prefix) + ".sock") if url.startswith(prefix) else config.base / "slamon.sock"
