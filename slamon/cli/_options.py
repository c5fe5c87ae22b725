"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from slamon.config import Config
    from slamon.sla.policy import RuleSet
    from slamon.store.store import Store

    F = TypeVar("F", bound=Callable[..., object])


def config_option(function: F) -> F:
    """`--config FILE`."""
    return click.option(
        "--config",
        type=click.Path(path_type=Path),
        default=Path("config.yaml"),
        show_default=True,
        help="The configuration file.",
    )(function)


def json_option(function: F) -> F:
    """`--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")(function)


def log_level_option(function: F) -> F:
    """`--log-level`."""
    levels = click.Choice(["debug", "info", "warning", "error"])
    return click.option("--log-level", type=levels, default="info", show_default=True, help="How much to log.")(
        function
    )


def configured(path: Path) -> Config:
    """The configuration alone: while the rules on disk have faults, the daemon can be asked and its waits be seen.

    :raises SlamonError: it cannot be read or has faults.
    """
    from slamon.config import read_config
    from slamon.errors import FaultsError
    from slamon.loading import connector_infos

    reading = read_config(path, connector_infos(), unsealed=False)
    if reading.faults:
        raise FaultsError(reading.faults)
    return reading.config


def stored(path: Path) -> Store:
    """The store to read from, whatever the rules on disk are.

    :raises SlamonError: the configuration or the database cannot be used.
    """
    from slamon.store.store import Store

    return Store(configured(path).database_url, write=False)


def opened(path: Path) -> tuple[Config, RuleSet, Store]:
    """Configuration, rules, and the store to read from.

    :raises SlamonError: one of them cannot be used; the text says which and what to do.
    """
    from slamon.loading import load
    from slamon.store.store import Store

    config, rules = load(path, unsealed=False)
    return config, rules, Store(config.database_url, write=False)
