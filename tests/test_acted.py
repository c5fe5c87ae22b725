"""The list of what people did, on either database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from said import at
from shelves import Shelf
from slamon.store import acted, actions
from slamon.store.actions import Action

if TYPE_CHECKING:
    from slamon.store.store import Store


def action(number: int, **more: Any) -> Action:
    given: dict[str, Any] = {"id": number, "key": f"k{number}", "verb": "dismiss", "wait": 1, "channel": None}
    given |= {"scope": "wait", "subject": "", "reason": "spam", "at": at(number), "until": None}
    return Action(**given | {"by": "kim", "by_id": "kim", "via": "command"} | more)


def write(store: Store, *done: Action) -> None:
    with store.write() as tx:
        for one in done:
            actions.write(tx, one)


def test_it_is_newest_first_with_the_names_of_channels_up_to_the_limit(store: Store) -> None:
    channel = Shelf(store, "acme-y").channel
    done = [action(1), action(2, channel=channel), action(3, wait=-7, undone_at=at(9), undone_by="lee")]
    write(store, *done)
    with store.read() as tx:
        assert acted.recent(tx, 9) == [(done[2], ""), (done[1], "acme-y"), (done[0], "")]
        assert acted.recent(tx, 1) == [(done[2], "")]


def test_what_stands_reaches_further_than_a_wait_and_neither_ended_nor_was_taken_back(store: Store) -> None:
    author = {"scope": "author", "subject": "ann"}
    write(
        store,
        action(1, **author, until=at(50)),
        action(2, **author, until=at(51)),
        action(3, until=at(99)),
        action(4, **author, until=at(99), undone_at=at(5), undone_by="lee"),
        action(5, **author),
        action(6, **author, until=at(99)),
    )
    with store.read() as tx:
        assert [one.id for one, _ in acted.standing(tx, 9, at(50))] == [6, 5, 2]
        assert [one.id for one, _ in acted.standing(tx, 2, at(50))] == [6, 5]
