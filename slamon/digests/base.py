"""What every kind of digest is made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from slamon.model import Instant
    from slamon.notifiers.base import Digest
    from slamon.sla.policy import RuleSet
    from slamon.store.digests import StoredDigest


@dataclass(frozen=True, slots=True)
class View:
    """What is known beside the store."""

    now: Instant
    rules: RuleSet


class Build(Protocol):
    """Makes the content of one kind."""

    def __call__(self, tx: Connection, of: StoredDigest, view: View) -> Digest:
        """What it says now."""
        ...
