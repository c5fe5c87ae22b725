"""The line by which Slack reaches slamon: a socket, and who answers on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from slamon.events import SocketChanged
from slamon.notifiers._slack_socket import SlackSocket
from slamon.notifiers.slack import Slack

if TYPE_CHECKING:
    from collections.abc import Callable

    from slamon.answering.answering import Answering
    from slamon.events import Event, Listener
    from slamon.model import Instant
    from slamon.notifiers._slack_socket import Patience


@dataclass(frozen=True, slots=True)
class Way:
    """How Slack is reached, and who hears that it is."""

    app_token: str
    api_url: str
    hear: Listener
    now: Callable[[], Instant]
    seconds: Callable[[], float]


class Line:
    """Keeps people connected with slamon between `start` and `stop`."""

    def __init__(self, answering: Answering, way: Way, patience: Patience | None = None) -> None:
        self._answering = answering
        self._way = way
        self._slack = Slack(way.app_token, way.api_url, "UTC")
        self._socket = SlackSocket(
            self._dial,
            answering.take,
            self._heard,
            answering.refused,
            now=way.now,
            seconds=way.seconds,
            patience=patience,
        )

    def start(self) -> None:
        """Connect, and answer."""
        self._answering.start()
        self._socket.start()

    def stop(self) -> None:
        """End within a second, whatever hangs."""
        self._socket.stop()
        self._answering.stop()

    def state(self) -> dict[str, Instant | None]:
        """Since when Slack reaches us, and when it last did; for `slamon status`."""
        return {"connected_since": self._socket.connected_since, "last_heard_at": self._socket.last_envelope_at}

    def _dial(self) -> str:
        return str(self._slack.ask("apps.connections.open", {})["url"])

    def _heard(self, event: Event) -> None:
        self._way.hear(event)
        if isinstance(event, SocketChanged) and event.connected:
            # Slack keeps no events for somebody who is not there: what was set meanwhile is looked up.
            self._answering.look_again()
