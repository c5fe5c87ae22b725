"""The pretend Reddit's JSON, written out by hand after recorded answers: Reddit has no machine-readable description."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any, TypeAlias

from slamon.model import SECOND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slamon.sim._reddit.network import Front, Thing, User

Json: TypeAlias = dict[str, Any]

DELETED, REMOVED = "[deleted]", "[removed]"
NESTED = 2
"""So many replies are nested in the first message of a dialogue; the others are a `more`."""


def listing(children: Sequence[Json], after: str | None = None) -> Json:
    """The envelope of every list."""
    data = {
        "after": after,
        "dist": len(children),
        "modhash": None,
        "geo_filter": "",
        "children": list(children),
        "before": None,
    }
    return {"kind": "Listing", "data": data}


def public(front: Front, thing: Thing, *, raw: bool) -> Json:
    """A comment or a post, as every list but the inbox shows it."""
    return _post(front, thing, raw=raw) if thing.kind == "t3" else _comment(front, thing, raw=raw)


def in_inbox(front: Front, thing: Thing, told: str, *, owner: str, raw: bool) -> Json:
    """A comment as the inbox shows it: without `link_id` and `permalink`."""
    data = {
        **_inbox_fields(front, thing, told, raw=raw),
        "dest": owner,
        "subject": told.replace("_", " "),
        "was_comment": True,
        "subreddit": thing.subreddit,
        "subreddit_name_prefixed": f"r/{thing.subreddit}",
        "parent_id": thing.parent,
        "link_title": "[deleted by user]" if front.known(thing.root).deleted else front.known(thing.root).title,
        "context": f"{_path(front, thing)}?context=3",
        "num_comments": front.under[thing.root],
        "first_message": None,
        "first_message_name": None,
        "replies": "",
    }
    return {"kind": "t1", "data": data}


def message(front: Front, thing: Thing, *, raw: bool, nested: bool) -> Json:
    """A private message; the first one of a dialogue may hold those that follow."""
    first = None if thing.root == thing.name else thing.root
    answers = [each for each in front.newest("t4") if each.root == thing.name and each.name != thing.name][::-1]
    children = [message(front, each, raw=raw, nested=False) for each in answers[:NESTED]]
    if answers[NESTED:]:
        ids = [each.name[3:] for each in answers[NESTED:]]
        children.append({"kind": "more", "data": {"count": len(ids), "children": ids, "parent_id": thing.name}})
    data = {
        **_inbox_fields(front, thing, "unknown", raw=raw),
        "dest": thing.dest,
        "subject": _written(thing.title, raw=raw),
        "was_comment": False,
        "subreddit": None,
        "subreddit_name_prefixed": None,
        "parent_id": thing.parent,
        "context": "",
        "num_comments": None,
        "first_message": int(first[3:], 36) if first else None,
        "first_message_name": first,
        "replies": listing(children) if nested and first is None and children else "",
    }
    return {"kind": "t4", "data": data}


def account(user: User) -> Json:
    """An account; one that is suspended tells little more than its name."""
    if user.suspended:
        return {"name": user.name, "is_suspended": True, "awardee_karma": 0, "awarder_karma": 0, "total_karma": 0}
    return {
        "id": user.id,
        "name": user.name,
        "created_utc": 1_425_168_000.0,
        "link_karma": 12,
        "comment_karma": 345,
        "verified": True,
        "has_verified_email": True,
        "is_employee": False,
        "is_mod": False,
    }


def subreddit(name: str) -> Json:
    """A subreddit."""
    return {"kind": "t5", "data": {"display_name": name, "subreddit_type": "public", "subscribers": 4_711}}


def _inbox_fields(front: Front, thing: Thing, told: str, *, raw: bool) -> Json:
    return {
        "name": thing.name,
        "id": thing.name[3:],
        "type": told,
        "new": True,
        **_who(front, thing),
        **_words(thing, raw=raw),
        "created": thing.created_at / SECOND,
        "created_utc": thing.created_at / SECOND,
        "score": 1 if thing.kind == "t1" else 0,
        "likes": None,
        "distinguished": thing.distinguished,
        "associated_awarding_id": None,
    }


def _comment(front: Front, thing: Thing, *, raw: bool) -> Json:
    post = front.known(thing.root)
    data = {
        "name": thing.name,
        "id": thing.name[3:],
        **_who(front, thing),
        **_words(thing, raw=raw),
        **_place(front, thing),
        "parent_id": thing.parent,
        "link_id": thing.root,
        "link_title": _written(post.title, raw=raw),
        "link_author": _who(front, post)["author"],
        "link_permalink": f"https://www.reddit.com{_path(front, post)}",
        "is_submitter": thing.author == post.author,
        "score": 1,
        "score_hidden": False,
        "controversiality": 0,
        "collapsed": False,
        "removal_reason": None,
        "banned_by": None,
        "replies": "",
    }
    return {"kind": "t1", "data": data}


def _post(front: Front, thing: Thing, *, raw: bool) -> Json:
    words = _words(thing, raw=raw)
    data = {
        "name": thing.name,
        "id": thing.name[3:],
        "title": _written(thing.title, raw=raw),
        "selftext": words["body"],
        "selftext_html": words["body_html"],
        **_who(front, thing),
        **_place(front, thing),
        "url": f"https://www.reddit.com{_path(front, thing)}",
        "is_self": True,
        "num_comments": front.under[thing.name],
        "score": 1,
        "ups": 1,
        "domain": f"self.{thing.subreddit}",
        "over_18": False,
        "removed_by_category": "deleted" if thing.deleted else thing.removed or None,
        "banned_by": None,
    }
    return {"kind": "t3", "data": data}


def _place(front: Front, thing: Thing) -> Json:
    return {
        "subreddit": thing.subreddit,
        "subreddit_name_prefixed": f"r/{thing.subreddit}",
        "permalink": _path(front, thing),
        "created": thing.created_at / SECOND,
        "created_utc": thing.created_at / SECOND,
        "edited": False if thing.edited_at is None else thing.edited_at / SECOND,
        "distinguished": thing.distinguished,
        "stickied": False,
        "locked": False,
        "archived": False,
    }


def _who(front: Front, thing: Thing) -> Json:
    user = front.users[thing.author.lower()]
    if thing.deleted or thing.removed or user.left:
        return {"author": DELETED}
    return {"author": user.name, "author_fullname": f"t2_{user.id}"}


def _words(thing: Thing, *, raw: bool) -> Json:
    text = DELETED if thing.deleted else REMOVED if thing.removed else thing.text
    rendered = f'<!-- SC_OFF --><div class="md"><p>{html.escape(text)}</p>\n</div><!-- SC_ON -->'
    return {"body": _written(text, raw=raw), "body_html": _written(rendered, raw=raw)}


def _written(text: str, *, raw: bool) -> str:
    """Without `raw_json=1`, three characters are escaped, as they have been since 2008."""
    return text if raw else html.escape(text, quote=False)


def _path(front: Front, thing: Thing) -> str:
    post = front.known(thing.root)
    slug = "_".join(word for word in "".join(c if c.isalnum() else " " for c in post.title.lower()).split())[:50]
    path = f"/r/{thing.subreddit}/comments/{post.name[3:]}/{slug or '_'}/"
    return path if thing.name == post.name else f"{path}{thing.name[3:]}/"
