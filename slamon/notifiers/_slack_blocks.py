"""What Slack shows of a wait, a notice or a digest. Pure; the pieces, and what is safe in them, are `_slack_parts`."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Protocol

from slamon.notifiers import _slack_digest as digests
from slamon.notifiers import _words as words
from slamon.notifiers._slack_parts import (
    FIELD_ROOM,
    QUOTE_ROOM,
    SECTION_ROOM,
    Block,
    Rendered,
    fields,
    header,
    link,
    linked,
    mention,
    plain,
    section,
    tame,
    waking,
)
from slamon.notifiers.base import Alert, Digest, Notice
from slamon.notifiers.text import escape, lines, one_line

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from slamon.notifiers.base import Content

NOTHING = "(nothing)"
PREVIOUS = "The message of this conversation's last wait"


class Form(Enum):
    """How richly a message is said; each later one is for where Slack refuses the one before."""

    RICH = "rich"
    PLAIN = "plain"
    """The fallback text alone, without blocks."""
    LINE = "line"
    """One line of slamon's own words and a link: nothing in it is a stranger's."""


class Render(Protocol):
    """Makes a message of what is to be said."""

    def __call__(self, content: Content, zone: ZoneInfo, form: Form = Form.RICH) -> Rendered:
        """In that form."""
        ...


def render(content: Content, zone: ZoneInfo, form: Form = Form.RICH) -> Rendered:
    """A message that opens or is edited: how its subject stands now."""
    if form is not Form.RICH:
        return Rendered(_plainly(content, zone, form))
    if isinstance(content, Notice):
        return Rendered(notice_text(content.text), [section(lines(content.text) or NOTHING)])
    if isinstance(content, Digest):
        return Rendered(digests.text_of(content, zone), digests.blocks_of(content, zone))
    return Rendered(_fallback(content, zone), _living(content, zone))


def render_reply(content: Content, zone: ZoneInfo, form: Form = Form.RICH) -> Rendered:
    """What is said in a thread; it may be broadcast, so it stands on its own."""
    if form is not Form.RICH or not isinstance(content, Alert):
        return render(content, zone, form)
    line = f"{_verdict(content, zone)}: {_who_where(content)}."
    due = f"Stage {one_line(content.stage)} of policy {one_line(content.policy)}, due {_due(content, zone)}."
    blocks = [section(line), section(due), *_waking(content), *_actions(content)]
    return Rendered(_fallback(content, zone), blocks)


def _living(alert: Alert, zone: ZoneInfo) -> list[Block]:
    return [
        header(f"{_verdict(alert, zone)}: {words.name_of(alert)}"),
        section(_introduction(alert)),
        *_quote(alert),
        *fields(words.facts(alert, zone)),
        *_waking(alert),
        *_actions(alert),
        *linked(alert.previous, PREVIOUS),
    ]


def _plainly(content: Content, zone: ZoneInfo, form: Form) -> str:
    if isinstance(content, Notice):
        return notice_text(content.text)
    if isinstance(content, Digest):
        return digests.text_of(content, zone)
    return _fallback(content, zone) if form is Form.PLAIN else _line(content, zone)


def _line(alert: Alert, zone: ZoneInfo) -> str:
    """What is left when everything else is refused: no word of it is a stranger's."""
    url = link(alert.permalink)
    where = f"{words.state_of(alert).value} {words.verdict(alert, zone)}: somebody on {one_line(alert.channel)}"
    return f"{where}, wait {alert.wait}." + (f" <{escape(url)}>" if url else "")


def notice_text(text: str) -> str:
    """Words that are about no wait, in lines; what files and people are called in them is a stranger's."""
    return tame(lines(text) or NOTHING, SECTION_ROOM)


def _fallback(alert: Alert, zone: ZoneInfo) -> str:
    """Everything in one line: there is no room for forged lines in it."""
    quote = one_line(words.said(alert))
    head = f"{_verdict(alert, zone)}: {_who_where(alert)}"
    said = f" wrote “{tame(quote, QUOTE_ROOM)}”." if quote else "."
    tail = f"{words.TARGETS[alert.target].capitalize()} due {_due(alert, zone)}, policy {one_line(alert.policy)}."
    url = link(alert.permalink)
    parts = [_wake(alert), tame(head, SECTION_ROOM) + said, tame(tail, FIELD_ROOM), f"<{escape(url)}>" if url else ""]
    return " ".join(part for part in parts if part)


def _introduction(alert: Alert) -> str:
    more = f", {alert.messages} posts wait for this answer" if alert.messages > 1 else ""
    return f"{_who_where(alert)}, {alert.kind.value.replace('_', ' ')}{more}"


def _quote(alert: Alert) -> list[Block]:
    said = words.said(alert)
    return [section(f"“{said}”")] if said else []


def _verdict(alert: Alert, zone: ZoneInfo) -> str:
    return f"{words.state_of(alert).value} {words.verdict(alert, zone)}"


def _who_where(alert: Alert) -> str:
    return f"{words.who(alert)} on {one_line(alert.channel)}"


def _due(alert: Alert, zone: ZoneInfo) -> str:
    return dict(words.facts(alert, zone))["Due"]


def _wake(alert: Alert) -> str:
    return mention(alert.mention) if words.state_of(alert).open else ""


def _waking(alert: Alert) -> list[Block]:
    return waking(alert.mention) if words.state_of(alert).open else []


def _actions(alert: Alert) -> list[Block]:
    url = link(alert.permalink)
    if not url:
        return []
    button = {"type": "button", "action_id": "open_post", "text": plain("Open the post", FIELD_ROOM), "url": url}
    return [{"type": "actions", "elements": [button]}]
