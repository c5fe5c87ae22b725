"""Who wrote, where an answer does not bring its authors along: X does when it is asked to, simpler servers do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.connectors._x.answers import Json, looked_up
from slamon.connectors._x.ids import is_id
from slamon.connectors._x.posts import by_id
from slamon.errors import PlatformError, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slamon.connectors._x.wording import Asking

REMEMBERED = 10_000
"""Authors; beyond that all are forgotten, and asked for again."""
LOOKUP_SIZE = 100


class People:
    """The authors that one connector had to ask for. Safe from any thread."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking
        self._known: dict[str, Json | None] = {}
        self._can_be_asked = True

    def with_authors(self, document: Json, things: Sequence[object], key: str) -> Json:
        """An answer with the accounts that its `things` name by `key`; as it is, where it has some or none is told."""
        found = document.get("includes")
        added = found if isinstance(found, dict) else {}
        if added.get("users") or not self._can_be_asked:
            return document
        ids = [value for thing in things if isinstance(thing, dict) and is_id(value := thing.get(key))]
        users = self._users(list(dict.fromkeys(ids)))
        return {**document, "includes": {**added, "users": users}} if users else document

    def _users(self, ids: Sequence[str]) -> Sequence[Json]:
        if len(self._known) > REMEMBERED:
            self._known = {}
        unknown = [ident for ident in ids if ident not in self._known]
        for first in range(0, len(unknown), LOOKUP_SIZE):
            self._learn(unknown[first : first + LOOKUP_SIZE])
        return [user for ident in ids if (user := self._known.get(ident))]

    def _learn(self, ids: Sequence[str]) -> None:
        """Names are good to have; for want of them nobody's wait is lost."""
        try:
            found = looked_up("users", self._asking.get("users", f"/2/users?ids={','.join(ids)}"))
        except PlatformError as error:
            self._can_be_asked = error.verdict not in {Verdict.NOT_FOUND, Verdict.BAD_REQUEST, Verdict.BAD_ANSWER}
        else:
            self._known |= {**dict.fromkeys(ids), **dict(by_id(found.things))}
