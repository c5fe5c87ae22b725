"""The token of an account that logged in through Instagram: it lasts 60 days, and is renewed in time.

Meta renews one that is at least a day old and still valid. How old a configured one is, nobody says: the first poll
asks for a new one, and where that is refused it goes on with what it has. Unverified: with which error a token that is
too young is refused, so that any refusal ends no poll; and whether the old token ends with its renewal, so that the new
one is stored before it is used. The token goes into the query here, for want of another way by the documents; it is
known to the log, which hides it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slamon.connectors._graph.answers import bad, count, thing
from slamon.connectors._graph.errors import VERDICTS, has_error, problem, refused
from slamon.connectors._vault import fingerprint
from slamon.connectors.http import Dialect, Http, Timeouts
from slamon.connectors.tokens import Token, Tokens
from slamon.errors import PlatformError, Verdict
from slamon.model import DAY, HOUR, SECOND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slamon.connectors.base import Context, Expiry
    from slamon.model import Instant, Millis

REFRESH = "refresh_access_token"
"""The name of the call."""
RENEW_BEFORE: Millis = 30 * DAY
_LONGEST = 400 * DAY // SECOND
_PASSING = frozenset({Verdict.RETRY, Verdict.WAIT, Verdict.BAD_ANSWER})
_LOG_IN = "log in through Instagram again, and put the new token where `credentials` points"


class Renewal:
    """The token in force, and its renewal."""

    def __init__(self, base_url: str, context: Context, configured: str, timeouts: Timeouts | None) -> None:
        self._now = context.now
        self._next_try: Instant = 0
        self.permissions: frozenset[str] = frozenset()
        """What the newest token may do, as Meta said when it was renewed; empty before."""
        # Not through the connector's own Http: that asks here for the token, while it is being renewed.
        dialect = Dialect(verdicts=VERDICTS, problem=problem)
        self._http = Http(base_url, context, headers=dict, dialect=dialect, timeouts=timeouts or Timeouts())
        key = f"instagram:{fingerprint(configured)}"
        self._tokens = Tokens(context, key, Token(configured), self._renew, renew_before=0)

    def access(self) -> str:
        """The token in force.

        :raises PlatformError: it has ended.
        """
        return self._tokens.access()

    def refused(self, used: str) -> None:
        """After a refusal of `used`: renew it, unless somebody else has done so since.

        :raises PlatformError: it cannot be renewed.
        """
        self._tokens.refused(used)

    def expiries(self) -> Sequence[Expiry]:
        """When the token in force ends; nothing before the first renewal."""
        return self._tokens.expiries()

    def keep_fresh(self) -> None:
        """Renew the token where less than 30 days of it are left, or nobody knows how many. Raises nothing."""
        now = self._now()
        ends = next((each.at for each in self._tokens.expiries()), None)
        if now < self._next_try or (ends is not None and now < ends - RENEW_BEFORE):
            return
        self._next_try = now + HOUR
        try:
            self._tokens.refused(self._tokens.access())
        except PlatformError as error:
            # The old one goes on until it ends by itself; then the polls say so.
            self._next_try = now + (HOUR if error.verdict in _PASSING else DAY)

    def close(self) -> None:
        """Give back the sockets."""
        self._http.close()

    def _renew(self, old: Token) -> Token:
        params = {"grant_type": "ig_refresh_token", "access_token": old.access}
        try:
            document = self._http.get(REFRESH, f"/{REFRESH}", params).json
            if has_error(document):
                raise refused(REFRESH, 200, document, now=self._now())
        except PlatformError as error:
            if error.verdict not in {Verdict.REFRESH, Verdict.BAD_REQUEST}:
                raise
            text = f"{error}: the token cannot be renewed; {_LOG_IN}"
            raise PlatformError(Verdict.CREDENTIAL, text, code=error.code) from None
        return self._token(thing(REFRESH, document))

    def _token(self, document: dict[str, Any]) -> Token:
        access, seconds = document.get("access_token"), count(document.get("expires_in"))
        if not isinstance(access, str) or not access or not seconds or seconds > _LONGEST:
            raise bad(REFRESH, "has no token, or none that ends")
        self.permissions = _names(document.get("permissions"))
        return Token(access, self._now() + seconds * SECOND)


def _names(permissions: Any) -> frozenset[str]:  # noqa: ANN401 - any JSON
    """Names in a list, or in a text with commas."""
    listed = permissions.split(",") if isinstance(permissions, str) else permissions
    names = listed if isinstance(listed, list) else ()
    return frozenset(name.strip() for name in names if isinstance(name, str) and name.strip())
