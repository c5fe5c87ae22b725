"""X (API v2): posts that mention the account, posts that a search finds, direct messages, and what we post ourselves.

Sources: X's documentation of August 2026 and its OpenAPI 2.159 and 2.167. Not stated there, and so unverified: whether
included authors are billed, whether mentions still hold retweets (they are left out anyway), whether a look-up
tells suspended authors from deleted posts (both count as gone), whether the texts of direct messages are escaped, and
how a refused refresh token is answered (400, 401 and 403 all mean that a person must sign in again).
"""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, ClassVar

from slamon.connectors._vault import fingerprint
from slamon.connectors._x import account
from slamon.connectors._x.answers import dialect
from slamon.connectors._x.cursor import Cursor
from slamon.connectors._x.inbox import Inbox
from slamon.connectors._x.lists import PAGE_SIZE, SEARCH_DELAY, Reading, found_by, goes_on, mentions_of, own_posts
from slamon.connectors._x.messages import is_dialogue
from slamon.connectors._x.people import People
from slamon.connectors._x.probe import findings
from slamon.connectors._x.reader import CLOCK_GRAIN, Reader
from slamon.connectors._x.settings import XSettings
from slamon.connectors._x.spend import Bill
from slamon.connectors._x.tokens import UserToken
from slamon.connectors._x.wording import Asking
from slamon.connectors.base import Connector, Page, Permission, Settings
from slamon.connectors.http import Http, Timeouts
from slamon.model import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from slamon.connectors._x.lists import PostList
    from slamon.connectors.base import Context, Expiry, Finding, Identity, OpenThread, Quota

__all__ = ["CLOCK_GRAIN", "PAGE_SIZE", "X"]

MESSAGES = "messages"
"""The key of direct messages in the cursor, and in `watch`."""
_CONSOLE = "an app with API access in X's developer console; with a user token, the scope of that name as well"
_SCOPES = "sign in as the account with the scopes tweet.read users.read dm.read offline.access: docs/connectors/x.md"


class X(Connector):
    """One account on X, with its team, by an app-only bearer token or by the account's own."""

    platform: ClassVar[str] = "x"
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.MENTION, Kind.QUOTE, Kind.LISTENING, Kind.DIRECT_MESSAGE})
    delivers: ClassVar[frozenset[str]] = frozenset(
        {"author.handle", "author.name", "author.followers", "author.verified", "language", "reach", "permalink"}
    )
    title: ClassVar[str] = "X"
    permissions: ClassVar[tuple[Permission, ...]] = (
        Permission("tweet.read", "mentions, what a search finds, and what you post yourselves", _CONSOLE),
        Permission("users.read", "the accounts behind handles, and who wrote", _CONSOLE),
        Permission("dm.read", "direct messages", _SCOPES, optional=True),
        Permission("offline.access", "anything, two hours after you signed in", _SCOPES, optional=True),
    )
    endpoints: ClassVar[frozenset[str]] = frozenset(
        {"users", "me", "mentions", "posts", "search", "lookup", MESSAGES, "conversations", "token"}
    )
    reach: ClassVar[str] = (
        "the newest 800 mentions and the newest 3,200 posts of each account of yours, 7 days of search, 30 days of "
        "direct messages"
    )
    limits: ClassVar[str] = (
        "in 15 minutes 450 reads of mentions and 450 searches for an app (300 for an account), and 15 reads of direct "
        "messages; X bills by what it returns"
    )
    Settings: ClassVar[type[Settings]] = XSettings
    settings: XSettings

    def __init__(self, settings: XSettings, context: Context, timeouts: Timeouts | None = None) -> None:
        super().__init__(settings, context)
        patience = timeouts or Timeouts()
        self._user: UserToken | None = None
        self._bill = Bill(context.now)
        bearer = settings.credentials.bearer_token
        if bearer is None:
            self._user = UserToken(settings.credentials, settings.base_url, context, patience)
        self._bearer = {} if bearer is None else {"Authorization": f"Bearer {bearer.get()}"}
        self._payer = self._user.name if self._user else f"x:{fingerprint(bearer.get() if bearer else '')}"
        self._http = Http(
            settings.base_url,
            context,
            headers=self._user.headers if self._user else self._authorization,
            refused=self._user.refused if self._user else None,
            dialect=dialect(self._bill.spend, app_only=self._user is None),
            timeouts=patience,
        )
        self._asking = Asking(self._http)
        self._searches = "search" in settings.watch
        people = People(self._asking)
        self._reader = Reader(self._asking, people, context, settings)
        self._inbox = Inbox(self._asking, people, context, settings)
        self._lists: tuple[Identity, Sequence[PostList]] | None = None
        self.visible_after = settings.visible_after + (SEARCH_DELAY if self._searches else 0)

    def identify(self) -> Identity:
        """The ids behind the handles; raises `PlatformError` with `NOT_FOUND` for handles that nobody has."""
        wanted = (self.settings.account, *self.settings.team)
        identity = account.identify(self._asking, wanted)
        if self._user:
            me = account.me(self._asking)
            if MESSAGES in self.settings.watch:
                account.check_owner(me, identity)
            self._bill.owner = me.id if me.id == identity.account else None
        return identity

    def fetch(self, identity: Identity, cursor: str | None, threads: Sequence[OpenThread] = ()) -> Iterator[Page]:
        """Mentions and searches, then our own posts: an answer is read after what it answers, so none is overlooked.

        A first read that reaches X's cap is complete: nothing older can be had. A later one is not, for posts between
        it and the last were lost; its last page carries the cursor all the same, since no other read will bring them.
        """
        del threads
        old, now = Cursor.parse(cursor), self.context.now()
        start = now - self.context.lookback
        readings: dict[str, Reading] = {}
        seen: set[str] = set()
        for each in self._watched(identity):
            reading = goes_on(old, each.key, start, oldest=now - each.reach, moves_on=each.searched)
            readings[each.key] = reading
            for page in self._reader.read(each, reading, identity):
                yield _unseen(page, seen)
        if MESSAGES in self.settings.watch:
            readings[MESSAGES] = goes_on(old, MESSAGES, start)
            for page in self._inbox.read(readings[MESSAGES], identity):
                yield _unseen(page, seen)
        ends = Cursor.of({key: reading.goes_on() for key, reading in readings.items()})
        complete = not any(reading.gap for reading in readings.values())
        yield Page(cursor=ends.text(), complete=complete)

    def recheck(self, identity: Identity, cursor: str | None, threads: Sequence[OpenThread]) -> Iterator[Page]:
        """Our own posts since `cursor`, then one look-up of all posts that wait; dialogues by what was said in them."""
        dialogues = [thread for thread in threads if is_dialogue(thread.thread)]
        public = [thread for thread in threads if not is_dialogue(thread.thread)]
        readings: list[Reading] = []
        if public or not dialogues:
            yield from self._look_at_posts(identity, cursor, public, readings)
        if dialogues and self._user:
            yield from self._inbox.look(dialogues, identity)
        elif dialogues:
            yield Page(partial=[thread.thread for thread in dialogues])  # the configuration has changed since
        yield Page(complete=not any(reading.gap for reading in readings))

    def probe(self) -> Iterator[Finding]:
        """Prove each right that the channel needs by the smallest read there is."""
        return findings(self, self._asking, self._inbox, self._user)

    def quotas(self) -> Sequence[Quota]:
        """What X's headers said last of each endpoint's budget."""
        return self._http.quotas()

    def expiries(self) -> Sequence[Expiry]:
        """When the account's own token ends; an app-only one does not."""
        return self._user.expiries() if self._user else ()

    @property
    def payer(self) -> str:
        """Channels with the same credential share its budgets."""
        return self._payer

    def close(self) -> None:
        """Give back the sockets."""
        self._http.close()
        if self._user:
            self._user.close()

    def _watched(self, identity: Identity) -> Sequence[PostList]:
        """The lists of posts; made anew only for another identity."""
        if self._lists is None or self._lists[0] is not identity:
            watch = self.settings.watch
            lists = [
                *([mentions_of(identity)] if "mentions" in watch else ()),
                *(found_by(self.settings.search) if self._searches else ()),
            ]
            self._lists = identity, (*lists, *(own_posts(identity) if lists else ()))
        return self._lists[1]

    def _look_at_posts(
        self, identity: Identity, cursor: str | None, threads: Sequence[OpenThread], readings: list[Reading]
    ) -> Iterator[Page]:
        old = Cursor.parse(cursor)
        start = min((thread.since for thread in threads), default=self.context.now())
        for each in own_posts(identity):
            readings.append(goes_on(old, each.key, start))
            yield from self._reader.read(each, readings[-1], identity)
        waiting = list(dict.fromkeys(chain.from_iterable(thread.messages for thread in threads)))
        yield from self._reader.look_up(waiting, identity)

    def _authorization(self) -> Mapping[str, str]:
        return self._bearer


def _unseen(page: Page, seen: set[str]) -> Page:
    # Lists overlap, and pages shift when somebody posts while they are read.
    new = [message for message in page.messages if message.id not in seen]
    seen.update(message.id for message in new)
    return replace(page, messages=new)
