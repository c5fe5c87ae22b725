"""Letters that are about no wait: sent once, in the same careful way, and harmless whatever they quote."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk import Desk
from office import KilledError, Office, opened
from slack_parts import NASTY, POST
from slamon.events import AlertSent
from slamon.model import MINUTE, SECOND
from slamon.notifiers._slack_blocks import Form, render
from slamon.notifiers._slack_parts import SECTION_ROOM
from slamon.notifiers.base import Notice
from slamon.notifiers.text import width
from slamon.sim._slack_checks import refusal
from slamon.sim.faults import Fault
from slamon.sim.slack import refuse
from slamon.store import outbox
from slamon.store.outbox import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.store.store import Store

BERLIN = ZoneInfo("Europe/Berlin")
DESK = Reader("desk", "#desk")
ONCALL = Reader("oncall", "#oncall")
FAULT = "The changed rules have a fault.\nrules/acme-x.yaml:4:5: there is no audience `lads` (did you mean `lead`?)"
TAMED = FAULT.replace("`", "\N{MODIFIER LETTER GRAVE ACCENT}")


@pytest.fixture
def office(store: Store) -> Iterator[Office]:
    with opened(Desk(store)) as office:
        yield office


def notify(office: Office, key: str = "rules:1", text: str = FAULT, *readers: Reader) -> int:
    return office.desk.store.notify(key, text, readers or (DESK,), office.desk.now)


class TestANotice:
    def test_is_a_message_of_its_own_that_no_edit_follows(self, office: Office) -> None:
        notify(office)
        office.waits(MINUTE)
        (root,) = office.roots
        assert root.text == TAMED
        assert root.blocks[0]["text"] == {"type": "plain_text", "text": FAULT, "emoji": True}
        assert (len(root.blocks), root.edits, office.replies) == (1, [], [])
        assert office.states() == [("rules:1", "sent")]
        with office.desk.store.read() as tx:
            assert tx.exec_driver_sql("SELECT count(*) FROM living").scalar() == 0

    def test_is_told_once_for_each_key_and_reader(self, office: Office) -> None:
        assert notify(office, "a", "one", DESK, ONCALL) == 2
        assert notify(office, "a", "one", DESK, ONCALL) == 0
        assert notify(office, "b", "two", DESK) == 1
        office.waits(MINUTE)
        assert sorted(root.text for root in office.roots) == ["one", "one", "two"]
        assert notify(office, "a", "another text", DESK) == 0

    def test_without_readers_is_nothing(self, office: Office) -> None:
        assert office.desk.store.notify("a", "one", (), office.desk.now) == 0

    def test_is_not_overtaken_by_the_next_one(self, office: Office) -> None:
        for n in range(3):
            notify(office, str(n), f"notice {n}")
        office.sends()
        assert [root.text for root in office.roots] == ["notice 0", "notice 1", "notice 2"]

    def test_holds_up_no_alert_while_its_own_fate_is_unknown(self, office: Office) -> None:
        notify(office)
        office.slack.faults.add(Fault(path=POST, status=500))
        office.sends()
        office.warned()
        office.sends()
        assert len(office.roots) == 1
        assert dict(office.states()) == {"rules:1": "unknown", "80%": "sent"}

    def test_is_counted_as_what_it_is(self, office: Office) -> None:
        notify(office)
        office.sends()
        (event,) = office.heard
        assert isinstance(event, AlertSent)
        assert (event.purpose, event.outcome, event.audience) == ("notice", "sent", "desk")
        assert (event.wait, event.lateness) == (None, None)

    def test_that_slack_does_not_take_with_a_block_is_said_without(self, office: Office) -> None:
        office.slack.faults.add(refuse("invalid_blocks", method="chat.postMessage"))
        notify(office)
        office.sends()
        (root,) = office.roots
        assert (root.blocks, root.text) == ([], TAMED)

    def test_goes_to_a_person_as_well(self, office: Office) -> None:
        notify(office, "a", "one", Reader("lead", "lead@acme.example"))
        office.sends()
        assert [root.channel for root in office.roots] == ["D0LEAD"]


UNKIND = {
    "lost": Fault(path=POST, status=500),
    "taken": Fault(path=POST, accept=True, status=500),
    "cut": Fault(path=POST, drop="before"),
    "paced": Fault(path=POST, accept=True, status=429, headers={"retry-after": "3"}),
}


class TestExactlyOnce:
    @pytest.mark.parametrize("trouble", UNKIND.values(), ids=UNKIND)
    def test_whatever_slack_answers(self, office: Office, trouble: Fault) -> None:
        office.slack.faults.add(trouble)
        notify(office)
        office.sends()
        office.waits(3 * MINUTE)
        assert (len(office.roots), office.states()) == (1, [("rules:1", "sent")])

    @pytest.mark.parametrize("when", ["before", "after"])
    @pytest.mark.parametrize("call", ["resolve", "post", "find"])
    def test_wherever_slamon_dies(self, office: Office, call: str, when: str) -> None:
        office.notifier.dies = (call, when)
        if call == "find":
            office.slack.faults.add(Fault(path=POST, accept=True, status=500))
        notify(office)
        with pytest.raises(KilledError):
            office.waits(40 * SECOND)
        office.starts()
        office.waits(2 * MINUTE)
        assert (len(office.roots), office.states()) == (1, [("rules:1", "sent")])

    def test_intents_of_two_notices_differ(self, office: Office) -> None:
        notify(office, "a", "one", DESK, ONCALL)
        notify(office, "b", "one", DESK)
        with office.desk.store.read() as tx:
            letters = outbox.ready(tx, office.desk.now)
        assert len({office.dispatcher.delivery.intent(letter) for letter in letters}) == len(letters) == 2
        office.sends()
        intents = [(root.metadata or {})["event_payload"]["intent"] for root in office.roots]
        assert len(set(intents)) == 3


HOSTILE = st.one_of(
    st.text(max_size=4_000),
    st.sampled_from(NASTY),
    st.text(alphabet="<>&!@#|*_~`\n\u202e\u200dé👍🏽", max_size=4_000),
)


@given(HOSTILE)
def test_slack_takes_any_text_and_nothing_in_it_is_obeyed(text: str) -> None:
    for form in Form:
        rendered = render(Notice(text), BERLIN, form)
        body = {"text": rendered.text, "blocks": rendered.blocks}
        assert refusal(body) == ("", [])
        shown = [rendered.text, *(block["text"]["text"] for block in rendered.blocks)]
        assert all(width(part) <= SECTION_ROOM for part in shown)
        assert not any("<" in part or ">" in part for part in shown)
        assert not set(rendered.text) & set("*~`")
        assert all(block["text"]["type"] == "plain_text" for block in rendered.blocks)


@pytest.mark.parametrize("text", ["\0", "a\0b", "\udcff name", "x" * 20_000])
def test_the_store_takes_any_text(store: Store, text: str) -> None:
    assert store.notify("key", text, (DESK,), 1) == 1
    with store.read() as tx:
        (letter,) = outbox.ready(tx, 1)
    assert letter.text is not None
    assert len(letter.text) <= outbox.NOTICE_ROOM
