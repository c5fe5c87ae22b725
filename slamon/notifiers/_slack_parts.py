"""The pieces that every message in Slack is made of. Pure.

Strangers' words stand in `plain_text` objects only: those can neither ping, format nor link, and unlike `rich_text`
they may be replaced by any other block in an edit (chat.update: `block_mismatch`). They are escaped all the same.
`mrkdwn` is used for what slamon alone wrote: the mention and the link to an earlier message.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from slamon.notifiers.text import escape, fit, width

HEADER_ROOM = 150
SECTION_ROOM = 3_000
INTRODUCTION_ROOM = 600
FIELD_ROOM = 300
ROW_ROOM = 400
BUTTON_ROOM = 75
URL_ROOM = 1_000
QUOTE_ROOM = 300
NAME_ROOM = 80
BLOCKS_ROOM = 11_500
"""Over all blocks of a message; Slack refuses one somewhere above 13,200, which its reference does not say."""
ROWS = 20
"""At most so many waits are listed in one message, the rest is counted."""

GROUP_ID = re.compile(r"S[A-Z0-9]{2,30}")
USER_ID = re.compile(r"[UW][A-Z0-9]{2,30}")
SAFE_URL = re.compile(r"https?://[A-Za-z0-9\[][!#-;=?-{}~]*")

# Look-alikes for what formats in mrkdwn: a stranger's `*` in the fallback text shall be seen, not obeyed.
HARMLESS = str.maketrans({"*": "∗", "~": "∼", "`": "ˋ"})  # noqa: RUF001 - the look-alikes are the point
EDGE_UNDERSCORE = re.compile(r"(?<!\w)_|_(?!\w)|(?<=_)_|_(?=_)")

Block: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rendered:
    """What is sent: `text` alone says everything (phones, screen readers); `blocks` is empty for a plain message."""

    text: str
    blocks: list[Block] = field(default_factory=list)


def link(url: str) -> str:
    """`url` if it can be shown as a link, else nothing: http(s) only, visible ASCII only, of a length that fits."""
    return url if len(escape(url)) <= URL_ROOM and SAFE_URL.fullmatch(url) else ""


def mention(target: str) -> str:
    """The markup that wakes a user group or a person; empty for anything that is not such an id."""
    if GROUP_ID.fullmatch(target):
        return f"<!subteam^{target}>"
    return f"<@{target}>" if USER_ID.fullmatch(target) else ""


def tame(text: str, room: int) -> str:
    """A stranger's words for the fallback text: seen as they are, obeyed nowhere."""
    return fit(EDGE_UNDERSCORE.sub("ˍ", text.translate(HARMLESS)), room)


def plain(text: str, room: int) -> Block:
    """A text object in which nothing is obeyed."""
    return {"type": "plain_text", "text": fit(text, room), "emoji": True}


def section(text: str, room: int = SECTION_ROOM) -> Block:
    """A paragraph."""
    return {"type": "section", "text": plain(text, room)}


def row(text: str, url: str) -> Block:
    """A line of a list, with a button that leads to what it is about, where that has a safe address."""
    said = section(text, ROW_ROOM)
    return {**said, "accessory": opening(url, "Open")} if link(url) else said


def opening(url: str, words: str) -> Block:
    """A button that leads to an address."""
    return {"type": "button", "action_id": "open_post", "text": plain(words, BUTTON_ROOM), "url": link(url)}


def listed(head: list[Block], rows: list[Block], foot: list[Block], total: int) -> list[Block]:
    """`rows` between head and foot, as many as a message has room for; the rest of `total` is counted."""
    room = BLOCKS_ROOM - weight([*head, *foot])
    kept = 0
    while kept < len(rows) and (room := room - weight(rows[kept])) >= 0:
        kept += 1
    more = [section(f"and {total - kept} more")] if total > kept else []
    return [*head, *rows[:kept], *more, *foot]


def weight(node: Any) -> int:  # noqa: ANN401 - any piece of the JSON
    """Characters in it, as many as Slack may count: all that is said, and addresses and values too."""
    if isinstance(node, dict):
        return sum(weight(value) for key, value in node.items() if key != "type")
    if isinstance(node, list):
        return sum(map(weight, node))
    return width(node) if isinstance(node, str) else 0


def header(text: str) -> Block:
    """The first line."""
    return {"type": "header", "text": plain(text, HEADER_ROOM)}


def fields(facts: tuple[tuple[str, str], ...] | list[tuple[str, str]]) -> list[Block]:
    """Labels and values in two columns; Slack takes ten a section."""
    told = [plain(f"{label}\n{value}", FIELD_ROOM) for label, value in facts]
    return [{"type": "section", "fields": told[at : at + 10]} for at in range(0, len(told), 10)]


def waking(target: str) -> list[Block]:
    """The paragraph that wakes somebody; none where nobody is named."""
    wake = mention(target)
    return [{"type": "section", "text": {"type": "mrkdwn", "text": wake, "verbatim": True}}] if wake else []


def hint(words: str) -> Block:
    """A small line of slamon's own words, in Slack's markup."""
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": words, "verbatim": True}]}


def linked(url: str, words: str) -> list[Block]:
    """A small line with slamon's own words that leads somewhere; none where the address is not safe."""
    safe = link(url)
    if not safe:
        return []
    return [hint(f"<{escape(safe)}|{words}>")]
