"""What came of a reload, for people and for programs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from slamon.reload.diff import Change

LOADED, UNCHANGED, FAULTS, FAILED = "loaded", "unchanged", "faults", "failed"
RESTART = "config.yaml changed as well: only a restart takes that up"


@dataclass(frozen=True, slots=True)
class Report:
    """One reload: `outcome` is `loaded`, `unchanged`, or, with the old rules still in force, `faults` or `failed`."""

    outcome: str
    version: str
    """Of the rules in force now."""
    before: str
    """Of those in force before."""
    changes: Mapping[str, Change] = field(default_factory=dict)
    """By channel."""
    faults: Sequence[str] = ()
    """A line each."""
    config_changed: bool = False

    @property
    def good(self) -> bool:
        """Whether what stands on disk is in force."""
        return self.outcome in {LOADED, UNCHANGED}

    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        told: dict[str, Any] = {"outcome": self.outcome, "version": self.version, "before": self.before}
        if self.good:
            told["channels"] = {name: _plain(change) for name, change in self.changes.items()}
        else:
            told["faults"] = list(self.faults)
        if self.config_changed:
            told["note"] = RESTART
        return told


def _plain(change: Change) -> dict[str, Any]:
    policies = {"added": change.added, "removed": change.removed, "changed": change.changed}
    told: dict[str, Any] = {"policies": {word: list(names) for word, names in policies.items() if names}}
    if change.reordered:
        told["policies"]["reordered"] = True
    if change.settings:
        told["settings"] = list(change.settings)
    told["open_waits"] = "all" if change.everything else "some" if change.moved else "none"
    return told
