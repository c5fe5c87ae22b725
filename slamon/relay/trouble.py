"""Whether the first route can be used: judged by what came of sends, kept over a restart.

A refused token, a connection that is not made and an answer that makes no sense are trouble; a good answer to a send
ends it. What only reads, and what a receiver refuses for a reason of one place or one message, says nothing.
"""

from __future__ import annotations

from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING

from slamon.events import AlertSent
from slamon.model import MINUTE
from slamon.notifiers.base import Outcome, SendError
from slamon.store import relay as stored

if TYPE_CHECKING:
    from collections.abc import Callable

    from slamon.events import Event
    from slamon.model import Instant, Millis
    from slamon.store.relay import Trouble

SENDS = frozenset({"post", "reply", "edit", "notice"})
FAILED = frozenset({Outcome.NOT_SENT, Outcome.UNKNOWN, Outcome.BAD_CREDENTIAL})
MAY_NOT_LOOK = "missing_scope"
TRIED = 2 * MINUTE
"""Without a failure for so long, nothing is being tried: longer than any pause between two tries."""
ASK_EVERY = MINUTE


class Watch:
    """Since when the first route does not take what it is given. `hear` is safe from any thread."""

    def __init__(self, now: Callable[[], Instant], after: Millis, asks: Callable[[], None]) -> None:
        """Set up.

        :param after: how long trouble lasts before the second route opens.
        :param asks: whether the receiver answers at all, and takes our credential; raises `SendError`.
        """
        self._now = now
        self._after = after
        self._asks = asks
        self._lock = Lock()
        self._asked_at: Instant = 0
        self._subjects: set[object] = set()
        """What failed to be told, as far as that matters: one, or several."""
        self.trouble: Trouble | None = None

    def hear(self, event: Event) -> None:
        """Take note of what came of a send."""
        if not isinstance(event, AlertSent):
            return
        with self._lock:
            if event.purpose in SENDS and event.outcome == "sent":
                self._clear()
            elif event.outcome in FAILED and not (event.purpose == "look" and event.code == MAY_NOT_LOOK):
                self._failed(event)

    def look(self) -> Trouble | None:
        """The trouble as it stands now; its `open` says whether it has lasted long enough."""
        now = self._now()
        with self._lock:
            trouble, several = self.trouble, len(self._subjects) > 1
        if trouble is None:
            return None
        tried = now - trouble.failed_at <= TRIED
        if trouble.open:
            return trouble if tried else self._asked(trouble, now)
        if now - trouble.since < self._after:
            return trouble
        if not tried:
            return trouble  # nothing came of it: the next failure begins anew
        # One letter that fails again and again may be that letter's fault.
        return self._opened(trouble) if several else self._asked(trouble, now)

    def _failed(self, event: AlertSent) -> None:
        now, trouble = self._now(), self.trouble
        reason = event.code or event.outcome
        if trouble is None or (not trouble.open and now - trouble.failed_at > TRIED):
            self._subjects.clear()
            trouble = stored.Trouble(now, now, reason)
        self._subjects.add((event.audience, event.wait))
        self.trouble = replace(trouble, failed_at=now, reason=reason)

    def _asked(self, trouble: Trouble, now: Instant) -> Trouble | None:
        """Ask the receiver itself, once a minute."""
        if now - self._asked_at < ASK_EVERY:
            return trouble
        self._asked_at = now
        try:
            self._asks()
        except SendError as error:
            return self._opened(replace(trouble, reason=error.code or trouble.reason))
        with self._lock:
            self._clear()
        return None

    def _opened(self, trouble: Trouble) -> Trouble | None:
        with self._lock:
            if self.trouble is not None:  # else a good answer came in this very moment
                self.trouble = replace(trouble, failed_at=self.trouble.failed_at, open=True)
            return self.trouble

    def _clear(self) -> None:
        self.trouble = None
        self._subjects.clear()
