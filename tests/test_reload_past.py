"""Rules for new waits only: who waited before is held to the promise of that day, for as long as it can be read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from slamon.model import HOUR, MINUTE, Status
from slamon.store import rulesets
from stage import EVERY, Desk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from slamon.store.store import Store

ONLY_NEW = "apply_to: new"


def everyone(target: str, more: str = ONLY_NEW) -> str:
    return f"policies: [{{name: everyone, first_response: {target}}}]\n{more}\n"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Desk(tmp_path, rules=everyone("1h")) as opened:
        opened.settles()
        yield opened


def lengths(desk: Desk, *names: str) -> list[int]:
    return [desk.wait(name).length for name in names]


class TestApplyToNew:
    def test_holds_new_waits_to_new_rules_and_open_ones_to_their_own(self, desk: Desk) -> None:
        desk.asks(by="ann")
        desk.passes(EVERY)
        desk.reload(everyone("2h"))
        desk.asks(by="ben")
        desk.passes(EVERY)
        assert lengths(desk, "ann", "ben") == [HOUR, 2 * HOUR]
        desk.passes(3 * HOUR)
        assert lengths(desk, "ann", "ben") == [HOUR, 2 * HOUR]
        assert [desk.wait(name).status for name in ("ann", "ben")] == [Status.BREACHED] * 2

    def test_holds_over_restarts_and_over_more_reloads(self, desk: Desk) -> None:
        for name, target in (("ann", "2h"), ("ben", "3h"), ("cat", "4h")):
            desk.asks(by=name)
            desk.passes(EVERY)
            desk.reload(everyone(target))
            desk.restart()
        desk.asks(by="dan")
        desk.passes(EVERY)
        assert lengths(desk, "ann", "ben", "cat", "dan") == [HOUR, 2 * HOUR, 3 * HOUR, 4 * HOUR]
        desk.passes(HOUR)
        assert lengths(desk, "ann", "ben", "cat", "dan") == [HOUR, 2 * HOUR, 3 * HOUR, 4 * HOUR]
        assert len(desk.app.rules.past) == 3

    def test_given_up_holds_all_open_waits_to_the_new_rules(self, desk: Desk) -> None:
        desk.asks()
        desk.passes(EVERY)
        desk.reload(everyone("2h"))
        desk.passes(EVERY)
        assert lengths(desk, "ann") == [HOUR]
        desk.reload(everyone("2h", more="apply_to: open"))
        desk.passes(0)
        assert lengths(desk, "ann") == [2 * HOUR]

    def test_is_over_for_waits_whose_rules_cannot_be_read_any_more(self, desk: Desk) -> None:
        desk.asks()
        desk.passes(EVERY)
        with desk.app.store.write() as tx:
            tx.exec_driver_sql('UPDATE ruleset SET files = \'{"default.yaml": "policies: 1"}\'')
        desk.reload(everyone("2h"))
        desk.passes(0)
        assert lengths(desk, "ann") == [2 * HOUR]

    def test_is_over_for_waits_whose_rules_are_gone(self, desk: Desk) -> None:
        desk.asks()
        desk.passes(EVERY)
        with desk.app.store.write() as tx:
            tx.exec_driver_sql("DELETE FROM ruleset")
        desk.promise(everyone("2h"))
        desk.restart()
        desk.passes(0)
        assert lengths(desk, "ann") == [2 * HOUR]


FILES = {"default.yaml": b"policies: []", "closed/summer.ics": b"\xff\xfe\0", "names.txt": "Zoë".encode()}


class TestTheShelf:
    def test_gives_back_what_was_put_there(self, store: Store) -> None:
        with store.write() as tx:
            rulesets.take(tx, "one", FILES, (), 1)
            rulesets.take(tx, "two", {}, ("zero", "one", "two"), 2)
        with store.read() as tx:
            assert rulesets.files_of(tx, "one") == FILES
            assert rulesets.files_of(tx, "two") == {}
            assert rulesets.files_of(tx, "three") is None
            assert rulesets.in_force(tx) == ("zero", "one", "two")

    def test_keeps_the_newest_and_those_that_open_waits_refer_to(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("slamon.store.rulesets.KEPT", 2)
        desk.asks()
        desk.passes(EVERY)
        first = desk.app.rules.version
        taken = []
        for minutes in range(10, 16):
            desk.reload(everyone(f"{minutes}m"))
            desk.passes(MINUTE)
            taken.append(desk.app.rules.version)
        with desk.app.store.read() as tx:
            kept = set(tx.exec_driver_sql("SELECT version FROM ruleset").scalars())
        assert kept == {first, *taken[-2:]}

    def test_holds_files_as_text_that_any_database_takes(self, store: Store) -> None:
        with store.write() as tx:
            rulesets.take(tx, "one", FILES, (), 1)
            packed = tx.exec_driver_sql("SELECT files FROM ruleset").scalar_one()
        assert json.loads(packed)["default.yaml"] == "policies: []"
        assert "\0" not in packed
