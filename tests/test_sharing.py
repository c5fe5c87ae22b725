"""Waits that share a message: one customer's, and a thread's from the third on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from desk import Desk, policy, rules
from office import KilledError, Office, opened
from said import ask, reply
from slack_parts import POST
from slamon.model import MINUTE, SECOND
from slamon.sim.faults import Fault
from slamon.sla.policy import Stage
from slamon.store.schema import living

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.sim._slack_workspace import Posted
    from slamon.store.store import Store

DUE = Stage("100%", share=1_000_000)
WARNS = Stage("50%", share=500_000)


@pytest.fixture
def office(store: Store) -> Iterator[Office]:
    with opened(Desk(store)) as office:
        office.desk.rules = rules(policy(stages=(WARNS, DUE)))
        yield office


def asks(office: Office, *messages: tuple[str, float, str, str]) -> None:
    """(id, minute, customer, thread) of each; all are told of their first stage."""
    for id_, minute, by, thread in messages:
        office.desk.poll(ask(id_, minute, by=by, thread=thread), minute=minute + 0.1)
        office.desk.passes(minute + 30)
        office.waits(3 * SECOND)


def told(office: Office) -> list[tuple[str | None, bool]]:
    """Of which message each one is a reply, and whether it is broadcast."""
    return [(message.thread_ts, message.broadcast) for message in office.slack.messages]


def shown(message: Posted) -> str:
    return message.text + str(message.blocks)


def rows(store: Store) -> Any:
    with store.read() as tx:
        return tx.execute(select(living.c.wait, living.c.ts, living.c.leader).order_by(living.c.wait)).all()


class TestOfOneCustomer:
    def test_a_second_wait_is_a_reply_below_the_first_which_shows_both(self, office: Office, store: Store) -> None:
        asks(office, ("1", 0, "anna", "t"), ("2", 25, "anna", "u"))
        (root,) = office.roots
        assert told(office) == [(None, False), (root.ts, False)]
        assert "Also here" in root.text
        assert "and 1 more" in shown(root)
        assert "2?" in shown(office.replies[0])
        assert rows(store) == [(1, root.ts, None), (2, root.ts, 1)]

    def test_a_later_stage_of_the_second_is_broadcast_there_too(self, office: Office) -> None:
        asks(office, ("1", 0, "anna", "t"), ("2", 25, "anna", "u"))
        office.desk.poll(reply("3", 56, to="1"), minute=56)
        office.desk.passes(85.1)
        office.sends()
        assert told(office)[1:] == [(office.roots[0].ts, False), (office.roots[0].ts, True)]

    def test_a_third_joins_them(self, office: Office, store: Store) -> None:
        asks(office, ("1", 0, "anna", "t"), ("2", 10, "anna", "u"), ("3", 20, "anna", "v"))
        (root,) = office.roots
        assert [row.leader for row in rows(store)] == [None, 1, 1]
        assert "and 2 more" in shown(root)

    def test_one_that_began_more_than_two_hours_later_stands_alone(self, office: Office) -> None:
        for second, messages in ((120.5, 2), (119.5, 1)):
            with opened(Desk(office.desk.store, name=f"acme-{messages}")) as other:
                other.desk.rules = rules(policy(length=600 * MINUTE, stages=(WARNS,)))
                other.desk.poll(ask("1", 0, thread="t"), ask("2", second, thread="u"), minute=121)
                other.desk.passes(300)
                other.waits(3 * SECOND)
                other.desk.passes(422)
                other.waits(3 * SECOND)
                assert len(other.roots) == messages

    def test_another_customer_stands_alone(self, office: Office) -> None:
        asks(office, ("1", 0, "anna", "t"), ("2", 25, "ben", "u"))
        assert len(office.roots) == 2

    def test_one_that_comes_after_the_first_was_answered_stands_alone(self, office: Office) -> None:
        asks(office, ("1", 0, "anna", "t"))
        office.desk.poll(reply("9", 35, to="1"), minute=36)
        office.desk.sweep()
        asks(office, ("2", 40, "anna", "u"))
        assert len(office.roots) == 2

    def test_what_is_still_open_stands_at_the_head_once_the_first_is_answered(self, office: Office) -> None:
        asks(office, ("1", 0, "anna", "t"), ("2", 25, "anna", "u"))
        office.desk.poll(reply("9", 57, to="1"), minute=58)
        office.desk.sweep()
        office.waits(5 * SECOND)
        (root,) = office.roots
        assert "🟢" not in root.text.split("Also here")[0]
        assert "2?" in root.text.split("Also here")[0]
        assert "Answered in time" in root.text.split("Also here")[1]
        assert "slamon ack 2" in shown(root)

    def test_all_answered_shows_the_first_again_and_nothing_to_do(self, office: Office) -> None:
        asks(office, ("1", 0, "anna", "t"), ("2", 25, "anna", "u"))
        office.desk.poll(reply("8", 57, to="1"), reply("9", 57, to="2", thread="u"), minute=58)
        office.desk.sweep()
        office.waits(5 * SECOND)
        (root,) = office.roots
        assert root.text.count("Answered in time") == 2
        assert "slamon ack" not in shown(root)

    def test_nothing_is_left_to_be_shown_once_it_is_edited(self, office: Office, store: Store) -> None:
        asks(office, ("1", 0, "anna", "t"), ("2", 25, "anna", "u"))
        office.desk.passes(85.1)
        office.waits(5 * SECOND)
        with store.read() as tx:
            versions = tx.execute(select(living.c.wanted_version, living.c.shown_version)).all()
        assert [wanted - shown for wanted, shown in versions] == [0, 0]
        assert versions[1].wanted_version > 1

    def test_each_change_is_one_edit_of_the_one_message(self, office: Office) -> None:
        asks(office, ("1", 0, "anna", "t"), ("2", 25, "anna", "u"))
        before = len(office.roots[0].edits)
        office.desk.poll(ask("2", 25, thread="u", text="never mind"), minute=56)
        office.desk.sweep()
        office.waits(5 * SECOND)
        assert len(office.roots[0].edits) == before + 1


class TestOfOneThread:
    def test_the_fourth_and_later_are_replies_below_the_third(self, office: Office, store: Store) -> None:
        asks(office, *((str(n), 5.0 * n, f"c{n}", "t") for n in range(1, 7)))
        assert len(office.roots) == 3
        assert [row.leader for row in rows(store)] == [None, None, None, 3, 3, 3]
        assert "and 3 more" in shown(office.roots[2])
        assert "Also here" not in office.roots[0].text + office.roots[1].text

    def test_the_threads_message_is_joined_although_its_first_wait_is_answered(
        self, office: Office, store: Store
    ) -> None:
        asks(office, *((str(n), 5.0 * n, f"c{n}", "t") for n in range(1, 6)))
        office.desk.poll(reply("9", 56, to="3"), minute=56)
        office.desk.sweep()
        asks(office, ("6", 57, "c6", "t"))
        assert rows(store)[-1].leader == 3

    def test_another_thread_has_messages_of_its_own(self, office: Office) -> None:
        asks(office, *((str(n), 5.0 * n, f"c{n}", "t") for n in range(1, 4)), ("4", 20, "c4", "u"))
        assert len(office.roots) == 4


class TestWhateverHappens:
    def test_a_deleted_message_is_posted_anew_once_and_shared_again(self, office: Office, store: Store) -> None:
        asks(office, ("1", 0, "anna", "t"), ("2", 10, "anna", "u"))
        office.slack.delete(office.roots[0])
        office.desk.passes(60.1)
        office.waits(5 * SECOND)
        (fresh,) = office.roots
        assert {row.ts for row in rows(store)} <= {fresh.ts, ""}
        office.desk.passes(70.1)
        office.waits(5 * SECOND)
        assert [row.ts for row in rows(store)] == [fresh.ts, fresh.ts]
        assert told(office)[-1] == (fresh.ts, True)

    @pytest.mark.parametrize("moment", [("reply", "before"), ("reply", "after")])
    def test_a_kill_around_the_send_tells_it_once(self, office: Office, store: Store, moment: tuple[str, str]) -> None:
        asks(office, ("1", 0, "anna", "t"))
        office.desk.poll(ask("2", 25, thread="u"), minute=26)
        office.desk.passes(55)
        office.notifier.dies = moment
        with pytest.raises(KilledError):
            office.sends()
        office.starts()
        office.waits(3 * MINUTE)
        (root,) = office.roots
        assert [message.thread_ts for message in office.replies] == [root.ts]
        assert "Also here" in root.text
        assert rows(store)[1].leader == 1

    def test_what_became_of_the_first_meanwhile_does_not_send_the_look_elsewhere(self, office: Office) -> None:
        asks(office, ("1", 0, "anna", "t"))
        office.desk.poll(ask("2", 25, thread="u"), minute=26)
        office.desk.passes(55)
        office.slack.faults.add(Fault(path=POST, status=500, accept=True))
        office.sends()
        office.desk.poll(reply("9", 56, to="1"), minute=56)
        office.desk.sweep()
        office.waits(3 * MINUTE)
        assert (len(office.roots), len(office.replies)) == (1, 1)
        assert office.states()[-1] == ("50%", "sent")


def test_the_next_wait_of_a_conversation_has_a_link_to_the_message_of_the_last(office: Office) -> None:
    office.notifier.link = office.notifier.inner.link  # type: ignore[method-assign]
    asks(office, ("1", 0, "anna", "t"))
    office.desk.poll(reply("2", 40, to="1"), minute=41)
    office.desk.sweep()
    asks(office, ("3", 50, "anna", "t"))
    first, second = office.roots
    assert f"https://pretend.slack.com/archives/C00000001/p{first.ts.replace('.', '')}|" in shown(second)
    assert "pretend.slack.com" not in shown(first)
