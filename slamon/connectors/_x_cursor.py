"""Where the last complete poll of each list of X ended."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from slamon.connectors._x_ids import id_at, is_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from slamon.model import Instant


@dataclass(frozen=True, slots=True)
class Cursor:
    """The id after which each list goes on, by the list's key; a list without one starts at the lookback."""

    since: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str | None) -> Cursor:
        """The cursor that `text` holds; what cannot be read there is left out, and read again from the lookback."""
        try:
            lists = json.loads(text or "{}")["since"]
            return cls({key: value for key, value in lists.items() if is_id(value)})
        except (ValueError, LookupError, AttributeError, TypeError):
            return cls()

    def text(self) -> str:
        """What the store keeps."""
        return json.dumps({"since": self.since}, separators=(",", ":"))


def advanced(since: str | None, seen: Iterable[str], settled: Instant) -> str | None:
    """The id after which the next poll goes on: that of the newest post seen, or an older one.

    X's ids are only roughly in order, and posts may appear late: what was created after `settled`, in X's own time, is
    read again by the next poll. Never goes back.
    """
    newest = max(map(int, seen), default=0)
    after = max(min(newest, id_at(settled)), int(since or 0))
    return str(after) if after else None
