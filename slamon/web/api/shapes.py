"""The shapes of what the JSON interface answers and takes, as JSON Schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slamon.model import OPEN_STATUSES, Role, Settled, Side, Status, Target
from slamon.sla.handling import Verb
from slamon.sla.orders import SCOPES

if TYPE_CHECKING:
    from typing import TypeAlias

    Json: TypeAlias = dict[str, Any]

LONGEST = 1_000
WORDS = r"^[^\u0000-\u001f]*[^\s\u0000-\u001f][^\u0000-\u001f]*$"
"""Something to read, in one line."""
SPAN = r"^(?=[^1-9]*[1-9])(?=[0-9])(?:[0-9]{1,3}d)?(?:[0-9]{1,4}h)?(?:[0-9]{1,5}m)?(?:[0-9]{1,6}s)?$"


def text(about: str = "", **more: object) -> Json:
    """A text."""
    return {"type": "string", **_about(about), **more}


def of(*values: str, about: str = "") -> Json:
    """One of these texts."""
    return {"type": "string", "enum": list(values), **_about(about)}


def number(about: str = "") -> Json:
    """Seconds, shares."""
    return {"type": "number", **_about(about)}


def whole(about: str = "", least: int = 0) -> Json:
    """A count, or what something is numbered by."""
    return {"type": "integer", "minimum": least, **_about(about)}


def yes(about: str = "") -> Json:
    """A truth."""
    return {"type": "boolean", **_about(about)}


def instant(about: str = "") -> Json:
    """When."""
    return text(about, format="date-time")


def many(item: Json, about: str = "") -> Json:
    """A list."""
    return {"type": "array", "items": item, **_about(about)}


def none_or(shape: Json) -> Json:
    """That, or null."""
    if "$ref" in shape:
        return {"anyOf": [shape, {"type": "null"}]}
    more = {"enum": [*shape["enum"], None]} if "enum" in shape else {}
    return {**shape, "type": [shape["type"], "null"], **more}


def whole_of(**properties: Json) -> Json:
    """An object with just these, all of them."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def ref(name: str) -> Json:
    """A shape by name."""
    return {"$ref": f"#/components/schemas/{name}"}


def _about(words: str) -> Json:
    return {"description": words} if words else {}


SECONDS = number()
POLICY = none_or(text("The policy that it is held to; null: none matches."))
TARGET = of(*Target)
HISTORY = yes("It was late before slamon first read it: nobody is told, nothing is counted.")
HELD = whole_of(by=text("Who."), at=instant(), until=none_or(instant("Null: for good.")))

WAITING = whole_of(
    wait=whole("Its number.", 1),
    channel=text(),
    platform=text(),
    conversation=text("The id of the thread on the platform."),
    customer=text("The handle, else the name, else the id."),
    target=TARGET,
    policy=POLICY,
    status=of(*OPEN_STATUSES),
    history=HISTORY,
    stage=none_or(text("The newest stage that was reached.")),
    started_at=instant("Since when somebody waits."),
    due_at=none_or(instant("Null: nothing is promised.")),
    read_at=none_or(instant("The start of the channel's last complete read.")),
    messages=many(text(), "Ids of the messages that wait, oldest first."),
    text=text("The newest of them. What a stranger wrote: show it as text, never as markup."),
    permalink=text("The oldest of them on the platform; may be empty. A stranger's: check the scheme before you link."),
    acknowledged=none_or(ref("Held")),
    snoozed=none_or(ref("Held")),
)
QUEUE = whole_of(
    waiting=many(ref("Waiting")),
    next=none_or(text("`after` of the next page; null behind the last wait.")),
    total=whole("How many waits the filters leave, on all pages."),
    total_is_minimum=yes("True: so many or more, they were counted no further."),
    complete=yes("False: the text was searched for only in the waits with the nearest deadlines. Narrow the filters."),
)

MESSAGE = whole_of(
    id=text(),
    at=instant(),
    side=of(*Side),
    role=of(*Role),
    author=text("The handle, else the id."),
    text=text("What a stranger wrote: show it as text, never as markup."),
    gone_at=none_or(instant("When it was deleted.")),
    marks=many(text(), "What it was taken for."),
    no_reply=none_or(text("Why it needs no reply.")),
    wait=none_or(whole("The wait that it belongs to.", 1)),
    slow_patterns=many(text(), "Patterns that took too long in it."),
)
TOLD = whole_of(
    target=text(),
    stage=text(),
    repeat=whole(),
    episode=whole(),
    to=text("The audience."),
    destination=text(),
    state=text(),
    reason=text(),
    sent_at=none_or(instant()),
    held_until=none_or(instant()),
    digest=none_or(whole("The digest that tells it.", 1)),
    verified=yes(),
)
ACTION = whole_of(
    action=whole("Its number.", 1),
    verb=of(*Verb),
    wait=none_or({"type": "integer"}),
    scope=of(*SCOPES),
    subject=none_or(text()),
    reason=none_or(text()),
    at=instant(),
    until=none_or(instant()),
    by=text(),
    by_id=text(),
    via=text(),
    undone_at=none_or(instant()),
    undone_by=none_or(text()),
)
STEP = whole_of(
    stage=text(),
    repeat=whole(),
    at=instant(),
    to=none_or(text("The audience; null: the default one.")),
    told=many(ref("Told")),
    note=none_or(text("Why nothing was told.")),
)
HELD_TO = whole_of(
    target=TARGET,
    policy=text(),
    status=of(*Status),
    settled=none_or(of(*Settled)),
    history=HISTORY,
    calendar=none_or(text("Null: it counts around the clock.")),
    length_seconds=number("In open time."),
    started_at=instant(),
    due_at=instant(),
    answered_at=none_or(instant()),
    wall_seconds=SECONDS,
    open_seconds=none_or(SECONDS),
    stages=many(ref("Step")),
)
EXPLAINED = whole_of(
    wait=whole("Its number.", 1),
    channel=text(),
    conversation=text("The id of the thread on the platform."),
    customer=text("The id of the customer."),
    number=whole("The how many of this customer in the thread."),
    turn=whole("1: the first response is owed; above: a next one."),
    episode=whole("Above 1: an answer that had ended it was deleted."),
    state=text("`open`, or how it ended."),
    reason=none_or(text("How it ended, unless by a person's plain answer.")),
    suspected=yes("A machine may have answered it."),
    target=none_or(TARGET),
    status=text("Of the answer's target; without one, the state."),
    settled=none_or(of(*Settled)),
    history=HISTORY,
    due_at=none_or(instant()),
    open_seconds=none_or(SECONDS),
    stages=many(whole_of(stage=text(), at=instant()), "Of the answer's target."),
    policy=POLICY,
    failed=many(
        whole_of(policy=text(), condition=text("The first that does not hold."), note=text()),
        "Policies above it that do not match.",
    ),
    rules=whole_of(
        matched=none_or(text("The version of the rules that it was matched with.")),
        in_force=text("The version of those in force."),
        policy_in_force=none_or(text("The policy that it would be held to by those.")),
    ),
    started_at=instant(),
    answered_at=none_or(instant()),
    cancelled_at=none_or(instant()),
    acknowledged_at=none_or(instant("The first sign of life.")),
    promised_at=none_or(instant("When an answer was promised.")),
    followed_up_at=none_or(instant("When it was given.")),
    bot_at=none_or(instant("When a bot answered, which does not end it.")),
    merged_into=none_or(whole("The wait that it is part of.", 1)),
    read_at=none_or(instant()),
    elapsed_seconds=number("From its start to its end, or to now."),
    targets=many(ref("HeldTo"), "The answer first."),
    messages=many(ref("Message"), "All of the thread, oldest first."),
    told=many(ref("Told"), "All letters, oldest first."),
    actions=many(ref("Action"), "What people did about it, oldest first."),
)
CONVERSATION = whole_of(
    waits=many(ref("Explained"), "All waits that the name may mean, oldest first; at most the newest 20."),
    no_wait=many(
        whole_of(channel=text(), conversation=text(), messages=many(ref("Message"))),
        "Threads that it may mean in which nobody ever waited, newest first. Not looked for by a wait's number.",
    ),
    complete=yes("False: there are older waits of that name."),
)

CHANNEL = whole_of(
    channel=text(),
    platform=text(),
    labels={"type": "object", "additionalProperties": text()},
    read_at=none_or(instant("The start of its last complete read.")),
    blind=yes("That read is too old to accuse anybody."),
    waiting=whole_of(**{status.value: whole() for status in OPEN_STATUSES}, no_policy=whole()),
    oldest_waiting_at=none_or(instant()),
    next_due_at=none_or(instant("The nearest deadline that is not over.")),
)
PROMISE = whole_of(
    words=text("`1 hour`, `2 open days`."),
    seconds=none_or(number("Null: open days, of which each has its own length.")),
    calendar=text("`always`: it counts around the clock."),
    machine_counts=yes("A machine's answer keeps the promise."),
)
POLICY_SHAPE = whole_of(
    policy=text(),
    when=many(text(), "All have to hold; as they are written in the rules."),
    calendar=text(),
    targets={"type": "object", "propertyNames": TARGET, "additionalProperties": ref("Promise")},
    stages=many(
        whole_of(
            stage=text("`80%`, `+30m`."),
            to=none_or(text("The audience; null: the default one.")),
            repeat_seconds=none_or(SECONDS),
            at_most=whole("Told so often altogether.", 1),
        )
    ),
    objective=none_or(whole_of(share=number("Between 0 and 1."), over_seconds=SECONDS)),
    valid_from=none_or(instant()),
    valid_until=none_or(instant()),
)

DONE = whole_of(
    action=whole("Its number, by which it can be taken back.", 1),
    new=yes("False: that very request had arrived before."),
    words=text("What was done, in a sentence."),
    until=none_or(instant("How long it holds.")),
)
FOR = none_or(
    text("How long, such as `30m` or `1h30m`: 1 minute to 7 days. Null: as if it were not said.", pattern=SPAN)
)
SNOOZE: Json = {
    "type": "object",
    "properties": {
        "for": FOR,
        "until_shift_ends": none_or(yes("Until the shift of those ends who were told of it.")),
    },
    "additionalProperties": False,
    "not": {
        "required": ["for", "until_shift_ends"],
        "properties": {"for": {"type": "string"}, "until_shift_ends": {"const": True}},
    },
}
DISMISS: Json = {
    "type": "object",
    "properties": {
        "reason": text("Why no reply is needed.", pattern=WORDS, maxLength=LONGEST),
        "as": none_or(of("no_reply", "elsewhere", "mute", "statement", about="Left out: `no_reply`.")),
        "scope": none_or(
            of(*SCOPES, about="How far it reaches. Left out: `thread` to mute and for a statement, else `wait`.")
        ),
        "pattern": text(
            "What messages to come have to fit, for the scope `match`.", pattern=r"^[^\u0000]*$", maxLength=LONGEST
        ),
        "for": none_or(text("For how long a wider scope holds for messages to come.", pattern=SPAN)),
    },
    "required": ["reason"],
    "additionalProperties": False,
}
NOTHING: Json = {"type": "object", "additionalProperties": False, "maxProperties": 0}
ERROR = whole_of(error=text("What is wrong, for a person."))

SHAPES: dict[str, Json] = {
    "Queue": QUEUE,
    "Waiting": WAITING,
    "Held": {**HELD, "description": "Somebody's word, and how long it holds."},
    "Conversation": CONVERSATION,
    "Explained": EXPLAINED,
    "HeldTo": HELD_TO,
    "Step": STEP,
    "Told": TOLD,
    "Message": MESSAGE,
    "Action": ACTION,
    "Channels": whole_of(channels=many(ref("Channel"))),
    "Channel": CHANNEL,
    "Policies": whole_of(
        rules=text("The version of the rules."),
        channels=many(
            whole_of(
                channel=text(),
                source=text("The file that they stand in."),
                policies=many(ref("Policy"), "The first that matches is the one."),
            )
        ),
    ),
    "Policy": POLICY_SHAPE,
    "Promise": PROMISE,
    "Done": DONE,
    "Snooze": SNOOZE,
    "Dismiss": DISMISS,
    "Nothing": NOTHING,
    "Error": ERROR,
}
