"""Where the last complete poll of each list ended, and in which thread the newest messages stand."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from slamon.connectors._mastodon import facts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from slamon.model import Instant

THREADS_KEPT = 400
"""Messages whose thread is remembered across restarts; those that wait are told of by the store besides."""
DIALOGUES_KEPT = 100


@dataclass(frozen=True, slots=True)
class Mark:
    """The entry after which a list goes on, and when it came into being."""

    id: str
    at: Instant


@dataclass(frozen=True, slots=True)
class Cursor:
    """What a poll leaves to the next one."""

    marks: Mapping[str, Mark] = field(default_factory=dict)
    """By the list's key; a list without one starts at the lookback."""
    dialogues: Sequence[str] = ()
    """Ids of the last messages of the newest conversations, as seen."""
    threads: Mapping[str, str] = field(default_factory=dict)
    """Message → thread, oldest first."""

    @classmethod
    def parse(cls, text: str | None) -> Cursor:
        """The cursor in `text`; what cannot be read there is left out, and read again from the lookback."""
        try:
            document = json.loads(text or "{}")
        except (ValueError, RecursionError):
            return cls()
        if not isinstance(document, dict):
            return cls()
        return cls(_marks(document.get("marks")), _ids(document.get("dialogues")), _threads(document.get("threads")))

    def text(self) -> str:
        """What the store keeps."""
        newest = list(self.threads.items())[-THREADS_KEPT:]
        document = {
            "marks": {key: [mark.id, mark.at] for key, mark in self.marks.items()},
            "dialogues": list(self.dialogues)[:DIALOGUES_KEPT],
            # Most messages begin their thread: their id is not written twice.
            "threads": {ident: "" if thread == ident else thread for ident, thread in newest},
        }
        return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def _marks(stored: Any) -> dict[str, Mark]:  # noqa: ANN401 - any JSON
    found = {}
    for key, pair in stored.items() if isinstance(stored, dict) else ():
        match pair:
            case [str(ident), int(at)] if ident and not isinstance(at, bool):
                found[key] = Mark(ident, at)
    return found


def _ids(stored: Any) -> tuple[str, ...]:  # noqa: ANN401 - any JSON
    return tuple(each for each in facts.listed(stored) if isinstance(each, str))


def _threads(stored: Any) -> dict[str, str]:  # noqa: ANN401 - any JSON
    pairs = stored.items() if isinstance(stored, dict) else ()
    return {ident: thread or ident for ident, thread in pairs if ident and isinstance(thread, str)}
