"""The keys of the files under rules/, a model for each mapping: the shape only."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, StrictInt

from slamon.fields import Duration, Span, Words, YesNo  # noqa: TC001 - pydantic evaluates annotations
from slamon.shape import Keys


class RulesKeys(Keys):
    """A channel's file, or default.yaml."""

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
    automation: Any = Field(
        default=None,
        description="What answers by itself: handles, or `{author: …, app: …, pattern: …}`; it ends no wait for people",
    )
    bot_closes_after: Span | None = Field(
        default=None,
        description="Silence of the customer after a listed bot's answer that closes the wait; left out: none does",
    )
    human_wait_from: Literal["first_message", "hand_over"] = Field(
        default="first_message",
        description="`hand_over`: where a bot hands over to people, the wait for them begins there",
    )
    hand_over: Any = Field(
        default=None,
        description="Regular expressions: an answer that sends the customer elsewhere ends the wait as handed over",
    )
    holding: Any = Field(
        default=None,
        description="Regular expressions: an answer that only promises one begins the `follow_up` of a policy",
    )
    no_reply: Any = Field(
        default=None,
        description="What needs no reply, a list: `thanks`, `emoji`, `friends`, or `{reason: …, when: …}`",
    )
    hidden: Literal["waits", "cancels"] = Field(
        default="waits", description="`cancels`: a message that the brand hides is as good as deleted"
    )
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
    apply_to: Literal["open", "new"] = Field(
        default="open",
        description="When this file changes: `open` waits are held to it too, or only `new` ones",
    )


class PolicyKeys(Keys):
    """One promise."""

    name: str = Field(min_length=1, max_length=64, description="A name that is unique in the file: the label `policy`")
    when: Any = Field(default=None, description="Conditions that must all hold; without them it fits everything")
    valid: Any = Field(
        default=None, description="For waits begun `{from: 2026-11-27, until: 2026-11-30}`, both days in"
    )
    first_response: Any = Field(
        default=None, description="Open time until the first answer: `15m`, `1h30m`, `1bd` (open days), or `off`"
    )
    next_response: Any = Field(
        default=None, description="The same for every further answer; left out, it equals `first_response`"
    )
    acknowledgement: Any = Field(
        default=None, description="Open time until any sign that the message has arrived, a machine's too"
    )
    follow_up: Any = Field(
        default=None, description="Open time from an answer that only promises one (`holding`) to the real one"
    )
    reply_window: Any = Field(
        default=None,
        description="Wall time after the newest message in which the platform lets you answer: `24h`, or `off`",
    )
    answered_by: Any = Field(
        default=None, description="Who ends a target: `human`, `anyone`, `reaction`; or `{first_response: anyone}`"
    )
    calendar: str = Field(default="always", description="When time counts: a name of calendars.yaml, or `always`")
    stages: list[Any] | None = Field(
        default=None, description="Who is told when; left out: at 80% and 100%, the default audience"
    )
    objective: Any = Field(default=None, description="How many promises are to be kept: `{share: 95%, over: 28d}`")


class StageKeys(Keys):
    """One rung of the ladder."""

    at: Any = Field(description="A share of the target (`50%`, at most `100%`), or open time after it (`+30m`)")
    to: str | None = Field(default=None, description="An audience of config.yaml; left out: the default one")
    broadcast: YesNo = Field(
        default=True, description="From 100% on, whether a later stage is shown in the channel, not in the thread alone"
    )
    repeat: Any = Field(default=None, description="Told again each time that so much open time has passed: `30m`")
    until: Literal["acknowledged", "answered"] = Field(
        default="acknowledged", description="What ends the repeating, beside the answer"
    )
    at_most: StrictInt | None = Field(default=None, description="Told so often altogether; left out: 12 times")
    storm: Literal["exempt"] | None = Field(
        default=None, description="`exempt`: told by itself, also while many alerts are told as one message"
    )
    quiet: Literal["ignore"] | None = Field(
        default=None, description="`ignore`: told at once, also in the quiet hours of its audience"
    )


class ObjectiveKeys(Keys):
    """How many promises are to be kept."""

    share: Any = Field(description="`95%`")
    over: Span = Field(default="28d", description="Over how much time", validate_default=True)


class ValidKeys(Keys):
    """When a policy is in force."""

    from_: Any = Field(default=None, alias="from", description="The first day, or the first instant: `2026-11-27`")
    until: Any = Field(default=None, description="The last day, or the instant from which on it no longer holds")


KEYS: tuple[tuple[str, type[Keys]], ...] = (
    ("", RulesKeys),
    ("policies[]", PolicyKeys),
    ("policies[].valid", ValidKeys),
    ("policies[].stages[]", StageKeys),
    ("policies[].objective", ObjectiveKeys),
)
"""Where each model stands, for the table in the manual."""
