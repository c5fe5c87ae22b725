"""The small HTTP server under every pretend platform: routes, faults on command, a ledger of what was asked.

Every server has a control API of its own: `POST /_range/faults` takes a fault or a list of them (the fields of
`Fault`), `DELETE /_range/faults` clears them, `GET /_range/requests` lists the newest requests. No fault touches it.
"""

from __future__ import annotations

import json
import re
import threading
from collections import deque
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import parse_qsl, unquote, urlsplit

from slamon.model import SECOND
from slamon.sim.faults import Fault, Faults
from slamon.sim.listening import Listening, hang_up

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType
    from typing import Self

    from slamon.model import Instant

CONTROL = "/_range/"
KEPT_REQUESTS = 10_000
KEEP_ALIVE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Request:
    """One request as a route sees it; `parts` are the named parts of its path, header names are in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""
    parts: Mapping[str, str] = field(default_factory=dict)
    raw_query: str = ""
    """The query as it was sent: some platforms tell what is encoded from what is not."""

    def json(self) -> Any:  # noqa: ANN401 - whatever the client sent
        """The body as JSON.

        :raises ValueError: it is none.
        """
        return json.loads(self.body)

    def form(self) -> dict[str, str]:
        """The body as an HTML form."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back to the client."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def json(cls, data: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:  # noqa: ANN401
        """`data` as a JSON document."""
        body = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
        return cls(status, body, {"content-type": "application/json; charset=utf-8", **(headers or {})})

    @classmethod
    def text(cls, text: str, status: int = 200, kind: str = "text/plain") -> Answer:
        """`text` as a document of the media type `kind`."""
        return cls(status, text.encode(), {"content-type": f"{kind}; charset=utf-8"})


@dataclass(frozen=True, slots=True)
class Taken:
    """A line of the ledger: a request, when it came by the server's clock, and the status that was answered."""

    at: Instant
    request: Request
    status: int | None
    """`None` where no whole answer was sent."""


Route: TypeAlias = "Callable[[Request], Answer]"


class PretendServer:
    """A threaded HTTP server on loopback; port 0 picks a free one. Use it as a context manager.

    Routes are added by decorator, `{name}` in a pattern stands for one part of a path:

        @server.route("GET", "/2/users/{id}/mentions")
        def mentions(request: Request) -> Answer: ...
    """

    def __init__(self, clock: Callable[[], Instant], host: str = "127.0.0.1", port: int = 0) -> None:
        self.clock = clock
        self.faults = Faults()
        self.ledger: deque[Taken] = deque(maxlen=KEPT_REQUESTS)
        self._routes: list[tuple[str, re.Pattern[str], Route]] = []
        self._http = _Listener((host, port), _Handler)
        self._http.owner = self
        # The default of half a second between looks at the stop flag would be felt in every test.
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), name="pretend", daemon=True)
        self._add_control()

    @property
    def url(self) -> str:
        """The address without a slash at its end."""
        host, port = self._http.server_address[:2]
        return f"http://{host!s}:{port}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def start(self) -> None:
        """Answer from now on."""
        self._thread.start()

    def close(self) -> None:
        """Stop answering, cut what is still connected, give the port back."""
        self.faults.clear()
        if self._thread.is_alive():
            self._http.shutdown()
            self._thread.join()
        self._http.cut_all()
        self._http.server_close()

    def route(self, method: str, pattern: str) -> Callable[[Route], Route]:
        """Add a route; the first that fits a request serves it, anything else is 404 with an empty body."""
        shape = re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(pattern)))

        def add(route: Route) -> Route:
            self._routes.append((method, shape, route))
            return route

        return add

    def serve(self, request: Request) -> Answer:
        """The answer of the route that fits `request`."""
        for method, shape, route in self._routes:
            if method == request.method and (match := shape.fullmatch(request.path)):
                parts = {name: unquote(value) for name, value in match.groupdict().items()}
                return route(replace(request, parts=parts))
        return Answer(404)

    def _add_control(self) -> None:
        @self.route("POST", CONTROL + "faults")
        def add(request: Request) -> Answer:
            try:
                data = request.json()
                self.faults.add(*(Fault.parse(item) for item in (data if isinstance(data, list) else [data])))
            except (TypeError, ValueError) as error:
                return Answer.json({"error": str(error)}, 400)
            return Answer.json({"ok": True})

        @self.route("DELETE", CONTROL + "faults")
        def clear(_request: Request) -> Answer:
            self.faults.clear()
            return Answer.json({"ok": True})

        @self.route("GET", CONTROL + "requests")
        def requests(_request: Request) -> Answer:
            return Answer.json([_line(taken) for taken in tuple(self.ledger)])


class Served:
    """A pretend platform that one server speaks for. Use it as a context manager."""

    server: PretendServer

    @property
    def url(self) -> str:
        """What a channel's `base_url` is set to."""
        return self.server.url

    def __enter__(self) -> Self:
        self.server.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.server.close()


def _line(taken: Taken) -> dict[str, Any]:
    asked = taken.request
    return {
        "at": taken.at,
        "method": asked.method,
        "path": asked.path,
        "query": dict(asked.query),
        "status": taken.status,
    }


class _Listener(Listening, ThreadingHTTPServer):
    request_queue_size = 128
    owner: PretendServer


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # with it, head and body in two writes cost 40 ms an answer
    wbufsize = -1
    timeout = KEEP_ALIVE_SECONDS
    server: _Listener

    def handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline(65_537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        owner, request = self.server.owner, self._request()
        at = owner.clock()
        taken = None if request.path.startswith(CONTROL) else owner.faults.take(request.path)
        answer = owner.serve(request) if taken is None else self._trouble(*taken, request)
        cut = answer is None or (taken is not None and taken[0].drop == "middle")
        if not request.path.startswith(CONTROL):
            owner.ledger.append(Taken(at, request, answer.status if answer else None))
        if answer is not None:
            self._send(answer, cut=cut)
        if cut:
            self.close_connection = True
            hang_up(self.connection)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named so by the standard library
        """Say nothing: the ledger knows."""

    def _request(self) -> Request:
        url = urlsplit(self.path)
        length = int(self.headers.get("content-length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        return Request(self.command, url.path, query, headers, self.rfile.read(length), raw_query=url.query)

    def _trouble(self, fault: Fault, released: threading.Event, request: Request) -> Answer | None:
        released.wait(fault.delay)
        answer = self.server.owner.serve(request) if fault.serves or fault.accept else None
        released.wait(fault.pause)
        if fault.hang:
            released.wait()
            return None
        if fault.status is not None:
            return Answer(fault.status, fault.body.encode(), fault.headers)
        return answer if fault.drop != "before" else None

    def _send(self, answer: Answer, *, cut: bool) -> None:
        self.send_response_only(answer.status)
        self.send_header("date", formatdate(self.server.owner.clock() / SECOND, usegmt=True))
        for name, value in {"content-type": "text/plain", **answer.headers}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body[: len(answer.body) // 2] if cut else answer.body)
        self.wfile.flush()
