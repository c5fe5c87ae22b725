"""X's posts as messages, in both of its spellings (tweet, post): each is read, or rejected with its reason.

Facts from X's data dictionary, API 2.159 and 2.167: fields without a value are left out; texts are HTML-escaped; a
reply carries the names of those it goes to before its own words, which begin at `display_text_range[0]`; an edit has
a new id, and `edit_history_tweet_ids` lists all, oldest first.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from slamon.connectors._x.ids import checked, optional, times
from slamon.model import ID_CAP, NAME_CAP, TEXT_CAP, Author, Kind, Message, Reject, Side, clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from slamon.connectors.base import Identity

Json: TypeAlias = dict[str, Any]

_HANDLE = re.compile(r"[A-Za-z0-9_]{1,50}")
_NAME = re.compile(r"(?<![A-Za-z0-9_@/.])@([A-Za-z0-9_]{1,50})(?![A-Za-z0-9_])")
_LANGUAGE = re.compile(r"[A-Za-z0-9-]{1,35}")
_NO_LANGUAGE = frozenset({"und", "zxx", "art", "qam", "qct", "qht", "qme", "qst"})
_ESCAPES = (("&lt;", "<"), ("&gt;", ">"), ("&#34;", '"'), ("&quot;", '"'), ("&#39;", "'"), ("&amp;", "&"))
"""In this order: once undone, nothing is undone again."""
_BADGES = frozenset({"blue", "business", "government"})
_NOTHING: Json = {}
_CHAIN = 50
"""Replies that are gone up, where no post says which conversation it is part of."""


@dataclass(frozen=True, slots=True)
class Around:
    """What an answer adds to its posts: their authors, and the posts that they refer to."""

    authors: Mapping[str, Author]
    posts: Mapping[str, Json]
    ours: frozenset[str]
    """Author ids that answer for the brand."""
    searched: bool = False
    """They may have been found by a search: what has to do with us is a mention all the same."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Ids by handle in lower case, for mentions that come without an id: X gives one, simpler servers do not."""


def handles(identity: Identity, team: Sequence[str]) -> dict[str, str]:
    """The ids behind the account's handle and those of its team, in lower case."""
    members = tuple(dict.fromkeys(handle.lower() for handle in team))
    pairs = zip(members, identity.team, strict=True) if len(members) == len(identity.team) else ()
    return {**dict(pairs), identity.handle.lower(): identity.account}


def around(
    document: Json, ours: frozenset[str], names: Mapping[str, str] | None = None, *, searched: bool = False
) -> Around:
    """What stands under `includes`; what cannot be read there is left out. `names` are the handles of ours."""
    found = document.get("includes")
    parts = found if isinstance(found, dict) else _NOTHING
    users = {key: author(key, user) for key, user in by_id(parts.get("users"))}
    posts = dict([*by_id(parts.get("tweets")), *by_id(parts.get("posts"))])
    known = {user.handle.lower(): key for key, user in users.items()} | dict(names or {})
    return Around(users, posts, ours, searched, known)


def messages(posts: Sequence[Any], extra: Around) -> tuple[list[Message], list[Reject]]:
    """Each of `posts` as a message, or as a reject; retweets as neither."""
    good: list[Message] = []
    bad: list[Reject] = []
    for post in posts:
        try:
            message = _message(post, extra)
        except (LookupError, TypeError, ValueError, AttributeError, OverflowError, OSError) as error:
            bad.append(reject(post, error))
        else:
            if message is not None:
                good.append(message)
    return good, bad


def is_newest_version(post: Any) -> bool:  # noqa: ANN401 - any JSON
    """Whether `post` knows of no later edit: a look-up by id shows the version of that id, however old."""
    try:
        return bool(_history(post)[-1] == post["id"])
    except (LookupError, TypeError, ValueError, AttributeError):
        return True


def _message(post: Json, extra: Around) -> Message | None:
    replied, quoted, passed_on = _references(post)
    note = post.get("note_tweet") or post.get("note_post") or _NOTHING
    text: str = note.get("text") or post["text"]
    if passed_on or text.startswith("RT @"):
        return None
    history = _history(post)
    author_id = checked(post["author_id"])
    who = extra.authors.get(author_id) or Author(author_id)
    side = Side.OURS if author_id in extra.ours else Side.OTHER
    thread = optional(post.get("conversation_id")) or (_root(replied, extra) if replied else history[0])
    kind, quotes_author = Kind.MENTION, None
    if quoted:
        original = extra.posts.get(quoted, _NOTHING)
        quotes_author = optional(original.get("author_id"))
        if not replied and (side is Side.OURS) != (quotes_author in extra.ours):
            if side is Side.OTHER:
                kind = Kind.QUOTE
            else:  # an answer, so it belongs where the customer wrote
                replied, thread = quoted, optional(original.get("conversation_id")) or thread
    mentions, carried, opens_with = _mentions(post, note, text, extra.names)
    replied_to = optional(post.get("in_reply_to_user_id"))
    if replied and replied_to is None:
        replied_to = optional(extra.posts.get(replied, _NOTHING).get("author_id"))
    listening = (
        extra.searched
        and side is Side.OTHER
        and extra.ours.isdisjoint((*mentions, *carried, replied_to or "", quotes_author or ""))
    )
    created_at, edited_at = times(post["id"], history, post.get("created_at"))
    return Message(
        id=history[0],
        thread=thread,
        author=who,
        side=side,
        created_at=created_at,
        kind=Kind.LISTENING if listening else kind,
        text=unescaped(text),
        in_reply_to=replied,
        in_reply_to_author=replied_to,
        quotes_author=quotes_author,
        mentions=mentions,
        carried=carried,
        opens_with=opens_with,
        aliases=history[1:],
        language=_language(post.get("lang")),
        reach=_reach(post.get("public_metrics")),
        permalink=f"https://x.com/{who.handle or 'i'}/status/{post['id']}",
        addressed=listening,  # whoever searches for it wants to know of it
        edited_at=edited_at,
    )


def _references(post: Json) -> tuple[str | None, str | None, bool]:
    """Ids of the post replied to and of the one quoted, and whether it only passes another on."""
    replied = quoted = None
    for reference in post.get("referenced_tweets") or post.get("referenced_posts") or ():
        kind = reference["type"]
        if kind == "retweeted":
            return None, None, True
        if kind == "replied_to":
            replied = checked(reference["id"])
        elif kind == "quoted":
            quoted = checked(reference["id"])
    return replied or optional(post.get("in_reply_to_tweet_id")), quoted, False


def _root(ident: str, extra: Around) -> str:
    """The conversation of a reply that does not tell it: the first that is told up its chain, or where that ends."""
    for _ in range(_CHAIN):
        parent = extra.posts.get(ident, _NOTHING)
        told, above = optional(parent.get("conversation_id")), _references(parent)[0]
        if told or above is None:
            return told or ident
        ident = above
    return ident


def _history(post: Json) -> tuple[str, ...]:
    history = post.get("edit_history_tweet_ids") or post.get("edit_history_post_ids")
    return tuple(map(checked, history)) if history else (checked(post["id"]),)


def _mentions(
    post: Json, note: Json, text: str, names: Mapping[str, str]
) -> tuple[tuple[str, ...], tuple[str, ...], str | None]:
    """Whom the author's own words name, whom the reply prefix carries on, and whom the own words begin with."""
    found = (post.get("entities") or _NOTHING).get("mentions") or ()
    longer = (note.get("entities") or _NOTHING).get("mentions") or ()
    if (not post.get("entities") and not longer) or any("start" not in mention for mention in found):
        # X leaves entities out where there are none; then no name of the text is anybody's.
        found = (
            [{"username": match[1], "start": match.start()} for match in _NAME.finditer(text)] if "@" in text else ()
        )
    if not found and not longer:
        return (), (), None
    own_from = (post.get("display_text_range") or (0,))[0]
    own: list[str] = []
    carried: list[str] = []
    opens_with = None
    for mention in found:
        who, start = _who(mention, names), mention["start"]
        if start < own_from:
            carried.append(who)
        else:
            opens_with = opens_with or (who if not own and not text[own_from:start].strip() else None)
            own.append(who)
    # The entities of a long post's first 280 characters say where its own words begin; the rest is all its own.
    own += [who for mention in longer if (who := _who(mention, names)) not in carried]
    return _once(own), _once(carried), opens_with


def _once(ids: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(ids)) if len(ids) > 1 else tuple(ids)


def _who(mention: Json, names: Mapping[str, str]) -> str:
    known = optional(mention.get("id"))
    if known is None:
        handle = str(mention["username"]).lower()
        known = names.get(handle, handle)
    return known


def author(author_id: str, user: Json) -> Author:
    """Who stands under `includes.users`; what cannot be read of it is left out."""
    handle, name = user.get("username"), user.get("name")
    return Author(
        author_id,
        handle if isinstance(handle, str) and _HANDLE.fullmatch(handle) else "",
        clean(name, NAME_CAP) if isinstance(name, str) else "",
        _count(user.get("public_metrics"), "followers_count"),
        _badge(user),
    )


def _badge(user: Json) -> str:
    badge = user.get("verified_type")
    if badge is None and user.get("verified") is True:
        return "blue"
    return str(badge) if isinstance(badge, str) and badge in _BADGES else ""


def _reach(metrics: Any) -> int | None:  # noqa: ANN401 - any JSON
    seen = _count(metrics, "impression_count")
    if seen is not None:
        return seen
    parts = [_count(metrics, name) for name in ("like_count", "retweet_count", "repost_count")]
    counted = [part for part in parts if part is not None]
    return sum(counted) if counted else None


def _count(metrics: Any, name: str) -> int | None:  # noqa: ANN401 - any JSON
    value = metrics.get(name) if isinstance(metrics, dict) else None
    return value if type(value) is int and 0 <= value < 1 << 53 else None


def _language(tag: Any) -> str:  # noqa: ANN401 - any JSON
    known = isinstance(tag, str) and tag not in _NO_LANGUAGE and _LANGUAGE.fullmatch(tag)
    return tag if known else ""


def unescaped(text: str) -> str:
    """What the author wrote."""
    if "&" not in text:
        return text
    # X escapes `&`, `<` and `>`, and `&copy;` typed by a person arrives as `&amp;copy;`. Servers that pretend to be X
    # escape quotation marks as well, which X never sends by themselves.
    for escaped, written in _ESCAPES:
        text = text.replace(escaped, written)
    return text


def by_id(things: Any) -> Iterable[tuple[str, Json]]:  # noqa: ANN401 - any JSON
    """The objects of a list, each with its id; anything else is left out."""
    listed = things if isinstance(things, list) else ()
    return [(thing["id"], thing) for thing in listed if isinstance(thing, dict) and isinstance(thing.get("id"), str)]


def reject(post: Any, error: Exception) -> Reject:  # noqa: ANN401 - any JSON
    """What is kept of a post, or of a message, that could not be read."""
    known = post.get("id") if isinstance(post, dict) else None
    reason = f"missing {error}" if isinstance(error, KeyError) else str(error)
    raw = json.dumps(post, ensure_ascii=False)
    return Reject(
        clean(known, ID_CAP) if isinstance(known, str) and known else "?",
        clean(reason, NAME_CAP),
        clean(raw, TEXT_CAP),
    )
