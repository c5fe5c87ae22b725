"""Instagram: comments under the account's posts, tags by others, and direct messages, for a professional account.

Two ways to log in, two hosts: with the token of the linked Page (graph.facebook.com), or with the account's own, which
lasts 60 days and is renewed (graph.instagram.com). Sources: Meta's documents of 2024 to 2026 and its machine-readable
description v25.0; nobody here has called the live API. Unverified, and so tolerated: the order of replies; whether the
host of the second way takes batches (none are sent there); the id under which the account itself writes there; whether
our comment under somebody else's post can be read where we are tagged but not named (else that wait is unknown).
Not to be had by asking: who mentions the account in captions or comments elsewhere, which Meta tells by webhook only.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar

from slamon.connectors._graph.client import BATCH, DEBUG_TOKEN, Access, Graph
from slamon.connectors._instagram.account import ME, RIGHTS, Account
from slamon.connectors._instagram.cursor import Cursor
from slamon.connectors._instagram.looks import ACCOUNT, Looks, Sight
from slamon.connectors._instagram.posts import COMMENTS, MEDIA, REPLIES, Posts, Reading
from slamon.connectors._instagram.probe import Probe
from slamon.connectors._instagram.settings import InstagramSettings, Login, Surface
from slamon.connectors._instagram.tags import TAGS, Tags
from slamon.connectors._instagram.token import REFRESH, Renewal
from slamon.connectors._messenger.cursor import Round
from slamon.connectors._messenger.inbox import ENDPOINTS, Inbox, Place
from slamon.connectors._messenger.messages import Voice
from slamon.connectors._messenger.pace import Pace
from slamon.connectors.base import Connector, Identity, OpenThread, Page, Permission, Settings
from slamon.model import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from slamon.connectors._instagram.comments import Us
    from slamon.connectors._messenger.cursor import InboxCursor
    from slamon.connectors.base import Context, Expiry, Finding, Quota
    from slamon.connectors.http import Timeouts
    from slamon.model import Instant

MESSAGE_FIELDS = "id,created_time,from,message,reply_to,attachments{mime_type},story"
DIALOGUE = "dm/"
"""Before the thread id of a conversation: posts and conversations share no numbering."""
LOOKS = 25
"""Waiting comments that a poll looks at one by one: those whose posts are on no list any more."""


class Instagram(Connector):
    """One professional account."""

    platform: ClassVar[str] = "instagram"
    kinds: ClassVar[frozenset[Kind]] = frozenset(
        {Kind.COMMENT, Kind.POST, Kind.MENTION, Kind.DIRECT_MESSAGE, Kind.STORY_MENTION, Kind.STORY_REPLY}
    )
    delivers: ClassVar[frozenset[str]] = frozenset({"author.handle", "reach", "permalink"})
    flat_replies: ClassVar[bool] = True
    follows_threads: ClassVar[bool] = True
    title: ClassVar[str] = "Instagram"
    permissions: ClassVar[tuple[Permission, ...]] = tuple(
        each for rights in RIGHTS.values() for each in (*rights.basic, *rights.comments, *rights.messages)
    )
    endpoints: ClassVar[frozenset[str]] = ENDPOINTS | {
        ME, ACCOUNT, MEDIA, COMMENTS, REPLIES, TAGS, REFRESH, BATCH, DEBUG_TOKEN
    }  # fmt: skip
    reach: ClassVar[str] = "comments on the posts of the last 30 days (`posts_for`); of a conversation, 20 messages"
    limits: ClassVar[str] = "4,800 calls a day for each time a post was seen; conversations: 2 calls a second"
    Settings: ClassVar[type[Settings]] = InstagramSettings
    settings: InstagramSettings

    def __init__(
        self,
        settings: InstagramSettings,
        context: Context,
        timeouts: Timeouts | None = None,
        pause: Callable[[float], object] = time.sleep,
    ) -> None:
        """`pause` waits so many seconds, where a third call for conversations in a second would be refused."""
        super().__init__(settings, context)
        self.visible_after = settings.visible_after
        own = settings.login is Login.INSTAGRAM
        configured = settings.credentials.access_token.get
        self._renewal = Renewal(settings.base_url, context, configured(), timeouts) if own else None
        access = Access(self._renewal.access, self._renewal.refused) if self._renewal else None
        self._graph = Graph(settings, context, sorted(self.endpoints), timeouts=timeouts, access=access)
        self._account = Account(self._graph, settings, self._renewal, context.now)
        self._posts = Posts(self._graph)
        self._tags = Tags(self._graph)
        self._looks = Looks(self._graph, self._posts, batches=not own)
        place = Place("/me/conversations", "instagram", MESSAGE_FIELDS, DIALOGUE)
        self._inbox = Inbox(self._graph, place, Pace(context.now, pause), context.now)
        self._unreadable: set[str] = set()
        """Others' posts whose comments were refused to us."""

    def identify(self) -> Identity:
        """The account behind the token, with its lasting id; the team by name, for want of ids that others may see."""
        return self._account.identify()

    def fetch(self, identity: Identity, cursor: str | None, threads: Sequence[OpenThread] = ()) -> Iterator[Page]:
        """New comments post by post, new tags, and what was written in conversations; each branch in its order."""
        if self._renewal:
            self._renewal.keep_fresh()
        self._account.check_rights()
        us, was = self._account.us(identity), Cursor.parse(cursor)
        now = self.context.now()
        start = now - self.context.lookback
        posts, tags, tags_at, inbox = was.posts, was.tags, was.tags_at, was.inbox
        if Surface.COMMENTS in self.settings.watch:
            read = Reading(was.posts, start, now, now - self.settings.posts_for)
            yield from self._posts.poll(us, read)
            yield from self._follow(threads, us, read)
            posts = read.marks
        if Surface.TAGS in self.settings.watch:
            messages, rejects, tags = self._tags.new(us, was, start)
            tags_at = now
            # With the account's own login, nothing shows whether we answered there.
            unknown = tuple(each.thread for each in messages) if self._renewal else ()
            if messages or rejects:
                yield Page(messages, partial=unknown, rejects=rejects)
            yield from self._follow_tags(threads, us)
        if Surface.MESSAGES in self.settings.watch:
            round_ = self._round(was.inbox, start)
            yield from self._inbox.poll(self._voice(us), round_)
            inbox = round_.cursor()
        yield Page(cursor=Cursor(posts, tags, tags_at, inbox).text(), complete=True)

    def recheck(self, identity: Identity, cursor: str | None, threads: Sequence[OpenThread]) -> Iterator[Page]:
        """Each post with its newest comments, each waiting comment that is not among them, each conversation."""
        us, was, sight = self._account.us(identity), Cursor.parse(cursor), Sight()
        comments = [each for each in threads if _is_comment(each)]
        tags = [each.thread for each in threads if _is_tag(each)]
        dialogues = [each for each in threads if _is_dialogue(each)]
        if comments:
            self._looks.posts(comments, us, sight)
        if tags and self._renewal is None:
            self._looks.tags(list(dict.fromkeys(tags)), us, sight)
        else:
            sight.partial |= dict.fromkeys(tags)
        if comments or tags:
            yield sight.page(self.context.now())
        if dialogues:
            start = min(each.since for each in dialogues)
            yield from self._inbox.poll(self._voice(us), self._round(was.inbox, start))
            yield from self._inbox.looks(dialogues, self._voice(us))
        yield Page(complete=True)

    def probe(self) -> Iterator[Finding]:
        """By the account, by comments under its newest posts, and by the first page of conversations."""
        yield from Probe(self._account, self._graph, self._inbox).findings(self.settings.watch)

    def quotas(self) -> Sequence[Quota]:
        """What Meta's headers said last, in percent."""
        return self._graph.quotas()

    def expiries(self) -> Sequence[Expiry]:
        """When the token ends, as far as is known."""
        if self._renewal:
            return self._renewal.expiries()
        return self._graph.facts.expiries() if self._graph.facts else ()

    @property
    def payer(self) -> str:
        """The token's."""
        return f"{self.platform}:{self._graph.payer}"

    def close(self) -> None:
        """Give back the sockets."""
        self._graph.close()
        if self._renewal:
            self._renewal.close()

    def _follow(self, threads: Sequence[OpenThread], us: Us, read: Reading) -> Iterator[Page]:
        """Waiting comments of which this read saw nothing: their posts are on no list, or they stand too deep."""
        waiting = [
            (each.thread, message)
            for each in threads
            if _is_comment(each) and each.thread not in read.unchanged
            for message in each.messages
            if message not in read.messages
        ]
        if not waiting:
            return
        sight = Sight(shown=read.shown)
        self._looks.comments(waiting[:LOOKS], us, sight)
        sight.messages = [each for each in sight.messages if each.id not in read.messages]
        yield sight.page(self.context.now())

    def _follow_tags(self, threads: Sequence[OpenThread], us: Us) -> Iterator[Page]:
        """Whether we commented under the posts of others that wait."""
        waiting = [each.thread for each in threads if _is_tag(each) and each.thread not in self._unreadable]
        if not waiting or self._renewal:
            return
        sight = Sight()
        self._looks.tags(list(dict.fromkeys(waiting))[:LOOKS], us, sight)
        self._unreadable.update(sight.partial)
        yield sight.page(self.context.now())

    def _round(self, was: InboxCursor, start: Instant) -> Round:
        return Round(was, start, self.context.now(), self.visible_after)

    def _voice(self, us: Us) -> Voice:
        return Voice(us.account, us.handle)


def _is_dialogue(thread: OpenThread) -> bool:
    return thread.thread.startswith(DIALOGUE)


def _is_tag(thread: OpenThread) -> bool:
    """The post itself waits: it is somebody else's."""
    return thread.thread in thread.messages


def _is_comment(thread: OpenThread) -> bool:
    return not _is_dialogue(thread) and not _is_tag(thread)
