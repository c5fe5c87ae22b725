"""What may be asked of the pretend Mastodon. The real one ignores what it does not know; here it is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import parse_qsl, quote

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from slamon.sim.server import Request

T = TypeVar("T")

SPAN = frozenset({"max_id", "since_id", "min_id", "limit"})
NOTIFICATIONS = SPAN | {"types[]", "exclude_types[]", "account_id", "include_filtered"}
STATUSES = SPAN | {"exclude_reblogs", "exclude_replies", "only_media", "pinned", "tagged"}
TYPES = frozenset(
    {
        "mention", "status", "reblog", "follow", "follow_request", "favourite", "poll", "update", "quote",
        "quoted_update", "admin.sign_up", "admin.report", "severed_relationships", "moderation_warning",
    }
)  # fmt: skip
BATCH = 20


class BadQueryError(Exception):
    """A request that is answered with 422, and the words for it."""


@dataclass(frozen=True, slots=True)
class Query:
    """The parameters of a request; those whose name ends in `[]` may come more than once."""

    pairs: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, request: Request, known: Collection[str]) -> Query:
        """The parameters of `request`.

        :raises BadQueryError: one that the call does not know, or a plain one twice.
        """
        pairs = tuple(parse_qsl(request.raw_query, keep_blank_values=True))
        names = [name for name, _ in pairs]
        for name in names:
            if name not in known:
                raise BadQueryError(f"{name} is none of {','.join(sorted(known))}")
            if not name.endswith("[]") and names.count(name) > 1:
                raise BadQueryError(f"{name} comes twice")
        return cls(pairs)

    def one(self, name: str) -> str | None:
        """The value of a plain parameter."""
        return dict(self.pairs).get(name)

    def all(self, name: str) -> list[str]:
        """Every value of a parameter that may come more than once."""
        return [value for key, value in self.pairs if key == name]

    def yes(self, name: str) -> bool:
        """A switch.

        :raises BadQueryError: neither true nor false.
        """
        value = self.one(name) or "false"
        if value not in {"true", "false"}:
            raise BadQueryError(f"{name} is true or false")
        return value == "true"

    def size(self, default: int, largest: int) -> int:
        """How long a page is; too long a one is cut without a word, as at Mastodon."""
        value = self.one("limit") or str(default)
        if not value.isascii() or not value.isdigit() or not int(value):
            raise BadQueryError("limit is a number from 1 on")
        return min(int(value), largest)

    @property
    def pages(self) -> bool:
        """Whether it counts as paging."""
        return any(name in {"max_id", "since_id", "min_id", "page"} for name, _ in self.pairs)


def cut(query: Query, entries: Sequence[T], ident: Callable[[T], str], size: int) -> tuple[list[T], bool]:
    """The page of `entries` (newest first) that is asked for, and whether it is full."""
    low, high = query.one("min_id") or query.one("since_id"), query.one("max_id")
    fit = [
        each
        for each in entries
        if (high is None or _rank(ident(each)) < _rank(high)) and (low is None or _rank(ident(each)) > _rank(low))
    ]
    page = fit[-size:] if query.one("min_id") else fit[:size]
    return page, len(page) == size


def links(url: str, query: Query, first: str, last: str, *, older: bool) -> str:
    """The Link header of a page that begins with the id `first` and ends with `last`."""
    kept = [f"{quote(name, safe='')}={quote(value)}" for name, value in query.pairs if name not in SPAN - {"limit"}]
    shown = [f'<{url}?{"&".join([*kept, f"max_id={last}"])}>; rel="next"'] if older else []
    return ", ".join([*shown, f'<{url}?{"&".join([*kept, f"min_id={first}"])}>; rel="prev"'])


def _rank(ident: str) -> tuple[int, str]:
    return len(ident), ident
