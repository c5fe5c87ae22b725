"""What may be asked of the pretend X: parameters are checked as strictly as X checks them."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from slamon.model import DAY, SECOND
from slamon.sim._x import shape
from slamon.sim._x.dm_shape import EVENT_EXPANSIONS, EVENT_FIELDS, EVENT_KINDS
from slamon.sim._x.network import created

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from slamon.model import Instant, Millis

ID = re.compile(r"[0-9]{1,19}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z")
EARLIEST: Instant = 1_289_001_600_000
"""2010-11-06, before which X takes no time."""
PAGE_SIZES = range(5, 101)
SEARCH_SIZES = range(10, 101)
EVENT_SIZES = range(1, 101)
"""How many a page may hold; without a word, ten posts or a hundred messages."""
SEARCHED: Millis = 7 * DAY
SEARCH_DELAY: Millis = 30 * SECOND
LATEST_END: Millis = 10 * SECOND
MAX_LOOKUP = 100
LOOK = frozenset({"tweet.fields", "post.fields", "user.fields", "expansions"})
LIST = LOOK | {"since_id", "until_id", "start_time", "end_time", "max_results", "pagination_token"}
SEARCH = LIST | {"query", "next_token", "sort_order"}
EVENTS = LOOK | {"dm_event.fields", "event_types", "max_results", "pagination_token"}
OLDER_SPELLING = {newer: older for older, newer in shape.NEWER_SPELLING.items()} | {
    "referenced_posts.id": "referenced_tweets.id",
    "referenced_posts.id.author_id": "referenced_tweets.id.author_id",
}
OLDER_EXPANSIONS = OLDER_SPELLING | {"referenced_posts": "referenced_tweets.id"}


class Dated(Protocol):
    """A post, or an event."""

    @property
    def id(self) -> str:
        """Its number."""
        ...

    @property
    def created_at(self) -> Instant:
        """When it was made."""
        ...


T = TypeVar("T", bound=Dated)


class BadParameterError(Exception):
    """A request that X answers with 400, and the words it uses."""

    def __init__(self, parameter: str, value: str, message: str) -> None:
        super().__init__(message)
        self.parameter = parameter
        self.value = value

    def problem(self) -> dict[str, Any]:
        """The body of the answer."""
        return {
            "title": "Invalid Request",
            "detail": "One or more parameters to your request was invalid.",
            "type": shape.PROBLEMS + "invalid-request",
            "errors": [{"parameters": {self.parameter: [self.value]}, "message": str(self)}],
        }


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a timeline: ids strictly between `after` and `before`, times in [start, end)."""

    after: int
    before: int | None
    start: Instant
    end: Instant | None
    size: int

    def cut(self, posts: Iterator[T]) -> tuple[list[T], bool]:
        """The newest posts of the stretch, no more than a page, and whether there are more."""
        page: list[T] = []
        for post in posts:
            if int(post.id) <= self.after or (not self.after and post.created_at < self.start):
                break
            if self._too_new(post):
                continue
            if len(page) == self.size:
                return page, True
            page.append(post)
        return page, False

    def _too_new(self, post: Dated) -> bool:
        if self.before is not None:
            return int(post.id) >= self.before
        return self.end is not None and post.created_at >= self.end


def wanted(query: Mapping[str, str], allowed: Collection[str]) -> shape.Wanted:
    """What to show; the spelling of the request decides the spelling of the answer.

    :raises BadParameterError: a parameter or a value that X does not know.
    """
    for name, value in query.items():
        if name not in allowed:
            known = ",".join(sorted(allowed))
            raise BadParameterError(name, value, f"The query parameter [{name}] is not one of [{known}]")
    return shape.Wanted(
        _chosen(query, "tweet.fields", shape.POST_FIELDS) | _chosen(query, "post.fields", shape.POST_FIELDS),
        _chosen(query, "user.fields", shape.USER_FIELDS),
        _chosen(query, "expansions", shape.EXPANSIONS),
        newer="post.fields" in query,
    )


def wanted_events(query: Mapping[str, str]) -> tuple[shape.Wanted, Sequence[str]]:
    """As `wanted`, of direct messages; and which kinds of events.

    :raises BadParameterError: a parameter or a value that X does not know.
    """
    base = wanted({name: value for name, value in query.items() if name != "expansions"}, EVENTS)
    fields = base.fields | _chosen(query, "dm_event.fields", EVENT_FIELDS)
    kinds = _chosen(query, "event_types", EVENT_KINDS) or EVENT_KINDS
    return replace(base, fields=fields, expansions=_chosen(query, "expansions", EVENT_EXPANSIONS)), tuple(kinds)


def span(query: Mapping[str, str], scope: str, sizes: range = PAGE_SIZES) -> Span:
    """The stretch of a list that is asked for; `scope` names the list, and page tokens hold for one list only."""
    token = query.get("pagination_token", query.get("next_token"))
    until = _number(query, "until_id")
    return Span(
        after=_number(query, "since_id") or 0,
        before=_open_token(token, scope) if token is not None else until,
        start=_time(query, "start_time") or 0,
        end=_time(query, "end_time"),
        size=_size(query, sizes),
    )


def searched(query: Mapping[str, str], scope: str, now: Instant) -> Span:
    """The stretch of recent search that is asked for: seven days, without the newest half minute.

    :raises BadParameterError: what X does not search.
    """
    found = span(query, scope, SEARCH_SIZES)
    ids, times = query.keys() & {"since_id", "until_id"}, query.keys() & {"start_time", "end_time"}
    if ids and times:
        text = "Invalid use of 'since_id' or 'until_id' in conjunction with 'start_time' or 'end_time'"
        raise BadParameterError(min(ids), query[min(ids)], text)
    oldest = now - SEARCHED
    if "since_id" in query and created(query["since_id"]) < oldest:
        text = f"'since_id' must be a tweet id created after {shape.iso(oldest)}. Please use a larger 'since_id'"
        raise BadParameterError("since_id", query["since_id"], text)
    if "start_time" in query and found.start < oldest:
        text = f"Invalid 'start_time':'{query['start_time']}'. 'start_time' must be on or after {shape.iso(oldest)}"
        raise BadParameterError("start_time", query["start_time"], text)
    if found.end is not None and found.end > now - LATEST_END:
        text = f"Invalid 'end_time':'{query['end_time']}'. 'end_time' must be a minimum of 10 seconds prior to the"
        raise BadParameterError("end_time", query["end_time"], f"{text} request time.")
    return replace(found, start=max(found.start, oldest), end=found.end or now - SEARCH_DELAY)


def token_after(page: Sequence[Dated], scope: str) -> str:
    """The opaque token of the page that follows `page`."""
    return base64.b32encode(f"{page[-1].id}/{scope}".encode()).decode().rstrip("=").lower()


def names(query: Mapping[str, str], parameter: str, pattern: re.Pattern[str]) -> list[str]:
    """A list of up to 100 names or ids, each checked."""
    value = query.get(parameter, "")
    items = value.split(",")
    if not value or len(items) > MAX_LOOKUP:
        raise BadParameterError(
            parameter, value, f"The number of values in the `{parameter}` query parameter list is not between 1 and 100"
        )
    for item in items:
        if not pattern.fullmatch(item):
            raise BadParameterError(
                parameter, item, f"The `{parameter}` query parameter value [{item}] does not match ^{pattern.pattern}$"
            )
    return items


def excluded(query: Mapping[str, str]) -> frozenset[str]:
    """Which kinds of posts to leave out of an account's own."""
    return _chosen(query, "exclude", {"replies", "retweets"})


def _chosen(query: Mapping[str, str], parameter: str, known: Collection[str]) -> frozenset[str]:
    older = OLDER_EXPANSIONS if parameter == "expansions" else OLDER_SPELLING
    chosen = {older.get(item, item) for item in query.get(parameter, "").split(",") if item}
    for item in chosen - set(known):
        raise BadParameterError(
            parameter,
            item,
            f"The `{parameter}` query parameter value [{item}] is not one of [{','.join(sorted(known))}]",
        )
    return frozenset(chosen)


def _number(query: Mapping[str, str], parameter: str) -> int | None:
    value = query.get(parameter)
    if value is None:
        return None
    if not ID.fullmatch(value):
        raise BadParameterError(
            parameter, value, f"The `{parameter}` query parameter value [{value}] does not match ^[0-9]{{1,19}}$"
        )
    return int(value)


def _size(query: Mapping[str, str], sizes: range) -> int:
    value = query.get("max_results", "100" if sizes is EVENT_SIZES else "10")
    if not value.isascii() or not value.isdigit() or int(value) not in sizes:
        raise BadParameterError(
            "max_results", value, f"The `max_results` query parameter value [{value}] is not between {sizes[0]} and 100"
        )
    return int(value)


def _time(query: Mapping[str, str], parameter: str) -> Instant | None:
    value = query.get(parameter)
    if value is None:
        return None
    message = f"The `{parameter}` query parameter value [{value}] is no RFC 3339 time from 2010-11-06 on"
    try:
        at = round(datetime.fromisoformat(value).timestamp() * SECOND) if TIME.fullmatch(value) else 0
    except ValueError:
        at = 0
    if at < EARLIEST:
        raise BadParameterError(parameter, value, message)
    return at


def _open_token(token: str, scope: str) -> int:
    try:
        text = base64.b32decode(token.upper() + "=" * (-len(token) % 8)).decode()
    except (binascii.Error, ValueError):
        text = ""
    number, _, holds_for = text.partition("/")
    if holds_for != scope or not ID.fullmatch(number):
        raise BadParameterError(
            "pagination_token", token, f"The `pagination_token` query parameter value [{token}] is not valid"
        )
    return int(number)
