"""What the daemon says of itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Health:
    """`healthy`: the sweep beats. `ready`: config loaded, store writable, every channel tried once."""

    healthy: bool
    ready: bool
    reasons: tuple[str, ...] = ()
    """Why not, for a person; no secret and no customer text."""
