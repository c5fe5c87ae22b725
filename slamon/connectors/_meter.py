"""A budget that a platform documents and never tells of: counted by us, across channels and restarts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from slamon.connectors.base import Quota

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from slamon.connectors.base import Context
    from slamon.model import Instant


class Meter:
    """Counts what calls cost until the budget begins anew. Meters with the same key share their count.

    What other programs spend with the same credential is not seen: a refusal of the platform still parks.
    """

    def __init__(
        self,
        context: Context,
        key: str,
        quota: tuple[str, int],
        resets_at: Callable[[Instant], Instant],
        costs: Mapping[str, int],
    ) -> None:
        """`quota`: its name and its limit. `resets_at`: when the budget of an instant ends. `costs`: by endpoint."""
        self._context = context
        self._key = f"meter:{key}"
        self._name, self._limit = quota
        self._resets_at = resets_at
        self._costs = dict(costs)

    def spent(self, endpoint: str) -> None:
        """A call was made; one of an endpoint without a cost takes nothing."""
        cost = self._costs.get(endpoint, 0)
        if not cost:
            return
        with self._context.vault.lock(self._key):
            used, until = self._read()
            self._context.vault.put(self._key, json.dumps({"used": used + cost, "until": until}))

    def quota(self) -> Quota:
        """What is left by our count."""
        used, until = self._read()
        dearer = tuple((endpoint, cost) for endpoint, cost in self._costs.items() if cost != 1)
        return Quota(self._name, self._limit, max(0, self._limit - used), until, tuple(self._costs), dearer)

    def _read(self) -> tuple[int, Instant]:
        now = self._context.now()
        kept = json.loads(self._context.vault.get(self._key) or "{}")
        until = int(kept.get("until", 0))
        # A clock that was set back by more than a window must not leave an old count in force for ever.
        if now >= until or until > self._resets_at(now):
            return 0, self._resets_at(now)
        return int(kept["used"]), until
