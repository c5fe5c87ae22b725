"""A post's comments, read with as few calls as will do.

The list of a post holds the comments directly under it; replies stand in a list of their own, below each comment, and
only a count (which may be missing) tells whether there are any. A reply that somebody looks for is therefore sought:
first below the comment that names it, then below the others that have replies, at last by itself.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from slamon.connectors._linkedin.comments import Comment, Place, comment
from slamon.connectors._linkedin.values import ODD, reject
from slamon.errors import PlatformError, Verdict
from slamon.model import Side

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from slamon.connectors._linkedin.answers import Listing
    from slamon.connectors._linkedin.calls import Calls
    from slamon.connectors._linkedin.messages import Voices
    from slamon.model import Message, Reject

COMMENT_PAGES = 20
"""Pages of one list in one read: what lies behind them is unknown, not unanswered."""
SEARCHED = 20
"""Comments below which something is sought."""


class Sought(NamedTuple):
    """What a read of a post is after."""

    wanted: Collection[str]
    """Comments, and the replies below them."""
    whole: bool = True
    """Every comment directly under the post besides; else no further than to those that are wanted."""
    counts: Mapping[str, int] | None = None
    """How many replies were known below each comment: where that changed, they are wanted too."""


@dataclass(slots=True)
class Read:
    """What was read of one post."""

    comments: dict[str, Comment] = field(default_factory=dict)
    rejects: list[Reject] = field(default_factory=list)
    missing: set[str] = field(default_factory=set)
    """Of those that were sought, the ones that LinkedIn does not show."""
    cut: bool = False
    """There is more than was read."""

    @property
    def messages(self) -> list[Message]:
        """Everything, oldest first."""
        return sorted((each.message for each in self.comments.values()), key=lambda said: (said.created_at, said.id))

    def tops(self) -> list[Comment]:
        """The comments directly under the post."""
        return [each for each in self.comments.values() if each.top is None]

    def unseen(self, wanted: Collection[str]) -> set[str]:
        """Those of `wanted` that were not met yet."""
        return set(wanted) - self.comments.keys() - self.missing


class PostReader:
    """Reads comments for one poll or one look."""

    def __init__(self, calls: Calls, voices: Voices) -> None:
        self._calls = calls
        self._voices = voices

    def read(self, place: Place, sought: Sought) -> Read:
        """The comments under a post, and replies: below each wanted one, and wherever a wanted one is found.

        :raises PlatformError: the post's list cannot be read.
        """
        read = Read()
        for page in self._pages(self._calls.comments(place.thread), read):
            self._take(page, place, None, read)
            if not sought.whole and self._enough(read, sought.wanted):
                break
        read.cut = read.cut and sought.whole  # else what is still sought decides
        for top in self._to_open(read, sought):
            self._open(top, place, read)
        self._seek(place, sought.wanted, read)
        read.comments.update(_addressed(read))
        return read

    def _enough(self, read: Read, wanted: Collection[str]) -> bool:
        named = {name for top in read.comments.values() for name in top.selected}
        return not read.unseen(wanted) - named

    def _pages(self, pages: Iterator[Listing], read: Read) -> Iterator[Listing]:
        for number, page in enumerate(pages, 1):
            yield page
            if number == COMMENT_PAGES and page.next is not None:
                read.cut = True
                return

    def _take(self, page: Listing, place: Place, top: Comment | None, read: Read) -> None:
        for element in page.elements:
            try:
                found = comment(element, place, top.message if top else None, self._voices)
            except ODD as error:
                read.rejects.append(reject(element, error))
            else:
                read.comments[found.message.id] = found

    def _to_open(self, read: Read, sought: Sought) -> Iterator[Comment]:
        """The comments whose replies are to be read, as long as something is still sought."""
        opened = [top for top in read.tops() if _changed(top, sought)]
        yield from opened
        others = [top for top in read.tops() if top.replies != 0 and top not in opened]
        others.sort(key=lambda top: (not top.selected & read.unseen(sought.wanted), -top.message.created_at))
        for top in others[:SEARCHED]:
            if not read.unseen(sought.wanted):
                return
            yield top

    def _open(self, top: Comment, place: Place, read: Read) -> None:
        try:
            for page in self._pages(self._calls.replies(top.urn), read):
                self._take(page, place, top, read)
        except PlatformError as error:
            if error.verdict is not Verdict.NOT_FOUND:
                raise
            # Deleted since its list was read: who waits there is looked for by itself.
            read.comments.pop(top.message.id, None)

    def _seek(self, place: Place, wanted: Collection[str], read: Read) -> None:
        for each in sorted(read.unseen(wanted))[:SEARCHED]:
            try:
                found = comment(self._calls.comment(place.thread, each), place, None, self._voices)
            except PlatformError as error:
                if error.verdict is not Verdict.NOT_FOUND:
                    raise
                read.missing.add(each)
            except ODD as error:
                read.rejects.append(reject({"id": each}, error))
            else:
                read.comments[found.message.id] = found
        read.cut = read.cut or bool(read.unseen(wanted))


def _changed(top: Comment, sought: Sought) -> bool:
    if top.message.id in sought.wanted:
        return top.replies != 0
    return sought.counts is not None and top.replies != sought.counts.get(top.message.id, 0)


def _addressed(read: Read) -> dict[str, Comment]:
    """Who writes on where the page has spoken speaks to it, also where its words are older than the first poll."""
    below: defaultdict[str, list[Comment]] = defaultdict(list)
    for each in read.comments.values():
        if each.top is not None:
            below[each.top].append(each)
    found: dict[str, Comment] = {}
    for top, replies in below.items():
        above = read.comments.get(top)
        found |= _spoken_to(replies, [above] if above else [])
    return found


def _spoken_to(replies: Sequence[Comment], above: Sequence[Comment]) -> dict[str, Comment]:
    ours = {each.message.author.id for each in (*above, *replies) if each.message.side is Side.OURS}
    spoken = any(each.message.side is Side.OURS for each in above)
    found: dict[str, Comment] = {}
    for each in sorted(replies, key=lambda reply: reply.message.created_at):
        said = each.message
        if said.side is Side.OURS:
            spoken = True
        elif spoken and said.opens_with in {None, said.author.id, *ours}:
            found[said.id] = replace(each, message=replace(said, addressed=True))
    return found
