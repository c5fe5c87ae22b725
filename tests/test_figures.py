"""The keeper of dear figures: how often it makes them, what happens when that fails, what a page shows of them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from desk import Desk, policy, rules
from said import START, ask, at, reply
from slamon.configfile import LOOK_EVERY, ConfigFile
from slamon.errors import StoreError
from slamon.exporter import Exporter
from slamon.figures import AHEAD_EVERY, SHARE, WEEKS, WEEKS_EVERY, Figures
from slamon.metrics.stored import Aim
from slamon.model import DAY, SECOND, Target
from slamon.sla.fate import Fate
from slamon.store.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Connection

    from slamon.store.store import Store

DAY_LONG = 24 * 60


class Slow:
    """A store each of whose reads takes so many seconds of a clock, or fails."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.seconds = 0.0
        self.takes = 0.0
        self.reads: list[float] = []
        self.broken = False
        self.failures: list[Exception] = []

    @contextmanager
    def read(self) -> Iterator[Connection]:
        self.reads.append(self.seconds)
        self.seconds += self.takes
        if self.broken:
            raise StoreError("the database is locked")
        with self.store.read() as tx:
            yield tx

    def figures(self, aims: dict[tuple[str, str], Aim] | None = None, now: Callable[[], int] | None = None) -> Figures:
        store: Any = self
        clock = now or (lambda: START + round(self.seconds * SECOND))
        return Figures(store, lambda: aims or {}, clock, lambda: self.seconds, self.failures.append)

    def runs(self, figures: Figures, seconds: float) -> None:
        """As the scheduler does: every second, unless the last round still goes on."""
        end = self.seconds + seconds
        while self.seconds < end:
            figures.renew()
            self.seconds = int(self.seconds) + 1.0


@pytest.fixture
def slow(store: Store) -> Slow:
    return Slow(store)


class TestHowOften:
    def test_they_are_made_at_once_and_then_now_and_then(self, slow: Slow) -> None:
        figures = slow.figures()
        assert (figures.recent, figures.ahead) == (None, None)
        slow.runs(figures, 60.0)
        weeks = [at for at in slow.reads if at % WEEKS_EVERY == 0]
        assert (len(slow.reads), weeks.count(0.0), weeks.count(WEEKS_EVERY)) == (60 / AHEAD_EVERY + 2, 2, 1)

    def test_what_falls_due_soon_is_five_seconds_old_at_most(self, slow: Slow) -> None:
        figures = slow.figures()
        for _ in range(50):
            slow.runs(figures, 1.0)
            assert figures.ahead is not None
            assert START + slow.seconds * SECOND - figures.ahead.at <= 5 * SECOND

    @pytest.mark.parametrize("takes", [0.5, 2.0, 20.0])
    def test_they_take_a_small_part_of_the_time_however_long_they_take(self, slow: Slow, takes: float) -> None:
        figures = slow.figures()
        slow.takes = takes
        slow.runs(figures, 4_000.0)
        assert 0 < len(slow.reads) * takes <= 2 * slow.seconds / SHARE + 2 * takes  # both kinds have that share

    def test_those_that_fail_stay_as_they_were_and_each_failure_is_told(self, slow: Slow) -> None:
        figures = slow.figures()
        slow.runs(figures, 1.0)
        before = figures.recent
        slow.broken = True
        slow.runs(figures, WEEKS_EVERY)
        assert figures.recent is before
        assert [str(failure) for failure in slow.failures] == ["the database is locked"] * len(slow.failures)
        assert len(slow.failures) == WEEKS_EVERY // AHEAD_EVERY + 1
        slow.broken = False
        slow.runs(figures, WEEKS_EVERY)
        assert figures.recent is not before

    def test_a_first_round_that_fails_slowly_takes_no_more_of_the_time_than_any_other(self, slow: Slow) -> None:
        slow.broken, slow.takes = True, 3.0
        slow.runs(slow.figures(), 20 * SHARE)
        assert 0 < len(slow.reads) * slow.takes <= 2 * 20 * SHARE / SHARE + 2 * slow.takes, "two sets of figures"

    def test_a_first_round_that_fails_is_soon_tried_again(self, slow: Slow) -> None:
        figures = slow.figures()
        slow.broken = True
        slow.runs(figures, 1.0)
        slow.broken = False
        slow.runs(figures, 1.0)
        assert figures.recent is not None
        assert figures.ahead is not None


class TestOverWhat:
    def test_each_objective_has_its_own_time(self, store: Store, slow: Slow) -> None:
        desk = Desk(store, rules(policy()))
        desk.poll(minute=0)
        for day in (0, 5, 20, 29):
            desk.poll(ask(f"m{day}", day * DAY_LONG, thread=f"t{day}", by=f"c{day}"), minute=day * DAY_LONG)
            desk.sweep()
        desk.sweep(30 * DAY_LONG)

        def due(aim: Aim | None = None, other: Aim | None = None) -> int:
            named = {("acme-x", "everyone"): aim, ("acme-x", "vip"): other}
            asked = {where: aim for where, aim in named.items() if aim}
            figures = slow.figures(asked, lambda: at(30 * DAY_LONG))
            figures.renew()
            assert figures.recent is not None
            assert sum(figures.recent.fates.values()) == 3
            (kept,) = figures.recent.promises.values()
            return kept.due

        assert due() == due(Aim(0.9, WEEKS)) == 3
        assert due(Aim(0.9, 7 * DAY)) == 1
        assert due(Aim(0.9, 90 * DAY)) == 4
        assert due(Aim(0.9, 7 * DAY), Aim(0.9, 90 * DAY)) == 1
        assert due(Aim(0.9, 90 * DAY), Aim(0.9, 7 * DAY)) == 4

    def test_what_a_platform_dates_ahead_of_our_clock_is_there_at_once(self, store: Store, slow: Slow) -> None:
        desk = Desk(store)
        desk.poll(ask("1", 60), minute=0)
        desk.sweep()
        figures = slow.figures()
        figures.renew()
        assert figures.recent is not None
        assert figures.recent.fates == {("acme-x", Fate.OPEN): 1}


class TestThePage:
    def page(self, snapshot: Snapshot) -> str:
        exporter = Exporter(lambda: snapshot, lambda: START, "0.1.0")
        policies = {"acme-x": [("everyone", [Target.FIRST_RESPONSE])]}
        exporter.expect([("acme-x", "x")], policies, aims={("acme-x", "everyone"): Aim(0.95, WEEKS)})
        return exporter.render("", zipped=False)[0].decode()

    def test_shows_no_figures_before_they_are_made(self) -> None:
        page = self.page(Snapshot([], {}, {}, {}))
        lines = [line for line in page.splitlines() if not line.startswith("#")]
        unmade = (
            "slamon_recent_",
            "slamon_objective_due",
            "slamon_objective_good",
            "slamon_breaches",
            "slamon_figures",
        )
        assert [line for line in lines if line.startswith(unmade)] == []
        assert 'slamon_objective_share{channel="acme-x",policy="everyone"} 0.95' in lines

    def test_shows_zeros_where_nothing_happened(self, slow: Slow) -> None:
        figures = slow.figures()
        figures.renew()
        page = self.page(Snapshot([], {}, {}, {}, recent=figures.recent, ahead=figures.ahead))
        assert 'slamon_recent_received{channel="acme-x"} 0.0' in page
        assert page.count("slamon_recent_waits{") == len(Fate)
        assert 'slamon_objective_due{channel="acme-x",policy="everyone",target="first_response"} 0.0' in page
        assert "slamon_figures_timestamp_seconds 1.79543712e+09" in page

    def test_received_is_what_the_outcomes_add_up_to(self, slow: Slow) -> None:
        desk = Desk(slow.store)
        desk.poll(minute=0)
        desk.poll(*(ask(f"m{n}", 1, thread=f"t{n}", by=f"c{n}") for n in range(7)), minute=2)
        desk.poll(reply("r", 3, to="m3", thread="t3"), minute=4)
        desk.sweep()
        figures = slow.figures(now=lambda: desk.now)
        figures.renew()
        page = self.page(Snapshot([], {}, {}, {}, recent=figures.recent, ahead=figures.ahead))
        outcomes = [float(line.split()[-1]) for line in page.splitlines() if line.startswith("slamon_recent_waits{")]
        assert sum(outcomes) == 7
        assert 'slamon_recent_received{channel="acme-x"} 7.0' in page


class TestTheConfigurationFile:
    def test_is_another_one_when_its_content_is(self, tmp_path: Path) -> None:
        path, now = tmp_path / "config.yaml", [0.0]
        path.write_text("a: 1")
        file = ConfigFile(path, lambda: now[0])
        version = file.version
        assert not file.changed()
        path.write_text("a: 2")
        assert file.changed()
        path.unlink()
        assert file.changed()
        path.write_text("a: 1")
        assert not file.changed()
        assert (len(version), file.version) == (12, version)

    def test_is_looked_at_every_few_seconds_only(self, tmp_path: Path) -> None:
        path, now = tmp_path / "config.yaml", [0.0]
        path.write_text("a: 1")
        file = ConfigFile(path, lambda: now[0])
        path.write_text("a: 2")
        assert not file.changed_lately()
        now[0] = LOOK_EVERY - 0.001
        assert not file.changed_lately()
        now[0] = LOOK_EVERY
        assert file.changed_lately()
        path.write_text("a: 1")
        assert file.changed_lately()
