"""`slamon test-rules`: plays the cases that admins wrote for their rules, and says what came otherwise."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from slamon.cli._options import json_option

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from slamon.ruletests import Progress, Report, Setting

PATH = click.Path(path_type=Path)


@click.command("test-rules")
@click.argument("files", nargs=-1, type=PATH)
@click.option(
    "--rules", type=PATH, metavar="DIR", help="The rules; left out, those of the configuration, else `rules`."
)
@click.option(
    "--config", type=PATH, metavar="FILE", help="The configuration, to check names of channels and audiences."
)
@click.option("--junit", type=PATH, metavar="FILE", help="Write the results as JUnit XML, for CI, into this file.")
@click.option("-k", "word", default="", metavar="WORD", help="Only cases whose name contains this.")
@json_option
def command(
    files: tuple[Path, ...],
    rules: Path | None,
    config: Path | None,
    junit: Path | None,
    word: str,
    *,
    as_json: bool,
) -> None:
    """Try the rules: play each case in FILES, by default those in the folder tests of the rules.

    Exit code 0: all is as expected; 1: something is not, or faults; 2: no such file or folder, or no case.
    """
    from slamon.cli._test_report import as_data, as_junit, as_lines
    from slamon.logs import escape
    from slamon.ruletests import expanded, files_in, run

    named = expanded(files)
    folder, setting = _setting(rules, config, named)
    with _progress() as progress:
        report = run(named if files else files_in(folder), setting, word, progress)
    if junit is not None:
        junit.write_bytes(as_junit(report))
    if as_json:
        click.echo(json.dumps(as_data(report), indent=2, ensure_ascii=False))
    else:
        _complain(report)
        click.echo("\n".join(escape(line) for line in as_lines(report)))
    sys.exit(0 if report.good else 1)


def _setting(rules: Path | None, config: Path | None, files: Sequence[Path]) -> tuple[Path, Setting]:
    """The folder of the rules, and the rules with what a configuration says.

    :raises FaultsError: all faults of configuration, rules and cases.
    """
    from slamon.errors import FaultsError, UsageError
    from slamon.ruletests import faults_in, files_in

    folder = rules or (Path("rules") if config is None else None)
    if folder is not None and not folder.is_dir():
        raise UsageError(f"there is no folder {folder}: name the one of your rules by --rules DIR")
    try:
        setting = _plain(folder) if folder and config is None else _configured(config or Path(), rules)
    except FaultsError as error:
        paths = files or (files_in(folder) if folder else ())
        raise FaultsError([*error.faults, *faults_in(paths, folder or Path())]) from None
    return setting.folder, setting


def _plain(folder: Path) -> Setting:
    from slamon.rules import load_rules
    from slamon.ruletests import Setting

    return Setting(folder, load_rules(folder))


def _configured(config: Path, rules: Path | None) -> Setting:
    from slamon.checks import check
    from slamon.errors import FaultsError
    from slamon.loading import channel_facts, connector_infos
    from slamon.ruletests import DEFAULT_AUDIENCE, Setting

    checked = check(config, rules, connector_infos(), channel_facts, unsealed=False)
    found = checked.config
    if found is None or checked.rules is None:
        raise FaultsError(list(checked.faults))
    audiences = found.notify.audiences
    default = next((name for name, audience in audiences.items() if audience.default), DEFAULT_AUDIENCE)
    return Setting(rules or found.rules, checked.rules, channel_facts(found), audiences, default)


def _complain(report: Report) -> None:
    """Faults of cases that could not be played, one a line."""
    from slamon.logs import escape

    for fault in report.faults:
        click.echo(escape(str(fault)), err=True)


@contextmanager
def _progress() -> Iterator[Progress | None]:
    """A bar on the terminal; nothing where nobody watches."""
    if not sys.stderr.isatty():
        yield None
        return
    with click.progressbar(length=1, label="trying", file=sys.stderr) as bar:

        def show(done: int, cases: int) -> None:
            bar.length = cases
            bar.update(done - bar.pos)

        yield show
