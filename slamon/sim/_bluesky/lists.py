"""The lists of the pretend Bluesky: notifications, an account's feed and records, and how each of them is paged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from slamon.sim._bluesky.access import RefusedError, invalid
from slamon.sim._bluesky.network import GATES, POSTS, cid, instant, iso
from slamon.sim._bluesky.shape import gate_record

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from slamon.model import Instant
    from slamon.sim._bluesky.network import Account, Network, Post
    from slamon.sim._bluesky.shape import Shape

    Told: TypeAlias = tuple[Post, str, str | None]
    """A post, why the account is told of it, and of which of its own posts that is."""

Json: TypeAlias = dict[str, Any]

FILLED = 10
"""How many pages of everything are gone through for one page of what was asked for."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """What the account wants to be told of."""

    unlisted: Collection[str] = ()
    """Reasons that are kept out of its list."""
    follows_only: Collection[str] = ()
    """Reasons for which only people count whom it follows."""
    priority: bool = False
    """Only people whom it follows, unless a request says otherwise."""

    def shown(self) -> Json:
        """As the account's client reads them."""
        filtered = ("follow", "like", "likeViaRepost", "mention", "quote", "reply", "repost", "repostViaRepost")
        plain = ("starterpackJoined", "subscribedPost", "unverified", "verified")
        return {
            "chat": {"include": "all", "push": True},
            **{name: {"list": True, "push": True} for name in plain},
            **{
                name: {
                    "include": "follows" if name in self.follows_only else "all",
                    "list": name not in self.unlisted,
                    "push": True,
                }
                for name in filtered
            },
        }


def notifications(shape: Shape, preferences: Preferences, asked: Json) -> Json:
    """A page of what the account was told.

    As in the reference server, reasons are sorted out after a page was taken, so pages may be short or empty with
    others after them; and the cursor is a time, below which the next page goes on: equals of it are lost.
    """
    if "seenAt" in asked:
        raise invalid("The seenAt parameter is unsupported")
    reasons, priority = asked.get("reasons"), asked.get("priority", preferences.priority)
    found: list[Json] = []
    cursor, everything = asked.get("cursor"), _told(shape.network, shape.viewer)
    for _ in range(FILLED):
        page, cursor = _below(everything, cursor, asked["limit"] - len(found))
        wanted = [told for told in page if not reasons or told[1] in reasons]
        found += [
            shape.notification(told) for told in wanted if _is_listed(shape, preferences, told, priority=priority)
        ]
        if cursor is None or len(found) >= asked["limit"]:
            break
    answer = {"notifications": found, "priority": priority, "seenAt": iso(shape.network.clock())}
    return answer if cursor is None else {**answer, "cursor": cursor}


def records(network: Network, account: Account | None, asked: Json) -> Json:
    """A page of a repository, by key; its cursor is the last key, also on the last page."""
    if account is None or not account.home:
        raise invalid(f"Could not find repo: {asked['repo']}")
    rows = _records(network, account.did, asked["collection"])
    upwards, after = asked.get("reverse", False), asked.get("cursor")
    rows.sort(key=lambda row: _key(row["uri"]), reverse=not upwards)
    if after is not None:
        rows = [row for row in rows if (_key(row["uri"]) > after if upwards else _key(row["uri"]) < after)]
    page = rows[: asked["limit"]]
    return {"records": page, **({"cursor": _key(page[-1]["uri"])} if page else {})}


def record(network: Network, account: Account | None, asked: Json) -> Json:
    """One record; of an account that lives elsewhere, as far as the network shows it."""
    if account is None or not (account.active or account.home):
        raise invalid(f"Could not find repo: {asked['repo']}")
    uri = f"at://{account.did}/{asked['collection']}/{asked['rkey']}"
    for row in _records(network, account.did, asked["collection"]):
        if row["uri"] == uri:
            return row
    raise invalid(f"Could not locate record: {uri}", "RecordNotFound")


def feed(shape: Shape, account: Account | None, reposts: Sequence[tuple[Instant, str, str]], asked: Json) -> Json:
    """A page of what an account posted and passed on, newest first."""
    if account is None or not account.active:
        raise invalid("Profile not found")
    if shape.network.blocked(shape.viewer, account.did):
        raise RefusedError(400, "BlockedActor", f"Requester has blocked actor: {account.did}")
    own = [(post.sort_at, {"post": shape.post(post)}) for post in shape.network.of(account.did) if _shows(shape, post)]
    passed = [
        (at, {"post": shape.post(post), "reason": _repost(shape, did, at)})
        for at, did, uri in reposts
        if did == account.did and (post := shape.network.visible(uri))
    ]
    items = sorted(own + passed, key=lambda item: (item[0], item[1]["post"]["cid"]), reverse=True)
    after = asked.get("cursor")
    if after is not None:
        items = [item for item in items if f"{iso(item[0])}::{item[1]['post']['cid']}" < after]
    page = items[: asked["limit"]]
    answer: Json = {"feed": [item for _, item in page]}
    return (
        answer if len(items) <= len(page) else {**answer, "cursor": f"{iso(page[-1][0])}::{page[-1][1]['post']['cid']}"}
    )


def _told(network: Network, did: str) -> list[tuple[Instant, Told]]:
    """Everything that an account is told of, newest first."""
    told: list[tuple[Instant, Told]] = []
    for post in network.posts.values():
        why = network.reason(post, did)
        if why and network.visible(post.uri):
            told.append((post.sort_at, (post, *why)))
    for at, who, uri in network.likes:
        liked = network.posts.get(uri)
        if liked and liked.did == did and who != did:
            told.append((at, (liked, "like", uri)))
    return sorted(told, key=lambda each: (each[0], each[1][0].cid), reverse=True)


def _below(told: Sequence[tuple[Instant, Told]], cursor: str | None, size: int) -> tuple[list[Told], str | None]:
    if cursor is not None:
        before = instant(cursor)
        if before is None:
            raise RefusedError(502, "InternalServerError", "Internal Server Error")
        told = [each for each in told if each[0] < before]
    page = told[:size]
    return [each[1] for each in page], iso(page[-1][0]) if page and len(told) > size else None


def _is_listed(shape: Shape, preferences: Preferences, told: Told, *, priority: bool) -> bool:
    post, reason, subject = told
    network, viewer = shape.network, shape.viewer
    followed = (viewer, post.did) in network.follows
    if reason in preferences.unlisted or (not followed and (priority or reason in preferences.follows_only)):
        return False
    if network.blocked(viewer, post.did) or (viewer, post.did) in network.mutes:
        return False
    if subject is not None and subject not in network.posts:
        return False
    return not (post.root.split("/")[2] == viewer and post.uri in network.hidden.get(post.root, ()))


def _records(network: Network, did: str, collection: str) -> list[Json]:
    if collection == POSTS:
        return [{"uri": post.uri, "cid": post.cid, "value": post.record} for post in network.of(did)]
    if collection != GATES:
        return []
    gates = [(root, gate_record(network, root)) for root in network.hidden if root.split("/")[2] == did]
    return [
        {"uri": f"at://{did}/{GATES}/{_key(root)}", "cid": cid(root, value), "value": value} for root, value in gates
    ]


def _shows(shape: Shape, post: Post) -> bool:
    return shape.network.visible(post.uri) is not None


def _repost(shape: Shape, did: str, at: Instant) -> Json:
    return {"$type": "app.bsky.feed.defs#reasonRepost", "by": shape.basic(did), "indexedAt": iso(at)}


def _key(uri: str) -> str:
    return uri.rsplit("/", 1)[-1]
