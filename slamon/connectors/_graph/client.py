"""Meta's Graph API, as Facebook, Messenger and Instagram share it: one credential on one host, one version.

Facts by Meta's documentation of 2024 to 2026 and its machine-readable description v25.0; nobody here has called the
live API. Not verified: what an expired version is answered with (said once in the log when another version answers),
whether the token of a batch may stand in the header alone (it is sent in the form, as documented, and in the header).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from slamon import logs
from slamon.connectors._graph.answers import Json, Listing, listing, thing
from slamon.connectors._graph.batch import BATCH, BATCH_SIZE, Ask, parts_of, written
from slamon.connectors._graph.errors import TOO_MUCH, UNKNOWN_PATH, VERDICTS, Waits, has_error, problem, refused
from slamon.connectors._graph.inspect import DEBUG_TOKEN, INSPECT_EVERY, Inspection
from slamon.connectors._graph.token import TokenFacts, proof
from slamon.connectors._graph.usage import Usage
from slamon.connectors._vault import fingerprint
from slamon.connectors.http import Dialect, Http, Timeouts
from slamon.connectors.paging import follow
from slamon.errors import PlatformError, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from slamon.connectors._answers import Answer
    from slamon.connectors._graph.settings import GraphSettings
    from slamon.connectors.base import Context, Quota
    from slamon.model import Millis

__all__ = ["BATCH", "DEBUG_TOKEN", "INSPECT_EVERY", "Access", "Ask", "Graph"]

LEAST_PAGE = 5
"""A page of so few that is still too much to ask for is given up."""
PAGE_LIMIT = 200

_IN_PLACE = frozenset({Verdict.NOT_FOUND, Verdict.PERMISSION, Verdict.BAD_REQUEST})
"""Refusals that concern one part of a batch; any other concerns the account."""


@dataclass(frozen=True, slots=True)
class Access:
    """A token that may be renewed: what gives it, and what is called once with one that was refused."""

    token: Callable[[], str]
    refused: Callable[[str], None] | None = None


class Graph:
    """Asks the Graph API with one token; from any thread.

    Raises `PlatformError` with Meta's own code (`#190`, `#100/33`); where it is about waiting, `until` is set to what
    Meta estimates, else to 5 minutes and longer with each refusal.
    """

    def __init__(
        self,
        settings: GraphSettings,
        context: Context,
        endpoints: Sequence[str],
        *,
        timeouts: Timeouts | None = None,
        access: Access | None = None,
    ) -> None:
        """`endpoints`: every name of the connector's calls: they share the budgets."""
        self._settings = settings
        self._context = context
        self._access = access or Access(settings.credentials.access_token.get)
        self._usage = Usage(context.now, tuple(endpoints))
        self._waits = Waits()
        self._version = f"/{settings.graph_version}"
        self._told_version = False
        self._sizes: dict[str, int] = {}
        self._batches = True
        self.http = Http(
            settings.base_url,
            context,
            headers=self._authorization,
            dialect=Dialect(verdicts=VERDICTS, problem=problem, budget=self._usage.heard, account_wide=True),
            timeouts=timeouts or Timeouts(),
        )
        self._inspection = Inspection(settings, context, self._access.token, timeouts or Timeouts())

    def node(self, endpoint: str, path: str, params: Mapping[str, str | int] | None = None) -> Json:
        """The object at `path`, from the version on: `/me`, `/100_200`."""
        return thing(endpoint, self._get(endpoint, Ask(path, params or {})))

    def edge(self, endpoint: str, path: str, params: Mapping[str, str | int] | None = None) -> Listing:
        """One page of the edge at `path`."""
        document = self._get(endpoint, Ask(path, params or {}))
        return listing(endpoint, document, self._settings.base_url)

    def pages(
        self,
        endpoint: str,
        path: str,
        params: Mapping[str, str | int],
        limit: int,
        after: str | None = None,
    ) -> Iterator[Listing]:
        """Every page of an edge, `limit` items each; fewer where Meta says that this is too much data.

        The next request is built anew from the cursor `after`; a link of the platform is never followed. Whoever has
        seen enough stops asking. Cursors go stale: none is kept beyond one read.
        """

        def fetch(cursor: str | None) -> tuple[Listing, str | None]:
            more = {"after": cursor} if cursor else {}
            page = self._sized(endpoint, path, {**params, **more}, limit)
            return page, page.after

        return follow(after, fetch, PAGE_LIMIT)

    def many(self, asks: Sequence[Ask]) -> list[Json | PlatformError]:
        """An answer for each of `asks`, or the refusal that concerns it alone: gone, not allowed, not known.

        In batches of 50, which save round trips and no budget; one alone is asked plainly.

        :raises PlatformError: a refusal that concerns the account, or parts that stayed unfinished.
        """
        found: list[Json | PlatformError] = []
        for first in range(0, len(asks), BATCH_SIZE):
            part = asks[first : first + BATCH_SIZE]
            if len(part) > 1 and self._batches:
                try:
                    found += self._batch(part)
                except PlatformError as error:
                    if error.code not in UNKNOWN_PATH:
                        raise
                    self._batches = False
                else:
                    continue
            found += [self._alone(ask) for ask in part]
        return found

    def inspected(self, max_age: Millis = INSPECT_EVERY) -> TokenFacts | None:
        """What Meta says of the token, no older than `max_age`; `None` without the app's id and secret.

        :raises PlatformError: it could not be asked, or the token is no longer valid.
        """
        return self._inspection.facts_since(max_age)

    @property
    def facts(self) -> TokenFacts | None:
        """What the last inspection said; asks nobody."""
        return self._inspection.facts

    @property
    def payer(self) -> str:
        """A short name of the credential, that tells nothing of it."""
        return fingerprint(self._settings.credentials.access_token.get())

    def quotas(self) -> Sequence[Quota]:
        """What the headers said last of each budget, in percent."""
        return self._usage.quotas()

    def close(self) -> None:
        """Give back the sockets."""
        self.http.close()
        self._inspection.close()

    def _get(self, endpoint: str, ask: Ask) -> Any:  # noqa: ANN401 - an object or a list of JSON
        path = self._version + ask.path
        return self._asked(endpoint, lambda: self.http.get(endpoint, path, {**ask.params, **self._signature()}))

    def _asked(self, endpoint: str, ask: Callable[[], Answer]) -> Any:  # noqa: ANN401 - an object or a list of JSON
        used = self._access.token()
        try:
            answer = self._answered(endpoint, ask)
        except PlatformError as error:
            if error.verdict is not Verdict.REFRESH or self._access.refused is None:
                raise self._seen(error) from None
            # Not left to `Http`: with another token, the request has another signature too.
            self._access.refused(used)
            answer = self._again(endpoint, ask)
        self._waits.answered()
        self._check_version(answer)
        return answer.json

    def _answered(self, endpoint: str, ask: Callable[[], Answer]) -> Answer:
        answer = ask()
        if has_error(answer.json):
            raise refused(endpoint, answer.status, answer.json, now=self._context.now())
        return answer

    def _again(self, endpoint: str, ask: Callable[[], Answer]) -> Answer:
        try:
            return self._answered(endpoint, ask)
        except PlatformError as error:
            raise self._seen(error) from None

    def _seen(self, error: PlatformError) -> PlatformError:
        if error.verdict is Verdict.REFRESH and self._access.refused is None:
            return PlatformError(Verdict.CREDENTIAL, str(error), code=error.code)
        return self._waits.parked(error, self._context.now(), self._usage.blocked())

    def _sized(self, endpoint: str, path: str, params: Mapping[str, str | int], limit: int) -> Listing:
        while True:
            size = min(limit, self._sizes.get(endpoint, limit))
            try:
                return self.edge(endpoint, path, {**params, "limit": size})
            except PlatformError as error:
                if error.code != TOO_MUCH or size <= LEAST_PAGE:
                    raise
                self._sizes[endpoint] = max(size // 2, LEAST_PAGE)

    def _alone(self, ask: Ask) -> Json | PlatformError:
        try:
            return thing(BATCH, self._get(BATCH, ask))
        except PlatformError as error:
            if error.verdict in _IN_PLACE:
                return error
            raise

    def _batch(self, asks: Sequence[Ask]) -> list[Json | PlatformError]:
        found = self._posted(asks)
        # Parts that took too long come as null: those alone are asked once more.
        slow = [place for place, part in enumerate(found) if part is None]
        if slow:
            for place, part in zip(slow, self._posted([asks[place] for place in slow]), strict=True):
                found[place] = part
        whole = [part for part in found if part is not None]
        if len(whole) < len(asks):
            raise PlatformError(Verdict.RETRY, "batch: the platform did not finish some parts", code="unfinished")
        return whole

    def _posted(self, asks: Sequence[Ask]) -> list[Json | PlatformError | None]:
        batch = written(asks, self._version.lstrip("/"))

        def post() -> Answer:
            form = {"access_token": self._access.token(), "include_headers": "false", "batch": batch}
            return self.http.post(BATCH, self._version + "/", form={**form, **self._signature()})

        parts = parts_of(self._asked(BATCH, post), len(asks))
        return [None if part is None else self._part(*part) for part in parts]

    def _part(self, code: int, document: Any) -> Json | PlatformError:  # noqa: ANN401 - any JSON
        if code == 200 and not has_error(document):  # noqa: PLR2004 - HTTP's number
            return thing(BATCH, document)
        error = self._seen(refused(BATCH, code, document, now=self._context.now()))
        if error.verdict in _IN_PLACE:
            return error
        raise error

    def _check_version(self, answer: Answer) -> None:
        told = answer.headers.get("facebook-api-version", "")
        if told and told != self._settings.graph_version and not self._told_version:
            self._told_version = True
            log, asked = logs.get(__name__), self._settings.graph_version
            log.warning("other_graph_version", channel=self._context.channel, asked=asked, answered=told[:20])

    def _signature(self) -> dict[str, str]:
        secret = self._settings.credentials.app_secret
        return {"appsecret_proof": proof(secret.get(), self._access.token())} if secret else {}

    def _authorization(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self._access.token()}"}
