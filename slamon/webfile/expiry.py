"""Until when a certificate is good, in words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from slamon.errors import Fault
from slamon.model import DAY

if TYPE_CHECKING:
    from pathlib import Path

    from slamon.model import Instant
    from slamon.webfile.tls import Tls

SOON = 14 * DAY


def expiry(tls: Tls, now: Instant) -> str:
    """`good until 2027-01-31 12:00 UTC`; with what to do where that is soon."""
    expires = tls.shown.expires
    at = f"{datetime.fromtimestamp(expires / 1_000, UTC):%Y-%m-%d %H:%M} UTC"
    if expires <= now:
        return f"expired at {at}"
    return f"good until {at}{': renew it now' if expires <= now + SOON else ''}"


def expired(path: Path, tls: Tls, now: Instant) -> list[Fault]:
    """A fault of the web.yml at `path`, where no client trusts its certificate any more."""
    if tls.shown.expires > now:
        return []
    return [Fault(str(path), 1, 1, f"the certificate {expiry(tls, now)}", "renew it; slamon takes it up at once")]
