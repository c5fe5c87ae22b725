"""Who speaks on LinkedIn, and posts as messages: those of the page, and those that mention it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from slamon.connectors._linkedin.text import plain
from slamon.connectors._linkedin.urns import number, post_link, post_urn
from slamon.connectors._linkedin.values import edited, instant, urn, written
from slamon.model import Author, Kind, Message, Side

if TYPE_CHECKING:
    from slamon.connectors._linkedin.values import Json
    from slamon.model import Instant

MEMBER, PAGE = "LinkedIn member", "LinkedIn page"


@dataclass(frozen=True, slots=True)
class Voices:
    """Whose words are whose, and which of them may be kept."""

    account: str
    handle: str
    ours: frozenset[str]
    keep_text: bool

    def author(self, who: str) -> Author:
        """Somebody by URN; empty for an author whom LinkedIn does not tell."""
        if who == self.account:
            return Author(who, self.handle, self.handle)
        return Author(who, name=PAGE if ":organization" in who else MEMBER if who else "")

    def side(self, who: str) -> Side:
        """Whether that author answers for the brand."""
        return Side.OURS if who in self.ours else Side.OTHER

    def text(self, who: str, text: Any) -> str:  # noqa: ANN401 - any JSON
        """What that author wrote, as far as it may be kept: the page's own words always."""
        return text if isinstance(text, str) and (self.keep_text or who == self.account) else ""


def own_post(element: Any, thread: str, voices: Voices) -> Message:  # noqa: ANN401 - any JSON
    """A post of the page, at the root of `thread`.

    :raises ValueError: (or another of `ODD`) it cannot be read.
    """
    return _post(element, thread, Kind.POST, (), voices)


def mention(element: Any, thread: str, others: tuple[str, ...], voices: Voices) -> Message:  # noqa: ANN401 - any JSON
    """Somebody's post that mentions the page, at the root of `thread`; `others` are further ids of it.

    :raises ValueError: (or another of `ODD`) it cannot be read.
    """
    return _post(element, thread, Kind.MENTION, others, voices)


def _post(element: Json, thread: str, kind: Kind, others: tuple[str, ...], voices: Voices) -> Message:
    author = urn(element.get("author"))
    little = element.get("commentary")
    text, named = plain(little) if isinstance(little, str) else (element.get("text"), ())
    if kind is Kind.MENTION:
        named = tuple(dict.fromkeys((*named, voices.account)))
    own, at = number(thread), _published(element, thread)
    names = dict.fromkeys((*others, number(post_urn(element.get("id")) or own)))
    return Message(
        id=own,
        thread=thread,
        author=voices.author(author),
        side=voices.side(author),
        created_at=at,
        kind=kind,
        text=voices.text(author, text),
        mentions=named if kind is Kind.MENTION else (),
        aliases=tuple(name for name in names if name != own),
        permalink=post_link(thread),
        edited_at=edited(at, element.get("lastModifiedAt")),
    )


def _published(element: Json, thread: str) -> Instant:
    told = instant(element.get("publishedAt")) or instant(element.get("createdAt"))
    return written(told, number(thread))
