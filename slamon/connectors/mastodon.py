"""Mastodon, and other servers that speak its API: mentions, quotes, private mentions, and what we write ourselves.

Sources: Mastodon's documentation of API 4.7 and its source. Other servers differ, and are met half-way: ids are
opaque, the Link header, whole calls and most fields may be missing, `since_id` may be ignored. Not verified: whether
Pleroma and GoToSocial list the account's own private mentions among its statuses (conversations, or the dialogues that
wait, are looked at besides), and whether a server has other reasons than deletion and suspension for not showing a
status to the one it names (a block by its author looks like a deletion).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from slamon.connectors._mastodon.answers import DIALECT, shared
from slamon.connectors._mastodon.api import Api
from slamon.connectors._mastodon.cursor import Cursor
from slamon.connectors._mastodon.identity import identify
from slamon.connectors._mastodon.poll import Gathered, follow_dialogues, look_again
from slamon.connectors._mastodon.probe import NOTIFICATIONS, PROFILE, STATUSES, findings
from slamon.connectors._mastodon.reader import ListReader
from slamon.connectors._mastodon.settings import MastodonSettings
from slamon.connectors._mastodon.threads import DIALOGUE, Threads
from slamon.connectors._vault import fingerprint
from slamon.connectors.base import Connector, Page, Settings
from slamon.connectors.http import Http, Timeouts
from slamon.model import SECOND, Gone, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from slamon.connectors._mastodon.status import Status
    from slamon.connectors.base import Context, Finding, Identity, OpenThread, Permission, Quota
    from slamon.model import Instant, Millis

FOLLOWED = 100
"""Waiting messages that a poll looks up again, the most urgent ones, by twenties."""
CHUNK = 100
"""Messages on a page."""


class Mastodon(Connector):
    """One account on one server, with its team, by an access token that does not expire."""

    platform: ClassVar[str] = "mastodon"
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.MENTION, Kind.QUOTE, Kind.DIRECT_MESSAGE})
    delivers: ClassVar[frozenset[str]] = frozenset(
        {"author.handle", "author.name", "author.followers", "language", "reach", "permalink", "app"}
    )
    title: ClassVar[str] = "Mastodon"
    permissions: ClassVar[tuple[Permission, ...]] = (PROFILE, NOTIFICATIONS, STATUSES)
    endpoints: ClassVar[frozenset[str]] = frozenset(
        {
            "verify_credentials", "lookup_account", "search_accounts", "account", "notifications",
            "notification_policy", "conversations", "account_statuses", "statuses", "status", "context",
        }
    )  # fmt: skip
    reach: ClassVar[str] = "as far back as the server keeps notifications, and all that the accounts of yours wrote"
    limits: ClassVar[str] = (
        "300 calls in 5 minutes for a token, 300 for older pages in 15 minutes; other servers differ"
    )
    follows_threads: ClassVar[bool] = True
    """For what was edited or deleted: no list shows that. Answers turn up in the accounts' own lists."""
    least_every: ClassVar[Millis] = 10 * SECOND
    Settings: ClassVar[type[Settings]] = MastodonSettings
    settings: MastodonSettings

    def __init__(self, settings: MastodonSettings, context: Context, timeouts: Timeouts | None = None) -> None:
        super().__init__(settings, context)
        self.visible_after = settings.visible_after
        self._http = Http(
            settings.base_url, context, headers=self._authorization, dialect=DIALECT, timeouts=timeouts or Timeouts()
        )
        self._api = Api(self._http, context.channel)

    def identify(self) -> Identity:
        """The ids of the token's account, which must be the configured one, and of its team."""
        return identify(self._api, self.settings)

    def fetch(self, identity: Identity, cursor: str | None, threads: Sequence[OpenThread] = ()) -> Iterator[Page]:
        """What others wrote first, then conversations, then our own statuses; then a look at what waits.

        Nothing is handed on before all lists are read: pages come newest first, and a thread is named after its oldest.
        """
        old = Cursor.parse(cursor)
        gathered = Gathered()
        reader = self._reader(gathered, old, self.context.now() - self.context.lookback)
        reader.notifications(["mention", *(["quote"] if "quotes" in self.settings.watch else [])])
        dialogues = reader.conversations() if "messages" in self.settings.watch else ()
        unknown = follow_dialogues(self._api, threads, gathered, identity.ours) if dialogues is None else []
        reader.own_statuses(identity)
        gathered.keep(lambda status: self._is_watched(status, identity.ours))
        gone = self._look_again(threads, gathered, FOLLOWED)
        known = Threads(old.threads, threads, identity.ours)
        yield from self._pages(gathered, known, identity, gone, unknown)
        marks = {key: mark for key, reading in reader.readings.items() if (mark := reading.goes_on())}
        yield Page(cursor=Cursor(marks, dialogues or (), known.messages).text(), complete=reader.whole)

    def recheck(self, identity: Identity, cursor: str | None, threads: Sequence[OpenThread]) -> Iterator[Page]:
        """Our own statuses since `cursor`, then a look at all messages that wait, by twenties."""
        old = Cursor.parse(cursor)
        gathered = Gathered()
        start = min((thread.since for thread in threads), default=self.context.now())
        reader = self._reader(gathered, old, start)
        unknown: Sequence[str] = ()
        if any(thread.thread.startswith(DIALOGUE) for thread in threads) and reader.conversations() is None:
            unknown = follow_dialogues(self._api, threads, gathered, identity.ours)
        reader.own_statuses(identity)
        gone = self._look_again(threads, gathered, None)
        known = Threads(old.threads, threads, identity.ours)
        yield from self._pages(gathered, known, identity, gone, unknown)
        yield Page(complete=reader.whole)

    def probe(self) -> Iterator[Finding]:
        """Read each surface once; say what the account's own settings hide."""
        return findings(self._api, self.settings)

    def quotas(self) -> Sequence[Quota]:
        """The one budget that all calls share, as the headers told it last."""
        return shared(self._http.quotas(), self.endpoints, self.context.now())

    @property
    def payer(self) -> str:
        """The token: that is what a server counts."""
        return f"{self.platform}:{fingerprint(self.settings.credentials.access_token.get())}"

    def close(self) -> None:
        """Give back the sockets."""
        self._http.close()

    def _reader(self, gathered: Gathered, old: Cursor, start: Instant) -> ListReader:
        return ListReader(self._api, gathered, old, start, self.context.now, self.visible_after)

    def _is_watched(self, status: Status, ours: frozenset[str]) -> bool:
        watch = self.settings.watch
        if status.author.id in ours:
            return True
        if status.direct:
            return "messages" in watch
        if status.quotes_author in ours and "quotes" in watch:
            return True
        only_quotes = status.quotes_author in ours and ours.isdisjoint(status.named.everyone)
        return "mentions" in watch and not only_quotes

    def _look_again(self, threads: Sequence[OpenThread], gathered: Gathered, limit: int | None) -> list[Gone]:
        shown, gone = look_again(self._api, threads, limit)
        for document in shown:
            if document.get("edited_at") is not None:
                gathered.add(document, called=True)
        now = self.context.now()
        return [Gone(ident, now) for ident in gone]

    def _pages(
        self,
        gathered: Gathered,
        threads: Threads,
        identity: Identity,
        gone: Sequence[Gone],
        unknown: Sequence[str],
    ) -> Iterator[Page]:
        found = list(gathered.messages(self._api, threads, identity.ours))
        for first in range(0, len(found), CHUNK):
            yield Page(messages=found[first : first + CHUNK])
        if gone or gathered.rejects or unknown:
            yield Page(gone=gone, rejects=gathered.rejects, partial=unknown)

    def _authorization(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self.settings.credentials.access_token.get()}"}
