"""What the tests of the pretend Mastodon share: a clock that only a test moves, and a client that asks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.sim.mastodon import PretendMastodon

NOON = 1_795_348_800_000


class Clock:
    """A clock that only a test moves."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> int:
        return self.now


class Client:
    """Asks the pretend Mastodon as an application does."""

    def __init__(self, mastodon: PretendMastodon) -> None:
        self.mastodon = mastodon
        self.session = requests.Session()
        self.session.headers["authorization"] = f"Bearer {mastodon.token}"

    def get(self, path: str, **query: Any) -> requests.Response:
        """`name__` stands for `name[]`."""
        shown = {name.replace("__", "[]"): value for name, value in query.items()}
        return self.session.get(self.mastodon.url + path, params=shown, timeout=5)

    def json(self, path: str, **query: Any) -> Any:
        answer = self.get(path, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def mentions(self, **query: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.json("/api/v1/notifications", types__="mention", **query)
        return found

    def own(self, **query: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.json(f"/api/v1/accounts/{self.mastodon.brand.id}/statuses", **query)
        return found

    def status(self, ident: str) -> dict[str, Any]:
        found: dict[str, Any] = self.json(f"/api/v1/statuses/{ident}")
        return found

    def pages(self, path: str, **query: Any) -> Iterator[list[dict[str, Any]]]:
        """Every page of a list, newest first, by its links."""
        answer = self.get(path, **query)
        while answer.json():
            yield answer.json()
            older = re.search(r"<([^>]*)>; rel=\"next\"", answer.headers.get("link", ""))
            if older is None:
                return
            answer = self.session.get(older[1], timeout=5)

    def close(self) -> None:
        self.session.close()
