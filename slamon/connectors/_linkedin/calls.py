"""Every call to LinkedIn's API: how its address is written, what it costs, and what a refusal means for a person.

Addresses are written by hand: in Rest.li 2.0 the signs of `List(a,b)` and `(start:1,end:2)` stay as they are and only
the values between them are encoded, which no library does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.connectors._linkedin.answers import DIALECT, NO_VERSION, listing, midnight, thing
from slamon.connectors._linkedin.tokens import SIGN_IN
from slamon.connectors._linkedin.urns import encoded
from slamon.connectors._meter import Meter
from slamon.connectors.http import Http, Timeouts
from slamon.connectors.paging import follow
from slamon.errors import PlatformError, Verdict
from slamon.model import MINUTE, SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from slamon.connectors._linkedin.answers import Listing
    from slamon.connectors._linkedin.settings import LinkedInSettings
    from slamon.connectors._linkedin.tokens import Credential
    from slamon.connectors._linkedin.values import Json
    from slamon.connectors.base import Context, Quota
    from slamon.model import Instant, Millis

METERED = ("organization", "roles", "notifications", "posts", "post", "comments", "replies", "comment")
"""Names of the calls that count against the budgets of the member and of the app."""
UNMETERED = ("token", "introspection")
PAGE_LIMIT = 100
"""Pages of one list, far beyond a day's budget."""
UNASKED = 10
"""How many elements a page has where no number was asked for."""
CLOCK_GRAIN: Millis = 5 * SECOND
"""The Date header is cut to seconds and has been on its way: a smaller difference is none."""
_TOO_MANY, _DAY_USED_UP = "answered 429", " day limit"
HICCUP: Millis = 10 * MINUTE
"""A refusal for pace that names no day may protect LinkedIn's servers: one more try before the day is given up."""


class Calls:
    """LinkedIn's API for one channel."""

    def __init__(
        self, settings: LinkedInSettings, context: Context, credential: Credential, timeouts: Timeouts
    ) -> None:
        self._settings = settings
        self._context = context
        self._credential = credential
        self._http = Http(
            settings.base_url,
            context,
            headers=self._headers,
            refused=credential.refused,
            dialect=DIALECT,
            timeouts=timeouts,
        )
        self._throttled = False
        self._ahead: Millis = 0
        self._spans = False
        """The list of notifications takes no offset: nowhere is it said whether it does."""
        costs = dict.fromkeys(METERED, 1)
        self._meters = [Meter(context, credential.payer, ("member", settings.calls_per_day), midnight, costs)]
        if credential.app:
            self._meters.append(Meter(context, credential.app, ("app", settings.app_calls_per_day), midnight, costs))

    def now(self) -> Instant:
        """LinkedIn's clock, as far as it was heard of."""
        return self._context.now() + self._ahead

    def organization(self) -> Json:
        """The organization by its number."""
        return self._thing("organization", f"/rest/organizations/{self._settings.account}")

    def roles(self) -> Iterator[Listing]:
        """The roles that the token's member has, on whatever pages."""
        return self._pages("roles", "/rest/organizationAcls?q=roleAssignee&state=APPROVED")

    def notifications(self, actions: Iterable[str], start: Instant, end: Instant) -> Iterator[Listing]:
        """What happened on the page between two instants; where no offset is taken, in ever shorter spans of time."""
        query = (
            f"/rest/organizationalEntityNotifications?q=criteria"
            f"&organizationalEntity={encoded(self._settings.organization)}&actions=List({','.join(actions)})&timeRange="
        )
        if not self._spans:
            try:
                yield from self._pages("notifications", f"{query}(start:{start},end:{end})")
            except PlatformError as error:
                if error.verdict is not Verdict.BAD_REQUEST or error.code == "version":
                    raise
                self._spans = True
        if self._spans:
            yield from self._by_spans(query, start, end)

    def posts(self, count: int) -> Iterator[Listing]:
        """The page's own posts, those changed last first; `count` in one call."""
        query = f"q=author&author={encoded(self._settings.organization)}&sortBy=LAST_MODIFIED"
        return self._pages("posts", f"/rest/posts?{query}", count)

    def post(self, urn: str) -> Json:
        """One post, by the URN of a share or a ugcPost."""
        return self._thing("post", f"/rest/posts/{encoded(urn)}")

    def comments(self, post: str) -> Iterator[Listing]:
        """Comments directly under a post."""
        return self._pages("comments", f"/rest/socialActions/{encoded(post)}/comments")

    def replies(self, comment: str) -> Iterator[Listing]:
        """Replies below a comment, by its URN."""
        return self._pages("replies", f"/rest/socialActions/{encoded(comment)}/comments")

    def comment(self, post: str, comment: str) -> Json:
        """One comment under a post."""
        return self._thing("comment", f"/rest/socialActions/{encoded(post)}/comments/{encoded(comment)}")

    def quotas(self) -> Sequence[Quota]:
        """What is left of the day by our own count: LinkedIn tells nothing before it refuses."""
        return [meter.quota() for meter in self._meters]

    def close(self) -> None:
        """Give back the sockets."""
        self._http.close()

    def _headers(self) -> Mapping[str, str]:
        return {
            "Authorization": f"Bearer {self._credential.access()}",
            "LinkedIn-Version": self._settings.version,
            "X-Restli-Protocol-Version": "2.0.0",
        }

    def _pages(self, endpoint: str, path: str, count: int | None = None) -> Iterator[Listing]:
        size = count or self._settings.page_size
        more = "&" if "?" in path else "?"

        def fetch(token: str | None) -> tuple[Listing, str | None]:
            start = int(token or 0)
            page = listing(endpoint, self._got(endpoint, f"{path}{more}start={start}&count={size}"), start, size)
            return page, page.next

        return follow("0", fetch, PAGE_LIMIT)

    def _by_spans(self, query: str, start: Instant, end: Instant) -> Iterator[Listing]:
        page = listing("notifications", self._got("notifications", f"{query}(start:{start},end:{end})"), 0, UNASKED)
        if page.next is None or end - start <= SECOND:
            yield page
            return
        middle = (start + end) // 2
        yield from self._by_spans(query, start, middle)
        yield from self._by_spans(query, middle - 1, end)  # whichever end of a span belongs to it

    def _thing(self, endpoint: str, path: str) -> Json:
        return thing(endpoint, self._got(endpoint, path))

    def _got(self, endpoint: str, path: str) -> object:
        for meter in self._meters:
            meter.spent(endpoint)
        try:
            answer = self._http.get(endpoint, path)
        except PlatformError as error:
            raise self._explained(error) from None
        self._throttled = False
        if answer.date is not None:
            ahead = answer.date - self._context.now()
            self._ahead = ahead if abs(ahead) > CLOCK_GRAIN else 0
        return answer.json

    def _explained(self, error: PlatformError) -> PlatformError:
        if error.code in NO_VERSION:
            text = (
                f"LinkedIn no longer has the version {self._settings.version} of its API: set `version` to a newer "
                "month, YYYYMM"
            )
            return PlatformError(Verdict.BAD_REQUEST, text, code="version")
        if error.verdict is Verdict.WAIT and error.until is not None and _TOO_MANY in str(error):
            return PlatformError(Verdict.WAIT, str(error), code=error.code, until=self._until(error, error.until))
        if error.verdict is Verdict.CREDENTIAL and error.code != "sign_in":
            return PlatformError(Verdict.CREDENTIAL, f"{error}: {SIGN_IN}", code=error.code)
        return error

    def _until(self, error: PlatformError, named: Instant) -> Instant:
        """Until LinkedIn's day ends where that is used up; after a first refusal that does not say so, for less."""
        now = self._context.now()
        if _DAY_USED_UP in str(error).lower() or self._throttled:
            return max(named, midnight(now) + MINUTE)
        self._throttled = True
        return max(named, now + HICCUP)
