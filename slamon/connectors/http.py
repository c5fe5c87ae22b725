"""HTTP for connectors: one request, one answer or one verdict; never a retry, a redirect or a second host.

The poller decides when to try again. What a platform calls its errors and budgets is data, in its `Dialect`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import TYPE_CHECKING, Any

import requests
from urllib3.exceptions import HTTPError, ReadTimeoutError

from slamon.connectors._answers import Answer, decoded, lenient, read_capped, server_time
from slamon.connectors._sessions import Asked, Sessions, Timeouts
from slamon.connectors._urls import names_private, same_host
from slamon.connectors._verdicts import Problem, no_budget, no_spend, refusal, simple_problem
from slamon.connectors._wire import PrivateAddressError
from slamon.connectors.base import Call
from slamon.errors import PlatformError, Verdict
from slamon.model import SECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from slamon.connectors.base import Context, Quota

_OK = range(200, 300)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How one platform says what went wrong and what is left."""

    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    """Lines that differ from `VERDICTS`, by the platform's error code, by status (`429`), or by class (`5xx`)."""
    problem: Callable[[Any], Problem] = simple_problem
    """Error code and words out of the JSON of a refusal; never raises, whatever it is given."""
    budget: Callable[[str, Mapping[str, str]], Quota | None] = no_budget
    """What is left for an endpoint, out of an answer's headers, in the platform's time; never raises."""
    account_wide: bool = False
    """A refusal to answer now holds for every endpoint, and to ask again prolongs it."""
    spend: Callable[[str, Any], int] = no_spend
    """What the platform bills for a good answer, in millionths of a US dollar, estimated; never raises."""


class Http:
    """Speaks to one host with one credential, from any thread.

    `headers` gives the credential's headers, anew for each request. `refused` is called once after a refused token
    (`Verdict.REFRESH`) with the headers that were sent; when it returns, the request is sent once more.
    """

    def __init__(
        self,
        base_url: str,
        context: Context,
        *,
        headers: Callable[[], Mapping[str, str]],
        refused: Callable[[Mapping[str, str]], None] | None = None,
        dialect: Dialect | None = None,
        timeouts: Timeouts,
    ) -> None:
        self._base = base_url.rstrip("/")
        self._private = names_private(self._base)
        self._context = context
        self._headers = headers
        self._refused = refused
        self._dialect = dialect or Dialect()
        self._timeouts = timeouts
        self._shared = context.sessions
        self._sessions = context.sessions or Sessions()
        self._quotas: dict[str, Quota] = {}

    def get(self, endpoint: str, path: str, params: Mapping[str, str | int] | None = None) -> Answer:
        """The good answer to a GET of `path` (from `/` on, or a whole URL of the same host).

        `endpoint` is the constant name under which metrics count the call.

        :raises PlatformError: anything but a good answer; its text carries no secret.
        """
        return self._answer(Asked(endpoint, path, params or {}))

    def post(
        self,
        endpoint: str,
        path: str,
        *,
        form: Mapping[str, str] | None = None,
        body: Any = None,  # noqa: ANN401 - JSON
    ) -> Answer:
        """The good answer to a POST of a form, or of `body` as JSON; otherwise as `get`."""
        return self._answer(Asked(endpoint, path, form=form, body={} if form is None and body is None else body))

    def _answer(self, asked: Asked) -> Answer:
        sent = self._headers()
        try:
            return self._once(asked, sent)
        except PlatformError as error:
            if error.verdict is not Verdict.REFRESH or self._refused is None:
                raise
        self._refused(sent)
        return self._once(asked, self._headers())

    def _once(self, asked: Asked, headers: Mapping[str, str]) -> Answer:
        call = _Running(asked.endpoint)
        try:
            return self._exchange(call, asked, headers)
        except PlatformError as error:
            call.code = "bad_answer" if error.verdict is Verdict.BAD_ANSWER and call.good else call.code
            raise
        except (requests.RequestException, HTTPError, ValueError) as error:
            # The texts of these carry URLs and header values: only what kind they are is told.
            call.code, problem = _failure(asked.endpoint, error)
            raise problem from None
        finally:
            self._context.on_call(call.ended())

    def quotas(self) -> Sequence[Quota]:
        """The newest word on each endpoint's budget, in our time."""
        return tuple(self._quotas.values())

    def close(self) -> None:
        """Give back every socket that is not shared."""
        if self._shared is None:
            self._sessions.close()

    def _exchange(self, call: _Running, asked: Asked, headers: Mapping[str, str]) -> Answer:
        line = self._sessions.of(self._timeouts, private=self._private)
        with line.send(self._url(asked.path), asked, headers) as response:
            call.code = str(response.status_code)
            at = self._context.now()
            date = server_time(response.headers)
            call.clock_skew = None if date is None else date + SECOND // 2 - at  # it is cut to seconds
            quota = self._seen_budget(call, response.headers)
            if response.status_code in _OK:
                body = decoded(call.endpoint, read_capped(call.endpoint, response.raw))
                call.spend = self._dialect.spend(call.endpoint, body)
                return Answer(body, response.headers, response.status_code, date)
            problem = self._dialect.problem(lenient(response.raw))
            error = refusal(call.endpoint, response, problem, self._dialect.verdicts, now=at, quota=quota)
            error.endpoint = "" if self._dialect.account_wide else error.endpoint
            raise error

    def _seen_budget(self, call: _Running, headers: Mapping[str, str]) -> Quota | None:
        quota = self._dialect.budget(call.endpoint, headers)
        if quota is not None:
            quota = replace(quota, resets_at=quota.resets_at - (call.clock_skew or 0))
            self._quotas[call.endpoint] = quota
        return quota

    def _url(self, path: str) -> str:
        if path.startswith("/"):
            return self._base + path
        if not same_host(self._base, path):
            raise PlatformError(Verdict.BAD_ANSWER, "a link of the platform leads to another host", code="other_host")
        return path


class _Running:
    """One call while it runs."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.code = "connection"
        self.clock_skew: int | None = None
        self.spend = 0
        self._started = perf_counter()

    @property
    def good(self) -> bool:
        return self.code.startswith("2") or self.code == "connection"

    def ended(self) -> Call:
        return Call(self.endpoint, self.code, perf_counter() - self._started, self.clock_skew, self.spend)


def _failure(endpoint: str, error: Exception) -> tuple[str, PlatformError]:
    if isinstance(error, (requests.Timeout, ReadTimeoutError)):
        return "timeout", PlatformError(Verdict.RETRY, f"{endpoint}: no answer in time", code="timeout")
    if isinstance(error, ValueError) and not isinstance(error, requests.JSONDecodeError):
        text = f"{endpoint}: the request cannot be built; look for odd characters in the credential"
        return "connection", PlatformError(Verdict.CREDENTIAL, text, code="unsendable")
    return "connection", PlatformError(Verdict.RETRY, f"{endpoint}: {_why(error)}", code="connection")


def _why(error: Exception) -> str:
    if isinstance(error, PrivateAddressError):
        return "the host's name leads to a private address, where nothing is sent"
    if isinstance(error, requests.exceptions.SSLError):
        return "no secure connection: the certificate or the TLS handshake failed"
    if isinstance(error, requests.exceptions.ProxyError):
        return "the proxy could not be used"
    return "no connection, or it broke off"


__all__ = ["Dialect", "Http", "Sessions", "Timeouts"]
