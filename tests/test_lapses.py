"""What somebody has in hand for a while shows as in hand for just that while."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clockwork import world
from desk import Desk
from office import Office, opened
from slamon.acting import Acting, Order, Person
from slamon.model import HOUR, MINUTE
from slamon.occasions.lapses import Lapses
from slamon.sla.handling import Verb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.store.store import Store

ANN = Person("U0ANN", "Ann")
IN_HAND, PUT_OFF = "🔵", "💤"


@pytest.fixture
def office(store: Store) -> Iterator[Office]:
    with opened(Desk(store)) as office:
        office.warned()
        office.sends()
        yield office


def acting(office: Office) -> Acting:
    desk = office.desk
    return Acting(desk.store, lambda: desk.rules, {}, lambda: desk.now, lambda: None)


def acts(office: Office, verb: Verb, key: str = "k", span: int | None = None) -> int:
    (wait,) = {letter.wait for letter in office.desk.letters()}
    order = Order(verb=verb, wait=wait, by=ANN, via="button", key=key, span=span)
    action = acting(office).act(order).action
    office.waits(MINUTE)
    return action


def passes(office: Office, lapses: Lapses, span: int) -> str:
    """Time passes and nothing else happens; :returns: what the message says then."""
    office.desk.now += span
    lapses.look(office.desk.now)
    office.waits(MINUTE)
    return office.roots[0].text


@pytest.mark.parametrize(("verb", "mark"), [(Verb.ACKNOWLEDGE, IN_HAND), (Verb.SNOOZE, PUT_OFF)])
def test_a_message_shows_who_has_it_in_hand_until_that_lapses(office: Office, verb: Verb, mark: str) -> None:
    lapses = Lapses(world(office.desk))
    acts(office, verb, span=4 * HOUR)
    assert mark in passes(office, lapses, 2 * HOUR)
    assert mark not in passes(office, lapses, 2 * HOUR)


def test_what_lapsed_while_slamon_was_down_is_shown_after_the_start(office: Office) -> None:
    acts(office, Verb.ACKNOWLEDGE)
    office.desk.now += 5 * HOUR
    office.starts()
    assert IN_HAND not in passes(office, Lapses(world(office.desk)), 0)


def test_nothing_is_edited_for_what_was_taken_back_or_lapsed_before(office: Office) -> None:
    lapses = Lapses(world(office.desk))
    acts(office, Verb.ACKNOWLEDGE, span=HOUR)
    passes(office, lapses, HOUR)
    taken_back = acts(office, Verb.ACKNOWLEDGE, "again", span=2 * HOUR)
    acting(office).undo(taken_back, ANN, "button")
    office.waits(MINUTE)
    edits = office.slack.calls("chat.update")
    passes(office, lapses, 3 * HOUR)
    assert office.slack.calls("chat.update") == edits
