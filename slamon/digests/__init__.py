"""What each kind of digest says, as the store has it now: a file a kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.digests import catch_up, quiet, storm
from slamon.digests.said import as_said
from slamon.notifiers.base import Digest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from slamon.digests.base import Build, View
    from slamon.store.digests import StoredDigest

__all__ = ["KINDS", "build"]

KINDS: Mapping[str, Build] = {
    **dict.fromkeys(("opening", "daily", "history", "blind"), as_said),
    "catch_up": catch_up.build,
    "quiet": quiet.build,
    "storm": storm.build,
}
"""By kind."""


def build(tx: Connection, of: StoredDigest, view: View) -> Digest:
    """What a digest says now; one of a kind that this version does not know says only that it is there."""
    make = KINDS.get(of.kind)
    if make is None:
        return Digest(number=of.id, kind=of.kind, title=f"A digest of kind {of.kind}", now=view.now)
    return make(tx, of, view)
