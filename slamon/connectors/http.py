"""HTTP for connectors: one request, one answer or one verdict; never a retry, a redirect or a second host.

The poller decides when to try again. What a platform calls its errors and budgets is data, in its `Dialect`.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from http.cookiejar import DefaultCookiePolicy
from time import perf_counter
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError, ReadTimeoutError

from slamon.connectors._answers import Answer, decoded, lenient, read_capped, server_time
from slamon.connectors._urls import names_private, same_host
from slamon.connectors._verdicts import Problem, no_budget, refusal, simple_problem
from slamon.connectors._wire import PrivateAddressError, pools
from slamon.connectors.base import Call
from slamon.errors import PlatformError, Verdict
from slamon.model import SECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from urllib3 import HTTPConnectionPool, PoolManager

    from slamon.connectors.base import Context, Quota

_OK = range(200, 300)


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: to connect, between two reads, and from the request sent to its whole answer read."""

    connect: float = 5.0
    read: float = 10.0
    whole: float = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How one platform says what went wrong and what is left."""

    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    """Lines that differ from `VERDICTS`, by the platform's error code, by status (`429`), or by class (`5xx`)."""
    problem: Callable[[Any], Problem] = simple_problem
    """Error code and words out of the JSON of a refusal; never raises, whatever it is given."""
    budget: Callable[[str, Mapping[str, str]], Quota | None] = no_budget
    """What is left for an endpoint, out of an answer's headers, in the platform's time; never raises."""


class Http:
    """Speaks to one host with one credential, from any thread, with a session for each.

    `headers` gives the credential's headers, anew for each request.
    """

    def __init__(
        self,
        base_url: str,
        context: Context,
        *,
        headers: Callable[[], Mapping[str, str]],
        dialect: Dialect | None = None,
        timeouts: Timeouts,
    ) -> None:
        self._base = base_url.rstrip("/")
        self._context = context
        self._headers = headers
        self._dialect = dialect or Dialect()
        self._timeouts = timeouts
        self._local = threading.local()
        self._sessions: WeakSet[requests.Session] = WeakSet()
        self._quotas: dict[str, Quota] = {}

    def get(self, endpoint: str, path: str, params: Mapping[str, str | int] | None = None) -> Answer:
        """The good answer to a GET of `path` (from `/` on, or a whole URL of the same host).

        `endpoint` is the constant name under which metrics count the call.

        :raises PlatformError: anything but a good answer; its text carries no secret.
        """
        call = _Running(endpoint)
        try:
            return self._exchange(call, self._url(path), params or {})
        except PlatformError as error:
            call.code = "bad_answer" if error.verdict is Verdict.BAD_ANSWER and call.good else call.code
            raise
        except (requests.RequestException, HTTPError, ValueError) as error:
            # The texts of these carry URLs and header values: only what kind they are is told.
            call.code, problem = _failure(endpoint, error)
            raise problem from None
        finally:
            self._context.on_call(call.ended())

    def quotas(self) -> Sequence[Quota]:
        """The newest word on each endpoint's budget, in our time."""
        return tuple(self._quotas.values())

    def close(self) -> None:
        """Give back every socket."""
        for session in tuple(self._sessions):
            session.close()

    def _exchange(self, call: _Running, url: str, params: Mapping[str, str | int]) -> Answer:
        patience = (self._timeouts.connect, self._timeouts.read)
        session = self._session()
        with session.get(url, params=params, timeout=patience, stream=True, allow_redirects=False) as response:
            call.code = str(response.status_code)
            at = self._context.now()
            date = server_time(response.headers)
            call.clock_skew = None if date is None else date + SECOND // 2 - at  # it is cut to seconds
            quota = self._seen_budget(call, response.headers)
            if response.status_code in _OK:
                body = decoded(call.endpoint, read_capped(call.endpoint, response.raw))
                return Answer(body, response.headers, response.status_code, date)
            problem = self._dialect.problem(lenient(response.raw))
            raise refusal(call.endpoint, response, problem, self._dialect.verdicts, now=at, quota=quota)

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

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = self._new_session()
            self._sessions.add(session)
        return session

    def _new_session(self) -> requests.Session:
        session = requests.Session()
        private = names_private(self._base)
        session.trust_env = not private  # proxies of the environment serve public hosts
        adapter = _Adapter(pools(self._timeouts.read, self._timeouts.whole, public=not private))
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        session.headers.update({"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "slamon"})
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
        session.auth = self._authorize  # as auth, not as headers: else a .netrc would win
        return session

    def _authorize(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers.update(self._headers())
        return request


class _Adapter(HTTPAdapter):
    """The adapter of requests over our own connections, direct or through a proxy."""

    def __init__(self, pool_classes: dict[str, type[HTTPConnectionPool]]) -> None:
        self._pool_classes = pool_classes
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - passed on
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = self._pool_classes

    def proxy_manager_for(self, *args: Any, **options: Any) -> PoolManager:  # noqa: ANN401 - passed on
        manager: PoolManager = super().proxy_manager_for(*args, **options)
        manager.pool_classes_by_scheme = self._pool_classes
        return manager


class _Running:
    """One call while it runs."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.code = "connection"
        self.clock_skew: int | None = None
        self._started = perf_counter()

    @property
    def good(self) -> bool:
        return self.code.startswith("2") or self.code == "connection"

    def ended(self) -> Call:
        return Call(self.endpoint, self.code, perf_counter() - self._started, self.clock_skew)


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
