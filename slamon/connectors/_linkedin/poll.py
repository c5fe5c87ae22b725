"""One poll of a page on LinkedIn: what notifications name, or the newest posts; then threads where somebody waits."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from slamon.connectors._linkedin.comments import Place
from slamon.connectors._linkedin.cursor import OVERLAP
from slamon.connectors._linkedin.looks import is_foreign
from slamon.connectors._linkedin.messages import own_post
from slamon.connectors._linkedin.notes import DELETED, MENTIONED, WRITTEN
from slamon.connectors._linkedin.notified import notified
from slamon.connectors._linkedin.reads import Sought
from slamon.connectors._linkedin.round import Round
from slamon.connectors._linkedin.urns import number, post_urn
from slamon.connectors._linkedin.values import ODD
from slamon.connectors.base import Page
from slamon.errors import PlatformError, Verdict
from slamon.model import HOUR

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from slamon.connectors._linkedin.cursor import Memory
    from slamon.connectors._linkedin.looks import Looks, Waiting
    from slamon.connectors._linkedin.reads import Read
    from slamon.connectors._linkedin.settings import LinkedInSettings
    from slamon.connectors.base import OpenThread
    from slamon.model import Message, Millis

LEAST_POSTS = 10
"""Fewer cannot be asked for at once."""
LOOKED_EVERY: Millis = HOUR
"""How often a thread is read again of which notifications should tell everything."""


def poll(looks: Looks, memory: Memory, threads: Sequence[OpenThread]) -> Iterator[Page]:
    """Page by page, an answer after what it answers; the last one carries the cursor, moved on in `memory`."""
    settings = looks.settings
    round_ = Round(looks, memory, threads)
    actions = _actions(settings)
    by_posts = _by_posts(settings)
    parts = (
        notified(round_, actions) if actions else (),
        _listed(round_) if by_posts else (),
        _followed(round_, by_posts=by_posts),
    )
    for page in chain.from_iterable(parts):
        if page.messages or page.gone or page.partial or page.rejects:
            yield page
    yield Page(cursor=memory.text(round_.floor), complete=not round_.gap)


def _by_posts(settings: LinkedInSettings) -> bool:
    return "comments" in settings.watch and settings.comments_by == "posts"


def _actions(settings: LinkedInSettings) -> list[str]:
    actions = [MENTIONED] if "mentions" in settings.watch else []
    if "comments" in settings.watch and not _by_posts(settings):
        actions += [*WRITTEN, DELETED]
    return actions


def _listed(round_: Round) -> Iterator[Page]:
    """The page's newest posts, each with its comments."""
    looks, memory, shown = round_.looks, round_.memory, False
    known, memory.posts = memory.posts, {}
    for element, thread in _own_posts(looks):
        since = known.get(thread)
        start = round_.start if since is None else since - OVERLAP
        waits = round_.waits_in(thread)
        read = _comments(looks, thread, waits, memory)
        if read is None:
            continue
        shown = shown or bool(read.comments)
        memory.posts[thread] = round_.now
        memory.counts.update({top.message.id: top.replies for top in read.tops() if top.replies})
        yield Page([root for root in _root(looks, element, thread) if root.created_at >= start and round_.is_new(root)])
        yield round_.page(thread, read, start, waits)
    if not shown:
        looks.rights.stand()


def _own_posts(looks: Looks) -> Iterator[tuple[Any, str]]:
    left = looks.settings.posts
    for page in looks.calls.posts(max(left, LEAST_POSTS)):
        for element in page.elements:
            thread = post_urn(element.get("id")) if isinstance(element, dict) else None
            if thread is not None and element.get("lifecycleState", "PUBLISHED") == "PUBLISHED":
                yield element, thread
                left -= 1
            if not left:
                return


def _comments(looks: Looks, thread: str, waits: Waiting, memory: Memory) -> Read | None:
    sought = Sought(waits.messages - {number(thread)}, counts=memory.counts)
    try:
        return looks.posts.read(Place(thread, ours=True), sought)
    except PlatformError as error:
        if error.verdict is not Verdict.NOT_FOUND:
            raise
        return None  # deleted since it was listed


def _root(looks: Looks, element: Any, thread: str) -> list[Message]:  # noqa: ANN401 - any JSON
    try:
        return [own_post(element, thread, looks.voices)]
    except ODD:
        return []  # a root without a time; its comments are read all the same


def _followed(round_: Round, *, by_posts: bool) -> Iterator[Page]:
    """Threads where somebody waits, again; those beyond the limit that no list shows are unknown."""
    looks, memory = round_.looks, round_.memory
    left = looks.settings.follow
    for thread, waits in list(round_.open.items()):
        foreign = is_foreign(thread, waits, memory.mentions)
        listed = not (foreign or by_posts)
        if listed and memory.looked.get(thread, 0) > round_.now - LOOKED_EVERY:
            continue
        if left:
            left -= 1
            round_.waits_in(thread)
            page = looks.look(thread, waits.messages, foreign=foreign)
            due = [said for said in page.messages if round_.is_news(said, waits)]
            yield Page(due, page.gone, page.partial, page.rejects)
        elif not listed:
            yield Page(partial=(thread,))
