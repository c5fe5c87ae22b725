"""A pretend receiver of webhooks: takes what is signed well and young, and drops what it has already.

It shows how a receiver of one's own checks a delivery. `taken` has each delivery once, `repeats` counts the others.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Any

from slamon.model import MINUTE, SECOND
from slamon.sim.server import Answer, PretendServer, Request, Served

if TYPE_CHECKING:
    from collections.abc import Callable

    from slamon.model import Instant

FRESH = 5 * MINUTE
"""An older delivery may be one that somebody recorded and plays again."""


class PretendWebhook(Served):
    """Takes deliveries at `url` + `/alerts`. A context manager."""

    def __init__(self, clock: Callable[[], Instant], secret: str, host: str = "127.0.0.1", port: int = 0) -> None:
        self.server = PretendServer(clock, host, port)
        self.clock = clock
        self.secret = secret
        self.taken: dict[str, dict[str, Any]] = {}
        self.repeats = 0

        @self.server.route("POST", "/alerts")
        def alerts(request: Request) -> Answer:
            return self._take(request)

    def _take(self, request: Request) -> Answer:
        at = request.headers.get("x-slamon-timestamp", "")
        if not at.isdecimal() or abs(self.clock() - int(at) * SECOND) > FRESH:
            return Answer.text("too old, or from the future", 401)
        proof = hmac.new(self.secret.encode(), at.encode() + b"." + request.body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(request.headers.get("x-slamon-signature", ""), f"v1={proof}"):
            return Answer.text("not signed by us", 401)
        delivery = request.headers.get("x-slamon-delivery", "")
        self.repeats += delivery in self.taken
        self.taken.setdefault(delivery, request.json())
        return Answer(204)
