"""HTTP/1.1 that slow, idle or greedy clients cannot use up.

uvicorn itself limits neither how long a request may take to come nor how many connections stand open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio

KEEP_ALIVE = 75
"""Seconds that an idle connection is kept for its next request: above the usual minute between scrapes."""

MOST_CONNECTIONS = 256
"""Far below the usual limit of 1,024 open files, which the store and the connectors need too."""


class PatientForAWhile(H11Protocol):
    """Closes a connection on which no request was asked and answered for `patience` seconds.

    When there are too many connections, the oldest one that asks nothing makes room.
    """

    def __init__(self, *, patience: float, **kwargs: Any) -> None:  # noqa: ANN401 - whatever uvicorn hands its protocols
        super().__init__(**kwargs)
        self._patience = patience
        self._deadline: asyncio.TimerHandle | None = None
        self.opened = self.loop.time()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn narrows it
        """Start the clock; make room if this is one too many."""
        super().connection_made(transport)
        self._wait(self._patience)
        make_room(self.connections)

    def on_response_complete(self) -> None:
        """Wait for the next request, for longer."""
        super().on_response_complete()
        self._wait(self._patience + KEEP_ALIVE)

    def shutdown(self) -> None:
        """The server stops: whoever asks nothing is not waited for, also where TLS would say goodbye."""
        if self.transport.is_closing():
            return  # asyncio's TLS loses sight of a connection that is closed twice
        if self.idle and not self.transport.get_write_buffer_size():
            self.transport.abort()
        else:
            super().shutdown()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        super().connection_lost(exc)
        self._stop_waiting()

    def _wait(self, seconds: float) -> None:
        self._stop_waiting()
        self._deadline = self.loop.call_later(seconds, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()

    @property
    def idle(self) -> bool:
        """Whether no request is being answered on it."""
        return self.cycle is None or self.cycle.response_complete


def make_room(connections: set[Any]) -> None:
    """Where there are too many, end the oldest that asks nothing."""
    idle = [peer for peer in connections if peer.idle] if len(connections) > MOST_CONNECTIONS else []
    if idle:
        oldest = min(idle, key=lambda peer: peer.opened)
        connections.discard(oldest)  # at once, else the next one to come would choose the same
        oldest.transport.abort()
