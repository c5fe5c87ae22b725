"""Connections kept open: one line for each thread, whichever connector asks."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit
from weakref import WeakSet

import requests
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from requests.utils import check_header_validity

from slamon.connectors._wire import pools

if TYPE_CHECKING:
    from collections.abc import Mapping

    from urllib3 import HTTPConnectionPool, PoolManager


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: to connect, between two reads, and from the request sent to its whole answer read."""

    connect: float = 5.0
    read: float = 10.0
    whole: float = 20.0


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as a connector asks it: a GET, unless it carries a form or a JSON body."""

    endpoint: str
    path: str
    params: Mapping[str, str | int] = field(default_factory=dict)
    form: Mapping[str, str] | None = None
    body: Any = None


class Sessions:
    """Connections kept open, for any number of connectors: a line for each thread and patience.

    None of them holds a credential: each request brings its own.
    """

    def __init__(self) -> None:
        self._local = threading.local()
        self._all: WeakSet[_Line] = WeakSet()

    def of(self, timeouts: Timeouts, *, private: bool) -> _Line:
        """The line of this thread to public hosts, or to private ones."""
        mine: dict[tuple[Timeouts, bool], _Line] | None = getattr(self._local, "lines", None)
        if mine is None:
            mine = self._local.lines = {}
        line = mine.get((timeouts, private))
        if line is None:
            line = mine[timeouts, private] = _Line(timeouts, private=private)
            self._all.add(line)
        return line

    def close(self) -> None:
        """Give back every socket."""
        for line in tuple(self._all):
            line.session.close()


class _Line:
    """A session of requests, without what it does anew for each request and none of ours needs.

    No cookies, no redirects, no `.netrc`, whose password would win over the credential: that is a third of the time
    of a request that brings nothing.
    """

    def __init__(self, timeouts: Timeouts, *, private: bool) -> None:
        self.session = requests.Session()
        self.session.trust_env = not private  # proxies of the environment serve public hosts
        self._patience = (timeouts.connect, timeouts.read)
        adapter = _Adapter(pools(timeouts.read, timeouts.whole, public=not private))
        self.session.mount("https://", adapter)
        self.session.mount("http://", adapter)
        self._ways: dict[str, dict[str, Any]] = {}

    def send(self, url: str, asked: Asked, headers: Mapping[str, str]) -> requests.Response:
        """The answer's head; its body is still to be read."""
        request = requests.PreparedRequest()
        if asked.form is None and asked.body is None:
            request.method, request.url, request.hooks = "GET", _with_query(url, asked.params), {}
            request.headers = CaseInsensitiveDict({**_HEADERS, **headers})
            _check_headers(request.headers)
        else:
            request.prepare("POST", url, {**_HEADERS, **headers}, data=asked.form, json=asked.body, params=asked.params)
        way = self._way(url)
        return self.session.get_adapter(url).send(request, stream=True, timeout=self._patience, **way)

    def _way(self, url: str) -> dict[str, Any]:
        """Proxies and certificates by the environment, looked up once for each host."""
        host = urlsplit(url).netloc
        way = self._ways.get(host)
        if way is None:
            found = self.session.merge_environment_settings(url, {}, stream=True, verify=None, cert=None)
            way = self._ways[host] = {key: found[key] for key in ("proxies", "verify", "cert")}
        return way


_HEADERS = {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "slamon", "Connection": "keep-alive"}


def _with_query(url: str, params: Mapping[str, str | int]) -> str:
    if not params:
        return url
    return f"{url}{'&' if '?' in url else '?'}{urlencode(params)}"


def _check_headers(headers: CaseInsensitiveDict[str]) -> None:
    """As requests does it when it prepares a request.

    :raises ValueError: a header that would smuggle in another one.
    """
    for header in headers.items():
        check_header_validity(header)


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
