"""The methods of Bluesky that slamon calls, each with the name under which it is counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from slamon.connectors._bluesky.answers import DIALECT, NO_MESSAGES, NO_RECORD, NO_REPO, listed, whole
from slamon.connectors._bluesky.ids import Json, parts
from slamon.connectors._bluesky.rights import DIRECT
from slamon.connectors._bluesky.session import Session
from slamon.connectors.http import Http
from slamon.errors import PlatformError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slamon.connectors._answers import Answer
    from slamon.connectors._bluesky.settings import BlueskySettings
    from slamon.connectors.base import Context, Quota
    from slamon.connectors.http import Timeouts

PAGE_SIZE = 100
BATCH = 25
"""Posts or profiles in one question."""
REASONS = ("mention", "reply", "quote")


class Api:
    """One account's view of Bluesky."""

    def __init__(self, settings: BlueskySettings, context: Context, timeouts: Timeouts) -> None:
        self.session = Session(settings, context, timeouts)
        self._home = self.session.http(timeouts)
        # Repositories are public. An entry passes a signed-in request on to the account's own PDS, which knows nothing
        # of a team member who lives on another one.
        self._open = Http(settings.base_url, context, headers=dict, dialect=DIALECT, timeouts=timeouts)
        self._chat = self.session.http(timeouts, {"atproto-proxy": settings.chat_service})

    def who_am_i(self) -> Json:
        """The account that is signed in."""
        return whole("session", _asked(self._home, "session", "com.atproto.server.getSession"))

    def profiles(self, who: Sequence[str]) -> list[Any]:
        """The profiles of accounts, by id or handle; those that cannot be seen are left out."""
        found: list[Any] = []
        for first in range(0, len(who), BATCH):
            asked = {"actors": who[first : first + BATCH]}
            found += listed("profiles", _asked(self._home, "profiles", "app.bsky.actor.getProfiles", asked), "profiles")
        return found

    def notifications(self, cursor: str | None, limit: int = PAGE_SIZE) -> Answer:
        """A page of what was told to the account, newest first."""
        # Without `priority`, a preference of the account may leave out everybody it does not follow.
        asked = {"reasons": REASONS, "priority": "false", "limit": limit, "cursor": cursor}
        return _asked(self._home, "notifications", "app.bsky.notification.listNotifications", asked)

    def preferences(self) -> Answer:
        """What the account wants to be told of."""
        return _asked(self._home, "preferences", "app.bsky.notification.getPreferences")

    def records(self, repo: str, collection: str, cursor: str | None, *, oldest_first: bool) -> Answer:
        """A page of a repository's records, by key: those after `cursor`, or before it."""
        asked = {"repo": repo, "collection": collection, "limit": PAGE_SIZE, "cursor": cursor}
        if oldest_first:
            asked["reverse"] = "true"
        return _asked(self._open, "records", "com.atproto.repo.listRecords", asked)

    def exists(self, uri: str) -> bool | None:
        """Whether the record is still there; `None` where nobody says, as of an account that is suspended."""
        repo, collection, key = parts(uri)
        asked = {"repo": repo, "collection": collection, "rkey": key}
        try:
            whole("record", _asked(self._home, "record", "com.atproto.repo.getRecord", asked))
        except PlatformError as error:
            if error.code not in {NO_RECORD, NO_REPO}:
                raise
            return False if error.code == NO_RECORD else None
        return True

    def posts(self, uris: Sequence[str]) -> dict[str, Json]:
        """Posts as the network shows them, by address; deleted ones are left out, and so is who is blocked."""
        found: dict[str, Json] = {}
        for first in range(0, len(uris), BATCH):
            batch = uris[first : first + BATCH]
            shown = listed("posts", _asked(self._home, "posts", "app.bsky.feed.getPosts", {"uris": batch}), "posts")
            asked = frozenset(batch)
            found |= {
                view["uri"]: view
                for view in shown
                if isinstance(view, dict) and isinstance(view.get("uri"), str) and view["uri"] in asked
            }
        return found

    def feed(self, actor: str, cursor: str | None) -> Answer:
        """A page of what an account posted, wherever it lives, newest first."""
        asked = {"actor": actor, "filter": "posts_with_replies", "limit": PAGE_SIZE, "cursor": cursor}
        return _asked(self._home, "feed", "app.bsky.feed.getAuthorFeed", asked)

    def replies(self, uri: str) -> Json:
        """The thread under a post, one level deep."""
        asked = {"uri": uri, "depth": 1, "parentHeight": 0}
        return whole("replies", _asked(self._home, "replies", "app.bsky.feed.getPostThread", asked))

    def log(self, cursor: str | None) -> Answer:
        """What happened in direct messages after `cursor`; without one, nothing but the place where now is."""
        return self._chatted("log", "chat.bsky.convo.getLog", {"cursor": cursor})

    def conversations(self, cursor: str | None, limit: int = PAGE_SIZE) -> Answer:
        """A page of conversations, those with the newest messages first."""
        return self._chatted("conversations", "chat.bsky.convo.listConvos", {"limit": limit, "cursor": cursor})

    def requests(self, cursor: str | None) -> Answer:
        """A page of conversations that strangers began, and nobody has accepted yet."""
        asked = {"limit": PAGE_SIZE, "cursor": cursor}
        return self._chatted("requests", "chat.bsky.convo.listConvoRequests", asked)

    def conversation(self, convo: str) -> Json:
        """One conversation."""
        answer = self._chatted("conversation", "chat.bsky.convo.getConvo", {"convoId": convo})
        found = whole("conversation", answer).get("convo")
        return found if isinstance(found, dict) else {}

    def messages(self, convo: str, cursor: str | None) -> Answer:
        """A page of the messages of a conversation, newest first."""
        asked = {"convoId": convo, "limit": PAGE_SIZE, "cursor": cursor}
        return self._chatted("messages", "chat.bsky.convo.getMessages", asked)

    def _chatted(self, endpoint: str, method: str, params: dict[str, Any]) -> Answer:
        try:
            return _asked(self._chat, endpoint, method, params)
        except PlatformError as error:
            if error.code != NO_MESSAGES:
                raise
            text = f"{error}: it wants {DIRECT.name}; {DIRECT.where}"
            raise PlatformError(error.verdict, text, code=error.code) from None

    def quotas(self) -> list[Quota]:
        """The newest word on each budget: within a window it only shrinks."""
        newest: dict[str, Quota] = {}
        for http in (self._home, self._open, self._chat, *self.session.speakers()):
            for quota in http.quotas():
                known = newest.get(quota.endpoint)
                if known is None or (quota.resets_at, -quota.remaining) > (known.resets_at, -known.remaining):
                    newest[quota.endpoint] = quota
        return list(newest.values())

    def close(self) -> None:
        """Give back the sockets."""
        for http in (self._home, self._open, self._chat, *self.session.speakers()):
            http.close()


def _asked(http: Http, endpoint: str, method: str, params: dict[str, Any] | None = None) -> Answer:
    # Lists repeat their key, which a mapping of single values cannot say.
    given = {name: value for name, value in (params or {}).items() if value is not None}
    query = urlencode(given, doseq=True)
    return http.get(endpoint, f"/xrpc/{method}" + (f"?{query}" if query else ""))
