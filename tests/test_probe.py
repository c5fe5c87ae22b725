"""`slamon probe` and `slamon connectors`: what a channel may read, what is missing, and what there is to watch."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from slamon.cli.connectors import command as connectors
from slamon.cli.probe import command as probe
from slamon.connectors import found
from slamon.errors import StoreError, UsageError
from slamon.sim.x import PretendX
from slamon.store.store import Store
from slamon.store.vault import BorrowedVault, StoreVault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from click.testing import Result


class World:
    def __init__(self, folder: Path, x: PretendX) -> None:
        self.folder = folder
        self.x = x
        self.write(x.token)

    def write(self, token: str) -> None:
        (self.folder / "token").write_text(token, encoding="utf-8")
        channel = {
            "name": "acme-x",
            "connector": "x",
            "account": "acme",
            "base_url": self.x.url,
            "credentials": {"bearer_token": {"file": "token"}},
        }
        (self.folder / "config.yaml").write_text(json.dumps({"channels": [channel]}), encoding="utf-8")

    def probe(self, *arguments: str) -> Result:
        return CliRunner().invoke(probe, [*arguments, "--config", str(self.folder / "config.yaml")])


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with PretendX(lambda: time.time_ns() // 1_000_000) as x:
        yield World(tmp_path, x)


class TestProbe:
    def test_a_good_credential_is_proved_and_nothing_is_written(self, world: World) -> None:
        ran = world.probe("acme-x")
        assert ran.exit_code == 0, ran.output
        assert "acme-x (x)" in ran.output
        assert {path.name for path in world.folder.iterdir()} == {"config.yaml", "token"}

    def test_the_budgets_that_the_reads_told_of_are_shown(self, world: World) -> None:
        assert "left until" in world.probe("acme-x").output

    def test_a_refused_one_fails_without_a_traceback_and_without_the_token(self, world: World) -> None:
        world.write("not-the-token-4711")
        ran = world.probe("acme-x")
        assert (ran.exit_code, "FAILED" in ran.output) == (1, True)
        assert "4711" not in ran.output

    def test_programs_read_the_same(self, world: World) -> None:
        found_out = json.loads(world.probe("acme-x", "--json").output)
        assert (found_out["channel"], found_out["platform"], found_out["good"]) == ("acme-x", "x", True)
        assert {each["proof"] for each in found_out["permissions"]} == {"ok"}

    def test_a_channel_that_is_not_there_is_answered_with_those_that_are(self, world: World) -> None:
        error = world.probe("acme-y").exception
        assert isinstance(error, UsageError)
        assert str(error) == "there is no channel acme-y; the configuration has acme-x"

    def test_it_works_beside_a_running_daemon(self, world: World) -> None:
        running = Store(f"sqlite:///{world.folder}/slamon.db")
        assert world.probe("acme-x").exit_code == 0
        running.close()


class TestBorrowedVault:
    """What a command may keep beside a daemon."""

    def url(self, folder: Path) -> str:
        return f"sqlite:///{folder}/slamon.db"

    def test_where_nobody_runs_a_renewed_token_is_kept_for_the_daemon(self, tmp_path: Path) -> None:
        borrowed = BorrowedVault(self.url(tmp_path))
        assert borrowed.get("x:1") is None
        with borrowed.lock("x:1"):
            borrowed.put("x:1", "rotated")
        store = Store(self.url(tmp_path))
        assert StoreVault(store).get("x:1") == borrowed.get("x:1") == "rotated"
        store.close()

    def test_where_one_runs_it_refuses_before_anything_is_renewed(self, tmp_path: Path) -> None:
        running = Store(self.url(tmp_path))
        StoreVault(running).put("x:1", "rotated")
        borrowed = BorrowedVault(self.url(tmp_path))
        assert borrowed.get("x:1") == "rotated"
        with pytest.raises(StoreError, match="another slamon"), borrowed.lock("x:1"):
            raise AssertionError("it must not come this far")
        running.close()

    def test_budgets_are_counted_for_itself_alone(self, tmp_path: Path) -> None:
        running = Store(self.url(tmp_path))
        borrowed = BorrowedVault(self.url(tmp_path))
        with borrowed.lock("meter:app"):
            borrowed.put("meter:app", "5")
        assert (borrowed.get("meter:app"), StoreVault(running).get("meter:app")) == ("5", None)
        running.close()


class TestConnectors:
    def listed(self, *arguments: str) -> Any:
        return json.loads(CliRunner().invoke(connectors, [*arguments, "--json"]).output)["connectors"]

    def test_every_connector_is_listed_with_what_people_ask(self) -> None:
        assert [each["name"] for each in self.listed()] == list(found())
        assert all(each["title"] and each["kinds"] and each["reach"] and each["limits"] for each in self.listed())

    def test_the_text_says_kinds_permissions_and_reach(self) -> None:
        text = CliRunner().invoke(connectors, ["x"]).output
        for word in ("x: X", "mention", "tweet.read", "reach", "limits"):
            assert word in text
        assert max(map(len, text.splitlines())) <= 110

    def test_one_alone_can_be_asked_for(self) -> None:
        assert [each["name"] for each in self.listed("archive")] == ["archive"]

    def test_a_name_that_nobody_knows_is_answered_with_the_nearest(self) -> None:
        error = CliRunner().invoke(connectors, ["archvie"]).exception
        assert isinstance(error, UsageError)
        assert "archive" in str(error)
