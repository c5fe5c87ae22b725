"""Whom a post of Mastodon names, and where: in the run of names that it begins with, further on, or not in words."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from slamon.connectors._mastodon import facts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.connectors._html import Plain

TOKENS_CAP = 200
"""Names that are looked at in one post."""
_TOKEN = re.compile(r"(?<![\w@/.])@(\w[\w.-]{0,99})(?:@([\w.-]{1,253}))?")
_BETWEEN = " \t\n\xa0,;:"
"""What may stand between the names of a run."""


@dataclass(frozen=True, slots=True)
class Named:
    """Account ids that a post names, in the order of its text."""

    leading: tuple[str, ...] = ()
    """In the run of names at its beginning: apps put the names of those there to whom a reply goes."""
    later: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    """Addressed, although no word of the text says so: Pleroma and Misskey keep a reply's addressees out of it."""

    @property
    def everyone(self) -> frozenset[str]:
        """All of them."""
        return frozenset((*self.leading, *self.later, *self.unseen))


NOBODY = Named()


def named(plain: Plain, mentions: Any) -> Named:  # noqa: ANN401 - any JSON
    """Find the accounts of `mentions` in the words of a post."""
    book = _Book(mentions)
    if not book.everyone:
        return NOBODY
    leading: list[str] = []
    later: list[str] = []
    run_end = 0  # past the text, once the run is over
    for start, end, who in _found(plain, book):
        if run_end <= start and not plain.text[run_end:start].strip(_BETWEEN):
            leading.append(who)
            run_end = end
        else:
            later.append(who)
            run_end = len(plain.text) + 1
    seen = {*leading, *later}
    unseen = [who for who in book.everyone if who not in seen]
    return Named(_once(leading), _once(later), tuple(unseen))


@dataclass(slots=True)
class _Book:
    """The accounts that a post mentions, by each way in which its text may write them."""

    mentions: Any
    everyone: dict[str, None] = field(default_factory=dict)
    by_address: dict[str, str] = field(default_factory=dict)
    by_name: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for each in facts.listed(self.mentions)[:TOKENS_CAP]:
            if not isinstance(each, dict):
                continue
            try:
                who = facts.checked(each.get("id"))
            except ValueError:
                continue
            self.everyone[who] = None
            self._enter(
                who, facts.text(each.get("acct")), facts.text(each.get("username")), facts.text(each.get("url"))
            )

    def _enter(self, who: str, acct: str, username: str, url: str) -> None:
        name = (username or acct.partition("@")[0]).lower()
        if url:
            self.by_address.setdefault(url, who)
            self.by_name.setdefault(f"{name}@{_host(url)}", who)
        if acct:
            self.by_name.setdefault(acct.lower(), who)
        self.by_name.setdefault(name, who)


def _found(plain: Plain, book: _Book) -> Iterator[tuple[int, int, str]]:
    """Each name in the text that is one of the book: start, end, account id."""
    links = iter(plain.links)
    link = next(links, None)
    for tried, token in enumerate(_TOKEN.finditer(plain.text)):
        if tried >= TOKENS_CAP:
            return
        while link is not None and link.end <= token.start():
            link = next(links, None)
        inside = link is not None and link.start <= token.start()
        who = book.by_address.get(link.href) if link is not None and inside else None
        name, domain = token[1].rstrip(".-").lower(), (token[2] or "").rstrip(".-").lower()
        who = who or book.by_name.get(f"{name}@{domain}" if domain else name)
        if who is not None:
            yield token.start(), token.start() + len(token[0].rstrip(".-")), who


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def _once(ids: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ids))
