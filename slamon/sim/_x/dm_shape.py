"""The pretend X's JSON of direct messages, in its older and its newer spelling."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

from slamon.sim._x import shape
from slamon.sim._x.dms import MESSAGE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from slamon.sim._x.dms import Dialogues, Event

EVENT_FIELDS = {
    "attachments", "created_at", "dm_conversation_id", "entities", "event_type", "id", "participant_ids",
    "referenced_tweets", "sender_id", "text",
}  # fmt: skip
EVENT_EXPANSIONS = {"attachments.media_keys", "participant_ids", "referenced_tweets.id", "sender_id"}
EVENT_KINDS = ("MessageCreate", "ParticipantsJoin", "ParticipantsLeave")


def document(network: Dialogues, wanted: shape.Wanted, events: Sequence[Event]) -> shape.Json:
    """`data` of `events`, with the `includes` that the wanted expansions bring; absent where empty."""
    users = {user: network.users[user] for event in events for user in _users(wanted, event)}
    shared = dict.fromkeys(event.shares for event in events if event.shares)
    visible = [network.posts[post] for post in shared if shape.why_hidden(network, post, "id") is None]
    posts = visible if "referenced_tweets.id" in wanted.expansions else []
    includes = {
        "users": [shape.user_json(wanted, user) for user in users.values()],
        "tweets": [shape.post_json(network, wanted, post) for post in posts],
    }
    whole: shape.Json = {
        "data": [_event_json(network, wanted, event) for event in events],
        "includes": {name: items for name, items in includes.items() if items},
    }
    shown: shape.Json = shape.spelled({name: part for name, part in whole.items() if part}, newer=wanted.newer)
    return shown


def _event_json(network: Dialogues, wanted: shape.Wanted, event: Event) -> shape.Json:
    full: dict[str, Any] = {
        "id": event.id,
        "event_type": event.kind,
        "text": html.escape(event.text, quote=False) if event.kind == MESSAGE else None,
        "participant_ids": list(event.about),
        "sender_id": event.sender,
        "dm_conversation_id": event.conversation,
        "created_at": shape.iso(event.created_at),
        "referenced_tweets": [{"id": event.shares}] if event.shares else None,
    }
    shown = {"id", "event_type", "text", "participant_ids"} | wanted.fields
    shown |= {name.partition(".")[0] for name in wanted.expansions}
    found = {name: value for name, value in full.items() if name in shown and value not in (None, [])}
    entities = shape.entities(network, event.text) if "entities" in wanted.fields else {}
    # The older description knows the parts of `entities` in events, and not the whole.
    return found | ({"entities": entities} if wanted.newer and entities else entities)


def _users(wanted: shape.Wanted, event: Event) -> Iterator[str]:
    if "sender_id" in wanted.expansions and event.sender:
        yield event.sender
    if "participant_ids" in wanted.expansions:
        yield from event.about
