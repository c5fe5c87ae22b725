"""`slamon schema`: what may stand in the YAML files, as JSON Schema, so that editors complete and underline."""

from __future__ import annotations

from pathlib import Path

import click

PLACES = {
    "config": ("config.yaml", ""),
    "rules": ("rules/CHANNEL.yaml", "../"),
    "calendars": ("rules/calendars.yaml", "../"),
    "words": ("rules/words.yaml", "../"),
    "tests": ("rules/tests/*.yaml", "../../"),
}
"""Each kind of file, where it stands, and the way from there to the folder of config.yaml."""
LINE = "# yaml-language-server: $schema="
"""The first line of a YAML file by which editors find its schema."""


@click.command("schema")
@click.argument("name", type=click.Choice(list(PLACES)), required=False)
@click.option("--write", type=click.Path(path_type=Path), metavar="DIR", help="Write a file each into this folder.")
def command(name: str | None, write: Path | None) -> None:
    """Print the JSON Schema of one kind of file, or of all by name: with it, editors complete and underline.

    NAME is `config`, `rules` (a channel's file), `calendars`, `words` or `tests` (files of rules/tests). With --write,
    print for each kind of file the line by which editors find its schema, as seen from beside config.yaml.

    Exit code 0: printed or written; 2: the folder cannot be written.
    """
    from slamon.schema import FILES, as_text, schemas

    every = schemas()
    if write is None:
        click.echo(as_text(every[name] if name else every), nl=False)
        return
    write.mkdir(parents=True, exist_ok=True)
    for each in [name] if name else PLACES:
        path = write / FILES[each]
        path.write_text(as_text(every[each]), encoding="utf-8")
        place, way = PLACES[each]
        click.echo(f"{place + ':':21} {LINE}{'' if path.is_absolute() else way}{path.as_posix()}")
