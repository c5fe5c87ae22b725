"""What Slack shows of a wait, a notice or a digest. Pure; the pieces, and what is safe in them, are `_slack_parts`."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Protocol

from slamon.notifiers import _slack_buttons as buttons
from slamon.notifiers import _slack_digest as digests
from slamon.notifiers import _words as words
from slamon.notifiers._slack_parts import (
    INTRODUCTION_ROOM,
    NAME_ROOM,
    QUOTE_ROOM,
    ROWS,
    SECTION_ROOM,
    Block,
    Rendered,
    fields,
    header,
    link,
    linked,
    listed,
    mention,
    row,
    section,
    tame,
    waking,
)
from slamon.notifiers.base import Alert, Digest, Notice
from slamon.notifiers.text import TARGETS, escape, lines, one_line
from slamon.sla.handling import SNOOZE_ENDS

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from slamon.notifiers.base import Content

NOTHING = "(nothing)"
PREVIOUS = "The message of this conversation's last wait"
TOLD = 10
"""Waits told of in the fallback text of a message that several share."""
ALSO_ROOM = 1_200


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
    if form is not Form.RICH or isinstance(content, Notice):
        return render(content, zone, form)
    if isinstance(content, Digest):
        return Rendered(digests.text_of(content, zone), digests.reply_of(content))
    blocks = [
        section(f"{words.summary(content, zone)}: {_who_where(content)}.", INTRODUCTION_ROOM),
        *_quote(words.cut(content)),
        section(_why_now(content, zone), INTRODUCTION_ROOM),
        *_waking(content),
        *buttons.of_alert(content, zone),
    ]
    return Rendered(_fallback(content, zone), blocks)


def _living(alert: Alert, zone: ZoneInfo) -> list[Block]:
    head = [
        header(f"{words.summary(alert, zone)}: {words.name_of(alert)}{_company(alert)}"),
        section(_introduction(alert), INTRODUCTION_ROOM),
        *_quote(words.said(alert)),
        *fields(words.facts(alert, zone)),
    ]
    rows = [row(words.in_a_row(other, zone), other.permalink) for other in alert.others[:ROWS]]
    foot = [*_waking(alert), *buttons.of_alert(alert, zone), *linked(alert.previous, PREVIOUS)]
    return listed(head, rows, foot, len(alert.others))


def _plainly(content: Content, zone: ZoneInfo, form: Form) -> str:
    if form is Form.LINE:
        return _line(content, zone)
    if isinstance(content, Notice):
        return notice_text(content.text)
    return digests.text_of(content, zone) if isinstance(content, Digest) else _fallback(content, zone)


def _line(content: Content, zone: ZoneInfo) -> str:
    """What is left when everything else is refused: no word of it is a stranger's."""
    if isinstance(content, Notice):
        return "slamon has a notice that Slack does not take. Its log says it."
    if isinstance(content, Digest):
        return digests.line_of(content)
    url = link(content.permalink)
    verdict = f"{words.mark_of(content)} {words.verdict(content, zone)}"
    where = f"{verdict}: somebody on {tame(one_line(content.channel), NAME_ROOM)}, wait {content.wait}."
    return where + (f" <{escape(url)}>" if url else "")


def notice_text(text: str) -> str:
    """Words that are about no wait, in lines; what files and people are called in them is a stranger's."""
    return tame(lines(text) or NOTHING, SECTION_ROOM)


def _fallback(alert: Alert, zone: ZoneInfo) -> str:
    """Everything in one line: there is no room for forged lines in it."""
    quote = one_line(words.said(alert))
    head = tame(f"{words.summary(alert, zone)}: {_who_where(alert)}", INTRODUCTION_ROOM)
    said = f" wrote “{tame(quote, QUOTE_ROOM)}”." if quote else "."
    url = link(alert.permalink)
    parts = [
        _wake(alert),
        head + said,
        tame(_since(alert, zone), INTRODUCTION_ROOM),
        f"<{escape(url)}>" if url else "",
        tame(_also(alert, zone), ALSO_ROOM),
    ]
    return " ".join(part for part in parts if part)


def _since(alert: Alert, zone: ZoneInfo) -> str:
    facts = dict(words.facts(alert, zone))
    said = [
        f"Waiting since {facts['Waiting since']}",
        f"{TARGETS[alert.target]} due {facts['Due']}",
        f"policy {one_line(alert.policy)}",
        *(f"{label.lower()} {facts[label]}" for label in ("Acknowledged", "Snoozed", "Answered") if label in facts),
        *([f"reason “{facts['Reason']}”"] if "Reason" in facts else []),
    ]
    return f"{', '.join(said)}."


def _also(alert: Alert, zone: ZoneInfo) -> str:
    """The other waits that share the message."""
    if not alert.others:
        return ""
    more = len(alert.others) - TOLD
    told = [words.in_a_row(other, zone) for other in alert.others[:TOLD]] + ([f"and {more} more"] if more > 0 else [])
    return f"Also here: {'; '.join(told)}."


def _company(alert: Alert) -> str:
    waiting = sum(words.state_of(other).open for other in alert.others)
    return f", and {waiting} more" if waiting else ""


def _why_now(alert: Alert, zone: ZoneInfo) -> str:
    stage = "The snooze has ended" if alert.stage == SNOOZE_ENDS else f"Stage {one_line(alert.stage)}"
    since = f"waiting since {words.moment(alert, alert.started_at, zone)}, due {words.due(alert, zone)}"
    return f"{stage}: policy {one_line(alert.policy)}, limit {words.limit_of(alert)}, {since}."


def _introduction(alert: Alert) -> str:
    more = f", {alert.messages} posts wait for this answer" if alert.messages > 1 else ""
    return f"{_who_where(alert)}, {alert.kind.value.replace('_', ' ')}{more}"


def _quote(said: str) -> list[Block]:
    return [section(f"“{said}”")] if said else []


def _who_where(alert: Alert) -> str:
    return f"{words.who(alert)} on {one_line(alert.channel)}"


def _wake(alert: Alert) -> str:
    return mention(alert.mention) if words.state_of(alert).open else ""


def _waking(alert: Alert) -> list[Block]:
    return waking(alert.mention) if words.state_of(alert).open else []
