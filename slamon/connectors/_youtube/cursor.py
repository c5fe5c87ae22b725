"""Where the last complete poll of YouTube ended, and which threads it saw in which state."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from slamon.connectors._seen import readable
from slamon.model import MAX_INSTANT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slamon.model import Instant

REMEMBERED = 2_000
"""Threads: at 20 bytes each, the cursor stays below 50 kB."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """`since`: up to when comments were read. `swept`: when all threads of the lookback were read last."""

    since: Instant | None = None
    swept: Instant = 0
    seen: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str | None) -> Cursor:
        """The cursor that `text` holds; one that cannot be read starts anew from the lookback."""
        try:
            parts = json.loads(text or "{}")
            return cls(_instant(parts["since"]), _instant(parts["swept"]), readable(parts.get("seen")))
        except (ValueError, LookupError, TypeError, AttributeError):
            return cls()

    def text(self) -> str:
        """What the store keeps."""
        parts = {"since": self.since, "swept": self.swept, "seen": self.seen}
        return json.dumps(parts, separators=(",", ":"))


def _instant(value: Any) -> Instant:  # noqa: ANN401 - any JSON
    if type(value) is not int or not 0 <= value <= MAX_INSTANT:
        raise ValueError("no instant")
    return value
