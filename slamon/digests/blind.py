"""The digest of a blind channel, or of all blind channels of a platform: which one covers a channel, and its mirrors.

The notice goes to one audience. Where a stage of such a channel is due that could not be verified, its own readers get
a digest as well, into which those stages are folded.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from slamon.digests.said import loads
from slamon.store import digests, occasions
from slamon.store.digests import Opening

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from slamon.model import Instant
    from slamon.store.digests import StoredDigest
    from slamon.store.outbox import Reader

KIND = "blind"


def covering(tx: Connection, channel: str, destination: str) -> StoredDigest | None:
    """The open digest at a destination that tells of this channel's blindness."""
    return next((of for of in covers(tx, channel) if of.destination == destination), None)


def covers(tx: Connection, channel: str) -> list[StoredDigest]:
    """Every open digest that tells of this channel's blindness; the one with the ladder first."""
    found = [of for of in occasions.standing(tx, KIND) if channel in loads(of.said).about.get("channels", [of.channel])]
    return sorted(found, key=lambda of: not loads(of.said).about.get("ladder"))


def told_at(tx: Connection, channel: str, reader: Reader, now: Instant, mention: str = "") -> int | None:
    """The digest into which that channel's unverified stages for a reader are folded, opened where there is none.

    :returns: its number; `None` while the channel is not known to be blind.
    """
    known = covers(tx, channel)
    if not known:
        return None
    here = next((of for of in known if of.destination == reader.destination), None)
    return here.id if here else _mirror(tx, known[0], reader, now, mention)


def _mirror(tx: Connection, of: StoredDigest, reader: Reader, now: Instant, mention: str) -> int | None:
    """The same for other readers, told once."""
    said = loads(of.said)
    said = replace(said, about={**said.about, "ladder": False}, acknowledgeable=False)
    opening = Opening(
        key=f"{of.key}:{reader.destination}",
        kind=KIND,
        destination=reader.destination,
        audience=reader.audience,
        at=now,
        channel=of.channel,
        said=said.dumps(),
        mention=mention,
    )
    return digests.open_(tx, opening)
