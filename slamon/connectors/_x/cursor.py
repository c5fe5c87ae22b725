"""Where the last complete poll of each list of X ended: after an id, or, where ids hold no time, at an instant."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from slamon.connectors._x.ids import id_at, is_number
from slamon.model import MAX_INSTANT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from slamon.model import Instant


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where each list goes on, by the list's key; a list that is in neither starts at the lookback."""

    since: Mapping[str, str] = field(default_factory=dict)
    """The id after which."""
    start: Mapping[str, Instant] = field(default_factory=dict)
    """The instant from which."""

    @classmethod
    def parse(cls, text: str | None) -> Cursor:
        """The cursor that `text` holds; what cannot be read there is left out, and read again from the lookback."""
        try:
            lists = json.loads(text or "{}")
            since, start = lists["since"].items(), lists.get("start", {}).items()
            return cls(
                {key: value for key, value in since if is_number(value)},
                {key: value for key, value in start if type(value) is int and 0 <= value < MAX_INSTANT},
            )
        except (ValueError, LookupError, AttributeError, TypeError):
            return cls()

    def text(self) -> str:
        """What the store keeps."""
        lists = {"since": self.since} | ({"start": self.start} if self.start else {})
        return json.dumps(lists, separators=(",", ":"))

    @classmethod
    def of(cls, ends: Mapping[str, str | Instant | None]) -> Cursor:
        """The cursor of lists that go on there."""
        return cls(
            {key: end for key, end in ends.items() if isinstance(end, str)},
            {key: end for key, end in ends.items() if isinstance(end, int)},
        )


def advanced(since: str | None, seen: Iterable[str], settled: Instant) -> str | None:
    """The id after which the next poll goes on: that of the newest post seen, or an older one.

    X's ids are only roughly in order, and posts may appear late: what was created after `settled`, in X's own time, is
    read again by the next poll. Never goes back.
    """
    newest = max(map(int, seen), default=0)
    after = max(min(newest, id_at(settled)), int(since or 0))
    return str(after) if after else None
