"""The words of the product as data: messages, and what is said of them. No behaviour beyond keeping them storable."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

Instant: TypeAlias = int
"""Milliseconds since 1970-01-01T00:00:00Z. Zones live in calendars and at the edges only."""

Millis: TypeAlias = int
"""A span of time in milliseconds."""

SECOND: Millis = 1_000
MINUTE: Millis = 60 * SECOND
HOUR: Millis = 60 * MINUTE
DAY: Millis = 24 * HOUR

MAX_INSTANT: Instant = 32_503_680_000_000
"""The year 3000: an instant past it is a fault of whoever sent it."""

ID_CAP = 512
NAME_CAP = 512
TEXT_CAP = 20_000
URL_CAP = 2_048


class Side(StrEnum):
    """What a connector can tell about an author: one of us, or not."""

    OURS = "ours"
    OTHER = "other"


class Role(StrEnum):
    """What a message is in its conversation; decided by `sla.classify` unless the source says so."""

    CUSTOMER = "customer"
    BRAND = "brand"
    AUTOMATION = "automation"
    STAFF = "staff"
    BYSTANDER = "bystander"


class Kind(StrEnum):
    """The surface a message was written on."""

    MENTION = "mention"
    COMMENT = "comment"
    DIRECT_MESSAGE = "direct_message"
    REVIEW = "review"
    QUOTE = "quote"
    POST = "post"
    LISTENING = "listening"
    STORY_MENTION = "story_mention"
    STORY_REPLY = "story_reply"
    SHARE = "share"
    EMAIL = "email"
    TICKET = "ticket"

    @property
    def private(self) -> bool:
        """Whether only the customer and the brand can read it."""
        return self in PRIVATE_KINDS


PRIVATE_KINDS = frozenset({Kind.DIRECT_MESSAGE, Kind.STORY_REPLY, Kind.EMAIL, Kind.TICKET})


class Target(StrEnum):
    """What a wait is held to."""

    FIRST_RESPONSE = "first_response"
    NEXT_RESPONSE = "next_response"
    ACKNOWLEDGEMENT = "acknowledgement"
    """Any sign that the message has arrived, a machine's too."""
    FOLLOW_UP = "follow_up"
    """The answer that a holding text promised."""
    REPLY_WINDOW = "reply_window"
    """Before the platform closes the door to the brand; in wall time."""


RESPONSES = (Target.FIRST_RESPONSE, Target.NEXT_RESPONSE)
"""Every wait is held to one of these two, by its turn; to the others where a policy names them."""


class Mark(StrEnum):
    """What the rules of a channel make of a message by itself, before its thread is looked at (`sla.marking`).

    Beside these, the reason of a rule under `no_reply` is a mark.
    """

    AUTOMATION = "automation"
    """An admin lists its author, its app, or its text."""
    HAND_OVER = "hand_over"
    """It asks the customer to go on elsewhere, or hands him to a person."""
    HOLDING = "holding"
    """It promises an answer rather than giving one."""
    REPEATED = "repeated"
    """A text that was used word for word before: suspected to be automatic, counted, nothing else."""
    KEPT = "kept"
    """A person took back that it needs no reply."""
    DISMISSED = "dismissed"
    """A person said that it needs no reply."""
    ELSEWHERE = "answered_elsewhere"
    """A person said that it was answered where slamon does not look."""
    MUTED = "muted"
    """A person muted its author, its thread, or such words."""
    STATEMENT = "answered_by_statement"
    """A person said that a statement to everybody answers it."""


BY_HAND = frozenset({Mark.DISMISSED, Mark.ELSEWHERE, Mark.MUTED, Mark.STATEMENT})
"""Marks with which a message waits for nothing, whatever it says, until the person's decision is taken back."""


class Status(StrEnum):
    """Where a timer stands; the first four are open, the last three closed."""

    ON_TRACK = "on_track"
    AT_RISK = "at_risk"
    BREACHED = "breached"
    UNVERIFIED = "unverified"
    MET = "met"
    MISSED = "missed"
    CANCELLED = "cancelled"


OPEN_STATUSES = (Status.ON_TRACK, Status.AT_RISK, Status.BREACHED, Status.UNVERIFIED)


CHANNEL_LABELS = ("market", "brand", "desk")
"""What a channel may be said to belong to, for sums over several."""


class Settled(StrEnum):
    """How a timer was counted, once and for good."""

    IN_TIME = "in_time"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote. `id` never changes on the platform; an archive without ids uses the handle in lower case."""

    id: str
    handle: str = ""
    name: str = ""
    followers: int | None = None
    verified: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One post by anyone, as its platform tells it.

    `id` is the canonical id; `aliases` are further ids of the same message (X: the later ids of an edited post).
    Ids in `in_reply_to` may be any of them. `mentions` and `carried` hold author ids (lower-case handles where a
    source has none): those the author wrote, in the order of the text, and those a platform's reply prefix merely
    carries on. `opens_with` is the author id that the author's own words begin with.
    """

    id: str
    thread: str
    author: Author
    side: Side
    created_at: Instant
    kind: Kind = Kind.MENTION
    text: str = ""
    role: Role | None = None
    """Final where the source says it: replays, archives, rule tests."""
    in_reply_to: str | None = None
    in_reply_to_author: str | None = None
    quotes_author: str | None = None
    mentions: tuple[str, ...] = ()
    carried: tuple[str, ...] = ()
    opens_with: str | None = None
    aliases: tuple[str, ...] = ()
    language: str = ""
    reach: int | None = None
    """Likes, shares and replies together."""
    rating: int | None = None
    """Of a review, in stars."""
    app: str = ""
    """What it was written with, where the platform says so."""
    permalink: str = ""
    addressed: bool = False
    """The surface itself addresses the brand: a visitor's post on its page, a review of it."""
    automated: bool = False
    """The platform marks it as automatic."""
    failed: bool = False
    """Reported as failed or bounced: it reached nobody."""
    hidden: bool = False
    filtered: bool = False
    """It was hidden from the start: set by the store."""
    faded: bool = False
    """Set by the store: its words, or its author's names, were dropped after the time that they may be kept."""
    advertised: bool = False
    """It is, or stands under, an advertisement."""
    edited_at: Instant | None = None
    gone_at: Instant | None = None
    """When the deletion was observed."""
    hidden_at: Instant | None = None
    """When it was seen to be hidden: set by the store."""
    surfaced_at: Instant | None = None
    """Set by the store when it surfaced more than a day after it was created."""
    marks: frozenset[str] = frozenset()
    """Of `Mark`, and reasons for which it needs no reply; set by whoever hands it to the fold."""

    def __post_init__(self) -> None:
        """Refuse what can never be stored, and make the rest storable.

        :raises ValueError: an empty or oversized id, or an instant outside 1970 to 3000.
        """
        for name in ("id", "thread"):
            value = getattr(self, name)
            if not 0 < len(value) <= ID_CAP or not storable(value):
                raise ValueError(f"{name} {value[:40]!r} is empty, longer than {ID_CAP} characters, or not text")
        if not 0 <= self.created_at <= MAX_INSTANT:
            raise ValueError(f"created_at {self.created_at} is outside the years 1970 to 3000")
        if len(self.text) > TEXT_CAP or not storable(self.text):
            object.__setattr__(self, "text", clean(self.text, TEXT_CAP))


def storable(text: str) -> bool:
    """Whether every database can keep `text` as it is: no NUL and no lone surrogate."""
    if "\0" in text:
        return False
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def clean(text: str, cap: int) -> str:
    """`text` without NUL, with U+FFFD for lone surrogates, cut to `cap` characters."""
    if storable(text):
        return text[:cap]
    return text[:cap].replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


@dataclass(frozen=True, slots=True)
class Gone:
    """A message that its platform no longer shows, and the instant that was observed."""

    id: str
    at: Instant


@dataclass(frozen=True, slots=True)
class Reject:
    """A post that could not be understood: kept aside with its reason, so that its page goes on."""

    id: str
    reason: str
    raw: str = field(repr=False)
