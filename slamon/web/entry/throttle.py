"""Who was wrong too often lately: wrong passwords and wrong tokens are looked at more and more rarely."""

from __future__ import annotations

from collections import OrderedDict, deque
from ipaddress import IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

FAILURES = 10
"""In a minute; further ones are told to slow down."""
MINUTE = 60.0
MOST = 10_000
"""Of whom failures are remembered at a time; those who failed longest ago are forgotten."""


class SlowDownError(Exception):
    """Not looked at: ask again after so many seconds."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Failures:
    """When each was wrong in the last minute. Each has a count of its own: nobody locks out anybody else."""

    def __init__(self, seconds: Callable[[], float]) -> None:
        """`seconds`: a clock that never goes back."""
        self._seconds = seconds
        self._at: OrderedDict[Hashable, deque[float]] = OrderedDict()

    def let_through(self, who: Hashable) -> None:
        """Nothing, where `who` may try once more.

        :raises SlowDownError: not yet.
        """
        at = self._at.get(who)
        if at and len(at) == FAILURES and (left := at[0] + MINUTE - self._seconds()) > 0:
            raise SlowDownError(int(left) + 1)

    def add(self, who: Hashable) -> None:
        """`who` was wrong just now."""
        self._at.setdefault(who, deque(maxlen=FAILURES)).append(self._seconds())
        self._at.move_to_end(who)
        if len(self._at) > MOST:
            self._at.popitem(last=False)


def neighbourhood(client: tuple[str, int] | None) -> str:
    """Whom one customer of a provider can pretend to be: an address of IPv4, all of a /64 of IPv6."""
    try:
        address = ip_address(client[0] if client else "")
    except ValueError:
        return ""
    if not isinstance(address, IPv6Address):
        return str(address)
    mapped = address.ipv4_mapped
    return str(mapped or ip_network((int(address), 64), strict=False))
