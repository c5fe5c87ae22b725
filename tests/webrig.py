"""A web server behind a web.yml, and clients of it; the certificates are those of tests/tls."""

from __future__ import annotations

import base64
import shutil
import socket
import ssl
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bcrypt
from starlette.responses import JSONResponse
from starlette.routing import Route

from slamon.web import Guard, Health, Pages, WebServer
from slamon.web.entry.standing import Standing
from slamon.web.entry.who import may_read, who

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message

    from starlette.requests import Request
    from starlette.responses import Response

SALT = b"$2b$04$" + b"slamon" * 3 + b"tese"
"""Always the same: hashes stand in the names of tests, and each process has to find the same tests."""
TLS = Path(__file__).parent / "tls"
SERVER = "tls_server_config: {cert_file: server.pem, key_file: server.key"
PLAIN_TLS = SERVER + "}\n"
WITH_CLIENTS = SERVER + ", client_auth_type: RequireAndVerifyClientCert, client_ca_file: ca.pem}\n"


def hashed(password: str, kind: bytes = b"2b") -> str:
    """A bcrypt hash that is checked at once."""
    return bcrypt.hashpw(password.encode(), SALT).replace(b"$2b$", b"$" + kind + b"$", 1).decode()


def users(**passwords: str) -> str:
    lines = [f"  {name}: {hashed(password)}\n" for name, password in passwords.items()]
    return "basic_auth_users:\n" + "".join(lines)


def write(folder: Path, text: str) -> Path:
    """A web.yml beside all certificates."""
    for file in TLS.glob("*.[pk]e[my]"):
        shutil.copy(file, folder)
    path = folder / "web.yml"
    path.write_text(text)
    return path


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


class WhoAmI:
    """Pages that say who asks: one for reading, one for acting."""

    def routes(self) -> list[Route]:
        return [Route("/api/v1/who", self.say, methods=["GET", "POST"]), Route("/who", self.say, methods=["GET"])]

    def close(self) -> None:
        pass

    async def say(self, request: Request) -> Response:
        asks = who(request)
        found = {"name": asks.name, "may_act": asks.may_act} if asks else None
        return JSONResponse({"who": found, "may_read": may_read(request)})


@dataclass
class Answer:
    status: int
    body: bytes
    headers: Message
    challenges: list[str] = field(default_factory=list)


def metrics(*_: object) -> tuple[bytes, str]:
    return b"slamon_up 1\n", "text/plain"


def sound() -> Health:
    return Health(healthy=True, ready=True)


@contextmanager
def serving(web: Path | None = None, listen: str = "127.0.0.1:0", **others: Any) -> Iterator[WebServer]:
    """`others`: fields of the guard; also `render`, `health` and `patience`."""
    pages = Pages(others.pop("render", metrics), others.pop("health", sound), None, [WhoAmI()])
    patience = others.pop("patience", 30)
    guard = Guard(web=Standing(web) if web else None, **others)
    server = WebServer(listen, pages, guard, patience=patience)
    server.start()
    try:
        yield server
    finally:
        server.stop(5)


def trusting(cert: str | None = None) -> ssl.SSLContext:
    """A client's context, that shows one of the certificates of tests/tls."""
    context = ssl.create_default_context(cafile=str(TLS / "ca.pem"))
    if cert:
        context.load_cert_chain(TLS / f"{cert}.pem", TLS / f"{cert}.key")
    return context


def basic(name: str, password: str | bytes) -> str:
    raw = password if isinstance(password, bytes) else password.encode()
    return "Basic " + base64.b64encode(name.encode() + b":" + raw).decode()


def ask(
    server: WebServer, path: str, shown: str | None = None, *, method: str = "GET", tls: Any = None, **headers: str
) -> Answer:
    """One request of a new connection; `shown` is the Authorization header."""
    port = int(server.address.rpartition(":")[2])
    host = "127.0.0.1"
    connection = HTTPSConnection(host, port, timeout=10, context=tls) if tls else HTTPConnection(host, port, timeout=10)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, headers=sent | ({"Authorization": shown} if shown else {}))
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return Answer(answer.status, body, answer.headers, answer.headers.get_all("WWW-Authenticate", []))


def connect(server: WebServer, said: bytes = b"") -> socket.socket:
    host, port = server.address.split(":")
    client = socket.create_connection((host, int(port)), timeout=10)
    client.sendall(said)
    return client
