"""`slamon generate rules`: what Prometheus records and alerts on, made from the YAML."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from slamon.cli._options import config_option, json_option

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from slamon.promrules.files import File

A_FOLDER = click.Path(path_type=Path, file_okay=False)
GOOD, DIFFERENT = 0, 1
RUNBOOKS = "https://github.com/slamon/slamon/blob/main/docs/runbooks.md"
GRAFANA = "http://127.0.0.1:3000"


@click.group("generate")
def command() -> None:
    """Make files for other programs from config.yaml and rules/.

    Exit code 0: made; 1: faults in the YAML; 2: a file cannot be read or written.
    """


@command.command("rules")
@config_option
@click.option(
    "--out", type=A_FOLDER, metavar="DIR", help="Write both files into this folder, instead of printing them."
)
@click.option(
    "--check", type=A_FOLDER, metavar="DIR", help="Only compare the files in this folder with what they should be."
)
@click.option("--runbooks", metavar="URL", default=RUNBOOKS, show_default=True, help="The page that alerts link to.")
@click.option("--grafana", metavar="URL", default=GRAFANA, show_default=True, help="The Grafana that has the boards.")
@click.option("--job", metavar="NAME", default="slamon", show_default=True, help="slamon's scrape job in Prometheus.")
@json_option
def rules(  # noqa: PLR0913 - one parameter for each option
    config: Path, out: Path | None, check: Path | None, runbooks: str, grafana: str, job: str, *, as_json: bool
) -> None:
    """Make recording.rules.yml and alerting.rules.yml for Prometheus from the configuration and its rules.

    The shares of objectives, and how long silence may last, come from the YAML: make them again when that changes.
    With --check nothing is written, and each rule that differs is named: for a team's CI.

    Exit code 0: made, or as they should be; 1: faults in the YAML, or they differ; 2: a file cannot be read or written.
    """
    from slamon.loading import load
    from slamon.promrules import Links, basis_of, files

    if out and check:
        raise click.UsageError("--out writes and --check only compares: use one of them")
    made = files(basis_of(*load(config, unsealed=False)), Links(runbooks, grafana, job))
    if check:
        sys.exit(_compared(made, check))
    if out:
        _written(made, out)
    elif as_json:
        click.echo(json.dumps({file.name: file.data for file in made}, indent=2))
    else:
        click.echo("\n".join(f"# --- {file.name}\n{file.text}" for file in made), nl=False)


def _written(made: Sequence[File], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for file in made:
        (folder / file.name).write_text(file.text, encoding="utf-8")
        click.echo(folder / file.name)


def _compared(made: Sequence[File], folder: Path) -> int:
    found = [f"{folder / file.name}: {line}" for file in made for line in _differences(file, folder)]
    click.echo("\n".join(found) if found else f"the rules in {folder} are as they should be")
    return DIFFERENT if found else GOOD


def _differences(file: File, folder: Path) -> Iterator[str]:
    from slamon.promrules import differences
    from slamon.yamlfile import load

    if not (folder / file.name).is_file():
        yield "the file is missing"
        return
    yield from differences(file, load(folder / file.name).data)
