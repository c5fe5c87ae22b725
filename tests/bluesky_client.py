"""What the tests of the pretend Bluesky share: an app that asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import requests

from slamon.sim.bluesky import CHAT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slamon.sim.bluesky import PretendBluesky

PASSWORD = "abcd-efgh-ijkl-mnop"
REASONS = ("mention", "reply", "quote")


class Client:
    """Asks the pretend Bluesky as an app does."""

    def __init__(self, bluesky: PretendBluesky) -> None:
        self.bluesky = bluesky
        self.session = requests.Session()
        self.tokens: dict[str, str] = {}

    def sign_in(self, who: str = "acme.bsky.social", password: str = PASSWORD) -> requests.Response:
        body = {"identifier": who, "password": password}
        answer = self.session.post(f"{self.bluesky.url}/xrpc/com.atproto.server.createSession", json=body, timeout=5)
        self.tokens = answer.json() if answer.status_code == 200 else {}
        self.session.headers["authorization"] = f"Bearer {self.tokens.get('accessJwt', '')}"
        return answer

    def refresh(self, token: str, **options: Any) -> requests.Response:
        headers = {"authorization": f"Bearer {token}"}
        url = f"{self.bluesky.url}/xrpc/com.atproto.server.refreshSession"
        return self.session.post(url, headers=headers, timeout=5, **options)

    def get(self, method: str, **params: object) -> requests.Response:
        headers = {"atproto-proxy": CHAT} if method.startswith("chat.") else {}
        return self.session.get(f"{self.bluesky.url}/xrpc/{method}", params=params, headers=headers, timeout=5)  # type: ignore[arg-type]

    def ok(self, method: str, **params: object) -> dict[str, Any]:
        answer = self.get(method, **params)
        assert answer.status_code == 200, answer.text
        document: dict[str, Any] = answer.json()
        return document

    def refused(self, method: str, **params: object) -> tuple[int, str, str]:
        answer = self.get(method, **params)
        return answer.status_code, answer.json()["error"], answer.json()["message"]

    def told(self, reasons: Sequence[str] = REASONS, **params: object) -> list[str]:
        """Texts of the first page of notifications."""
        found = self.ok("app.bsky.notification.listNotifications", reasons=reasons, **params)["notifications"]
        return [each["record"]["text"] for each in found]

    def records(self, did: str, **params: object) -> dict[str, Any]:
        return self.ok("com.atproto.repo.listRecords", repo=did, collection="app.bsky.feed.post", **params)
