"""A desk whose digests come by the clock: what they say is read as a message would show it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from desk import DESK
from slamon import digests as contents
from slamon.digests.base import View
from slamon.model import HOUR
from slamon.occasions.base import World
from slamon.store import digests
from slamon.store.schema import action, digest, living, outbox

if TYPE_CHECKING:
    from collections.abc import Sequence

    from desk import Desk
    from slamon.audiences import Audience
    from slamon.model import Instant
    from slamon.notifiers.base import Digest
    from slamon.occasions.base import Occasion
    from slamon.sla.handling import Verb
    from slamon.store.digests import StoredDigest
    from slamon.store.store import Store

BERLIN = ZoneInfo("Europe/Berlin")


def world(desk: Desk, *audiences: Audience, channels: Sequence[str] = (), **more: Any) -> World:
    """What occasions are given; the first audience is the default."""
    heard = audiences or (DESK,)
    named: dict[str | None, Audience] = {audience.name: audience for audience in heard}
    given: dict[str, Any] = {
        "store": desk.store,
        "now": lambda: desk.now,
        "rules": lambda: desk.rules,
        "audiences": named | {None: heard[0]},
        "zone": BERLIN,
        "channels": channels or (desk.shelf.name,),
        "tried": lambda: True,
        "up_since": 0,
    }
    return World(**(given | more))


def looks(desk: Desk, occasion: Occasion) -> None:
    """Look now, and once more: the second look has to change nothing."""
    occasion.look(desk.now)
    before = letters(desk.store)
    occasion.look(desk.now)
    assert letters(desk.store) == before


def opened(store: Store, kind: str) -> list[StoredDigest]:
    """Every digest of that kind."""
    with store.read() as tx:
        numbers = tx.execute(select(digest.c.id).where(digest.c.kind == kind).order_by(digest.c.id)).scalars().all()
        return [found for number in numbers if (found := digests.of(tx, number))]


def the(store: Store, kind: str) -> StoredDigest:
    (found,) = opened(store, kind)
    return found


def shown(desk: Desk, of: StoredDigest) -> Digest:
    """What its message shows now."""
    with desk.store.read() as tx:
        found = digests.of(tx, of.id)
        assert found is not None
        return contents.build(tx, found, View(desk.now, desk.rules))


def letters(store: Store) -> list[tuple[int, int, str, str]]:
    """(digest, repeat, whom it wakes, state) of each letter that speaks for a digest."""
    columns = (outbox.c.wait, outbox.c.repeat, outbox.c.mention, outbox.c.state)
    with store.read() as tx:
        found = tx.execute(select(*columns).where(outbox.c.wait < 0).order_by(outbox.c.id))
        return [(-row.wait, row.repeat, row.mention, row.state) for row in found]


def sent(store: Store) -> None:
    """All letters have arrived, and messages stand."""
    with store.write() as tx:
        rows = tx.execute(select(outbox).where(outbox.c.state == "pending")).all()
        tx.execute(outbox.update().where(outbox.c.state == "pending").values(state="sent"))
        known = {(row.wait, row.destination) for row in tx.execute(select(living))}
        for row in rows:
            if (row.wait, row.destination) not in known:
                known.add((row.wait, row.destination))
                tx.execute(living.insert(), _standing(row.wait, row.destination))


def edits(store: Store, of: StoredDigest) -> int:
    """How often its message had to be brought up to date since it stands."""
    with store.read() as tx:
        return int(tx.execute(select(living.c.wanted_version).where(living.c.wait == -of.id)).scalar_one()) - 1


def _standing(wait: int, destination: str) -> dict[str, Any]:
    known: dict[str, Any] = {"place": "C1", "ts": f"1.{-wait:06d}", "wanted_version": 1, "shown_version": 1}
    return known | {"wait": wait, "destination": destination, "not_before": 0, "fresh_sent": 0, "leader": None}


def fact(said: Digest, label: str) -> str:
    """The value beside a label that begins so."""
    (found,) = (value for known, value in said.facts if known.startswith(label))
    return found


def acts(desk: Desk, wait: int, verb: Verb, by: str, when: Instant) -> None:
    """Somebody did something about a wait, or about a digest below 0."""
    row = {"id": when + wait, "key": f"{verb}:{wait}:{when}", "verb": verb.value, "wait": wait, "channel": None}
    more = {"scope": "wait", "subject": "", "reason": "", "at": when, "until": when + 4 * HOUR, "by": by}
    with desk.store.write() as tx:
        tx.execute(action.insert(), row | more | {"by_id": "U1", "via": "button", "undone_at": None, "undone_by": None})
