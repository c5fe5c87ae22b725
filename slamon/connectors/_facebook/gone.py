"""What Facebook no longer shows: told apart, as far as it can be, from what this token is no longer shown.

Code 100/33 says "missing, deleted, or not allowed" of all three. So nothing is taken for deleted unless the Page itself
is still shown, and there is a sign that the words of others are still shown too: some of them, or the token's scopes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from slamon.connectors._facebook.messages import ODD, Post, by_others, comments_of, post_message, post_of
from slamon.connectors._graph.client import Ask
from slamon.connectors._graph.errors import GONE
from slamon.connectors.base import Page
from slamon.errors import PlatformError, Verdict
from slamon.model import Gone

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from slamon.connectors._facebook.reads import Reads, Thread
    from slamon.connectors._graph.answers import Json
    from slamon.connectors._graph.client import Graph
    from slamon.connectors.base import Identity
    from slamon.model import Instant, Message

ENGAGEMENT, USER_CONTENT, MODERATE = "pages_read_engagement", "pages_read_user_content", "MODERATE"
UNSHOWN = 3
"""So many comments that are counted and not shown, with none by others shown at all, are no accident of privacy."""
SAMPLE = 25


@dataclass(slots=True)
class Sight:
    """What a read saw of the words of others: whether silence is silence."""

    ours: frozenset[str]
    others: bool = False
    """Something by somebody else was shown."""
    unshown: int = 0
    """Comments that lists counted and did not show."""

    def post(self, post: Post) -> None:
        """Note a post."""
        self.others = self.others or not post.ours or by_others(post.sample, self.ours)

    def thread(self, thread: Thread) -> None:
        """Note what came of a post's comments."""
        raws = thread.raws
        self.others = self.others or by_others(raws, self.ours)
        if thread.ended and thread.total is not None:
            self.unshown += max(0, thread.total - len(raws))

    def check(self) -> None:
        """Refuse to take a withheld Page for a silent one.

        :raises PlatformError: `PERMISSION`: comments are counted, and none by others is shown.
        """
        if self.others or self.unshown < UNSHOWN:
            return
        text = (
            f"comments: the Page counts {self.unshown} more, and shows none by others: the token lacks {USER_CONTENT}, "
            f"it is not the Page's own, or the person behind it lacks the task {MODERATE}; make a new one with these"
        )
        raise PlatformError(Verdict.PERMISSION, text, code="silent")


class Confirming:
    """Asks once more for what was not shown where it should stand."""

    def __init__(self, graph: Graph, reads: Reads, identity: Identity, sight: Sight) -> None:
        self._graph = graph
        self._reads = reads
        self._identity = identity
        self._sight = sight

    def page(self, missing: Mapping[str, Post], whole: frozenset[str], now: Instant) -> Page:
        """What became of `missing`, ids with the post that each is or stands under; unknown where that cannot be told.

        `whole` names posts whose comments were shown to the last one that is counted: no right is missing there.
        """
        ids = list(missing)
        account = Ask(f"/{self._identity.account}", {"fields": "id"})
        answers = self._reads.look_up(lambda: self._graph.many([account, *(self._ask(id_, missing) for id_ in ids)]))
        messages: list[Message] = []
        lost: list[str] = []
        for id_, answer in zip(ids, answers[1:], strict=True):
            if not isinstance(answer, PlatformError):
                messages += self._said(id_, answer, missing[id_])
            elif answer.code == GONE:
                lost.append(id_)
        readable = not isinstance(answers[0], PlatformError)
        sure = [id_ for id_ in lost if readable and self._sure(id_, missing[id_], whole, lost)]
        if readable and len(sure) < len(lost) and self._shown_others():
            sure = lost
        unknown = {missing[id_].id for id_ in lost if id_ not in sure}
        return Page(messages=messages, gone=[Gone(id_, now) for id_ in sure], partial=sorted(unknown))

    def _ask(self, id_: str, missing: Mapping[str, Post]) -> Ask:
        return Ask(f"/{id_}", self._reads.post_fields if missing[id_].id == id_ else self._reads.comment_fields)

    def _said(self, id_: str, raw: Json, post: Post) -> Sequence[Message]:
        """It is there after all, perhaps with other words."""
        if post.id != id_:
            return comments_of([raw], post, self._identity.ours)[0]
        try:
            shown = post_of(raw, self._identity.ours, post.kind, advertised=post.advertised)
            return [post_message(raw, shown)]
        except ODD:
            return []

    def _sure(self, id_: str, post: Post, whole: frozenset[str], lost: Sequence[str]) -> bool:
        """Whether it can be nothing but deleted: no lack of a right hides the Page's own posts."""
        if self._sight.others or (id_ != post.id and post.id in whole):
            return True
        return post.ours and post.id in lost

    def _shown_others(self) -> bool:
        """Whether the words of others are still shown: by the token's scopes, or by the newest posts."""
        facts = self._graph.inspected(max_age=0)
        if facts is not None:
            return USER_CONTENT in facts.scopes
        newest = self._graph.edge(
            "feed", f"/{self._identity.account}/feed", {**self._reads.post_fields, "limit": SAMPLE}
        )
        for raw in newest.data:
            post = _readable(raw, self._identity.ours)
            if post is not None:
                self._sight.post(post)
        return self._sight.others


def _readable(raw: Any, ours: frozenset[str]) -> Post | None:  # noqa: ANN401 - any JSON
    try:
        return post_of(raw, ours)
    except ODD:
        return None
