"""Messenger: the conversations of a Facebook Page, read with the Page's own token.

Sources: Meta's guide to the Conversations API of February 2026 and its machine-readable description v25.0; nobody here
has called the live API. Unverified, and so tolerated or a setting: the order of conversations and messages (times
decide), whether an unsent message moves its conversation, whether editing one does, and which tag an instant reply
carries (`automation_tags`). Away messages, bots and ice breakers come from the Page like any answer of a person: rules
tell them apart, by their texts. Without Advanced Access Meta leaves out the conversations of people who have no role
on the app: they are missing, and nothing says so, unless the Page counts unread messages and shows no conversation.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, ClassVar

from slamon.connectors._graph.answers import count
from slamon.connectors._graph.client import BATCH, DEBUG_TOKEN, Graph
from slamon.connectors._messenger.cursor import InboxCursor, Round, part_of
from slamon.connectors._messenger.inbox import ENDPOINTS, Inbox, Place
from slamon.connectors._messenger.messages import Voice
from slamon.connectors._messenger.pace import Pace
from slamon.connectors._messenger.probe import proved, refuse_lacking
from slamon.connectors._messenger.settings import MessengerSettings
from slamon.connectors.base import Connector, Finding, Identity, Page, Permission, Proof, Settings
from slamon.errors import PlatformError, Verdict
from slamon.model import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from slamon.connectors.base import Context, Expiry, OpenThread, Quota
    from slamon.connectors.http import Timeouts

MESSAGE_FIELDS = "id,created_time,from,message,reply_to,attachments{mime_type},tags"

_WHERE = "add it to the Meta app under Use cases, Messenger, and make the Page's token anew"
_ACCESS = "App Review, Advanced Access for pages_messaging: without it, people with no role on the app are left out"
_COUNTS = "the Page counts unread messages, and Meta shows none of its conversations"


class Messenger(Connector):
    """The inbox of one Page."""

    platform: ClassVar[str] = "messenger"
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.DIRECT_MESSAGE})
    delivers: ClassVar[frozenset[str]] = frozenset({"author.name", "permalink"})
    title: ClassVar[str] = "Messenger"
    permissions: ClassVar[tuple[Permission, ...]] = (
        Permission("pages_messaging", "the conversations with your Page", _WHERE),
        Permission("pages_manage_metadata", "the list of conversations", _WHERE),
        Permission("pages_read_engagement", "the Page itself", _WHERE),
    )
    endpoints: ClassVar[frozenset[str]] = ENDPOINTS | {"me", "page", BATCH, DEBUG_TOKEN}
    reach: ClassVar[str] = "every conversation; of each, its newest 20 messages"
    limits: ClassVar[str] = "2 calls a second for each Page; 200 calls a day for each person that it can message"
    Settings: ClassVar[type[Settings]] = MessengerSettings
    settings: MessengerSettings

    def __init__(
        self,
        settings: MessengerSettings,
        context: Context,
        timeouts: Timeouts | None = None,
        pause: Callable[[float], object] = time.sleep,
    ) -> None:
        """`pause` waits so many seconds, where a third call in a second would be refused."""
        super().__init__(settings, context)
        self.visible_after = settings.visible_after
        self._graph = Graph(settings, context, sorted(self.endpoints), timeouts=timeouts)
        place = Place(f"/{settings.account}/conversations", "messenger", MESSAGE_FIELDS)
        self._inbox = Inbox(self._graph, place, Pace(context.now, pause), context.now)
        self._voice = Voice(settings.account, automatic=frozenset(settings.automation_tags))

    def identify(self) -> Identity:
        """The Page of the token, which has to be the one that is configured."""
        found = self._graph.node("me", "/me", {"fields": "id,name"})
        if found.get("id") != self.settings.account:
            text = f"this is not the token of Page {self.settings.account}: use the Page's own, not a person's"
            raise PlatformError(Verdict.NOT_FOUND, text, code="another_account")
        name = found.get("name")
        return Identity(self.settings.account, name if isinstance(name, str) and name else self.settings.account)

    def fetch(self, identity: Identity, cursor: str | None, threads: Sequence[OpenThread] = ()) -> Iterator[Page]:
        """Each conversation that moved since the last poll, with its new messages, the oldest first."""
        del identity, threads
        refuse_lacking(self.permissions, self._listed())
        read = self._round(cursor, self.context.now() - self.context.lookback)
        yield from self._inbox.poll(self._voice, read)
        if not read.listed:
            self._check_silence()
        yield Page(cursor=json.dumps({"inbox": read.cursor().json()}, separators=(",", ":")), complete=True)

    def recheck(self, identity: Identity, cursor: str | None, threads: Sequence[OpenThread]) -> Iterator[Page]:
        """What moved since `cursor`; then the most urgent conversations one by one, which shows what was unsent."""
        del identity
        now = self.context.now()
        read = self._round(cursor, min((each.since for each in threads), default=now))
        yield from self._inbox.poll(self._voice, read)
        if not read.listed:
            self._check_silence()
        yield from self._inbox.looks(threads, self._voice)
        yield Page(complete=True)

    def probe(self) -> Iterator[Finding]:
        """By the first page of conversations, and by what Meta says of the token."""
        yield from proved(self.permissions, self._first_page, self._listed, _ACCESS)

    def quotas(self) -> Sequence[Quota]:
        """What Meta's headers said last, in percent."""
        return self._graph.quotas()

    def expiries(self) -> Sequence[Expiry]:
        """When the token ends, as far as Meta was asked."""
        return self._graph.facts.expiries() if self._graph.facts else ()

    @property
    def payer(self) -> str:
        """The token's."""
        return f"{self.platform}:{self._graph.payer}"

    def close(self) -> None:
        """Give back the sockets."""
        self._graph.close()

    def _round(self, cursor: str | None, start: int) -> Round:
        return Round(InboxCursor.parse(part_of(cursor, "inbox")), start, self.context.now(), self.visible_after)

    def _listed(self) -> frozenset[str]:
        facts = self._graph.inspected()
        return facts.scopes if facts else frozenset()

    def _first_page(self) -> tuple[Proof, str]:
        identity = self.identify()
        shown = self._inbox.listed_first()
        if shown:
            return Proof.OK, f"{identity.handle} can be read: {shown} conversations on the first page"
        if self._unread():
            return Proof.MISSING, _COUNTS
        return Proof.UNKNOWN, f"{identity.handle} can be read, and shows no conversation"

    def _check_silence(self) -> None:
        """No conversation at all may be silence, or a permission that is missing."""
        if self._unread():
            raise PlatformError(Verdict.PERMISSION, f"{_COUNTS}; {_ACCESS}", code="silent")

    def _unread(self) -> int:
        page = self._graph.node("page", f"/{self.settings.account}", {"fields": "id,unread_message_count"})
        return count(page.get("unread_message_count")) or 0
