"""What the daemon asks of SQLite all day goes by an index, however many rows there are."""

from __future__ import annotations

import re
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event

from slamon.figures import Figures
from slamon.model import HOUR, MINUTE, Author, Gone, Message, Side, Status, Target
from slamon.sla.fold import FoldSettings
from slamon.sla.policy import RuleSet
from slamon.store import facts, livings, outbox
from slamon.store.queue import StoredTimer
from slamon.store.record import Announcement, Outcome
from slamon.store.save import Batch
from slamon.store.store import Store

if TYPE_CHECKING:
    from slamon.store.queue import DueWait

RULES = RuleSet("one")
NOW = 1_790_000_000_000
OURS = FoldSettings(ours=frozenset({"900"}))
GROWING = ("message", "wait", "timer", "conversation", "alias", "outbox", "living", "other")
FEW = ("wait_next", "wait_open", "wait_asked", "timer_open", "timer_unsettled", "outbox_unfinished", "living_stale")
"""Indexes that hold only what is still to be looked at: reading one from end to end is fine."""


@pytest.fixture
def plans(sqlite_url: str) -> dict[str, list[str]]:
    """Statement to the steps SQLite takes for it, for all that poll, sweep, dispatch and scrape ask."""
    found: dict[str, list[str]] = {}
    with closing(Store(sqlite_url)) as store:

        def explain(_connection: Any, cursor: Any, statement: str, values: Any, *_: Any) -> None:
            if statement.startswith(("SELECT", "UPDATE", "DELETE")):
                one = values[0] if isinstance(values, list) else values
                found[statement] = [row[3] for row in cursor.execute(f"EXPLAIN QUERY PLAN {statement}", one)]

        for engine in (store.database.writer, store.database.reader):
            event.listen(engine, "before_cursor_execute", explain)
        a_day(store)
    return found


def a_day(store: Store) -> None:
    """Everything that happens again and again, once."""
    channel = store.register("acme-x", "x").id
    store.begin_poll(channel, NOW - HOUR)
    store.save(Batch(channel, [asked("1"), asked("2", aliases=("3",))]), OURS, NOW)
    edited = asked("1", text="@acme hello?", aliases=("4",))
    store.save(Batch(channel, [edited, asked("5")], [Gone("2", NOW)], ["1"]), OURS, NOW)
    store.record([told(wait) for wait in store.fresh(RULES, 10)], NOW, urgent=True)
    store.complete_poll(channel, "cursor", NOW, NOW)
    store.open_threads(channel, NOW, 10)
    quiet = store.register("acme-quiet", "x").id
    store.complete_poll(quiet, "cursor", NOW, NOW)
    waits = [wait.id for wait in store.due(NOW + HOUR, RULES, 10)]
    store.waiting(waits)
    store.checked(waits, NOW, NOW)
    store.next_at()
    with store.write() as tx:
        letter = outbox.ready(tx, NOW + HOUR)[0]
        facts.of_wait(tx, letter.wait)
        livings.posted(tx, letter, "C1", "1.0")
        outbox.finish(tx, letter.id, "sent", "", NOW)
        livings.want_again(tx, letter.wait, letter.destination)
        livings.stale(tx, NOW)
    store.snapshot({"acme-x": HOUR}, NOW)
    figures = Figures(store, dict, lambda: NOW, lambda: 0.0, _raised)
    figures.renew()
    assert figures.recent is not None


def _raised(error: Exception) -> None:
    raise error


def asked(id_: str, **more: Any) -> Message:
    return Message(
        id=id_,
        thread=id_,
        author=Author(f"c{id_}"),
        side=Side.OTHER,
        created_at=NOW - MINUTE,
        mentions=("900",),
        **more,
    )


def told(wait: DueWait) -> Outcome:
    timer = StoredTimer(Target.FIRST_RESPONSE, "everyone", wait.started_at, NOW - 1, MINUTE, Status.BREACHED)
    stage = Announcement(
        Target.FIRST_RESPONSE,
        "100%",
        0,
        "#desk",
        "desk",
        "",
        broadcast=True,
        accuses=True,
        verified=True,
        reached_at=NOW,
    )
    return Outcome(wait, "everyone", "one", (timer,), (stage,), state="open", asked_at=NOW, next_at=NOW + MINUTE)


def test_no_statement_reads_a_growing_table_from_end_to_end(plans: dict[str, list[str]]) -> None:
    scanned = re.compile(rf"SCAN ({'|'.join(GROWING)})\b(?! USING (COVERING )?INDEX ({'|'.join(FEW)})$)")
    guilty = {statement: steps for statement, steps in plans.items() if any(map(scanned.match, steps))}
    assert guilty == {}


@pytest.mark.parametrize("index", FEW)
def test_an_index_over_what_is_left_to_do_is_used(plans: dict[str, list[str]], index: str) -> None:
    assert any(re.search(rf"\b{index}\b", step) for steps in plans.values() for step in steps)
