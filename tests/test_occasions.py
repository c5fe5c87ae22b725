"""What comes by the clock, through the whole of slamon, before a pretend Slack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from slamon.errors import StoreError
from slamon.model import HOUR, MINUTE, SECOND
from slamon.occasions import Occasions
from slamon.occasions.base import Paced
from slamon.scheduler import OCCASIONS_EVERY
from stage import OFFICE, Desk
from x_client import NOON

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from slamon.model import Instant

OFFICE_HOUR = "policies: [{name: everyone, first_response: 1h, calendar: office}]"
DIGESTS = '  digests: {daily: [{cron: "30 9 * * *"}], blind: {repeat: 30m, at_most: 3}}\n'
MONDAY_AT_NINE = NOON + 20 * HOUR
"""In Berlin; `NOON` is noon in UTC, on a Sunday."""


class Watched(Desk):
    """A desk whose occasions look as the daemon's do."""

    def _following(self, end: Instant) -> Instant:
        return min(super()._following(end), self.now + 10 * OCCASIONS_EVERY)

    def _send(self) -> None:
        self.app.occasions.look()
        super()._send()

    def watches(self, account: str) -> None:
        super().watches(account)
        path = self.folder / "config.yaml"
        path.write_text(path.read_text() + "  timezone: Europe/Berlin\n" + DIGESTS, encoding="utf-8")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Watched]:
    with Watched(tmp_path) as opened:
        yield opened


class TestInSlack:
    def test_a_channel_that_cannot_be_read_is_one_message_with_broadcast_reminders(self, desk: Watched) -> None:
        with desk.x_fails():
            desk.passes(HOUR)
            (root,) = desk.roots
            assert "acme-x cannot be read" in root.text
            assert "503" in root.text
            assert [reply.broadcast for reply in desk.replies] == [True]
        desk.passes(10 * MINUTE)
        assert "acme-x is readable again since 14:05, was blind for 1 h 5 min" in desk.root.text
        desk.passes(2 * HOUR)
        assert len(desk.replies) == 1

    def test_stages_that_fall_due_meanwhile_are_told_by_it_and_by_nothing_else(self, desk: Watched) -> None:
        post = desk.asks(by="ann")
        desk.settles()
        with desk.x_fails():
            desk.passes(HOUR + 10 * MINUTE)
            assert "acme-x cannot be read" in desk.root.text
            assert "ann" in desk.root.text
            assert "Perhaps" in desk.root.text
        desk.answers(post)
        desk.passes(10 * MINUTE)
        assert "readable again" in desk.root.text
        assert "Answered late" in desk.root.text
        assert [reply.broadcast for reply in desk.replies] == [True]

    def test_a_restart_tells_nothing_twice(self, desk: Watched) -> None:
        with desk.x_fails():
            desk.passes(50 * MINUTE)
            for _ in range(3):
                desk.restart()
                desk.passes(MINUTE)
            assert (len(desk.roots), len(desk.replies)) == (1, 1)

    def test_history_is_one_message(self, tmp_path: Path) -> None:
        opened = Watched(tmp_path)
        opened.x.__enter__()
        for n in range(3):
            opened.asks(by=f"c{n}")
        opened.clock.now += 5 * HOUR
        opened.slack.__enter__()
        opened.start()
        opened.settles()
        opened.passes(MINUTE)
        assert "acme-x: 3 customers wait since before it was read, past due" in opened.root.text
        opened.passes(3 * HOUR)
        assert len(opened.roots) == 1
        opened.__exit__()

    def test_the_morning_begins_with_the_opening_and_the_figures_follow(self, desk: Watched) -> None:
        desk.write("rules/calendars.yaml", OFFICE)
        desk.reload(OFFICE_HOUR)
        desk.asks(by="ann")
        desk.asks(by="ben")
        desk.settles()
        desk.clock.now = MONDAY_AT_NINE - MINUTE
        desk.passes(2 * MINUTE)
        assert "Open since 09:00: 2 customers wait, 2 due by 10:00" in desk.root.text
        desk.passes(30 * MINUTE)
        opening, figures = desk.roots
        assert "Sun 22 Nov: 2 received, no answer was due yet" in figures.text
        assert opening.broadcast is False
        assert desk.replies == []


def test_a_digest_is_counted_anew_every_half_minute_and_when_the_clock_was_set_back() -> None:
    paced = Paced()
    asked = [(1, 1_000), (2, 1_000), (1, 1_500), (1, 30_999), (1, 31_000), (1, 20_000), (1, 49_999), (1, 50_000)]
    assert [paced.due(*one) for one in asked] == [True, True, False, False, True, True, False, True]


class TestTroubles:
    def test_of_one_occasion_stay_there(self, logged: list[Any]) -> None:
        looked: list[str] = []

        class One:
            def __init__(self, name: str, error: Exception | None = None) -> None:
                self.name, self.error = name, error

            def look(self, now: Instant) -> None:
                looked.append(f"{self.name} at {now}")
                if self.error:
                    raise self.error

        several = [One("a", StoreError("locked")), One("b", ValueError("a customer's words")), One("c")]
        Occasions(lambda: SECOND, several).look()
        assert looked == ["a at 1000", "b at 1000", "c at 1000"]
        told = [(line["event"], line["log_level"], line["occasion"], line["error"]) for line in logged]
        assert told == [
            ("occasion_failed", "warning", "a", "locked"),
            ("occasion_failed", "error", "b", "ValueError"),
        ]
