"""From what Slack hands over a socket to what a person asked for. Pure.

It is suspicious: what has not exactly the shape that Slack documents is nothing.
Shapes: https://docs.slack.dev/reference/interaction-payloads/ (block_actions, view_submission) and
https://docs.slack.dev/reference/events/reaction_added/.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

CLICKS = frozenset({"acknowledge", "snooze_15m", "snooze_1h", "snooze_shift", "dismiss", "undo"})
"""What a button or an entry of a menu can ask for; a link needs nothing from us."""
REACTIONS = {"white_check_mark": "acknowledge", "eyes": "acknowledge", "zzz": "snooze_1h"}
"""What an emoji asks for. ❌ and 🔕 are nothing on purpose: calling a wait off takes a reason."""
HOWS = frozenset({"dismiss", "answered_elsewhere", "mute", "answered_by_statement"})
SCOPES = frozenset({"wait", "thread", "author"})
FORM = "dismiss"
"""Names the form in which somebody says why no reply is needed."""
REASON_ROOM = 500
"""Characters of a reason."""
REMEMBERED = 3_000
"""Characters that Slack lets a form remember."""

ID = re.compile(r"[A-Z0-9]{2,32}")
TS = re.compile(r"[0-9]{1,12}\.[0-9]{1,9}")
NUMBER = re.compile(r"-?[1-9][0-9]{0,17}")
TOKEN = re.compile(r"[\w.:|+-]{1,150}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Click:
    """Somebody pressed a button of a message."""

    asked: str
    """Of `CLICKS`."""
    number: int
    """Of the wait, of the digest (below 0), or of the action to undo."""
    team: str
    """The workspace that the person is in."""
    user: str
    place: str
    ts: str
    thread: str | None
    """Of the message that the button stands in, where that is a reply."""
    key: str
    """Names this click: Slack may deliver it twice."""
    trigger: str
    """Opens a form, within three seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dismissal:
    """Somebody filled in the form."""

    how: str
    """Of `HOWS`."""
    scope: str | None
    """Of `SCOPES`; `None`: as is usual for `how`."""
    reason: str
    number: int
    team: str
    """The workspace that the person is in."""
    user: str
    place: str
    thread: str | None
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """Somebody set an emoji that means something below a message, or took it away."""

    asked: str
    added: bool
    team: str
    """The workspace that the person is in."""
    user: str
    place: str
    ts: str
    sign: str
    """Names who set what where."""
    at: str
    """When it happened, as Slack counts."""
    key: str
    """Names this very event."""


Asked: TypeAlias = Click | Dismissal | Reaction
Data: TypeAlias = "Mapping[str, Any]"


class StrangeError(ValueError):
    """It has not the shape that Slack documents."""


def read(envelope: object) -> Asked | None:
    """What somebody asked for; `None` for what asks for nothing, and for what is not sound."""
    try:
        kind, payload = _text(envelope, "type", TOKEN), _mapping(envelope, "payload")
        if kind == "interactive":
            return _interactive(payload)
        return _event(payload) if kind == "events_api" else None
    except (StrangeError, RecursionError):
        return None


def sign(place: str, ts: str, user: str, name: str) -> str:
    """Names an emoji that a user set below a message."""
    return f"reaction:{place}:{ts}:{user}:{name}"


def remembered(number: int, place: str, thread: str | None) -> str:
    """What a form has to know when it comes back."""
    return json.dumps({"number": number, "place": place, "thread": thread})


def _interactive(payload: Data) -> Asked | None:
    readers: dict[str, Callable[[Data], Asked | None]] = {"block_actions": _click, "view_submission": _dismissal}
    reader = readers.get(_text(payload, "type", TOKEN))
    return reader(payload) if reader else None


def _click(payload: Data) -> Click | None:
    (action,) = _only(payload, "actions")
    asked, subject = _wanted(action)
    if asked not in CLICKS:
        return None
    where = _mapping(payload, "container")
    ts, user = _text(where, "message_ts", TS), _text(_mapping(payload, "user"), "id", ID)
    return Click(
        asked=asked,
        number=_number(subject),
        team=_team(payload),
        user=user,
        place=_text(where, "channel_id", ID),
        ts=ts,
        thread=_text(where, "thread_ts", TS) if "thread_ts" in where else None,
        key=f"slack:{ts}:{_text(action, 'action_ts', TS)}:{user}",
        trigger=_text(payload, "trigger_id", TOKEN),
    )


def _wanted(action: Data) -> tuple[str, str]:
    """(what, about what) of a button, whose id says the former, or of a menu's entry, whose value says both."""
    if "selected_option" in action:
        asked, _, subject = _text(_mapping(action, "selected_option"), "value", TOKEN).partition("|")
        return asked, subject
    asked = _text(action, "action_id", TOKEN).partition(":")[0]
    # A link carries no value; it is no matter of ours.
    return asked, _text(action, "value", TOKEN) if asked in CLICKS else ""


def _dismissal(payload: Data) -> Dismissal | None:
    view = _mapping(payload, "view")
    if _text(view, "callback_id", TOKEN) != FORM:
        return None
    about, said = _about(view), _mapping(_mapping(view, "state"), "values")
    thread, user = about.get("thread"), _text(_mapping(payload, "user"), "id", ID)
    return Dismissal(
        how=_chosen(said, "how", HOWS) or FORM,
        scope=_chosen(said, "scope", SCOPES),
        reason=_written(said),
        number=_number(str(about.get("number"))),
        team=_team(payload),
        user=user,
        place=_text(about, "place", ID),
        thread=None if thread is None else _text(about, "thread", TS),
        key=f"slack:view:{_text(view, 'id', ID)}:{user}",
    )


def _about(view: Data) -> Data:
    text = view.get("private_metadata")
    if not isinstance(text, str) or len(text) > REMEMBERED:
        raise StrangeError
    try:
        found = json.loads(text)
    except ValueError:
        raise StrangeError from None
    return found if isinstance(found, dict) else {}


def _chosen(said: Data, name: str, known: frozenset[str]) -> str | None:
    option = _mapping(_mapping(said, name), name).get("selected_option")
    if option is None:
        return None
    value = _text(option, "value", TOKEN)
    if value not in known:
        raise StrangeError
    return value


def _written(said: Data) -> str:
    value = _mapping(_mapping(said, "reason"), "reason").get("value")
    if not isinstance(value, str) or not value.strip() or len(value) > REASON_ROOM:
        raise StrangeError
    return value.strip()


def _team(payload: Data) -> str:
    return _text(_mapping(payload, "team"), "id", ID)


def _event(payload: Data) -> Reaction | None:
    event = _mapping(payload, "event")
    kind = _text(event, "type", TOKEN)
    if kind not in {"reaction_added", "reaction_removed"}:
        return None
    name, item = _text(event, "reaction", TOKEN), _mapping(event, "item")
    if name not in REACTIONS or item.get("type") != "message":
        return None
    place, ts, user = _text(item, "channel", ID), _text(item, "ts", TS), _text(event, "user", ID)
    its, at = sign(place, ts, user, name), _text(event, "event_ts", TS)
    return Reaction(
        asked=REACTIONS[name],
        added=kind == "reaction_added",
        team=_text(payload, "team_id", ID),
        user=user,
        place=place,
        ts=ts,
        sign=its,
        at=at,
        key=f"{its}:{at}",
    )


def _mapping(data: object, name: str) -> Data:
    found = data.get(name) if isinstance(data, dict) else None
    if not isinstance(found, dict):
        raise StrangeError
    return found


def _only(data: Data, name: str) -> list[Data]:
    found = data.get(name)
    if not isinstance(found, list) or len(found) != 1 or not isinstance(found[0], dict):
        raise StrangeError
    return found


def _text(data: object, name: str, shape: re.Pattern[str]) -> str:
    found = data.get(name) if isinstance(data, dict) else None
    if not isinstance(found, str) or not shape.fullmatch(found):
        raise StrangeError
    return found


def _number(text: str) -> int:
    if not NUMBER.fullmatch(text):
        raise StrangeError
    return int(text)
