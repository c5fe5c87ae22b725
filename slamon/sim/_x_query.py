"""What may be asked of the pretend X: parameters are checked as strictly as X checks them."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from slamon.model import SECOND
from slamon.sim import _x_shape as shape

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from slamon.model import Instant
    from slamon.sim._x_network import Post

ID = re.compile(r"[0-9]{1,19}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z")
EARLIEST: Instant = 1_289_001_600_000
"""2010-11-06, before which X takes no time."""
PAGE_SIZES = range(5, 101)
DEFAULT_PAGE_SIZE = 10
MAX_LOOKUP = 100
LOOK = frozenset({"tweet.fields", "post.fields", "user.fields", "expansions"})
LIST = LOOK | {"since_id", "until_id", "start_time", "end_time", "max_results", "pagination_token"}
OLDER_SPELLING = {newer: older for older, newer in shape.NEWER_SPELLING.items()} | {
    "referenced_posts.id": "referenced_tweets.id",
    "referenced_posts.id.author_id": "referenced_tweets.id.author_id",
}
OLDER_EXPANSIONS = OLDER_SPELLING | {"referenced_posts": "referenced_tweets.id"}


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

    def cut(self, posts: Iterator[Post]) -> tuple[list[Post], bool]:
        """The newest posts of the stretch, no more than a page, and whether there are more."""
        page: list[Post] = []
        for post in posts:
            if int(post.id) <= self.after or (not self.after and post.created_at < self.start):
                break
            if self._too_new(post):
                continue
            if len(page) == self.size:
                return page, True
            page.append(post)
        return page, False

    def _too_new(self, post: Post) -> bool:
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


def span(query: Mapping[str, str], scope: str) -> Span:
    """The stretch of a list that is asked for; `scope` names the list, and page tokens hold for one list only."""
    token = query.get("pagination_token")
    until = _number(query, "until_id")
    return Span(
        after=_number(query, "since_id") or 0,
        before=_open_token(token, scope) if token is not None else until,
        start=_time(query, "start_time") or 0,
        end=_time(query, "end_time"),
        size=_size(query),
    )


def token_after(page: list[Post], scope: str) -> str:
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


def _size(query: Mapping[str, str]) -> int:
    value = query.get("max_results", str(DEFAULT_PAGE_SIZE))
    if not value.isascii() or not value.isdigit() or int(value) not in PAGE_SIZES:
        raise BadParameterError(
            "max_results", value, f"The `max_results` query parameter value [{value}] is not between 5 and 100"
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
