"""YouTube (Data API v3): comments on the videos of the brand's channel, with all replies to them.

Sources: Google's discovery document of November 2026 and its documentation. Not stated there, and so unverified: how
many replies come along with a thread (all others are asked for), how many ids a look-up takes (50 are sent), how late
comments appear, whether threads of community posts are listed, and how an expired token is named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from slamon.connectors._seen import Seen
from slamon.connectors._youtube.access import Api
from slamon.connectors._youtube.comments import Around
from slamon.connectors._youtube.cursor import REMEMBERED, Cursor
from slamon.connectors._youtube.settings import CHANNEL_ID, YouTubeSettings
from slamon.connectors._youtube.threads import PUBLISHED, Reading
from slamon.connectors.base import Connector, Finding, Identity, Page, Permission, Proof, Settings, failed
from slamon.connectors.http import Timeouts
from slamon.errors import PlatformError, Verdict
from slamon.model import HOUR, MINUTE, SECOND, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from slamon.connectors.base import Context, Expiry, OpenThread, Quota
    from slamon.model import Instant, Millis

OVERLAP: Millis = HOUR
"""How far behind the last poll pages are read again: lists are not strictly sorted, and comments appear late."""
HELD = ("heldForReview", "likelySpam")
API, SCOPE = "YouTube Data API v3", "https://www.googleapis.com/auth/youtube.force-ssl"


class YouTube(Connector):
    """One channel on YouTube, with its team, by an API key or an OAuth client."""

    platform: ClassVar[str] = "youtube"
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.COMMENT})
    delivers: ClassVar[frozenset[str]] = frozenset({"author.handle", "author.name", "reach", "permalink"})
    flat_replies: ClassVar[bool] = True
    follows_threads: ClassVar[bool] = True
    default_every: ClassVar[Millis] = 2 * MINUTE
    least_every: ClassVar[Millis] = 10 * SECOND
    title: ClassVar[str] = "YouTube"
    permissions: ClassVar[tuple[Permission, ...]] = (
        Permission(API, "public comments and replies", "enable it in the Google Cloud project of the key or client"),
        Permission(
            SCOPE,
            "anything by an OAuth client; comments held for review",
            "the owner of the YouTube channel grants it to the OAuth client; the API itself must be enabled",
            optional=True,
        ),
    )
    endpoints: ClassVar[frozenset[str]] = frozenset({"channels", "threads", "replies", "comments", "token"})
    reach: ClassVar[str] = (
        "all comments of the lookback at the first poll; replies in threads as long as somebody waits"
    )
    limits: ClassVar[str] = (
        "10,000 units a day for a Google Cloud project, until midnight in California; a call costs 1"
    )
    Settings: ClassVar[type[Settings]] = YouTubeSettings
    settings: YouTubeSettings

    def __init__(self, settings: YouTubeSettings, context: Context, timeouts: Timeouts | None = None) -> None:
        super().__init__(settings, context)
        self.visible_after = settings.visible_after
        self._api = Api(settings, context, timeouts or Timeouts())
        self._names: dict[str, str] = {}

    def identify(self) -> Identity:
        """The channel ids behind the handles; raises `PlatformError` with `NOT_FOUND` for those that nobody has."""
        wanted = tuple(dict.fromkeys((self.settings.account, *self.settings.team)))
        found = self._by_id([each for each in wanted if CHANNEL_ID.fullmatch(each)])
        for handle in (each for each in wanted if not CHANNEL_ID.fullmatch(each)):
            channels = self._channels({"forHandle": f"@{handle}"})
            if channels:
                found[handle] = next(iter(channels.items()))
        missing = [each for each in wanted if each not in found]
        if missing:
            text = f"YouTube has no channel {', '.join(missing)}: mistyped, renamed, or closed"
            raise PlatformError(Verdict.NOT_FOUND, text, code="no_account")
        self._names = {handle: ident for ident, handle in found.values() if handle}
        (account, handle), *team = (found[each] for each in wanted)
        others = dict.fromkeys(ident for ident, _ in team if ident != account)
        return Identity(account, handle or self.settings.account, tuple(others))

    def fetch(self, identity: Identity, cursor: str | None, threads: Sequence[OpenThread] = ()) -> Iterator[Page]:
        """The newest threads until they are old, then those in which somebody waits and which were not among them.

        What is held for review is read first: what is released meanwhile is then seen as public.
        """
        old, now = Cursor.parse(cursor), self.context.now()
        lookback = max(now - self.context.lookback, 0)
        start = lookback if old.since is None else min(old.since, lookback)
        sweeps = not old.swept <= now < old.swept + self.settings.reread_every
        bound = start if old.since is None or sweeps else max(start, old.since - OVERLAP)
        seen = Seen(old.seen)
        poll = Reading(self._api, self._around(identity), self.context.now, seen)
        for status in self._held():
            yield from poll.newest(status, start, min([bound, *(each.since for each in threads)]), threads)
        yield from poll.newest(PUBLISHED, start, bound, threads)
        yield from poll.again([each for each in threads if each.thread not in poll.read])
        since = max((poll.began or now) - self.visible_after, old.since or 0)
        yield Page(cursor=Cursor(since, now if sweeps else old.swept, seen.kept(REMEMBERED)).text(), complete=True)

    def recheck(self, identity: Identity, cursor: str | None, threads: Sequence[OpenThread]) -> Iterator[Page]:
        """The threads by id, fifty a call, and all replies of those that were cut off."""
        del cursor
        look = Reading(self._api, self._around(identity), self.context.now)
        oldest: Instant = min((each.since for each in threads), default=self.context.now())
        for status in self._held():
            yield from look.newest(status, oldest, oldest, threads)
        yield from look.again(threads)
        yield Page(complete=True)

    def probe(self) -> Iterator[Finding]:
        """A page of comments; with an OAuth client, also a page of what is held for review, which needs the scope."""
        public, scope = self.permissions
        try:
            identity = self.identify()
            found = self._probed(identity, PUBLISHED)
            yield Finding(
                public.name, Proof.OK, f"{identity.handle} can be read; comments on a first page of 20: {found}"
            )
        except PlatformError as error:
            yield failed(public.name, error, public.where)
            return
        if self.settings.credentials.api_key is None:
            try:
                found = self._probed(identity, HELD[0])
                yield Finding(scope.name, Proof.OK, f"held for review, on a first page of 20: {found}")
            except PlatformError as error:
                yield failed(scope.name, error, scope.where)

    def quotas(self) -> Sequence[Quota]:
        """What is left of the project's day, by our own count."""
        return (self._api.quota(),)

    def expiries(self) -> Sequence[Expiry]:
        """When the access token of an OAuth client ends; slamon renews it."""
        return self._api.expiries()

    @property
    def payer(self) -> str:
        """The API key or OAuth client: its project pays."""
        return self._api.payer

    def close(self) -> None:
        """Give back the sockets."""
        self._api.close()

    def _held(self) -> tuple[str, ...]:
        return HELD if "held" in self.settings.watch else ()

    def _around(self, identity: Identity) -> Around:
        names = {identity.handle.lower(): identity.account, **self._names}
        return Around(identity.account, identity.ours, names)

    def _probed(self, identity: Identity, status: str) -> int:
        asked: dict[str, str | int] = {"part": "id", "allThreadsRelatedToChannelId": identity.account}
        held = {} if status == PUBLISHED else {"moderationStatus": status}
        return len(self._api.list("threads", {**asked, **held})[0].items)

    def _by_id(self, ids: Sequence[str]) -> dict[str, tuple[str, str]]:
        found = self._channels({"id": ",".join(ids)}) if ids else {}
        return {ident: (ident, handle) for ident, handle in found.items()}

    def _channels(self, which: dict[str, str]) -> dict[str, str]:
        """Channel id → handle in lower case, empty where YouTube tells none."""
        page, _ = self._api.list("channels", {"part": "id,snippet", "maxResults": 50, **which})
        found = {}
        for item in (each for each in page.items if isinstance(each, dict)):
            ident, snippet = item.get("id"), item.get("snippet")
            url = snippet.get("customUrl") if isinstance(snippet, dict) else None
            if isinstance(ident, str) and CHANNEL_ID.fullmatch(ident):
                handle = url.lower().removeprefix("@") if isinstance(url, str) else ""
                found[ident] = handle
        return found
