"""An alert as Slack shows it. Pure.

Strangers' words stand in `plain_text` objects only: those can neither ping, format nor link, and unlike `rich_text`
they may be replaced by any other block in an edit (chat.update: `block_mismatch`). They are escaped all the same.
`mrkdwn` is used for what slamon alone wrote: the mention and the link to an earlier message.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from slamon.notifiers import _words as words
from slamon.notifiers.text import escape, fit, lines, one_line

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from slamon.notifiers.base import Alert

HEADER_ROOM = 150
SECTION_ROOM = 3_000
FIELD_ROOM = 300
CONTEXT_ROOM = 300
URL_ROOM = 3_000
QUOTE_ROOM = 300

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


def render(alert: Alert, zone: ZoneInfo, *, plain: bool = False) -> Rendered:
    """The living message of a wait as it stands at `alert.now`."""
    text = _fallback(alert, zone)
    if plain:
        return Rendered(text)
    facts = [_plain(f"{label}\n{value}", FIELD_ROOM) for label, value in words.facts(alert, zone)]
    blocks = [
        {"type": "header", "text": _plain(f"{_verdict(alert, zone)}: {words.name_of(alert)}", HEADER_ROOM)},
        _section(_introduction(alert)),
        *_quote(alert),
        {"type": "section", "fields": facts},
        *_mention_block(alert),
        *_actions(alert),
        *_previous(alert),
    ]
    return Rendered(text, blocks)


def render_reply(alert: Alert, zone: ZoneInfo, *, plain: bool = False) -> Rendered:
    """A later stage, said in the thread; it may be broadcast, so it stands on its own."""
    text = _fallback(alert, zone)
    if plain:
        return Rendered(text)
    line = f"{_verdict(alert, zone)}: {_who_where(alert)}."
    due = f"Stage {one_line(alert.stage)} of policy {one_line(alert.policy)}, due {_due(alert, zone)}."
    return Rendered(text, [_section(line), _section(due), *_mention_block(alert), *_actions(alert)])


def render_notice(text: str, *, plain: bool = False) -> Rendered:
    """Words that are about no wait, in lines; what files and people are called in it is a stranger's."""
    said = lines(text) or "(nothing)"
    fallback = _tame(said, SECTION_ROOM)
    return Rendered(fallback) if plain else Rendered(fallback, [_section(said)])


def link(url: str) -> str:
    """`url` if it can be shown as a link, else nothing: http(s) only, visible ASCII only, of a length that fits."""
    return url if len(url) <= URL_ROOM and SAFE_URL.fullmatch(url) else ""


def mention(target: str) -> str:
    """The markup that wakes a user group or a person; empty for anything that is not such an id."""
    if GROUP_ID.fullmatch(target):
        return f"<!subteam^{target}>"
    return f"<@{target}>" if USER_ID.fullmatch(target) else ""


def _fallback(alert: Alert, zone: ZoneInfo) -> str:
    """Everything in one line: there is no room for forged lines in it."""
    quote = one_line(words.said(alert))
    head = f"{_verdict(alert, zone)}: {_who_where(alert)}"
    said = f" wrote “{_tame(quote, QUOTE_ROOM)}”." if quote else "."
    tail = f"{words.TARGETS[alert.target].capitalize()} due {_due(alert, zone)}, policy {one_line(alert.policy)}."
    url = link(alert.permalink)
    parts = [_wake(alert), _tame(head, SECTION_ROOM) + said, _tame(tail, FIELD_ROOM), f"<{escape(url)}>" if url else ""]
    return " ".join(part for part in parts if part)


def _tame(text: str, room: int) -> str:
    return fit(EDGE_UNDERSCORE.sub("ˍ", text.translate(HARMLESS)), room)


def _introduction(alert: Alert) -> str:
    more = f", {alert.messages} posts wait for this answer" if alert.messages > 1 else ""
    return f"{_who_where(alert)}, {alert.kind.value.replace('_', ' ')}{more}"


def _quote(alert: Alert) -> list[Block]:
    said = words.said(alert)
    return [_section(f"“{said}”")] if said else []


def _verdict(alert: Alert, zone: ZoneInfo) -> str:
    return f"{words.state_of(alert).value} {words.verdict(alert, zone)}"


def _who_where(alert: Alert) -> str:
    return f"{words.who(alert)} on {one_line(alert.channel)}"


def _due(alert: Alert, zone: ZoneInfo) -> str:
    return dict(words.facts(alert, zone))["Due"]


def _wake(alert: Alert) -> str:
    return mention(alert.mention) if words.state_of(alert).open else ""


def _mention_block(alert: Alert) -> list[Block]:
    wake = _wake(alert)
    return [{"type": "section", "text": {"type": "mrkdwn", "text": wake, "verbatim": True}}] if wake else []


def _actions(alert: Alert) -> list[Block]:
    url = link(alert.permalink)
    if not url:
        return []
    button = {"type": "button", "action_id": "open_post", "text": _plain("Open the post", FIELD_ROOM), "url": url}
    return [{"type": "actions", "elements": [button]}]


def _previous(alert: Alert) -> list[Block]:
    url = link(alert.previous)
    if not url:
        return []
    text = f"<{escape(url)}|The message of this conversation's last wait>"
    return [{"type": "context", "elements": [{"type": "mrkdwn", "text": text, "verbatim": True}]}]


def _section(text: str) -> Block:
    return {"type": "section", "text": _plain(text, SECTION_ROOM)}


def _plain(text: str, room: int) -> Block:
    return {"type": "plain_text", "text": fit(text, room), "emoji": True}
