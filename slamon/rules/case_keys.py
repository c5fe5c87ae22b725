"""The keys of the files under rules/tests/, a model for each mapping: the shape only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias, TypeVar

from pydantic import BeforeValidator, ConfigDict, Field, PlainValidator, StrictInt

from slamon.fields import YesNo, did_you_mean, mistake, parse_duration
from slamon.model import MAX_INSTANT, SECOND, Instant, Kind, Role, Settled, Status, Target
from slamon.shape import Keys

if TYPE_CHECKING:
    from collections.abc import Callable

    from slamon.model import Millis

Word = TypeVar("Word", bound=StrEnum)
T = TypeVar("T")

TIME_HOW = "write 2026-11-21T15:45:00+01:00, or Z for UTC"
ELAPSED_HOW = "write a duration such as 17h35m, or a number of seconds"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
LONGEST_ID = 512
NOTHING = ("none", "null", "")


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant, and the zone in which it was written: in that one it is shown again."""

    at: Instant
    zone: tzinfo


class Outcome(StrEnum):
    """What may stand under `status`: every status of a timer, or that a message needs no reply at all."""

    ON_TRACK = Status.ON_TRACK.value
    AT_RISK = Status.AT_RISK.value
    BREACHED = Status.BREACHED.value
    UNVERIFIED = Status.UNVERIFIED.value
    MET = Status.MET.value
    MISSED = Status.MISSED.value
    CANCELLED = Status.CANCELLED.value
    NO_REPLY = "no_reply"


def parse_moment(value: object) -> Moment:
    """An ISO 8601 time with a zone.

    :raises PydanticCustomError: anything else, or outside 1970 to 3000.
    """
    if not isinstance(value, str):
        raise mistake("has no value" if value is None else "should be a time", TIME_HOW)
    try:
        moment = datetime.fromisoformat(value.strip())
    except ValueError:
        raise mistake(f"`{value[:60]}` is no ISO 8601 time", TIME_HOW) from None
    offset = moment.utcoffset()
    if offset is None:
        raise mistake(f"`{value[:60]}` has no time zone", TIME_HOW)
    at = (moment - EPOCH) // MILLISECOND
    if not 0 <= at <= MAX_INSTANT:
        raise mistake(f"`{value[:60]}` lies outside the years 1970 to 3000")
    return Moment(at, timezone(offset))


def parse_elapsed(value: object) -> Millis:
    """Milliseconds of a duration as people write it; a bare number counts seconds.

    :raises PydanticCustomError: anything else.
    """
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < MAX_INSTANT / SECOND:
        return round(value * SECOND)
    if isinstance(value, str):
        return parse_duration(value)
    raise mistake("should be a duration", ELAPSED_HOW)


def _word(words: type[Word]) -> Callable[[object], Word]:
    """A parser for one of `words`, however it is capitalised and its parts are joined."""

    def parse(value: object) -> Word:
        plain = str(value).strip().lower().replace(" ", "_").replace("-", "_")
        try:
            return words(plain)
        except ValueError:
            raise mistake(f"unknown word `{str(value)[:60]}`", did_you_mean(plain, list(words))) from None

    return parse


def _or_none(parse: Callable[[object], T]) -> Callable[[object], T | None]:
    """A parser that also takes `none`, or no value at all, for nothing."""

    def parse_any(value: object) -> T | None:
        nothing = value is None or (isinstance(value, str) and value.strip().lower() in NOTHING)
        return None if nothing else parse(value)

    return parse_any


def _identifier(value: object) -> object:
    """A whole number is a name, too: `id: 1`."""
    return str(value) if type(value) is int else value


def _plain(value: object) -> str:
    named = _identifier(value)
    if not isinstance(named, str):
        raise mistake("should be text", "put it in quotes")
    return named


def _said(value: object) -> object:
    """A text; no value is a post without one, and a customer may say just `true`."""
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else _identifier(value)


def _mark(value: object) -> str:
    """How a platform vouches for somebody: `yes` alone is X's plainest mark."""
    switch = {True: "blue", False: "", "yes": "blue", "no": ""}
    if isinstance(value, bool | str):
        return switch.get(value, str(value))
    raise mistake("should be `yes`, `no`, or a mark such as `business`")


def _names(value: object) -> object:
    return [value] if isinstance(value, str) else value


Time: TypeAlias = Annotated[Moment, PlainValidator(parse_moment)]
TimeOrNone: TypeAlias = Annotated[Moment | None, PlainValidator(_or_none(parse_moment))]
Elapsed: TypeAlias = Annotated[int | None, PlainValidator(_or_none(parse_elapsed))]
NameOrNone: TypeAlias = Annotated[str | None, PlainValidator(_or_none(_plain))]
Ident: TypeAlias = Annotated[str, BeforeValidator(_identifier), Field(min_length=1, max_length=LONGEST_ID)]
Text: TypeAlias = Annotated[str, BeforeValidator(_said)]
Mark: TypeAlias = Annotated[str, PlainValidator(_mark)]
Handles: TypeAlias = Annotated[tuple[str, ...], BeforeValidator(_names)]


class CaseFileKeys(Keys):
    """A file of rules/tests/."""

    cases: list[Any] = Field(description="What is tried, a list", min_length=1)


class CaseKeys(Keys):
    """One case: what people write, and what is to come of it."""

    name: str = Field(min_length=1, max_length=200, description="What the case shows; unique in the file")
    channel: Ident = Field(description="The channel whose rules are tried")
    messages: list[Any] = Field(min_length=1, description="Who writes what when, a list")
    at: Time | None = Field(default=None, description="The instant the case is judged at; left out: the last one named")
    expect: Any = Field(description="What is to be found then, a list; `[]`: nobody waits")
    reload: Any = Field(default=None, description="Other rules from an instant on, `{at, rules}`, or a list of them")
    platform: str | None = Field(
        default=None, description="Left out: that of the configuration, else the last word of the channel's name"
    )
    account: str | None = Field(default=None, description="The brand's name; left out: `brand`")


class MessageKeys(Keys):
    """One message."""

    model_config = ConfigDict(populate_by_name=False)

    sender: Annotated[Role, PlainValidator(_word(Role))] = Field(
        alias="from", description="`customer`, `brand`, `automation`, `staff` or `bystander`"
    )
    at: Time = Field(description="When it is written, in ISO 8601 with a zone")
    text: Text = Field(default="", description="What it says")
    id: Ident | None = Field(default=None, description="Its id, for `in_reply_to`; left out, they are numbered from 1")
    name: Ident | None = Field(
        default=None, description="Who writes; two names are two people; left out: `customer`, or the brand"
    )
    followers: StrictInt | None = Field(default=None, ge=0, description="How many follow the author")
    verified: Mark = Field(default="", description="`yes`, or `blue`, `business`, `government`")
    in_reply_to: Ident | None = Field(default=None, description="The id of the message it answers")
    thread: Ident | None = Field(default=None, description="Its thread; those without one share one")
    kind: Annotated[Kind | None, PlainValidator(_or_none(_word(Kind)))] = Field(
        default=None, description="The surface it is written on; left out: `mention`"
    )
    gone_at: TimeOrNone = Field(default=None, description="When it is deleted")
    hidden_at: TimeOrNone = Field(default=None, description="When the brand hides it")
    edited: Any = Field(default=None, description="A later text, `{at, text}`, or a list of them")
    mentions: Handles | None = Field(default=None, description="Whom it names; left out: the @names in its text")
    language: str = Field(default="", description="The language that the platform tells, such as `de`")
    rating: StrictInt | None = Field(default=None, ge=0, description="Of a review, in stars")
    reach: StrictInt | None = Field(default=None, ge=0, description="Likes, shares and replies together")
    app: str = Field(default="", description="What it was written with")
    permalink: str = Field(default="", description="Its address")
    advertised: YesNo = Field(default=False, description="It is, or stands under, an advertisement")
    automated: YesNo = Field(default=False, description="The platform marks it as automatic")
    failed: YesNo = Field(default=False, description="It was reported as failed or bounced: it reached nobody")
    hidden: YesNo = Field(default=False, description="It was hidden from the start")


class EditKeys(Keys):
    """A later text of a message."""

    at: Time = Field(description="When it is edited")
    text: Text = Field(description="What it says from then on")


class ReloadKeys(Keys):
    """Other rules from an instant on."""

    at: Time = Field(description="When they are loaded")
    rules: Any = Field(
        description="A folder, relative to this file or to the rules; or, in place, `policies`, `calendars`, or files "
        "by name"
    )


class ExpectKeys(Keys):
    """What is to be found: only the keys written are compared."""

    customer: NameOrNone = Field(default=None, description="Who waits, by name")
    wait: StrictInt | None = Field(default=None, ge=1, description="Which wait of that conversation, from 1")
    target: Annotated[Target | None, PlainValidator(_or_none(_word(Target)))] = Field(
        default=None, description="What the wait is held to, such as `first_response`"
    )
    policy: NameOrNone = Field(default=None, description="By which promise; `none`: no policy fits")
    due: TimeOrNone = Field(default=None, description="When it is due")
    started: TimeOrNone = Field(default=None, description="Since when the customer waits")
    answered: TimeOrNone = Field(default=None, description="When the answer came; `none`: there is none")
    status: Annotated[Outcome | None, PlainValidator(_or_none(_word(Outcome)))] = Field(
        default=None, description="Where it stands: a status, or `no_reply` for a message that needs none"
    )
    reason: NameOrNone = Field(default=None, description="Why it was cancelled, how it ended, or why it needs no reply")
    elapsed: Elapsed = Field(default=None, description="Wall time until the answer, or until now: `17h35m` or seconds")
    business: Elapsed = Field(default=None, description="The same in open time of the policy's calendar")
    settled: Annotated[Settled | None, PlainValidator(_or_none(_word(Settled)))] = Field(
        default=None, description="How it was counted for good: `in_time` or `late`"
    )
    stage: NameOrNone = Field(default=None, description="The newest stage that was reached")
    announced: Any = Field(default=None, description="All that was told, in order: `[{stage, at, to}]`; `[]`: nothing")


class AnnouncedKeys(Keys):
    """One announcement: only the keys written are compared."""

    stage: NameOrNone = Field(default=None, description="Which stage: `80%`, `+30m`")
    at: TimeOrNone = Field(default=None, description="When")
    to: NameOrNone = Field(default=None, description="Which audience; `default`: the one of stages that name none")


CASE_KEYS: tuple[tuple[str, type[Keys]], ...] = (
    ("", CaseFileKeys),
    ("cases[]", CaseKeys),
    ("cases[].messages[]", MessageKeys),
    ("cases[].messages[].edited", EditKeys),
    ("cases[].reload", ReloadKeys),
    ("cases[].expect[]", ExpectKeys),
    ("cases[].expect[].announced[]", AnnouncedKeys),
)
"""Where each model stands, for the table in the manual."""
