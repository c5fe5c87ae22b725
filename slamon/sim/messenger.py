"""The pretend Messenger: the conversations of one Page on the pretend Graph API.

Left out: sending, reactions, reads, webhooks, the hand-over between apps. As on the real one, a conversation moves up
with every message of either side, only the newest 20 of its messages can be read, and without Advanced Access people
with no role on the app are missing, without a word.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

from slamon.model import SECOND
from slamon.sim._graph.api import GraphError, GraphToken, Kind, PretendGraph, Ref, add_verbs
from slamon.sim._graph.refusals import REFUSALS, unknown_object
from slamon.sim._messenger.inbox import Inbox, Person
from slamon.sim._messenger.shape import Shape

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from slamon.model import Instant
    from slamon.sim._graph.api import Asked, Edge
    from slamon.sim._messenger.inbox import Dialogue

PAGE_ID = "100200300400500"
SCOPES = frozenset({"pages_messaging", "pages_manage_metadata", "pages_read_engagement"})
INSTANT_REPLY = "pages_comm_instant_reply"


class Bursts:
    """Calls in each second; more than `most` are refused with code 613."""

    def __init__(self, clock: Callable[[], Instant], most: int | None) -> None:
        self._clock = clock
        self._most = most
        self._last: deque[Instant] = deque()

    def spend(self) -> None:
        """Take a call.

        :raises GraphError: one too many.
        """
        now = self._clock()
        while self._last and self._last[0] <= now - SECOND:
            self._last.popleft()
        if self._most is not None and len(self._last) >= self._most:
            raise REFUSALS["bursting"].with_traceback(None)
        self._last.append(now)


class PretendMessenger(PretendGraph):
    """Messenger on loopback, for one Page. Use it as a context manager.

    `roles` are the handles of people with a role on the app; `calls_per_second` of `None` sets no limit.
    """

    def __init__(
        self,
        clock: Callable[[], Instant],
        *,
        token: str = "pretend-page-token",  # noqa: S107 - it opens nothing but this range
        roles: Sequence[str] = (),
        calls_per_second: int | None = 2,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        super().__init__(clock, PAGE_ID, host, port)
        self.inbox = Inbox(clock, Person(id=PAGE_ID, handle="acme", name="Acme"), style="messenger")
        self.page_token = self.tokens.add(
            GraphToken(value=token, node=PAGE_ID, scopes=set(SCOPES), tasks={"MESSAGING"})
        )
        self.advanced_access = True
        self.roles = set(roles)
        self._bursts = Bursts(clock, calls_per_second)
        self._shape = Shape(self.inbox, platform="messenger", may_see=self._may_see)
        self._account = self._page_kind()
        self._person = Kind("User", {"id": lambda each, _: each.id, "name": lambda each, _: each.name})
        add_verbs(
            self.server,
            {"post": self.customer_writes, "reply": self.brand_replies, "edit": self.edit, "delete": self.delete},
        )

    def customer_writes(self, handle: str, text: str, at: Instant | None = None, **facts: object) -> str:
        """Write to the Page as `handle`; `facts` such as `attachment="image/jpeg"` or `sticker=True`."""
        return self.inbox.writes(handle, text, at, **facts)

    def brand_replies(self, to: str, text: str, at: Instant | None = None, *, instant_reply: bool = False) -> str:
        """Write as the Page in the conversation of the message `to`, or let Meta do so by itself."""
        tags = ("inbox", "sent", *((INSTANT_REPLY,) if instant_reply else ("source:web",)))
        return self.inbox.answers(to, text, at, tags=tags)

    def edit(self, message: str, text: str) -> None:
        """The author of a message changes it; its conversation does not move."""
        self.inbox.edit(message, text)

    def delete(self, message: str) -> None:
        """The author of a message unsends it."""
        self.inbox.unsend(message)

    def find(self, node: str, token: GraphToken) -> Ref:
        """The Page, a person behind a token, a conversation or a message."""
        if node == PAGE_ID:
            return Ref(self._account, self.inbox.ours)
        if node == token.node:
            return Ref(self._person, Person(id=node, handle="", name="Somebody"))
        self._admit(token)
        dialogue = self._shape.conversation(node)
        if dialogue is not None:
            return Ref(self._shape.thread, dialogue)
        letter = self._shape.letter(node)
        if letter is None:
            raise unknown_object(node)
        return Ref(self._shape.message, letter)

    def _page_kind(self) -> Kind:
        fields = {
            "id": lambda page, _: page.id,
            "name": lambda page, _: page.name,
            "unread_message_count": lambda _page, _: sum(each.unread for each in self.inbox.dialogues.values()),
        }
        return Kind("Page", fields, {"conversations": self._conversations()}, default=("name", "id"))

    def _conversations(self) -> Edge:
        listed = self._shape.edge.rows

        def rows(page: object, asked: Asked) -> Sequence[Dialogue]:
            self._admit(asked.token)
            return listed(page, asked)

        return replace(self._shape.edge, rows=rows)

    def _admit(self, token: GraphToken) -> None:
        """Take a call for conversations.

        :raises GraphError: not with this token, or too fast.
        """
        if token.node != PAGE_ID:
            raise GraphError(190, "(#190) This method must be called with a Page Access Token")
        for scope in sorted(SCOPES):
            token.need(scope)
        self._bursts.spend()

    def _may_see(self, dialogue: Dialogue) -> bool:
        return self.advanced_access or dialogue.person.handle in self.roles
