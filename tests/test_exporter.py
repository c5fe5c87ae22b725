from __future__ import annotations

import gzip
import re
from dataclasses import replace
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from metrics_world import (
    AIMS,
    ALERTS,
    CHANNELS,
    DESK,
    GOLDEN,
    NOW,
    POLICIES,
    REASONS,
    ROOT,
    exporter,
    golden,
    own,
    snapshot,
)
from slamon.errors import StoreError
from slamon.events import AlertSent, ApiCalled, PollEnded, RulesLoaded
from slamon.exporter import Exporter
from slamon.metrics.catalogue import FAMILIES
from slamon.model import HOUR, OPEN_STATUSES, Target
from slamon.sla.ladder import RUNGS, rung
from slamon.store.snapshot import ChannelSnapshot, Responses, Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable

    from prometheus_client import Metric

ALLOWED = {
    *("channel", "platform", "policy", "target", "kind", "status", "rung", "reason", "notifier", "audience"),
    *("endpoint", "code", "outcome", "from", "to", "version"),
    *("role", "purpose", "credential"),  # words of the model and of events.py, each with five values at most
    *("verb", "via"),  # of events.py: seven and four values
    *("market", "brand", "desk"),  # of the configuration: one value each a channel
}
EMPTY = Snapshot(channels=[], waits={}, settled={}, responses={})


def page(source: Exporter, accept: str = "") -> str:
    return source.render(accept, zipped=False)[0].decode()


def families(source: Exporter) -> dict[str, Metric]:
    return {family.name: family for family in parse_text(page(source))}


def value(source: Exporter, name: str, **labels: str) -> float | None:
    for family in parse_text(page(source)):
        for sample in family.samples:
            if sample.name == name and sample.labels == labels:
                return sample.value
    return None


def new(store: Callable[[], Snapshot] = lambda: EMPTY, limit: int = 25_000) -> Exporter:
    made = Exporter(store, lambda: NOW, "0.1.0", limit)
    made.expect(CHANNELS, POLICIES, ALERTS)
    return made


class TestContract:
    def test_the_golden_page_is_what_the_exporter_says(self) -> None:
        assert GOLDEN.read_text() == golden(), "run `PYTHONPATH=tests python tests/metrics_world.py` to write it anew"

    def test_every_family_is_exported_and_no_other(self) -> None:
        exported = dict(re.findall(r"^# TYPE (slamon_\w+) (\w+)$", golden(), re.MULTILINE))
        assert exported == {family.name: family.type for family in FAMILIES}

    def test_labels_come_from_the_closed_set(self) -> None:
        assert {label for family in FAMILIES for label in family.labels} <= ALLOWED

    def test_every_family_of_the_fixed_world_has_a_sample(self) -> None:
        world = families(exporter())
        assert [name for name, family in world.items() if not family.samples] == []

    def test_the_page_is_openmetrics_where_the_client_asks_for_it(self) -> None:
        accept = (
            "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,*/*;q=0.1"
        )
        body, kind = exporter().render(accept, zipped=False)
        assert kind == "application/openmetrics-text; version=1.0.0; charset=utf-8"
        parsed = list(parse_openmetrics(own(body.decode())))  # type: ignore[no-untyped-call]  # the library's parser
        assert len(parsed) == len(FAMILIES)

    @pytest.mark.parametrize("accept", ["", "*/*", "text/html", "version=\r\n", "application/json;version=9e99"])
    def test_the_page_is_plain_text_for_everyone_else(self, accept: str) -> None:
        assert exporter().render(accept, zipped=False)[1] == "text/plain; version=0.0.4; charset=utf-8"

    def test_a_zipped_page_is_the_same_page(self) -> None:
        zipped, _ = exporter().render("", zipped=True)
        assert own(gzip.decompress(zipped).decode()) == golden()

    def test_no_series_says_when_it_was_created(self) -> None:
        assert "_created" not in page(exporter(), "application/openmetrics-text")

    def test_the_readme_describes_every_metric_in_the_same_words(self) -> None:
        readme = (ROOT / "exporters/README.md").read_text()
        rows = re.findall(r"^\| `(slamon_\w+)` \| (\w+) \| (.*?) \| (.*?) \| `(.+)` \|$", readme, re.MULTILINE)
        described = {name: (kind, labels, words) for name, kind, labels, words, _ in rows}
        expected = {f.name: (f.type, ", ".join(f"`{x}`" for x in f.labels) or "none", f.help) for f in FAMILIES}
        assert described == expected


class TestFirstScrape:
    def test_every_configured_promise_stands_at_zero(self) -> None:
        source = new()
        for channel, policies in POLICIES.items():
            for policy, targets in policies:
                for target in targets:
                    promise = {"channel": channel, "policy": policy, "target": target.value}
                    for status in OPEN_STATUSES:
                        assert value(source, "slamon_waits", **promise, status=status.value) == 0
                    for outcome in ("in_time", "late"):
                        assert value(source, "slamon_sla_settled_total", **promise, outcome=outcome) == 0

    def test_counters_of_polls_and_alerts_stand_at_zero(self) -> None:
        source = new()
        assert value(source, "slamon_polls_total", channel="acme-x", purpose="recheck") == 0
        failures = {"channel": "acme-x", "purpose": "poll", "outcome": "credential"}
        assert value(source, "slamon_poll_failures_total", **failures) == 0
        assert value(source, "slamon_alert_sends_total", notifier="slack", audience="desk", purpose="post") == 0
        assert value(source, "slamon_alert_lateness_seconds_count", notifier="slack", audience="desk") == 0
        assert value(source, "slamon_collector_failures_total") == 0

    def test_a_target_that_is_off_has_no_series(self) -> None:
        labels = {"channel": "acme-x", "policy": "vip", "target": "next_response", "status": "breached"}
        assert value(new(), "slamon_waits", **labels) is None

    def test_an_instant_that_does_not_exist_is_absent_and_never_zero(self) -> None:
        source = families(new())
        for name in source:
            if name.endswith("_timestamp_seconds"):
                assert source[name].samples == [], name


class TestStore:
    def test_instants_are_in_seconds(self) -> None:
        source = exporter()
        assert value(source, "slamon_oldest_wait_timestamp_seconds", channel="acme-x") == (NOW - 2 * HOUR) / 1_000
        assert value(source, "slamon_oldest_wait_timestamp_seconds", channel="acme-archive") is None

    def test_a_blind_channel_is_one(self) -> None:
        source = exporter()
        assert value(source, "slamon_channel_blind", channel="acme-archive") == 1
        assert value(source, "slamon_channel_blind", channel="acme-x") == 0

    @settings(max_examples=30)
    @given(st.lists(st.integers(0, 10 * 24 * HOUR), max_size=40))
    def test_response_buckets_hold_what_was_answered_within_them(self, answers: list[int]) -> None:
        counts = [0] * (len(RUNGS) + 1)
        for answer in answers:
            counts[rung(answer)] += 1
        key = "acme-x", Target.FIRST_RESPONSE
        store = Snapshot([], {}, {}, {key: Responses(counts, sum(answers) / 1_000)})
        labels = {"channel": "acme-x", "target": "first_response"}
        source = new(lambda: store)
        within_an_hour = sum(answer <= HOUR for answer in answers)
        assert value(source, "slamon_response_seconds_bucket", **labels, le="3600.0") == within_an_hour
        assert value(source, "slamon_response_seconds_bucket", **labels, le="+Inf") == len(answers)
        assert value(source, "slamon_response_seconds_count", **labels) == len(answers)

    def test_a_channel_that_left_the_configuration_leaves_no_series(self) -> None:
        source = exporter()
        source.expect([("acme-archive", "archive")], POLICIES, ALERTS)
        assert 'channel="acme-x"' not in page(source)
        assert 'channel="acme-archive"' in page(source)

    def test_a_broken_store_takes_down_its_own_families_and_is_counted(self) -> None:
        def broken() -> Snapshot:
            raise StoreError("the database is locked")

        source = new(broken)
        source.hear(PollEnded("acme-x", "x", "poll", "ok", 0.5))
        assert value(source, "slamon_polls_total", channel="acme-x", purpose="poll") == 1
        assert "slamon_waits" not in page(source)
        assert value(source, "slamon_collector_failures_total") == 3


class TestEvents:
    def test_a_poll_that_failed_counts_as_a_poll_and_as_a_failure(self) -> None:
        source = exporter()
        assert value(source, "slamon_polls_total", channel="acme-x", purpose="recheck") == 1
        failed = {"channel": "acme-x", "purpose": "recheck", "outcome": "wait"}
        assert value(source, "slamon_poll_failures_total", **failed) == 1

    def test_a_poll_of_a_channel_that_is_gone_brings_no_series_back(self) -> None:
        source = exporter()
        source.hear(PollEnded("gone", "x", "poll", "ok", 1.0))
        assert 'channel="gone"' not in page(source)

    def test_a_superseded_alert_is_no_send(self) -> None:
        source = new()
        source.hear(AlertSent(*DESK, "post", "superseded", 0.0))
        assert value(source, "slamon_alert_sends_total", notifier="slack", audience="desk", purpose="post") == 0
        assert value(source, "slamon_alerts_superseded_total", notifier="slack", audience="desk") == 1

    def test_what_slamon_renews_by_itself_ends_for_nobody(self) -> None:
        found = page(exporter())
        assert 'slamon_credential_expires_timestamp_seconds{channel="acme-x",credential="refresh token"}' in found
        assert 'credential="access token"' not in found

    def test_lateness_is_in_seconds(self) -> None:
        assert value(exporter(), "slamon_alert_lateness_seconds_sum", notifier="slack", audience="desk") == 0.3

    def test_the_clock_of_a_platform_behind_ours_is_negative(self) -> None:
        assert value(exporter(), "slamon_clock_skew_seconds", platform="x") == -0.25

    def test_only_the_rules_in_force_are_named(self) -> None:
        source = exporter()
        source.hear(RulesLoaded("ba9876543210", NOW))
        assert re.findall(r"slamon_rules_info{(.*)} 1.0", page(source)) == ['version="ba9876543210"']

    def test_a_reload_keeps_what_was_counted(self) -> None:
        source = exporter()
        source.expect(CHANNELS, POLICIES, ALERTS, REASONS, AIMS)
        assert own(page(source)) == golden()

    def test_events_from_many_threads_are_all_counted(self) -> None:
        source = new()
        event = PollEnded("acme-x", "x", "poll", "ok", 0.5, new=2)

        def hear() -> None:
            for _ in range(500):
                source.hear(event)

        threads = [Thread(target=hear) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert value(source, "slamon_polls_total", channel="acme-x", purpose="poll") == 2_000
        assert value(source, "slamon_poll_messages_total", channel="acme-x", outcome="new") == 4_000

    @settings(max_examples=30)
    @given(st.text(max_size=30))
    def test_a_hostile_label_value_stays_one_label_value(self, endpoint: str) -> None:
        source = new()
        source.hear(ApiCalled("acme-x", "x", endpoint, "200", 0.1))
        seen = {s.labels["endpoint"] for s in families(source)["slamon_api_calls"].samples}
        assert seen == {endpoint}


class TestCap:
    def two(self) -> Snapshot:
        """acme-x, and a channel of the tail that is blind, waits longer, and answered as often."""
        one, first = snapshot(), Target.FIRST_RESPONSE
        tail = ChannelSnapshot("tail-3", "x", None, blind=True, oldest_waiting_at=NOW - 9 * HOUR, next_due_at=None)
        answers = one.responses["acme-x", first]
        return replace(
            one,
            channels=[*one.channels, tail],
            responses={("acme-x", first): answers, ("tail-3", first): answers},
        )

    def many(self, limit: int) -> Exporter:
        made = Exporter(self.two, lambda: NOW, "0.1.0", limit)
        channels = [("acme-x", "x"), *((f"tail-{n}", "x") for n in range(20))]
        made.expect(channels, dict.fromkeys((name for name, _ in channels), POLICIES["acme-x"]), ALERTS)
        return made

    def test_above_the_limit_the_last_channels_are_counted_as_other(self) -> None:
        source = self.many(limit=900)
        assert 'channel="acme-x"' in page(source)
        assert 'channel="tail-19"' not in page(source)
        assert (value(source, "slamon_folded_channels") or 0) > 10
        assert sum(len(family.samples) for family in parse_text(own(page(source)))) < 1_100

    def test_what_is_folded_is_added_up(self) -> None:
        source = self.many(limit=10)
        for channel in ("acme-x", "tail-3"):
            source.hear(PollEnded(channel, "x", "poll", "ok", 0.5))
        assert value(source, "slamon_polls_total", channel="other", purpose="poll") == 2
        other = {"channel": "other", "policy": "other", "target": "first_response"}
        assert value(source, "slamon_sla_settled_total", **other, outcome="in_time") == 6
        assert value(source, "slamon_response_seconds_count", channel="other", target="first_response") == 16

    def test_of_folded_channels_the_worst_is_shown(self) -> None:
        source = self.many(limit=10)
        assert value(source, "slamon_channel_blind", channel="other") == 1
        assert value(source, "slamon_oldest_wait_timestamp_seconds", channel="other") == (NOW - 9 * HOUR) / 1_000

    def test_what_happens_to_folded_channels_later_goes_on_under_their_sum(self) -> None:
        source = self.many(limit=10)
        for _ in range(3):
            source.hear(PollEnded("tail-3", "x", "poll", "ok", 0.5))
            page(source)
        assert value(source, "slamon_polls_total", channel="other", purpose="poll") == 3
        other = {"channel": "other", "policy": "other", "target": "first_response", "status": "on_track"}
        assert value(source, "slamon_waits", **other) == 7

    def test_a_reload_takes_nothing_from_the_sum(self) -> None:
        source = self.many(limit=10)
        source.hear(PollEnded("tail-3", "x", "poll", "ok", 0.5))
        page(source)
        channels = [("acme-x", "x"), *((f"tail-{n}", "x") for n in range(20))]
        source.expect(channels, dict.fromkeys((name for name, _ in channels), POLICIES["acme-x"]), ALERTS)
        assert value(source, "slamon_polls_total", channel="other", purpose="poll") == 1
        assert 'channel="tail-3"' not in page(source)

    def test_below_the_limit_nothing_is_folded(self) -> None:
        source = self.many(limit=25_000)
        assert value(source, "slamon_folded_channels") == 0
        assert 'channel="other"' not in page(source)
