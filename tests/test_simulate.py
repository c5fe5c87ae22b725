"""`slamon simulate`: what candidate rules change, that rules against themselves change nothing, and how it is told."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from said import DAY_LONG, SETTINGS, aside, ask, at, reply
from shelves import Shelf, clear, everything
from slamon.cli.simulate import command
from slamon.errors import FaultsError, UsageError
from slamon.history.comparison import Effect, Said
from slamon.history.judge import Place
from slamon.history.recorded import read_history
from slamon.model import Mark, Target
from slamon.replay import replay
from slamon.rules import load_rules
from slamon.rules.files import load_files
from slamon.simulate import recorded, simulate, stored
from slamon.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from slamon.model import Message
    from slamon.simulate import Simulated
    from slamon.sla.policy import RuleSet

REAL = Path(__file__).parents[2] / "shared" / "data" / "conversations.jsonl"
ACME = Place("acme-x", "x", SETTINGS.ours)
IDENTITY = '{"account": "acme", "handle": "acme", "team": ["acmehelp"]}'

HOUR = "policies: [{name: everyone, first_response: 1h}]"
LADDER = """\
no_reply: [thanks, emoji]
automation: {author: [acmebot]}
hand_over: ["(?i)dm us"]
policies:
  - {name: refunds, when: {text: refund}, first_response: 20m, acknowledgement: 5m}
  - {name: stars, when: {author.followers: ">= 1000"}, first_response: 40m, next_response: off}
  - {name: night, when: {channel: acme-x}, first_response: 2h, calendar: office, answered_by: {first_response: anyone}}
"""
OFFICE = "calendars: {office: {timezone: Europe/Berlin, open: {mon-fri: '9:00-17:00'}}}"


def rules(text: str) -> RuleSet:
    return load_files({"default.yaml": text.encode(), "calendars.yaml": OFFICE.encode()})


def judged(messages: Sequence[Message], before: str, after: str, minute: float = DAY_LONG, limit: int = 9) -> Simulated:
    said = Said(ACME, "t", messages)
    return simulate([said], rules(before), rules(after), at(minute), limit)


def only(result: Simulated) -> tuple[str, str]:
    """The one change: its effect and its text."""
    (change,) = result.changes
    assert result.effects == {change.effect: 1}
    return change.effect.value, change.text


class TestEffects:
    def test_a_shorter_promise_makes_late_what_was_in_time(self) -> None:
        result = judged([ask("a", 0), reply("b", 50, to="a")], HOUR, HOUR.replace("1h", "30m"))
        assert only(result) == ("becomes_late", "a?")
        assert result.changes[0].before
        assert result.changes[0].after
        assert [stand.timers[0].due_at for stand in (result.changes[0].before, result.changes[0].after)] == [
            at(60),
            at(30),
        ]
        pair = result.channels["acme-x"]
        assert [side.targets[Target.FIRST_RESPONSE].in_time for side in (pair.before, pair.after)] == [1.0, 0.0]

    def test_a_longer_one_makes_in_time_what_was_late(self) -> None:
        assert only(judged([ask("a", 0), reply("b", 90, to="a")], HOUR, HOUR.replace("1h", "2h")))[0] == (
            "becomes_in_time"
        )

    def test_an_open_wait_past_due_is_late_as_well(self) -> None:
        result = judged([ask("a", 0)], HOUR, HOUR.replace("1h", "30m"), minute=45)
        assert only(result)[0] == "becomes_late"
        assert result.channels["acme-x"].after.targets[Target.FIRST_RESPONSE].past_due == 1

    def test_thanks_that_need_no_reply_any_more_are_no_wait(self) -> None:
        said = [ask("a", 0), reply("b", 5, to="a"), ask("c", 6, text="thank you!")]
        result = judged(said, HOUR, f"no_reply: [thanks]\n{HOUR}")
        assert only(result) == ("no_wait", "thank you!")
        assert result.changes[0].reason == "thanks"
        assert [side.no_reply for side in (result.total.before, result.total.after)] == [0, 1]
        assert only(judged(said, f"no_reply: [thanks]\n{HOUR}", HOUR))[0] == "new_wait"

    def test_whom_no_policy_covers_any_more_is_held_to_nothing(self) -> None:
        refunds = "policies: [{name: refunds, when: {text: refund}, first_response: 1h}]"
        result = judged([ask("a", 0)], HOUR, refunds)
        assert only(result)[0] == "unwatched"
        assert [side.unmatched for side in (result.total.before, result.total.after)] == [0, 1]
        assert only(judged([ask("a", 0)], refunds, HOUR))[0] == "watched"

    def test_a_target_that_is_switched_off_leaves_the_wait_held_to_nothing_but_matched(self) -> None:
        off = "policies: [{name: everyone, first_response: off, next_response: 1h}]"
        result = judged([ask("a", 0)], HOUR, off)
        assert only(result)[0] == "unwatched"
        assert result.total.after.unmatched == 0

    def test_a_further_target_is_told_as_that(self) -> None:
        more = HOUR.replace("1h", "1h, acknowledgement: 30m")
        assert only(judged([ask("a", 0), reply("b", 5, to="a")], HOUR, more))[0] == "targets"

    def test_a_listed_bot_answers_no_more(self) -> None:
        said = [ask("a", 0), reply("b", 5, to="a", by="acmebot"), reply("c", 7, to="a")]
        assert only(judged(said, HOUR, f"automation: {{author: [acmebot]}}\n{HOUR}"))[0] == "status"

    def test_another_due_instant_and_another_name_are_told_last(self) -> None:
        said = [ask("a", 0), reply("b", 5, to="a")]
        assert only(judged(said, HOUR, HOUR.replace("1h", "2h")))[0] == "due"
        assert only(judged(said, HOUR, HOUR.replace("everyone", "all")))[0] == "policy"

    def test_the_weightiest_come_first_and_the_limit_holds(self) -> None:
        said = [
            Said(ACME, name, [ask(name, start, thread=name), reply(f"r{name}", start + after, to=name, thread=name)])
            for name, start, after in (("early", 0, 10), ("slow", 5, 50), ("late", 3, 90), ("newer", 9, 50))
        ]
        result = simulate(said, rules(HOUR), rules(HOUR.replace("1h", "40m")), at(DAY_LONG), 3)
        assert [change.thread for change in result.changes] == ["newer", "slow", "late"]
        assert (result.waits, result.changed) == (4, 4)

    def test_of_very_many_the_weightiest_is_kept_wherever_it_stands(self) -> None:
        said = [
            Said(ACME, f"t{n}", [ask(f"a{n}", n), reply(f"b{n}", n + (50 if n == 17 else 10), to=f"a{n}")])
            for n in range(40)
        ]
        result = simulate(said, rules(HOUR), rules(HOUR.replace("1h", "40m")), at(DAY_LONG), 1)
        assert [change.thread for change in result.changes] == ["t17"]
        assert result.changed == 40

    def test_waits_that_become_one_are_matched_by_their_messages(self) -> None:
        said = [ask("a", 0), reply("b", 5, to="a", by="acmebot"), ask("c", 10), reply("d", 12, to="c")]
        result = judged(said, HOUR, f"automation: {{author: [acmebot]}}\n{HOUR}")
        assert {change.effect: change.text for change in result.changes} == {Effect.STATUS: "a?", Effect.NO_WAIT: "c?"}
        assert [change.reason for change in result.changes] == ["", ""]
        assert result.waits == 2


def _message(draw: st.DrawFn, n: int, minute: float, thread: str) -> Message:
    above = draw(st.sampled_from([None, *(f"{thread}{i}" for i in range(n))]))
    if draw(st.booleans()):
        text = draw(st.sampled_from(["where is it?", "a refund!", "thanks", "\U0001f64f"]))
        by = draw(st.sampled_from(["anna", "bob"]))
        made: Callable[..., Message] = draw(st.sampled_from([ask, aside]))
        gone = draw(st.sampled_from([None, None, None, at(minute + 15)]))
        return made(f"{thread}{n}", minute, thread=thread, by=by, text=text, in_reply_to=above, gone_at=gone)
    text = draw(st.sampled_from(["done", "please dm us", "we look into it"]))
    by = draw(st.sampled_from(["acme", "acmehelp", "acmebot"]))
    return reply(f"{thread}{n}", minute, thread=thread, to=above, text=text, by=by)


@st.composite
def threads(draw: st.DrawFn) -> list[Message]:
    said: list[Message] = []
    for thread in "pqr"[: draw(st.integers(1, 3))]:
        minute = 0.0
        for n in range(draw(st.integers(1, 6))):
            minute += draw(st.sampled_from([0, 1, 19, 25, 45, 130, DAY_LONG]))
            said.append(_message(draw, n, minute, thread))
    return said


class TestStored:
    @pytest.fixture
    def shelf(self, store: Store) -> Shelf:
        shelf = Shelf(store)
        store.pin(shelf.channel, IDENTITY)
        return shelf

    def run(self, shelf: Shelf, before: str, after: str, minute: float = DAY_LONG) -> Simulated:
        said = stored(shelf.store, {"acme-x"}, at(minute))
        return simulate(said, rules(before), rules(after), at(minute), 9)

    def test_a_changed_wait_has_its_number(self, shelf: Shelf) -> None:
        shelf.save(ask("a", 0, thread="a"), ask("b", 0, thread="b"), reply("c", 50, to="b", thread="b"))
        result = self.run(shelf, HOUR, HOUR.replace("1h", "30m"))
        numbers = {row.thread: row.id for row in shelf.waits()}
        late = [change for change in result.changes if change.effect is Effect.BECOMES_LATE]
        assert [change.number for change in late] == [numbers["b"]]
        assert (result.messages, result.threads, result.waits) == (3, 2, 2)

    def test_what_was_marked_when_it_was_read_is_marked_anew(self, shelf: Shelf) -> None:
        shelf.save(ask("a", 0), reply("b", 5, to="a"), ask("c", 6, text="thanks", marks=frozenset({"thanks"})))
        assert only(self.run(shelf, f"no_reply: [thanks]\n{HOUR}", HOUR)) == ("new_wait", "thanks")
        assert self.run(shelf, HOUR, HOUR).waits == 2

    def test_what_a_person_took_back_stays(self, shelf: Shelf) -> None:
        shelf.save(ask("a", 0), reply("b", 5, to="a"), ask("c", 6, text="thanks", marks=frozenset({Mark.KEPT})))
        assert self.run(shelf, HOUR, f"no_reply: [thanks]\n{HOUR}").changed == 0

    def test_later_messages_and_deletions_are_not_known_yet(self, shelf: Shelf) -> None:
        shelf.save(ask("a", 0, gone_at=at(40)), ask("b", 10, thread="b"), reply("c", 20, to="b", thread="b"))
        then = self.run(shelf, HOUR, HOUR, minute=15).total.before.targets[Target.FIRST_RESPONSE]
        now = self.run(shelf, HOUR, HOUR).total.before.targets[Target.FIRST_RESPONSE]
        assert (then.open, then.cancelled, then.met) == (2, 0, 0)
        assert (now.open, now.cancelled, now.met) == (0, 1, 1)

    def test_replies_to_an_edited_post_find_it_by_its_other_id(self, shelf: Shelf) -> None:
        shelf.save(ask("a", 0, aliases=("a2",)), ask("x", 1, by="bob"), reply("b", 5, to="a2"))
        assert self.run(shelf, HOUR, HOUR).total.before.targets[Target.FIRST_RESPONSE].met == 1

    def test_our_team_is_known_by_the_ids_that_were_pinned(self, shelf: Shelf) -> None:
        shelf.save(aside("a", 0, by="anna", mentions=("acmehelp",)))
        assert self.run(shelf, HOUR, HOUR).waits == 1

    def test_channels_that_left_the_configuration_are_left_out(self, shelf: Shelf) -> None:
        shelf.save(ask("a", 0))
        assert list(stored(shelf.store, {"another"}, at(9))) == []

    def test_more_threads_than_are_read_at_once_are_all_read(self, shelf: Shelf) -> None:
        shelf.save(*(ask(f"a{n}", n, thread=f"t{n}") for n in range(1_003)))
        seen: list[tuple[int, int]] = []
        said = [one.thread for one in stored(shelf.store, {"acme-x"}, at(9_999), lambda *how: seen.append(how))]
        assert sorted(said) == sorted({f"t{n}" for n in range(1_003)})
        assert seen[-1] == (1_003, 1_003)

    def test_nothing_is_written(self, shelf: Shelf) -> None:
        shelf.save(ask("a", 0), reply("b", 50, to="a"))
        before = everything(shelf.store)
        assert self.run(shelf, HOUR, LADDER).changed == 1
        assert everything(shelf.store) == before


@pytest.fixture(scope="module")
def scratch() -> Iterator[Store]:
    with TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{folder}/slamon.db")
        yield store
        store.close()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(threads(), st.sampled_from([HOUR, LADDER, f"bystanders: watch\n{LADDER}"]), st.sampled_from([30, 200, 9_000]))
def test_the_same_rules_read_twice_change_nothing(
    scratch: Store, said: list[Message], text: str, minute: float
) -> None:
    clear(scratch)
    shelf = Shelf(scratch)
    scratch.pin(shelf.channel, IDENTITY)
    shelf.save(*said, now=minute)
    result = simulate(stored(scratch, {"acme-x"}, at(minute)), rules(text), rules(text), at(minute), 9)
    assert (result.changed, result.changes) == (0, [])
    assert result.total.before == result.total.after


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(threads())
def test_what_one_way_makes_late_the_other_makes_in_time(said: list[Message]) -> None:
    """There and back, each wait is the same one: what is new on one way is none any more on the other."""
    there, back = judged(said, HOUR, LADDER, limit=99), judged(said, LADDER, HOUR, limit=99)
    assert (there.waits, there.changed) == (back.waits, back.changed)
    mirrored = {
        Effect.BECOMES_LATE: Effect.BECOMES_IN_TIME,
        Effect.NO_WAIT: Effect.NEW_WAIT,
        Effect.UNWATCHED: Effect.WATCHED,
    }
    both = mirrored | {other: one for one, other in mirrored.items()}
    assert {both.get(effect, effect): n for effect, n in back.effects.items()} == there.effects


@pytest.mark.skipif(not REAL.exists(), reason="the real conversations are not part of the project")
class TestReal:
    def test_the_same_rules_change_nothing_and_count_what_replay_counts(self, tmp_path: Path) -> None:
        history = read_history(REAL)
        result = simulate(recorded(history), rules(HOUR), rules(HOUR), history.judged_at or 0, 9)
        assert (result.waits, result.changed) == (583, 0)
        (tmp_path / "default.yaml").write_text(HOUR)
        figures = replay(REAL, load_rules(tmp_path)).total
        for target, counts, _ in result.total.targets():
            theirs = figures[target]
            assert (counts.met, counts.missed, counts.open) == (theirs.met, theirs.missed, theirs.open)
            assert counts.in_time == theirs.answered_within_target

    def test_every_change_is_one_of_figures_or_waits(self) -> None:
        history = read_history(REAL)
        result = simulate(recorded(history), rules(HOUR), rules(LADDER), history.judged_at or 0, 10_000)
        assert len(result.changes) == result.changed > 100
        gone, new = (result.effects.get(effect, 0) for effect in (Effect.NO_WAIT, Effect.NEW_WAIT))
        assert result.total.before.waits - gone + new == result.total.after.waits


class TestTheCommand:
    @pytest.fixture
    def folder(self, tmp_path: Path, sqlite_url: str) -> Path:
        store = Store(sqlite_url)
        shelf = Shelf(store)
        store.pin(shelf.channel, IDENTITY)
        hostile = "my parcel\x1b[31m\n" + "please " * 20
        shelf.save(ask("a", 0, text=hostile), reply("b", 50, to="a"), ask("c", 60, text="thanks"))
        store.close()
        for name, text in {
            "rules": HOUR,
            "new": HOUR.replace("1h", "30m"),
            "bad": "policies: [{name: x, what: 1}]",
        }.items():
            (tmp_path / name).mkdir()
            (tmp_path / name / "default.yaml").write_text(text)
        channel = "{name: acme-x, connector: x, account: acme, credentials: {bearer_token: {env: NO_SUCH_TOKEN}}}"
        (tmp_path / "config.yaml").write_text(f"database: {sqlite_url}\nrules: rules/\nchannels: [{channel}]\n")
        (tmp_path / "history.jsonl").write_text(
            "\n".join(
                json.dumps(
                    {
                        "id": ident,
                        "conversation": "c",
                        "role": role,
                        "author": author,
                        "brand": "acme",
                        "created_at": f"2026-11-20T{clock}Z",
                        "text": "",
                    }
                )
                for ident, role, author, clock in (
                    ("1", "customer", "ann", "08:00:00"),
                    ("2", "brand", "acme", "08:50:00"),
                )
            )
        )
        return tmp_path

    def run(self, folder: Path, *words: str, store: bool = True) -> Any:
        config = ["--config", str(folder / "config.yaml")] if store else []
        given = [str(folder / word) if (folder / word).exists() else word for word in words]
        return CliRunner().invoke(command, [*given, *config], catch_exceptions=False)

    def test_shows_shares_before_and_after_and_the_waits_that_change(self, folder: Path) -> None:
        done = self.run(folder, "--rules", "new")
        assert done.exit_code == 0
        row = next(line.split() for line in done.stdout.splitlines() if line.startswith("acme-x   first"))
        assert " ".join(row[2:]) == "1 1 → 0 0 → 1 0 0 0 100.0% → 0.0%"
        assert "\nlate instead of in time: wait 1, acme-x, thread t, @anna (anna), from 2026-11-23" in done.stdout
        assert done.stdout.splitlines()[-1].startswith("2 waits, ")

    def test_strangers_words_are_cut_and_escaped(self, folder: Path) -> None:
        done = self.run(folder, "--rules", "new")
        assert "\x1b" not in done.stdout
        (line,) = [line for line in done.stdout.splitlines() if "parcel" in line]
        assert line.startswith("    my parcel\\x1b[31m please please")
        assert line.endswith("…")

    def test_prints_the_same_for_programs(self, folder: Path) -> None:
        found = json.loads(self.run(folder, "--rules", "new", "--json").stdout)
        assert (found["waits"], found["changed"], found["effects"]["becomes_late"]) == (2, 2, 1)
        assert found["changes"][0]["wait"] == 1
        assert found["changes"][0]["text"].startswith("my parcel\x1b")
        shares = [
            found["channels"]["acme-x"][side]["targets"]["first_response"]["share_in_time"]
            for side in ("before", "after")
        ]
        assert shares == [1.0, 0.0]

    def test_the_limit_says_how_many_more_there_are(self, folder: Path) -> None:
        done = self.run(folder, "--rules", "new", "--limit", "1")
        assert "\nand 1 more: see them with --limit\n" in done.stdout

    def test_nothing_that_changes_is_good_news_too(self, folder: Path) -> None:
        done = self.run(folder, "--rules", "rules")
        assert (done.exit_code, done.stdout.splitlines()[-1]) == (0, "2 waits, 0 judged otherwise")

    def test_compares_with_other_rules_than_todays_if_told_to(self, folder: Path) -> None:
        done = self.run(folder, "--rules", "rules", "--against", "new")
        assert "in time instead of late: wait 1" in done.stdout

    def test_a_recorded_history_needs_no_configuration(self, folder: Path) -> None:
        done = self.run(folder, "history.jsonl", "--rules", "new", store=False)
        assert done.stdout.splitlines()[-1] == "1 waits, 1 judged otherwise: 1 late instead of in time"
        done = self.run(folder, "history.jsonl", "--rules", "new", "--against", "new", store=False)
        assert done.stdout.splitlines()[-1] == "1 waits, 0 judged otherwise"

    def test_a_recorded_history_is_compared_with_the_rules_of_a_configuration_that_is_named(self, folder: Path) -> None:
        (folder / "rules" / "default.yaml").write_text(HOUR.replace("1h", "10m"))
        done = self.run(folder, "history.jsonl", "--rules", "new")
        assert done.stdout.splitlines()[-1] == "1 waits, 1 judged otherwise: 1 another due instant"

    def test_judges_at_the_instant_it_is_told(self, folder: Path) -> None:
        done = self.run(
            folder, "history.jsonl", "--rules", "new", "--at", "2026-11-20T08:20:00Z", "--json", store=False
        )
        assert json.loads(done.stdout)["total"]["after"]["targets"]["first_response"]["open"] == 1

    @pytest.mark.parametrize("words", [["--rules", "bad"], ["history.jsonl", "--rules", "bad"]])
    def test_faults_of_the_candidates_are_told_with_their_places(self, folder: Path, words: list[str]) -> None:
        with pytest.raises(FaultsError, match=r"bad/default\.yaml:1:22: unknown key `what`"):
            self.run(folder, *words)

    def test_a_candidate_for_a_channel_that_nobody_has_is_a_fault(self, folder: Path) -> None:
        (folder / "new" / "acme-y.yaml").write_text(HOUR)
        with pytest.raises(FaultsError, match="there is no channel `acme-y`"):
            self.run(folder, "--rules", "new")

    @pytest.mark.parametrize(
        ("words", "message"),
        [
            (["--rules", "nowhere"], "no folder"),
            (["none.jsonl", "--rules", "new"], "none.jsonl cannot be read"),
            (["--rules", "new", "--at", "noon"], "--at noon is no ISO 8601 time"),
        ],
    )
    def test_that_cannot_work_says_why(self, folder: Path, words: list[str], message: str) -> None:
        with pytest.raises(UsageError, match=message):
            self.run(folder, *words)
