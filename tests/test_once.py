"""`slamon once`: one poll, sweep and dispatch, then the end; for cron, and for trying things out."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from slamon.cli.once import command
from slamon.errors import StoreError
from slamon.model import HOUR, MINUTE, Status
from stage import Desk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from click.testing import Result


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Desk(tmp_path) as opened:
        yield opened


def run(desk: Desk, *arguments: str) -> Result:
    """The command as a person starts it, by the clock on the wall; whatever ran before has ended."""
    desk.kill()
    return CliRunner().invoke(command, [*arguments, "--config", str(desk.folder / "config.yaml")])


class TestRound:
    """What one round does, on the clock of the stage."""

    def once(self, desk: Desk) -> dict[str, str]:
        desk.kill()
        desk.start()
        return desk.app.once()

    def test_one_round_reads_decides_and_tells(self, desk: Desk) -> None:
        desk.asks()
        desk.settles()
        desk.clock.now += 50 * MINUTE
        assert self.once(desk) == {"acme-x": "ok"}
        assert desk.root.text.startswith("🟡 Due in 10 min")

    def test_rounds_by_cron_tell_each_stage_once_and_close_with_the_answer(self, desk: Desk) -> None:
        post = desk.asks()
        for _ in range(9):
            self.once(desk)
            desk.clock.now += 10 * MINUTE
        desk.answers(post)
        self.once(desk)
        assert [edit.text[0] for edit in desk.root.edits] == ["🟡", "🔴"]
        assert (desk.root.text[0], len(desk.replies)) == ("🟤", 1)

    def test_an_answer_that_a_round_reads_is_heard_before_anybody_is_accused(self, desk: Desk) -> None:
        post = desk.asks()
        desk.settles()
        desk.clock.now += 59 * MINUTE
        desk.answers(post)
        desk.clock.now += HOUR
        self.once(desk)
        assert desk.roots == []
        assert desk.wait(post).status is Status.MET

    def test_a_round_that_cannot_read_says_so_and_still_tells_what_is_due(self, desk: Desk) -> None:
        desk.asks()
        desk.settles()
        desk.clock.now += 2 * HOUR
        with desk.x_fails():
            assert self.once(desk) == {"acme-x": "retry"}
        assert desk.root.text.startswith("🟠 Perhaps 1 h over the limit of 1 h, not read since 12:00")


class TestCommand:
    def test_it_prints_how_each_channel_was_read(self, desk: Desk) -> None:
        done = run(desk)
        assert (done.exit_code, done.stdout) == (0, "acme-x: ok\n")

    def test_so_it_does_for_programs(self, desk: Desk) -> None:
        done = run(desk, "--json")
        assert json.loads(done.stdout) == {"channels": {"acme-x": "ok"}}

    def test_a_channel_that_cannot_be_read_is_exit_code_1(self, desk: Desk) -> None:
        with desk.x_fails():
            done = run(desk)
        assert (done.exit_code, done.stdout) == (1, "acme-x: retry\n")
        assert "Traceback" not in done.output

    def test_it_leaves_nothing_behind_that_would_keep_the_next_one_out(self, desk: Desk) -> None:
        assert [run(desk).exit_code for _ in range(2)] == [0, 0]
        desk.start()

    def test_beside_a_daemon_it_refuses_and_names_it(self, desk: Desk) -> None:
        with pytest.raises(StoreError, match=rf"another slamon \(pid {os.getpid()}\) writes this database"):
            CliRunner().invoke(command, ["--config", str(desk.folder / "config.yaml")], catch_exceptions=False)
