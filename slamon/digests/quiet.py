"""What waited for the end of an audience's quiet hours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.digests.rows import counted, digest_of, members_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from slamon.digests.base import View
    from slamon.notifiers.base import Digest
    from slamon.store.digests import StoredDigest


def build(tx: Connection, of: StoredDigest, view: View) -> Digest:
    """What it says now."""
    members = members_of(tx, of, view)
    total = counted(len(members.all), "customer")
    state = f"{members.open:,} still wait" if members.open else "nobody waits any more"
    title = f"In the quiet hours, {total} came to be told of: {state}"
    return digest_of(tx, of, view, members, (title, "Work from the top." if members.open else ""))
