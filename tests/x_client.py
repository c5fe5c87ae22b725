"""What the tests of the pretend X share: a clock that only a test moves, and an app that asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.sim.x import PretendX

NOON = 1_795_348_800_000
EVERYTHING = {
    "tweet.fields": "created_at,author_id,conversation_id,in_reply_to_user_id,referenced_tweets,public_metrics,lang,"
    "entities,edit_history_tweet_ids,note_tweet,display_text_range,possibly_sensitive,withheld",
    "expansions": "author_id,referenced_tweets.id",
    "user.fields": "username,name,verified,verified_type,public_metrics,protected,created_at",
}


class Clock:
    """A clock that only a test moves."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> int:
        return self.now


class Client:
    """Asks the pretend X as an app does."""

    def __init__(self, x: PretendX) -> None:
        self.x = x
        self.session = requests.Session()
        self.session.headers["authorization"] = f"Bearer {x.token}"

    def get(self, path: str, **query: object) -> requests.Response:
        shown = {name.replace("__", "."): str(value) for name, value in query.items()}
        return self.session.get(self.x.url + path, params=shown, timeout=5)

    def mentions(self, **query: object) -> dict[str, Any]:
        return self._list("mentions", query)

    def own(self, **query: object) -> dict[str, Any]:
        return self._list("tweets", query)

    def texts(self, **query: object) -> list[str]:
        return [post["text"] for post in self.mentions(**query).get("data", [])]

    def pages(self, **query: object) -> Iterator[dict[str, Any]]:
        """Every page of the mentions, newest first."""
        page = self.mentions(**query)
        yield page
        while "next_token" in page["meta"]:
            page = self.mentions(**query, pagination_token=page["meta"]["next_token"])
            yield page

    def control(self, verb: str, **arguments: object) -> requests.Response:
        return self.session.post(f"{self.x.url}/_range/{verb}", json=arguments, timeout=5)

    def _list(self, name: str, query: dict[str, object]) -> dict[str, Any]:
        answer = self.get(f"/2/users/{self.x.brand.id}/{name}", **query)
        assert answer.status_code == 200, answer.text
        page: dict[str, Any] = answer.json()
        return page
