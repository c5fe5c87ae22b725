"""Credentials that end are announced days ahead, once for each step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from slamon.events import CredentialSeen, PollEnded
from slamon.expiry import ExpiryNotices
from slamon.model import DAY, HOUR, MINUTE
from slamon.store.outbox import Reader
from slamon.store.schema import outbox

if TYPE_CHECKING:
    from slamon.model import Instant
    from slamon.store.store import Store

NOON = 1_795_348_800_000
READERS = (Reader("desk", "#desk"),)


class World:
    def __init__(self, store: Store) -> None:
        self.store = store
        self.now: Instant = NOON
        self.restart()

    def restart(self) -> None:
        self.notices = ExpiryNotices(self.store, READERS, lambda: self.now)

    def sees(self, at: Instant, *, renewed: bool = False) -> list[str]:
        """The channel is polled, and says when its token ends; :returns: all that was announced so far."""
        self.notices(CredentialSeen("acme-linkedin", "linkedin", "access token", at, renewed))
        with self.store.read() as tx:
            return [str(text) for text in tx.execute(select(outbox.c.text).order_by(outbox.c.id)).scalars()]


class TestAnnouncing:
    def test_what_ends_in_a_month_is_no_news(self, store: Store) -> None:
        assert World(store).sees(NOON + 30 * DAY) == []

    def test_it_is_told_two_weeks_ahead_with_the_day_and_what_to_do(self, store: Store) -> None:
        (text,) = World(store).sees(NOON + 14 * DAY)
        assert text.startswith("The access token of channel acme-linkedin ends on 2026-12-06 12:00 UTC, within 14 days")
        assert "Put a new one" in text

    def test_each_step_is_told_once_however_often_it_is_seen(self, store: Store) -> None:
        world = World(store)
        end = NOON + 20 * DAY
        for _ in range(21 * 24):
            world.now += HOUR
            told = world.sees(end)
        found = [text.partition(" UTC")[2].partition(":")[0] for text in told]
        assert found == [", within 14 days", ", within 7 days", ", within 3 days", ", within 1 day", ""]
        assert "ended on" in told[-1]

    def test_only_the_nearest_step_is_told_to_who_looks_late(self, store: Store) -> None:
        assert len(World(store).sees(NOON + DAY // 2)) == 1

    def test_a_restart_tells_nothing_again(self, store: Store) -> None:
        world = World(store)
        world.sees(NOON + DAY)
        world.restart()
        assert len(world.sees(NOON + DAY)) == 1

    def test_a_new_token_begins_anew(self, store: Store) -> None:
        world = World(store)
        world.sees(NOON + DAY)
        assert len(world.sees(NOON + DAY + MINUTE)) == 2

    def test_what_slamon_renews_is_not_announced(self, store: Store) -> None:
        assert World(store).sees(NOON + HOUR, renewed=True) == []

    def test_other_events_are_none_of_its_business(self, store: Store) -> None:
        world = World(store)
        world.notices(PollEnded("acme-x", "x", "poll", "ok", 0.1))
        assert world.sees(NOON + 30 * DAY) == []
