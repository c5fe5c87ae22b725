"""`slamon connectors`: which platforms can be watched, and what each one needs."""

from __future__ import annotations

import json
from textwrap import fill
from typing import TYPE_CHECKING, Any

import click

from slamon.cli._options import json_option

if TYPE_CHECKING:
    from slamon.connectors.base import Connector

WIDTH = 110


@click.command("connectors")
@click.argument("name", required=False)
@json_option
def command(name: str | None, *, as_json: bool) -> None:
    """List the platforms: what is read there, with which permissions, within which limits, how far back.

    With NAME, that connector alone.

    Exit code 0: printed; 2: there is no such connector.
    """
    from slamon.connectors import found
    from slamon.errors import UsageError
    from slamon.fields import did_you_mean

    known = found()
    if name is not None and name not in known:
        raise UsageError(f"there is no connector {name[:60]}; {did_you_mean(name, known) or ', '.join(known)}")
    chosen = [known[name]] if name is not None else list(known.values())
    if as_json:
        click.echo(json.dumps({"connectors": [_as_json(each) for each in chosen]}, indent=2, ensure_ascii=False))
    else:
        click.echo("\n\n".join(_text(each) for each in chosen))


def _as_json(connector: type[Connector]) -> dict[str, Any]:
    return {
        "name": connector.platform,
        "title": connector.title,
        "kinds": sorted(connector.kinds),
        "delivers": sorted(connector.delivers),
        "permissions": [
            {"name": each.name, "serves": each.serves, "where": each.where, "optional": each.optional}
            for each in connector.permissions
        ],
        "reach": connector.reach,
        "limits": connector.limits,
        "every_seconds": connector.default_every / 1_000,
        "least_every_seconds": connector.least_every / 1_000,
        "page": f"docs/connectors/{connector.platform}.md",
    }


def _text(connector: type[Connector]) -> str:
    lines = [f"{connector.platform}: {connector.title}", _line("reads", ", ".join(sorted(connector.kinds)))]
    for each in connector.permissions:
        needed = f"{each.name} (optional)" if each.optional else each.name
        lines.append(_line("needs", f"{needed}: {each.serves}. {each.where}"))
    lines += [_line("reach", connector.reach), _line("limits", connector.limits)]
    return "\n".join(lines)


def _line(head: str, text: str) -> str:
    return fill(f"{head:<7} {text}", WIDTH, initial_indent="  ", subsequent_indent=" " * 10)
