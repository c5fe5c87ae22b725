"""What every connector is: how the poller asks it for pages, and what it may say of itself."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import BaseModel, ConfigDict

from slamon.connectors._vault import Memory
from slamon.errors import PlatformError, Verdict
from slamon.model import MINUTE, SECOND, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from slamon.connectors._vault import Vault
    from slamon.connectors.http import Sessions
    from slamon.model import Gone, Instant, Message, Millis, Reject


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of what a platform shows; `cursor` stands on the page that completes a poll, and on no other."""

    messages: Sequence[Message] = ()
    gone: Sequence[Gone] = ()
    partial: Sequence[str] = ()
    """Threads whose replies were cut off: unknown, never unanswered."""
    rejects: Sequence[Reject] = ()
    cursor: str | None = None
    complete: bool = False
    """The last page of a read that missed nothing: the watermark may move."""


@dataclass(frozen=True, slots=True)
class OpenThread:
    """A thread in which somebody waits, as a connector needs it to look again."""

    thread: str
    customer: str
    messages: tuple[str, ...]
    """Ids of the messages that wait for an answer, oldest first."""
    since: Instant
    """The creation time of the oldest of them."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who answers: the account, and its team, as ids that never change."""

    account: str
    handle: str
    team: tuple[str, ...] = ()

    @property
    def ours(self) -> frozenset[str]:
        """Every author id that answers for the brand."""
        return frozenset((self.account, *self.team))


@dataclass(frozen=True, slots=True)
class Call:
    """One request to a platform, as metrics and logs hear of it."""

    endpoint: str
    """A constant name, never a path with an id in it."""
    code: str
    """The HTTP status, or `timeout`, `connection`, `bad_answer`."""
    seconds: float
    clock_skew: Millis | None = None
    """The platform's Date header less our clock."""
    spend: int = 0
    """What the platform bills for its answer, estimated, in millionths of a US dollar."""


@dataclass(frozen=True, slots=True)
class Quota:
    """What is left of a budget: by the platform's own headers, or by our own count of what calls cost."""

    endpoint: str
    """The endpoint that it limits, or the name of a budget that several endpoints share."""
    limit: int
    remaining: int
    resets_at: Instant
    endpoints: tuple[str, ...] = ()
    """Those that share it; empty: the one it is named after."""
    costs: tuple[tuple[str, int], ...] = ()
    """Endpoints of which one call takes more than 1."""
    percent: bool = False
    """`limit` is 100, and what a call takes of it is unknown."""


@dataclass(frozen=True, slots=True)
class Permission:
    """A right that a credential needs."""

    name: str
    """As the platform calls it: a scope, a role, a product."""
    serves: str
    """What cannot be seen without it."""
    where: str
    """Where an admin gets it."""
    optional: bool = False
    """Needed only for surfaces that a channel may leave out."""


class Proof(StrEnum):
    """What a real read proved of a permission."""

    OK = "ok"
    MISSING = "missing"
    UNKNOWN = "unknown"
    """The platform's answer allows both: an empty list may be silence, or a missing right."""
    FAILED = "failed"
    """The read failed for another reason: no connection, a refused token."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of `slamon probe`: a permission, and what a real read said of it. No text of customers."""

    permission: str
    proof: Proof
    said: str
    """What was read, or what the platform answered."""
    hint: str = ""
    """What a person is to do."""


@dataclass(frozen=True, slots=True)
class Expiry:
    """When a credential ends by itself."""

    credential: str
    """A constant name: `access token`, `refresh token`."""
    at: Instant
    renewed: bool = False
    """slamon renews it before that: it is announced only when that fails for days."""


@dataclass(frozen=True, slots=True)
class Context:
    """What the composition root hands every connector."""

    channel: str
    now: Callable[[], Instant]
    """The wall clock in epoch milliseconds."""
    lookback: Millis
    """How far back the first poll reads."""
    on_call: Callable[[Call], None] = field(default=lambda _call: None)
    base: Path | None = None
    """The folder of the configuration file: paths in settings are relative to it."""
    vault: Vault = field(default_factory=Memory)
    """What is kept across restarts: rotated tokens."""
    sessions: Sessions | None = None
    """The connections that all connectors of a process share; `None`: a connector has its own."""


class Settings(BaseModel):
    """The keys of a channel that only its connector knows; a connector subclasses this. Unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Connector(ABC):
    """Speaks one platform's API for one channel. Methods are called from one thread at a time, except `recheck`.

    Raises `PlatformError` with a verdict; nothing else is expected, and anything else is logged as a fault of ours.
    """

    platform: ClassVar[str]
    """The module's name; the label `platform`."""
    kinds: ClassVar[frozenset[Kind]]
    delivers: ClassVar[frozenset[str]] = frozenset()
    """Fields that conditions may rely on: `author.followers`, `author.verified`, `reach`, `language`, …"""
    visible_after: Millis = 0
    """How long after its creation a post may still be missing from the API's answers."""
    flat_replies: ClassVar[bool] = False
    """The platform hangs every reply on the top comment, whomever it answers."""
    default_every: ClassVar[Millis] = MINUTE
    least_every: ClassVar[Millis] = SECOND
    keeps_texts: ClassVar[Millis | None] = None
    """How long the platform's terms allow to keep what others wrote; `None`: they name no time."""
    keeps_names: ClassVar[Millis | None] = None
    """The same for who they are: handles, names, followers."""
    skips: ClassVar[frozenset[str]] = frozenset()
    """Reasons for which something that was written is left out, as a platform's own headers tell."""
    follows_threads: ClassVar[bool] = False
    """`fetch` reads open threads again: this platform has no list in which every answer turns up."""
    title: ClassVar[str] = ""
    """The platform's name for people."""
    permissions: ClassVar[tuple[Permission, ...]] = ()
    endpoints: ClassVar[frozenset[str]] = frozenset()
    """Every name under which this connector counts calls."""
    reach: ClassVar[str] = ""
    """How far back the platform shows what was written, in words."""
    limits: ClassVar[str] = ""
    """What the platform allows, in words."""
    Settings: ClassVar[type[Settings]] = Settings

    def __init__(self, settings: Any, context: Context) -> None:  # noqa: ANN401 - each connector has its own Settings
        self.settings = settings
        self.context = context

    @abstractmethod
    def identify(self) -> Identity:
        """Resolve the account and its team to ids. Asked once at start; the store pins the answer."""

    @abstractmethod
    def fetch(self, identity: Identity, cursor: str | None, threads: Sequence[OpenThread] = ()) -> Iterator[Page]:
        """All that is new since `cursor` (`None`: the last `lookback`), page by page.

        `threads` are those in which somebody waits, most urgent first and at most a few hundred, for a connector that
        `follows_threads`; for any other it is empty. The last page of a complete read carries `complete` and the new
        `cursor`. A read that cannot be completed raises; pages already handed out stay saved, and the old cursor stays.
        """

    def recheck(self, identity: Identity, cursor: str | None, threads: Sequence[OpenThread]) -> Iterator[Page]:
        """Look once more whether `threads` were answered or deleted. By default, a poll.

        The last page of a complete look carries `complete`; its cursor is ignored unless this is a poll.
        May run beside `fetch` in another thread.
        """
        return self.fetch(identity, cursor, threads)

    def probe(self) -> Iterator[Finding]:
        """Prove each permission by a real read; writes nothing. Raises nothing but faults of ours.

        By default: the account is resolved, and the first page of a poll is read.
        """
        name = self.permissions[0].name if self.permissions else "read"
        try:
            identity = self.identify()
            page = next(iter(self.fetch(identity, None)))
        except PlatformError as error:
            yield failed(name, error)
        else:
            yield Finding(name, Proof.OK, f"{identity.handle} can be read: {len(page.messages)} on the first page")

    def quotas(self) -> Sequence[Quota]:
        """The newest word on each budget; empty while unknown."""
        return ()

    def skipped(self) -> Mapping[str, int]:
        """How much was left out since the start, by reason: one of `skips`."""
        return {}

    def expiries(self) -> Sequence[Expiry]:
        """Credentials that end by themselves, as far as is known."""
        return ()

    @property
    def payer(self) -> str:
        """Whose budget its calls use up: channels of one platform that say the same share it.

        By default a channel has its own. A connector names its credential by `fingerprint`, never by its value.
        """
        return self.context.channel

    def close(self) -> None:  # noqa: B027 - most connectors have nothing to give back
        """Give back sockets and files."""


def failed(permission: str, error: PlatformError, hint: str = "") -> Finding:
    """What a refusal says of a permission."""
    missing = error.verdict is Verdict.PERMISSION
    return Finding(permission, Proof.MISSING if missing else Proof.FAILED, str(error), hint)


__all__ = [
    "Call",
    "Connector",
    "Context",
    "Expiry",
    "Finding",
    "Identity",
    "OpenThread",
    "Page",
    "Permission",
    "Proof",
    "Quota",
    "Settings",
    "failed",
]
