"""A report adds up in every cut, and says the same as a replay of the same messages and as the digest of the day."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import update

from desk import Desk, policy, rules
from doing import Doers
from said import DAY_LONG, ask, at, reply
from slamon.digests.said import Said
from slamon.model import DAY, HOUR, MINUTE, Gone, Kind, Mark, Target
from slamon.replay import replay
from slamon.report.asked import Asked
from slamon.report.formats.as_json import as_data
from slamon.report.making import report
from slamon.rules import load_files
from slamon.sla.calendar import ALWAYS
from slamon.sla.fate import Fate
from slamon.sla.handling import Verb
from slamon.sla.policy import Objective
from slamon.store import daily, digests, recent
from slamon.store.digests import Opening
from slamon.store.schema import wait
from stage import Records
from test_same_engine import BRANDS, LADDER, PLAIN, POLLS, TAKEN, Event, histories
from x_client import NOON

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection

    from slamon.report.sheet import Cut, Promises, Sheet
    from slamon.sla.policy import RuleSet
    from slamon.store.store import Store

UTC = ZoneInfo("UTC")
QUICK = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def made(store: Store, in_force: RuleSet, asked: Asked, labels: Mapping[str, Mapping[str, str]] | None = None) -> Sheet:
    return report(store, in_force, labels or {}, asked)


def cuts(sheet: Sheet) -> Iterable[Cut]:
    return (sheet.total, *sheet.channels, *sheet.policies, *sheet.labels)


def adds_up(sheet: Sheet, by_hand: int = 0) -> None:
    """What holds of every report; `by_hand`: so many waits were ended by a person."""
    assert sheet.total.waits == sheet.total.response.count + sheet.total.unmatched + by_hand
    for cut in cuts(sheet):
        assert sum(cut.balance.values()) == cut.received, cut
        assert 0 <= cut.waits - cut.response.count - cut.unmatched <= by_hand, cut
        for figures in (cut.response, *cut.targets.values()):
            assert figures.count == figures.met + figures.missed + figures.open + figures.cancelled
            assert figures.due == figures.met + figures.missed + figures.open_past_due
            assert figures.in_time == (figures.met / figures.due if figures.due else None)
            assert figures.wall.answered.answered == figures.met + figures.missed
            assert figures.business.answered.answered + figures.out_of_hours == figures.met + figures.missed
        assert cut.in_hours.arrivals + cut.out_of_hours.arrivals == cut.waits
        if cut.week:
            assert sum(map(sum, cut.week.arrivals)) == cut.waits
            assert sum(map(sum, cut.week.due)) == cut.response.due
            assert sum(map(sum, cut.week.met)) == cut.response.met
    for parts in (sheet.channels, sheet.policies):
        assert sum(cut.received for cut in parts) == sheet.total.received
        assert sum(cut.response.due for cut in parts) == sheet.total.response.due
    assert sum(point.arrivals for point in sheet.flow.points) == sheet.total.waits


def as_replay(figures: Promises | None) -> dict[str, Any]:
    if figures is None:
        return dict.fromkeys(("count", "met", "missed", "open", "cancelled"), 0)
    times = as_data(figures.wall.answered, UTC)
    counts = {name: getattr(figures, name) for name in ("count", "met", "missed", "open", "cancelled")}
    spans = {name: times[f"{name}_seconds"] for name in ("p50", "p90", "p99", "max")}
    return {**counts, "answered_within_target": figures.in_time, **spans}


def holds_of_a_history(events: list[Event], said: str, every: int) -> None:
    with TemporaryDirectory() as folder, Records(Path(folder), *BRANDS, rules=said) as records:
        records.every = every
        for after, line in sorted(events, key=lambda event: event[0]):
            records.passes(NOON + after - records.now)
            records.says(**line)
        records.settles()
        store, in_force = records.app.store, records.app.rules
        asked = Asked(NOON - DAY, records.now + 1, records.now, UTC)
        sheet = made(store, in_force, asked)
        adds_up(sheet)
        told = replay(Path(folder) / "records.jsonl", in_force, records.now)
        for cut in sheet.channels:
            for target, figures in told.channels[cut.name].items():
                counted = as_replay(cut.targets.get(target.value))
                assert counted == {name: figures.as_json()[name] for name in counted}, (cut.name, target)
        with store.read() as tx:
            days = daily.figures(tx, asked.first, asked.stop, records.now)
            worst = daily.worst(tx, asked.first, asked.stop, records.now, 20)
            are_the_gauges(sheet, tx, asked)
        is_the_digest(sheet, days)
        assert [(one.wait, one.target) for one in sheet.worst] == [one[:2] for one in worst]


def are_the_gauges(sheet: Sheet, tx: Connection, asked: Asked) -> None:
    went = recent.fates(tx, asked.first, asked.stop)
    mine = {(cut.name, Fate(name)): n for cut in sheet.channels for name, n in cut.balance.items() if n}
    assert mine == {key: n for key, n in went.items() if n}
    kept = recent.promises(tx, asked.first, asked.stop, asked.now)
    counted = {
        (cut.channel, cut.policy, Target(name)): (figures.due, figures.met)
        for cut in sheet.policies
        for name, figures in cut.targets.items()
        if figures.count
    }
    assert counted == {key: tuple(one) for key, one in kept.items()}


def is_the_digest(sheet: Sheet, days: Iterable[daily.Day]) -> None:
    found = {day.channel: day for day in days}
    assert found.keys() == {cut.name for cut in sheet.channels if cut.received}
    for cut in sheet.channels:
        day = found[cut.name]
        assert day.received + day.no_reply == cut.received
        mine = (cut.response.met, cut.response.missed, cut.response.open, cut.response.open_past_due)
        assert mine == (day.met, day.missed, day.open, day.open_past_due)
        assert (cut.response.cancelled, cut.unmatched) == (day.cancelled, day.unmatched)
        assert cut.response.wall.answered.p50_ms == day.median


@QUICK
@given(histories(changing=True), POLLS)
def test_a_report_adds_up_and_is_the_replay_of_one_policy(events: list[Event], every: int) -> None:
    holds_of_a_history(events, PLAIN, every)


@QUICK
@given(histories(changing=False), POLLS)
def test_a_report_adds_up_and_is_the_replay_of_several(events: list[Event], every: int) -> None:
    holds_of_a_history(events, LADDER, every)


@QUICK
@given(histories(changing=False), POLLS)
def test_a_report_adds_up_and_is_the_replay_of_what_messages_are_taken_for(events: list[Event], every: int) -> None:
    holds_of_a_history(events, TAKEN, every)


@pytest.fixture
def desk(store: Store) -> Desk:
    desk = Desk(store, rules(policy()), up_since=-1)
    desk.poll(minute=-1)
    return desk


def asks(desk: Desk, id_: str, minute: float, answered: float | None = None, **more: Any) -> None:
    desk.poll(ask(id_, minute, thread=f"t{id_}", by=f"c{id_}", **more), minute=minute)
    desk.sweep()
    if answered is not None:
        desk.poll(reply(f"r{id_}", answered, to=id_, thread=f"t{id_}", **more), minute=answered)
        desk.sweep()


def of_desk(desk: Desk, **more: Any) -> Sheet:
    labels = more.pop("channel_labels", None)
    return made(desk.store, desk.rules, Asked(at(0), at(2 * DAY_LONG), desk.now, UTC, **more), labels)


class TestWhatPeopleDid:
    def test_dismissed_waits_are_in_the_balance_and_in_no_share(self, desk: Desk) -> None:
        asks(desk, "1", 0, 20)
        asks(desk, "2", 30)
        asks(desk, "3", 40)
        Doers(desk).act(Verb.DISMISS, 2, reason="spam")
        desk.poll(gone=(Gone("3", at(45)),), minute=45)
        desk.sweep()
        sheet = of_desk(desk)
        adds_up(sheet, by_hand=1)
        total = sheet.total
        assert {name: n for name, n in total.balance.items() if n} == {"answered": 1, "dismissed": 1, "cancelled": 1}
        assert (total.response.count, total.response.in_time, total.response_rate) == (2, 1.0, 1.0)
        with desk.store.read() as tx:
            is_the_digest(sheet, daily.figures(tx, at(0), at(2 * DAY_LONG), desk.now))

    def test_nothing_counted_is_no_share_at_all(self, desk: Desk) -> None:
        total = of_desk(desk).total
        assert (total.received, total.response.in_time, total.response_rate) == (0, None, None)
        assert (total.rounds.per_conversation, total.hand_over.share, total.oldest_open_at) == (None, None, None)
        assert total.response.wall.answered.p50_ms is None

    def test_hand_overs_show_the_time_to_the_private_answer_of_the_same_customer(self, desk: Desk) -> None:
        desk.poll(ask("1", 0), minute=0)
        desk.poll(ask("5", 1, by="bob", thread="u"), minute=1)
        handing = frozenset({Mark.HAND_OVER.value})
        desk.poll(reply("2", 5, to="1", marks=handing), reply("6", 6, to="5", thread="u", marks=handing), minute=6)
        for minute in (3, 30, 90):
            desk.poll(ask(f"d{minute}", minute, thread="p", kind=Kind.DIRECT_MESSAGE), minute=max(6, minute))
            answer = reply(f"e{minute}", minute + 1, to=f"d{minute}", thread="p", kind=Kind.DIRECT_MESSAGE)
            desk.poll(answer, minute=max(6, minute + 1))
            desk.sweep()
        hand = of_desk(desk).total.hand_over
        assert (hand.waits, hand.answered_in_private, hand.p50_ms) == (2, 1, 31 * MINUTE)
        assert hand.share == 2 / 5

    def test_rounds_suspicions_and_corrections_are_counted(self, desk: Desk) -> None:
        for minute in (0, 60):
            desk.poll(ask(f"q{minute}", minute), minute=minute)
            desk.poll(reply(f"a{minute}", minute + 5, to=f"q{minute}", by="acmehelp"), minute=minute + 5)
            desk.sweep()
        asks(desk, "3", 70)
        with desk.store.write() as tx:
            tx.execute(update(wait).where(wait.c.id == 1).values(suspected=True))
        total = of_desk(desk).total
        assert (total.rounds.conversations, total.rounds.waits, total.rounds.per_conversation) == (2, 3, 1.5)
        assert (total.suspected, total.oldest_open_at) == (1, at(70))


class TestTheWorst:
    def test_is_shown_with_its_words_and_its_link_the_longest_past_due_first(self, desk: Desk) -> None:
        asks(desk, "1", 0, 100, text="a  b" * 100, permalink="https://x.example/1")
        asks(desk, "2", 101)
        desk.sweep(400)
        second, first = of_desk(desk).worst
        assert (second.wait, second.status, second.answered_at, second.late_ms) == (2, "unverified", None, 239 * MINUTE)
        assert (first.customer, first.permalink, first.late_ms) == ("@c1", "https://x.example/1", 40 * MINUTE)
        assert first.text.startswith("a ba b")
        assert (len(first.text), first.text[-1]) == (140, "…")

    @pytest.mark.parametrize(
        ("shown", "kind", "words"),
        [("full", Kind.MENTION, "my secret"), ("full", Kind.DIRECT_MESSAGE, ""), ("none", Kind.MENTION, "")],
    )
    def test_shows_no_more_of_what_was_said_than_alerts_do(
        self, store: Store, shown: str, kind: Kind, words: str
    ) -> None:
        desk = Desk(store, rules(policy(), show_text=shown), up_since=-1)
        desk.poll(minute=-1)
        asks(desk, "1", 0, 100, text="my secret", kind=kind)
        (worst,) = of_desk(desk).worst
        assert worst.text == words


class TestTheCuts:
    def test_labels_sum_up_channels_and_choose_them(self, store: Store) -> None:
        desks = [Desk(store, rules(policy()), name=name, up_since=-1) for name in ("a", "b", "c")]
        for n, desk in enumerate(desks):
            desk.poll(minute=-1)
            asks(desk, f"{n}", n, 20 + n)
        labels = {"a": {"market": "de"}, "b": {"market": "de", "desk": "night"}}
        sheet = of_desk(desks[2], channel_labels=labels)
        adds_up(sheet)
        found = {(cut.by, cut.name): cut.received for cut in sheet.labels}
        assert found == {
            ("market", "(none)"): 1,
            ("market", "de"): 2,
            ("desk", "(none)"): 2,
            ("desk", "night"): 1,
        }
        only = of_desk(desks[2], channel_labels=labels, labels={"market": "de", "desk": "night"}, by=("market",))
        assert ([cut.name for cut in only.channels], [cut.name for cut in only.labels]) == (["b"], ["de"])
        assert only.head.only == ["market de", "desk night"]

    def test_policies_and_channels_choose_what_is_counted(self, store: Store) -> None:
        quick, slow = policy("quick", 10 * MINUTE), policy("slow", HOUR)
        desk = Desk(store, rules(quick, slow), up_since=-1)
        desk.poll(minute=-1)
        asks(desk, "1", 0, 20)
        sheet = of_desk(desk, policies=("quick",))
        adds_up(sheet)
        assert ([cut.policy for cut in sheet.policies], sheet.total.response.missed) == (["quick"], 1)
        assert of_desk(desk, policies=("slow",)).total.received == 0

    def test_an_objective_allows_so_many_late(self, store: Store) -> None:
        kept = Objective(900_000, 28 * DAY)
        desk = Desk(store, rules(policy("everyone", 10 * MINUTE, objective=kept)), up_since=-1)
        desk.poll(minute=-1)
        for n in range(10):
            asks(desk, f"{n}", n * 100, n * 100 + (20 if n < 2 else 5))
        (of,) = (cut for cut in of_desk(desk).policies if cut.policy)
        (one,) = of.objectives
        assert (one.target, one.objective, one.in_time) == ("first_response", 0.9, 0.8)
        assert (one.due, one.late_allowed, one.late_used) == (10, 1, 2)

    def test_answers_are_told_apart_by_account_and_signature(self, desk: Desk) -> None:
        for n, (by, text) in enumerate([("acme", "hi ^AB"), ("acme", "hi ^ab"), ("acme", "hi"), ("acmehelp", "-Anna")]):
            desk.poll(ask(f"q{n}", n * 10, thread=f"t{n}", by=f"c{n}"), minute=n * 10)
            late = reply(f"a{n}", n * 10 + 5, to=f"q{n}", thread=f"t{n}", by=by, text=text)
            desk.poll(late, minute=n * 10 + 5)
            desk.sweep()
        found = [(one.account, one.signature, one.answers, one.in_time) for one in of_desk(desk).answerers]
        assert found == [("acme", "AB", 2, 1.0), ("acme", "", 1, 1.0), ("acmehelp", "Anna", 1, 1.0)]


OFFICE = {
    "calendars.yaml": b"calendars: {office: {timezone: Asia/Tokyo, open: {mon-fri: '9:00-17:00'}}}",
    "default.yaml": b"policies: [{name: everyone, first_response: 2h, calendar: office}]",
}


def test_hours_are_those_of_the_calendar_and_what_happened_while_closed_is_apart(store: Store) -> None:
    in_force = load_files(OFFICE)
    desk = Desk(store, in_force, up_since=-DAY_LONG)
    desk.poll(minute=-DAY_LONG)
    calendar = in_force.of("acme-x").policies[0].calendar
    opens = calendar.next_open(at(0))
    assert calendar is not ALWAYS
    minute = (opens - at(0)) / MINUTE
    asks(desk, "1", minute - 300, minute - 240)
    asks(desk, "2", minute - 60, minute + 30)
    asks(desk, "3", minute + 60, minute + 90)
    sheet = made(store, in_force, Asked(at(minute - 400), at(minute + 200), desk.now, UTC))
    total = sheet.total
    adds_up(sheet)
    assert (total.out_of_hours.arrivals, total.in_hours.arrivals) == (2, 1)
    assert (total.out_of_hours.answers, total.in_hours.answers) == (1, 2)
    assert (total.response.out_of_hours, total.response.business.answered.answered) == (1, 2)
    assert total.response.wall.answered.p50_ms == HOUR
    assert total.response.business.answered.p50_ms == 30 * MINUTE
    assert total.week is not None
    (day,) = {n for n, hours in enumerate(total.week.arrivals) if hours[10]}
    assert total.week.arrivals[day][8:11] == [1, 0, 1]


def test_both_targets_are_apart_and_together(desk: Desk) -> None:
    for minute in (0, 60):
        desk.poll(ask(f"q{minute}", minute), minute=minute)
        desk.poll(reply(f"a{minute}", minute + 5, to=f"q{minute}"), minute=minute + 5)
        desk.sweep()
    total = of_desk(desk).total
    assert {name: figures.met for name, figures in total.targets.items()} == {
        Target.FIRST_RESPONSE: 1,
        Target.NEXT_RESPONSE: 1,
    }
    assert total.response.met == 2


def test_blind_time_is_that_of_the_notices_each_counted_once(desk: Desk) -> None:
    spans = [("acme-x", "#a", -60, 30), ("acme-x", "#b", -60, 40), ("acme-x", "#a", 100, 130), (None, "#a", 10, None)]
    with desk.store.write() as tx:
        for channel, place, first, stop in spans:
            said = Said(title="t", about={"platform": "x", "channels": {}}).dumps()
            key = f"{channel}{place}{first}"
            opening = Opening(
                key=key, kind="blind", destination=place, audience="", at=at(first), channel=channel, said=said
            )
            number = digests.open_(tx, opening)
            assert number is not None
            if stop is not None:
                digests.close(tx, number, at(stop))
    desk.move(500)
    found = {one.name: one.blind_ms for one in of_desk(desk).head.blind}
    assert found == {"acme-x": 70 * MINUTE, "several channels of x": 490 * MINUTE}
