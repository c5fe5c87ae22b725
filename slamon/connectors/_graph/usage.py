"""What is left of Meta's budgets: three headers with JSON in them, in percent of a budget that nobody is told.

A header comes only after enough calls: its absence is not 0 %. The doc contradicts itself on the length of the window,
so an hour is taken where no minutes are named.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from slamon.connectors._answers import server_time
from slamon.connectors.base import Quota
from slamon.model import DAY, HOUR, MINUTE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from slamon.model import Instant, Millis

APP, PAGE = "app", "page"
"""Budgets of the older two headers; those of the third are named by Meta: `pages`, `messenger`, `instagram`."""
BUSINESS = frozenset({"pages", "messenger", "instagram"})

_LARGEST = 16_384
_PARTS = ("call_count", "total_time", "total_cputime")
_WINDOW: Millis = HOUR


class Usage:
    """The newest word on each budget. Safe from any thread: each write is one assignment."""

    def __init__(self, now: Callable[[], Instant], endpoints: Sequence[str]) -> None:
        self._now = now
        self._endpoints = tuple(sorted(endpoints))
        self._quotas: dict[str, Quota] = {}

    def heard(self, endpoint: str, headers: Mapping[str, str]) -> Quota | None:
        """Note what an answer tells; :returns: the tightest budget, in the platform's time. Never raises."""
        del endpoint  # budgets are by account, whatever is asked
        told = list(_told(headers, self._now(), self._endpoints))
        self._quotas.update({quota.endpoint: quota for quota in told})
        tightest = min(told, key=lambda quota: (quota.remaining, -quota.resets_at), default=None)
        date = server_time(headers)
        if tightest is None or date is None:
            return tightest
        return replace(tightest, resets_at=tightest.resets_at - self._now() + date)

    def quotas(self) -> Sequence[Quota]:
        """Each budget as last heard of, in our time."""
        return tuple(self._quotas.values())

    def blocked(self) -> Quota | None:
        """The budget that is used up for longest, if one is."""
        now = self._now()
        spent = [quota for quota in tuple(self._quotas.values()) if quota.remaining <= 0 and quota.resets_at > now]
        return max(spent, key=lambda quota: quota.resets_at, default=None)


def _told(headers: Mapping[str, str], now: Instant, endpoints: tuple[str, ...]) -> Iterator[Quota]:
    for name, header in ((APP, "x-app-usage"), (PAGE, "x-page-usage")):
        entry = _json(headers.get(header))
        if quota := _quota(name, [entry], now, endpoints):
            yield quota
    by_type: dict[str, list[Any]] = {}
    for entry in _business(_json(headers.get("x-business-use-case-usage"))):
        by_type.setdefault(entry["type"], []).append(entry)
    for name, entries in by_type.items():
        if quota := _quota(name, entries, now, endpoints):
            yield quota


def _business(document: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - any JSON
    """Entries of budgets that concern us, of whatever business object: the header is about the call just made."""
    lists = document.values() if isinstance(document, dict) else ()
    for entries in lists:
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, dict) and isinstance(entry.get("type"), str) and entry["type"] in BUSINESS:
                yield entry


def _quota(name: str, entries: Sequence[Any], now: Instant, endpoints: tuple[str, ...]) -> Quota | None:
    known = [entry for entry in entries if isinstance(entry, dict)]
    shares = [share for entry in known for part in _PARTS if (share := _number(entry.get(part))) is not None]
    minutes = max((_number(entry.get("estimated_time_to_regain_access")) or 0 for entry in known), default=0)
    if not shares and not minutes:
        return None
    # Minutes are named only while nothing is answered any more, whatever the percentages say.
    remaining = 0 if minutes else max(0, 100 - max(shares))
    resets_at = now + (min(minutes * MINUTE, DAY) if minutes else _WINDOW)
    return Quota(name, 100, remaining, resets_at, endpoints, percent=True)


def _number(value: Any) -> int | None:  # noqa: ANN401 - any JSON
    """A percentage or a number of minutes, rounded up."""
    if type(value) not in {int, float} or not 0 <= value < 1_000_000:  # noqa: PLR2004 - nonsense beyond
        return None
    return int(-(-value // 1))


def _json(text: str | None) -> Any:  # noqa: ANN401 - any JSON
    if not text or len(text) > _LARGEST:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
