"""Statuses as messages: whose they are, of which kind, and whom their author's own words name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.connectors._mastodon.status import answers_to
from slamon.model import Kind, Message, Side

if TYPE_CHECKING:
    from slamon.connectors._mastodon.status import Status
    from slamon.model import Instant


def message(status: Status, thread: str, ours: frozenset[str], *, prefix: frozenset[str], seen_at: Instant) -> Message:
    """The message of `status`. `prefix`: whom an app names first in such a reply; `seen_at`: when it arrived here.

    A time later than its arrival is one that another server made up.
    """
    side = Side.OURS if status.author.id in ours else Side.OTHER
    mentions, carried, opens_with = _split(status, prefix)
    return Message(
        id=status.id,
        thread=thread,
        author=status.author,
        side=side,
        created_at=min(status.created_at, seen_at),
        kind=_kind(status, side, ours),
        text=status.text,
        in_reply_to=answers_to(status, ours),
        in_reply_to_author=status.reply_to_author,
        quotes_author=status.quotes_author,
        mentions=mentions,
        carried=carried,
        opens_with=opens_with,
        language=status.language,
        reach=status.reach,
        app=status.app,
        permalink=status.permalink,
        automated=status.automated,
        edited_at=status.edited_at,
    )


def _split(status: Status, prefix: frozenset[str]) -> tuple[tuple[str, ...], tuple[str, ...], str | None]:
    """Whom the own words name, whom the reply's prefix merely carries on, and whom the own words begin with.

    Apps begin a reply with the names of its parent's author and of all whom the parent names. A name in that run that
    the parent does not explain was typed.
    """
    named = status.named
    if not status.reply_to:
        return _once(*named.leading, *named.later, *named.unseen), (), next(iter(named.leading), None)
    own = [who for who in named.leading if who not in prefix]
    carried = [who for who in (*named.leading, *named.unseen) if who in prefix]
    typed = [who for who in named.unseen if who not in prefix]
    return _once(*own, *named.later, *typed), _once(*carried), next(iter(own), None)


def _kind(status: Status, side: Side, ours: frozenset[str]) -> Kind:
    if status.direct:
        return Kind.DIRECT_MESSAGE
    quotes_us = side is Side.OTHER and not status.reply_to and status.quotes_author in ours
    return Kind.QUOTE if quotes_us else Kind.MENTION


def _once(*ids: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ids))
