"""The open queue as pages and programs ask for it: filters, order, pages."""

from __future__ import annotations

import re
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, select, update

from said import ask, at
from shelves import Shelf, clear
from slamon.errors import UsageError
from slamon.model import HOUR, MAX_INSTANT, Gone, Status, Target
from slamon.store import listing as listings
from slamon.store.listing import Asked, Listed, listing
from slamon.store.schema import conversation, message, timer, wait
from slamon.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from slamon.model import Instant


@dataclass(frozen=True)
class Row:
    """A target that somebody waits under; rows of one name are one wait."""

    name: str
    due: float = 60
    """Minute."""
    target: Target = Target.FIRST_RESPONSE
    policy: str = "everyone"
    status: Status = Status.ON_TRACK
    channel: str = "acme-x"
    text: str = ""
    by: str = "anna"
    open: bool = True

    @property
    def due_at(self) -> Instant:
        return at(self.due) if self.policy else MAX_INSTANT


def queued(store: Store, *rows: Row) -> dict[str, int]:
    """The number of each wait by its name."""
    for channel in sorted({row.channel for row in rows}):
        some = {row.name: row for row in rows if row.channel == channel}
        asked = [ask(row.name, 0, by=row.by, thread=row.name, text=row.text) for row in some.values()]
        Shelf(store, channel).save(*asked)
    with store.write() as tx:
        found = select(wait.c.id, wait.c.channel, conversation.c.thread).join(
            conversation, conversation.c.id == wait.c.conversation
        )
        waits = {row.thread: row for row in tx.execute(found)}
        tx.execute(timer.insert(), [timer_row(row, waits[row.name]) for row in rows])
    return {name: row.id for name, row in waits.items()}


def timer_row(row: Row, of: Any) -> dict[str, Any]:
    return {
        "wait": of.id,
        "target": row.target.value,
        "channel": of.channel,
        "policy": row.policy,
        "started_at": at(0),
        "due_at": row.due_at,
        "length": HOUR,
        "status": row.status.value,
        "stage": "",
        "told": 0,
        "episode": 1,
        "history": False,
        "counted": row.open,
    }


def shown(store: Store, **asked: Any) -> list[str]:
    return [one.thread for one in page(store, **asked).waits]


def page(store: Store, **asked: Any) -> Listed:
    with store.read() as tx:
        return listing(tx, Asked(**asked))


def test_nobody_waits_in_an_empty_store(store: Store) -> None:
    assert page(store) == Listed([], None, 0)


def test_the_nearest_deadline_comes_first_and_waits_without_a_policy_last(store: Store) -> None:
    queued(store, Row("c", 3), Row("unmatched", policy=""), Row("a", 1), Row("b", 2), Row("closed", 0, open=False))
    assert shown(store) == ["a", "b", "c", "unmatched"]


def test_a_wait_stands_once_under_the_nearest_of_its_targets(store: Store) -> None:
    queued(
        store,
        Row("a", 10),
        Row("a", 5, Target.ACKNOWLEDGEMENT, status=Status.BREACHED),
        Row("b", 7),
        Row("b", 7, Target.ACKNOWLEDGEMENT),
    )
    found = page(store)
    assert [(one.thread, one.target) for one in found.waits] == [
        ("a", Target.ACKNOWLEDGEMENT),
        ("b", Target.ACKNOWLEDGEMENT),
    ]
    assert found.total == 2


def test_under_the_nearest_that_the_filters_leave(store: Store) -> None:
    queued(store, Row("a", 10), Row("a", 5, Target.ACKNOWLEDGEMENT, status=Status.BREACHED))
    (only,) = page(store, statuses=[Status.ON_TRACK]).waits
    assert only.target is Target.FIRST_RESPONSE


ROWS = (
    Row("a", 1, policy="vip", channel="acme-x", text="Where is my PARCEL?", by="Ann_1"),
    Row("b", 2, status=Status.BREACHED, channel="acme-x", text="Straße ﬁne"),
    Row("c", 3, policy="", channel="acme-mail", text="100% \\ _broken_"),
    Row("d", 4, status=Status.AT_RISK, channel="acme-ig", text="parcel"),
)


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"channels": ["acme-x"]}, "ab"),
        ({"channels": ["acme-x", "acme-ig"]}, "abd"),
        ({"channels": ["acme-x", "nobody"]}, "ab"),
        ({"channels": ["nobody"]}, ""),
        ({"policies": ["vip"]}, "a"),
        ({"policies": ["vip", ""]}, "ac"),
        ({"statuses": [Status.BREACHED, Status.AT_RISK]}, "bd"),
        ({"statuses": [Status.UNVERIFIED]}, ""),
        ({"channels": ["acme-x"], "statuses": [Status.BREACHED], "policies": ["everyone"]}, "b"),
        ({"text": "parcel"}, "ad"),
        ({"text": "  PARCEL "}, "ad"),
        ({"text": "parcel", "channels": ["acme-ig"]}, "d"),
        ({"text": "STRASSE"}, "b"),
        ({"text": "fine"}, "b"),
        ({"text": "ann_1"}, "a"),
        ({"text": "%"}, "c"),
        ({"text": "_b"}, "c"),
        ({"text": "\\"}, "c"),
        ({"text": "nothing of that"}, ""),
        ({"text": " "}, "abdc"),
    ],
)
def test_filters_leave_what_is_wanted(asked: dict[str, Any], names: str, store: Store) -> None:
    queued(store, *ROWS)
    found = page(store, **asked)
    assert [one.thread for one in found.waits] == list(names)
    assert (found.total, found.next, found.complete) == (len(names), None, True)


def test_words_of_a_deleted_message_find_nothing(store: Store) -> None:
    queued(store, Row("a", text="a parcel"))
    Shelf(store).save(ask("a2", 1, thread="a", text="hello?"), gone=[Gone("a", at(2))])
    assert shown(store, text="hello") == ["a"]
    assert shown(store, text="parcel") == []


def test_the_name_of_the_customer_is_searched_too(store: Store) -> None:
    Shelf(store).save(ask("a", 0))
    with store.write() as tx:
        tx.execute(update(message).values(name="Zoë Müller"))
        tx.execute(timer.insert(), [timer_row(Row("a"), tx.execute(select(wait)).one())])
    assert len(shown(store, text="MÜLLER")) == 1


def test_a_page_says_where_the_next_one_begins(store: Store) -> None:
    queued(store, *(Row(name, 5) for name in "abcde"))
    first = page(store, limit=2)
    second = page(store, limit=2, after=first.next)
    third = page(store, limit=2, after=second.next)
    assert [[one.thread for one in part.waits] for part in (first, second, third)] == [["a", "b"], ["c", "d"], ["e"]]
    assert ([part.total for part in (first, second, third)], third.next) == ([5, 5, 5], None)


def test_no_page_follows_one_that_just_fits(store: Store) -> None:
    queued(store, Row("a"), Row("b"))
    assert page(store, limit=2).next is None


@pytest.mark.parametrize(
    "after", ["", "x", "1-2", "1-2-three", "-1-2-first_response", "1-2-first_response ", "1" * 15 + "-1-first_response"]
)
def test_a_page_that_nobody_gave_is_refused(after: str, store: Store) -> None:
    with pytest.raises(UsageError, match="`next` of the page before"):
        page(store, after=after)


def test_waits_are_counted_up_to_a_bound(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listings, "COUNTED", 3)
    queued(store, *(Row(name, 5, text="parcel") for name in "abcde"))
    assert page(store, limit=2).total == 3
    assert page(store, limit=2, text="parcel").total == 3


def test_a_search_that_was_cut_says_so(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listings, "SEARCHED", 3)
    monkeypatch.setattr(listings, "AT_ONCE", 2)
    queued(store, *(Row(name, due, text="parcel") for due, name in enumerate("abcd")))
    found = page(store, text="parcel")
    assert ([one.thread for one in found.waits], found.total, found.complete) == (list("abc"), 3, False)
    assert page(store, text="parcel", channels=["acme-x"], limit=1).next is not None
    monkeypatch.setattr(listings, "SEARCHED", 4)
    assert page(store, text="parcel").complete


rows = st.lists(
    st.tuples(
        st.integers(0, 4),
        st.sampled_from(["acme-x", "acme-ig"]),
        st.sampled_from(["everyone", "vip", ""]),
        st.sampled_from([Status.ON_TRACK, Status.BREACHED]),
        st.sampled_from(["parcel", "refund"]),
        st.none() | st.integers(0, 4),
    ),
    min_size=1,
    max_size=12,
)
filters = st.fixed_dictionaries(
    {},
    optional={
        "channels": st.sampled_from([["acme-x"], ["acme-x", "acme-ig"]]),
        "policies": st.sampled_from([["vip"], ["", "everyone"]]),
        "statuses": st.just([Status.ON_TRACK]),
        "text": st.just("PARCEL"),
    },
)


def drawn(specs: Sequence[Any]) -> Iterator[Row]:
    for number, (due, channel, policy, status, text, second) in enumerate(specs):
        row = Row(f"w{number:02}", due, Target.FIRST_RESPONSE, policy, status, channel, text)
        yield row
        if second is not None and policy:
            yield Row(row.name, second, Target.ACKNOWLEDGEMENT, policy, Status.ON_TRACK, channel, text)


def wanted(row: Row, asked: dict[str, Any]) -> bool:
    return (
        row.channel in asked.get("channels", [row.channel])
        and row.policy in asked.get("policies", [row.policy])
        and row.status in asked.get("statuses", [row.status])
        and row.text in asked.get("text", row.text).lower()
    )


@settings(
    max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None
)
@given(specs=rows, asked=filters, limit=st.integers(1, 4), closing_some=st.sampled_from([True, False]), data=st.data())
def test_pages_are_the_sorted_queue_cut_in_pieces_whatever_closes_meanwhile(
    specs: Sequence[Any], asked: dict[str, Any], limit: int, closing_some: Any, data: st.DataObject, store: Store
) -> None:
    clear(store)
    made = list(drawn(specs))
    numbers = queued(store, *made)
    left = sorted((row.due_at, numbers[row.name], row.target.value, row.name) for row in made if wanted(row, asked))
    firsts = list({name: (name, target) for _, _, target, name in reversed(left)}.values())
    expected = [one for one in ((name, target) for _, _, target, name in left) if one in firsts]
    total, pages, gone, after = len(expected), 0, set[str](), None
    seen: list[tuple[str, str]] = []
    while True:
        found = page(store, **asked, limit=limit, after=after)
        seen += [(one.thread, one.target.value) for one in found.waits]
        pages, after = pages + 1, found.next
        assert pages <= len(expected) // limit + 1
        assert found.total == total - sum(name in gone for name, _ in expected)
        if after is None:
            break
        closing_now = data.draw(st.sampled_from(sorted(numbers))) if closing_some else None
        if closing_now is not None:
            gone.add(closing_now)
            with store.write() as tx:
                tx.execute(update(timer).where(timer.c.wait == numbers[closing_now]).values(counted=False))
    assert len({name for name, _ in seen}) == len(seen)
    kept = [one for one in expected if one[0] not in gone or one in seen]
    assert seen == kept


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"after": "5-5-first_response"},
        {"channels": ["acme-x", "acme-ig"]},
        {"policies": ["vip"]},
        {"statuses": [Status.AT_RISK]},
        {"text": "parcel"},
    ],
)
def test_the_queue_is_read_in_its_own_order(asked: dict[str, Any], sqlite_url: str) -> None:
    with closing(Store(sqlite_url)) as store:
        queued(store, *ROWS)
        steps = plans(store, asked)
    ordered = [found for found in steps if any("timer_queue" in step for step in found)]
    assert ordered
    assert not any("TEMP B-TREE FOR ORDER BY" in step for found in ordered for step in found)
    assert not any(
        re.match(r"SCAN (timer|wait|message|conversation|nearer)\b(?!.*timer_queue)", s) for f in steps for s in f
    )


@pytest.mark.parametrize(
    "asked", [{"policies": ["vip"]}, {"statuses": [Status.AT_RISK]}, {"channels": ["acme-x", "b"]}]
)
def test_a_filter_that_few_pass_reads_no_row_of_the_others(asked: dict[str, Any], sqlite_url: str) -> None:
    with closing(Store(sqlite_url)) as store:
        queued(store, *ROWS, Row("e", channel="b"))
        steps = plans(store, asked)
    assert all("COVERING" in step for found in steps for step in found if "timer_queue" in step)


def plans(store: Store, asked: dict[str, Any]) -> list[list[str]]:
    """The steps SQLite takes for each statement of a page."""
    found: list[list[str]] = []

    def note(_connection: Any, cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if statement.startswith("SELECT"):
            found.append([row[3] for row in cursor.execute(f"EXPLAIN QUERY PLAN {statement}", values)])

    event.listen(store.database.reader, "before_cursor_execute", note)
    page(store, **asked, limit=2)
    return found
