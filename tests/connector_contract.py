"""What every connector must do, told over a rig: the connector, and a pretend platform that it reads.

A connector gets the suite by being there: `slamon/connectors/NAME.py` wants a `tests/rig_NAME.py` with a `rig`
function. Platforms that speak HTTP show the server they pretend with; the cases of HTTP run for those alone.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

from slamon.connectors import found
from slamon.model import DAY, MINUTE, storable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager

    from slamon.connectors.base import Connector, Identity, Page
    from slamon.model import Instant, Message
    from slamon.sim.server import Answer, PretendServer, Request

NOON: Instant = 1_795_348_800_000
LOOKBACK = 7 * DAY
SECRET = "canary-secret-4711"


class Rig(ABC):
    """A pretend platform with an account, a team of one, and a connector that reads it. Verbs return the new id."""

    server: PretendServer | None = None
    """Of a platform that speaks HTTP."""

    def __init__(self) -> None:
        self.now: Instant = NOON

    def clock(self) -> Instant:
        return self.now

    @abstractmethod
    def connector(self) -> Connector:
        """A new connector, as after a restart."""

    @abstractmethod
    def customer(self, text: str, *, by: str = "ann", reply_to: str | None = None, at: Instant | None = None) -> str:
        """A customer writes to the account."""

    @abstractmethod
    def ours(self, text: str, reply_to: str, *, team: bool = False) -> str:
        """The account, or its team, answers."""

    @abstractmethod
    def bystander(self, text: str, reply_to: str) -> str:
        """Somebody talks to a customer, where the connector sees it."""

    @abstractmethod
    def edit(self, message: str, text: str) -> None:
        """Its author changes a message."""

    @abstractmethod
    def delete(self, message: str) -> None:
        """Its author deletes a message."""

    @abstractmethod
    def page_size(self) -> int:
        """How many messages a page holds at most."""

    def stick(self, document: Any) -> None:
        """Make an answer's page token the same on each page."""
        raise AssertionError(f"{type(self).__name__} speaks HTTP and does not say how to stick {document!r}")


def rigs(*, http: bool | None = None) -> list[str]:
    """The connectors that the cases run over: all, or those that do (or do not) speak HTTP."""
    return [name for name in found() if http is None or module(name).HTTP is http]


def module(name: str) -> Any:
    return import_module(f"rig_{name}")


def rig_of(name: str) -> AbstractContextManager[Rig]:
    rig: AbstractContextManager[Rig] = module(name).rig()
    return rig


class Reader:
    """Reads a rig as the poller does, and keeps what a store would keep."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.connector = rig.connector()
        self.identity: Identity = self.connector.identify()
        self.cursor: str | None = None
        self.messages: dict[str, Message] = {}
        self.gone: dict[str, Instant] = {}

    def poll(self) -> list[Page]:
        pages = []
        for page in self.connector.fetch(self.identity, self.cursor):
            self.keep(page)
            pages.append(page)
        self.cursor = pages[-1].cursor
        return pages

    def keep(self, page: Page) -> None:
        for message in page.messages:
            check_storable(message)
            self.messages[message.id] = message
            if message.gone_at is not None:
                self.gone[message.id] = message.gone_at
        self.gone |= {each.id: each.at for each in page.gone}

    def close(self) -> None:
        self.connector.close()


def check_storable(message: Message) -> None:
    """Every part has the type that the model says: no database would take another."""
    author = message.author
    texts: tuple[str, ...] = (message.id, message.thread, message.text, message.language, message.permalink)
    texts += (author.id, author.handle, author.name, author.verified, *message.mentions, *message.carried)
    links = (message.in_reply_to, message.in_reply_to_author, message.quotes_author, message.opens_with)
    assert all(isinstance(text, str) and storable(text) for text in (*texts, *message.aliases))
    assert all(link is None or (isinstance(link, str) and link and storable(link)) for link in links)
    assert all(number is None or type(number) is int for number in (message.reach, author.followers))


def all_messages(pages: Iterable[Page]) -> list[Message]:
    return [message for page in pages for message in page.messages]


def altered(server: PretendServer, alter: Callable[[Any], object]) -> None:
    """From now on, pass each good document through `alter` before it is sent."""
    serve = server.serve

    def serve_altered(request: Request) -> Answer:
        answer = serve(request)
        if answer.status != 200 or not answer.body:
            return answer
        document = json.loads(answer.body)
        alter(document)
        return replace(answer, body=json.dumps(document).encode())

    setattr(server, "serve", serve_altered)  # noqa: B010 - mypy takes no assignment to a method


def objects(document: Any) -> Iterator[dict[str, Any]]:
    """Every object of a document, outermost first."""
    if isinstance(document, dict):
        yield document
    children = document.values() if isinstance(document, dict) else document if isinstance(document, list) else ()
    for child in children:
        yield from objects(child)


def keys(document: Any) -> list[str]:
    return sorted({key for each in objects(document) for key in each})


A_WHILE = 10 * MINUTE
