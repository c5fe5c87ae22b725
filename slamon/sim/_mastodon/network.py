"""The accounts and statuses of the pretend Mastodon, and what may be done to them. Nothing here knows HTTP or JSON."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from slamon.model import Instant, Millis

DOMAIN = "mastodon.example"
NAME = re.compile(r"[A-Za-z0-9_]+(?:[A-Za-z0-9_.-]+[A-Za-z0-9_]+)?")
MENTION = re.compile(r"(?<![=/\w@])@([A-Za-z0-9_]+(?:[A-Za-z0-9_.-]+[A-Za-z0-9_]+)?(?:@[\w.-]+\w)?)")
VISIBILITIES = ("public", "unlisted", "private", "direct")
SNOWFLAKE_BITS = 16
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account; `domain` is `None` for one of this server."""

    id: str
    username: str
    domain: str | None
    name: str
    followers: int = 100
    bot: bool = False
    suspended: bool = False
    followed: bool = False
    """By the brand: notifications by it pass every policy."""

    @property
    def acct(self) -> str:
        """The handle as this server writes it."""
        return f"{self.username}@{self.domain}" if self.domain else self.username

    @property
    def url(self) -> str:
        """Its profile, on its own server."""
        return f"https://{self.domain or DOMAIN}/@{self.username}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A status as it is now; `mentions` are account ids, in the order of the text."""

    id: str
    author: str
    text: str
    created_at: Instant
    arrives_at: Instant
    visibility: str
    mentions: tuple[str, ...]
    conversation: str
    spoiler: str = ""
    language: str | None = "en"
    reply_to: str | None = None
    reply_to_account: str | None = None
    quotes: str | None = None
    boosts: str | None = None
    edited_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """A notification to the brand."""

    id: str
    kind: str
    author: str
    post: str
    at: Instant
    shown_at: Instant
    """Later than `at` while it is still being written: newer ones may be there before it."""
    filtered: bool


@dataclass(slots=True)
class Dialogue:
    """A conversation as the brand has it: between the same people, about the same first status."""

    id: str
    others: frozenset[str]
    posts: list[str] = field(default_factory=list)


class Network:
    """One server with its brand, and whoever writes to it. Safe from any thread.

    Verbs raise `ValueError` for what a server would refuse too, and for ids that were never given out.
    """

    def __init__(self, clock: Callable[[], Instant], *, brand: str, ulids: bool = False) -> None:
        self.clock = clock
        self.lock = threading.RLock()
        self.ulids = ulids
        self.accounts: dict[str, Account] = {}
        self.posts: dict[str, Post] = {}
        self.notices: list[Notice] = []
        self.dialogues: list[Dialogue] = []
        self.policy: dict[str, str] = {}
        """What becomes of notifications by strangers, by the key of a notification policy; else they are accepted."""
        self._numbers = count(101)
        self._sequence = count()
        self.brand = self.account(brand, name=brand.capitalize(), followers=52_000)

    def account(self, handle: str, **facts: str | int | bool) -> Account:
        """The account of that handle (`ann`, or `ann@other.example`), made at its first use."""
        username, _, domain = handle.partition("@")
        if not NAME.fullmatch(username):
            raise ValueError(f"{handle!r} is no handle")
        with self.lock:
            known = self.named(handle) or Account(
                id=self._new_id(self.clock()) if self.ulids else str(next(self._numbers)),
                username=username,
                domain=domain if domain and domain != DOMAIN else None,
                name=username,
            )
            self.accounts[known.id] = replace(known, **facts)  # type: ignore[arg-type]
            return self.accounts[known.id]

    def named(self, handle: str) -> Account | None:
        """The account of that handle, in whatever case it is written."""
        wanted = handle.lower().removesuffix(f"@{DOMAIN}")
        return next((each for each in self.accounts.values() if each.acct.lower() == wanted), None)

    def post(  # noqa: PLR0913 - what a status can be, each by name
        self,
        handle: str,
        text: str,
        *,
        reply_to: str | None = None,
        visibility: str = "public",
        spoiler: str = "",
        quotes: str | None = None,
        at: Instant | None = None,
        arrives_after: Millis = 0,
        noticed_after: Millis = 0,
        language: str | None = "en",
    ) -> str:
        """Post as `handle` and return the new id. `text` is taken as it is: apps put names before a reply, not servers.

        `arrives_after`: how long it was on its way from another server; its id is made from its own time all the same.
        `noticed_after`: how long its notification was being written.
        """
        if visibility not in VISIBILITIES:
            raise ValueError(f"visibility is one of {VISIBILITIES}")
        with self.lock:
            author = self.account(handle)
            parent = self.known(reply_to) if reply_to else None
            made = self.clock() if at is None else at
            ident = self._new_id(made)
            new = Post(
                id=ident,
                author=author.id,
                text=text,
                created_at=made,
                arrives_at=made + arrives_after,
                visibility=visibility,
                mentions=self._mentioned(text, author),
                conversation=parent.conversation if parent else ident,
                spoiler=spoiler,
                language=language,
                reply_to=parent.id if parent else None,
                reply_to_account=_carried_over(author, parent) if parent else None,
                quotes=self.known(quotes).id if quotes else None,
            )
            self.posts[new.id] = new
            self._deliver(new, noticed_after)
            return new.id

    def prefix(self, handle: str, reply_to: str) -> str:
        """The names that an app puts before a reply: the author's, and of all whom the parent names."""
        with self.lock:
            author, parent = self.account(handle), self.known(reply_to)
            people = dict.fromkeys((parent.author, *parent.mentions))
            return "".join(f"@{self.accounts[who].acct} " for who in people if who != author.id)

    def boost(self, handle: str, post_id: str, *, at: Instant | None = None) -> str:
        """Pass a status on unchanged: a status of its own, without words."""
        with self.lock:
            self.known(post_id)
            new = self.post(handle, "", at=at)
            self.posts[new] = replace(self.posts[new], boosts=post_id)
            return new

    def edit(self, post_id: str, text: str) -> None:
        """Change the words of a status: its id and its time stay, and nobody is notified."""
        with self.lock:
            old = self.known(post_id)
            named = self._mentioned(text, self.accounts[old.author])
            mentions = (*old.mentions, *(who for who in named if who not in old.mentions))
            self.posts[post_id] = replace(old, text=text, edited_at=self.clock(), mentions=mentions)

    def delete(self, post_id: str) -> None:
        """Take a status away, with its notifications; replies to it stay, and lose their parent, as at Mastodon."""
        with self.lock:
            self.known(post_id)
            del self.posts[post_id]
            self.notices = [notice for notice in self.notices if notice.post != post_id]
            for dialogue in self.dialogues:
                dialogue.posts = [each for each in dialogue.posts if each != post_id]
            for reply in [each for each in self.posts.values() if each.reply_to == post_id]:
                self.posts[reply.id] = replace(reply, reply_to=None)

    def suspend(self, handle: str) -> None:
        """Hide an account and all that it wrote, without deleting any of it."""
        self.account(handle, suspended=True)

    def known(self, post_id: str) -> Post:
        """The status of that id.

        :raises ValueError: there is none.
        """
        if post_id not in self.posts:
            raise ValueError(f"there is no status {post_id!r}")
        return self.posts[post_id]

    def shown(self, post_id: str) -> Post | None:
        """The status of that id, as far as the brand may see it."""
        post = self.posts.get(post_id)
        return post if post and self.sees(post) else None

    def sees(self, post: Post) -> bool:
        """Whether the brand may see a status now."""
        concerned = self.brand.id in {post.author, *post.mentions}
        public = post.visibility in {"public", "unlisted"}
        hidden = self.accounts[post.author].suspended
        return post.arrives_at <= self.clock() and not hidden and (public or concerned)

    def written_by(self, account_id: str) -> Iterator[Post]:
        """What an account wrote, by id, newest first."""
        mine = (post for post in self.posts.values() if post.author == account_id and self.sees(post))
        return iter(sorted(mine, key=lambda post: (len(post.id), post.id), reverse=True))

    def ancestors(self, post: Post) -> list[Post]:
        """What a status replies to, oldest first."""
        found: list[Post] = []
        while post.reply_to and (above := self.shown(post.reply_to)):
            found.insert(0, above)
            post = above
        return found

    def descendants(self, post: Post) -> list[Post]:
        """All that replies to a status, directly or not."""
        children = [each for each in self.posts.values() if each.reply_to == post.id and self.sees(each)]
        return [each for child in children for each in (child, *self.descendants(child))]

    def _deliver(self, post: Post, noticed_after: Millis) -> None:
        author = self.accounts[post.author]
        if self.brand.id in post.mentions and not self._notify(post, "mention", author, noticed_after):
            return
        quoted = self.posts.get(post.quotes or "")
        if quoted and quoted.author == self.brand.id and author.id != self.brand.id:
            self._notify(post, "quote", author, noticed_after)
        if post.visibility == "direct" and self.brand.id in {post.author, *post.mentions}:
            self._converse(post)

    def _notify(self, post: Post, kind: str, author: Account, noticed_after: Millis) -> bool:
        keys = ["for_not_following"] if not author.followed else []
        keys += ["for_private_mentions"] if post.visibility == "direct" and not author.followed else []
        keys += ["for_bots"] if author.bot else []
        fates = {self.policy.get(key, "accept") for key in keys}
        if "drop" in fates:
            return False
        at = post.arrives_at
        ident = self._new_id(at)  # here, the time of its arrival counts
        self.notices.append(Notice(ident, kind, author.id, post.id, at, at + noticed_after, "filter" in fates))
        return "filter" not in fates

    def _converse(self, post: Post) -> None:
        others = frozenset({post.author, *post.mentions} - {self.brand.id})
        for dialogue in self.dialogues:
            first = self.posts.get(dialogue.posts[0]) if dialogue.posts else None
            if dialogue.others == others and first and first.conversation == post.conversation:
                dialogue.posts.append(post.id)
                return
        self.dialogues.append(Dialogue(str(next(self._numbers)), others, [post.id]))

    def _mentioned(self, text: str, author: Account) -> tuple[str, ...]:
        found = [account.id for match in MENTION.finditer(text) if (account := self.named(match[1]))]
        return tuple(dict.fromkeys(who for who in found if who != author.id))

    def _new_id(self, at: Instant) -> str:
        number = next(self._sequence)
        if not self.ulids:
            return str((at << SNOWFLAKE_BITS) | number % (1 << SNOWFLAKE_BITS))
        return _crockford(at, 10) + _crockford(number, 16)


def _carried_over(author: Account, parent: Post) -> str | None:
    """As Mastodon does: whoever goes on after an own reply still replies to the one of before."""
    return parent.reply_to_account if parent.author == author.id and parent.reply_to else parent.author


def _crockford(number: int, length: int) -> str:
    return "".join(CROCKFORD[number >> 5 * place & 31] for place in reversed(range(length)))
