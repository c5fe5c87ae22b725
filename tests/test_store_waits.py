"""What must hold whatever arrives, in whatever order: on a real store, under random people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desk import Desk, policy, rules
from said import SETTINGS, ask, reply
from shelves import Shelf, clear
from slamon.model import MINUTE, Gone, Message
from slamon.sla.fold import fold
from slamon.store.reconcile import drift
from threads import threads

if TYPE_CHECKING:
    from random import Random

    from slamon.store.store import Store

FEW = settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # one store serves all examples: each clears it
)


def folded(messages: list[Message]) -> list[tuple[object, ...]]:
    found = sorted(fold(messages, SETTINGS).waits, key=lambda wait: (wait.customer, wait.number))
    return [
        (
            "t",
            wait.customer,
            wait.number,
            wait.turn,
            wait.episode,
            "cancelled" if wait.cancelled_at is not None else "open" if wait.answered_at is None else "answered",
            wait.started_at,
            wait.last_message_at,
            wait.answered_at,
            wait.answered_by,
            wait.cancelled_at,
            frozenset(wait.messages),
        )
        for wait in found
    ]


@FEW
@given(messages=threads(), random=st.randoms(use_true_random=False), size=st.integers(1, 4))
def test_pages_in_any_order_leave_the_waits_of_the_whole_thread(
    store: Store, messages: list[Message], random: Random, size: int
) -> None:
    # Two messages that claim one id, which no platform has, are one message in the store.
    messages = [message for message in messages if "x" not in message.aliases]
    clear(store)
    shelf, order = Shelf(store), list(messages)
    random.shuffle(order)
    for start in range(0, len(order), size):
        shelf.save(*order[start : start + size])
    assert shelf.facts() == folded(messages)


@st.composite
def in_time(draw: st.DrawFn) -> list[Message]:
    """A thread in order of time, in which nobody replies to what is yet to come."""
    people, messages = ("anna", "ben"), list[Message]()
    for n, step in enumerate(draw(st.lists(st.integers(0, 9), min_size=1, max_size=9)), 1):
        minute = n * 10 + step
        to = draw(st.none() | st.sampled_from(messages)) if messages else None
        ours = draw(st.booleans())
        to_id = to.id if to else None
        by = draw(st.sampled_from(people))
        said = reply(str(n), minute, to=to_id) if ours else ask(str(n), minute, by=by, in_reply_to=to_id)
        messages.append(said)
    return messages


@FEW
@given(messages=in_time())
def test_in_order_of_time_a_message_never_moves_to_another_wait(store: Store, messages: list[Message]) -> None:
    clear(store)
    shelf = Shelf(store)
    homes: dict[str, int] = {}
    for message in messages:
        shelf.save(message)
        now = {id_: row.id for row in shelf.waits() for id_ in shelf.messages_of(row.id)}
        assert {id_: now[id_] for id_ in homes} == homes
        homes = now


LENGTHS = (10 * MINUTE, 60 * MINUTE, 200 * MINUTE)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["ask", "reply", "delete", "restore", "poll", "look", "sweep", "rules"]),
        st.integers(0, 90),
        st.integers(0, 9),
    ),
    max_size=14,
)


@FEW
@given(steps=STEPS)
def test_whatever_happens_what_is_settled_stays_and_the_counts_are_right(
    store: Store, steps: list[tuple[str, int, int]]
) -> None:
    clear(store)
    desk = Desk(store, rules(policy(length=LENGTHS[1])))
    said: dict[str, Message] = {}
    settled: dict[tuple[int, str], str] = {}
    for n, (what, minutes, pick) in enumerate(steps, 1):
        desk.move(desk.minute + minutes)
        chosen = list(said)[pick % len(said)] if said else None
        if what in {"ask", "reply"}:
            made = _made(what, str(n), desk.minute - pick, chosen)
            said[made.id] = made
            desk.poll(made)
        elif what == "delete" and chosen:
            desk.poll(gone=[Gone(chosen, desk.now)])
        elif what == "restore" and chosen:
            desk.poll(said[chosen])
        elif what == "rules":
            desk.rules = rules(policy(length=LENGTHS[pick % len(LENGTHS)]), version=f"v{n}")
            store.rematch(desk.rules.version)
        elif what == "look" and desk.asked:
            desk.look()
        elif what == "poll":
            desk.poll()
        desk.sweep()
        _check(desk, settled)


def _made(what: str, id_: str, minute: float, chosen: str | None) -> Message:
    if what == "reply":
        return reply(id_, minute, to=chosen)
    return ask(id_, minute, by="ben" if int(id_) % 3 == 0 else "anna", in_reply_to=chosen)


def _check(desk: Desk, settled: dict[tuple[int, str], str]) -> None:
    now = desk.shelf.settled()
    assert {key: now.get(key) for key in settled} == settled
    settled |= now
    totals: dict[str, int] = {}
    for (_, _, name), n in desk.shelf.counts("settled:").items():
        totals[name.partition(":")[2]] = totals.get(name.partition(":")[2], 0) + n
    assert totals == {how: list(now.values()).count(how) for how in set(now.values())}
    with desk.store.read() as tx:
        assert drift(tx) == 0
    waiting = desk.next_at()
    open_waits = [row for row in desk.shelf.waits() if row.state == "open"]
    assert waiting is None or waiting > desk.now
    assert all(row.next_at is not None for row in open_waits)
    letters = [(m.wait, m.target, m.stage, m.episode, m.destination) for m in desk.letters()]
    assert len(letters) == len(set(letters))


def test_the_counts_of_an_hour_and_a_half_add_up(store: Store) -> None:
    desk = Desk(store)
    desk.poll(*(ask(str(n), n, by=f"c{n}") for n in range(20)), minute=20)
    desk.sweep()
    desk.poll(*(reply(f"r{n}", 30 + 5 * n, to=str(n)) for n in range(10)), minute=85)
    desk.sweep()
    assert {
        name: n for (_, _, name), n in desk.shelf.counts().items() if name.partition(":")[0] in {"open", "settled"}
    } == {
        "open:breached": 10,
        "settled:in_time": 8,
        "settled:late": 12,
    }
