"""Where the last complete poll of a list of conversations ended, and what one read of it has to remember.

Instants are the platform's: the list is asked by nobody's clock but its own `updated_time`, which moves with every
message of either side. A conversation is new when its time is another than the one that was last read.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeGuard

from slamon.model import HOUR, MAX_INSTANT, MINUTE, SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slamon.model import Instant, Millis

OVERLAP: Millis = 10 * MINUTE
"""Newest first is what everybody relies on and nobody promises: so much disorder ends no read."""
DEEPER_EVERY: Millis = HOUR
"""How often a page more is read than seems needed, for the same reason."""
GRAIN: Millis = 10 * SECOND
"""Times are cut to seconds, and clocks differ."""
SEEN_CAP = 2_000


@dataclass(frozen=True, slots=True)
class InboxCursor:
    """Conversations older than `since` are read; of newer ones, `seen` says up to which time."""

    since: Instant | None = None
    seen: Mapping[str, Instant] = field(default_factory=dict)
    deeper_at: Instant = 0
    """When a page more was read, by our clock."""

    @classmethod
    def parse(cls, value: Any) -> InboxCursor:  # noqa: ANN401 - any JSON
        """The cursor in `value`; one that cannot be read starts anew."""
        if not isinstance(value, dict) or not is_instant(value.get("since")):
            return cls()
        seen = value.get("seen")
        found = seen if isinstance(seen, dict) else {}
        deeper = value.get("deeper_at")
        return cls(
            value["since"],
            {key: at for key, at in found.items() if is_instant(at)},
            deeper if is_instant(deeper) else 0,
        )

    def json(self) -> dict[str, Any]:
        """What the store keeps."""
        return {"since": self.since, "seen": dict(self.seen), "deeper_at": self.deeper_at}


def is_instant(value: Any) -> TypeGuard[Instant]:  # noqa: ANN401 - any JSON
    """Whether `value` is an instant that can be."""
    return type(value) is int and 0 <= value <= MAX_INSTANT


def part_of(cursor: str | None, name: str) -> object:
    """One part of a cursor, which is JSON; `None` where there is none."""
    try:
        document = json.loads(cursor or "{}")
    except (ValueError, RecursionError):
        return None
    return document.get(name) if isinstance(document, dict) else None


class Round:
    """One read of the list: from `was`, or else from the instant `start`; at `now`, by our clock."""

    def __init__(self, was: InboxCursor, start: Instant, now: Instant, visible_after: Millis) -> None:
        self.was = was
        self.floor = start if was.since is None else was.since
        self.now = now
        self.margin = visible_after + GRAIN
        self.listed = 0
        """How many conversations the list showed."""
        self.messages: set[str] = set()
        """Ids of those that were handed out: conversations move to the top while the list is read."""
        self._newest: Instant | None = None
        self._seen: dict[str, Instant] = {}

    @property
    def goes_deeper(self) -> bool:
        """Whether a page more is due."""
        return self.now - self.was.deeper_at >= DEEPER_EVERY

    def is_far(self, moved: Instant | None) -> bool:
        """Whether nothing new is expected behind a conversation of that time."""
        return moved is not None and moved < self.floor - OVERLAP

    def is_new(self, thread: str, moved: Instant | None) -> bool:
        """Whether something was written in it since it was last read."""
        known = self.was.seen.get(thread)
        if moved is None:
            return True
        return moved >= self.floor if known is None else moved != known

    def bound(self, thread: str) -> Instant:
        """Up to when its messages are read already."""
        known = self.was.seen.get(thread)
        return self.floor if known is None else known - self.margin

    def note(self, thread: str, moved: Instant | None) -> None:
        """It was read, or needs not be."""
        if moved is None:
            return
        # No time of the future moves the watermark: one odd conversation would hide all that come after it.
        moved_by = min(moved, self.now)
        self._newest = max(self._newest or 0, moved_by)
        if moved <= self.now - self.margin:
            self._seen[thread] = moved

    def cursor(self) -> InboxCursor:
        """Where the next poll goes on; never goes back."""
        if self._newest is None:
            return InboxCursor(self.was.since, self.was.seen, self.was.deeper_at)
        since = max(self.was.since or 0, self._newest - self.margin)
        kept = {key: at for key, at in {**self.was.seen, **self._seen}.items() if at >= since}
        newest_first = sorted(kept.items(), key=lambda pair: pair[1], reverse=True)
        return InboxCursor(since, dict(newest_first[:SEEN_CAP]), self.now if self.goes_deeper else self.was.deeper_at)
