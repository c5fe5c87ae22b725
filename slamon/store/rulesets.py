"""Rule sets as they were in force: by version, so that what open waits were promised can be read again."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, literal, select

from slamon.store import sql
from slamon.store.schema import meta, ruleset, wait

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy import Connection

    from slamon.model import Instant

IN_FORCE = "rules"
"""The key in `meta` of the versions that open waits may be held to, the newest last, separated by spaces."""
REFUSED = "rules_refused"
"""The key in `meta` of the faults that were told of last, and are not mended yet."""
MENDED = "rules_mended"
"""The key in `meta` of how often faults were mended: the same faults are told of again after that."""
KEPT = 20
"""Rule sets that are kept although no open wait refers to them."""

_VALUE = select(meta.c.value).where(meta.c.key == bindparam("of"))
_FILES = select(ruleset.c.files).where(ruleset.c.version == bindparam("of"))
_LOADED_AT = select(ruleset.c.loaded_at).where(ruleset.c.version == bindparam("of"))
_OPEN = wait.c.state == literal("open", literal_execute=True)
_HELD = select(wait.c.rules).where(_OPEN, wait.c.rules.is_not(None)).distinct()


def in_force(tx: Connection) -> tuple[str, ...]:
    """The versions that open waits may be held to, the newest last; empty before the first start."""
    return tuple((_value(tx, IN_FORCE) or "").split())


def take(tx: Connection, version: str, files: Mapping[str, bytes], before: Sequence[str], now: Instant) -> None:
    """`version` comes into force; until `settled`, open waits may still be held to those `before`."""
    row = {"version": version, "files": _packed(files), "loaded_at": now}
    tx.execute(sql.insert_or_replace(tx, ruleset, "files", "loaded_at"), row)
    _put(tx, IN_FORCE, " ".join([*(one for one in before if one != version), version]))


def settled(tx: Connection, version: str) -> None:
    """Every open wait is held to `version`, or was found to be promised the same by it."""
    _put(tx, IN_FORCE, version)


def loaded_at(tx: Connection, version: str) -> Instant | None:
    """When a rule set came into force last; `None` when it is not kept."""
    return tx.execute(_LOADED_AT, {"of": version}).scalar()


def files_of(tx: Connection, version: str) -> dict[str, bytes] | None:
    """The files of a rule set that was in force; `None` when they are not kept."""
    found = tx.execute(_FILES, {"of": version}).scalar()
    return None if found is None else _unpacked(found)


def held(tx: Connection, channels: Collection[int] | None = None) -> set[str]:
    """The versions that open waits, of these channels, were matched under. Reads them all."""
    chosen = _HELD if channels is None else _HELD.where(wait.c.channel.in_(channels))
    return set(tx.execute(chosen).scalars())


def old(tx: Connection) -> list[str]:
    """All versions but the newest, the newest first."""
    return list(tx.execute(select(ruleset.c.version).order_by(ruleset.c.loaded_at.desc()).offset(KEPT)).scalars())


def forget(tx: Connection, versions: Collection[str]) -> None:
    """Drop rule sets that nothing refers to."""
    tx.execute(ruleset.delete().where(ruleset.c.version.in_(versions)))


def refused(tx: Connection) -> str:
    """The key of the faults that were told of last and are not mended yet; empty when all is well."""
    return _value(tx, REFUSED) or ""


def set_refused(tx: Connection, key: str) -> None:
    """Remember which faults were told of; empty when they are mended."""
    _put(tx, REFUSED, key)


def mended(tx: Connection) -> int:
    """How often faults that were told of have been mended."""
    return int(_value(tx, MENDED) or 0)


def set_mended(tx: Connection, times: int) -> None:
    """All is well, for the so-manieth time."""
    _put(tx, MENDED, str(times))
    set_refused(tx, "")


def _value(tx: Connection, key: str) -> str | None:
    found = tx.execute(_VALUE, {"of": key}).scalar()
    return None if found is None else str(found)


def _put(tx: Connection, key: str, value: str) -> None:
    tx.execute(sql.insert_or_replace(tx, meta, "value"), {"key": key, "value": value})


def _packed(files: Mapping[str, bytes]) -> str:
    return json.dumps({name: _text(content) for name, content in files.items()})


def _text(content: bytes) -> str | dict[str, str]:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return {"base64": b64encode(content).decode()}


def _unpacked(packed: str) -> dict[str, bytes]:
    return {
        name: content.encode() if isinstance(content, str) else b64decode(content["base64"])
        for name, content in json.loads(packed).items()
    }
