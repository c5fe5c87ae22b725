"""The commands as docs/commands.md lists them, made from the code.

`python tests/command_table.py` brings the page up to date.
"""

from __future__ import annotations

import inspect
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import click

from slamon.cli import COMMANDS, module

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = Path(__file__).resolve().parent.parent / "docs" / "commands.md"
BEGIN, END = "<!-- commands:begin -->", "<!-- commands:end -->"
WORDS = {"path": "PATH", "directory": "DIR", "integer": "N", "integer range": "N", "float range": "N", "text": "TEXT"}
"""What stands for a value in usage, by click's name of its type."""


def command(name: str) -> click.Command:
    """The command of that name."""
    found = import_module(f"slamon.cli.{module(name)}").command
    assert isinstance(found, click.Command)
    return found


def options(name: str) -> set[str]:
    """Every spelling of every option of that command."""
    found = [command(name), *(each for _, each in parts(name))]
    return {spelling for each in found for param in each.params for spelling in param.opts} | {"--help", "-h"}


def parts(name: str) -> list[tuple[str, click.Command]]:
    """What is typed after `slamon`: the command, or those that it is made of."""
    found = command(name)
    if not isinstance(found, click.Group):
        return [(name, found)]
    return [(f"{name} {part}", each) for part, each in found.commands.items()]


def updated(page: str) -> str:
    """`page` with the commands of today between its two marks."""
    head, begin, rest = page.partition(BEGIN)
    _, end, tail = rest.partition(END)
    assert begin, f"the page lacks {BEGIN}"
    assert end, f"the page lacks {END}"
    return "\n".join([head + BEGIN, *_lines(), END + tail])


def _lines() -> Iterator[str]:
    for name in COMMANDS:
        for words, found in parts(name):
            arguments = "".join(map(_argument, found.params))
            yield f"\n## slamon {words}\n\n    slamon {words}{arguments} [OPTIONS]\n"
            yield inspect.cleandoc(found.help or "")
            rows = [_row(param) for param in found.params if isinstance(param, click.Option)]
            yield "\n".join(["\n| option | meaning | default |", "|---|---|---|", *rows])


def _argument(param: click.Parameter) -> str:
    if not isinstance(param, click.Argument) or param.name is None:
        return ""
    shown = param.name.upper() + (" …" if param.nargs == -1 else "")
    return f" {shown}" if param.required else f" [{shown}]"


def _row(option: click.Option) -> str:
    value = "" if option.is_flag else f" {_value(option)}"
    default = "" if option.is_flag or not isinstance(option.default, str | int | Path) else f"`{option.default}`"
    meaning, _, _ = (option.help or "").partition("  [default")
    return f"| `{option.opts[0]}{value}` | {meaning} | {default} |"


def _value(option: click.Option) -> str:
    if isinstance(option.type, click.Choice):
        return "\\|".join(option.type.choices)
    return option.metavar or WORDS[option.type.name]


if __name__ == "__main__":
    PAGE.write_text(updated(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
