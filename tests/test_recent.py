"""The sums over the last weeks, against the rows themselves."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from desk import Desk, policy, rules
from doing import IDENTITY, Doers
from said import SETTINGS, START, ask, at, reply
from shelves import clear
from slamon.model import HOUR, MAX_INSTANT, RESPONSES, Gone, Mark, Role, Status, Target
from slamon.sla.fate import Fate, fate_of_message, fate_of_wait
from slamon.sla.handling import Verb
from slamon.sla.timer import target_of
from slamon.store import cohort, recent
from slamon.store.byhand import close_by_hand
from slamon.store.recent import Kept
from slamon.store.schema import message, timer, wait
from slamon.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FIRST, NEXT = RESPONSES
PROMISED = rules(policy(), abandoned_after=6 * HOUR)


@pytest.fixture
def desk(store: Store) -> Desk:
    made = Desk(store, PROMISED)
    made.poll(minute=0)
    return made


def fates(desk: Desk, first: float = 0, stop: float | None = None) -> dict[Fate, int]:
    with desk.store.read() as tx:
        found = recent.fates(tx, at(first), MAX_INSTANT if stop is None else at(stop))
    assert {channel for channel, _ in found} <= {"acme-x"}
    return {fate: n for (_, fate), n in found.items()}


def promises(desk: Desk, first: float = 0, stop: float | None = None) -> dict[tuple[str, Target], Kept]:
    with desk.store.read() as tx:
        found = recent.promises(tx, at(first), MAX_INSTANT if stop is None else at(stop), desk.now)
    return {(name, target): kept for (_, name, target), kept in found.items()}


def asks(desk: Desk, *ids: str, minute: float) -> None:
    desk.poll(*(ask(id_, minute, thread=id_, by=f"c{id_}") for id_ in ids), minute=minute)
    desk.sweep()


class TestWhereEverythingWent:
    def test_each_end_has_its_own(self, desk: Desk) -> None:
        doers = Doers(desk)
        asks(desk, *"abcdefgh", minute=1)
        desk.poll(
            reply("ra", 2, to="a", thread="a"),
            reply("rb", 2, to="b", thread="b", marks=frozenset({Mark.HAND_OVER})),
            gone=[Gone("c", at(2))],
            minute=3,
        )
        doers.act(Verb.DISMISS, 4, reason="spam")
        doers.act(Verb.ELSEWHERE, 5)
        doers.act(Verb.STATEMENT, 6)
        desk.sweep(4)
        assert fates(desk) == {
            Fate.ANSWERED: 1,
            Fate.HANDED_OVER: 1,
            Fate.CANCELLED: 1,
            Fate.DISMISSED: 1,
            Fate.ELSEWHERE: 2,
            Fate.OPEN: 2,
        }
        desk.sweep(61 + 5)
        assert fates(desk)[Fate.UNVERIFIED] == 2
        desk.sweep(7 * 60)
        assert fates(desk)[Fate.ABANDONED] == 2

    def test_messages_that_need_no_reply_are_received_too(self, desk: Desk) -> None:
        thanks = ask("t", 1, thread="t", marks=frozenset({"praise"}))
        desk.poll(thanks, ask("1", 1, thread="u"), minute=2)
        desk.sweep()
        assert fates(desk) == {Fate.NO_REPLY: 1, Fate.OPEN: 1}

    def test_one_that_a_mute_catches_when_it_arrives_counts_as_dismissed(self, desk: Desk) -> None:
        doers = Doers(desk)
        asks(desk, "a", minute=1)
        doers.act(Verb.MUTE, 1, scope="author")
        doers.reads(ask("b", 2, thread="b", by="ca"), minute=3)
        desk.sweep()
        assert fates(desk) == {Fate.DISMISSED: 2}

    def test_goes_by_the_start(self, desk: Desk) -> None:
        asks(desk, "a", minute=1)
        asks(desk, "b", minute=10)
        assert fates(desk, 1, 10) == {Fate.OPEN: 1}
        assert fates(desk, 1, 10.001) == {Fate.OPEN: 2}
        assert fates(desk, 1.001, 10) == {}

    def test_history_is_left_out_and_what_no_policy_is_for_is_not(self, store: Store) -> None:
        desk = Desk(store, rules(policy()))
        desk.poll(ask("a", 1), minute=100)
        desk.sweep()
        assert fates(desk) == {}
        other = Desk(store, rules(version="none"), name="acme-y")
        other.poll(ask("a", 1), minute=100)
        other.sweep()
        with store.read() as tx:
            assert recent.fates(tx, START, MAX_INSTANT) == {("acme-y", Fate.OPEN): 1}


class TestPromises:
    def test_are_due_when_kept_broken_or_open_past_due(self, desk: Desk) -> None:
        asks(desk, *"abcd", minute=1)
        desk.poll(reply("ra", 30, to="a", thread="a"), minute=31)
        desk.poll(reply("rb", 70, to="b", thread="b"), gone=[Gone("c", at(71))], minute=72)
        asks(desk, "e", minute=73)
        assert promises(desk) == {("everyone", FIRST): Kept(due=3, good=1)}

    def test_that_would_count_otherwise_now_count_as_they_stand(self, desk: Desk) -> None:
        asks(desk, "a", minute=1)
        desk.poll(minute=70)
        desk.sweep()
        assert desk.shelf.settled() == {(1, FIRST): "late"}
        desk.poll(reply("ra", 30, to="a", thread="a"), minute=71)
        desk.sweep()
        assert promises(desk) == {("everyone", FIRST): Kept(due=1, good=1)}

    def test_of_each_target_stand_apart(self, store: Store) -> None:
        desk = Desk(store)
        desk.poll(minute=0)
        asks(desk, "a", minute=1)
        desk.poll(reply("ra", 2, to="a", thread="a"), ask("a2", 3, thread="a", by="ca"), minute=4)
        desk.sweep(90)
        assert promises(desk) == {("everyone", FIRST): Kept(1, 1), ("everyone", NEXT): Kept(1, 0)}


class TestAhead:
    def test_is_what_falls_due_within_half_an_hour(self, desk: Desk) -> None:
        for minute, name in ((1, "a"), (20, "b"), (31, "c"), (32, "d")):
            asks(desk, name, minute=minute)
        desk.poll(reply("rb", 40, to="b", thread="b"), minute=41)
        desk.sweep()
        for moment, expected in ((30.999, 0), (31, 1), (61, 2), (61.001, 1), (62, 2), (92, 1), (92.001, 0)):
            with desk.store.read() as tx:
                found = recent.ahead(tx, at(moment))
            assert found.get(("acme-x", "everyone"), 0) == expected, moment


class TestAgainstTheRows:
    @pytest.fixture(scope="class")
    @staticmethod
    def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
        path: Path = tmp_path_factory.mktemp("recent") / "slamon.db"
        store = Store(f"sqlite:///{path}")
        yield store
        store.close()

    @settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow], deadline=None)
    @given(data=st.data())
    def test_it_adds_up_whatever_happens(self, shared: Store, data: st.DataObject) -> None:
        clear(shared)
        desk, before = Desk(shared, PROMISED), Counter[str]()
        shared.pin(desk.shelf.channel, IDENTITY)
        steps = data.draw(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 3), st.integers(1, 90)), max_size=14))
        minute = data.draw(st.sampled_from([0, 200]))
        for n, (what, thread, later) in enumerate(steps):
            happens(desk, what, f"m{n}", f"t{thread}", minute)
            minute += later
            if data.draw(st.booleans()):
                desk.poll(minute=minute)
            desk.sweep(minute)
            counts = Counter({name: n for (_, _, name), n in desk.shelf.counts().items()})
            totals = Counter({k: v for k, v in counts.items() if k == "received" or k.startswith("closed:")})
            assert all(totals[name] >= n for name, n in before.items())
            before = totals
        first, stop = sorted(data.draw(st.tuples(st.integers(-10, minute + 1), st.integers(-10, minute + 1))))
        for span in ((-1_000, None), (first, stop)):
            assert fates(desk, *span) == by_hand(desk, *span)
            assert fates(desk, *span) == by_report(desk, *span)
            assert promises(desk, *span) == kept_by_report(desk, *span)
        # Not history and not part of another: each of these was counted once as received.
        assert before["received"] >= sum(fates(desk, -1_000).values()) - _messages(desk)


def happens(desk: Desk, what: int, id_: str, thread: str, minute: float) -> None:
    """One thing that people, or machines, do."""
    desk.move(minute)
    bot: dict[str, Any] = {"role": Role.AUTOMATION, "marks": frozenset({Mark.AUTOMATION})}
    said: dict[int, Any] = {
        0: lambda: ask(id_, minute, thread=thread),
        1: lambda: ask(id_, minute, thread=thread, by="ben"),
        2: lambda: ask(id_, minute, thread=thread, marks=frozenset({"praise"})),
        3: lambda: reply(id_, minute, thread=thread),
        4: lambda: reply(id_, minute, thread=thread, marks=frozenset({Mark.HAND_OVER})),
        5: lambda: reply(id_, minute, thread=thread, **bot),
    }
    stored = sorted(_ids(desk, thread))
    if what in said:
        desk.shelf.save(said[what](), now=minute)
    elif what == 6 and stored:
        desk.shelf.save(gone=[Gone(stored[0], at(minute))], now=minute)
    elif stored:
        with desk.store.write() as tx:
            close_by_hand(tx, desk.shelf.channel, stored[-1:], Mark.DISMISSED, SETTINGS, at(minute))


def _ids(desk: Desk, thread: str) -> list[str]:
    with desk.store.read() as tx:
        chosen = select(message.c.id).where(message.c.thread == thread, message.c.gone_at.is_(None))
        return list(tx.execute(chosen).scalars())


def _messages(desk: Desk) -> int:
    with desk.store.read() as tx:
        return len(tx.execute(select(message).where(message.c.no_reply.is_not(None), message.c.wait.is_(None))).all())


def by_hand(desk: Desk, first: float, stop: float | None) -> dict[Fate, int]:
    """Row by row, as `Fate` says."""
    until = MAX_INSTANT if stop is None else at(stop)
    found: Counter[Fate] = Counter()
    with desk.store.read() as tx:
        timers: dict[int, list[Any]] = {}
        for row in tx.execute(select(timer)):
            timers.setdefault(row.wait, []).append(row)
        for row in tx.execute(select(wait).where(wait.c.started_at >= at(first), wait.c.started_at < until)):
            held = timers.get(row.id, [])
            owed = [one for one in held if one.target == target_of(row.turn)]
            fate = fate_of_wait(row.state, row.reason or "", [Status(one.status) for one in held if not one.history])
            if fate and not any(one.history and one.policy for one in owed):
                found[fate] += 1
        dropped = select(message).where(message.c.no_reply.is_not(None), message.c.wait.is_(None))
        for row in tx.execute(dropped.where(message.c.created_at >= at(first), message.c.created_at < until)):
            found[fate_of_message(row.no_reply)] += 1
    return dict(found)


def _span(desk: Desk, first: float, stop: float | None) -> cohort.Span:
    return cohort.Span(at(first), MAX_INSTANT if stop is None else at(stop), desk.now, [desk.shelf.channel])


def by_report(desk: Desk, first: float, stop: float | None) -> dict[Fate, int]:
    """As a report reads it."""
    span = _span(desk, first, stop)
    with desk.store.read() as tx:
        found = Counter(row.fate for row in cohort.waits(tx, span))
        for _, fate, n in cohort.no_reply(tx, span):
            found[fate] += n
    return dict(found)


def kept_by_report(desk: Desk, first: float, stop: float | None) -> dict[tuple[str, Target], Kept]:
    """Of the promises that a report reads, those that were kept, broken, or are open past due."""
    span = _span(desk, first, stop)
    found: dict[tuple[str, Target], Kept] = {}
    with desk.store.read() as tx:
        rows = [held for row in cohort.waits(tx, span) for held in (*([row.main] if row.main else []), *row.beside)]
    for held in rows:
        due, good = found.get((held.policy, held.target), Kept(0, 0))
        met = held.status is Status.MET
        late = held.status is Status.MISSED
        late |= held.status not in {Status.MET, Status.MISSED, Status.CANCELLED} and held.due_at < desk.now
        found[held.policy, held.target] = Kept(due + met + late, good + met)
    return found
