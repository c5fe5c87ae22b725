"""X's direct messages as messages of ours: each is read, or rejected with its reason.

Facts from X's pages on direct messages, API 2.159 and 2.167: a dialogue's id is the two accounts' ids, the smaller
first; that of a group is one number. Not stated, and so unverified: whether texts are HTML-escaped like those of posts
(they are taken to be).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from slamon.connectors._x.ids import checked, is_id, is_number, optional, times
from slamon.connectors._x.posts import Json, author, by_id, reject, unescaped
from slamon.model import Author, Kind, Message, Side

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from slamon.connectors.base import Identity
    from slamon.model import Reject

GROUP = "group-"
"""Before an id in the thread's that is no pair, as a group's: by itself it could be a conversation of posts."""
_PAIR = re.compile(r"[0-9]{1,20}-[0-9]{1,20}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Inside:
    """Whose inbox it is, and what an answer adds to its events."""

    identity: Identity
    ours: frozenset[str]
    authors: Mapping[str, Author]
    groups: bool


def inside(document: Json, identity: Identity, *, groups: bool) -> Inside:
    """What stands under `includes`; what cannot be read there is left out."""
    found = document.get("includes")
    users = by_id(found.get("users")) if isinstance(found, dict) else ()
    return Inside(identity, identity.ours, {key: author(key, user) for key, user in users}, groups)


def is_dialogue(thread: str) -> bool:
    """Whether a thread is one of direct messages."""
    return _PAIR.fullmatch(thread) is not None or thread.startswith(GROUP)


def conversation_of(thread: str) -> str:
    """The id that X gives a thread of direct messages."""
    return thread.removeprefix(GROUP)


def number_of(event: Any) -> int | None:  # noqa: ANN401 - any JSON
    """The number that an event's id is; `None` where it has none."""
    ident = event.get("id") if isinstance(event, dict) else None
    return int(ident) if is_number(ident) else None


def direct_messages(events: Sequence[Any], around: Inside) -> tuple[list[Message], list[Reject]]:
    """Each of `events` as a message, or as a reject; who came and went, and groups unless wanted, as neither."""
    good: list[Message] = []
    bad: list[Reject] = []
    for event in events:
        try:
            message = _message(event, around)
        except (LookupError, TypeError, ValueError, AttributeError, OverflowError, OSError) as error:
            bad.append(reject(event, error))
        else:
            if message is not None:
                good.append(message)
    return good, bad


def _message(event: Json, around: Inside) -> Message | None:
    if event.get("event_type", "MessageCreate") != "MessageCreate":
        return None
    ident, sender = checked(event["id"]), checked(event["sender_id"])
    conversation, members = _conversation(event, sender, around.identity)
    group = len(members) != _TWO
    if (group and not around.groups) or (members and around.identity.account not in members):
        return None  # X shows no dialogue of others; servers that pretend to be X do
    created_at, _ = times(ident, (ident,), event.get("created_at"))
    return Message(
        id=ident,
        thread=conversation if _PAIR.fullmatch(conversation) else f"{GROUP}{conversation}",
        author=around.authors.get(sender) or Author(sender),
        side=Side.OURS if sender in around.ours else Side.OTHER,
        created_at=created_at,
        kind=Kind.DIRECT_MESSAGE,
        text=unescaped(event.get("text") or ""),
        mentions=_mentions(event) if group else (),
        permalink=f"https://x.com/messages/{conversation}",
    )


def _conversation(event: Json, sender: str, identity: Identity) -> tuple[str, frozenset[str]]:
    """The id of a conversation, and who is in it, as far as is told: of a group nobody, or more than two."""
    told, members = event.get("dm_conversation_id"), _members(event)
    if told is None and (sender != identity.account or len(members) == _TWO):
        members = members or frozenset((sender, identity.account))
        told = "-".join(sorted(members, key=lambda ident: (len(ident), ident)))
    if not is_id(told):
        raise ValueError("dm_conversation_id names no dialogue")
    return told, members or (frozenset(told.split("-")) if _PAIR.fullmatch(told) else frozenset())


def _members(event: Json) -> frozenset[str]:
    """`participant_ids`, which X itself gives no more."""
    listed = event.get("participant_ids")
    return frozenset(map(checked, listed)) if isinstance(listed, list) else frozenset()


_TWO = 2


def _mentions(event: Json) -> tuple[str, ...]:
    """In a group, whom an answer names: nothing else tells whom it is for."""
    found = (event.get("entities") or event).get("mentions") or ()
    return tuple(dict.fromkeys(optional(each.get("id")) or str(each["username"]).lower() for each in found))
