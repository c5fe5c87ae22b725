"""What may be asked of the pretend YouTube: parameters are checked as strictly as Google's front end checks them."""

from __future__ import annotations

import base64
import binascii
from hashlib import sha1
from typing import TYPE_CHECKING, Any, TypeVar

from slamon.sim._youtube.network import STATUSES
from slamon.sim._youtube.shape import Look, error

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

T = TypeVar("T")

EVERYWHERE = frozenset({"key", "part", "prettyPrint", "fields", "alt"})
THREADS = frozenset(
    {
        *("allThreadsRelatedToChannelId", "channelId", "videoId", "id"),
        *("maxResults", "moderationStatus", "order", "pageToken", "searchTerms", "textFormat"),
    }
)
COMMENTS = frozenset({"id", "parentId", "maxResults", "pageToken", "textFormat"})
CHANNELS = frozenset({"id", "forHandle", "mine", "maxResults", "pageToken"})
PARTS = {
    "threads": frozenset({"id", "snippet", "replies"}),
    "comments": frozenset({"id", "snippet"}),
    "channels": frozenset({"id", "snippet", "statistics", "contentDetails"}),
}
LARGEST_PAGE = 100
DEFAULT_PAGE = 20
MOST_IDS = 50
NOT_BY_ID = ("maxResults", "moderationStatus", "order", "pageToken", "searchTerms")


class RefusedError(Exception):
    """A request that YouTube refuses: its status and its whole body."""

    def __init__(
        self,
        status: int,
        reason: str,
        words: str,
        domain: str = "youtube.parameter",
        more: Sequence[dict[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(words)
        self.status = status
        self.headers = dict(headers or {})
        self.body = error(status, reason, words, domain, more)


def checked(query: Mapping[str, str], known: Collection[str]) -> None:
    """Nothing is asked that YouTube does not know.

    :raises RefusedError: it is.
    """
    for name in query:
        if name not in known and name not in EVERYWHERE:
            words = f'Invalid JSON payload received. Unknown name "{name}": Cannot bind query parameter.'
            violation = {
                "@type": "type.googleapis.com/google.rpc.BadRequest",
                "fieldViolations": [{"description": words}],
            }
            raise RefusedError(400, "badRequest", words, "global", [violation])


def one_filter(query: Mapping[str, str], filters: Collection[str]) -> str:
    """The one filter that is given.

    :raises RefusedError: there is none, or more than one.
    """
    given = [name for name in filters if name in query]
    if not given:
        raise RefusedError(
            400, "missingRequiredParameter", "No filter selected. Expected one of: " + ", ".join(filters)
        )
    if len(given) > 1:
        raise RefusedError(400, "incompatibleParameters", f"Incompatible parameters specified: {', '.join(given)}")
    return given[0]


def without_id_only(query: Mapping[str, str], chosen: str) -> None:
    """With `id`, nothing else selects.

    :raises RefusedError: something does.
    """
    mixed = [name for name in NOT_BY_ID if name in query] if chosen == "id" else []
    if mixed:
        raise RefusedError(400, "incompatibleParameters", f"The id filter is not compatible with {', '.join(mixed)}")


def look(query: Mapping[str, str], name: str, *, owner: bool, fractions: bool) -> Look:
    """How the answer is to be shown.

    :raises RefusedError: parts or formats that YouTube does not know, or a status that only the owner may ask for.
    """
    parts = frozenset(query.get("part", "").split(",")) - {""}
    if not parts:
        raise RefusedError(400, "missingRequiredParameter", "No part selected.")
    for part in sorted(parts - PARTS[name]):
        raise RefusedError(400, "unknownPart", f"'{part}'", "youtube.part")
    text = _one_of(query, "textFormat", ("html", "plainText"), "html")
    status = _one_of(query, "moderationStatus", STATUSES, "published")
    _one_of(query, "order", ("time", "relevance"), "time")
    if status != "published" and not owner:
        words = (
            "The request might not be properly authorized: only the owner of the channel sees what is not published."
        )
        raise RefusedError(403, "forbidden", words, "youtube.commentThread")
    return Look(parts, text == "plainText", owner and "id" not in query, status, fractions)


def size(query: Mapping[str, str], largest: int = LARGEST_PAGE) -> int:
    """How many a page may hold.

    :raises RefusedError: none, too many, or no number.
    """
    value = query.get("maxResults", str(min(DEFAULT_PAGE, largest)))
    if not value.isascii() or not value.isdigit() or not 1 <= int(value) <= largest:
        words = f"Invalid value '{value}'. Values must be within the range: [1, {largest}]"
        raise RefusedError(400, "invalidParameter", words, "global")
    return int(value)


def ids(query: Mapping[str, str]) -> list[str]:
    """The ids that are looked up.

    :raises RefusedError: none, or too many.
    """
    given = [each for each in query["id"].split(",") if each]
    if not given or len(given) > MOST_IDS:
        raise RefusedError(
            400, "invalidFilters", f"The request specifies {len(given)} ids: between 1 and {MOST_IDS} work."
        )
    return given


def cut(query: Mapping[str, str], found: Sequence[tuple[str, T]], count: int) -> tuple[list[T], str | None]:
    """One page of what was found, each under its key, and the token of the next. Tokens hold for one list only.

    :raises RefusedError: the token belongs to another list.
    """
    scope = _scope(query)
    keys = [key for key, _ in found]
    after = _opened(query["pageToken"], scope) if "pageToken" in query else None
    # A token names the last thing shown: when that is deleted, the list goes on where it stood.
    first = sum(1 for key in keys if after is not None and key >= after)
    page = [thing for _, thing in found[first : first + count]]
    more = first + count < len(found)
    return page, _token(keys[first + count - 1], scope) if more else None


def _one_of(query: Mapping[str, str], name: str, known: Sequence[str], default: str) -> str:
    value = query.get(name, default)
    if value not in known:
        raise RefusedError(400, "invalidParameter", f"Invalid value '{value}' for {name}: {', '.join(known)}", "global")
    return value


def _scope(query: Mapping[str, str]) -> str:
    lists = sorted((name, value) for name, value in query.items() if name not in {"pageToken", "maxResults", "key"})
    return sha1(repr(lists).encode(), usedforsecurity=False).hexdigest()[:12]


def _token(key: str, scope: str) -> str:
    return base64.urlsafe_b64encode(f"{scope}/{key}".encode()).decode().rstrip("=")


def _opened(token: str, scope: str) -> str:
    try:
        text = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
    except (binascii.Error, ValueError):
        text = ""
    held, _, key = text.partition("/")
    if held != scope or not key:
        words = "The request specifies an invalid page token."
        raise RefusedError(400, "invalidPageToken", words)
    return key
