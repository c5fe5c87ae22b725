"""Where the last poll of each folder ended."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from slamon.model import MAX_INSTANT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slamon.model import Instant


@dataclass(frozen=True, slots=True)
class Position:
    """A folder was read up to `uid`; that means nothing once its UIDVALIDITY is another one."""

    validity: int
    uid: int
    mails: int = 0
    """How many it held then: fewer with the next poll, and some were deleted or filed."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Positions by folder, and when the last complete poll began; a folder without one starts at the lookback."""

    folders: Mapping[str, Position] = field(default_factory=dict)
    at: Instant | None = None

    @classmethod
    def parse(cls, text: str | None) -> Cursor:
        """The cursor that `text` holds; what cannot be read there is left out, and read again from the lookback."""
        try:
            found = json.loads(text or "{}")
            folders = {name: Position(*map(_whole, pair)) for name, pair in found["folders"].items()}
            at = found.get("at")
            return cls(folders, min(_whole(at), MAX_INSTANT) if at is not None else None)
        except (ValueError, LookupError, AttributeError, TypeError, RecursionError):
            return cls()

    def text(self) -> str:
        """What the store keeps."""
        folders = {name: [place.validity, place.uid, place.mails] for name, place in self.folders.items()}
        return json.dumps({"folders": folders, "at": self.at}, separators=(",", ":"))

    def moved(self, folder: str, to: Position) -> Cursor:
        """The same with another position for `folder`."""
        return replace(self, folders={**self.folders, folder: to})


def _whole(value: Any) -> int:  # noqa: ANN401 - any JSON
    if type(value) is not int or value < 0:
        raise ValueError("not a position")
    return value
