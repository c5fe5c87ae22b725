"""A Bluesky network that nobody of us wrote, and people who use it through its own API.

The network (`tests/peers/bluesky.mjs`) is Bluesky's own development one: a PDS, an AppView, a directory. It has no
direct messages. PostgreSQL and redis, which its AppView wants, are started beside it; all of it on loopback, and all of
it ends with the block that it was started for, or with the process.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import requests

from processes import until
from slamon.model import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CHECKOUT = Path(__file__).parents[1]
INSTALLED = CHECKOUT / ".peers/bluesky"
POST, GATE = "app.bsky.feed.post", "app.bsky.feed.threadgate"


def _postgres() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    return found[-1].parent if found else None


MISSING = [
    name
    for name, there in (
        ("node 20", shutil.which("node")),
        ("redis-server", shutil.which("redis-server")),
        ("postgresql", _postgres()),
        (".peers/bluesky (tests/peers/install-bluesky)", (INSTALLED / "node_modules/@atproto/dev-env").exists()),
    )
    if not there
]
"""What has to be installed first."""


@contextmanager
def running(*command: str, **options: Any) -> Iterator[subprocess.Popen[str]]:
    """A server that ends with this block, and with this process whatever becomes of it."""
    bound = ("setpriv", "--pdeathsig", "KILL", *command) if shutil.which("setpriv") else command
    with subprocess.Popen(bound, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **options) as server:
        try:
            yield server
        finally:
            server.terminate()
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port: int = held.getsockname()[1]
        return port


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """A PostgreSQL of its own; :returns: its URL. It refuses to run as root."""
    bin_folder, port, data = _postgres(), free_port(), folder / "pg"
    data.mkdir()
    user = ("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups") if os.geteuid() == 0 else ()
    if user:
        folder.chmod(0o755)
        shutil.chown(data, "postgres", "postgres")
    asked = ("-D", str(data), "-U", "bluesky", "--auth=trust", "--no-sync")
    subprocess.run([*user, f"{bin_folder}/initdb", *asked], check=True, stdout=subprocess.DEVNULL)
    options = ("-D", str(data), "-h", "127.0.0.1", "-p", str(port), "-k", str(data), "-F")
    with running(*user, f"{bin_folder}/postgres", *options, stderr=subprocess.DEVNULL):
        until(lambda: _listens(port))
        yield f"postgresql://bluesky@127.0.0.1:{port}/postgres"


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """A redis of its own; :returns: its address."""
    port = free_port()
    options = ("--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(folder))
    with running("redis-server", "--port", str(port), *options):
        until(lambda: _listens(port))
        yield f"127.0.0.1:{port}"


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def network() -> Iterator[Network]:
    """The whole network, counting requests as Bluesky does."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        environ = {
            **os.environ,
            "DB_POSTGRES_URL": stack.enter_context(postgres(folder)),
            "REDIS_HOST": stack.enter_context(redis(folder)),
            "RATE_LIMITS": "1",
            "LOG_ENABLED": "false",
            "TMPDIR": str(folder),
        }
        script = str(CHECKOUT / "tests/peers/bluesky.mjs")
        node = stack.enter_context(running("node", script, cwd=INSTALLED, env=environ, stderr=subprocess.DEVNULL))
        assert node.stdout
        up = Network(**json.loads(node.stdout.readline()))
        stack.callback(up.session.close)
        yield up


@dataclass(frozen=True)
class Post:
    """A post."""

    uri: str
    cid: str

    @property
    def key(self) -> str:
        """Its name in its author's repository."""
        return self.uri.rsplit("/", 1)[-1]

    @property
    def reference(self) -> dict[str, str]:
        """As other records point to it."""
        return {"uri": self.uri, "cid": self.cid}


class Network:
    """The network, as people use it: through its own API."""

    def __init__(self, pds: str, appview: str) -> None:
        self.url = pds
        self.appview = appview
        """The id of a service that a PDS can pass requests on to."""
        self.session = requests.Session()
        self.session.headers["x-ratelimit-bypass"] = "tests"  # waiting for something must not use up the budget
        self._numbers = count()

    def call(self, method: str, body: dict[str, Any] | None = None, token: str = "", **params: Any) -> Any:
        answer = self.session.request(
            "GET" if body is None else "POST",
            f"{self.url}/xrpc/{method}",
            params=params,
            json=body,
            headers={"authorization": f"Bearer {token}"} if token else {},
            timeout=20,
        )
        assert answer.status_code == 200, answer.text
        return answer.json() if answer.content else None

    def shows(self, uri: str, token: str) -> bool:
        """Whether the network, and not only the author's server, has that post."""
        return bool(self.call("app.bsky.feed.getPosts", token=token, uris=[uri])["posts"])

    def person(self, name: str) -> Person:
        """A new account, whose handle begins with `name`."""
        handle = f"{name}{next(self._numbers)}.test"
        made = self.call(
            "com.atproto.server.createAccount", {"handle": handle, "email": f"{handle}@x.test", "password": "secret"}
        )
        return Person(self, handle, made["did"], made["accessJwt"])


class Person:
    """An account."""

    def __init__(self, network: Network, handle: str, did: str, token: str) -> None:
        self.network = network
        self.handle = handle
        self.did = did
        self.token = token

    @cached_property
    def password(self) -> str:
        """An app password, without access to direct messages."""
        made = self.network.call("com.atproto.server.createAppPassword", {"name": "slamon"}, self.token)
        password: str = made["password"]
        return password

    def posts(self, text: str, *, names: Person | None = None, at: int | None = None, **more: Any) -> Post:
        """Post, and wait until the network shows it."""
        record = {"$type": POST, "text": text, "createdAt": _iso(at or round(time.time() * SECOND)), **more}
        if names:
            feature = {"$type": "app.bsky.richtext.facet#mention", "did": names.did}
            record["facets"] = [{"index": {"byteStart": 0, "byteEnd": len(text.encode())}, "features": [feature]}]
        made = self._write("createRecord", POST, record=record)
        until(lambda: self.network.shows(made["uri"], self.token))
        return Post(made["uri"], made["cid"])

    def posts_many(self, texts: Sequence[str], *, names: Person, at: int) -> list[str]:
        """Post all of these at once; :returns: their addresses."""
        feature = {"$type": "app.bsky.richtext.facet#mention", "did": names.did}
        facets = [{"index": {"byteStart": 0, "byteEnd": 1}, "features": [feature]}]
        plain = {"$type": POST, "createdAt": _iso(at), "facets": facets}
        writes = [
            {"$type": "com.atproto.repo.applyWrites#create", "collection": POST, "value": {**plain, "text": text}}
            for text in texts
        ]
        body = {"repo": self.did, "writes": writes}
        return [made["uri"] for made in self.network.call("com.atproto.repo.applyWrites", body, self.token)["results"]]

    def replies(self, to: Post, text: str, root: Post | None = None) -> Post:
        """Reply to a post."""
        return self.posts(text, reply={"root": (root or to).reference, "parent": to.reference})

    def quotes(self, other: Post, text: str) -> Post:
        """Quote a post."""
        return self.posts(text, embed={"$type": "app.bsky.embed.record", "record": other.reference})

    def deletes(self, post: Post) -> None:
        """Delete a post, and wait until the network has forgotten it."""
        self._write("deleteRecord", POST, rkey=post.key)
        until(lambda: not self.network.shows(post.uri, self.token))

    def edits(self, post: Post, text: str, names: Person) -> None:
        """Put another record in the place of a post, one that claims to be months old."""
        feature = {"$type": "app.bsky.richtext.facet#mention", "did": names.did}
        facets = [{"index": {"byteStart": 0, "byteEnd": 1}, "features": [feature]}]
        record = {"$type": POST, "text": text, "createdAt": "2026-01-01T00:00:00Z", "facets": facets}
        self._write("putRecord", POST, rkey=post.key, record=record)

    def hides(self, reply: Post, under: Post) -> None:
        """Hide a reply under a post of its own."""
        record = {"$type": GATE, "post": under.uri, "createdAt": _iso(0), "hiddenReplies": [reply.uri]}
        self._write("createRecord", GATE, rkey=under.key, record=record)

    def renames(self, handle: str) -> None:
        """Take another handle."""
        self.network.call("com.atproto.identity.updateHandle", {"handle": handle}, self.token)

    def blocks(self, other: Person) -> None:
        """Block an account."""
        record = {"$type": "app.bsky.graph.block", "subject": other.did, "createdAt": _iso(0)}
        self._write("createRecord", "app.bsky.graph.block", record=record)

    def told(self) -> dict[str, str]:
        """The texts of what the account is told, by address."""
        asked: dict[str, Any] = {"limit": 100, "reasons": ["mention", "reply", "quote"]}
        found = self.network.call("app.bsky.notification.listNotifications", token=self.token, **asked)
        return {each["uri"]: each["record"]["text"] for each in found["notifications"]}

    def hears(self, *posts: Post) -> None:
        """Wait until the account was told of all of these."""
        until(lambda: {post.uri for post in posts} <= self.told().keys())

    def hears_of(self, number: int) -> None:
        """Wait until so many posts wait to be read."""
        counted = "app.bsky.notification.getUnreadCount"
        until(lambda: self.network.call(counted, token=self.token)["count"] == number)

    def _write(self, verb: str, collection: str, **more: Any) -> Any:
        body: dict[str, Any] = {"repo": self.did, "collection": collection, **more}
        return self.network.call(f"com.atproto.repo.{verb}", body, self.token)


def _iso(at: int) -> str:
    return datetime.fromtimestamp(at / SECOND, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
