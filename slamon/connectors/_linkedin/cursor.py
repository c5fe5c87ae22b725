"""What a poll of LinkedIn remembers for the next: where it ended, and what it has handed out since a while before."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from slamon.connectors._linkedin.values import instant
from slamon.model import HOUR

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slamon.model import Instant, Millis

OVERLAP: Millis = HOUR
"""What is read again each time: notifications and comments may turn up behind newer ones."""
SEEN_CAP = 5_000
THREADS_CAP = 1_000
COUNTS_CAP = 5_000
KEY_CAP = 128


@dataclass(slots=True)
class Memory:
    """The cursor of a channel, opened."""

    since: Instant | None = None
    """Notifications are read after it: with an overlap, and the newest known one at least, as proof that any can be."""
    seen: dict[str, Instant] = field(default_factory=dict)
    """Notifications and messages that were handed out, with the instant of their last change."""
    posts: dict[str, Instant] = field(default_factory=dict)
    """Own posts whose comments are read, and up to when they were."""
    counts: dict[str, int] = field(default_factory=dict)
    """Comments with replies below them, and how many there were."""
    mentions: dict[str, Instant] = field(default_factory=dict)
    """Posts of others that mention the page, and when."""
    looked: dict[str, Instant] = field(default_factory=dict)
    """Threads whose comments were read, and when."""

    @classmethod
    def parse(cls, text: str | None) -> Memory:
        """What `text` holds; what cannot be read there is forgotten, and read again from the lookback."""
        try:
            found = json.loads(text or "{}")
            parts = {name: _numbers(found.get(name)) for name in ("seen", "posts", "counts", "mentions", "looked")}
            return cls(instant(found.get("since")), **parts)
        except (ValueError, AttributeError, RecursionError):
            return cls()

    def text(self, floor: Instant) -> str:
        """What the store keeps; what was handed out before `floor` is not read again, and forgotten."""
        kept = {
            "since": self.since,
            "seen": _newest({key: at for key, at in self.seen.items() if at >= floor}, SEEN_CAP),
            "posts": self.posts,
            "counts": _last(self.counts, COUNTS_CAP),
            "mentions": _newest(self.mentions, THREADS_CAP),
            "looked": _newest(self.looked, THREADS_CAP),
        }
        return json.dumps({name: part for name, part in kept.items() if part}, separators=(",", ":"))

    def is_new(self, key: str, at: Instant) -> bool:
        """Whether it was not handed out as it is; from now on it was."""
        known = self.seen.get(key) == at
        self.seen[key] = at
        return not known


def _numbers(value: Any) -> dict[str, int]:  # noqa: ANN401 - any JSON
    if not isinstance(value, dict):
        return {}
    return {key: number for key, number in value.items() if len(key) <= KEY_CAP and type(number) is int and number >= 0}


def _newest(entries: Mapping[str, Instant], cap: int) -> dict[str, Instant]:
    return dict(sorted(entries.items(), key=lambda entry: entry[1])[-cap:])


def _last(entries: Mapping[str, int], cap: int) -> dict[str, int]:
    return dict(list(entries.items())[-cap:])
