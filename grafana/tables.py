"""How an answer of Prometheus becomes a table that reads well."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapes import Json


def column(name: str, **properties: object) -> Json:
    """How one column looks: Grafana's properties of a field, with `__` for a dot in their names."""
    found = [{"id": key.replace("__", "."), "value": value} for key, value in properties.items()]
    return {"matcher": {"id": "byName", "options": name}, "properties": found}


def counted(name: str, colour: str) -> Json:
    """A column of numbers in which anything above 0 is coloured."""
    steps = [{"color": "text", "value": None}, {"color": colour, "value": 1}]
    return column(name, thresholds={"mode": "absolute", "steps": steps}, custom__cellOptions={"type": "color-text"})


def matrix(rows: str, columns: str, named: Mapping[str, str]) -> tuple[Json, ...]:
    """One label down, one across; `named` are the headings across, in order, by the values of that label."""
    options = {"rowField": rows, "columnField": columns, "valueField": "Value"}
    return (
        {"id": "groupingToMatrix", "options": options},
        organized({f"{rows}\\{columns}": rows.capitalize(), **named}),
    )


def merged(named: Mapping[str, str]) -> tuple[Json, ...]:
    """Several queries side by side, joined on their labels; the column of query A is called `Value #A`."""
    return ({"id": "merge", "options": {}}, organized(named, hidden=("Time",)))


def organized(named: Mapping[str, str], hidden: tuple[str, ...] = ()) -> Json:
    """Columns renamed, and in this order."""
    order = {name: place for place, name in enumerate(named)}
    options = {"excludeByName": dict.fromkeys(hidden, True), "indexByName": order, "renameByName": dict(named)}
    return {"id": "organize", "options": options}
