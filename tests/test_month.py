"""A simulated month, in small: the daemon's engine and one judgement at the end come to the same, and tell once."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from bench.month import OURS, PLATFORM, Month, Simulation, history
from slamon.history.judge import Place, judge
from slamon.model import Gone, Message
from slamon.store.rehearsed import hurry
from slamon.store.schema import channel, conversation, outbox, timer, wait
from slamon.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator

SMALL = Month(channels=4, days=12, threads_a_day=3, seed=7)

TIMERS = (
    select(
        channel.c.name,
        conversation.c.thread,
        conversation.c.customer,
        wait.c.number,
        wait.c.reason,
        timer.c.target,
        timer.c.policy,
        timer.c.started_at,
        timer.c.due_at,
        timer.c.answered_at,
        timer.c.status,
    )
    .join(wait, wait.c.id == timer.c.wait)
    .join(conversation, conversation.c.id == wait.c.conversation)
    .join(channel, channel.c.id == wait.c.channel)
    .where(wait.c.state != "merged")
)


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulation]:
    store = Store(f"sqlite:///{tmp_path_factory.mktemp('month') / 'month.db'}")
    hurry(store)
    simulation = Simulation(store, SMALL)
    simulation.run()
    yield simulation
    store.close()


def threads(name: str) -> dict[str, list[Message]]:
    """Everything said in a channel, as it stands at the end."""
    said: dict[str, Message] = {}
    for _, what in history(SMALL, name):
        if isinstance(what, Gone):
            said[what.id] = replace(said[what.id], gone_at=what.at)
        else:
            said[what.id] = what
    found: dict[str, list[Message]] = {}
    for message in said.values():
        found.setdefault(message.thread, []).append(message)
    return found


def judged(simulation: Simulation) -> set[tuple[Any, ...]]:
    timers = set()
    for name in SMALL.names:
        place = Place(name, PLATFORM, OURS)
        for thread, messages in threads(name).items():
            for one in judge(messages, place, simulation.rules.of(name), simulation.now).timers:
                whose = (name, thread, one.wait.customer, one.wait.number, one.wait.reason, one.target.value)
                timers.add((*whose, one.policy, one.started_at, one.due_at, one.answered_at, one.status.value))
    return timers


def test_the_engine_and_one_judgement_at_the_end_come_to_the_same_timers(month: Simulation) -> None:
    with month.store.read() as tx:
        stored = {(*row[:4], row[4] or "", *row[5:]) for row in tx.execute(TIMERS)}
    assert len(stored) > 200
    assert stored == judged(month)


def test_every_reason_and_status_occurred(month: Simulation) -> None:
    found = judged(month)
    assert {row[4] for row in found} == {"", "deleted", "handed_over"}
    assert {row[-1] for row in found} >= {"met", "missed", "breached", "cancelled"}
    assert {row[5] for row in found} == {"first_response", "next_response", "acknowledgement", "follow_up"}


def test_the_kept_counts_are_those_of_the_rows(month: Simulation) -> None:
    assert month.store.reconcile() == 0


def test_every_broken_promise_was_told_once_at_each_stage(month: Simulation) -> None:
    with month.store.read() as tx:
        letters = tx.execute(select(outbox)).all()
    told = Counter((row.wait, row.target, row.stage, row.repeat, row.destination) for row in letters)
    assert set(told.values()) == {1}
    assert {row.repeat for row in letters} == {0, 1, 2}
    assert all(row.created_at >= row.reached_at for row in letters)
