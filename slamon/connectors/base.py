"""What every connector is: how the poller asks it for pages, and what it may say of itself."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import BaseModel, ConfigDict

from slamon.model import MINUTE, SECOND, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

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


@dataclass(frozen=True, slots=True)
class Quota:
    """What a platform's own headers say is left of an endpoint's budget."""

    endpoint: str
    limit: int
    remaining: int
    resets_at: Instant


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
    Settings: ClassVar[type[Settings]] = Settings

    def __init__(self, settings: Any, context: Context) -> None:  # noqa: ANN401 - each connector has its own Settings
        self.settings = settings
        self.context = context

    @abstractmethod
    def identify(self) -> Identity:
        """Resolve the account and its team to ids. Asked once at start; the store pins the answer."""

    @abstractmethod
    def fetch(self, identity: Identity, cursor: str | None) -> Iterator[Page]:
        """All that is new since `cursor` (`None`: the last `lookback`), page by page.

        The last page of a complete read carries `complete` and the new `cursor`. A read that cannot be completed
        raises; pages already handed out stay saved, and the old cursor stays.
        """

    def recheck(self, identity: Identity, cursor: str | None, threads: Sequence[OpenThread]) -> Iterator[Page]:
        """Look once more whether `threads` were answered or deleted. By default, a poll.

        The last page of a complete look carries `complete`; its cursor is ignored unless this is a poll.
        May run beside `fetch` in another thread.
        """
        del threads
        return self.fetch(identity, cursor)

    def quotas(self) -> Sequence[Quota]:
        """The newest word of the platform on each budget; empty while unknown."""
        return ()

    def close(self) -> None:  # noqa: B027 - most connectors have nothing to give back
        """Give back sockets and files."""


__all__ = [
    "Call",
    "Connector",
    "Context",
    "Identity",
    "OpenThread",
    "Page",
    "Quota",
    "Settings",
]
