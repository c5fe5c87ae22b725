"""The memory of the pretend Slack: places, messages with every edit, and when each of them can be read back."""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from slamon.model import SECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from slamon.model import Instant, Millis

BOT_ID = "B0SLAMON"
BOT_USER = "U0SLAMON"


class RefusedError(Exception):
    """Slack would answer `ok: false` with this code."""

    def __init__(self, code: str, details: Sequence[str] = (), **more: str) -> None:
        super().__init__(code)
        self.code = code
        self.details = list(details)
        self.more = more


@dataclass(frozen=True, slots=True)
class Edit:
    """What a message said before an edit, and when it was edited."""

    at: Instant
    text: str
    blocks: list[Any]


@dataclass(slots=True)
class Posted:
    """One accepted message; `at` is when it was accepted, by the true clock, `ts` is Slack's."""

    channel: str
    ts: str
    at: Instant
    text: str
    blocks: list[Any]
    bot_id: str
    metadata: Mapping[str, Any] | None = None
    thread_ts: str | None = None
    broadcast: bool = False
    edits: list[Edit] = field(default_factory=list)
    deleted: bool = False

    def line(self) -> dict[str, Any]:
        """As the ledger shows it to other processes."""
        payload = (self.metadata or {}).get("event_payload", {})
        return {**asdict(self), "wait": payload.get("wait"), "intent": payload.get("intent")}

    def shown(self, *, metadata: bool) -> dict[str, Any]:
        """As the API returns it."""
        user = BOT_USER if self.bot_id == BOT_ID else f"U{self.bot_id[1:]}"
        data: dict[str, Any] = {"type": "message", "user": user, "bot_id": self.bot_id, "ts": self.ts}
        data |= {"text": self.text, "blocks": self.blocks}
        if self.thread_ts:
            data["thread_ts"] = self.thread_ts
        if self.edits:
            data["edited"] = {"user": BOT_USER, "ts": self.ts}
        if metadata and self.metadata is not None:
            data["metadata"] = self.metadata
        return data


@dataclass(slots=True)
class Place:
    """A channel or a direct message."""

    id: str
    name: str
    member: bool = True
    archived: bool = False
    last_micros: int = 0


class Workspace:
    """Safe from any thread. `skew` is Slack's clock less the true one; `history_delay` hides what is younger.

    `lands_after` holds how long the next posts are on their way, one after the other: they stand there only then.
    """

    def __init__(self, clock: Callable[[], Instant], channels: Sequence[str], users: Mapping[str, str]) -> None:
        self.clock = clock
        self.skew: Millis = 0
        self.history_delay: Millis = 0
        self.lands_after: list[Millis] = []
        self.version = 0
        self.users = dict(users)
        self.messages: list[Posted] = []
        names = [name.lstrip("#") for name in channels]
        self.places = {place.id: place for place in (Place(f"C{n:08d}", name) for n, name in enumerate(names, 1))}
        self._lock = threading.RLock()

    def now(self) -> Instant:
        """Slack's own clock."""
        return self.clock() + self.skew

    def place(self, key: str, *, names: bool = False) -> Place:
        """The place with that id; or, where Slack takes them, with that name."""
        place = self.places.get(key) or (self._named(key) if names else None)
        if place is None:
            raise RefusedError("channel_not_found")
        return place

    def open_direct(self, user: str) -> Place:
        """The direct message with a user."""
        mail = next((mail for mail, known in self.users.items() if known == user), None)
        if mail is None:
            raise RefusedError("user_not_found")
        with self._lock:
            return self.places.setdefault("D" + user[1:], Place("D" + user[1:], mail))

    def post(self, place: Place, body: Mapping[str, Any], bot_id: str = BOT_ID) -> Posted:
        """Accept a message."""
        if place.archived:
            raise RefusedError("is_archived")
        if not place.member:
            raise RefusedError("not_in_channel")
        thread = body.get("thread_ts")
        with self._lock:
            if thread:
                self.message(place, thread, "thread_not_found")
            on_its_way = self.lands_after.pop(0) if self.lands_after else 0
            ts, at = self._next_ts(place, on_its_way), self.clock() + on_its_way
            message = Posted(place.id, ts, at, body.get("text", ""), body.get("blocks", []), bot_id)
            message.metadata, message.thread_ts = body.get("metadata"), thread
            message.broadcast = bool(thread and body.get("reply_broadcast"))
            self.messages.append(message)
            self.version += 1
        return message

    def update(self, place: Place, ts: str, body: Mapping[str, Any]) -> Posted:
        """Edit a message of ours; what the body leaves out stays: its blocks, its metadata."""
        with self._lock:
            message = self.message(place, ts, "message_not_found")
            if message.bot_id != BOT_ID:
                raise RefusedError("cant_update_message")
            message.edits.append(Edit(self.clock(), message.text, message.blocks))
            message.text = body.get("text", "")
            message.blocks = body.get("blocks", message.blocks)
            message.metadata = body.get("metadata", message.metadata)
            self.version += 1
        return message

    def delete(self, place: Place, ts: str) -> None:
        """Delete a message, as its author or an admin may."""
        with self._lock:
            self.message(place, ts, "message_not_found").deleted = True
            self.version += 1

    def message(self, place: Place, ts: str, refusal: str) -> Posted:
        """The message with that `ts` that still stands."""
        for message in self.standing(place):
            if message.ts == ts:
                return message
        raise RefusedError(refusal)

    def standing(self, place: Place) -> list[Posted]:
        """What was not deleted, oldest first."""
        with self._lock:
            kept = [message for message in self.messages if message.channel == place.id and not message.deleted]
        return sorted(kept, key=lambda message: int(message.ts.replace(".", "")))

    def readable(self, place: Place) -> list[Posted]:
        """What the history shows by now, oldest first."""
        if not place.member:
            raise RefusedError("not_in_channel")
        newest = self.clock() - self.history_delay
        return [message for message in self.standing(place) if message.at <= newest]

    def _named(self, name: str) -> Place | None:
        return next((place for place in self.places.values() if place.name == name.lstrip("#")), None)

    def _next_ts(self, place: Place, on_its_way: Millis) -> str:
        place.last_micros = max((self.now() + on_its_way) * 1_000, place.last_micros + 1)
        whole, rest = divmod(place.last_micros, SECOND * 1_000)
        return f"{whole}.{rest:06d}"
