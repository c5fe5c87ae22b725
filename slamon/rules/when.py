"""The conditions under `when`: a line of YAML → an object of `sla.conditions`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.fields import did_you_mean
from slamon.rules._when_author import AUTHOR
from slamon.rules._when_line import Given
from slamon.rules._when_place import NUMBERS, PLACE
from slamon.rules._when_text import TEXT
from slamon.rules._when_thread import THREAD
from slamon.rules._when_time import TIME

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import tzinfo

    from slamon.rules._when_line import Line
    from slamon.rules.facts import Scope
    from slamon.shape import Reader
    from slamon.sla.subject import Condition
    from slamon.yamlfile import Where

CONDITIONS: dict[str, Line] = PLACE | AUTHOR | TEXT | NUMBERS | TIME | THREAD
"""Every condition, in the order in which the manual names them."""


def read_when(reader: Reader, where: Where, scope: Scope, zone: tzinfo | None = None) -> tuple[Condition, ...]:
    """The conditions at `where`; those with faults are left out. `zone` is that of the policy's calendar."""
    data = reader.document.at(where)
    if data is None:
        return ()
    if not isinstance(data, dict):
        reader.blame(where, "`when` should be a mapping of keys to values", 'write {author.followers: ">= 10000"}')
        return ()
    lines = (_condition(reader, (*where, key), key, Given(scope, data, zone)) for key in data)
    return tuple(line for line in lines if line is not None)


def _condition(reader: Reader, where: Where, key: str, given: Given) -> Condition | None:
    line = CONDITIONS.get(key)
    if line is None:
        reader.blame(where, f"there is no condition `{key[:60]}`", did_you_mean(key, CONDITIONS), key=True)
        return None
    served = given.scope.served.values()
    if line.field and served and all(_lacks(facts.delivers, line.field) for facts in served):
        platforms = ", ".join(sorted({facts.platform for facts in served}))
        reader.blame(where, f"can never hold: `{line.field}` is not delivered by {platforms}", key=True)
        return None
    words = f"{key}: {_as_written(reader.document.at(where))}"
    return reader.value(lambda value: line.build(words, value, given), where)


def _lacks(delivers: Collection[str] | None, field: str) -> bool:
    return delivers is not None and field not in delivers


def _as_written(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_as_written(each)}" for key, each in value.items()) + "}"
    return f"[{', '.join(map(_as_written, value))}]" if isinstance(value, list) else str(value)
