"""`slamon replay` and the running daemon come to the same timers: the same fold, the same match, the same verdicts.

The daemon reads a file that grows along a virtual clock; replay reads the whole of it at the end. What may differ by
design is left out of the histories: waits that began before the first poll, blindness of more than a day, customers'
messages that surface late, and edits or deletions of customers' messages after their wait was settled (nothing
rewrites what is settled).
"""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from slamon.connectors._records import instant
from slamon.history.judge import judge
from slamon.history.recorded import place_of, read_history
from slamon.model import DAY, HOUR, MINUTE, Target
from slamon.sla.timer import target_of
from slamon.store.schema import channel, conversation, timer, wait
from stage import Records, iso
from x_client import NOON

if TYPE_CHECKING:
    from collections.abc import Iterable

    from slamon.model import Instant
    from slamon.sla.policy import RuleSet

REAL = Path(__file__).parents[2] / "shared" / "data" / "conversations.jsonl"

Line: TypeAlias = dict[str, Any]
Event: TypeAlias = tuple[int, Line]
"""How long after the beginning a record is written, and the record."""

BRANDS = ("acme", "other")
PLAIN = "policies: [{name: everyone, first_response: 1h, next_response: 30m}]"
LADDER = """\
policies:
  - {name: stars, when: {author.followers: ">= 1000"}, first_response: 20m}
  - {name: private, when: {kind: direct_message}, first_response: 1h, next_response: off}
  - {name: refunds, when: {text: refund}, first_response: 40m, calendar: office}
  - {name: acme, when: {channel: acme}, first_response: 8h, calendar: office}
"""
PAUSES = st.sampled_from([0, 1, 1_000, MINUTE, 20 * MINUTE, 30 * MINUTE, HOUR, HOUR + 1, 7 * HOUR, DAY, DAY + HOUR])
ROLES = st.sampled_from(["customer"] * 4 + ["brand"] * 4 + ["automation", "staff", "bystander"])
TAKEN = """\
automation: {pattern: "we got it"}
hand_over: "DM us"
holding: "looking into it"
no_reply: [thanks]
policies:
  - {name: stars, when: {author.followers: ">= 1000"}, first_response: 20m, answered_by: anyone, acknowledgement: 5m}
  - {name: rest, first_response: 1h, next_response: 30m, acknowledgement: 10m, follow_up: 2h, calendar: office}
"""
WORDS = st.sampled_from(["", "@Ann ", "@bob ", "my refund ", "thanks", "we got it", "DM us", "looking into it"])
POLLS = st.sampled_from([50 * MINUTE, 5 * HOUR, 11 * HOUR])


class Timer(NamedTuple):
    """What both must agree on."""

    channel: str
    thread: str
    customer: str
    number: int
    target: str
    started_at: Instant
    due_at: Instant
    answered_at: Instant | None
    verdict: str


def replayed(path: Path, rules: RuleSet, at: Instant) -> list[Timer]:
    timers = []
    for name, threads in read_history(path, at).channels.items():
        for thread, messages in threads.items():
            for one in judge(messages, place_of(name), rules.of(name), at).timers:
                whose = (name, thread, one.wait.customer, one.wait.number, one.target.value)
                instants = (one.started_at, one.due_at, one.answered_at)
                timers.append(Timer(*whose, *instants, WORDS_OF.get(one.status, "open")))
    return sorted(timers, key=repr)


STORED = (
    select(timer, wait.c.turn, wait.c.number, wait.c.state, conversation.c.thread, conversation.c.customer)
    .add_columns(channel.c.name)
    .join(wait, wait.c.id == timer.c.wait)
    .join(conversation, conversation.c.id == wait.c.conversation)
    .join(channel, channel.c.id == wait.c.channel)
    .where(wait.c.state != "merged", timer.c.policy != "")
)
WORDS_OF = {"met": "met", "missed": "missed", "cancelled": "cancelled", "breached": "late", "unverified": "late"}


def stored(records: Records) -> list[Timer]:
    with records.app.store.read() as tx:
        beside = {Target.ACKNOWLEDGEMENT, Target.FOLLOW_UP, Target.REPLY_WINDOW}
        rows = [row for row in tx.execute(STORED) if row.target in {*beside, target_of(row.turn).value}]
    return sorted(
        (
            Timer(
                *(row.name, row.thread, row.customer, row.number, row.target),
                *(row.started_at, row.due_at, row.answered_at, WORDS_OF.get(row.status, "open")),
            )
            for row in rows
            if row.status != "cancelled" or row.state == "cancelled"
        ),
        key=repr,
    )


def daemon_and_replay(
    events: Iterable[Event], rules: str, every: int, brands: Iterable[str] = BRANDS, begins: Instant = NOON
) -> tuple[list[Timer], list[Timer]]:
    with TemporaryDirectory() as folder, Records(Path(folder), *brands, rules=rules, begins=begins) as records:
        records.every = every
        for after, line in sorted(events, key=lambda event: event[0]):
            records.passes(begins + after - records.now)
            records.says(**line)
        records.settles()
        ours = stored(records)
        return ours, replayed(records.folder / "records.jsonl", records.app.rules, records.now)


@st.composite
def histories(draw: st.DrawFn, *, changing: bool) -> list[Event]:
    """Up to three threads on two channels; with `changing`, replies are noticed late, are edited, are deleted."""
    now, events, threads = 1, list[Event](), draw(st.lists(st.booleans(), min_size=1, max_size=3))
    ids: list[list[str]] = [[] for _ in threads]
    for number in range(draw(st.integers(1, 12))):
        now += draw(PAUSES)
        which = draw(st.integers(0, len(threads) - 1))
        line = draw(_line(which, number, ids[which], private=threads[which]))
        line["created_at"] = iso(NOON + now)
        ids[which].append(line["id"])
        delay = draw(PAUSES.filter(lambda pause: pause < 20 * HOUR)) if changing and line["role"] == "brand" else 0
        events.append((now + delay, line))
        if line["role"] == "customer":
            events += draw(_regrets(now, line))
        if changing and line["role"] == "brand":
            events += draw(_changes(now + delay, line))
    return events


@st.composite
def _line(draw: st.DrawFn, which: int, number: int, above: list[str], *, private: bool) -> Line:
    role = draw(ROLES)
    authors: dict[str, list[str | None]] = {
        "customer": ["ann", None] if private else ["ann", "bob", "cyd", None],
        "brand": ["acme", None],
    }
    line: Line = {
        "id": f"{which}-{number}",
        "brand": BRANDS[which % 2],
        "role": role,
        "author": draw(st.sampled_from(authors.get(role, ["helper"]))),
        "in_reply_to": draw(st.sampled_from([*above, *above, None, f"unseen-{which}"])),
        "text": draw(WORDS),
        "followers": draw(st.sampled_from([None, 10, 5_000])),
    }
    line |= {"kind": "direct_message"} if private else {}
    return line | ({"conversation": f"thread-{which}"} if private or which == 0 else {})


@st.composite
def _changes(draw: st.DrawFn, now: int, line: Line) -> list[Event]:
    changes: list[Event] = []
    if draw(st.integers(0, 3)) == 0:
        edited = line | {"text": draw(WORDS), "created_at": iso(NOON + now)}
        changes.append((now + draw(PAUSES), edited))
    if draw(st.integers(0, 3)) == 0:
        gone = (changes[-1][0] if changes else now) + draw(PAUSES)
        changes.append((gone, (changes[-1][1] if changes else line) | {"gone_at": iso(NOON + gone)}))
    return changes


@st.composite
def _regrets(draw: st.DrawFn, now: int, line: Line) -> list[Event]:
    """Customers take back what they wrote within a minute, long before anything is settled."""
    gone = now + draw(st.integers(1, MINUTE))
    return [(gone, line | {"gone_at": iso(NOON + gone)})] if draw(st.integers(0, 5)) == 0 else []


QUICK = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@QUICK
@given(histories(changing=True), POLLS)
def test_replies_that_come_late_change_and_go_lead_to_the_same_timers(events: list[Event], every: int) -> None:
    ours, theirs = daemon_and_replay(events, PLAIN, every)
    assert ours == theirs


@QUICK
@given(histories(changing=False), POLLS)
def test_several_policies_and_office_hours_lead_to_the_same_timers(events: list[Event], every: int) -> None:
    ours, theirs = daemon_and_replay(events, LADDER, every)
    assert ours == theirs


@QUICK
@given(histories(changing=False), POLLS)
def test_what_messages_are_taken_for_leads_to_the_same_timers(events: list[Event], every: int) -> None:
    ours, theirs = daemon_and_replay(events, TAKEN, every)
    assert ours == theirs


def said(ident: str, role: str, minute: float, **more: Any) -> Line:
    author = {"customer": "ann", "brand": "acme"}[role]
    line: Line = {"id": ident, "brand": "acme", "role": role, "author": author, "conversation": "c", "text": ""}
    return line | {"created_at": iso(NOON + round(minute * MINUTE))} | more


ANN, BOB = said("a", "customer", 1), said("b", "customer", 2, author="bob")
TO_ANN = said("r", "brand", 9, in_reply_to="a")


@pytest.mark.parametrize(
    ("edit", "ann_from", "bob_until"),
    [
        ((5, ANN | {"created_at": iso(NOON + MINUTE // 2)}), 0.5, None),
        ((20, TO_ANN | {"text": "and you, @bob"}), 1, 9),
        ((20, TO_ANN | {"mentions": ["@bob"]}), 1, 9),
    ],
    ids=["is stamped earlier", "names somebody", "lists somebody"],
)
def test_an_edit_counts_for_the_daemon_as_it_does_for_replay(
    edit: tuple[int, Line], ann_from: float, bob_until: float | None
) -> None:
    written = [(1, ANN), (2, BOB), (9, TO_ANN), edit]
    ours, theirs = daemon_and_replay([(minute * MINUTE, line) for minute, line in written], PLAIN, 2 * MINUTE)
    assert ours == theirs
    ann, bob = ours
    assert (ann.started_at, ann.answered_at) == (NOON + ann_from * MINUTE, NOON + 9 * MINUTE)
    assert bob.answered_at == (None if bob_until is None else NOON + bob_until * MINUTE)


@pytest.mark.skipif(not REAL.exists(), reason="the real conversations are not part of the project")
def test_real_conversations_lead_to_the_same_timers() -> None:
    """Those of the last weeks: with all, two years would have to pass, twenty hours at a time."""
    begins = instant("2020-03-16T00:00:00Z")
    lines = [json.loads(line) for line in REAL.read_text(encoding="utf-8").splitlines()]
    old = {line["conversation"] for line in lines if instant(line["created_at"]) <= begins}
    events = [(instant(line["created_at"]) - begins, line) for line in lines if line["conversation"] not in old]
    brands = sorted({line["brand"] for _, line in events})
    ours, theirs = daemon_and_replay(events, PLAIN, 20 * HOUR, brands, begins)
    assert len(ours) > 200
    assert ours == theirs
