"""A case of a rule test → what its platform would deliver, and when: messages, edits, deletions."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from slamon.connectors._records import at_names, handle
from slamon.model import Author, Gone, Kind, Message, Role, Side
from slamon.sla.fold import DIALOGUES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from slamon.model import Instant
    from slamon.rules.cases import Case, Change, Said

PUBLIC, DIALOGUE = "public", "dialogue"
"""Threads of messages that name none: all of a case share one, but for a dialogue that follows public words."""
BRAND = "brand"
NAMES = {Role.CUSTOMER: "customer", Role.STAFF: "staff", Role.BYSTANDER: "bystander"}
"""Who writes where a case does not say; for the brand, its account."""
OURS = (Role.BRAND, Role.AUTOMATION, Role.STAFF)


DEFAULT_AUDIENCE = "(the default audience)"
"""Stands for the audience of stages that name none, where no configuration says who that is."""


@dataclass(slots=True)
class Delivery:
    """What becomes known at one instant."""

    messages: list[Message] = field(default_factory=list)
    gone: list[Gone] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Script:
    """All deliveries of a case, by instant."""

    platform: str
    ours: frozenset[str]
    deliveries: Mapping[Instant, Delivery]
    people: Mapping[str, str]
    """Author id → name as the case writes it."""


def script(case: Case, platform: str | None = None) -> Script:
    """What happens in `case`; `platform` is that of the channel, where a configuration says so."""
    account = case.account or BRAND
    said = [replace(message, name=message.name or NAMES.get(message.role, account)) for message in case.messages]
    threads = _Threads(said)
    deliveries: dict[Instant, Delivery] = {}
    for message in said:
        for at, now in _states(threads.message(message), message.changes):
            delivery = deliveries.setdefault(at, Delivery())
            delivery.gone += [Gone(now.id, at)] if isinstance(now, Gone) else []
            delivery.messages += [now] if isinstance(now, Message) else []
    brand = {message.name or account for message in said if message.role in {Role.BRAND, Role.AUTOMATION}}
    return Script(
        platform=case.platform or platform or _platform(case.channel),
        ours=frozenset(map(handle, (account, *brand))),
        deliveries=deliveries,
        people={handle(message.name or ""): message.name or "" for message in reversed(said)},
    )


def _platform(channel: str) -> str:
    """The last word of a channel's name, as in `acme-x`: the best guess without a configuration."""
    return channel.replace("_", "-").rpartition("-")[2].lower()


def _states(message: Message, changes: Iterable[Change]) -> Iterable[tuple[Instant, Message | Gone]]:
    """The message as it is first read, and again after each change."""
    yield message.created_at, message
    for change in changes:
        if change.gone:
            yield change.at, Gone(message.id, change.at)
            continue
        if change.hidden:
            message = replace(message, hidden=True)
        else:
            text = change.text or ""
            message = replace(message, text=text, mentions=at_names(text), edited_at=change.at)
        yield change.at, message


class _Threads:
    """Finds the thread of each message that names none."""

    def __init__(self, said: Iterable[Said]) -> None:
        self.by_id = {message.id: message for message in reversed(list(said))}
        self.threads: dict[str, str] = {}
        self.latest: dict[str, str] = {}
        """Customer → the thread of the newest message."""
        self.begun_in: Kind | None = None
        """The kind of the first customer message that names no thread."""
        for message in sorted(self.by_id.values(), key=lambda message: message.at):
            self.threads[message.id] = thread = self._thread(message)
            if message.role is Role.CUSTOMER:
                name = handle(message.name or "")
                self.latest.pop(name, None)
                self.latest[name] = thread

    def message(self, said: Said) -> Message:
        """The message as its platform tells it."""
        name = said.name or ""
        mentions = at_names(said.text) if said.mentions is None else tuple(handle(name) for name in said.mentions)
        return Message(
            id=said.id,
            thread=self.threads[said.id],
            author=Author(handle(name), name.removeprefix("@"), name, said.followers, said.verified),
            side=Side.OURS if said.role in OURS else Side.OTHER,
            created_at=said.at,
            kind=said.kind or Kind.MENTION,
            text=said.text,
            role=said.role,
            in_reply_to=said.in_reply_to,
            mentions=mentions,
            opens_with=mentions[0] if mentions and said.text.startswith("@") else None,
            **said.facts,
        )

    def _thread(self, said: Said) -> str:
        known = self._linked(said)
        if known is not None:
            return known
        if said.role is not Role.CUSTOMER:
            return self._spoken_in(said)
        self.begun_in = self.begun_in or said.kind or Kind.MENTION
        return DIALOGUE if said.kind in DIALOGUES and self.begun_in not in DIALOGUES else PUBLIC

    def _linked(self, said: Said) -> str | None:
        """The thread that it names, or that the message names which it answers, however far up."""
        seen: set[str] = set()
        above: Said | None = said
        while above is not None and above.id not in seen:
            if above.thread is not None or above.id in self.threads:
                return above.thread or self.threads[above.id]
            seen.add(above.id)
            above = self.by_id.get(above.in_reply_to or "")
        return None

    def _spoken_in(self, said: Said) -> str:
        """Where the customers it names wrote last, else where anybody did; private words belong to the dialogue."""
        if said.kind in DIALOGUES and DIALOGUE in self.latest.values():
            return DIALOGUE
        named = [name for name in said.mentions or at_names(said.text) if name in self.latest]
        if named:
            return self.latest[named[0]]
        return next(reversed(self.latest.values()), PUBLIC)
