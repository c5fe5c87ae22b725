"""Asks Meta, as the app, what a token may do and when it ends; now and then, and only where the app's secret is given.

`debug_token` takes the token in its query: the one secret that goes there, for want of another way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.connectors._graph.errors import UNKNOWN_PATH, VERDICTS, has_error, problem, refused
from slamon.connectors._graph.token import TokenFacts, token_facts
from slamon.connectors.http import Dialect, Http
from slamon.errors import PlatformError, Verdict
from slamon.model import HOUR

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from slamon.connectors._graph.settings import GraphSettings
    from slamon.connectors.base import Context
    from slamon.connectors.http import Timeouts
    from slamon.model import Instant, Millis

DEBUG_TOKEN = "debug_token"  # noqa: S105 - the name of a call
INSPECT_EVERY: Millis = 6 * HOUR


class Inspection:
    """What `debug_token` said last of one token."""

    def __init__(self, settings: GraphSettings, context: Context, token: Callable[[], str], timeouts: Timeouts) -> None:
        self._credentials = settings.credentials
        self._context = context
        self._token = token
        self._path = f"/{settings.graph_version}/{DEBUG_TOKEN}"
        self._known = self._credentials.app_id is not None
        """Whether there is something to ask with, and somebody to answer."""
        self._said: tuple[Instant, TokenFacts] | None = None
        self._http = Http(
            settings.base_url,
            context,
            headers=self._authorization,
            dialect=Dialect(verdicts=VERDICTS, problem=problem),
            timeouts=timeouts,
        )

    @property
    def facts(self) -> TokenFacts | None:
        """What was said last; asks nobody."""
        return self._said[1] if self._said else None

    def facts_since(self, age: Millis) -> TokenFacts | None:
        """What is said, no older than `age`; `None` where that cannot be asked.

        :raises PlatformError: the question was refused, or the token is no longer valid.
        """
        now = self._context.now()
        if self._known and (self._said is None or now - self._said[0] >= age):
            self._ask(now)
        facts = self.facts
        if facts is not None and not facts.valid:
            self._said = None
            text = "debug_token: Meta says that the token is no longer valid: expired, or taken back by a person"
            raise PlatformError(Verdict.CREDENTIAL, text, code="invalid_token")
        return facts

    def close(self) -> None:
        """Give back the sockets."""
        self._http.close()

    def _ask(self, now: Instant) -> None:
        try:
            document = self._http.get(DEBUG_TOKEN, self._path, {"input_token": self._token()}).json
            if has_error(document):
                raise refused(DEBUG_TOKEN, 200, document, now=now)
        except PlatformError as error:
            if error.code in UNKNOWN_PATH:
                self._known = False
                return
            if error.verdict is Verdict.REFRESH:  # the app's own secret: nothing renews it
                raise PlatformError(Verdict.CREDENTIAL, str(error), code=error.code) from None
            raise
        self._said = (now, token_facts(document))

    def _authorization(self) -> Mapping[str, str]:
        secret = self._credentials.app_secret.get() if self._credentials.app_secret else ""
        return {"Authorization": f"Bearer {self._credentials.app_id}|{secret}"}
