"""What the tests of X share: posts as X has them, a clock that only a test moves, and an app that asks."""

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


AT = 1_763_284_542_000
"""2025-11-16T09:15:42Z."""
STALE = {
    "title": "Invalid Request",
    "detail": "One or more parameters to your request was invalid.",
    "type": "https://api.twitter.com/2/problems/invalid-request",
    "errors": [{"parameters": {"since_id": ["1"]}, "message": "'since_id' must be created after 2026-07-31T11:45Z."}],
}
"""How X refuses an id that is too old to begin after."""


def an_id(at: int = AT, number: int = 0) -> str:
    return str((at - 1_288_834_974_657 << 22) + number)


def post(**facts: Any) -> dict[str, Any]:
    """A customer's post in the older spelling, with `facts` changed."""
    plain = {
        "id": an_id(),
        "text": "@acme hello",
        "author_id": "55",
        "conversation_id": an_id(),
        "created_at": "2025-11-16T09:15:42.000Z",
    }
    return plain | {"edit_history_tweet_ids": [facts.get("id", plain["id"])]} | facts


def mention(start: int, who: str, name: str = "") -> dict[str, Any]:
    return {"start": start, "end": start + 5, "id": who, "username": name or f"u{who}"}


def asked(x: PretendX, ending: str) -> list[dict[str, str]]:
    """The queries of the requests so far whose path ends so."""
    return [dict(taken.request.query) for taken in x.server.ledger if taken.request.path.endswith(ending)]


class Clock:
    """A clock that only a test moves."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> int:
        return self.now


class Client:
    """Asks the pretend X as an app does."""

    def __init__(self, x: PretendX, token: str | None = None) -> None:
        self.x = x
        self.session = requests.Session()
        self.session.headers["authorization"] = f"Bearer {token or x.token}"

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

    def found(self, query: str, **more: object) -> list[str]:
        """Texts that a search finds, newest first."""
        answer = self.get("/2/tweets/search/recent", query=query, **more)
        assert answer.status_code == 200, answer.text
        return [post["text"] for post in answer.json().get("data", [])]

    def events(self, path: str = "/2/dm_events", **query: object) -> list[dict[str, Any]]:
        """Direct messages, newest first."""
        answer = self.get(path, **query)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json().get("data", [])
        return found

    def control(self, verb: str, **arguments: object) -> requests.Response:
        return self.session.post(f"{self.x.url}/_range/{verb}", json=arguments, timeout=5)

    def _list(self, name: str, query: dict[str, object]) -> dict[str, Any]:
        answer = self.get(f"/2/users/{self.x.brand.id}/{name}", **query)
        assert answer.status_code == 200, answer.text
        page: dict[str, Any] = answer.json()
        return page
