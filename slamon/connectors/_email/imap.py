"""One signed-in session with a mail server: the few commands that slamon needs. The one home of IMAPClient.

IMAPClient quotes, signs in, and takes answers apart (folder names, lists, structures); the socket, its deadlines and
its caps are ours. Everything is read with EXAMINE and BODY.PEEK: nothing is ever marked as seen.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, TypeVar

import imapclient  # type: ignore[import-untyped]

from slamon.connectors._email.errors import FAULTS, origin, trouble
from slamon.connectors._email.wire import Security, Wire
from slamon.connectors.base import Call
from slamon.errors import PlatformError, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from slamon.connectors._email.settings import EmailSettings
    from slamon.connectors.base import Context
    from slamon.connectors.http import Timeouts

T = TypeVar("T")
LARGEST_UID = (1 << 32) - 1
FOLDERS_CAP = 2_000
NAME_CAP = 1_000
_ITEMS = ("UIDVALIDITY", "UIDNEXT", "MESSAGES")


@dataclass(frozen=True, slots=True)
class Status:
    """How far a folder has come."""

    validity: int
    """Under another one, all uids mean other mails."""
    next_uid: int | None
    """What the next mail will have at least; `None`: the server does not say."""
    mails: int = 0


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder as the server lists it."""

    name: str
    marks: frozenset[str]
    r"""What the server says of it, in lower case: `\sent`, `\noselect`, …"""


class _Client(imapclient.IMAPClient):  # type: ignore[misc]
    """IMAPClient over our own connection, and without its lines of debugging, which hold what customers wrote."""

    def __init__(self, settings: EmailSettings, context: ssl.SSLContext | None, timeouts: Timeouts) -> None:
        self._timing = timeouts
        super().__init__(*settings.address, ssl=settings.security is Security.TLS, ssl_context=context)
        self.normalise_times = False
        self._imap.debug = 0

    def _create_IMAP4(self) -> Wire:  # noqa: N802 - named so by IMAPClient
        return Wire(self.host, self.port, self.ssl_context if self.ssl else None, self._timing)

    def _set_read_timeout(self) -> None:
        """The connection keeps its own time."""


class Mail:
    """A session. Not for two threads at once; after an error that is no plain refusal it is not `alive`."""

    def __init__(self, settings: EmailSettings, context: Context, timeouts: Timeouts) -> None:
        """Connect, and secure the connection.

        :raises PlatformError: that could not be done.
        """
        self._context = context
        self._wire: Wire | None = None
        self.alive = True
        self.selected: str | None = None
        trusted = None if settings.security is Security.PLAIN else _trusted(settings.ca_file, context.base)
        self._client: Any = self._ask("connect", lambda: _Client(settings, trusted, timeouts))
        self._wire = self._client._imap  # noqa: SLF001 - our own, handed to it above
        if settings.security is Security.STARTTLS:
            try:
                self._secure(trusted)
            except PlatformError:
                self.close()
                raise

    def login(self, user: str, password: str) -> None:
        """Sign in by a password, which may hold any character where the server has `AUTH=PLAIN`."""

        def sign_in() -> None:
            if self._client.has_capability("AUTH=PLAIN"):
                answer = f"\0{user}\0{password}".encode()
                self._client.sasl_login("PLAIN", lambda _: answer)
            else:
                quoted = user.replace("\\", "\\\\").replace('"', '\\"')
                self._client.login(f'"{quoted}"', password)

        self._sign_in(sign_in)

    def login_by_token(self, user: str, token: str) -> None:
        """Sign in by an OAuth token (XOAUTH2)."""
        words = iter((f"user={user}\1auth=Bearer {token}\1\1".encode(),))
        # A refusal comes as a challenge, which an empty line answers; only then follows the NO.
        self._sign_in(lambda: self._client.sasl_login("XOAUTH2", lambda _: next(words, b"")))

    def folders(self) -> list[Folder]:
        """All folders that can be listed."""
        return self._ask("list", lambda: list(_listed(self._client.list_folders())))

    def status(self, folder: str) -> Status:
        """How far it has come; not for the selected folder."""
        return self._ask("status", lambda: _status(self._client.folder_status(folder, _ITEMS), b"MESSAGES"))

    def examine(self, folder: str) -> Status:
        """Open a folder for reading only."""
        self.selected = None
        found = self._ask("examine", lambda: _status(self._client.select_folder(folder, readonly=True), b"EXISTS"))
        self.selected = folder
        return found

    def leave(self) -> None:
        """Close the folder that is open; that removes nothing, for it is open for reading only."""
        if self.selected is not None:
            self.selected = None
            self._ask("close", self._client.close_folder)

    def search(self, criteria: str) -> list[int]:
        """The uids that match, in order."""
        found = self._ask("search", lambda: list(self._client.search(criteria)))
        return sorted({uid for uid in found if isinstance(uid, int) and 0 < uid <= LARGEST_UID})

    def fetch(self, uids: Sequence[int], items: Sequence[str]) -> Mapping[int, Mapping[bytes, Any]]:
        """These items of these mails, by uid; mails that are gone are missing."""
        return self._ask("fetch", lambda: dict(self._client.fetch(list(uids), list(items))))

    @property
    def quiet(self) -> bool:
        """Whether the server has not said farewell meanwhile."""
        return self.alive and self._wire is not None and self._wire.quiet

    def close(self) -> None:
        """Give the socket back."""
        self.alive = False
        if self._wire is not None:
            self._wire.shutdown()

    def _secure(self, trusted: ssl.SSLContext | None) -> None:
        if not self._client.has_capability("STARTTLS"):
            text = "connect: the server offers no STARTTLS, so no credential was sent; try `security: tls`"
            raise PlatformError(Verdict.RETRY, text, code="no_starttls")
        self._ask("connect", lambda: self._client.starttls(trusted))

    def _sign_in(self, sign_in: Callable[[], None]) -> None:
        def ask() -> None:
            sign_in()
            self._client.capabilities()  # those that came with the answer are kept, else they are asked for once

        self._ask("login", ask)

    def _ask(self, endpoint: str, ask: Callable[[], T]) -> T:
        """Run one command, count it, and turn whatever goes wrong into a verdict."""
        began, code = perf_counter(), "OK"
        if self._wire is not None:
            self._wire.begin()
            self._wire.untagged_responses.clear()  # imaplib would keep them for ever
        try:
            return ask()
        except FAULTS as error:
            code, problem = trouble(endpoint, error, self._context.now())
            self.alive = self.alive and _in_step(origin(error))
            raise problem from None
        finally:
            self._context.on_call(Call(endpoint, code, perf_counter() - began))


def _in_step(error: BaseException) -> bool:
    """Whether the answer was read to its end, so that another command can be sent."""
    return not isinstance(error, (imapclient.IMAPClient.AbortError, OSError))


def _status(found: Mapping[bytes, Any], mails: bytes) -> Status:
    following = found.get(b"UIDNEXT")
    known = isinstance(following, int) and 0 < following <= LARGEST_UID + 1
    return Status(_count(found.get(b"UIDVALIDITY")), following if known else None, _count(found.get(mails)))


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0


def _listed(found: Iterable[Any]) -> Iterator[Folder]:
    for _, (marks, _, name) in zip(range(FOLDERS_CAP), found, strict=False):
        if isinstance(name, str) and name.isprintable() and 0 < len(name) <= NAME_CAP:
            yield Folder(name, frozenset(str(mark, "ascii", "replace").lower() for mark in marks or ()))


@lru_cache(maxsize=32)
def _trusted(name: str | None, base: Path | None) -> ssl.SSLContext:
    """Built once: to read all of the system's certificates takes 80 ms."""
    try:
        return ssl.create_default_context(cafile=str((base or Path()) / name) if name else None)
    except OSError:
        text = f"the certificates in {name} cannot be read: `ca_file` names a file of PEM certificates"
        raise PlatformError(Verdict.NOT_FOUND, text, code="ca_file") from None
