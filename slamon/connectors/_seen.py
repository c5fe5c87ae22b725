"""What a connector has handed out before: a short print of each thing, so that a list read again brings only news."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_BYTES = 6
"""Of a print: among 10,000 things, two share one once in a million polls."""


class Seen:
    """The newest things of a list, by id. Kept in a cursor: nothing is remembered of a poll that died half-way."""

    def __init__(self, before: Mapping[str, str]) -> None:
        self._before = before
        self._now: dict[str, str] = {}

    def news(self, ident: str, *facts: object) -> bool:
        """Whether `ident` was never seen with these facts; from now on it was."""
        key, told = _print(ident), _print(repr(facts))
        known = self._now.get(key) or self._before.get(key)
        self._now[key] = told
        return known != told

    def kept(self, limit: int) -> dict[str, str]:
        """What to remember: what was seen first in this poll (lists show the newest first), then what was before."""
        whole = {**self._now, **{key: told for key, told in self._before.items() if key not in self._now}}
        return dict(list(whole.items())[:limit])


def readable(kept: Any) -> dict[str, str]:  # noqa: ANN401 - any JSON
    """What of a cursor's JSON is a memory; nothing where it is none."""
    pairs = kept.items() if isinstance(kept, dict) else ()
    return {key: told for key, told in pairs if isinstance(key, str) and isinstance(told, str)}


def _print(text: str) -> str:
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_BYTES).digest()
    return urlsafe_b64encode(digest).decode()
