"""Reddit: mentions of the account and replies to it, posts and comments of subreddits, private messages.

Sources: answers recorded by other clients from 2016 to 2025, Reddit's archived server code of 2017, and public
reports. Not documented, and so unverified: that what moderators removed reads `[removed]`, which values
`removed_by_category` takes, whether dialogues come nested, and how long private messages can still be read at all:
Reddit moves them to its chat, which has no public API.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from slamon.connectors._reddit.access import CALLS, Api
from slamon.connectors._reddit.answers import account_of, listing
from slamon.connectors._reddit.fields import FULLNAME
from slamon.connectors._reddit.lists import OVERLAP, REMEMBERED, Cursor, Reading, Span, nothing_seen, ours, theirs
from slamon.connectors._reddit.settings import RedditSettings
from slamon.connectors._reddit.things import Around, Source, names_of, things
from slamon.connectors._seen import Seen
from slamon.connectors.base import Connector, Finding, Identity, Page, Permission, Proof, Settings, failed
from slamon.connectors.http import Timeouts
from slamon.errors import PlatformError, Verdict
from slamon.model import SECOND, Gone, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from slamon.connectors.base import Context, Expiry, OpenThread, Quota
    from slamon.model import Millis

LOOKUP_SIZE = 100
LOOKED_UP = ("t1_", "t3_")
"""Kinds that can be looked up by id; private messages cannot."""
APP = "grant it to your app at Reddit: sign in again with the scope {}"


def _permission(name: str, serves: str, *, optional: bool = False) -> Permission:
    return Permission(name, serves, APP.format(name), optional)


class Reddit(Connector):
    """One account on Reddit, with its team and its subreddits, by an app."""

    platform: ClassVar[str] = "reddit"
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.MENTION, Kind.COMMENT, Kind.POST, Kind.DIRECT_MESSAGE})
    delivers: ClassVar[frozenset[str]] = frozenset({"author.handle", "reach", "permalink"})
    least_every: ClassVar[Millis] = 5 * SECOND
    title: ClassVar[str] = "Reddit"
    permissions: ClassVar[tuple[Permission, ...]] = (
        _permission("identity", "which account the credential belongs to"),
        _permission("history", "what the account and its team write"),
        _permission("read", "subreddits, the team, and whether what waits was deleted"),
        _permission("privatemessages", "the inbox: mentions, replies, private messages", optional=True),
    )
    endpoints: ClassVar[frozenset[str]] = frozenset({*CALLS, "token"})
    reach: ClassVar[str] = "the newest 1,000 or so of each list: inbox, sent, subreddit, and each account of yours"
    limits: ClassVar[str] = "100 requests a minute for an app, over ten minutes; new apps need Reddit's approval"
    Settings: ClassVar[type[Settings]] = RedditSettings
    settings: RedditSettings

    def __init__(self, settings: RedditSettings, context: Context, timeouts: Timeouts | None = None) -> None:
        super().__init__(settings, context)
        self.visible_after = settings.visible_after
        self._api = Api(settings, context, timeouts or Timeouts())
        self._names = names_of(settings.names or (settings.account,))

    def identify(self) -> Identity:
        """The ids behind the names; each subreddit is looked at once, for an unknown one is no error later on.

        :raises PlatformError: the credential belongs to another account, or somebody or something does not exist.
        """
        account = self._me()
        team = [self._member(name) for name in self.settings.team]
        for name in dict.fromkeys((*self.settings.own_subreddits, *self.settings.subreddits)):
            self._exists("subreddit", f"/r/{name}/about", f"r/{name}")
        return Identity(account, self.settings.account, tuple(each for each in dict.fromkeys(team) if each != account))

    def fetch(self, identity: Identity, cursor: str | None, threads: Sequence[OpenThread] = ()) -> Iterator[Page]:
        """What others wrote, then what we wrote: an answer is read after what it answers, so none is overlooked.

        A first read that reaches the end of a listing is complete: nothing older can be had. A later one is not.
        """
        del threads
        old, now = Cursor.parse(cursor), self.context.now()
        lookback = max(now - self.context.lookback, 0)
        poll = Reading(self._api, self._around(identity), self.context.now)
        memory: dict[str, Seen] = {}
        gap = False
        for each in (*theirs(self.settings), *ours(self.settings)):
            known = each.key in old.lists
            start = min(old.since, lookback)
            again = Span(start, max(start, old.since - OVERLAP), old.since)
            memory[each.key] = Seen(old.lists.get(each.key, {}))
            poll.gap = False
            yield from poll.read(each, again if known else Span.since(lookback), memory[each.key])
            gap |= poll.gap and known
        since = max((poll.began or now) - self.visible_after, old.since)
        kept = {key: seen.kept(REMEMBERED) for key, seen in memory.items()}
        yield Page(cursor=Cursor(since, kept).text(), complete=not gap)

    def recheck(self, identity: Identity, cursor: str | None, threads: Sequence[OpenThread]) -> Iterator[Page]:
        """Our own lists since the oldest of what waits, then one look-up of all of it, by hundreds."""
        del cursor
        look = Reading(self._api, self._around(identity), self.context.now)
        oldest = min((thread.since for thread in threads), default=self.context.now())
        private = {thread.thread.startswith("t4_") for thread in threads}
        for each in ours(self.settings, public=False in private, private=True in private):
            yield from look.read(each, Span.since(oldest), nothing_seen())
        where = {ident: each.thread for each in threads for ident in each.messages if ident.startswith(LOOKED_UP)}
        waiting = list(where)
        for first in range(0, len(waiting), LOOKUP_SIZE):
            yield self._look_up(waiting[first : first + LOOKUP_SIZE], where, identity)
        yield Page(complete=not look.gap)

    def probe(self) -> Iterator[Finding]:
        """One real read for each scope."""
        reads: dict[str, Callable[[], Finding]] = {
            "identity": self._probed_identity,
            "history": lambda: self._probed("history", "own_comments", f"/user/{self.settings.account}/comments"),
            "read": self._probed_read,
        }
        if self.settings.watch:
            reads["privatemessages"] = lambda: self._probed("privatemessages", "inbox", "/message/inbox")
        for permission in self.permissions:
            if permission.name in reads:
                try:
                    yield reads[permission.name]()
                except PlatformError as error:
                    yield failed(permission.name, error, permission.where)

    def quotas(self) -> Sequence[Quota]:
        """What Reddit's headers said last of the one budget that all calls share."""
        return self._api.quotas()

    def expiries(self) -> Sequence[Expiry]:
        """When the access token ends; slamon renews it."""
        return self._api.expiries()

    @property
    def payer(self) -> str:
        """The app: its limit is shared by all channels that use it."""
        return self._api.payer

    def close(self) -> None:
        """Give back the sockets."""
        self._api.close()

    def _around(self, identity: Identity) -> Around:
        ids = (identity.account, *identity.team)
        names = dict.fromkeys(name.lower() for name in (self.settings.account, *self.settings.team))
        return Around(dict(zip(names, ids, strict=False)), identity.ours, self._names, frozenset(self.settings.watch))

    def _me(self) -> str:
        me = account_of("me", self._api.get("me", "/api/v1/me"))
        if me["name"].lower() != self.settings.account.lower():
            text = f"the credential belongs to another account than u/{self.settings.account}"
            raise PlatformError(Verdict.CREDENTIAL, text, code="identity")
        return _account_id(me, self.settings.account)

    def _member(self, name: str) -> str:
        return _account_id(self._exists("about", f"/user/{name}/about", f"u/{name}"), name)

    def _exists(self, endpoint: str, path: str, what: str) -> dict[str, object]:
        try:
            answer = self._api.get(endpoint, path)
        except PlatformError as error:
            if error.verdict is Verdict.NOT_FOUND or error.code == "302":  # Reddit leads an unknown one to its search
                text = f"Reddit shows no {what}: mistyped, deleted, banned, or hidden from everybody by Reddit"
                raise PlatformError(Verdict.NOT_FOUND, text, code="no_account") from None
            raise
        if endpoint == "subreddit":
            return {}
        return account_of(endpoint, answer)

    def _look_up(self, ids: Sequence[str], where: dict[str, str], identity: Identity) -> Page:
        page = listing("info", self._api.get("info", "/api/info", {"id": ",".join(ids)}).json)
        found = things(page.children, self._around(identity), Source.WAITING)
        now = self.context.now()
        # Unchanged ones are known; an old body of a removed one, too. Those that are missing may stand in a subreddit
        # that has become private: unknown, not deleted.
        told = {said.id for said in found.messages} | set(found.deleted) | {each.id for each in found.rejects}
        return Page(
            messages=[said for said in found.messages if said.edited_at is not None or said.hidden],
            gone=[Gone(ident, now) for ident in found.deleted],
            partial=list(dict.fromkeys(where[ident] for ident in ids if ident not in told)),
            rejects=found.rejects,
        )

    def _probed(self, permission: str, endpoint: str, path: str) -> Finding:
        page = listing(endpoint, self._api.get(endpoint, path, {"limit": 1}).json)
        if page.children or permission != "privatemessages":
            return Finding(permission, Proof.OK, f"{endpoint} can be read")
        hint = "nobody may have written yet; or Reddit has moved this account's messages to its chat"
        return Finding(permission, Proof.UNKNOWN, f"{endpoint} is empty", hint)

    def _probed_identity(self) -> Finding:
        self._me()
        return Finding("identity", Proof.OK, f"signed in as u/{self.settings.account}")

    def _probed_read(self) -> Finding:
        self._member(self.settings.account)
        team = len(self.identify().team)
        subreddits = len({*self.settings.own_subreddits, *self.settings.subreddits})
        return Finding("read", Proof.OK, f"{team} of the team and {subreddits} subreddits can be seen")


def _account_id(found: dict[str, object], name: str) -> str:
    ident = found.get("id")
    fullname = f"t2_{ident}" if isinstance(ident, str) else ""
    if found.get("is_suspended") is True or not FULLNAME.fullmatch(fullname):
        raise PlatformError(Verdict.NOT_FOUND, f"u/{name} is suspended, or Reddit tells no id of it", code="no_account")
    return fullname
