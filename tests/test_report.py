"""The parts of a report that need no store: percentiles, signatures, spans of time, hours of the week, backlog."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction
from itertools import pairwise
from math import ceil
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slamon.errors import UsageError
from slamon.model import DAY, HOUR, MINUTE, SECOND
from slamon.report.asked import known, labels_of, span_of, zone_of
from slamon.report.flow import FlowCount, by_day
from slamon.report.percentiles import nearest_rank, with_waiting
from slamon.report.signatures import signature
from slamon.report.week import Clock

if TYPE_CHECKING:
    from slamon.model import Instant

BERLIN = ZoneInfo("Europe/Berlin")
SPANS = st.lists(st.integers(0, 40), max_size=30).map(sorted)
PERCENTS = st.sampled_from([1, 10, 50, 90, 99, 100])


def at(text: str) -> Instant:
    return int(datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp()) * SECOND


class TestPercentiles:
    @given(SPANS, PERCENTS)
    def test_so_many_of_a_hundred_are_not_longer(self, spans: list[int], percent: int) -> None:
        found = nearest_rank(spans, percent)
        if not spans:
            assert found is None
        else:
            assert found == spans[ceil(Fraction(percent * len(spans), 100)) - 1]

    @given(SPANS, PERCENTS)
    def test_without_anybody_who_waits_both_ways_are_the_same(self, spans: list[int], percent: int) -> None:
        assert with_waiting(spans, [], percent) == nearest_rank(spans, percent)

    @given(SPANS, SPANS, PERCENTS)
    def test_those_who_wait_count_as_kaplan_and_meier_have_it(
        self, answered: list[int], waiting: list[int], percent: int
    ) -> None:
        assert with_waiting(answered, waiting, percent) == _kaplan_meier(answered, waiting, percent)

    @given(SPANS, SPANS, PERCENTS)
    def test_who_still_waits_never_makes_it_shorter(
        self, answered: list[int], waiting: list[int], percent: int
    ) -> None:
        alone, both = nearest_rank(answered, percent), with_waiting(answered, waiting, percent)
        assert both is None or (alone is not None and both >= alone)

    def test_a_rounding_error_is_no_rank(self) -> None:
        for many in range(1, 200):
            spans = list(range(many))
            for percent in range(1, 101):
                assert with_waiting(spans, [], percent) == nearest_rank(spans, percent), (many, percent)
        spans = list(range(1_000_000))
        assert [with_waiting(spans, [], percent) for percent in (50, 90, 99)] == [499_999, 899_999, 989_999]


def _kaplan_meier(answered: list[int], waiting: list[int], percent: int) -> int | None:
    """The definition, in fractions: at each time of an answer, the share that is left shrinks by those answered."""
    left = Fraction(1)
    for span in sorted(set(answered)):
        at_risk = sum(each >= span for each in answered) + sum(each >= span for each in waiting)
        left *= 1 - Fraction(answered.count(span), at_risk)
        if 1 - left >= Fraction(percent, 100):
            return span
    return None


class TestASignature:
    @pytest.mark.parametrize(
        ("ending", "name"),
        [
            ("it is on its way ^AB", "AB"),
            ("it is on its way. ^ab", "AB"),
            ("on its way^ck", ""),
            ("we will see.^CK", "CK"),
            ("thank you ~ck", "CK"),
            ("thank you! -Anna", "Anna"),
            ("thank you!\n- Anna", "Anna"),
            ("thank you. \u2013 Anna", "Anna"),
            ("thank you /TK", "TK"),
            ("thank you -Anna B.", "Anna B"),
            ("danke ^Jürgen", "Jürgen"),
            ("danke ^MB2", "MB2"),
            ("see https://acme.example/a ^AB https://t.example/x1", "AB"),
            ("(^AB)", ""),
            ("thank you ^AB.", "AB"),
            ("from 9-17", ""),
            ("and/or", ""),
            ("yes/NO", ""),
            ("a well-known", ""),
            ("it is - ok", ""),
            ("we are open -5", ""),
            ("2^AB", ""),
            ("see you -TOMORROW", ""),
            ("https://acme.example/AB", ""),
            ("just ^", ""),
            ("", ""),
        ],
    )
    def test_is_a_sign_and_a_name_at_the_end(self, ending: str, name: str) -> None:
        assert signature(ending) == name

    @given(st.text(max_size=40))
    def test_of_anything_is_a_short_word_or_nothing(self, ending: str) -> None:
        found = signature(ending)
        assert len(found) <= 16
        assert all(each.isalnum() or each in " .\u0301" or each.isalpha() for each in found)


NOW = at("2026-11-26 14:30")


class TestTheTimeAskedFor:
    @pytest.mark.parametrize(
        ("since", "until", "first", "stop"),
        [
            ("28d", None, "2026-10-29 00:00", "2026-11-26 00:00"),
            ("1d", None, "2026-11-25 00:00", "2026-11-26 00:00"),
            ("12h", None, "2026-11-26 02:30", "2026-11-26 14:30"),
            ("2026-11-01", None, "2026-11-01 00:00", "2026-11-26 00:00"),
            ("2026-11-26", None, "2026-11-26 00:00", "2026-11-26 14:30"),
            ("2026-11-01", "2026-11-02", "2026-11-01 00:00", "2026-11-03 00:00"),
            ("2d", "2026-11-02", "2026-11-01 00:00", "2026-11-03 00:00"),
            ("2026-11-01", "2026-12-31", "2026-11-01 00:00", "2026-11-26 14:30"),
            ("2026-11-01T08:00:00+01:00", "2026-11-01T10:00:00Z", "2026-11-01 08:00", "2026-11-01 11:00"),
            ("1d", "2026-10-25", "2026-10-25 00:00", "2026-10-26 00:00"),
            ("6h", "2026-10-25", "2026-10-25 18:00", "2026-10-26 00:00"),
        ],
    )
    def test_is_whole_local_days_where_it_says_days(self, since: str, until: str | None, first: str, stop: str) -> None:
        assert span_of(since, until, NOW, BERLIN) == (at(first), at(stop))

    @pytest.mark.parametrize(
        ("since", "until"),
        [
            ("", None),
            ("28", None),
            ("yesterday", None),
            ("2026-13-01", None),
            ("2026-11-01T08:00:00", None),
            ("0s", None),
            ("28d", "28d"),
            ("2026-11-27", None),
            ("2026-11-03", "2026-11-01"),
            ("9999-12-31", None),
            ("28d", "9999-12-31T00:00:00-14:00x"),
        ],
    )
    def test_is_refused_where_it_is_none(self, since: str, until: str | None) -> None:
        with pytest.raises(UsageError):
            span_of(since, until, NOW, BERLIN)

    def test_other_words_are_refused_with_a_hint(self) -> None:
        with pytest.raises(UsageError, match="did you mean `Europe/Berlin`"):
            zone_of("Europe/Berln")
        with pytest.raises(UsageError, match="market, brand, desk"):
            labels_of(["colour=red"])
        with pytest.raises(UsageError, match="did you mean `acme-x`"):
            known("--channel", ["acme-y"], {"acme-x"})
        assert labels_of(["market=de", "desk=night"]) == {"market": "de", "desk": "night"}


class TestTheHourOfTheWeek:
    @pytest.mark.parametrize("zone", ["Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC"])
    @given(moment=st.integers(0, 4_000_000_000))
    def test_is_what_the_clocks_show(self, zone: str, moment: int) -> None:
        shown = datetime.fromtimestamp(moment, UTC).astimezone(ZoneInfo(zone))
        assert Clock(ZoneInfo(zone)).hour(moment * SECOND) == shown.weekday() * 24 + shown.hour


WAITS = st.lists(st.tuples(st.integers(-50, 80), st.one_of(st.none(), st.integers(0, 60)), st.booleans()), max_size=30)


class TestTheFlow:
    @given(WAITS)
    def test_backlog_is_who_waits_at_the_end_of_each_step(self, waits: list[tuple[int, int | None, bool]]) -> None:
        first, stop = at("2026-10-24 00:00"), at("2026-10-26 00:00")
        flow, real = FlowCount(first, stop, BERLIN), []
        for begins, length, answered in waits:
            began = first + begins * 40 * MINUTE
            ended = None if length is None else began + length * 40 * MINUTE
            if began >= stop or (ended is not None and ended < first):
                continue
            real.append((began, ended))
            flow.began(began) if began >= first else flow.carried()
            if ended is not None:
                flow.ended(ended, answered=answered)
        points = flow.flow().points
        assert len(points) == 49
        for point in points:
            end = point.from_at + HOUR
            assert point.backlog == sum(b < end and (e is None or e >= end) for b, e in real)
        assert sum(point.arrivals for point in points) == sum(first <= began for began, _ in real)
        assert [day.backlog for day in by_day(flow.flow(), BERLIN)] == [points[23].backlog, points[48].backlog]

    def test_a_long_time_is_shown_by_local_day(self) -> None:
        first, stop = at("2026-01-01 00:00"), at("2026-07-01 00:00")
        points = FlowCount(first, stop, BERLIN).flow().points
        assert len(points) == 181
        assert all(datetime.fromtimestamp(point.from_at / SECOND, BERLIN).hour == 0 for point in points)
        assert max(b.from_at - a.from_at for a, b in pairwise(points)) == DAY
