"""The people of the pretend Slack: what it tells of them, and what they do with messages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from slamon.sim._slack_workspace import BOT_USER, RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from slamon.model import Instant
    from slamon.sim._slack_socket import Sockets
    from slamon.sim._slack_workspace import Workspace

TEAM = "T0PRETEND"
FLAGS = ("deleted", "is_bot", "is_restricted", "is_ultra_restricted", "is_app_user", "is_stranger")
TRIGGER_LIVES = 3_000
"""Milliseconds within which a click may open a form."""


class Shown(Protocol):
    """A message that can be clicked: for all, or for one person's eyes."""

    @property
    def channel(self) -> str:
        """Where it stands."""
        ...

    @property
    def ts(self) -> str:
        """Its key there."""
        ...

    @property
    def thread_ts(self) -> str | None:
        """The message that it replies to."""
        ...

    @property
    def blocks(self) -> list[Any]:
        """What it shows."""
        ...


@dataclass(frozen=True, slots=True)
class Whisper:
    """A message for one person's eyes."""

    channel: str
    ts: str
    user: str
    text: str
    blocks: list[Any]
    thread_ts: str | None = None


@dataclass(frozen=True, slots=True)
class View:
    """A form that is open before somebody."""

    id: str
    user: str
    view: Mapping[str, Any]


@dataclass(slots=True)
class Members:
    """Who is there. Ann and Ben are full members from the start, as is everybody with an e-mail address."""

    workspace: Workspace
    known: dict[str, dict[str, Any]] = field(default_factory=dict)
    groups: dict[str, list[str]] = field(default_factory=dict)
    """Members by the id of a user group."""

    def __post_init__(self) -> None:
        """Let in those who are always there."""
        names = {"U0ANN": "Ann", "U0BEN": "Ben", "U0YOU": "You"}
        names |= {id_: mail.partition("@")[0].capitalize() for mail, id_ in self.workspace.users.items()}
        for id_, name in names.items():
            self.join(id_, name)
        self.join(BOT_USER, "slamon", is_bot=True)

    def join(self, id_: str, name: str, *, team: str = TEAM, **flags: bool) -> None:
        """Somebody more: `is_restricted` for a guest, `is_bot` for a program, another team for a stranger."""
        told = dict.fromkeys(FLAGS, False) | flags
        profile = {"display_name": name, "real_name": name, "email": f"{id_.lower()}@acme.example"}
        self.known[id_] = {"id": id_, "team_id": team, "name": id_.lower(), "profile": profile, **told}

    def info(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """`users.info`."""
        if (found := self.known.get(str(asked.get("user")))) is None:
            raise RefusedError("user_not_found")
        return {"user": found}

    def listed(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """`usergroups.users.list`."""
        if (found := self.groups.get(str(asked.get("usergroup")))) is None:
            raise RefusedError("no_such_subteam")
        return {"users": found}


class Doings:
    """What people do: they click, fill in forms, and react. Each of it goes out as an envelope."""

    sockets: Sockets
    workspace: Workspace
    members: Members
    whispers: list[Whisper]
    views: list[View]

    def __init__(self) -> None:
        self.reactions: dict[tuple[str, str], dict[str, list[str]]] = {}
        self.triggers: dict[str, tuple[str, Instant]] = {}
        self.looks = 0
        """How often reactions were read."""
        self._moments = 0

    def clicks(self, message: Shown, action_id: str, by: str = "U0ANN") -> Mapping[str, Any]:
        """Press the button of that name, or choose that entry of a menu; :returns: the payload that went out.

        :raises LookupError: the message shows no such thing.
        """
        ts, action = self._moment(), _action(message.blocks, action_id)
        trigger = f"{ts}.{by}"
        self.triggers[trigger] = (by, self.workspace.clock())
        payload = {
            "type": "block_actions",
            "api_app_id": "A0SLAMON",
            "trigger_id": trigger,
            **self._person(by),
            "container": {"type": "message", "message_ts": message.ts, "channel_id": message.channel}
            | ({"thread_ts": message.thread_ts} if message.thread_ts else {}),
            "channel": {"id": message.channel, "name": "desk"},
            "message": {"ts": message.ts, "blocks": message.blocks},
            "actions": [{**action, "action_ts": ts}],
        }
        self.sockets.deliver("interactive", payload)
        return payload

    def submits(self, view: View, reason: str, **chosen: str) -> Mapping[str, Any]:
        """Fill in a form and send it off: `how` and `scope` are what is chosen in its menus."""
        values: dict[str, Any] = {"reason": {"reason": {"type": "plain_text_input", "value": reason}}}
        for name in ("how", "scope"):
            option = {"value": chosen[name]} if name in chosen else None
            values[name] = {name: {"type": "static_select", "selected_option": option}}
        state = {"id": view.id, **view.view, "state": {"values": values}}
        payload = {"type": "view_submission", **self._person(view.user), "view": state}
        self.sockets.deliver("interactive", payload)
        return payload

    def reacts(self, message: Shown, name: str, by: str = "U0ANN", *, heard: bool = True) -> Mapping[str, Any]:
        """Set an emoji; `heard=False`: its event is lost on the way."""
        self.reactions.setdefault((message.channel, message.ts), {}).setdefault(name, []).append(by)
        return self._event("reaction_added", message, name, by, heard=heard)

    def unreacts(self, message: Shown, name: str, by: str = "U0ANN") -> Mapping[str, Any]:
        """Take an emoji away."""
        self.reactions[message.channel, message.ts][name].remove(by)
        return self._event("reaction_removed", message, name, by, heard=True)

    def _event(self, kind: str, message: Shown, name: str, by: str, *, heard: bool) -> Mapping[str, Any]:
        item = {"type": "message", "channel": message.channel, "ts": message.ts}
        event = {"type": kind, "user": by, "reaction": name, "item": item, "event_ts": self._moment()}
        payload = {"type": "event_callback", "team_id": TEAM, "event_id": f"Ev{self._moments}", "event": event}
        if heard:
            self.sockets.deliver("events_api", payload)
        return payload

    def _person(self, by: str) -> dict[str, Any]:
        user = {"id": by, "username": by.lower(), "team_id": self.members.known.get(by, {}).get("team_id", TEAM)}
        return {"team": {"id": TEAM, "domain": "pretend"}, "user": user}

    def _moment(self) -> str:
        """The next instant of Slack's clock; no two are the same."""
        self._moments += 1
        return f"{self.workspace.now() // 1_000}.{self._moments:06d}"

    # --- the methods of it

    def whisper(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """`chat.postEphemeral`."""
        place, user = self.workspace.place(str(body.get("channel", ""))), str(body.get("user", ""))
        if user not in self.members.known:
            raise RefusedError("user_not_in_channel")
        if not place.member:
            raise RefusedError("not_in_channel")
        told = Whisper(place.id, self._moment(), user, str(body["text"]), body.get("blocks", []), body.get("thread_ts"))
        self.whispers.append(told)
        self.sockets.stir()
        return {"message_ts": told.ts}

    def open_view(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """`views.open`."""
        user, at = self.triggers.pop(str(body.get("trigger_id")), ("", 0))
        if not user:
            raise RefusedError("invalid_trigger_id")
        if self.workspace.clock() - at > TRIGGER_LIVES:
            raise RefusedError("expired_trigger_id")
        if faults := list(view_faults(body.get("view"))):
            raise RefusedError("invalid_arguments", faults)
        self.views.append(View(f"V0VIEW{len(self.views)}", user, body["view"]))
        self.sockets.stir()
        return {"view": {"id": self.views[-1].id, **body["view"]}}

    def reacted(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """`reactions.get`."""
        place, ts = self.workspace.place(str(asked.get("channel", ""))), str(asked.get("timestamp", ""))
        message = self.workspace.message(place, ts, "message_not_found")
        found = self.reactions.get((place.id, ts), {})
        self.looks += 1
        self.sockets.stir()
        rows = [{"name": name, "users": list(users), "count": len(users)} for name, users in found.items() if users]
        return {"type": "message", "channel": place.id, "message": message.shown(metadata=False) | {"reactions": rows}}


def _action(blocks: Sequence[Any], action_id: str) -> dict[str, Any]:
    """What Slack tells of the element that was used."""
    for block in blocks:
        for element in [*block.get("elements", []), *([block["accessory"]] if "accessory" in block else [])]:
            if str(element.get("action_id", "")).partition(":")[0] == action_id:
                kept = {name: element[name] for name in ("type", "action_id", "text", "value") if name in element}
                return {**kept, "block_id": "b1"}
            for option in element.get("options", []):
                if option["value"].partition("|")[0] == action_id:
                    shown = {"type": element["type"], "action_id": element["action_id"], "block_id": "b1"}
                    return {**shown, "selected_option": option}
    raise LookupError(f"the message shows no {action_id}")


def view_faults(view: Any) -> Iterator[str]:  # noqa: ANN401 - whatever the client sent
    """What Slack refuses in a form, as far as slamon builds one."""
    if not isinstance(view, dict) or view.get("type") != "modal":
        yield "a modal is needed"
        return
    for name in ("title", "submit", "close"):
        yield from _plain(view.get(name), 24)
    if len(view.get("private_metadata", "")) > 3_000:  # noqa: PLR2004 - Slack's number
        yield "private_metadata has at most 3000 characters"
    for block in view.get("blocks", []):
        if block.get("type") != "input" or not isinstance(block.get("element"), dict):
            yield "an input needs an element"
            continue
        yield from _plain(block.get("label"), 2_000)
        for option in block["element"].get("options", []):
            yield from _plain(option.get("text"), 75)


def _plain(text: Any, limit: int) -> Iterator[str]:  # noqa: ANN401 - as above
    if not isinstance(text, dict) or text.get("type") != "plain_text" or not 1 <= len(text.get("text", "")) <= limit:
        yield f"a plain text of 1 to {limit} characters is needed"
