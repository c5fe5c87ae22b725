"""What X bills, estimated: by the resource, each once in a UTC day. Prices of August 2026.

Whether accounts and posts that come along with a post are billed is not stated; they are counted as if they were.
"""

from __future__ import annotations

from itertools import islice
from threading import Lock
from typing import TYPE_CHECKING, Any

from slamon.model import DAY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from slamon.model import Instant

POST = 5_000
USER = 10_000
EVENT = 10_000
OWNED = 1_000
"""In millionths of a US dollar: a post, an account, a direct message; the account's own mentions and posts."""
REMEMBERED = 50_000
"""Resources of one day; the oldest half is forgotten beyond that, and would be counted again."""
_USERS = frozenset({"users", "me"})
_EVENTS = frozenset({"messages", "conversations"})


class Bill:
    """Counts for one connector what X bills today. Safe from any thread."""

    def __init__(self, now: Callable[[], Instant]) -> None:
        self.owner: str | None = None
        """The account's id where the token is its own: what is read of it is cheaper."""
        self._now = now
        self._day: Instant = -1
        self._billed: dict[str, None] = {}
        self._lock = Lock()

    def spend(self, endpoint: str, document: Any) -> int:  # noqa: ANN401 - any JSON
        """The price of a good answer in millionths of a US dollar; what was billed today already is free."""
        if not isinstance(document, dict) or ("data" not in document and "includes" not in document):
            return 0
        with self._lock:
            self._begin_day()
            return sum(price for key, price in self._priced(endpoint, document) if self._is_new(key))

    def _begin_day(self) -> None:
        today = self._now() // DAY
        if today != self._day:
            self._day, self._billed = today, {}
        if len(self._billed) > REMEMBERED:
            self._billed = dict.fromkeys(islice(self._billed, REMEMBERED // 2, None))

    def _is_new(self, key: str) -> bool:
        if key in self._billed:
            return False
        self._billed[key] = None
        return True

    def _priced(self, endpoint: str, document: dict[str, Any]) -> Iterator[tuple[str, int]]:
        for thing in _things(document.get("data")):
            if endpoint in _USERS:
                yield f"u{thing['id']}", USER
            else:
                yield thing["id"], EVENT if endpoint in _EVENTS else self._post(endpoint, thing)
        added = document.get("includes")
        if isinstance(added, dict):
            yield from ((f"u{thing['id']}", USER) for thing in _things(added.get("users")))
            yield from ((thing["id"], POST) for name in ("tweets", "posts") for thing in _things(added.get(name)))

    def _post(self, endpoint: str, post: dict[str, Any]) -> int:
        own = endpoint == "mentions" or (endpoint == "posts" and post.get("author_id") == self.owner)
        return OWNED if self.owner and own else POST


def _things(value: Any) -> Iterable[dict[str, Any]]:  # noqa: ANN401 - any JSON
    listed = value if isinstance(value, list) else [value]
    return (thing for thing in listed if isinstance(thing, dict) and isinstance(thing.get("id"), str))
