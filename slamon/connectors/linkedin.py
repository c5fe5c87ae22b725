"""LinkedIn (Community Management API): comments on an organization's posts, and posts that mention it.

Sources: LinkedIn's documentation up to July 2026, mostly as quoted by others, and public code; no recorded traffic.
Not known for sure, and so tolerated either way: whether notifications tell of replies below comments (threads where
somebody waits are read again besides), whether they take an offset, what a list of roles calls the organization,
whether the comments of somebody else's post can be read (a mention whose comments cannot is unknown, never unanswered),
how long a page of comments may be, and in which order they come. Direct messages are not part of the API.

What members write may be kept for 48 hours: the store drops it then (`keeps_texts`); `keep_text: no` keeps none of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from slamon.connectors._linkedin.calls import METERED, UNMETERED, Calls
from slamon.connectors._linkedin.cursor import Memory
from slamon.connectors._linkedin.looks import Looks
from slamon.connectors._linkedin.messages import Voices
from slamon.connectors._linkedin.poll import poll
from slamon.connectors._linkedin.probe import COMMENTS, NOTIFICATIONS, ROLE, Probing
from slamon.connectors._linkedin.settings import LinkedInSettings
from slamon.connectors._linkedin.tokens import Credential
from slamon.connectors.base import Connector, Identity, Permission, Settings
from slamon.connectors.http import Timeouts
from slamon.errors import PlatformError, Verdict
from slamon.model import HOUR, MINUTE, NAME_CAP, Kind, clean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from slamon.connectors.base import Context, Expiry, Finding, OpenThread, Page, Quota
    from slamon.model import Millis


class LinkedIn(Connector):
    """One organization's page on LinkedIn, with the token of a member who has a role on it."""

    platform: ClassVar[str] = "linkedin"
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.COMMENT, Kind.MENTION, Kind.POST})
    delivers: ClassVar[frozenset[str]] = frozenset({"reach", "permalink"})
    flat_replies: ClassVar[bool] = True
    follows_threads: ClassVar[bool] = True
    default_every: ClassVar[Millis] = 15 * MINUTE
    least_every: ClassVar[Millis] = MINUTE
    keeps_texts: ClassVar[Millis | None] = 48 * HOUR
    keeps_names: ClassVar[Millis | None] = 24 * HOUR
    title: ClassVar[str] = "LinkedIn"
    permissions: ClassVar[tuple[Permission, ...]] = (ROLE, COMMENTS, NOTIFICATIONS)
    endpoints: ClassVar[frozenset[str]] = frozenset((*METERED, *UNMETERED))
    reach: ClassVar[str] = "what notifications of the last 60 days name; or comments on the newest posts"
    limits: ClassVar[str] = (
        "100 calls a day for a member and 500 for an app in the Development tier; else what the developer portal says"
    )
    Settings: ClassVar[type[Settings]] = LinkedInSettings
    settings: LinkedInSettings

    def __init__(self, settings: LinkedInSettings, context: Context, timeouts: Timeouts | None = None) -> None:
        super().__init__(settings, context)
        self.visible_after = settings.visible_after
        self._credential = Credential(settings, context, timeouts or Timeouts())
        self._calls = Calls(settings, context, self._credential, timeouts or Timeouts())

    def identify(self) -> Identity:
        """The organization's URN, and its name where that may be read.

        :raises PlatformError: `NOT_FOUND` where there is no such organization.
        """
        self._credential.learn()
        try:
            found = self._calls.organization()
        except PlatformError as error:
            if error.verdict is Verdict.NOT_FOUND:
                text = f"LinkedIn has no organization {self.settings.account}, or does not show it to this token"
                raise PlatformError(Verdict.NOT_FOUND, text, code="no_account") from None
            if error.verdict is not Verdict.PERMISSION:
                raise
            found = {}  # its name is not needed; what is needed is proved by reading it
        names = (found.get("vanityName"), found.get("localizedName"))
        handle = next((name for name in names if isinstance(name, str) and name), self.settings.account)
        return Identity(self.settings.organization, clean(handle, NAME_CAP), tuple(dict.fromkeys(self.settings.team)))

    def fetch(self, identity: Identity, cursor: str | None, threads: Sequence[OpenThread] = ()) -> Iterator[Page]:
        """What notifications name, or the newest posts; then threads where somebody waits, the most urgent ones."""
        yield from poll(self._looks(identity), Memory.parse(cursor), threads)

    def recheck(self, identity: Identity, cursor: str | None, threads: Sequence[OpenThread]) -> Iterator[Page]:
        """The comments of each post under which somebody waits, and the replies below who waits."""
        yield from self._looks(identity).again(threads, Memory.parse(cursor).mentions)

    def probe(self) -> Iterator[Finding]:
        """The member's roles on the page, and a small read with each scope."""
        yield from Probing(self._calls, self.settings, self._credential).findings()

    def quotas(self) -> Sequence[Quota]:
        """What is left of the day for the member, and for the app, by our own count."""
        return self._calls.quotas()

    def expiries(self) -> Sequence[Expiry]:
        """When the tokens end, as far as it is configured or LinkedIn says."""
        return self._credential.expiries()

    @property
    def payer(self) -> str:
        """The member whose token it is: LinkedIn counts calls a day for each."""
        return self._credential.payer

    def close(self) -> None:
        """Give back the sockets."""
        self._calls.close()
        self._credential.close()

    def _looks(self, identity: Identity) -> Looks:
        voices = Voices(identity.account, identity.handle, identity.ours, self.settings.keep_text)
        return Looks(self._calls, self.settings, voices, self.context)
