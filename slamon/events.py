"""What happened, said once as a frozen record; metrics and logs are two listeners of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from slamon.model import Instant, Millis


@dataclass(frozen=True, slots=True)
class ApiCalled:
    """One request to a platform was answered, or was given up."""

    channel: str
    platform: str
    endpoint: str
    code: str
    seconds: float
    clock_skew: Millis | None = None
    spend: int = 0
    """What the platform bills for it, estimated, in millionths of a US dollar."""


@dataclass(frozen=True, slots=True)
class PollEnded:
    """A poll or a recheck of one channel is over; `outcome` is `ok`, `partial`, or a `Verdict`, or `fault`."""

    channel: str
    platform: str
    purpose: str
    """`poll` or `recheck`."""
    outcome: str
    seconds: float
    pages: int = 0
    new: int = 0
    changed: int = 0
    known: int = 0
    rejected: int = 0
    gone: int = 0
    error: str = ""
    """For a person; carries no secret and no customer text."""


@dataclass(frozen=True, slots=True)
class QuotaSeen:
    """A platform said what is left of a budget."""

    channel: str
    platform: str
    endpoint: str
    limit: int
    remaining: int
    resets_at: Instant


@dataclass(frozen=True, slots=True)
class MessagesSkipped:
    """A connector left out messages for a reason that their own headers tell."""

    channel: str
    platform: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class PollsPaced:
    """A channel is polled at another interval than before: a deadline is near, nobody waits, or a budget is short."""

    channel: str
    platform: str
    every: Millis
    """As configured."""
    interval: Millis
    """From now on."""


@dataclass(frozen=True, slots=True)
class CredentialSeen:
    """A credential of a channel ends by itself at this instant."""

    channel: str
    platform: str
    credential: str
    """`access token`, `refresh token`."""
    expires_at: Instant
    renewed: bool
    """slamon renews it by itself."""


@dataclass(frozen=True, slots=True)
class SweepEnded:
    """One sweep of the evaluator is over."""

    seconds: float
    decided: int
    announced: int
    outcome: str = "ok"
    error: str = ""


@dataclass(frozen=True, slots=True)
class AlertSent:
    """A send was tried; `lateness` is from the stage's instant to the receiver's answer, where that was good."""

    notifier: str
    audience: str
    purpose: str
    """`post`, `reply`, `edit`, `notice`, or `look`: whether a send whose outcome was unknown arrived."""
    outcome: str
    """`sent`, `superseded`, or an `Outcome` of notifiers/base.py."""
    seconds: float
    lateness: Millis | None = None
    wait: int | None = None
    code: str = ""


@dataclass(frozen=True, slots=True)
class RulesLoaded:
    """A rule set became the one in force."""

    version: str
    at: Instant


@dataclass(frozen=True, slots=True)
class RulesReloaded:
    """The rules were read again; with any other outcome than `loaded` or `unchanged`, those in force stay."""

    reason: str
    """`signal`, `file`, `http` or `command`."""
    outcome: str
    """`loaded`, `unchanged`, `faults` or `failed`."""
    version: str
    """Of the rules in force now."""
    seconds: float
    channels: tuple[str, ...] = ()
    """Those whose rules changed."""
    faults: tuple[str, ...] = ()
    """For a person, a line each."""
    config_changed: bool = False
    """`config.yaml` changed as well, which only a restart takes up."""


@dataclass(frozen=True, slots=True)
class RulesApplied:
    """All open waits are held to the rules in force; `waits` of them had to be decided anew."""

    version: str
    waits: int
    seconds: float


@dataclass(frozen=True, slots=True)
class ChannelLeft:
    """A channel is no longer in the configuration: its open waits were cancelled."""

    channel: str
    waits: int


@dataclass(frozen=True, slots=True)
class ActionTaken:
    """Somebody did something about a wait, or took it back."""

    verb: str
    """Of `sla.handling.Verb`, or `undo`."""
    via: str
    """`button`, `reaction`, `command` or `http`."""
    action: int | None = None
    wait: int | None = None
    scope: str = ""
    by_id: str = ""


@dataclass(frozen=True, slots=True)
class SocketChanged:
    """Slack's way to us, by which clicks and reactions come, opened or closed."""

    connected: bool
    reason: str = ""
    """Why it closed: a code of Slack's, or `closed`, `silent`, `no_connection`."""


@dataclass(frozen=True, slots=True)
class Relayed:
    """A request on a second route ended; `outcome` is `sent` or an `Outcome` of notifiers/base.py."""

    notifier: str
    """`alertmanager` or `webhook`."""
    outcome: str


Event: TypeAlias = (
    ApiCalled
    | PollEnded
    | QuotaSeen
    | MessagesSkipped
    | PollsPaced
    | CredentialSeen
    | SweepEnded
    | AlertSent
    | RulesLoaded
    | RulesReloaded
    | RulesApplied
    | ChannelLeft
    | Relayed
    | ActionTaken
    | SocketChanged
)


class Listener(Protocol):
    """Whoever wants to hear of events; never raises."""

    def __call__(self, event: Event) -> None:
        """Take note of `event`; quick, and safe from any thread."""
        ...
