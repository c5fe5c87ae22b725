"""`slamon simulate --rules DIR [FILE]`: a history under candidate rules against those of today. Writes nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from slamon.cli._history import judged_at, progress, rules_in
from slamon.cli._options import json_option

if TYPE_CHECKING:
    from slamon.model import Instant
    from slamon.simulate import Simulated
    from slamon.sla.policy import RuleSet

A_PATH = click.Path(path_type=Path)
CONFIG = Path("config.yaml")


@click.command("simulate")
@click.argument("file", type=A_PATH, required=False)
@click.option("--rules", "folder", type=A_PATH, metavar="DIR", required=True, help="The folder of candidate rules.")
@click.option("--against", type=A_PATH, metavar="DIR", help="Rules to compare with, instead of today's.")
@click.option(
    "--config",
    type=A_PATH,
    metavar="FILE",
    help="The configuration, whose rules are today's: config.yaml; for a recorded history, none.",
)
@click.option("--at", metavar="TIME", help="The instant to judge at, in ISO 8601 with a zone.")
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="At most so many changed waits."
)
@json_option
def command(  # noqa: PLR0913 - one parameter for each option
    file: Path | None,
    folder: Path,
    against: Path | None,
    config: Path | None,
    at: str | None,
    limit: int,
    *,
    as_json: bool,
) -> None:
    """Try candidate rules on the stored history, or on the messages in FILE (JSONL or CSV).

    Prints shares before and after by channel and target, and which waits are judged otherwise, most important first.
    Without --config and --against, a recorded history is compared with one hour around the clock. Nothing is written.

    Exit code 0: simulated, whatever changes; 1: faults in the rules, the configuration or FILE; 2: one of them cannot
    be read, or there is no database.
    """
    instant = judged_at(at)
    if file is None:
        result = _stored(config or CONFIG, folder, against, instant, limit)
    else:
        result = _recorded(file, (folder, against, config), instant, limit)
    if as_json:
        from slamon.cli._simulate_json import as_data

        click.echo(json.dumps(as_data(result), indent=2, ensure_ascii=False))
    else:
        from slamon.cli._simulate_table import table

        click.echo(table(result))


def _stored(config: Path, folder: Path, against: Path | None, at: Instant | None, limit: int) -> Simulated:
    from slamon.app import wall_clock
    from slamon.loading import load
    from slamon.simulate import simulate, stored
    from slamon.store.store import Store

    loaded, candidate = load(config, folder, unsealed=False)
    _, today = load(config, against, unsealed=False)
    now = wall_clock() if at is None else at
    store = Store(loaded.database_url, write=False)
    try:
        with progress("judging") as show:
            said = stored(store, {channel.name for channel in loaded.channels}, now, show)
            return simulate(said, today, candidate, now, limit)
    finally:
        store.close()


def _recorded(file: Path, rules: tuple[Path, Path | None, Path | None], at: Instant | None, limit: int) -> Simulated:
    from slamon.history.recorded import read_history
    from slamon.simulate import recorded, simulate

    folder, against, config = rules
    candidate, today = rules_in(folder), _today(against, config)
    with progress("reading") as show:
        history = read_history(file, at, show)
    return simulate(recorded(history), today, candidate, history.judged_at or 0, limit)


def _today(against: Path | None, config: Path | None) -> RuleSet:
    if config is None or against is not None:
        return rules_in(against, "--against")
    from slamon.loading import load

    return load(config, unsealed=False)[1]
