"""Many alerts at once: one message that lives on until all of them are answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.digests.rows import counted, digest_of, members_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from slamon.digests.base import View
    from slamon.digests.rows import Members
    from slamon.notifiers.base import Digest
    from slamon.store.digests import StoredDigest

GOES_ON = "Work from the top. Further alerts come into this message until it is calm again."
CALM = "Work from the top. It is calm again: further alerts come one by one."


def build(tx: Connection, of: StoredDigest, view: View) -> Digest:
    """What it says now."""
    members = members_of(tx, of, view)
    calm = of.closed_at is not None or (of.until is not None and of.until <= view.now)
    note = CALM if calm else GOES_ON
    return digest_of(tx, of, view, members, (_title(members), note if members.open else ""))


def _title(members: Members) -> str:
    total = len(members.all)
    if not members.open:
        return f"Many alerts at once: nobody of {counted(total, 'customer')} waits any more"
    return f"Many alerts at once: {members.open:,} of {counted(total, 'customer')} still wait"
