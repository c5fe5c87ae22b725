"""Pages of posts as X's API answers: 100 mentions, each by a customer of its own in a thread of its own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from slamon.connectors._x.ids import id_at
from slamon.sim._x.shape import iso

if TYPE_CHECKING:
    from slamon.model import Instant

SIZE = 100
ACCOUNT = "900"
"""The id of the account that is mentioned."""
TEXT = (
    "@acme my parcel was due on Monday and the tracking has said &quot;on its way&quot; ever since. "
    "Order {number}. Could somebody please look into it? I am leaving on Friday."
)


def page(number: int, at: Instant) -> bytes:
    """The answer number `number` of a run; its posts were made in the 100 ms from `at` on."""
    posts = [_post(number * SIZE + n, at + n) for n in range(SIZE)]
    users = [_user(number * SIZE + n) for n in range(SIZE)]
    answer = {
        "data": posts[::-1],
        "includes": {"users": users},
        "meta": {"result_count": SIZE, "newest_id": posts[-1]["id"], "oldest_id": posts[0]["id"]},
    }
    return json.dumps(answer, separators=(",", ":")).encode()


def _post(number: int, at: Instant) -> dict[str, Any]:
    post_id, text = str(id_at(at)), TEXT.format(number=number)
    return {
        "id": post_id,
        "text": text,
        "author_id": str(10_000_000 + number),
        "conversation_id": post_id,
        "created_at": iso(at),
        "edit_history_tweet_ids": [post_id],
        "display_text_range": [0, len(text)],
        "entities": {"mentions": [{"start": 0, "end": 5, "username": "acme", "id": ACCOUNT}]},
        "in_reply_to_user_id": ACCOUNT,
        "lang": "en",
        "public_metrics": {
            "retweet_count": 0,
            "reply_count": 0,
            "like_count": 1,
            "quote_count": 0,
            "bookmark_count": 0,
            "impression_count": 40,
        },
    }


def _user(number: int) -> dict[str, Any]:
    return {
        "id": str(10_000_000 + number),
        "name": f"Customer {number}",
        "username": f"customer{number}",
        "verified": False,
        "verified_type": "none",
        "public_metrics": {
            "followers_count": number % 5_000,
            "following_count": 80,
            "tweet_count": 900,
            "listed_count": 1,
        },
    }
