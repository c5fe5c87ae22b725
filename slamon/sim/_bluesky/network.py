"""The people and posts of the pretend Bluesky, and what may be done to them. Nothing here knows of HTTP.

A post is a record in its author's repository, with a key that tells a time. The network lists it by a time of its own:
the one that the record claims, unless that is later than when the network first saw it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, Any, TypeAlias

import regex

from slamon.model import SECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from slamon.model import Instant, Millis

Json: TypeAlias = dict[str, Any]

DOMAIN = ".bsky.social"
POSTS, GATES = "app.bsky.feed.post", "app.bsky.feed.threadgate"
MENTION = "app.bsky.richtext.facet#mention"
MAX_GRAPHEMES, MAX_BYTES = 300, 3_000
HEIGHT = 5
"""A reply is told to the authors of its ancestors nearer than this."""
_SORTABLE = "234567abcdefghijklmnopqrstuvwxyz"
_NAME = re.compile(r"(?<![\w@])@([A-Za-z0-9][A-Za-z0-9.-]*[A-Za-z0-9]|[A-Za-z0-9])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account. `home`: its repository lives where the brand's does; `active`: it is neither suspended nor left."""

    did: str
    handle: str
    name: str
    followers: int = 100
    verified: bool = False
    bot: bool = False
    home: bool = True
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A post as it is now; `seen_at` is when the network first saw it."""

    uri: str
    did: str
    record: Json
    cid: str
    """The name of its content."""
    seen_at: Instant
    appears_at: Instant

    @property
    def key(self) -> str:
        """Its name in its repository."""
        return self.uri.rsplit("/", 1)[-1]

    @property
    def sort_at(self) -> Instant:
        """Where it stands in lists."""
        stated = instant(self.record["createdAt"])
        return self.seen_at if stated is None else min(stated, self.seen_at)

    @property
    def parent(self) -> str | None:
        """The post that it replies to."""
        reply = self.record.get("reply")
        return reply["parent"]["uri"] if reply else None

    @property
    def root(self) -> str:
        """The first post of its thread."""
        reply = self.record.get("reply")
        return reply["root"]["uri"] if reply else self.uri

    @property
    def quotes(self) -> str | None:
        """The post that it quotes."""
        embed = self.record.get("embed")
        return embed["record"]["uri"] if embed else None

    @property
    def mentions(self) -> list[str]:
        """Ids of the accounts that it names."""
        return [feature["did"] for facet in self.record.get("facets", ()) for feature in facet["features"]]


class Network:
    """Accounts, posts, and who hides what from whom. Safe from any thread.

    Verbs raise `ValueError` for what Bluesky would refuse too, and for things that were never made.
    """

    def __init__(self, clock: Callable[[], Instant]) -> None:
        self.clock = clock
        self.lock = threading.RLock()
        self.accounts: dict[str, Account] = {}
        self.posts: dict[str, Post] = {}
        self.likes: list[tuple[Instant, str, str]] = []
        """When, by whom, of which post."""
        self.hidden: dict[str, list[str]] = {}
        """Replies that its author hid, by the first post of their thread."""
        self.blocks: set[tuple[str, str]] = set()
        self.mutes: set[tuple[str, str]] = set()
        self.follows: set[tuple[str, str]] = set()
        self._by_handle: dict[str, str] = {}
        self._sequence = count()

    def account(self, handle: str, **facts: str | int | bool) -> Account:
        """The account of that handle (`ann` stands for `ann.bsky.social`), made at its first use."""
        handle = handle if "." in handle or handle.startswith("did:") else handle + DOMAIN
        with self.lock:
            known = self.accounts.get(handle) or self.accounts.get(self._by_handle.get(handle.lower(), ""))
            if known is None:
                did = "did:plc:" + _base32(hashlib.sha256(handle.encode()).digest())[:24]
                known = Account(did=did, handle=handle.lower(), name=handle.split(".", maxsplit=1)[0].capitalize())
            self.accounts[known.did] = replace(known, **facts)  # type: ignore[arg-type]
            self._by_handle[known.handle] = known.did
            return self.accounts[known.did]

    def named(self, who: str) -> Account | None:
        """The active account of that handle or id."""
        found = self.accounts.get(who) or self.accounts.get(self._by_handle.get(who.lower(), ""))
        return found if found and found.active else None

    def rename(self, handle: str, new: str) -> None:
        """Give an account another handle; nobody has the old one then."""
        with self.lock:
            account = self.account(handle)
            del self._by_handle[account.handle]
            self.accounts[account.did] = replace(account, handle=new)
            self._by_handle[new] = account.did

    def post(  # noqa: PLR0913 - what a post can be, each by name
        self,
        handle: str,
        text: str,
        *,
        reply_to: str | None = None,
        quotes: str | None = None,
        names: Sequence[str] = (),
        at: Instant | None = None,
        stated: str | None = None,
        key: str | None = None,
        langs: Sequence[str] = ("en",),
        appears_after: Millis = 0,
    ) -> str:
        """Post as `handle` and return the address.

        `names` are mentioned without standing in the text. `stated` is the time that the record claims, by default the
        true one; `key` its name in the repository. `appears_after` keeps it out of the network's lists for so long.
        """
        with self.lock:
            author = self.account(handle)
            made = self.clock() if at is None else at
            uri = f"at://{author.did}/{POSTS}/{key or self.new_key(made)}"
            record: Json = {"$type": POSTS, "text": text, "createdAt": stated or iso(made), "langs": list(langs)}
            record["facets"] = self.facets(text, names)
            if reply_to:
                parent = self.known(reply_to)
                root = self.posts.get(parent.root, parent)
                record["reply"] = {"root": _reference(root), "parent": _reference(parent)}
            if quotes:
                record["embed"] = {"$type": "app.bsky.embed.record", "record": _reference(self.known(quotes))}
            _check(text)
            self.posts[uri] = Post(
                uri=uri,
                did=author.did,
                record=record,
                cid=cid(uri, record),
                seen_at=made,
                appears_at=made + appears_after,
            )
            return uri

    def edit(self, uri: str, text: str, *, stated: str | None = None) -> None:
        """Put another record in the place of a post: Bluesky's own app does not, others do."""
        with self.lock:
            old = self.known(uri)
            record = {**old.record, "text": text, "facets": self.facets(text)}
            if stated:
                record["createdAt"] = stated
            _check(text)
            self.posts[uri] = replace(old, record=record, cid=cid(uri, record))

    def delete(self, uri: str) -> None:
        """Take a post away; replies to it stay."""
        with self.lock:
            self.known(uri)
            del self.posts[uri]

    def like(self, handle: str, uri: str, at: Instant | None = None) -> None:
        """Like a post: its author is told, in the same list as of everything else."""
        with self.lock:
            self.likes.append((self.clock() if at is None else at, self.account(handle).did, self.known(uri).uri))

    def hide(self, uri: str) -> None:
        """Hide a reply, as the author of its thread's first post."""
        with self.lock:
            self.hidden.setdefault(self.known(uri).root, []).append(uri)

    def show(self, uri: str) -> None:
        """Undo `hide`."""
        with self.lock:
            self.hidden[self.known(uri).root].remove(uri)

    def block(self, handle: str, other: str) -> None:
        """Block another account: neither sees the other any more."""
        self.blocks.add((self.account(handle).did, self.account(other).did))

    def mute(self, handle: str, other: str) -> None:
        """Be told no more of what another account writes."""
        self.mutes.add((self.account(handle).did, self.account(other).did))

    def follow(self, handle: str, other: str) -> None:
        """Follow another account."""
        self.follows.add((self.account(handle).did, self.account(other).did))

    def known(self, uri: str) -> Post:
        """The post at that address.

        :raises ValueError: there is none.
        """
        if uri not in self.posts:
            raise ValueError(f"there is no post {uri!r}")
        return self.posts[uri]

    def blocked(self, one: str, other: str) -> bool:
        """Whether either of two accounts blocks the other."""
        return (one, other) in self.blocks or (other, one) in self.blocks

    def visible(self, uri: str) -> Post | None:
        """The post at that address, if the network shows it to anybody."""
        post = self.posts.get(uri)
        shown = post and self.accounts[post.did].active and post.appears_at <= self.clock()
        return post if shown else None

    def of(self, did: str) -> Iterator[Post]:
        """What an account posted, in its repository's order."""
        return iter(sorted((post for post in self.posts.values() if post.did == did), key=lambda post: post.key))

    def under(self, uri: str) -> list[Post]:
        """Direct replies to a post."""
        return [post for post in self.posts.values() if post.parent == uri and self.visible(post.uri)]

    def reason(self, post: Post, did: str) -> tuple[str, str | None] | None:
        """Why an account is told of a post, and of which of its own posts that is; `None`: it is not told."""
        if post.did == did:
            return None
        if did in post.mentions:
            return "mention", None
        quoted = self.posts.get(post.quotes or "")
        if post.quotes and post.quotes.split("/")[2] == did:
            return ("quote", post.quotes) if quoted else None
        ancestor, height = self.posts.get(post.parent or ""), 1
        while ancestor and height < HEIGHT:
            if ancestor.did == did:
                return "reply", ancestor.uri
            ancestor, height = self.posts.get(ancestor.parent or ""), height + 1
        return None

    def new_key(self, at: Instant) -> str:
        """A key that tells the time `at`, and is given out once."""
        number = (max(at, 0) * 1_000 << 10) + next(self._sequence)
        return "".join(_SORTABLE[number >> shift & 31] for shift in range(60, -1, -5))

    def facets(self, text: str, names: Sequence[str] = ()) -> list[Json]:
        """The accounts named in a text, with their places in bytes, and `names` as if all of it named them."""
        found = [
            (match.start(), match.end(), self.named(match[1]) or self.named(match[1] + DOMAIN))
            for match in _NAME.finditer(text)
        ]
        named = [(0, len(text), self.account(name)) for name in names]
        return [_facet(text, start, end, account.did) for start, end, account in found + named if account]


def _facet(text: str, start: int, end: int, did: str) -> Json:
    begin, stop = (len(text[:place].encode("utf-8", "surrogatepass")) for place in (start, end))
    return {"index": {"byteStart": begin, "byteEnd": stop}, "features": [{"$type": MENTION, "did": did}]}


def _check(text: str) -> None:
    if len(regex.findall(r"\X", text)) > MAX_GRAPHEMES or len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise ValueError(f"a post has at most {MAX_GRAPHEMES} characters")


def _reference(post: Post) -> Json:
    return {"uri": post.uri, "cid": post.cid}


def cid(*parts: object) -> str:
    """The name of a content: a hash in the shape of those of the network."""
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).digest()
    return "b" + _base32(b"\x01\x71\x12\x20" + digest)


def iso(at: Instant) -> str:
    """`at` as the network writes it."""
    return datetime.fromtimestamp(at / SECOND, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def instant(text: str) -> Instant | None:
    """The time that a record claims, where it is one."""
    try:
        at = datetime.fromisoformat(text)
        return round(at.timestamp() * SECOND) if at.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _base32(data: bytes) -> str:
    return base64.b32encode(data).decode().rstrip("=").lower()
