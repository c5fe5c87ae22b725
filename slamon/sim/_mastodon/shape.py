"""The pretend Mastodon's JSON: accounts, statuses, notifications and conversations as API 4.7 shows them."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from slamon.model import SECOND
from slamon.sim._mastodon.network import DOMAIN, MENTION

if TYPE_CHECKING:
    from slamon.model import Instant
    from slamon.sim._mastodon.network import Account, Dialogue, Network, Notice, Post

Json: TypeAlias = dict[str, Any]

ADDRESS = re.compile(r"https?://[^\s<>\"]+")
SHOWN_ADDRESS = 30
"""Characters of an address that people see; the rest is there, and hidden by a style sheet."""
PICTURE = f"https://{DOMAIN}/avatars/missing.png"
POLICY_KEYS = (
    "for_not_following", "for_not_followers", "for_new_accounts", "for_private_mentions", "for_limited_accounts",
)  # fmt: skip


def account_json(network: Network, account: Account) -> Json:
    """An account as anybody sees it."""
    written = [post for post in network.posts.values() if post.author == account.id and post.visibility != "direct"]
    shown: Json = {
        "id": account.id,
        "username": account.username,
        "acct": account.acct,
        "display_name": account.name,
        "locked": False,
        "bot": account.bot,
        "group": False,
        "discoverable": True,
        "indexable": False,
        "noindex": False,
        "created_at": "2020-03-01T00:00:00.000Z",
        "note": "<p>Hello</p>",
        "url": account.url,
        "uri": f"https://{account.domain or DOMAIN}/users/{account.username}",
        "avatar": PICTURE,
        "avatar_static": PICTURE,
        "header": PICTURE,
        "header_static": PICTURE,
        "followers_count": account.followers,
        "following_count": 8,
        "statuses_count": len(written),
        "last_status_at": _iso(max((post.created_at for post in written), default=0))[:10] if written else None,
        "hide_collections": None,
        "emojis": [],
        "fields": [{"name": "Shop", "value": "<a>shop.example</a>", "verified_at": "2024-05-01T08:00:00.000+00:00"}],
    }
    return shown | ({"suspended": True} if account.suspended else {})


def credential_json(network: Network) -> Json:
    """The brand as it sees itself."""
    role = {"id": "-99", "name": "", "permissions": "0", "color": "", "highlighted": False}
    source: Json = {
        "privacy": "public", "sensitive": False, "language": None, "note": "Hello", "fields": [],
        "follow_requests_count": 0, "hide_collections": None, "discoverable": True, "indexable": False,
        "attribution_domains": [], "quote_policy": "public",
    }  # fmt: skip
    return account_json(network, network.brand) | {"source": source, "role": role}


def status_json(network: Network, post: Post, *, quotes: bool = True, nested: bool = False) -> Json:
    """A status as the brand sees it."""
    author = network.accounts[post.author]
    boosted = network.posts.get(post.boosts or "")
    shown: Json = {
        "id": post.id,
        "created_at": _iso(post.created_at),
        "edited_at": None if post.edited_at is None else _iso(post.edited_at),
        "in_reply_to_id": post.reply_to,
        "in_reply_to_account_id": post.reply_to_account,
        "sensitive": bool(post.spoiler),
        "spoiler_text": post.spoiler,
        "visibility": post.visibility,
        "language": post.language,
        "uri": f"https://{author.domain or DOMAIN}/users/{author.username}/statuses/{post.id}",
        "url": f"{author.url}/{post.id}",
        "replies_count": sum(each.reply_to == post.id for each in network.posts.values()),
        "reblogs_count": sum(each.boosts == post.id for each in network.posts.values()),
        "favourites_count": 2,
        "favourited": False,
        "reblogged": False,
        "muted": False,
        "bookmarked": False,
        "content": content(network, post),
        "filtered": [],
        "reblog": status_json(network, boosted, quotes=quotes) if boosted and not nested else None,
        "account": account_json(network, author),
        "media_attachments": [],
        "mentions": [_mention(network.accounts[who]) for who in post.mentions],
        "tags": [],
        "emojis": [],
        "card": None,
        "poll": None,
    }
    if author.id == network.brand.id:
        shown["application"] = {"name": "Web", "website": None}
    if quotes:
        shown |= {"quotes_count": 0, "quote": _quote(network, post, nested=nested)}
    return shown


def notification_json(network: Network, notice: Notice, *, quotes: bool = True) -> Json:
    """A notification with the status that it is about."""
    return {
        "id": notice.id,
        "type": notice.kind,
        "created_at": _iso(notice.at),
        "group_key": f"ungrouped-{notice.id}",
        "account": account_json(network, network.accounts[notice.author]),
        "status": status_json(network, network.posts[notice.post], quotes=quotes),
    }


def conversation_json(network: Network, dialogue: Dialogue) -> Json:
    """A conversation with its last status."""
    last = network.posts[max(dialogue.posts, key=lambda ident: (len(ident), ident))]
    return {
        "id": dialogue.id,
        "unread": last.author != network.brand.id,
        "accounts": [account_json(network, network.accounts[who]) for who in sorted(dialogue.others)],
        "last_status": status_json(network, last),
    }


def policy_json(network: Network) -> Json:
    """What becomes of notifications by strangers."""
    pending = sum(notice.filtered for notice in network.notices)
    summary = {"pending_requests_count": min(pending, 1), "pending_notifications_count": pending}
    return {**{key: network.policy.get(key, "accept") for key in POLICY_KEYS}, "summary": summary}


def content(network: Network, post: Post) -> str:
    """The words as HTML: paragraphs, lines, and the names and addresses in it as links."""
    if not post.text:
        return ""
    paragraphs = re.split(r"\n{2,}", post.text)
    inner = ("<br>".join(_line(network, line) for line in part.split("\n")) for part in paragraphs)
    return "".join(f"<p>{part}</p>" for part in inner)


def _line(network: Network, line: str) -> str:
    parts: list[str] = []
    here = 0
    for match in sorted([*MENTION.finditer(line), *ADDRESS.finditer(line)], key=lambda each: each.start()):
        linked = _link(network, match)
        if match.start() < here or linked is None:
            continue
        parts += [html.escape(line[here : match.start()], quote=False), linked]
        here = match.end()
    return "".join(parts) + html.escape(line[here:], quote=False)


def _link(network: Network, match: re.Match[str]) -> str | None:
    if match.re is ADDRESS:
        shown, rest = html.escape(match[0][8 : 8 + SHOWN_ADDRESS]), html.escape(match[0][8 + SHOWN_ADDRESS :])
        begin = f'<span class="invisible">{match[0][:8]}</span><span class="ellipsis">{shown}</span>'
        return f'<a href="{html.escape(match[0])}" rel="nofollow">{begin}<span class="invisible">{rest}</span></a>'
    account = network.named(match[1])
    if account is None:
        return None
    inner = f'<a href="{account.url}" class="u-url mention">@<span>{account.username}</span></a>'
    return f'<span class="h-card" translate="no">{inner}</span>'


def _mention(account: Account) -> Json:
    return {"id": account.id, "username": account.username, "url": account.url, "acct": account.acct}


def _quote(network: Network, post: Post, *, nested: bool) -> Json | None:
    if not post.quotes:
        return None
    quoted = network.shown(post.quotes)
    if nested:
        return {"state": "accepted", "quoted_status_id": post.quotes}
    if quoted is None:
        return {"state": "deleted", "quoted_status": None}
    return {"state": "accepted", "quoted_status": status_json(network, quoted, nested=True)}


def _iso(at: Instant) -> str:
    return datetime.fromtimestamp(at / SECOND, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
