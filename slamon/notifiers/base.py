"""What every notifier is: it renders an alert, posts it, edits it, and can find what it posted before a crash."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from slamon.errors import SlamonError

if TYPE_CHECKING:
    from slamon.model import Instant, Kind, Millis, Status, Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One wait as a person on call should read it now; text in it is a stranger's and is hostile."""

    wait: int
    channel: str
    platform: str
    kind: Kind
    customer: str
    """The author's display name, else the handle, else the id."""
    handle: str
    followers: int | None
    text: str
    """Of the newest customer message of the wait; empty where the channel does not show text."""
    show_text: str
    """`full`, `cut` or `none`."""
    permalink: str
    """Of the first message that waits; empty where the platform has none."""
    messages: int
    """How many messages of the customer wait for this one answer."""
    policy: str
    target: Target
    status: Status
    started_at: Instant
    due_at: Instant
    target_length: Millis
    """The promise in open time of its calendar."""
    now: Instant
    answered_at: Instant | None
    answered_by: str
    """The handle of the one who answered; empty while open."""
    cancelled: bool
    verified: bool
    """False: the channel could not be read again before this was said."""
    last_read_at: Instant | None
    """When the channel was last read completely."""
    stage: str
    """The newest stage that was reached: `80%`, `100%`, `+30m`."""
    mention: str = ""
    """Resolved id of whom to wake; empty for nobody."""
    previous: str = ""
    """Link to the message of the conversation's last wait."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where a message stands: `place` is an id (C…, D…), never a name; `ts` is the receiver's own key."""

    place: str
    ts: str


class Outcome(StrEnum):
    """What is known of a send that did not simply succeed. Classes are data; see notifiers/slack.py for the table."""

    NOT_SENT = "not_sent"
    """For sure not accepted: try again with back-off."""
    UNKNOWN = "unknown"
    """Perhaps accepted: look before sending again."""
    PACE = "pace"
    """Told to wait; `retry_after` says how long."""
    BAD_PLACE = "bad_place"
    BAD_CREDENTIAL = "bad_credential"
    BAD_CONTENT = "bad_content"
    GONE = "gone"
    """The message or thread to edit or reply to no longer exists."""


class SendError(SlamonError):
    """A send did not simply succeed. `retry_after` is in milliseconds."""

    def __init__(self, outcome: Outcome, message: str, *, code: str = "", retry_after: Millis | None = None) -> None:
        super().__init__(message)
        self.outcome = outcome
        self.code = code
        self.retry_after = retry_after


class Notifier(ABC):
    """Sends alerts to places. Every method may raise `SendError`, and nothing else on purpose."""

    name: str
    timeout: float
    """Seconds after which a request of this notifier has surely been given up by the client."""

    @abstractmethod
    def resolve(self, destination: str) -> str:
        """The id of a destination as written in YAML (`#desk`, `@group`, `name@company`)."""

    @abstractmethod
    def post(self, place: str, alert: Alert, intent: str, *, plain: bool = False) -> Receipt:
        """Open the living message of a wait. `intent` travels in the message's metadata."""

    @abstractmethod
    def reply(self, parent: Receipt, alert: Alert, intent: str, *, broadcast: bool) -> Receipt:
        """Say a later stage in the living message's thread."""

    @abstractmethod
    def notice(self, place: str, text: str, intent: str) -> Receipt:
        """Say `text`, which is about no wait and wakes nobody; names of files and the like in it are hostile."""

    @abstractmethod
    def edit(self, message: Receipt, alert: Alert) -> None:
        """Make the living message show the wait as it stands now."""

    @abstractmethod
    def find(self, place: str, intent: str, *, parent: Receipt | None, since: Instant | None) -> Receipt | None:
        """The message of ours with that intent, looked for where it would stand; `None` when it is not there.

        `since` is a lower bound in the receiver's own time.
        """

    @abstractmethod
    def server_time(self) -> Instant | None:
        """The receiver's clock, as its last answer told it."""
