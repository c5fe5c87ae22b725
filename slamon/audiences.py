"""Those who are told: where, whom to wake there at which hour, and when to leave them in peace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from slamon.model import Instant


@dataclass(frozen=True, slots=True)
class Audience:
    """Who hears of a stage: where, and whom to wake there."""

    name: str
    destination: str
    mention: str = ""

    def wakes(self, at: Instant, repeat: int = 0) -> str:
        """Whom a telling at that instant wakes, as written in YAML; a repetition wakes the next one."""
        del at, repeat
        return self.mention

    def quiet_until(self, at: Instant) -> Instant | None:
        """When the quiet hours end that it is then; `None` outside them."""
        del at
        return None

    def shift_ends_at(self, at: Instant) -> Instant | None:
        """When the shift ends that it is then; `None` where there are no shifts."""
        del at
        return None
