"""`email`: a shared mailbox over IMAP, with its folder of sent mail.

By RFC 9051 and 3501 (IMAP), 5322 (mails), 6154 (marks of folders), 3834 (automatic mail), 3464 (bounces), 8601 (DMARC
results). Not verified on the providers' own servers, and so only relied on where it costs nothing: the words by which
Gmail and Microsoft 365 throttle, and how soon a sent mail is in its folder.
"""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain
from threading import Lock
from typing import TYPE_CHECKING, ClassVar

from slamon.connectors._email.auth import SignIn
from slamon.connectors._email.automatic import REASONS
from slamon.connectors._email.cursor import Cursor
from slamon.connectors._email.folders import sent_folders
from slamon.connectors._email.gone import Lost
from slamon.connectors._email.messages import UNPROVEN
from slamon.connectors._email.poll import Poll, Reader, Watched, start_of
from slamon.connectors._email.probe import findings
from slamon.connectors._email.sessions import Sessions
from slamon.connectors._email.settings import EmailSettings
from slamon.connectors._email.threads import Threads
from slamon.connectors._vault import fingerprint
from slamon.connectors.base import Connector, Identity, Page, Permission, Settings
from slamon.connectors.http import Timeouts
from slamon.errors import PlatformError, Verdict
from slamon.model import SECOND, Gone, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from slamon.connectors._email.imap import Mail
    from slamon.connectors.base import Context, Expiry, Finding, OpenThread
    from slamon.model import Millis

SKIPPED = REASONS | {UNPROVEN}
"""Why a mail may start and end nothing: the names that `Email.skipped` counts by."""
PATIENCE = Timeouts(connect=10.0, read=20.0, whole=60.0)


class Email(Connector):
    """One mailbox. Polls and last looks may run side by side: each has a session of its own."""

    platform: ClassVar[str] = "email"
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.EMAIL})
    delivers: ClassVar[frozenset[str]] = frozenset({"author.handle", "author.name", "app"})
    title: ClassVar[str] = "E-mail"
    skips: ClassVar[frozenset[str]] = SKIPPED
    permissions: ClassVar[tuple[Permission, ...]] = (
        Permission(
            "login", "anything at all", "IMAP switched on for the mailbox, and a password, app password or OAuth"
        ),
        Permission("folders", "what customers write", "`folders` in the configuration, and the right to read them"),
        Permission("sent", "what you answer", "`sent` in the configuration, and the right to read them"),
    )
    endpoints: ClassVar[frozenset[str]] = frozenset(
        {"connect", "login", "token", "list", "status", "examine", "search", "fetch", "close"}
    )
    reach: ClassVar[str] = "every mail that lies in a watched folder"
    limits: ClassVar[str] = "none in IMAP itself; providers limit connections, sign-ins and bytes"
    default_every: ClassVar[Millis] = 60 * SECOND
    least_every: ClassVar[Millis] = 5 * SECOND
    follows_threads: ClassVar[bool] = True
    Settings: ClassVar[type[Settings]] = EmailSettings
    settings: EmailSettings

    def __init__(self, settings: EmailSettings, context: Context, timeouts: Timeouts = PATIENCE) -> None:
        super().__init__(settings, context)
        self.visible_after = settings.visible_after
        self._sign_in = SignIn(settings, context, timeouts)
        self._sessions = Sessions(self._sign_in.open, context.now)
        self._sent: tuple[str, ...] | None = settings.sent or None
        self._skipped: Counter[str] = Counter()
        self._counting = Lock()
        self._reader = Reader(settings, Threads(), self._count)

    def identify(self) -> Identity:
        """The addresses, in lower case; a mailbox has no other ids. Asks nobody."""
        team = dict.fromkeys(each for each in self.settings.team if each != self.settings.account)
        return Identity(self.settings.account, self.settings.account, tuple(team))

    def fetch(self, identity: Identity, cursor: str | None, threads: Sequence[OpenThread] = ()) -> Iterator[Page]:
        """Customers' folders first, then those of sent mail: an answer is read after what it answers.

        Where a folder holds fewer mails than it should, those that wait are looked for as well.
        """
        del identity
        now = self.context.now()
        with self._mail() as mail:
            poll = self._poll(mail, Cursor.parse(cursor))
            yield from poll.pages()
            if poll.shrunk and threads:
                yield from self._lost(mail, poll, threads)
        after = replace(poll.cursor, at=now) if poll.whole else poll.cursor
        yield Page(cursor=after.text(), complete=poll.whole)

    def recheck(self, identity: Identity, cursor: str | None, threads: Sequence[OpenThread]) -> Iterator[Page]:
        """All that is new, then whether the mails that wait are still anywhere."""
        del identity
        with self._mail() as mail:
            poll = self._poll(mail, Cursor.parse(cursor))
            yield from poll.pages()
            yield from self._lost(mail, poll, threads)
        yield Page(complete=poll.whole)

    def probe(self) -> Iterator[Finding]:
        """Sign in, and open each folder."""
        return iter(
            findings(self._sessions, self.settings.folders, lambda mail: self._watched(mail).sent, self.permissions)
        )

    def expiries(self) -> Sequence[Expiry]:
        """When OAuth tokens end; nobody tells when a password does."""
        return self._sign_in.expiries()

    def skipped(self) -> Mapping[str, int]:
        """Mails since the start that start and end nothing, by the header that says so; one of `SKIPPED`."""
        return dict(self._skipped)

    @property
    def payer(self) -> str:
        """Connections and bytes are limited by mailbox."""
        return f"email:{fingerprint(self.settings.host, self.settings.login)}"

    def close(self) -> None:
        """Give back the sockets."""
        self._sessions.close()
        self._sign_in.close()

    def _count(self, reason: str) -> None:
        with self._counting:
            self._skipped[reason] += 1

    @contextmanager
    def _mail(self) -> Iterator[Mail]:
        try:
            with self._sessions.one() as mail:
                yield mail
        except PlatformError as error:
            if error.verdict is Verdict.NOT_FOUND:  # perhaps sent mail lies elsewhere now
                self._sent = self.settings.sent or None
            raise

    def _lost(self, mail: Mail, poll: Poll, threads: Sequence[OpenThread]) -> Iterator[Page]:
        """Whether the mails that wait are still anywhere, and not among the unwanted ones."""
        since = min((thread.since for thread in threads), default=0)
        lost = Lost(mail, self._watched(mail).all, since)
        lost.look(chain.from_iterable(thread.messages for thread in threads))
        for folder, uids in lost.junk.items():
            page = poll.one(folder, uids)
            yield replace(page, messages=[replace(said, hidden=True) for said in page.messages])
        if lost.gone:
            now = self.context.now()
            yield Page(gone=[Gone(ident, now) for ident in lost.gone])

    def _poll(self, mail: Mail, old: Cursor) -> Poll:
        start = start_of(old, self.context.now(), self.context.lookback)
        return Poll(mail, self._reader, self._watched(mail), old, start)

    def _watched(self, mail: Mail) -> Watched:
        """Where sent mail lies is found once, and again after a folder was missing."""
        sent = self._sent
        if sent is None:
            sent = self._sent = tuple(sent_folders(mail.folders()))
        customers = tuple(name for name in self.settings.folders if name not in sent)
        return Watched(customers, sent)
