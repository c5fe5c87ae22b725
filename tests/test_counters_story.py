"""Counters through the life of slamon: restarts, deaths and channels that cannot be read."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest
from prometheus_client.parser import text_string_to_metric_families as parsed

from slamon.metrics.growing import COUNTERS, HELD_FOR
from slamon.model import DAY, HOUR, MINUTE, SECOND
from stage import EVERY, HOUR_FOR_EVERYBODY, Desk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STORED = {name for family in COUNTERS for name in (family.name, f"{family.name}_count", f"{family.name}_bucket")}
OBJECTIVE = f"{HOUR_FOR_EVERYBODY[:-2]}, objective: {{share: 90%, over: 7d}}}}]"
LABELLED = "    every: 5m\n    labels: {market: de, desk: night}\n"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Desk(tmp_path) as started:
        yield started


def counters(desk: Desk) -> dict[str, float]:
    """The store's counters as one scrape sees them."""
    page = desk.app.exporter.render("", zipped=False)[0].decode()
    samples = [sample for family in parsed(page) for sample in family.samples if sample.name in STORED]
    return {f"{sample.name}{sample.labels}": sample.value for sample in samples}


@pytest.mark.parametrize("seed", range(4))
def test_no_counter_of_the_store_ever_falls_however_often_slamon_dies(tmp_path: Path, seed: int) -> None:
    random = Random(seed)
    with Desk(tmp_path) as desk:
        desk.lives = iter([random.randrange(30) for _ in range(6)])
        desk.restart()
        before = counters(desk)
        posts = []
        for n in range(12):
            posts.append(desk.asks(by=f"customer{n}"))
            desk.passes(random.choice([5, 20, 70]) * MINUTE)
            if random.random() < 0.6:
                desk.answers(random.choice(posts))
            if n % 4 == 3:
                with desk.x_fails():
                    desk.passes(20 * MINUTE)
            seen = counters(desk)
            assert [name for name, value in before.items() if seen[name] < value] == []
            before = seen
        assert next(desk.lives, None) is None
        assert desk.metric("slamon_waits_received_total") == 12
        open_ = desk.metric("slamon_waits")
        assert open_ is not None
        assert desk.metric("slamon_waits_closed_total") == 12 - open_


def test_a_restart_shows_the_totals_at_once(desk: Desk) -> None:
    post = desk.asks()
    desk.passes(10 * MINUTE)
    desk.answers(post)
    desk.passes(10 * MINUTE)
    desk.restart()
    assert desk.metric("slamon_waits_received_total") == 1
    assert desk.metric("slamon_waits_closed_total", outcome="answered") == 1
    assert desk.metric("slamon_sla_settled_total", outcome="in_time") == 1


def test_a_new_channel_stands_at_0_for_its_first_two_minutes(desk: Desk) -> None:
    desk.asks()
    desk.settles()
    began = desk.app.up_since
    assert desk.metric("slamon_waits_received_total") == 0
    desk.passes(began + HELD_FOR - 1 - desk.now)
    assert desk.metric("slamon_waits_received_total") == 0
    desk.passes(1)
    assert desk.metric("slamon_waits_received_total") == 1


def test_blind_time_runs_while_the_platform_fails_and_while_slamon_is_down(desk: Desk) -> None:
    desk.passes(EVERY)
    read_at = desk.now
    with desk.x_fails():
        desk.passes(HOUR)
    blind_after = 15 * MINUTE  # three times `every`
    assert desk.metric("slamon_channel_blind_seconds_total") == (desk.now - read_at - blind_after) / SECOND
    desk.kill()
    desk.clock.now += HOUR
    desk.start()
    assert desk.metric("slamon_channel_blind_seconds_total") == (desk.now - read_at - blind_after) / SECOND
    desk.settles()
    total = (desk.now - read_at - blind_after) / SECOND
    desk.passes(HOUR)
    assert desk.metric("slamon_channel_blind_seconds_total") == total


def test_the_figures_the_objective_and_the_labels_are_on_the_page(desk: Desk) -> None:
    config = (desk.folder / "config.yaml").read_text(encoding="utf-8")
    desk.write("config.yaml", config.replace("    every: 5m\n", LABELLED))
    desk.promise(OBJECTIVE)
    desk.restart()
    late, soon = desk.asks(by="ann"), desk.asks(by="bob")
    desk.passes(10 * MINUTE)
    desk.answers(soon)
    desk.passes(50 * MINUTE)
    desk.asks(by="cyd")
    desk.passes(40 * MINUTE)
    desk.app.figures.renew()
    assert desk.wait(late).status == "breached"
    promise = {"channel": "acme-x", "policy": "everyone"}
    assert desk.metric("slamon_objective_due", **promise, target="first_response") == 2
    assert desk.metric("slamon_objective_good", **promise, target="first_response") == 1
    assert desk.metric("slamon_objective_share", **promise) == 0.9
    assert desk.metric("slamon_objective_window_seconds", **promise) == 7 * DAY / SECOND
    assert desk.metric("slamon_recent_received") == desk.metric("slamon_recent_waits") == 3
    assert desk.metric("slamon_breaches_ahead", **promise) == 1
    assert desk.metric("slamon_figures_timestamp_seconds") == desk.now / SECOND
    labels = {"channel": "acme-x", "platform": "x", "market": "de", "brand": "", "desk": "night"}
    assert desk.metric("slamon_channel_info", **labels) == 1


def test_the_configuration_that_runs_is_named_and_it_shows_when_the_file_is_another_one(desk: Desk) -> None:
    config = (desk.folder / "config.yaml").read_text(encoding="utf-8")
    assert desk.metric("slamon_config_loaded_timestamp_seconds") == desk.app.up_since / SECOND
    assert desk.metric("slamon_config_info", version=desk.app.config_file.version) == 1
    desk.write("config.yaml", config + "# changed\n")
    desk.passes(10 * SECOND)
    assert desk.metric("slamon_config_changed") == 1
    desk.write("config.yaml", config)
    desk.passes(10 * SECOND)
    assert desk.metric("slamon_config_changed") == 0


def test_a_round_of_figures_that_fails_takes_nothing_from_the_page_and_is_counted(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.asks()
    desk.passes(2 * EVERY)
    desk.app.figures.renew()
    failures = desk.metric("slamon_collector_failures_total") or 0
    desk.passes(10 * MINUTE)
    monkeypatch.setattr("slamon.store.recent.fates", None)
    desk.app.figures.renew()
    assert desk.metric("slamon_recent_received") == 1
    assert desk.metric("slamon_waits") == 1
    assert desk.metric("slamon_collector_failures_total") == failures + 1
