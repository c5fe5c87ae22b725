"""What Slack shows of a digest: one message about many waits. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.notifiers import _words as words
from slamon.notifiers._slack_parts import SECTION_ROOM, Block, fields, header, mention, section, tame, waking
from slamon.notifiers.text import one_line

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from slamon.notifiers.base import Alert, Digest

TOLD = 10
"""Waits told of in the fallback text."""


def text_of(digest: Digest, zone: ZoneInfo) -> str:
    """Everything in one line."""
    rows = "; ".join(_row(alert, zone) for alert in digest.rows[:TOLD])
    facts = ", ".join(f"{label}: {value}" for label, value in digest.facts)
    said = ". ".join(part for part in (digest.title, facts, rows, _more(digest), digest.note) if part)
    wake = mention(digest.mention) if digest.open else ""
    return " ".join(part for part in (wake, tame(one_line(said), SECTION_ROOM)) if part)


def blocks_of(digest: Digest, zone: ZoneInfo) -> list[Block]:
    """The same, to be looked at."""
    rows = [section("\n".join(_row(alert, zone) for alert in digest.rows))] if digest.rows else []
    rest = [section(said) for said in (_more(digest), digest.note) if said]
    wake = waking(digest.mention) if digest.open else []
    return [header(digest.title), *fields(digest.facts), *rows, *rest, *wake]


def _row(alert: Alert, zone: ZoneInfo) -> str:
    verdict = f"{words.state_of(alert).value} {words.verdict(alert, zone)}"
    return f"{verdict}: {words.name_of(alert)} on {one_line(alert.channel)}"


def _more(digest: Digest) -> str:
    return f"and {digest.more} more" if digest.more else ""
