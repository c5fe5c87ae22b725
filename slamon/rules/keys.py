"""The keys of the files under rules/, a model for each mapping: the shape only."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field

from slamon.fields import Duration, Span, Words, YesNo, ZoneName  # noqa: TC001 - pydantic evaluates annotations
from slamon.shape import Keys


class RulesKeys(Keys):
    """A channel's file, or default.yaml."""

    later: ClassVar = {"automation": "only what the platform itself marks as automatic is recognised, for now"}

    policies: list[Any] = Field(min_length=1, description="The promises, a list: the first that fits holds")
    lookback: Duration = Field(default="7d", description="How far back the very first read goes", validate_default=True)
    new_conversation_after: Span = Field(
        default="24h",
        description="Silence by both after which a direct-message thread begins a new conversation",
        validate_default=True,
    )
    bystanders: Literal["ignore", "watch"] = Field(
        default="ignore", description="`watch`: people in a thread who do not address the brand wait for an answer too"
    )
    staff: Words = Field(default=(), description="Handles or ids of colleagues, who start and end nothing")
    abandoned_after: Span = Field(
        default="14d",
        description="Silence after which an open wait leaves the queue, late for ever",
        validate_default=True,
    )
    reposted_within: Duration = Field(
        default="15m",
        description="A reply deleted and posted again within it keeps the first one's time",
        validate_default=True,
    )
    show_text: Literal["full", "cut", "none"] = Field(
        default="full", description="How much of a customer's text alerts show; with `full`, private messages show none"
    )


class PolicyKeys(Keys):
    """One promise."""

    later: ClassVar = {
        "objective": "shares over weeks come with a later version",
        "acknowledgement": "only first_response and next_response are measured, for now",
        "answered_by": "only answers by people count, for now",
        "apply_to": "changed rules apply to open waits",
    }

    name: str = Field(min_length=1, max_length=64, description="A name that is unique in the file: the label `policy`")
    when: Any = Field(default=None, description="Conditions that must all hold; without them it fits everything")
    first_response: Any = Field(description="Open time until the first answer: `15m`, `1h30m`, or `off`")
    next_response: Any = Field(
        default=None, description="The same for every further answer; left out, it equals `first_response`"
    )
    calendar: str = Field(default="always", description="When time counts: a name of calendars.yaml, or `always`")
    stages: list[Any] | None = Field(
        default=None, description="Who is told when; left out: at 80% and 100%, the default audience"
    )


class StageKeys(Keys):
    """One rung of the ladder."""

    later: ClassVar = dict.fromkeys(("repeat", "until", "at_most"), "write further stages: {at: +30m}, {at: +60m}") | {
        "storm": "every stage is told, for now"
    }

    at: Any = Field(description="A share of the target (`50%`, at most `100%`), or open time after it (`+30m`)")
    to: str | None = Field(default=None, description="An audience of config.yaml; left out: the default one")
    broadcast: YesNo = Field(
        default=True, description="From 100% on, whether a later stage is shown in the channel, not in the thread alone"
    )


class CalendarsKeys(Keys):
    """calendars.yaml."""

    calendars: dict[str, Any] = Field(description="Calendars by name; `always` is built in")


class CalendarKeys(Keys):
    """One calendar."""

    later: ClassVar = {
        "holidays": "leave it out; only weekly windows count, for now",
        "dates": "leave it out; only weekly windows count, for now",
        "ics": "leave it out; only weekly windows count, for now",
        "calendar": "write `timezone` and `open`",
        "union": "write `timezone` and `open`",
    }

    timezone: ZoneName | None = Field(default=None, description="The IANA zone of its windows; must be given")
    open: dict[str, Any] | None = Field(
        default=None, description='Windows by day: `{mon-fri: ["08:00-12:30", "13:00-20:00"], sat: "10:00-16:00"}`'
    )


KEYS: tuple[tuple[str, type[Keys]], ...] = (
    ("", RulesKeys),
    ("policies[]", PolicyKeys),
    ("policies[].stages[]", StageKeys),
)
CALENDAR_KEYS: tuple[tuple[str, type[Keys]], ...] = (("", CalendarsKeys), ("calendars.NAME", CalendarKeys))
"""Where each model stands, for the table in the manual."""
