"""The table of every key that admins may write, made from the models that read them.

`python -m slamon.keytable docs/rules.md` brings the page up to date.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from pydantic import BaseModel, WithJsonSchema

from slamon import config_keys, notify, webfile
from slamon.connectors import found
from slamon.fields import UNITS
from slamon.rules import calendar_keys, case_keys, reply_keys, words
from slamon.rules import keys as rules_keys
from slamon.rules.when import CONDITIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pydantic.fields import FieldInfo

    Models = Sequence[tuple[str, type[BaseModel]]]

BEGIN, END = "<!-- keys:begin -->", "<!-- keys:end -->"
CHANNEL = "rules/CHANNEL.yaml"


def files() -> dict[str, Models]:
    """Each kind of file, with every model of its keys and where that stands; the keys of connectors by themselves."""
    return {
        "config.yaml": [*config_keys.KEYS, *notify.KEYS, *webfile.SETTINGS],
        **{f"config.yaml, `{name}`": _settings(connector.Settings) for name, connector in found().items()},
        CHANNEL: [*rules_keys.KEYS, *reply_keys.REPLY_KEYS],
        "rules/calendars.yaml": calendar_keys.CALENDAR_KEYS,
        "rules/words.yaml": words.KEYS,
        "rules/tests/*.yaml": case_keys.CASE_KEYS,
    }


def table() -> str:
    """Every key of both languages, as a Markdown table."""
    rows = [("File", "Key", "Meaning", "Default"), ("---",) * 4]
    for file, models in files().items():
        rows += [(file, *row) for where, model in models for row in _rows(where, model)]
        if file == CHANNEL:
            lines = CONDITIONS.items()
            rows += [(file, f"`policies[].when.{key}`", line.description, "") for key, line in lines]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows)


def _settings(model: type[BaseModel], where: str = "channels[]") -> Models:
    """A connector's model, and those within it."""
    found = [(where, model)]
    for name, field in model.model_fields.items():
        for part in (field.annotation, *get_args(field.annotation)):
            if isinstance(part, type) and issubclass(part, BaseModel):
                found += _settings(part, f"{where}.{name}")
    return found


def _rows(where: str, model: type[BaseModel]) -> Iterator[tuple[str, str, str]]:
    for name, field in model.model_fields.items():
        written = field.alias or name
        key = f"{where}.{written}" if where else written
        yield f"`{key}`", field.description or "", _default(field)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "must be given"
    if isinstance(field.default, bool):
        return "yes" if field.default else "no"
    # What a model of its own holds has rows of its own.
    return f"`{_written(field)}`" if field.default and not isinstance(field.default, BaseModel) else ""


def _written(field: FieldInfo) -> object:
    """The default as admins write it: where the models of connectors have milliseconds, admins write a duration."""
    if isinstance(field.default, tuple | list):
        return f"[{', '.join(map(str, field.default))}]"
    millis = field.default
    if not isinstance(millis, int) or not any(isinstance(part, WithJsonSchema) for part in field.metadata):
        return millis
    unit, size = next((unit, size) for unit, size in UNITS.items() if millis % size == 0)
    return f"{millis // size}{unit}"


def updated(page: str) -> str:
    """`page` with the table of today between its two marks.

    :raises ValueError: the page has no such marks.
    """
    head, begin, rest = page.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page lacks {BEGIN} or {END}")
    return f"{head}{BEGIN}\n{table()}\n{END}{tail}"


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.write_text(updated(target.read_text(encoding="utf-8")), encoding="utf-8")
