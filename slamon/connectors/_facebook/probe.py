"""What a Page's token may do: by what Meta says of it, where that can be asked, and by real reads in any case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slamon.connectors._facebook.gone import ENGAGEMENT, MODERATE, USER_CONTENT
from slamon.connectors._graph.answers import nested
from slamon.connectors.base import Finding, Permission, Proof, failed
from slamon.errors import PlatformError, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from slamon.connectors._graph.client import Graph
    from slamon.connectors._graph.token import TokenFacts

_APP = "the Meta app: App Review, Permissions and features; then a new token of somebody with a role on the Page"
PERMISSIONS = (
    Permission(ENGAGEMENT, "the Page's posts, and anything at all", _APP),
    Permission(USER_CONTENT, "what visitors post, and what people comment and reply", _APP),
    Permission(
        MODERATE,
        "ids and authors of comments",
        "the Page: Settings, Page access; a task of the person behind the token",
    ),
)
FIELDS = (
    "id,from{id},comments.filter(stream).order(reverse_chronological).limit(5).summary(true)"
    "{id,from{id},can_hide,can_remove}"
)
POSTS = 25


def findings(graph: Graph, account: str, me: Callable[[], object]) -> Iterator[Finding]:
    """A line for each permission, by the Page's newest posts and some of their comments; `me` refuses a wrong token."""
    try:
        me()
        facts = graph.inspected()
        feed = graph.edge("feed", f"/{account}/feed", {"fields": FIELDS, "limit": POSTS}).data
    except PlatformError as error:
        yield from _refused(error)
        return
    sample = _Sample([post for post in feed if isinstance(post, dict)], account)
    yield _engagement(sample, facts)
    yield _user_content(sample, facts)
    yield _moderate(sample)


class _Sample:
    """Posts with some of their comments, counted."""

    def __init__(self, posts: Sequence[dict[str, Any]], account: str) -> None:
        lists = [found for post in posts if (found := nested(post, "comments"))]
        comments = [item for found in lists for item in found.data if isinstance(item, dict)]
        self.posts = len(posts)
        self.counted = sum(found.total or 0 for found in lists)
        self.shown = len(comments)
        self.visitors = sum(_author(post) != account for post in posts)
        self.others = [comment for comment in comments if _author(comment) != account]
        self.nameless = sum("id" not in comment for comment in comments)
        self.moderated = sum(comment.get("can_hide") is True for comment in self.others)


def _refused(error: PlatformError) -> Iterator[Finding]:
    for each in PERMISSIONS:
        lacking = each.name == ENGAGEMENT or error.verdict is not Verdict.PERMISSION
        if lacking:
            yield failed(each.name, error, each.where if error.verdict is Verdict.PERMISSION else "")
        else:
            yield Finding(each.name, Proof.UNKNOWN, "nothing could be read")


def _engagement(sample: _Sample, facts: TokenFacts | None) -> Finding:
    said = f"the Page can be read: {sample.posts} of its newest posts"
    return _scope(ENGAGEMENT, facts) or Finding(ENGAGEMENT, Proof.OK, said)


def _user_content(sample: _Sample, facts: TokenFacts | None) -> Finding:
    lacking = _scope(USER_CONTENT, facts)
    if lacking:
        return lacking
    if sample.others or sample.visitors:
        said = f"{sample.visitors} posts by visitors and {len(sample.others)} comments by others are shown"
        return Finding(USER_CONTENT, Proof.OK, said)
    if facts is not None:
        return Finding(USER_CONTENT, Proof.OK, "Meta lists it among the token's scopes; nobody wrote anything lately")
    said = f"{sample.counted} comments are counted, and none by others is shown"
    hint = "" if sample.counted == 0 else "comments that are counted and not shown speak for a missing right"
    return Finding(USER_CONTENT, Proof.UNKNOWN, said, hint)


def _moderate(sample: _Sample) -> Finding:
    where = PERMISSIONS[2].where
    if sample.nameless:
        said = f"{sample.nameless} of {sample.shown} comments come without an id"
        return Finding(MODERATE, Proof.MISSING, said, where)
    if sample.moderated:
        return Finding(MODERATE, Proof.OK, f"{sample.moderated} comments by others may be hidden with this token")
    if sample.others:
        return Finding(MODERATE, Proof.UNKNOWN, "comments by others are shown, and none of them may be hidden", where)
    return Finding(MODERATE, Proof.UNKNOWN, "there is no comment by others to tell from")


def _scope(name: str, facts: TokenFacts | None) -> Finding | None:
    if facts is None or name in facts.scopes:
        return None
    where = next(each.where for each in PERMISSIONS if each.name == name)
    return Finding(name, Proof.MISSING, "Meta does not list it among the token's scopes", where)


def _author(item: dict[str, Any]) -> str:
    who = item.get("from")
    known = who.get("id") if isinstance(who, dict) else None
    return known if isinstance(known, str) else ""
