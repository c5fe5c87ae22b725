"""What could not be told in time, whichever side was down: slamon, Slack, or the platform that could not be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.digests.rows import counted, digest_of, members_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from slamon.digests.base import View
    from slamon.digests.rows import Members
    from slamon.notifiers.base import Digest
    from slamon.store.digests import StoredDigest

ONE_BY_ONE = "Nobody could be told in time. What is still open comes one by one as well."
TOO_MANY = "Nobody could be told in time. Too many are open to come one by one: work from the top."
OVER = "Nobody could be told in time."


def build(tx: Connection, of: StoredDigest, view: View) -> Digest:
    """What it says now."""
    members = members_of(tx, of, view)
    return digest_of(tx, of, view, members, (_title(members), _note(members)))


def _title(members: Members) -> str:
    late = f"{counted(members.late, 'breach', 'breaches')} found late" if members.late else ""
    total = f"{counted(len(members.all), 'alert')} found late"
    return f"{late or total}: {members.open:,} still open" if members.open else f"{late or total}: none is open"


def _note(members: Members) -> str:
    if not members.open:
        return OVER
    return ONE_BY_ONE if all(one.alone for one in members.all if one.open) else TOO_MANY
