"""Credentials that end by themselves are announced days ahead, once for each step."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from slamon import logs
from slamon.errors import StoreError
from slamon.events import CredentialSeen
from slamon.model import DAY, SECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from slamon.events import Event
    from slamon.model import Instant
    from slamon.store.outbox import Reader
    from slamon.store.store import Store

STEPS = (0, 1, 3, 7, 14)
"""Days before the end; each is told once, the nearest one only."""

log = logs.get("slamon.expiry")


class ExpiryNotices:
    """A listener that writes a notice for the default audience. What slamon renews itself is not announced."""

    def __init__(self, store: Store, readers: Sequence[Reader], now: Callable[[], Instant]) -> None:
        self._store = store
        self._readers = readers
        self._now = now
        self._told: set[str] = set()

    def __call__(self, event: Event) -> None:
        """Take note of `event`; raises nothing."""
        if not isinstance(event, CredentialSeen) or event.renewed:
            return
        left = event.expires_at - self._now()
        step = next((days for days in STEPS if left <= days * DAY), None)
        if step is None:
            return
        key = f"expiry:{event.channel}:{event.credential}:{event.expires_at}:{step}"
        if key not in self._told:
            self._tell(key, event, step)

    def _tell(self, key: str, event: CredentialSeen, step: int) -> None:
        at = datetime.fromtimestamp(event.expires_at / SECOND, UTC).strftime("%Y-%m-%d %H:%M UTC")
        days = "1 day" if step == 1 else f"{step} days"
        when = f"ends on {at}, within {days}" if step else f"ended on {at}"
        log.warning("credential_ends", channel=event.channel, credential=event.credential, at=at, within_days=step)
        text = (
            f"The {event.credential} of channel {event.channel} {when}: nothing is read after that. slamon cannot "
            "renew it. Put a new one where `credentials` points, and restart slamon."
        )
        try:
            self._store.notify(key, text, self._readers, self._now())
        except StoreError as error:
            log.warning("notice_unwritten", error=str(error))
            return
        self._told.add(key)
