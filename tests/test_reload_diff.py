"""What differs between two rule sets, and which waits that can have moved: never too few, and rarely too many."""

from __future__ import annotations

import re
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
import regex
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from desk import Desk, policy
from said import ask, at, reply
from slamon.model import DAY, HOUR, MINUTE, RESPONSES, Kind, Target
from slamon.reload.diff import Moved, changes, compare
from slamon.reload.spans import differing, spans
from slamon.reload.waits import Job, Rematch, jobs
from slamon.rules._patience import LimitedPatience
from slamon.rules.files import load_files
from slamon.sla import timer as promises
from slamon.sla.calendar import ALWAYS, OpenDays
from slamon.sla.calendars import Weekly
from slamon.sla.conditions import KindIs
from slamon.sla.conditions_text import TextMatches, WordsFound
from slamon.sla.policy import WHOLE, ChannelRules, Policy, RuleSet, Stage
from slamon.sla.words import WordList
from slamon.store.rematch import Place, Search, cancel
from slamon.store.ruling import Ruling
from slamon.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slamon.sla.calendar import Calendar

BERLIN = ZoneInfo("Europe/Berlin")
WEEK = range(7)
OFFICE = Weekly("office", BERLIN, [(day, 9 * 60, 17 * 60) for day in range(5)])
LONGER = Weekly("office", BERLIN, [(day, 9 * 60, 18 * 60) for day in range(5)])
MENTIONS = KindIs("kind: mention", frozenset({Kind.MENTION}))
REVIEWS = KindIs("kind: review", frozenset({Kind.REVIEW}))


def channel(*policies: Policy, **more: Any) -> ChannelRules:
    return ChannelRules(policies or (policy(),), **more)


class TestCompare:
    @pytest.mark.parametrize(
        ("old", "new"),
        [
            (channel(), channel()),
            (channel(policy(calendar=OFFICE)), channel(policy(calendar=Weekly("renamed", BERLIN, OFFICE.windows)))),
            (
                channel(policy(conditions=(_pattern := KindIs("kind: mention", frozenset({Kind.MENTION})),))),
                channel(policy(conditions=(MENTIONS,))),
            ),
            (channel(source="a.yaml"), channel(source="b.yaml")),
        ],
    )
    def test_finds_nothing_in_what_says_the_same(self, old: ChannelRules, new: ChannelRules) -> None:
        change = compare(old, new)
        assert (bool(change), change.everything, change.moved) == (False, False, ())

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            (channel(policy(conditions=(MENTIONS,))), channel(policy(conditions=(REVIEWS,)))),
            (channel(policy(), policy("b")), channel(policy("b"), policy())),
            (channel(policy()), channel(policy("b"))),
            (channel(policy()), channel(policy(), policy("b"))),
            (channel(policy(valid_from=1)), channel(policy(valid_from=2))),
            (channel(policy(names_listening=True)), channel(policy())),
            (channel(abandoned_after=DAY), channel()),
            (channel(bot_closes_after=HOUR), channel()),
            (channel(new_waits_only=True), channel()),
        ],
    )
    def test_has_everything_matched_anew_where_a_wait_may_fit_another_policy(
        self, old: ChannelRules, new: ChannelRules
    ) -> None:
        assert (bool(compare(old, new)), compare(old, new).everything) == (True, True)

    @pytest.mark.parametrize(
        "new",
        [
            policy(length=HOUR + 1),
            replace(policy(), targets=dict.fromkeys(RESPONSES, OpenDays(1))),
            replace(policy(), targets={Target.FIRST_RESPONSE: HOUR}),
            policy(stages=(Stage("50%", share=500_000),)),
            policy(stages=(Stage("80%", share=800_000), Stage("100%", share=WHOLE, repeat=MINUTE, at_most=3))),
        ],
    )
    def test_has_the_waits_of_a_policy_decided_whose_promise_or_ladder_changed(self, new: Policy) -> None:
        change = compare(channel(policy("other"), policy()), channel(policy("other"), new))
        assert (change.everything, change.moved) == (False, (Moved("everyone", None),))

    def test_has_those_decided_that_a_changed_calendar_may_have_moved(self) -> None:
        stages = (Stage("+30m", offset=30 * MINUTE, repeat=10 * MINUTE, at_most=4),)
        old, new = policy(calendar=OFFICE, stages=stages), policy(calendar=LONGER, stages=stages)
        (moved,) = compare(channel(old), channel(new)).moved
        assert moved == Moved("everyone", (OFFICE, LONGER), HOUR, HOUR)

    def test_has_all_of_a_policy_decided_that_counts_in_days_of_a_changed_calendar(self) -> None:
        days = dict.fromkeys(RESPONSES, OpenDays(1))
        old, new = (Policy("everyone", days, calendar=calendar) for calendar in (OFFICE, LONGER))
        assert compare(channel(old), channel(new)).moved == (Moved("everyone", None),)

    @pytest.mark.parametrize(
        "new",
        [
            channel(policy(stages=(Stage("80%", share=800_000, audience="lead"), Stage("100%", share=WHOLE)))),
            channel(policy(stages=(Stage("80%", share=800_000), Stage("100%", share=WHOLE, broadcast=False)))),
            channel(lookback=DAY),
            channel(show_text="none"),
            channel(staff=frozenset({"jo"})),
            channel(policy(length=2 * HOUR), new_waits_only=True),
        ],
    )
    def test_leaves_open_waits_alone_where_nothing_about_them_changed(self, new: ChannelRules) -> None:
        change = compare(channel(), new)
        assert (bool(change), change.everything, change.moved) == (True, False, ())

    def test_sees_each_channel_that_default_yaml_serves(self) -> None:
        old = RuleSet("1", {"b": channel()}, channel())
        new = RuleSet("2", {"b": channel()}, channel(policy(length=2 * HOUR)))
        assert list(changes(old, new, ["a", "b", "c"])) == ["a", "c"]

    def test_sees_no_difference_in_files_that_were_only_read_twice(self) -> None:
        files = {"calendars.yaml": CALENDARS.encode(), "default.yaml": RULES.encode()}
        one, two = (load_files(files) for _ in range(2))
        assert not compare(one.default, two.default)

    def test_sees_a_word_more_in_a_list(self) -> None:
        """The condition itself still says `words: complaint`."""
        lists = [WordList("complaint", {"en": words}) for words in (["late"], ["late", "lost"], ["late"])]
        names = frozenset({"complaint"})
        one, more, again = (
            channel(policy(conditions=(WordsFound("words: complaint", names, found),))) for found in lists
        )
        assert [compare(one, rules).everything for rules in (more, again)] == [True, False]


CALENDARS = "calendars: {office: {timezone: Europe/Berlin, open: {mon-fri: '9:00-17:00'}, holidays: {country: DE}}}"
RULES = """\
policies:
  - {name: vip, when: {author.followers: ">= 100", text: "(?i)order \\\\d+"}, first_response: 15m}
  - {name: loud, when: {words: complaint}, first_response: 30m, calendar: office}
  - {name: asks, when: {question: yes}, first_response: 30m, calendar: office}
  - {name: everyone, first_response: 1h, calendar: office}
"""


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    zone = draw(st.sampled_from([BERLIN, ZoneInfo("UTC"), ZoneInfo("America/New_York")]))
    windows = []
    for day in WEEK:
        edges = sorted(draw(st.lists(st.integers(0, 96), max_size=4, unique=True)))
        windows += [(day, 15 * a, 15 * b) for a, b in zip(edges[::2], edges[1::2], strict=False)]
    return Weekly("drawn", zone, windows) if windows else ALWAYS


LADDER = st.sampled_from(
    [
        (),
        (Stage("80%", share=800_000), Stage("100%", share=WHOLE)),
        (Stage("50%", share=500_000, repeat=20 * MINUTE, at_most=9),),
        (Stage("100%", share=WHOLE), Stage("+30m", offset=30 * MINUTE, repeat=45 * MINUTE, at_most=3)),
    ]
)
LENGTHS = st.integers(1, 40 * 60).map(lambda minutes: minutes * MINUTE + 17)
slow = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)


def instants(rule: Policy, start: int) -> tuple[int, tuple[int, ...]]:
    held = promises.promise(rule, Target.FIRST_RESPONSE, start)
    assert held
    return held.due_at, promises.stage_instants(rule, held)


class TestSpans:
    @slow
    @given(calendars(), calendars(), LENGTHS, LADDER, st.lists(st.integers(0, 9 * DAY), min_size=1, max_size=8))
    def test_hold_every_promise_that_moved(
        self, old: Calendar, new: Calendar, length: int, ladder: tuple[Stage, ...], ago: list[int]
    ) -> None:
        starts = [at(0) - one for one in ago]
        before, after = (policy(length=length, calendar=calendar, stages=ladder) for calendar in (old, new))
        (moved, *_) = (*compare(channel(before), channel(after)).moved, None)
        assume(moved is not None)
        assert moved
        assert moved.calendars
        dues = [instants(before, start)[0] for start in starts]
        found = spans(moved, moved.calendars, min(starts), max(dues))
        for start, due in zip(starts, dues, strict=True):
            if instants(before, start) != instants(after, start):
                assert any(start < one.begun_before and one.due_after < due <= one.due_until for one in found)

    def test_leave_out_what_lies_wholly_before_or_after(self) -> None:
        moved = Moved("p", (OFFICE, LONGER), HOUR)
        monday = at(0) - at(0) % DAY
        five = monday + 16 * HOUR
        (span,) = spans(moved, (OFFICE, LONGER), monday, five + HOUR)
        assert span.begun_before == five + HOUR
        assert (span.due_after < five <= span.due_until, span.due_after > five - MINUTE) == (True, True)

    @slow
    @given(calendars(), calendars(), st.lists(st.integers(0, 14 * DAY), min_size=1, max_size=20))
    def test_differing_stretches_are_where_one_is_open_and_the_other_closed(
        self, one: Calendar, other: Calendar, offsets: list[int]
    ) -> None:
        first, stop = at(0), at(0) + 14 * DAY
        found = list(differing(one, other, first, stop))
        for instant in (first + offset for offset in offsets if offset < 14 * DAY):
            differs = one.is_open(instant) != other.is_open(instant)
            assert differs == any(begin <= instant < end for begin, end in found)


def rule_set(version: str, *policies: Policy, **more: Any) -> RuleSet:
    return RuleSet(version, {}, ChannelRules(policies, **more))


class Bulk:
    """Open waits under one rule set, to be put up for another."""

    def __init__(self, store: Store, rules: RuleSet) -> None:
        self.desk = Desk(store, rules)
        self.ruling = Ruling(store)

    def asks(self, *minutes: float, **more: Any) -> None:
        messages = [ask(f"{minute}", minute, by=f"at {minute}", thread=f"{minute}", **more) for minute in minutes]
        self.desk.poll(*messages, minute=max(minutes))
        self.desk.sweep()

    def put_up(self, rules: RuleSet, turns: int = 10**6) -> list[str]:
        """Customers whose waits are put up by the change, in the order of their start."""
        channels = {self.desk.shelf.name: self.desk.shelf.channel}
        todo = jobs([changes(self.desk.rules, rules, channels)], rules, channels, ())
        left = iter(range(turns))
        Rematch(self.ruling, rules.version, lambda: next(left, None) is not None).run(todo)
        return self.up()

    def up(self) -> list[str]:
        return sorted((w.customer for w in self.desk.shelf.waits() if w.next_at == 0), key=lambda name: float(name[3:]))


class TestPutUp:
    def test_are_those_whose_promise_reaches_into_what_changed(self, store: Store) -> None:
        """The fixed instant is a Monday, 13:32 in Berlin."""
        bulk = Bulk(store, rule_set("1", policy(calendar=OFFICE)))
        bulk.asks(0, 60, 140, 160, 207)
        assert bulk.put_up(rule_set("2", policy(calendar=LONGER))) == ["at 160", "at 207"]

    def test_are_those_of_the_changed_policy(self, store: Store) -> None:
        quick = policy("quick", 10 * MINUTE, conditions=(REVIEWS,))
        bulk = Bulk(store, rule_set("1", quick, policy()))
        bulk.asks(0, 5)
        bulk.asks(1, 2, kind=Kind.REVIEW)
        assert bulk.put_up(rule_set("2", replace(quick, targets=dict.fromkeys(RESPONSES, MINUTE)), policy())) == [
            "at 1",
            "at 2",
        ]

    def test_are_those_of_several_messages_too_where_there_are_several_policies(self, store: Store) -> None:
        quick = policy("quick", 10 * MINUTE, conditions=(REVIEWS,), calendar=OFFICE)
        bulk = Bulk(store, rule_set("1", quick, policy()))
        bulk.asks(200, 201, 202)
        bulk.asks(203, kind=Kind.REVIEW)
        bulk.desk.poll(ask("again", 204, by="at 201", thread="201"), minute=204)
        bulk.desk.sweep()
        new = rule_set("2", replace(quick, calendar=LONGER), policy())
        assert bulk.put_up(new) == ["at 201", "at 203"]

    def test_are_all_where_a_condition_changed(self, store: Store) -> None:
        bulk = Bulk(store, rule_set("1", policy(conditions=(MENTIONS,))))
        bulk.asks(*range(30))
        assert len(bulk.put_up(rule_set("2", policy(conditions=(REVIEWS,))))) == 30

    def test_are_no_more_than_went_before_it_was_given_up(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("slamon.reload.waits.AT_ONCE", 5)
        bulk = Bulk(store, rule_set("1", policy(conditions=(MENTIONS,))))
        bulk.asks(*range(30))
        assert len(bulk.put_up(rule_set("2", policy(conditions=(REVIEWS,))), turns=2)) == 15

    def test_are_found_a_slice_at_a_time_however_many_share_an_instant(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("_ALL", "_IN_SPAN"):
            statement = getattr(__import__("slamon.store.rematch", fromlist=[name]), name)
            monkeypatch.setattr(f"slamon.store.rematch.{name}", statement.limit(3))
        monkeypatch.setattr("slamon.store.rematch.SLICE", 3)
        bulk = Bulk(store, rule_set("1", policy(calendar=OFFICE)))
        night = [600 + n / 1_000 for n in range(8)]
        bulk.asks(*night)
        assert len({timer.due_at for timer in bulk.desk.shelf.timers().values()}) == 1
        assert len(bulk.put_up(rule_set("2", policy(calendar=LONGER.__class__("l", BERLIN, [(1, 0, 60)]))))) == 8

    def test_are_not_those_that_were_decided_meanwhile(self, store: Store) -> None:
        bulk = Bulk(store, rule_set("1", policy(conditions=(MENTIONS,))))
        bulk.asks(0, 1)
        new = rule_set("2", policy(conditions=(REVIEWS,)))
        bulk.put_up(new)
        before, bulk.desk.rules = bulk.desk.rules, new
        bulk.desk.sweep()
        bulk.desk.rules = before
        assert bulk.put_up(new) == []

    def test_are_not_those_that_were_decided_or_closed_after_they_were_found(self, store: Store) -> None:
        bulk = Bulk(store, rule_set("1", policy()))
        bulk.asks(0, 1, 2)
        waits = [row.id for row in bulk.desk.shelf.waits()]
        bulk.desk.poll(reply("answer", 3, to="0", thread="0"), minute=3)
        bulk.desk.sweep()
        assert bulk.ruling.put_up(waits, "1") == 0
        assert bulk.ruling.put_up(waits, "2") == 2
        assert bulk.up() == ["at 1", "at 2"]
        assert [bulk.ruling.backlog(most) for most in (1, 5)] == [1, 2]

    def test_are_not_those_that_began_after_what_changed(self, store: Store) -> None:
        """Their sign of arrival is due before the answers that the change moved."""
        targets = {**dict.fromkeys(RESPONSES, 5 * HOUR), Target.ACKNOWLEDGEMENT: 10 * MINUTE}
        before, after = (Policy("everyone", targets, calendar=calendar) for calendar in (OFFICE, LONGER))
        bulk = Bulk(store, rule_set("1", before))
        tuesday = 24 * 60
        bulk.asks(200, tuesday - 4 * 60)
        assert bulk.put_up(rule_set("2", after)) == ["at 200"]

    def test_are_those_under_rules_that_nobody_can_read_any_more(self, store: Store) -> None:
        bulk = Bulk(store, rule_set("1", policy()))
        bulk.asks(0, 1)
        new = rule_set("2", policy(length=2 * HOUR), new_waits_only=True)
        channels = {bulk.desk.shelf.name: bulk.desk.shelf.channel}
        assert jobs([changes(bulk.desk.rules, new, channels)], new, channels, ()) == []
        todo: Sequence[Job] = jobs([None], new, channels, {"1"})
        Rematch(bulk.ruling, "2", lambda: True).run(todo)
        assert bulk.up() == ["at 0", "at 1"]


def compiled(text: str, flags: int) -> regex.Pattern[str]:
    """Another object each time."""
    return regex.compile(text, flags, cache_pattern=False)


def test_a_pattern_is_the_same_where_its_text_and_its_flags_are() -> None:
    one, again, other, loud = (
        channel(
            policy(
                conditions=(TextMatches("text", regex.compile(text, flags, cache_pattern=False), LimitedPatience()),)
            )
        )
        for text, flags in (("a+", 0), ("a+", 0), ("a+b", 0), ("a+", regex.IGNORECASE))
    )
    assert [bool(compare(one, rules)) for rules in (again, other, loud)] == [False, True, True]


def test_with_a_million_waits_every_search_goes_by_an_index_over_the_open_ones(sqlite_url: str) -> None:
    """What is looked through from end to end is a partial index, never a table."""
    plans: dict[str, str] = {}
    with closing(Store(sqlite_url)) as store:

        def explain(_connection: Any, cursor: Any, statement: str, values: Any, *_: Any) -> None:
            if statement.startswith(("SELECT", "UPDATE")):
                steps = cursor.execute(f"EXPLAIN QUERY PLAN {statement}", values)
                plans[statement] = "; ".join(row[3] for row in steps)

        for engine in (store.database.writer, store.database.reader):
            event.listen(engine, "before_cursor_execute", explain)
        search_all(store)
    assert len(plans) > 8
    guilty = [
        (statement, plan)
        for statement, plan in plans.items()
        if re.search(r"\b(wait|timer)\b", plan)
        and (re.search(r"SCAN (wait|timer)\b(?! USING)", plan) or "TEMP B-TREE" in plan)
    ]
    assert guilty == []
    used = " ".join(plans.values())
    assert all(name in used for name in ("wait_open (channel=?", "timer_open (channel=? AND due_at", "wait_next"))


def search_all(store: Store) -> None:
    search = Search(1, "2")
    with store.read() as tx:
        search.every(tx, Place())
        search.carrying(tx, Place(), ["1"])
        search.under(tx, Place(), "p", alone=True)
        search.under(tx, Place(), "p", alone=False)
        search.in_span(tx, Place(), "p", 5, 9)
        search.several_in_span(tx, Place(), 5)
        search.reach(tx)
    ruling = Ruling(store)
    ruling.put_up([1, 2], "2")
    ruling.backlog(10)
    store.register("gone", "x")
    ruling.unwatched([])
    with store.write() as tx:
        cancel(tx, 1, 1, 10)
