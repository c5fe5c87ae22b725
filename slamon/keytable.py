"""The table of every key that admins may write, made from the models that read them.

`python -m slamon.keytable docs/configuration.md` brings the page up to date.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from slamon import config_keys
from slamon.rules import keys as rules_keys
from slamon.rules.when import CONDITIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo

    from slamon.shape import Keys

BEGIN, END = "<!-- keys:begin -->", "<!-- keys:end -->"
FILES = (
    ("config.yaml", config_keys.KEYS),
    ("rules/CHANNEL.yaml", rules_keys.KEYS),
    ("rules/calendars.yaml", rules_keys.CALENDAR_KEYS),
)


def table() -> str:
    """Every key of both languages, as a Markdown table."""
    rows = [("File", "Key", "Meaning", "Default"), ("---",) * 4]
    for file, models in FILES:
        rows += [(file, *row) for where, model in models for row in _rows(where, model)]
    rows += [
        ("rules/CHANNEL.yaml", f"`policies[].when.{key}`", line.description, "") for key, line in CONDITIONS.items()
    ]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows)


def _rows(where: str, model: type[Keys]) -> Iterator[tuple[str, str, str]]:
    for name, field in model.model_fields.items():
        key = f"{where}.{name}" if where else name
        yield f"`{key}`", field.description or "", _default(field)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "must be given"
    if isinstance(field.default, bool):
        return "yes" if field.default else "no"
    return f"`{field.default}`" if field.default else ""


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
