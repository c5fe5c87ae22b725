"""Which thread a message belongs to when only its reply chain can tell: the furthest id of the chain."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Chains:
    """Follows replies upwards. `parent_of` gives the id that a message replies to, `None` at the end of a chain."""

    def __init__(self, parent_of: Callable[[str], str | None]) -> None:
        self._parent_of = parent_of
        self._furthest: dict[str, str] = {}

    def furthest(self, ident: str) -> str:
        """The last id of the chain above `ident`, also where nobody has seen that message; of a ring, the least."""
        path: dict[str, None] = {}
        here = ident
        while here not in self._furthest:
            path[here] = None
            here = self._parent_of(here) or here
            if here in path:
                self._furthest[here] = _least_of_ring(list(path), here)
        end = self._furthest[here]
        self._furthest.update(dict.fromkeys(path, end))
        return end


def _least_of_ring(path: list[str], entry: str) -> str:
    """A message without a parent is a ring of one."""
    return min(path[path.index(entry) :])
