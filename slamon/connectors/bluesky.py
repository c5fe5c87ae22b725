"""Bluesky: mentions, replies, quotes and direct messages of an account, and what it and its team write themselves.

Sources: Bluesky's lexicons and the reference servers of August 2026. Not stated there, and so unverified: how far back
the log of direct messages reaches and how it is paged, whether conversations begun by strangers stand in it, and what
servers that are not the reference ones make of a record's key as a cursor.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from slamon.connectors._bluesky import ids
from slamon.connectors._bluesky.answers import LOGIN, REFRESH, SHARED
from slamon.connectors._bluesky.api import PAGE_SIZE, Api
from slamon.connectors._bluesky.chat import Chat, is_dialogue
from slamon.connectors._bluesky.cursor import Cursor
from slamon.connectors._bluesky.people import People, author, handle
from slamon.connectors._bluesky.probe import findings
from slamon.connectors._bluesky.reading import Reading, Tools
from slamon.connectors._bluesky.rights import DIRECT, NOTIFICATIONS, PASSWORD
from slamon.connectors._bluesky.settings import MENTIONS, MESSAGES, BlueskySettings
from slamon.connectors._vault import fingerprint
from slamon.connectors.base import Connector, Identity, Page, Settings
from slamon.connectors.http import Timeouts
from slamon.errors import PlatformError, Verdict
from slamon.model import Author, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from slamon.connectors._bluesky.ids import Json
    from slamon.connectors.base import Context, Expiry, Finding, OpenThread, Permission, Quota
    from slamon.model import Instant

__all__ = ["PAGE_SIZE", "Bluesky"]


class Bluesky(Connector):
    """One account on Bluesky, with its team, by an app password of the account."""

    platform: ClassVar[str] = "bluesky"
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.MENTION, Kind.QUOTE, Kind.DIRECT_MESSAGE})
    delivers: ClassVar[frozenset[str]] = frozenset(
        {"author.handle", "author.name", "author.followers", "author.verified", "language", "reach", "permalink"}
    )
    title: ClassVar[str] = "Bluesky"
    permissions: ClassVar[tuple[Permission, ...]] = (PASSWORD, NOTIFICATIONS, DIRECT)
    endpoints: ClassVar[frozenset[str]] = SHARED | {LOGIN, REFRESH}
    reach: ClassVar[str] = "all that was ever written; archives that somebody imports under old dates are passed over"
    limits: ClassVar[str] = "3,000 requests in 5 minutes from one address; 300 logins a day"
    Settings: ClassVar[type[Settings]] = BlueskySettings
    settings: BlueskySettings

    def __init__(self, settings: BlueskySettings, context: Context, timeouts: Timeouts | None = None) -> None:
        super().__init__(settings, context)
        self.visible_after = settings.visible_after
        self._api = Api(settings, context, timeouts or Timeouts())
        self._tools = Tools(self._api, People(self._api.profiles, context.now), context.now)
        self._dialogues: dict[str, dict[str, Json] | None] = {}

    def identify(self) -> Identity:
        """The ids behind the handles; raises `PlatformError` with `NOT_FOUND` for accounts that do not exist."""
        me = self._api.who_am_i()
        did = me.get("did")
        if not isinstance(did, str) or not ids.DID.fullmatch(did):
            raise PlatformError(Verdict.BAD_ANSWER, "session: it does not say whose it is", code="bad_answer")
        if me.get("active") is False:
            text = f"the account {self.settings.account} is deactivated or suspended"
            raise PlatformError(Verdict.NOT_FOUND, text, code="inactive")
        team = self._team()
        self._tools.ours.update({did: Author(did, handle(me)), **team})
        return Identity(did, handle(me) or self.settings.account, tuple(key for key in team if key != did))

    def fetch(self, identity: Identity, cursor: str | None, threads: Sequence[OpenThread] = ()) -> Iterator[Page]:
        """What was told to the account, replies to the team, our own posts, then direct messages.

        In this order an answer is read after what it answers, so none is overlooked.
        """
        del threads
        old, now = Cursor.parse(cursor), self.context.now()
        new = old
        if MENTIONS in self.settings.watch:
            reading = self._reading(identity, old, now - self.context.lookback)
            yield from reading.mentions()
            yield from reading.team()
            yield from reading.own()
            new = replace(new, places=reading.places, answered=reading.answered)
        if MESSAGES in self.settings.watch:
            chat = self._chat(identity)
            for good, bad in chat.read(old.log, now - self.context.lookback, now):
                yield Page(good, rejects=bad)
            new = replace(new, log=chat.end)
        yield Page(cursor=new.text(), complete=True)

    def recheck(self, identity: Identity, cursor: str | None, threads: Sequence[OpenThread]) -> Iterator[Page]:
        """Our own posts or direct messages since `cursor`, then all posts that wait, by 25."""
        old, now = Cursor.parse(cursor), self.context.now()
        posts = [thread for thread in threads if not is_dialogue(thread.thread)]
        since = min((thread.since for thread in threads), default=now)
        if posts or not threads:
            reading = self._reading(identity, old, since)
            yield from reading.own()
            yield from reading.looked_for({uri: each.since for each in posts for uri in each.messages})
        if len(posts) < len(threads):
            for good, bad in self._chat(identity).read(old.log, since, now):
                yield Page(good, rejects=bad)
        yield Page(complete=True)

    def probe(self) -> Iterator[Finding]:
        """One real read for each right."""
        return findings(self._api, self.settings.watch)

    def quotas(self) -> Sequence[Quota]:
        """What Bluesky's headers said last of its budgets."""
        return self._api.quotas()

    def expiries(self) -> Sequence[Expiry]:
        """When the session ends; it is renewed before that."""
        return self._api.session.tokens.expiries()

    @property
    def payer(self) -> str:
        """Requests are counted by the address that they come from: all channels at one host share its budget."""
        return f"bluesky:{fingerprint(self.settings.base_url)}"

    def close(self) -> None:
        """Give back the sockets."""
        self._api.close()

    def _reading(self, identity: Identity, old: Cursor, start: Instant) -> Reading:
        return Reading(self._tools, identity, old, start, answered=dict(old.answered))

    def _chat(self, identity: Identity) -> Chat:
        return Chat(self._api, self._tools.people, identity.ours, self._dialogues)

    def _team(self) -> dict[str, Author]:
        wanted = tuple(dict.fromkeys(self.settings.team))
        known = {name: profile for profile in self._api.profiles(wanted) for name in _names(profile)}
        missing = [who for who in wanted if who not in known]
        if missing:
            text = f"Bluesky has no account {', '.join(missing)}: mistyped, renamed, suspended or deleted"
            raise PlatformError(Verdict.NOT_FOUND, text, code="no_account")
        return {known[who]["did"]: author(known[who], known[who]["did"]) for who in wanted}


def _names(profile: Any) -> tuple[str, ...]:  # noqa: ANN401 - any JSON
    """What an account may be called in the settings."""
    did = profile.get("did") if isinstance(profile, dict) else None
    if not isinstance(did, str) or not ids.DID.fullmatch(did):
        return ()
    return (did, handle(profile).lower())
