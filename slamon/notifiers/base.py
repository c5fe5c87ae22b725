"""What every notifier is: it renders an alert, posts it, edits it, and can find what it posted before a crash."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

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
    acknowledged_by: str = ""
    """Who has it in hand; empty while nobody does."""
    acknowledged_until: Instant | None = None
    snoozed_by: str = ""
    snoozed_until: Instant | None = None
    closed_by: str = ""
    """Who ended it by hand; `closed_how` says as what, `closed_why` in that person's words."""
    closed_how: str = ""
    closed_why: str = ""
    shift_ends_at: Instant | None = None
    """Of whoever is on call for the reader; `None` where there are no shifts."""
    others: tuple[Alert, ...] = ()
    """Further waits that share this message."""
    buttons: bool = False
    """Whether the receiver hears of clicks: without, no button stands there that needs an answer."""

    @property
    def subject(self) -> int:
        """What it is about, as metadata and the store number it."""
        return self.wait


@dataclass(frozen=True, slots=True)
class Notice:
    """Words that are about no wait and wake nobody; names of files and the like in them are hostile."""

    text: str

    @property
    def subject(self) -> int:
        """None."""
        return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """One message about many waits."""

    number: int
    kind: str
    """`storm`, `catch_up`, `opening`, `history`, `blind`, `daily`, `quiet`."""
    title: str
    """slamon's own words, in one line: what happened and how many it concerns."""
    facts: tuple[tuple[str, str], ...] = ()
    """(label, value), slamon's own words but for names."""
    rows: tuple[Alert, ...] = ()
    """The waits to show, most urgent first; strangers' words in them are hostile."""
    more: int = 0
    """How many further waits there are beside `rows`."""
    note: str = ""
    """What to do, or what follows."""
    open: bool = True
    """Whether anything in it still has to be answered."""
    mention: str = ""
    """Resolved id of whom to wake; empty for nobody."""
    acknowledged_by: str = ""
    acknowledgeable: bool = False
    """Whether a person may take it in hand with a button."""
    buttons: bool = False
    """As an alert's."""
    now: Instant

    @property
    def subject(self) -> int:
        """Below 0, where waits stand above it."""
        return -self.number


Content: TypeAlias = Alert | Notice | Digest
"""What a message can say."""


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
    def post(self, place: str, content: Content, intent: str) -> Receipt:
        """Open a message. `intent` travels in its metadata. What is refused for its form is said more plainly."""

    @abstractmethod
    def reply(self, parent: Receipt, content: Content, intent: str, *, broadcast: bool) -> Receipt:
        """Say in the thread of a message how its subject stands now."""

    @abstractmethod
    def edit(self, message: Receipt, content: Content) -> None:
        """Make a message show its subject as it stands now."""

    @abstractmethod
    def find(self, place: str, intent: str, *, parent: Receipt | None, since: Instant | None) -> Receipt | None:
        """The message of ours with that intent, looked for where it would stand; `None` when it is not there.

        `since` is a lower bound in the receiver's own time.
        """

    @abstractmethod
    def answers(self) -> None:
        """Whether the receiver answers at all, and takes our credential; nothing is said.

        :raises SendError: it does not.
        """

    def link(self, message: Receipt) -> str:
        """Where a person finds a message of ours; empty where there is no such address."""
        del message
        return ""

    @abstractmethod
    def server_time(self) -> Instant | None:
        """The receiver's clock, as its last answer told it."""
