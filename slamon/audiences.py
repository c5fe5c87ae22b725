"""Those who are told: where, whom to wake there at which hour, and when to leave them in peace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from slamon.model import Instant
    from slamon.notify import Audience as Configured
    from slamon.sla.shifts import Quiet, Shifts


@dataclass(frozen=True, slots=True)
class Audience:
    """Who hears of a stage: where, and whom to wake there."""

    name: str
    destination: str
    mention: str = ""
    """Whom to wake outside shifts, as written in YAML."""
    others: tuple[str, ...] = ()
    """Whom repetitions wake then, after that one."""
    shifts: Shifts | None = None
    quiet: Quiet | None = None

    def persons(self, at: Instant) -> tuple[str, ...]:
        """All that can be woken at that instant, the first one first."""
        on_duty = self.shifts.on(at) if self.shifts else ()
        return on_duty or tuple(name for name in (self.mention, *self.others) if name)

    def wakes(self, at: Instant, repeat: int = 0) -> str:
        """Whom a telling at that instant wakes, as written in YAML; a repetition wakes the next one."""
        persons = self.persons(at)
        return persons[repeat % len(persons)] if persons else ""

    def quiet_until(self, at: Instant) -> Instant | None:
        """When the quiet hours end that it is then; `None` outside them."""
        return self.quiet.until(at) if self.quiet else None

    def shift_ends_at(self, at: Instant) -> Instant | None:
        """When the shift ends that it is then; `None` where there is none, or where it goes on for good."""
        return self.shifts.ends_at(at) if self.shifts else None

    def shift_starts(self, after: Instant, until: Instant) -> list[Instant]:
        """The instants in (after, until] at which a shift begins."""
        return self.shifts.starts(after, until) if self.shifts else []


def build(configured: Configured) -> Audience:
    """An audience as config.yaml has it."""
    mention, others = configured.mention or "", configured.others
    return Audience(configured.name, configured.slack, mention, others, configured.shifts, configured.quiet)
