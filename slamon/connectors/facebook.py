"""Facebook Pages (Graph API v25.0): what visitors post on a Page, and comments and replies under its posts.

A poll asks for the Page's posts with the number of their comments and the newest one, then for the comments of those
posts alone where something moved. Facts by Meta's documentation and its machine-readable description v25.0. Not
verified: whether a token without a right is still told the number of comments (then it is noticed that none is shown);
whether `updated_time` moves with a comment (a hint at most here); whether a suspended author's comment differs from a
deleted one (both count as gone); whether `can_hide` tells of the task MODERATE. Recommendations are left out: from
v22.0 on, Meta answers any read of them with code 12, and offers nothing in their place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from slamon.connectors._facebook.cursor import Cursor
from slamon.connectors._facebook.gone import ENGAGEMENT, USER_CONTENT
from slamon.connectors._facebook.poll import Poll
from slamon.connectors._facebook.probe import PERMISSIONS, findings
from slamon.connectors._facebook.reads import ADS, COMMENTS, FEED, TAGGED, Reads
from slamon.connectors._facebook.recheck import Look
from slamon.connectors._facebook.settings import FacebookSettings
from slamon.connectors._graph.answers import ident, text
from slamon.connectors._graph.client import BATCH, DEBUG_TOKEN, Graph
from slamon.connectors.base import Connector, Identity, Page, Settings
from slamon.errors import PlatformError, Verdict
from slamon.model import MINUTE, NAME_CAP, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from slamon.connectors.base import Context, Expiry, Finding, OpenThread, Permission, Quota
    from slamon.connectors.http import Timeouts
    from slamon.model import Millis

ME = "me"


class Facebook(Connector):
    """One Page on Facebook, by the Page's own token."""

    platform: ClassVar[str] = "facebook"
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.POST, Kind.COMMENT, Kind.MENTION})
    delivers: ClassVar[frozenset[str]] = frozenset({"author.name", "reach", "permalink", "advertised"})
    flat_replies: ClassVar[bool] = True
    follows_threads: ClassVar[bool] = True
    default_every: ClassVar[Millis] = 2 * MINUTE
    title: ClassVar[str] = "Facebook"
    permissions: ClassVar[tuple[Permission, ...]] = PERMISSIONS
    endpoints: ClassVar[frozenset[str]] = frozenset({ME, FEED, ADS, TAGGED, COMMENTS, BATCH, DEBUG_TOKEN})
    reach: ClassVar[str] = "posts of the last `posts_for` (30 days), and older ones while somebody waits under them"
    limits: ClassVar[str] = (
        "4,800 calls for each engaged person of the last 24 hours; Meta tells what is used in percent"
    )
    Settings: ClassVar[type[Settings]] = FacebookSettings
    settings: FacebookSettings

    def __init__(self, settings: FacebookSettings, context: Context, timeouts: Timeouts | None = None) -> None:
        super().__init__(settings, context)
        self.visible_after = settings.visible_after
        self._graph = Graph(settings, context, tuple(self.endpoints), timeouts=timeouts)
        self._reads = Reads(self._graph)

    def identify(self) -> Identity:
        """The Page; the token must be its own, for with any other the lists of comments come empty.

        :raises PlatformError: `CREDENTIAL` for another's token, `PERMISSION` where Meta lists too few scopes.
        """
        account, name = self._me()
        self._check_scopes()
        return Identity(account, name or account, tuple(dict.fromkeys(self.settings.team)))

    def fetch(self, identity: Identity, cursor: str | None, threads: Sequence[OpenThread] = ()) -> Iterator[Page]:
        """Posts first, then what people and the Page wrote under those where something moved, or somebody waits."""
        self._check_scopes()
        now = self.context.now()
        old = Cursor.parse(cursor, now - self.context.lookback)
        poll = Poll(self._graph, self.settings, identity, self._reads, old)
        yield from poll.posts(now, threads)
        yield from poll.comments(threads)
        poll.sight.check()
        yield from poll.gone(now)
        yield Page(cursor=poll.cursor().text(), complete=True)

    def recheck(self, identity: Identity, cursor: str | None, threads: Sequence[OpenThread]) -> Iterator[Page]:
        """The newest comments of each thread's post, in batches; what waits and is not among them is looked up."""
        now = self.context.now()
        old = Cursor.parse(cursor, now - self.context.lookback)
        yield from Look(self._graph, identity, self._reads, old, threads).pages(now)
        yield Page(complete=True)

    def probe(self) -> Iterator[Finding]:
        """What the token may do."""
        return findings(self._graph, self.settings.account, self._me)

    def quotas(self) -> Sequence[Quota]:
        """What Meta's headers said last of each budget, in percent."""
        return self._graph.quotas()

    def expiries(self) -> Sequence[Expiry]:
        """When the token ends, where Meta could be asked; most Page tokens never do."""
        facts = self._graph.facts
        return facts.expiries() if facts else ()

    @property
    def payer(self) -> str:
        """The Page's token: channels that read with the same one share its budget."""
        return f"{self.platform}:{self._graph.payer}"

    def close(self) -> None:
        """Give back the sockets."""
        self._graph.close()

    def _me(self) -> tuple[str, str]:
        """Id and name of the Page whose token this is."""
        me = self._graph.node(ME, "/me", {"fields": "id,name"})
        try:
            account, name = ident(me.get("id")), text(me.get("name"), NAME_CAP)
        except ValueError as error:
            raise PlatformError(Verdict.BAD_ANSWER, f"me: {error}", code="bad_answer") from None
        if account != self.settings.account:
            told = (
                f"the token belongs to {account} and not to the Page {self.settings.account}: a person's token is "
                "shown no comments; take the Page's own from `me/accounts`, or correct `account`"
            )
            raise PlatformError(Verdict.CREDENTIAL, told, code="not_the_page")
        return account, name

    def _check_scopes(self) -> None:
        """Refuse to go on without a scope that Meta does not list: it would be silence without an error."""
        facts = self._graph.inspected()
        lacking = [scope for scope in (ENGAGEMENT, USER_CONTENT) if facts and scope not in facts.scopes]
        if lacking:
            where = PERMISSIONS[0].where
            told = f"the token lacks {' and '.join(lacking)}: what others write would not be shown; get it from {where}"
            raise PlatformError(Verdict.PERMISSION, told, code="scope")
