"""Messages that need no reply: listed with their reasons, and taken back by the daemon or beside it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from desk import rules
from said import SETTINGS, ask, at, reply
from shelves import Shelf, clear
from slamon.cli.no_reply import command
from slamon.control import ask as asked_over
from slamon.errors import StoreError, UsageError
from slamon.model import HOUR, MINUTE, SECOND, Mark
from slamon.noreply import MOST, Asked, undo
from slamon.store import history
from slamon.store.noreply import called, dropped
from slamon.store.store import Store
from stage import Desk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.model import Message

RULES = "no_reply: [thanks, emoji]\npolicies: [{name: everyone, first_response: 1h}]"
IDENTITY = '{"account": "acme", "handle": "acme", "team": ["acmehelp"]}'
THANKS = frozenset({"thanks"})
NOW = at(60)


def run(folder: Path, *words: str) -> Any:
    given = [*words, "--config", str(folder / "config.yaml")]
    return CliRunner().invoke(command, given, catch_exceptions=False)


def told(done: Any) -> list[str]:
    """What stands in the error output, but for the log of the daemon, which runs in this process too."""
    return [line for line in done.stderr.splitlines() if not line.startswith("{")]


class TestWhileTheDaemonRuns:
    @pytest.fixture
    def desk(self) -> Iterator[Desk]:
        """In a folder with a short path: a socket's may have about a hundred characters."""
        with TemporaryDirectory() as name, Desk(Path(name), rules=RULES) as opened:
            opened.app.control.start()
            yield opened

    def thanked(self, desk: Desk) -> str:
        """Asked, answered, thanked: the id of the thanks."""
        post = desk.asks()
        desk.settles()
        answer = desk.answers(post)
        desk.settles()
        thanks = desk.asks("thank you!", reply_to=answer)
        desk.settles()
        return thanks

    def test_thanks_are_listed_and_waited_for_by_nobody(self, desk: Desk) -> None:
        thanks = self.thanked(desk)
        assert [wait.status.value for wait in desk.waits("ann")] == ["met"]
        done = run(desk.folder)
        assert done.exit_code == 0
        assert done.stdout == f"2026-11-22T12:00:02.000+00:00  acme-x  {thanks}  thanks  @ann  @acme thank you!\n"
        desk.passes(2 * MINUTE)  # for which what is new stands at 0
        assert desk.metric("slamon_no_reply_messages_total", channel="acme-x", reason="thanks") == 1
        assert desk.metric("slamon_no_reply_messages_total", channel="acme-x", reason="emoji") == 0

    def test_taken_back_they_wait_from_when_they_were_written(self, desk: Desk) -> None:
        thanks = self.thanked(desk)
        began = desk.now
        desk.passes(30 * MINUTE)
        done = run(desk.folder, "--undo", thanks)
        assert (done.exit_code, done.stdout) == (0, f"{thanks} waits for a reply: wait 2\n")
        desk.passes(MINUTE)
        wait = desk.waits("ann")[-1]
        assert (wait.id, wait.started_at, wait.target.value, wait.status.value) == (
            2,
            began,
            "next_response",
            "on_track",
        )
        assert wait.due_at == began + HOUR
        desk.passes(HOUR)
        assert [posted.text for posted in desk.roots if "ann" in posted.text]
        assert run(desk.folder).stdout == "No message was dropped.\n"
        assert desk.metric("slamon_no_reply_messages_total", channel="acme-x", reason="thanks") == 1

    def test_one_that_is_taken_back_after_its_promise_broke_is_told_at_once(self, desk: Desk) -> None:
        thanks = self.thanked(desk)
        desk.passes(3 * HOUR)
        told = len(desk.roots)
        run(desk.folder, "--undo", thanks)
        desk.settles()
        assert desk.waits("ann")[-1].status.value == "breached"
        assert len(desk.roots) == told + 1

    def test_the_evaluator_is_woken_for_it(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        thanks = self.thanked(desk)
        woken: list[bool] = []
        monkeypatch.setattr(type(desk.app.scheduler), "wake", lambda _self: woken.append(True))
        run(desk.folder, "--undo", thanks)
        assert woken == [True]

    def test_it_stays_taken_back_over_a_restart(self, desk: Desk) -> None:
        thanks = self.thanked(desk)
        run(desk.folder, "--undo", thanks)
        desk.restart()
        desk.settles()
        assert [wait.state for wait in desk.waits("ann")] == ["answered", "open"]

    def test_what_cannot_be_taken_back_is_one_clear_line_and_the_rest_is_done(self, desk: Desk) -> None:
        thanks = self.thanked(desk)
        done = run(desk.folder, "--undo", "4711\x1b[2J", thanks)
        assert (done.exit_code, done.stdout) == (1, f"{thanks} waits for a reply: wait 2\n")
        assert told(done) == ["4711\\x1b[2J: no such message is known"]
        done = run(desk.folder, "--undo", thanks)
        assert (done.exit_code, done.stdout, told(done)) == (1, "", [f"{thanks}: was taken back before"])

    def test_the_daemon_refuses_what_is_no_such_question(self, desk: Desk) -> None:
        socket = desk.app.control.path
        given: list[dict[str, Any]] = [
            {"messages": []},
            {"messages": "1234"},
            {"messages": [7]},
            {"messages": ["x"] * (MOST + 1)},
            {"messages": ["x" * 513]},
            {"messages": ["x"], "channel": 7},
            {"messages": ["x"], "by": "x" * 513},
        ]
        for arguments in given:
            with pytest.raises(UsageError, match=r"answers: (name 1 to 100 messages|ids and names are texts of)"):
                asked_over(socket, "no-reply-undo", **arguments)
        strange: list[dict[str, Any]] = [{}, {"messages": ["x"], "what": 1}]
        for nonsense in strange:
            with pytest.raises(UsageError, match="no-reply-undo does not take these arguments"):
                asked_over(socket, "no-reply-undo", **nonsense)

    def test_where_no_daemon_runs_the_command_does_it_itself(self, desk: Desk) -> None:
        thanks = self.thanked(desk)
        desk.app.control.stop()
        desk.kill()
        done = run(desk.folder, "--undo", thanks, "--json")
        assert (done.exit_code, json.loads(done.stdout)) == (0, {"waits": {thanks: [2]}, "refused": {}})
        desk.restart()
        desk.settles()
        assert [wait.state for wait in desk.waits("ann")] == ["answered", "open"]

    def test_where_one_writes_that_does_not_listen_the_command_says_so(self, desk: Desk) -> None:
        thanks = self.thanked(desk)
        desk.app.control.stop()
        with pytest.raises(StoreError, match="another slamon"):
            run(desk.folder, "--undo", thanks)
        assert len(desk.waits("ann")) == 1


class TestTheList:
    @pytest.fixture
    def folder(self, tmp_path: Path, sqlite_url: str) -> Path:
        store = Store(sqlite_url)
        for name, first in (("acme-x", 0), ("acme-y", 1)):
            Shelf(store, name).save(
                *(
                    ask(f"{name}{n}", n, thread=f"{n}", by=f"by{n}", text=f"ok\x1b {n}", marks=frozenset({"short"}))
                    for n in range(first, 6, 2)
                )
            )
        store.close()
        (tmp_path / "rules").mkdir()
        channels = ", ".join(
            f"{{name: {name}, connector: x, account: acme, credentials: {{bearer_token: {{env: NO_SUCH_TOKEN}}}}}}"
            for name in ("acme-x", "acme-y")
        )
        (tmp_path / "config.yaml").write_text(f"database: {sqlite_url}\nrules: rules/\nchannels: [{channels}]\n")
        return tmp_path

    def test_is_newest_first_over_all_channels_up_to_the_limit(self, folder: Path) -> None:
        lines = run(folder, "--limit", "3").stdout.splitlines()
        assert [line.split()[2] for line in lines] == ["acme-y5", "acme-x4", "acme-y3"]

    def test_may_be_of_one_channel(self, folder: Path) -> None:
        found = json.loads(run(folder, "--channel", "acme-x", "--json").stdout)["no_reply"]
        assert [said["message"] for said in found] == ["acme-x4", "acme-x2", "acme-x0"]
        assert found[0] | {"at": "", "permalink": ""} == {
            "message": "acme-x4",
            "channel": "acme-x",
            "conversation": "4",
            "at": "",
            "reason": "short",
            "author": "by4",
            "text": "ok\x1b 4",
            "permalink": "",
        }

    def test_shows_strangers_words_escaped(self, folder: Path) -> None:
        shown = run(folder).stdout
        assert "ok\\x1b 5" in shown
        assert "\x1b" not in shown

    @pytest.mark.parametrize("words", [["--undo"], ["acme-x0"]])
    def test_ids_and_undo_belong_together(self, folder: Path, words: list[str]) -> None:
        done = run(folder, *words)
        assert done.exit_code == 2
        assert "ids belong to --undo" in done.stderr


class TestUndo:
    """What the store makes of it."""

    @pytest.fixture
    def shelf(self, store: Store) -> Shelf:
        shelf = Shelf(store)
        store.pin(shelf.channel, IDENTITY)
        return shelf

    def undo(self, shelf: Shelf, *messages: str, channel: str | None = None) -> dict[str, Any]:
        return undo(shelf.store, rules(), Asked(messages, channel, "ops"), NOW).plain()

    def thanked(self, shelf: Shelf) -> None:
        shelf.save(ask("a", 0), reply("b", 5, to="a"), ask("c", 6, marks=THANKS, text="thanks"))

    def test_no_reading_of_the_same_post_undoes_it(self, shelf: Shelf) -> None:
        self.thanked(shelf)
        assert self.undo(shelf, "c") == {"waits": {"c": [2]}, "refused": {}}
        shelf.save(ask("c", 6, marks=THANKS, text="thanks"))
        shelf.save(ask("c", 6, marks=THANKS, text="thanks!"))
        shelf.save(ask("d", 9, by="bob", text="me too"))
        assert [(row.customer, row.turn, row.state, row.started_at) for row in shelf.waits()] == [
            ("anna", 1, "answered", at(0)),
            ("anna", 2, "open", at(6)),
            ("bob", 1, "open", at(9)),
        ]
        assert Mark.KEPT in shelf.message("c").marks.split()

    def test_a_later_message_that_waits_already_takes_the_old_start_and_keeps_its_number(self, shelf: Shelf) -> None:
        self.thanked(shelf)
        shelf.save(ask("d", 9))
        (number,) = [row.id for row in shelf.waits() if row.state == "open"]
        assert self.undo(shelf, "c")["waits"] == {"c": [number]}
        found = shelf.waits()[-1]
        assert (found.id, found.started_at, shelf.messages_of(number)) == (number, at(6), {"c", "d"})

    def test_one_that_was_answered_all_the_same_is_a_wait_that_is_over(self, shelf: Shelf) -> None:
        self.thanked(shelf)
        shelf.save(reply("d", 9, to="c"))
        self.undo(shelf, "c")
        assert [(row.state, row.answered_at) for row in shelf.waits()][1:] == [("answered", at(9))]

    def test_the_evaluator_takes_the_new_wait_up(self, shelf: Shelf) -> None:
        self.thanked(shelf)
        shelf.store.record([], NOW, urgent=True)
        self.undo(shelf, "c")
        assert shelf.store.next_at() == 0

    def test_others_of_the_thread_stay_dropped(self, shelf: Shelf) -> None:
        self.thanked(shelf)
        shelf.save(ask("d", 9, by="bob"), reply("e", 10, to="d"), ask("f", 11, by="bob", marks=THANKS))
        self.undo(shelf, "c")
        with shelf.store.read() as tx:
            assert [said.id for said in dropped(tx, 9)] == ["f"]

    def test_a_further_id_of_an_edited_post_means_it_too(self, shelf: Shelf) -> None:
        self.thanked(shelf)
        shelf.save(ask("c2", 6, marks=THANKS, text="thanks!", aliases=("c",)))
        assert self.undo(shelf, "c2")["waits"] == {"c2": [2]}

    def test_the_same_id_on_two_channels_is_taken_back_on_both_unless_one_is_named(self, shelf: Shelf) -> None:
        other = Shelf(shelf.store, "acme-y")
        for one in (shelf, other):
            one.store.pin(one.channel, IDENTITY)
            self.thanked(one)
        assert self.undo(shelf, "c", channel="acme-y")["waits"] == {"c": [3]}
        assert [len(one.waits()) for one in (shelf, other)] == [1, 2]
        assert self.undo(shelf, "c")["waits"] == {"c": [4]}

    def test_what_was_not_dropped_is_refused_in_words(self, shelf: Shelf) -> None:
        self.thanked(shelf)
        assert self.undo(shelf, "a", "b", "z")["refused"] == {
            "a": "was not dropped: it belongs to wait 1",
            "b": "was not dropped",
            "z": "no such message is known",
        }
        assert self.undo(shelf, "c", channel="acme-z")["refused"] == {"c": "no such message is known"}
        assert len(shelf.waits()) == 1


@pytest.fixture(scope="module")
def scratch() -> Iterator[Store]:
    with TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{folder}/slamon.db")
        yield store
        store.close()


@st.composite
def threads(draw: st.DrawFn) -> list[Message]:
    said: list[Message] = []
    for n in range(draw(st.integers(2, 9))):
        if draw(st.integers(0, 2)):
            marks = draw(st.sampled_from([THANKS, frozenset({"short"}), frozenset()]))
            said.append(ask(f"{n}", n * 7, by=draw(st.sampled_from(["anna", "bob"])), marks=marks))
        else:
            said.append(reply(f"{n}", n * 7, to=draw(st.sampled_from([None, *(one.id for one in said)]))))
    return said


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(threads(), st.data())
def test_what_is_taken_back_waits_as_if_it_had_been_kept_from_the_start(
    scratch: Store, said: list[Message], data: st.DataObject
) -> None:
    clear(scratch)
    shelf = Shelf(scratch)
    shelf.save(*said)
    with scratch.read() as tx:
        candidates = [one.id for one in dropped(tx, 99)]
    chosen = data.draw(st.lists(st.sampled_from(candidates), unique=True) if candidates else st.just([]))
    for name in chosen:
        scratch.keep(shelf.channel, [name], SETTINGS, NOW + SECOND)
    ours = shelf.facts()
    clear(scratch)
    again = Shelf(scratch)
    again.save(*(_kept(one) if one.id in chosen else one for one in said))
    assert ours == again.facts()


def _kept(message: Message) -> Message:
    return replace(message, marks=message.marks | {Mark.KEPT})


def test_neither_list_nor_undo_nor_history_reads_the_whole_database(sqlite_url: str) -> None:
    store = Store(sqlite_url)
    shelf = Shelf(store)
    store.pin(shelf.channel, IDENTITY)
    shelf.save(ask("a", 0, marks=frozenset({"short"}), aliases=("b",)))
    steps: list[str] = []

    def plan(_connection: Any, cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if statement.startswith(("SELECT", "UPDATE")):
            one = values[0] if isinstance(values, list) else values
            steps.extend(row[3] for row in cursor.execute(f"EXPLAIN QUERY PLAN {statement}", one))

    for engine in (store.database.writer, store.database.reader):
        event.listen(engine, "before_cursor_execute", plan)
    with store.read() as tx:
        assert [said.id for said in dropped(tx, 9)] == ["a"]
        assert [thread.name for thread in history.threads(store, shelf.channel)] == ["t"]
        assert [said.id for said in called(tx, "b")] == ["a"]
    undo(store, rules(), Asked(["b"]), NOW)
    store.close()
    assert any("message_no_reply" in step for step in steps)
    assert [step for step in steps if step.startswith("SCAN") and not step.startswith("SCAN channel")] == []
