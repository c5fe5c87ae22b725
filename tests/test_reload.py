"""Rules that change while everything goes on, told through the composition root."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from slamon.cli.reload import _lines
from slamon.errors import StoreError
from slamon.model import HOUR, MINUTE, Status
from slamon.store import rulesets
from stage import EVERY, Desk, Records

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from slamon.sla.policy import RuleSet

WARNED, TOLD, UNSURE = "🟡", "🔴", "🟠"
QUIET = 3 * HOUR
BROKEN = "policies: [{name: everyone, first_response: 1x}]"
BROKEN_TOO = "policies: [{name: everyone, first_response: 2x}]"


def everyone(target: str, stages: str = "{at: 80%}, {at: 100%}", name: str = "everyone", more: str = "") -> str:
    return f"policies: [{{name: {name}, first_response: {target}, stages: [{stages}]}}]\n{more}\n"


HOURLY = everyone("1h")
QUIETLY = "{at: 80%, broadcast: no}, {at: 100%}"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Desk(tmp_path) as opened:
        opened.reload(HOURLY)
        opened.settles()
        yield opened


def told(desk: Desk) -> list[tuple[str, str]]:
    """(stage, state) of all letters about waits."""
    with desk.app.store.read() as tx:
        rows = tx.exec_driver_sql("SELECT stage, state FROM outbox WHERE wait <> 0 ORDER BY id").all()
    return [(row[0], row[1]) for row in rows]


def notices(desk: Desk) -> list[str]:
    """What the desk was told that is about no wait."""
    return [message.text for message in desk.roots if (message.metadata or {})["event_payload"]["wait"] == 0]


def bases(desk: Desk) -> tuple[str, ...]:
    """The rule sets that open waits may be held to, as stored."""
    with desk.app.store.read() as tx:
        return rulesets.in_force(tx)


class TestAStage:
    def test_that_was_told_is_not_told_again_by_other_rules(self, desk: Desk) -> None:
        desk.asks()
        desk.passes(50 * MINUTE)
        assert told(desk) == [("80%", "sent")]
        desk.reload(everyone("1h", "{at: 80%}, {at: 100%}, {at: +1h}"))
        desk.passes(5 * MINUTE)
        assert told(desk) == [("80%", "sent")]
        desk.passes(QUIET)
        assert told(desk) == [("80%", "sent"), ("100%", "sent"), ("+1h", "sent")]

    def test_that_a_shorter_target_puts_into_the_past_is_shown_and_not_announced(self, desk: Desk) -> None:
        desk.asks()
        desk.passes(30 * MINUTE)
        desk.reload(everyone("20m"))
        desk.passes(QUIET)
        wait = desk.wait("ann")
        assert (wait.status, wait.stage, wait.length) == (Status.BREACHED, "100%", 20 * MINUTE)
        assert (told(desk), desk.roots) == ([], [])

    def test_that_a_shorter_target_leaves_to_come_is_told(self, desk: Desk) -> None:
        desk.asks()
        desk.passes(30 * MINUTE)
        desk.reload(everyone("35m"))
        desk.passes(QUIET)
        assert told(desk) == [("100%", "sent")]

    def test_of_a_longer_target_is_told_once_and_later(self, desk: Desk) -> None:
        desk.asks()
        desk.passes(50 * MINUTE)
        desk.reload(everyone("2h"))
        desk.passes(20 * MINUTE)
        assert (desk.wait("ann").status, told(desk)) == (Status.ON_TRACK, [("80%", "sent")])
        desk.passes(QUIET)
        assert told(desk) == [("80%", "sent"), ("100%", "sent")]

    def test_is_told_at_its_new_time_where_only_the_calendar_moved_it(self, desk: Desk) -> None:
        """The clock stands at Monday noon; the office closes a quarter of an hour after the question."""
        desk.write("rules/calendars.yaml", office("09:00-17:00"))
        desk.reload(HOURLY.replace("stages", "calendar: office, stages"))
        desk.settles()
        desk.asks()
        desk.passes(EVERY)
        before = desk.wait("ann").due_at
        closes = clock_in_utc(desk.now + 10 * MINUTE)
        desk.write("rules/calendars.yaml", office(f"09:00-{closes}", f"{hour_later(closes)}-17:00"))
        report = desk.reload()
        assert report
        assert report.changes["acme-x"].moved
        desk.passes(EVERY)
        assert desk.wait("ann").due_at == before + HOUR
        desk.passes(48 * MINUTE)
        assert told(desk) == []
        desk.passes(QUIET)
        assert told(desk) == [("80%", "sent"), ("100%", "sent")]


def office(*windows: str) -> str:
    return f"calendars: {{office: {{timezone: UTC, open: {{mon-sun: {json.dumps(windows)}}}}}}}"


def clock_in_utc(at: int) -> str:
    minutes = at // MINUTE % (24 * 60)
    return f"{minutes // 60:02}:{minutes % 60:02}"


def hour_later(clock: str) -> str:
    return f"{int(clock[:2]) + 1:02}{clock[2:]}"


class TestOpenWaits:
    def test_are_held_to_the_new_policy_and_keep_their_start(self, desk: Desk) -> None:
        desk.asks()
        desk.passes(EVERY)
        before = desk.wait("ann")
        desk.reload(everyone("2h", name="slow"))
        desk.passes(0)
        after = desk.wait("ann")
        assert (after.policy, after.started_at, after.due_at) == ("slow", before.started_at, before.due_at + HOUR)

    def test_answered_before_stay_as_they_were(self, desk: Desk) -> None:
        post = desk.asks()
        desk.passes(10 * MINUTE)
        desk.answers(post)
        desk.passes(EVERY)
        desk.reload(everyone("5m", name="quick"))
        desk.passes(QUIET)
        wait = desk.wait(post)
        assert (wait.policy, wait.status, wait.length) == ("everyone", Status.MET, HOUR)

    def test_are_left_alone_where_nothing_about_them_changed(self, desk: Desk) -> None:
        desk.asks()
        desk.passes(EVERY)
        report = desk.reload(everyone("1h", QUIETLY))
        desk.app.reloader.finish()
        assert report
        assert report.changes["acme-x"].changed == ("everyone",)
        assert desk.app.store.next_at() == desk.wait("ann").started_at + 48 * MINUTE

    def test_go_back_with_the_rules(self, desk: Desk) -> None:
        desk.asks()
        desk.passes(EVERY)
        due = desk.wait("ann").due_at
        for rules in (everyone("2h"), HOURLY):
            desk.reload(rules)
            desk.passes(MINUTE)
        assert desk.wait("ann").due_at == due
        desk.passes(QUIET)
        assert told(desk) == [("80%", "sent"), ("100%", "sent")]

    def test_are_held_to_the_last_of_several_reloads_before_they_could_be_decided(self, desk: Desk) -> None:
        desk.asks()
        desk.passes(EVERY)
        desk.reload(everyone("2h"))
        desk.app.reloader.finish()
        desk.reload(everyone("3h"))
        desk.reload(everyone("4h"))
        desk.passes(0)
        assert desk.wait("ann").length == 4 * HOUR
        assert bases(desk) == (desk.app.rules.version,)

    def test_are_not_forgotten_where_the_last_of_two_reloads_would_change_nothing(self, desk: Desk) -> None:
        desk.asks()
        desk.passes(EVERY)
        desk.reload(everyone("2h"))
        desk.reload(everyone("2h", QUIETLY))
        desk.passes(0)
        assert desk.wait("ann").length == 2 * HOUR

    def test_that_some_reloads_overtook_are_right_when_the_rules_go_back(self, desk: Desk) -> None:
        """Two were decided under the rules between, whose pass never ended."""
        desk.asks()
        desk.passes(EVERY)
        due = desk.wait("ann").due_at
        first = desk.app.rules.version
        desk.reload(everyone("2h"))
        second = desk.app.rules.version
        desk.app.reloader.finish(lambda: False)
        desk.app._sweep_all()
        assert desk.wait("ann").due_at == due + HOUR
        assert bases(desk) == (first, second)
        desk.reload(HOURLY)
        desk.passes(0)
        assert (desk.wait("ann").due_at, bases(desk)) == (due, (first,))


class TestADeath:
    @pytest.mark.parametrize("steps", range(12))
    def test_anywhere_in_a_reload_loses_nothing_and_tells_nothing_twice(self, tmp_path: Path, steps: int) -> None:
        with Desk(tmp_path) as desk:
            desk.reload(HOURLY)
            desk.asks()
            desk.passes(50 * MINUTE)
            desk.lives = iter([steps])
            desk.restart()
            desk.reload(everyone("2h"))
            desk.passes(0)
            assert (desk.wait("ann").length, bases(desk)) == (2 * HOUR, (desk.app.rules.version,))
            desk.passes(QUIET)
            assert told(desk) == [("80%", "sent"), ("100%", "sent")]

    def test_between_the_swap_and_the_marking_is_made_good_at_the_next_start(self, desk: Desk) -> None:
        desk.asks()
        desk.passes(EVERY)
        first = desk.app.rules.version
        desk.reload(everyone("2h"))
        assert bases(desk) == (first, desk.app.rules.version)
        desk.restart()
        desk.passes(0)
        assert (desk.wait("ann").length, bases(desk)) == (2 * HOUR, (desk.app.rules.version,))

    def test_between_and_rules_that_went_back_meanwhile_leave_nothing_of_the_others(self, desk: Desk) -> None:
        desk.asks()
        desk.passes(EVERY)
        desk.reload(everyone("2h"))
        desk.app.reloader.finish(lambda: False)
        desk.app._sweep_all()
        desk.promise(HOURLY)
        desk.restart()
        desk.passes(0)
        assert desk.wait("ann").length == HOUR


class TestARestart:
    def test_takes_up_rules_that_changed_while_slamon_was_down(self, desk: Desk) -> None:
        desk.asks()
        desk.passes(50 * MINUTE)
        desk.promise(everyone("2h"))
        desk.restart()
        desk.passes(0)
        assert desk.wait("ann").length == 2 * HOUR
        desk.passes(QUIET)
        assert told(desk) == [("80%", "sent"), ("100%", "sent")]

    def test_decides_nothing_anew_where_the_rules_are_the_same(self, desk: Desk) -> None:
        desk.asks()
        desk.passes(EVERY)
        desk.restart()
        assert desk.app.store.next_at() == desk.wait("ann").started_at + 48 * MINUTE


class TestFaults:
    def test_leave_the_old_rules_in_force(self, desk: Desk) -> None:
        before = desk.app.rules
        report = desk.reload(BROKEN)
        assert report
        assert (report.outcome, report.version, report.good) == ("faults", before.version, False)
        assert "default.yaml:1:" in report.faults[0]
        assert desk.app.rules is before
        desk.asks()
        desk.passes(QUIET)
        assert told(desk) == [("80%", "sent"), ("100%", "sent")]

    def test_are_seen_in_the_metrics_and_leave_slamon_ready(self, desk: Desk) -> None:
        reasons = desk.app.health().reasons
        desk.reload(BROKEN)
        assert desk.metric("slamon_rules_last_reload_successful") == 0
        assert desk.metric("slamon_rules_reload_failures_total") == 1
        assert desk.app.health().reasons == reasons
        desk.reload(HOURLY)
        assert desk.metric("slamon_rules_last_reload_successful") == 1
        assert desk.metric("slamon_rules_reload_failures_total") == 1

    def test_are_told_once_however_often_they_are_read(self, desk: Desk) -> None:
        for _ in range(3):
            desk.reload(BROKEN)
            desk.passes(MINUTE)
        (notice,) = notices(desk)
        assert desk.app.rules.version in notice
        assert "default.yaml:1:" in notice

    def test_are_told_anew_when_they_are_others(self, desk: Desk) -> None:
        for rules in (BROKEN, BROKEN_TOO, BROKEN):
            desk.reload(rules)
            desk.passes(MINUTE)
        assert len(notices(desk)) == 2

    def test_that_were_told_are_told_when_they_are_mended(self, desk: Desk) -> None:
        desk.reload(BROKEN)
        for _ in range(2):
            desk.reload(HOURLY)
            desk.passes(MINUTE)
        assert ["good again" in notice for notice in notices(desk)] == [False, True]

    def test_that_come_back_after_they_were_mended_are_told_again(self, desk: Desk) -> None:
        for rules in (BROKEN, HOURLY, BROKEN, HOURLY):
            desk.reload(rules)
            desk.passes(MINUTE)
        assert ["good again" in notice for notice in notices(desk)] == [False, True, False, True]

    def test_that_a_restart_found_mended_are_told_as_mended(self, desk: Desk) -> None:
        desk.reload(BROKEN)
        desk.promise(everyone("2h"))
        desk.restart()
        desk.passes(MINUTE)
        assert ["good again" in notice for notice in notices(desk)] == [False, True]

    def test_in_a_folder_that_is_gone_keep_the_rules(self, desk: Desk) -> None:
        before = desk.app.rules
        (desk.folder / "rules").rename(desk.folder / "elsewhere")
        report = desk.reload_as_it_stands()
        assert (report.outcome, "there is no folder" in report.faults[0]) == ("faults", True)
        assert desk.app.rules is before

    def test_in_a_folder_without_any_rule_keep_the_rules(self, desk: Desk) -> None:
        (desk.folder / "rules/default.yaml").unlink()
        report = desk.reload_as_it_stands()
        assert (report.outcome, "no rules are left" in report.faults[0]) == ("faults", True)

    def test_of_slamon_itself_keep_the_rules_and_the_watch(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(*_: object) -> None:
            raise KeyError("canary")

        monkeypatch.setattr("slamon.reload.reloader.changes", broken)
        before = desk.app.rules
        report = desk.reload(everyone("2h"))
        assert report
        assert (report.outcome, report.faults) == ("failed", ("a fault of slamon: KeyError",))
        assert desk.app.rules is before


class TestTheFolder:
    def test_is_taken_up_once_a_change_has_come_to_rest(self, desk: Desk) -> None:
        look = desk.app.reloader.look
        look()
        look()
        before = desk.app.rules.version
        desk.promise(everyone("2h"))
        look()
        assert desk.app.rules.version == before
        desk.promise(everyone("3h "))
        look()
        assert desk.app.rules.version == before
        look()
        assert desk.app.rules.version != before
        assert desk.app.rules.of("acme-x").policies[0].targets
        reloads = desk.metric("slamon_rules_reloads_total")
        look()
        look()
        assert desk.metric("slamon_rules_reloads_total") == reloads

    @pytest.mark.parametrize("name", ["tests/promise.yaml", ".default.yaml.swp", ".git/index"])
    def test_may_change_where_no_rules_stand(self, desk: Desk, name: str) -> None:
        look = desk.app.reloader.look
        look()
        look()
        reloads = desk.metric("slamon_rules_reloads_total")
        path = desk.folder / "rules" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("anything")
        for _ in range(3):
            look()
        assert desk.metric("slamon_rules_reloads_total") == reloads

    def test_of_faults_is_read_once(self, desk: Desk) -> None:
        desk.promise(BROKEN)
        for _ in range(5):
            desk.app.reloader.look()
        assert desk.metric("slamon_rules_reload_failures_total") == 1


class TestWhatIsSaid:
    def test_is_what_changed_in_which_channel(self, desk: Desk) -> None:
        report = desk.reload(everyone("2h", name="slow", more="abandoned_after: 3d"))
        assert report
        assert report.plain() == {
            "outcome": "loaded",
            "version": desk.app.rules.version,
            "before": report.before,
            "channels": {
                "acme-x": {
                    "policies": {"added": ["slow"], "removed": ["everyone"]},
                    "settings": ["abandoned_after"],
                    "open_waits": "all",
                }
            },
        }

    def test_is_the_same_in_words_on_a_terminal(self, desk: Desk) -> None:
        report = desk.reload(everyone("2h", name="slow", more="abandoned_after: 3d"))
        assert report
        assert list(_lines(report.plain())) == [
            f"version {report.version} is in force, in place of {report.before}",
            "  acme-x: added slow; removed everyone; settings abandoned_after; every open wait is matched anew",
        ]
        report = desk.reload(BROKEN)
        assert report
        assert list(_lines(report.plain())) == [
            *report.faults,
            f"the rules before stay in force: version {report.version}",
        ]

    def test_is_nothing_where_only_comments_changed(self, desk: Desk) -> None:
        report = desk.reload(HOURLY + "# as we promised in spring\n")
        assert report
        assert (report.outcome, report.plain()["channels"]) == ("unchanged", {})

    def test_is_that_config_yaml_needs_a_restart(self, desk: Desk) -> None:
        path = desk.folder / "config.yaml"
        path.write_text(path.read_text() + "# another thought\n")
        report = desk.reload(everyone("2h"))
        assert report
        assert "restart" in report.plain()["note"]

    def test_is_exported_at_zero_for_new_policies_at_once(self, desk: Desk) -> None:
        desk.reload(everyone("2h", name="slow"))
        assert desk.metric("slamon_waits", policy="slow", status="breached") == 0
        assert desk.metric("slamon_rules_info", version=desk.app.rules.version) == 1


class TestBesideEverythingElse:
    def test_reloads_come_one_after_the_other(self, desk: Desk) -> None:
        running, most = [], []

        def read() -> RuleSet:
            running.append(1)
            most.append(len(running))
            seen.wait(0.05)
            running.pop()
            return desk.app.rules

        seen = threading.Event()
        desk.app.reloader._world = replace(desk.app.reloader._world, read=read)
        threads = [threading.Thread(target=desk.app.reloader.reload, args=("http",)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert most == [1] * 4

    def test_a_reload_waits_for_the_start(self, desk: Desk) -> None:
        desk.app.reloader._taken_up = False
        report = desk.reload(everyone("2h"))
        assert report
        assert (report.outcome, report.faults) == ("failed", ("slamon is still starting",))

    def test_no_wait_is_put_up_while_a_sweep_may_still_decide_by_the_old_rules(self, desk: Desk) -> None:
        desk.asks()
        desk.passes(EVERY)
        old = desk.app.rules

        def swept() -> None:
            due.append(desk.app.store.next_at())
            assert desk.app.rules is not old

        due: list[int | None] = []
        desk.app.reloader._holding._world = replace(desk.app.reloader._world, swept=swept)
        desk.reload(everyone("2h"))
        desk.app.reloader.finish()
        assert due == [desk.wait("ann").started_at + 48 * MINUTE]
        assert desk.app.store.next_at() == 0

    def test_a_sweep_holds_what_a_reload_waits_for(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        held = []
        monkeypatch.setattr(desk.app.evaluator, "sweep", lambda *_: held.append(desk.app._sweeping.locked()))
        desk.app.sweep()
        assert (held, desk.app._sweeping.locked()) == ([True], False)
        desk.app._swept()

    def test_a_reload_in_the_middle_of_the_pass_ends_it_and_begins_another(self, desk: Desk) -> None:
        desk.asks()
        desk.passes(EVERY)
        desk.reload(everyone("2h"))
        desk.app.reloader.finish(lambda: bool(desk.reload(everyone("3h"))))
        assert desk.app.reloader._pending.is_set()
        assert len(bases(desk)) == 3
        desk.passes(0)
        assert (desk.wait("ann").length, bases(desk)) == (3 * HOUR, (desk.app.rules.version,))

    def test_a_pass_that_was_overtaken_puts_up_no_more(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        def reloads() -> bool:
            paces.append(desk.reload(everyone("3h")))
            return True

        monkeypatch.setattr("slamon.reload.waits.AT_ONCE", 1)
        paces: list[object] = []
        for name in ("ann", "ben", "cat"):
            desk.asks(by=name)
        desk.passes(EVERY)
        desk.reload(everyone("2h"))
        desk.app.reloader.finish(reloads)
        assert len(paces) == 1
        desk.passes(0)
        assert [desk.wait(name).length for name in ("ann", "ben", "cat")] == [3 * HOUR] * 3

    def test_a_pass_that_found_nothing_settles_no_rules_that_others_replaced_meanwhile(self, desk: Desk) -> None:
        def reloads() -> None:
            desk.reload(everyone("3h"))

        desk.asks()
        desk.passes(EVERY)
        world = desk.app.reloader._world
        desk.app.reloader._holding._world = replace(world, swept=reloads)
        desk.reload(everyone("1h", QUIETLY))
        desk.app.reloader.finish()
        desk.app.reloader._holding._world = world
        desk.passes(0)
        assert desk.wait("ann").length == 3 * HOUR

    def test_a_database_that_refuses_keeps_the_old_rules_and_is_tried_again(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuses(*_: object) -> None:
            raise StoreError("the database is full")

        before = desk.app.rules
        with monkeypatch.context() as patched:
            patched.setattr("slamon.store.ruling.Ruling.take", refuses)
            report = desk.reload(everyone("2h"))
        assert report
        assert (report.outcome, report.faults) == ("failed", ("the database is full",))
        assert desk.app.rules is before
        for _ in range(2):
            desk.app.reloader.look()
        assert desk.app.rules is not before


class TestAChannelThatLeft:
    def test_has_its_waits_cancelled_and_is_told_of_once(self, tmp_path: Path) -> None:
        with Records(tmp_path, "acme", "other") as records:
            for n, brand in enumerate(["acme", "other", "other"]):
                records.says(id=str(n), role="customer", author=f"c{n}", brand=brand, text="hello?")
            records.passes(EVERY)
            config = (records.folder / "config.yaml").read_text()
            records.write("config.yaml", "\n".join(line for line in config.splitlines() if "name: other" not in line))
            for _ in range(2):
                records.restart()
                records.passes(EVERY)
            assert [records.wait(f"c{n}").status for n in range(3)] == [
                Status.ON_TRACK,
                Status.CANCELLED,
                Status.CANCELLED,
            ]
            with records.app.store.read() as tx:
                rows = tx.exec_driver_sql("SELECT state, reason FROM wait ORDER BY id").all()
            assert [tuple(row) for row in rows][1:] == [("cancelled", "unwatched")] * 2

    @pytest.mark.parametrize("steps", range(1, 20, 3))
    def test_is_told_of_once_whenever_slamon_dies_over_it(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, steps: int
    ) -> None:
        monkeypatch.setattr("slamon.store.ruling.CANCELLED_AT_ONCE", 1)
        with Desk(tmp_path) as desk:
            for name in ("ann", "ben", "cat"):
                desk.asks(by=name)
            desk.passes(50 * MINUTE)
            config = desk.folder / "config.yaml"
            config.write_text(config.read_text().replace("name: acme-x", "name: acme-y"))
            desk.lives = iter([steps])
            desk.restart()
            desk.passes(EVERY)
            left = [notice for notice in notices(desk) if "acme-x" in notice]
            assert len(left) == 1
            assert "3 open waits" in left[0]
            waits = [wait for name in ("ann", "ben", "cat") for wait in desk.waits(name) if wait.channel == "acme-x"]
            assert [wait.status for wait in waits] == [Status.CANCELLED] * 3
