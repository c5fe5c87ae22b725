"""The pretend Bluesky's JSON: accounts, posts, notifications, threads and direct messages as its lexicons have them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from slamon.sim._bluesky.network import GATES, cid, iso

if TYPE_CHECKING:
    from slamon.model import Instant
    from slamon.sim._bluesky.dialogues import Dialogue, Dialogues, Event, Written
    from slamon.sim._bluesky.network import Account, Network, Post

Json: TypeAlias = dict[str, Any]

LABELLER = "did:plc:ar7c4by46qjdydhdevvrndac"
_CONVO = "chat.bsky.convo.defs#"
_FEED = "app.bsky.feed.defs#"


@dataclass(frozen=True, slots=True)
class Shape:
    """How the network looks to the account `viewer`."""

    network: Network
    viewer: str

    def basic(self, did: str) -> Json:
        """An account as it stands beside a post."""
        account = self.network.accounts[did]
        shown: Json = {
            "did": did,
            "handle": account.handle,
            "displayName": account.name,
            "createdAt": "2024-02-01T00:00:00.000Z",
            "labels": _labels(account),
            "viewer": self._viewer(did),
        }
        if account.verified:
            shown["verification"] = _verification()
        return shown

    def member(self, did: str) -> Json:
        """An account as it stands beside direct messages."""
        account = self.network.accounts[did]
        return {"did": did, "handle": account.handle, "displayName": account.name, "chatDisabled": False}

    def detailed(self, did: str) -> Json:
        """An account with what is counted of it."""
        counts = {
            "followersCount": self.network.accounts[did].followers,
            "followsCount": 80,
            "postsCount": sum(1 for _ in self.network.of(did)),
        }
        return {**self.basic(did), **counts}

    def post(self, post: Post) -> Json:
        """A post as the network shows it."""
        likes = sum(1 for _, _, uri in self.network.likes if uri == post.uri)
        quotes = sum(1 for other in self.network.posts.values() if other.quotes == post.uri)
        shown: Json = {
            "uri": post.uri,
            "cid": post.cid,
            "author": self.basic(post.did),
            "record": post.record,
            "replyCount": len(self.network.under(post.uri)),
            "repostCount": 0,
            "likeCount": likes,
            "quoteCount": quotes,
            "bookmarkCount": 0,
            "indexedAt": iso(post.seen_at),
            "viewer": {"threadMuted": False, "embeddingDisabled": False},
            "labels": [],
        }
        if not post.parent and post.uri in self.network.hidden:
            shown["threadgate"] = gate(self.network, post.uri)
        return shown

    def notification(self, told: tuple[Post, str, str | None]) -> Json:
        """A post that the account is told of: why, and of which of its own posts that is."""
        post, reason, subject = told
        shown: Json = {
            "uri": post.uri,
            "cid": post.cid,
            "author": self.basic(post.did),
            "reason": reason,
            "record": post.record,
            "isRead": False,
            "indexedAt": iso(post.sort_at),
            "labels": [],
        }
        return shown if subject is None else {**shown, "reasonSubject": subject}

    def thread(self, uri: str, depth: int) -> Json:
        """A post with the replies under it, down to `depth`."""
        post = self.network.visible(uri)
        if post is None:
            return {"$type": f"{_FEED}notFoundPost", "uri": uri, "notFound": True}
        if self.network.blocked(self.viewer, post.did):
            return {"$type": f"{_FEED}blockedPost", "uri": uri, "blocked": True, "author": {"did": post.did}}
        shown: Json = {"$type": f"{_FEED}threadViewPost", "post": self.post(post)}
        if depth > 0:
            hidden = self.network.hidden.get(post.root, [])
            under = [reply for reply in self.network.under(uri) if reply.uri not in hidden]
            shown["replies"] = [self.thread(reply.uri, depth - 1) for reply in under]
        return shown

    def convo(self, dialogue: Dialogue) -> Json:
        """A conversation."""
        shown: Json = {
            "id": dialogue.id,
            "rev": dialogue.rev,
            "members": [self.member(did) for did in dialogue.members],
            "muted": False,
            "status": "accepted" if dialogue.accepted else "request",
            "unreadCount": 0,
            "kind": {"$type": f"{_CONVO}directConvo"},
        }
        if dialogue.group:
            shown["kind"] = _group(self.network.clock(), len(dialogue.members))
        if dialogue.messages:
            shown["lastMessage"] = self.message(dialogue, dialogue.messages[-1])
        return shown

    def message(self, dialogue: Dialogue, said: Written, *, alone: bool = False) -> Json:
        """A direct message; `alone`: without the one that it answers."""
        shown: Json = {
            "$type": f"{_CONVO}{'deletedMessageView' if said.deleted else 'messageView'}",
            "id": said.id,
            "rev": said.rev,
            "sender": {"did": said.did},
            "sentAt": iso(said.sent_at),
        }
        if said.deleted:
            return shown
        shown |= {"text": said.text, "facets": said.facets, "reactions": []}
        answered = next((each for each in dialogue.messages if each.id == said.reply_to), None)
        if answered and not alone:
            shown["replyTo"] = self.message(dialogue, answered, alone=True)
        return shown

    def event(self, dialogues: Dialogues, event: Event) -> Json:
        """A line of the log."""
        shown: Json = {"$type": f"{_CONVO}{event.kind}", "rev": event.rev, "convoId": event.convo}
        if event.message is not None:
            dialogue = dialogues.all[event.convo]
            said = dialogues.find(event.convo, event.message)
            shown["message"] = self.message(dialogue, said)
            if event.kind == "logCreateMessage":
                shown["relatedProfiles"] = [self.member(said.did)]
        return shown

    def _viewer(self, did: str) -> Json:
        return {
            "muted": (self.viewer, did) in self.network.mutes,
            "blockedBy": (did, self.viewer) in self.network.blocks,
        }


def gate(network: Network, root: str) -> Json:
    """The record of what is hidden in a thread, as a view of it."""
    uri = root.replace("/app.bsky.feed.post/", f"/{GATES}/")
    record = gate_record(network, root)
    return {"uri": uri, "cid": cid(uri, record), "record": record, "lists": []}


def gate_record(network: Network, root: str) -> Json:
    """The record of what is hidden in a thread."""
    return {
        "$type": GATES,
        "post": root,
        "createdAt": "2026-11-01T00:00:00.000Z",
        "hiddenReplies": list(network.hidden[root]),
    }


def _labels(account: Account) -> list[Json]:
    if not account.bot:
        return []
    return [{"src": account.did, "uri": f"at://{account.did}", "val": "bot", "cts": "2026-01-01T00:00:00.000Z"}]


def _verification() -> Json:
    by = {
        "issuer": LABELLER,
        "uri": f"at://{LABELLER}/app.bsky.graph.verification/3kaaaaaaaaa2a",
        "isValid": True,
        "createdAt": "2026-01-01T00:00:00.000Z",
    }
    return {"verifications": [by], "verifiedStatus": "valid", "trustedVerifierStatus": "none"}


def _group(now: Instant, members: int) -> Json:
    return {
        "$type": f"{_CONVO}groupConvo",
        "createdAt": iso(now),
        "lockStatus": "unlocked",
        "lockStatusModerationOverride": False,
        "memberCount": members,
        "memberLimit": 50,
        "name": "a group",
    }
