"""What X bills is estimated by its own rules: by the resource, once in a UTC day, cheaper for what is one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_contract import NOON, Reader
from rig_x import MessagesRig, SearchRig, XRig
from slamon.connectors._x import spend
from slamon.connectors._x.spend import EVENT, OWNED, POST, USER, Bill
from slamon.model import DAY, HOUR
from x_client import Clock

if TYPE_CHECKING:
    from connector_contract import Rig


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def bill(clock: Clock) -> Bill:
    return Bill(clock)


def page(*ids: str, author: str = "55", **includes: list[dict[str, str]]) -> dict[str, Any]:
    data = {"data": [{"id": each, "author_id": author} for each in ids]} if ids else {}
    return data | ({"includes": includes} if includes else {}) | {"meta": {"result_count": len(ids)}}


def test_nothing_costs_nothing(bill: Bill) -> None:
    assert bill.spend("mentions", page()) == 0


@pytest.mark.parametrize(
    ("endpoint", "price"),
    [("mentions", POST), ("posts", POST), ("search", POST), ("lookup", POST), ("messages", EVENT)],
)
def test_each_resource_has_its_price(bill: Bill, endpoint: str, price: int) -> None:
    assert bill.spend(endpoint, page("1", "2")) == 2 * price


def test_accounts_are_billed_alone_and_beside_posts(bill: Bill) -> None:
    assert bill.spend("users", {"data": [{"id": "900"}, {"id": "901"}]}) == 2 * USER
    assert bill.spend("me", {"data": {"id": "902"}}) == USER
    assert bill.spend("mentions", page("1", users=[{"id": "55"}, {"id": "900"}])) == POST + USER


@pytest.mark.parametrize("key", ["tweets", "posts"])
def test_posts_that_come_along_are_counted_in_either_spelling(bill: Bill, key: str) -> None:
    assert bill.spend("mentions", page("1") | {"includes": {key: [{"id": "2"}]}}) == 2 * POST


def test_the_same_thing_is_free_until_midnight_by_utc(bill: Bill, clock: Clock) -> None:
    assert bill.spend("mentions", page("1")) == POST
    assert bill.spend("lookup", page("1")) == 0
    clock.now += 11 * HOUR
    assert bill.spend("mentions", page("1")) == 0
    clock.now += HOUR
    assert bill.spend("mentions", page("1")) == POST


def test_a_post_and_an_account_of_the_same_number_are_two_things(bill: Bill) -> None:
    assert bill.spend("mentions", page("1", users=[{"id": "1"}])) == POST + USER


def test_what_is_ones_own_is_cheaper_by_ones_own_token(bill: Bill) -> None:
    bill.owner = "900"
    assert bill.spend("mentions", page("1")) == OWNED
    assert bill.spend("posts", page("2", author="900")) == OWNED
    assert bill.spend("posts", page("3", author="901")) == POST
    assert bill.spend("search", page("4", author="900")) == POST


def test_the_memory_is_bounded_and_begins_anew_each_day(
    bill: Bill, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spend, "REMEMBERED", 10)
    for number in range(100):
        bill.spend("mentions", page(str(number)))
    assert len(bill._billed) <= 11
    assert bill.spend("mentions", page("99")) == 0
    clock.now += DAY
    bill.spend("mentions", page("100"))
    assert len(bill._billed) == 1


@given(
    st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["data", "includes", "users", "id"]), inner),
    )
)
def test_no_answer_raises(document: Any) -> None:
    assert Bill(lambda: NOON).spend("mentions", document) >= 0


@pytest.mark.parametrize("kind", [XRig, SearchRig, MessagesRig])
def test_polls_are_billed_once_a_day(kind: type[Rig]) -> None:
    with kind() as rig:
        rig.customer("hello?", at=NOON - HOUR)
        reader = Reader(rig)
        begun = sum(call.spend for call in rig.calls)
        reader.poll()
        first = sum(call.spend for call in rig.calls) - begun
        reader.poll()
        assert sum(call.spend for call in rig.calls) - begun == first
        assert first == (EVENT if kind is MessagesRig else POST) + USER
        reader.close()


def test_by_the_accounts_own_token_its_mentions_are_cheaper() -> None:
    class Own(MessagesRig):
        def keys(self) -> dict[str, Any]:
            return super().keys() | {"watch": ["mentions"]}

    with Own() as rig:
        rig.x.customer_posts("ann", "@acme hello?", at=NOON - HOUR)
        reader = Reader(rig)
        begun = sum(call.spend for call in rig.calls)
        reader.poll()
        assert sum(call.spend for call in rig.calls) - begun == OWNED + USER
        reader.close()
