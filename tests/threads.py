"""Random threads: a few people, a few minutes, replies to anything, also to what nobody ever read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from said import DAY_LONG, ask, at, reply
from slamon.model import Kind

if TYPE_CHECKING:
    from slamon.model import Message

PEOPLE = ("anna", "ben", "carl", "")
MOST = 9


@st.composite
def threads(draw: st.DrawFn) -> list[Message]:
    """One thread as it stands at some time, in no particular order."""
    kind = draw(st.sampled_from([Kind.MENTION, Kind.COMMENT, Kind.DIRECT_MESSAGE]))
    ids = [str(n) for n in range(1, draw(st.integers(1, MOST)) + 1)]
    return [replace(draw(_message(id_, ids)), kind=kind) for id_ in ids]


@st.composite
def _message(draw: st.DrawFn, id_: str, ids: list[str]) -> Message:
    minute = draw(st.one_of(st.integers(0, 40), st.integers(0, 3 * DAY_LONG)))
    others = st.sampled_from([*ids, "never read"])
    said = reply(id_, minute, failed=draw(st.booleans()))
    if draw(st.booleans()):
        said = ask(id_, minute, by=draw(st.sampled_from(PEOPLE)), opens_with=draw(st.none() | _name()))
    return replace(
        said,
        mentions=draw(_names()),
        in_reply_to=draw(st.none() | others),
        gone_at=draw(st.none() | st.integers(minute, minute + 2 * DAY_LONG).map(at)),
        aliases=draw(st.sampled_from([(), (f"{id_}b",), ("x",)])),
    )


def _name() -> st.SearchStrategy[str]:
    return st.sampled_from(["acme", *PEOPLE[:-1]])


def _names() -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(_name(), max_size=2).map(tuple)
