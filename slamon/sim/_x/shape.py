"""The pretend X's JSON: posts and accounts as API v2 shows them, in its older and its newer spelling."""

from __future__ import annotations

import html
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from slamon.model import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable

    from slamon.model import Instant
    from slamon.sim._x.network import Network, Post, User

Json: TypeAlias = dict[str, Any]

SHORT_TEXT = 280
"""Characters; what is longer is cut in `text` and whole in `note_tweet`."""
PROBLEMS = "https://api.twitter.com/2/problems/"
NEWER_PROBLEMS = "https://api.x.com/2/problems/"

POST_FIELDS = {
    "author_id", "conversation_id", "created_at", "display_text_range", "edit_history_tweet_ids", "entities", "id",
    "in_reply_to_user_id", "lang", "note_tweet", "possibly_sensitive", "public_metrics", "referenced_tweets", "text",
    "withheld",
}  # fmt: skip
USER_FIELDS = {
    "created_at", "description", "id", "name", "protected", "public_metrics", "username", "verified", "verified_type",
}  # fmt: skip
EXPANSIONS = {
    "author_id", "edit_history_tweet_ids", "entities.mentions.username", "in_reply_to_user_id", "referenced_tweets.id",
    "referenced_tweets.id.author_id",
}  # fmt: skip
NEWER_SPELLING = {
    "edit_history_tweet_ids": "edit_history_post_ids",
    "note_tweet": "note_post",
    "referenced_tweets": "referenced_posts",
    "retweet_count": "repost_count",
    "tweet_count": "post_count",
    "tweets": "posts",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a request asked to be shown, named in the older spelling whatever it used."""

    fields: frozenset[str] = frozenset()
    user_fields: frozenset[str] = frozenset()
    expansions: frozenset[str] = frozenset()
    newer: bool = False


def document(network: Network, wanted: Wanted, posts: Iterable[Post]) -> Json:
    """`data` of `posts`, with the `includes` and `errors` that the wanted expansions bring; absent where empty."""
    posts = list(posts)
    referenced, errors = _referenced(network, wanted, posts)
    users = {user.id: user for user in _users(network, wanted, posts, referenced)}
    includes = {
        "tweets": [post_json(network, wanted, post) for post in referenced],
        "users": [user_json(wanted, user) for user in users.values()],
    }
    whole: Json = {
        "data": [post_json(network, wanted, post) for post in posts],
        "includes": {name: items for name, items in includes.items() if items},
        "errors": errors,
    }
    shown: Json = spelled({name: part for name, part in whole.items() if part}, newer=wanted.newer)
    return shown


def post_json(network: Network, wanted: Wanted, post: Post) -> Json:
    """One post with the fields that were asked for; a field without a value is left out, as X does."""
    text = _short(post.text)
    full = {
        "id": post.id,
        "text": html.escape(text, quote=False),
        "edit_history_tweet_ids": list(network.history(post.id)),
        "author_id": post.author,
        "conversation_id": post.conversation,
        "created_at": iso(post.created_at),
        "display_text_range": [post.own_from, len(html.escape(text, quote=False))],
        "entities": entities(network, text),
        "in_reply_to_user_id": post.reply_to_user,
        "lang": post.lang,
        "note_tweet": _note(network, post.text) if text != post.text else None,
        "possibly_sensitive": False,
        "public_metrics": _post_metrics(network, post),
        "referenced_tweets": [{"type": kind, "id": other} for kind, other in _references(post)],
    }
    shown = {"id", "text", "edit_history_tweet_ids"} | wanted.fields
    shown |= {name.partition(".")[0] for name in wanted.expansions}
    return {name: value for name, value in full.items() if name in shown and value not in (None, {}, [])}


def user_json(wanted: Wanted, user: User) -> Json:
    """One account with the fields that were asked for."""
    full: Json = {
        "id": user.id,
        "name": user.name,
        "username": user.username,
        "created_at": "2015-03-01T00:00:00.000Z",
        "description": "",
        "protected": user.protected,
        "public_metrics": {
            "followers_count": user.followers,
            "following_count": 80,
            "tweet_count": 900,
            "listed_count": 1,
        },
        "verified": user.verified_type != "none",
        "verified_type": user.verified_type,
    }
    return {name: value for name, value in full.items() if name in {"id", "name", "username"} | wanted.user_fields}


def missing(parameter: str, value: str, kind: str) -> Json:
    """The partial error for something that is not there, or not any more."""
    return {
        "title": "Not Found Error",
        "type": PROBLEMS + "resource-not-found",
        "detail": f"Could not find {kind} with {parameter}: [{value}].",
        "resource_type": kind,
        "resource_id": value,
        "parameter": parameter,
        "value": value,
    }


def unreadable(parameter: str, value: str, section: str) -> Json:
    """The partial error for a post of an account that is protected."""
    return {
        "title": "Authorization Error",
        "type": PROBLEMS + "not-authorized-for-resource",
        "detail": f"Sorry, you are not authorized to see the Tweet with {parameter}: [{value}].",
        "resource_type": "tweet",
        "resource_id": value,
        "parameter": parameter,
        "value": value,
        "section": section,
    }


def why_hidden(network: Network, post_id: str, parameter: str, section: str = "data") -> Json | None:
    """The partial error for a post that cannot be shown; `None` for one that can."""
    post = network.posts.get(post_id)
    if post is None or post_id in network.gone:
        return missing(parameter, post_id, "tweet")
    return unreadable(parameter, post_id, section) if network.users[post.author].protected else None


def spelled(data: Any, *, newer: bool) -> Any:  # noqa: ANN401 - any JSON
    """`data` with its keys in the newer spelling, where that was asked for."""
    if not newer:
        return data
    if isinstance(data, list):
        return [spelled(item, newer=True) for item in data]
    if isinstance(data, dict):
        return {NEWER_SPELLING.get(name, name): _newer(name, value) for name, value in data.items()}
    return data


def _newer(name: str, value: Any) -> Any:  # noqa: ANN401 - any JSON
    """The newer description names its problems after the newer host."""
    if name == "type" and isinstance(value, str):
        return value.replace(PROBLEMS, NEWER_PROBLEMS)
    return spelled(value, newer=True)


def iso(at: Instant) -> str:
    """`at` as X writes it: to the second, whatever the id would tell."""
    return datetime.fromtimestamp(at // SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _short(text: str) -> str:
    return text if len(text) <= SHORT_TEXT else text[: SHORT_TEXT - 1] + "…"


def _note(network: Network, text: str) -> Json:
    found = entities(network, text)
    return {"text": html.escape(text, quote=False), **({"entities": found} if found else {})}


def entities(network: Network, text: str) -> Json:
    """Mentions, with their places counted in the escaped text, where X counts them."""
    mentions = [
        {
            "start": len(html.escape(text[:start], quote=False)),
            "end": len(html.escape(text[:end], quote=False)),
            "username": user.username,
            "id": user.id,
        }
        for start, end, user in network.mentions(text)
    ]
    return {"mentions": mentions} if mentions else {}


def _post_metrics(network: Network, post: Post) -> Json:
    return {
        "retweet_count": 0,
        "reply_count": network.replies[network.first(post.id)],
        "like_count": 0,
        "quote_count": 0,
        "bookmark_count": 0,
        "impression_count": network.users[post.author].followers // 10,
    }


def _references(post: Post) -> list[tuple[str, str]]:
    kinds = (("replied_to", post.reply_to), ("quoted", post.quotes), ("retweeted", post.reposts))
    return [(kind, other) for kind, other in kinds if other]


def _referenced(network: Network, wanted: Wanted, posts: list[Post]) -> tuple[list[Post], list[Json]]:
    if not wanted.expansions & {"referenced_tweets.id", "referenced_tweets.id.author_id"}:
        return [], []
    parameter = "referenced_posts" if wanted.newer else "referenced_tweets.id"
    ids = dict.fromkeys(other for post in posts for _, other in _references(post))
    problems = {other: why_hidden(network, other, parameter, "includes") for other in ids}
    return (
        [network.posts[other] for other, problem in problems.items() if problem is None],
        [problem for problem in problems.values() if problem is not None],
    )


def _users(network: Network, wanted: Wanted, posts: list[Post], referenced: list[Post]) -> list[User]:
    ids: list[str | None] = []
    if "author_id" in wanted.expansions:
        ids += [post.author for post in posts]
    if "in_reply_to_user_id" in wanted.expansions:
        ids += [post.reply_to_user for post in posts]
    if "entities.mentions.username" in wanted.expansions:
        ids += [user.id for post in posts for _, _, user in network.mentions(post.text)]
    if "referenced_tweets.id.author_id" in wanted.expansions:
        ids += [post.author for post in referenced]
    return [network.users[user_id] for user_id in ids if user_id]
