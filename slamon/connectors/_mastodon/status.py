"""A status of the Mastodon API as facts, before its thread is known; each is read, or rejected with its reason.

Facts from Mastodon's documentation of API 4.7 and from other servers' answers: everything but the id, the author and
the time may be missing. `content` is HTML, `spoiler_text` is not; a boost is a status with another one in `reblog`; a
quote stands under `quote`, whole or by its id (4.5), at Akkoma as a status itself.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from slamon.connectors._html import read_html
from slamon.connectors._mastodon import facts
from slamon.connectors._mastodon.words import NOBODY, Named, named
from slamon.model import ID_CAP, NAME_CAP, TEXT_CAP, Author, Reject, clean

if TYPE_CHECKING:
    from slamon.model import Instant

Json: TypeAlias = dict[str, Any]

DIRECT = "direct"
NOT_SHOWN = frozenset({"quote-inline", "reference-link-inline"})
"""Classes of elements that only stand in for a quote where quotes are unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What is known of one status by itself."""

    id: str
    author: Author
    created_at: Instant
    direct: bool = False
    text: str = ""
    named: Named = NOBODY
    reply_to: str | None = None
    reply_to_author: str | None = None
    quotes: str | None = None
    quotes_author: str | None = None
    quoted: Status | None = None
    """The quoted status, where it came along."""
    language: str = ""
    reach: int | None = None
    app: str = ""
    permalink: str = ""
    automated: bool = False
    edited_at: Instant | None = None

    @property
    def people(self) -> frozenset[str]:
        """Its author and everyone it names: whom an app names first in a reply to it."""
        return self.named.everyone | {self.author.id}


def read(document: Any, *, nested: bool = False) -> Status | None:  # noqa: ANN401 - any JSON
    """The facts of a status; `None` for a boost.

    :raises ValueError: no status, or one without id, author or time.
    """
    if not isinstance(document, dict):
        raise ValueError("a status is no object")  # noqa: TRY004 - for the caller it is one more odd value
    ident = facts.checked(document.get("id"))
    if document.get("reblog") is not None:
        return None
    plain = read_html(facts.text(document.get("content")), leave_out=NOT_SHOWN)
    quotes, quotes_author, quoted = (None, None, None) if nested else _quote(document)
    account = document.get("account")
    return Status(
        id=ident,
        author=author(account),
        created_at=facts.instant(document.get("created_at")),
        direct=document.get("visibility") == DIRECT,
        text=_text(facts.text(document.get("spoiler_text")), plain.text),
        named=named(plain, document.get("mentions")),
        reply_to=facts.optional(document.get("in_reply_to_id")),
        reply_to_author=facts.optional(document.get("in_reply_to_account_id")),
        quotes=quotes,
        quotes_author=quotes_author,
        quoted=quoted,
        language=facts.language(document.get("language")),
        reach=_reach(document),
        app=_app(document.get("application")),
        permalink=facts.address(document.get("url"), document.get("uri")),
        automated=isinstance(account, dict) and account.get("bot") is True,
        edited_at=facts.optional_instant(document.get("edited_at")),
    )


def author(account: Any) -> Author:  # noqa: ANN401 - any JSON
    """Who wrote it. `acct` is `ana` on the same server and `ana@other.example` from another.

    :raises ValueError: no account, or one without an id.
    """
    if not isinstance(account, dict):
        raise ValueError("an account is no object")  # noqa: TRY004 - for the caller it is one more odd value
    return Author(
        facts.checked(account.get("id")),
        clean(facts.text(account.get("acct")) or facts.text(account.get("username")), NAME_CAP),
        clean(facts.text(account.get("display_name")), NAME_CAP),
        facts.count(account.get("followers_count")),
    )


def answers_to(status: Status, ours: frozenset[str]) -> str | None:
    """What a status answers: what it replies to; and what we quote of somebody else's."""
    quotes_another = status.author.id in ours and status.quotes_author not in ours
    return status.reply_to or (status.quotes if quotes_another else None)


def reject(document: Any, error: Exception) -> Reject:  # noqa: ANN401 - any JSON
    """A status that could not be read, with its reason."""
    known = document.get("id") if isinstance(document, dict) else None
    raw = json.dumps(document, ensure_ascii=False)
    return Reject(
        clean(known, ID_CAP) if isinstance(known, str) and known else "?",
        clean(str(error), NAME_CAP),
        clean(raw, TEXT_CAP),
    )


ODD = (LookupError, TypeError, ValueError, AttributeError, OverflowError, OSError, RecursionError)
"""What reading an odd document may raise."""


def _text(spoiler: str, content: str) -> str:
    """What the author shows before the fold belongs to the words."""
    return f"{spoiler}\n\n{content}".strip() if spoiler.strip() else content


def _quote(document: Json) -> tuple[str | None, str | None, Status | None]:
    quote = document.get("quote")
    if not isinstance(quote, dict):
        return facts.optional(document.get("quote_id")), None, None
    shown = quote.get("quoted_status", quote if "account" in quote else None)
    if not isinstance(shown, dict):
        return facts.optional(quote.get("quoted_status_id")), None, None
    try:
        quoted = read(shown, nested=True)
    except ODD:
        return None, None, None
    return (quoted.id, quoted.author.id, quoted) if quoted else (None, None, None)


def _reach(document: Json) -> int | None:
    names = ("favourites_count", "reblogs_count", "replies_count")
    counted = [found for name in names if (found := facts.count(document.get(name))) is not None]
    return sum(counted) if counted else None


def _app(application: Any) -> str:  # noqa: ANN401 - any JSON
    return clean(facts.text(application.get("name")), NAME_CAP) if isinstance(application, dict) else ""
