"""The pretend YouTube's JSON: the resources of the Data API v3, with the fields that were asked for."""

from __future__ import annotations

import html
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha1
from typing import TYPE_CHECKING, Any, TypeAlias

from slamon.model import SECOND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slamon.model import Instant
    from slamon.sim._youtube.network import Account, Comment, Studio

Json: TypeAlias = dict[str, Any]

INLINE_REPLIES = 5
"""So many replies come along with a thread; no more, however many there are."""


@dataclass(frozen=True, slots=True)
class Look:
    """How things are to be shown."""

    parts: frozenset[str]
    plain: bool = False
    moderated: bool = False
    """The owner of the channel looks, and not by id: only then a comment tells its moderation status."""
    status: str = "published"
    fractions: bool = False
    """Times as older records have them: with milliseconds."""


def page(kind: str, items: list[Json], size: int, token: str | None = None) -> Json:
    """A list; `totalResults` is the count of this page, as YouTube has it. Channels that nobody has leave no list."""
    whole: Json = {"kind": f"youtube#{kind}ListResponse"}
    if token:
        whole["nextPageToken"] = token
    whole["pageInfo"] = {"totalResults": len(items), "resultsPerPage": size}
    if items or kind != "channel":
        whole["items"] = items
    return {**whole, "etag": _etag(whole)}


def thread(studio: Studio, look: Look, top: Comment) -> Json:
    """A comment thread."""
    published = studio.replies(top.id)
    shown = published if look.status == "published" else [*studio.replies(top.id, look.status), *published]
    whole: Json = {"kind": "youtube#commentThread", "id": top.id}
    if "snippet" in look.parts:
        whole["snippet"] = {
            "channelId": studio.videos[top.video].channel,
            "videoId": top.video,
            "topLevelComment": comment(studio, look, top),
            "canReply": True,
            "totalReplyCount": len(published),
            "isPublic": top.status == "published",
        }
    if "replies" in look.parts and shown:
        whole["replies"] = {"comments": [comment(studio, look, each) for each in shown[:INLINE_REPLIES]]}
    return {**whole, "etag": _etag(whole)}


def comment(studio: Studio, look: Look, said: Comment) -> Json:
    """A comment; nobody is told its author's id when that account is closed."""
    whole: Json = {"kind": "youtube#comment", "id": said.id}
    if "snippet" in look.parts:
        author = studio.accounts[said.author]
        snippet: Json = {
            "channelId": studio.videos[said.video].channel,
            "videoId": said.video,
            "textDisplay": said.text if look.plain else html.escape(said.text).replace("\n", "<br>"),
            "authorDisplayName": f"@{author.handle}",
            "authorProfileImageUrl": "https://yt3.example/photo.jpg",
            "authorChannelUrl": f"http://www.youtube.com/@{author.handle}",
            "canRate": True,
            "viewerRating": "none",
            "likeCount": said.likes,
            "publishedAt": iso(said.published, fractions=look.fractions),
            "updatedAt": iso(said.updated, fractions=look.fractions),
        }
        if not author.closed:
            snippet["authorChannelId"] = {"value": author.id}
        if not said.top:
            snippet["parentId"] = said.thread
        if look.moderated:
            snippet["moderationStatus"] = said.status
        whole["snippet"] = snippet
    return {**whole, "etag": _etag(whole)}


def channel(look: Look, account: Account) -> Json:
    """A channel; its counts are numbers in quotes."""
    whole: Json = {"kind": "youtube#channel", "id": account.id}
    if "snippet" in look.parts:
        whole["snippet"] = {
            "title": account.handle.capitalize(),
            "description": "",
            "customUrl": f"@{account.handle}",
            "publishedAt": "2015-03-01T00:00:00Z",
        }
    if "statistics" in look.parts:
        whole["statistics"] = {
            "viewCount": "9000",
            "subscriberCount": str(account.subscribers),
            "hiddenSubscriberCount": False,
            "videoCount": "1",
        }
    return {**whole, "etag": _etag(whole)}


def iso(at: Instant, *, fractions: bool = False) -> str:
    """`at` as YouTube writes it: to the second."""
    written = datetime.fromtimestamp(at // SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{written}.000Z" if fractions else f"{written}Z"


def error(status: int, reason: str, words: str, domain: str, more: Sequence[Json] = ()) -> Json:
    """A refusal in the shape of Google's newer front end, which keeps that of the older one inside."""
    names = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND"}
    body: Json = {
        "code": status,
        "message": words,
        "errors": [{"message": words, "domain": domain, "reason": reason}],
    }
    if domain == "global" and status in names:
        body["status"] = names[status]
    if more:
        body["details"] = list(more)
    return {"error": body}


def _etag(whole: Json) -> str:
    return sha1(json.dumps(whole, sort_keys=True).encode("utf-8", "replace"), usedforsecurity=False).hexdigest()[:27]
