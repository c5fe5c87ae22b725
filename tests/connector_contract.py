"""What every connector must do, told over a rig: the connector, and a pretend platform that it reads.

A connector gets the suite by being there: `slamon/connectors/NAME.py` wants a `tests/rig_NAME.py` with one or more
subclasses of `Rig`, one for each surface that is read in a way of its own. What a surface cannot show at all is said
by the class; the cases about it then do not run for it, and every other one does.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from dataclasses import replace
from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from inspect import isabstract
from typing import TYPE_CHECKING, Any, ClassVar, Self

import pytest

from slamon.connectors import found
from slamon.connectors.base import Context, OpenThread
from slamon.model import DAY, MINUTE, Side, storable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from slamon.connectors.base import Call, Connector, Identity, Page
    from slamon.model import Instant, Message
    from slamon.sim.server import Answer, PretendServer, Request

NOON: Instant = 1_795_348_800_000
LOOKBACK = 7 * DAY
SECRET = "canary-secret-4711"


class Rig(ABC):
    """A pretend platform with an account, a team of one, and a connector that reads it. Verbs return the new id.

    A context manager: what it pretends with is up inside of it.
    """

    surface: ClassVar[str] = ""
    """Names the rig where a connector has several."""
    http: ClassVar[bool] = True
    edits: ClassVar[bool] = True
    """A poll shows what was edited."""
    deletes: ClassVar[bool] = True
    """A recheck shows what was deleted."""
    links: ClassVar[bool] = True
    """An answer names the message that it answers."""
    team: ClassVar[bool] = True
    """A second account of ours may answer here."""
    bystanders: ClassVar[bool] = True
    """Strangers may talk to each other here."""
    silent_scope: ClassVar[bool] = False
    """Without a right, the platform answers emptily instead of refusing, and the connector can tell."""
    cuts: ClassVar[bool] = False
    """The platform may cut off the replies of a thread."""
    pages: ClassVar[bool] = True
    """It has page tokens."""
    roots: ClassVar[int] = 0
    """Posts of ours under which all these customers write, and which a poll brings with what they write."""
    server: PretendServer | None = None
    """Of a platform that speaks HTTP."""

    def __init__(self) -> None:
        self.now: Instant = NOON

    def clock(self) -> Instant:
        return self.now

    def __enter__(self) -> Self:
        if self.server is not None:
            self.server.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.server is not None:
            self.server.close()

    def context(self) -> Context:
        """What a connector is given; calls are kept in `calls`."""
        return Context("acme", self.clock, LOOKBACK, on_call=self.calls.append)

    @cached_property
    def calls(self) -> list[Call]:
        return []

    @abstractmethod
    def connector(self) -> Connector:
        """A new connector, as after a restart; its credential is `SECRET`, and cannot be renewed."""

    @abstractmethod
    def customer(self, text: str, *, by: str = "ann", reply_to: str | None = None, at: Instant | None = None) -> str:
        """A customer writes to the account."""

    @abstractmethod
    def ours(self, text: str, reply_to: str, *, team: bool = False) -> str:
        """The account, or its team, answers."""

    def bystander(self, text: str, reply_to: str) -> str:
        """Somebody talks to a customer, where the connector sees it."""
        raise NotImplementedError

    def edit(self, message: str, text: str) -> None:
        """Its author changes a message."""
        raise NotImplementedError

    def delete(self, message: str) -> None:
        """Its author deletes a message."""
        raise NotImplementedError

    @abstractmethod
    def page_size(self) -> int:
        """How many messages a page holds at most."""

    def stick(self, document: Any) -> None:
        """Make an answer's page token the same on each page."""
        raise NotImplementedError

    def stuck(self) -> None:
        """From now on, no page token moves. For tokens outside of documents, override this instead of `stick`."""
        assert self.server
        altered(self.server, self.stick)

    def lured(self, elsewhere: str) -> None:
        """From now on, every link to a next page leads to the address `elsewhere`."""

        def lure(document: Any) -> None:
            for each in objects(document):
                each.update({key: f"{elsewhere}/{key}" for key in each if "next" in key})

        assert self.server
        altered(self.server, lure)

    def withdraw(self) -> None:
        """Take the right to read away, in the platform's silent way."""
        raise NotImplementedError

    def cut_off(self) -> tuple[str, str]:
        """A customer asks, and is answered where the platform cuts the thread off: ids of question and answer."""
        raise NotImplementedError


def rigs(**wanted: bool) -> list[Any]:
    """The rigs that the cases run over: all, or those with these flags."""
    found_here = [(name, each) for name in found() for each in rigs_of(name)]
    return [
        pytest.param(each, id=f"{name}-{each.surface}".rstrip("-"))
        for name, each in found_here
        if all(getattr(each, flag) is value for flag, value in wanted.items())
    ]


def rigs_of(name: str) -> list[type[Rig]]:
    """Every rig of a connector; none where its file is missing, which a test of its own complains of."""
    if find_spec(f"rig_{name}") is None:
        return []
    module = import_module(f"rig_{name}")
    members = [value for value in vars(module).values() if isinstance(value, type) and issubclass(value, Rig)]
    return [each for each in members if each.__module__ == module.__name__ and not isabstract(each)]


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
        for page in self.connector.fetch(self.identity, self.cursor, self.threads()):
            self.keep(page)
            pages.append(page)
        self.cursor = pages[-1].cursor
        return pages

    def threads(self) -> list[OpenThread]:
        """Threads that end with somebody's words, as the poller tells of them."""
        if not self.connector.follows_threads:
            return []
        last: dict[str, Message] = {}
        for message in sorted(self.messages.values(), key=lambda each: each.created_at):
            last[message.thread] = message
        return [
            OpenThread(each.thread, each.author.id, (each.id,), each.created_at)
            for each in last.values()
            if each.side is Side.OTHER and each.id not in self.gone
        ]

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
