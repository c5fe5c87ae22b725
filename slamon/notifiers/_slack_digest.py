"""What Slack shows of a digest: one message about many waits. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.notifiers import _slack_buttons as buttons
from slamon.notifiers import _words as words
from slamon.notifiers._slack_parts import ROWS, Block, fields, header, listed, mention, row, section, tame, waking
from slamon.notifiers.text import lines, one_line

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from slamon.notifiers.base import Digest

TOLD = 10
"""Waits told of in the fallback text."""
FACTS = 20
TEXT_ROOM = 3_500
NOTE_ROOM = 1_000
KINDS = {
    "storm": ("🌩️", "Many alerts at once"),
    "catch_up": ("⏮️", "Found late"),
    "opening": ("🌅", "At the opening"),
    "history": ("🗄️", "Waiting since before slamon looked"),
    "blind": ("🙈", "A channel cannot be read"),
    "daily": ("📊", "Yesterday's figures"),
    "quiet": ("🌙", "During quiet hours"),
}
"""The mark of each kind while it is open, and what it is in slamon's own words."""
UNKNOWN = ("📋", "A digest")
DONE = "✅"
FIGURES = ("daily",)
"""Kinds in which nothing is to be done: they have no end."""


def text_of(digest: Digest, zone: ZoneInfo) -> str:
    """Everything in one line."""
    rows = "; ".join(words.in_a_row(alert, zone) for alert in digest.rows[:TOLD])
    told = ", ".join(f"{label}: {value}" for label, value in _facts(digest))
    untold = digest.more + max(len(digest.rows) - TOLD, 0)
    more = f"and {untold} more" if untold else ""
    said = ". ".join(part for part in (_title(digest), told, rows, more, digest.note) if part)
    wake = mention(digest.mention) if digest.open else ""
    return " ".join(part for part in (wake, tame(one_line(said), TEXT_ROOM)) if part)


def line_of(digest: Digest) -> str:
    """What is left when everything else is refused: no name is in it."""
    waits = len(digest.rows) + digest.more
    about = f": {waits} wait{'' if waits == 1 else 's'}" if waits else ""
    return f"{_mark(digest)} {KINDS.get(digest.kind, UNKNOWN)[1]}{about}. See slamon waiting."


def blocks_of(digest: Digest, zone: ZoneInfo) -> list[Block]:
    """The same, to be looked at."""
    rows = [row(words.in_a_row(alert, zone), alert.permalink) for alert in digest.rows[:ROWS]]
    return listed(_head(digest), rows, _foot(digest), len(digest.rows) + digest.more)


def reply_of(digest: Digest) -> list[Block]:
    """What is said aloud in its thread: the figures; the rows stand above."""
    return [*_head(digest), *_foot(digest)]


def _head(digest: Digest) -> list[Block]:
    return [header(_title(digest)), *fields(_facts(digest))]


def _foot(digest: Digest) -> list[Block]:
    said = lines(digest.note)
    note = [section(said, NOTE_ROOM)] if said else []
    return [*note, *(waking(digest.mention) if digest.open else []), *buttons.of_digest(digest)]


def _title(digest: Digest) -> str:
    return f"{_mark(digest)} {one_line(digest.title)}"


def _mark(digest: Digest) -> str:
    if digest.open and digest.acknowledged_by:
        return words.ACKNOWLEDGED
    return KINDS.get(digest.kind, UNKNOWN)[0] if digest.open or digest.kind in FIGURES else DONE


def _facts(digest: Digest) -> list[tuple[str, str]]:
    taken = [("Acknowledged", f"by {words.person(digest.acknowledged_by)}")] if digest.acknowledged_by else []
    return [*((one_line(label), one_line(value)) for label, value in digest.facts[: FACTS - 1]), *taken]
