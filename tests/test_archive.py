"""The `archive` connector: a file of messages followed as it grows, and what is set aside of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from message_lines import CSV_HEADER, NOON, line
from slamon.connectors._records import instant
from slamon.connectors.archive import Archive
from slamon.connectors.base import Context
from slamon.errors import PlatformError, Verdict
from slamon.model import DAY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from slamon.connectors.base import Page
    from slamon.model import Message

Folders: TypeAlias = "Callable[[], Path]"


class Follower:
    """An archive connector on a file of its own, polled like the daemon polls it."""

    def __init__(self, folder: Path, name: str = "history.jsonl") -> None:
        self.path = folder / name
        self.cursor: str | None = None
        self.start()

    def start(self) -> None:
        settings = Archive.Settings(path=self.path.name, account="@Acme", team=("AcmeHelp",))
        self.archive = Archive(settings, Context("acme", lambda: 0, 7 * DAY, base=self.path.parent))
        self.identity = self.archive.identify()

    def append(self, *parts: str | bytes) -> None:
        with self.path.open("ab") as file:
            file.write(b"".join(part if isinstance(part, bytes) else part.encode() for part in parts))

    def pages(self) -> list[Page]:
        pages = list(self.archive.fetch(self.identity, self.cursor))
        assert [page.complete for page in pages] == [False] * (len(pages) - 1) + [True]
        assert [page.cursor is None for page in pages] == [True] * (len(pages) - 1) + [False]
        self.cursor = pages[-1].cursor
        return pages

    def poll(self) -> list[Message]:
        return [message for page in self.pages() for message in page.messages]

    def ids(self) -> list[str]:
        return [message.id for message in self.poll()]


@pytest.fixture
def follower(tmp_path: Path) -> Follower:
    return Follower(tmp_path)


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Folders:
    """A new folder for each example of a property: a test's own folder serves all of them."""
    return lambda: tmp_path_factory.mktemp("example")


class TestFollowing:
    def test_hands_out_only_what_is_new(self, follower: Follower) -> None:
        follower.append(line("a"), line("b"))
        assert follower.ids() == ["a", "b"]
        assert follower.ids() == []
        follower.append(line("c"))
        assert follower.ids() == ["c"]

    def test_waits_until_a_line_is_whole(self, follower: Follower) -> None:
        follower.append(line("a"), line("b")[:30])
        assert follower.ids() == ["a"]
        follower.append(line("b")[30:])
        assert follower.ids() == ["b"]

    def test_goes_on_after_a_restart(self, follower: Follower) -> None:
        follower.append(line("a"))
        follower.poll()
        follower.start()
        follower.append(line("b"))
        assert follower.ids() == ["b"]

    @pytest.mark.parametrize("change", ["cut", "replaced", "longer", "rewritten in place"])
    def test_reads_a_changed_file_from_its_start(self, follower: Follower, change: str) -> None:
        follower.append(line("a"), line("b"))
        follower.poll()
        new = {"cut": [line("x")], "replaced": [line("x"), line("y")], "longer": [line("x")] * 5}
        if change == "rewritten in place":
            follower.path.write_text(line("a") + line("z"))
            assert follower.ids() == ["a", "z"]
            return
        other = follower.path.with_suffix(".new")
        other.write_text("".join(new[change]))
        other.replace(follower.path)
        assert follower.ids() == (["x", "y"] if change == "replaced" else ["x"])

    def test_hands_out_a_hundred_lines_a_page(self, follower: Follower) -> None:
        follower.append(*(line(f"m{n}") for n in range(250)))
        assert [len(page.messages) for page in follower.pages()] == [100, 100, 50, 0]

    def test_sets_bad_lines_aside_and_goes_on(self, follower: Follower) -> None:
        follower.append(line("a"), b"\xff\n", line(role="boss"), line("b"))
        pages = follower.pages()
        assert [message.id for message in pages[0].messages] == ["a", "b"]
        assert [reject.reason for reject in pages[0].rejects] == [
            "history.jsonl:2:1: not UTF-8",
            "history.jsonl:3:39: unknown role 'boss' (one of customer, brand, automation, staff, bystander)",
        ]
        assert len({reject.id for reject in pages[0].rejects}) == 2

    def test_reads_records_of_the_account_and_of_no_brand(self, follower: Follower) -> None:
        follower.append(line("a", brand="ACME"), line("b", brand="other"), line("c", brand=None))
        assert follower.ids() == ["a", "c"]

    def test_hands_out_an_edited_message_once_with_its_last_text_and_first_time(self, follower: Follower) -> None:
        later = "2026-11-20T13:00:00Z"
        follower.append(line("a"), line("a", text="hello again", created_at=later))
        [message] = follower.poll()
        assert (message.text, message.created_at) == ("hello again", instant(NOON))

    def test_names_threads_by_chains_that_are_out_of_order(self, follower: Follower) -> None:
        follower.append(line("c", in_reply_to="b"), line("b", in_reply_to="a"), line("d", conversation="named"))
        assert [message.thread for message in follower.poll()] == ["a", "a", "named"]

    @pytest.mark.parametrize("between", [Follower.poll, Follower.start])
    def test_keeps_the_name_of_a_thread_when_its_beginning_turns_up_later(
        self, follower: Follower, between: Callable[[Follower], object]
    ) -> None:
        follower.append(line("c", in_reply_to="b"))
        follower.poll()
        between(follower)
        follower.append(line("b", in_reply_to="a"), line("d", in_reply_to="c"))
        assert [message.thread for message in follower.poll()] == ["b", "b"]

    def test_knows_chains_from_before_a_restart(self, follower: Follower) -> None:
        follower.append(line("a"), line("b", in_reply_to="a"))
        follower.poll()
        follower.start()
        follower.append(line("c", in_reply_to="b"))
        assert [message.thread for message in follower.poll()] == ["a"]

    def test_follows_a_csv_file_too(self, tmp_path: Path) -> None:
        follower = Follower(tmp_path, "history.csv")
        follower.append(CSV_HEADER, f'1,acme,customer,Ann,{NOON},"two\n')
        assert follower.ids() == []
        follower.append('lines",,,\n')
        assert [message.text for message in follower.poll()] == ["two\nlines"]
        assert follower.ids() == []

    def test_looks_again_by_polling(self, follower: Follower) -> None:
        follower.append(line("a"))
        assert [page.complete for page in follower.archive.recheck(follower.identity, None, [])] == [False, True]

    def test_of_a_missing_file_says_so(self, follower: Follower) -> None:
        with pytest.raises(PlatformError, match="does not exist") as caught:
            follower.poll()
        assert caught.value.verdict is Verdict.NOT_FOUND

    def test_of_a_folder_says_so(self, follower: Follower) -> None:
        follower.path.mkdir()
        with pytest.raises(PlatformError, match="cannot be read") as caught:
            follower.poll()
        assert caught.value.verdict is Verdict.PERMISSION

    def test_of_a_csv_file_with_a_bad_header_says_so(self, tmp_path: Path) -> None:
        follower = Follower(tmp_path, "history.csv")
        follower.append("id;role;author\n")
        with pytest.raises(PlatformError, match="no column role") as caught:
            follower.poll()
        assert caught.value.verdict is Verdict.BAD_ANSWER

    def test_with_a_cursor_that_is_none_of_ours_starts_anew(self, follower: Follower) -> None:
        follower.append(line("a"))
        follower.cursor = '{"offset": "far"}'
        assert follower.ids() == ["a"]

    def test_knows_the_account_and_its_team_by_their_handles(self, follower: Follower) -> None:
        assert (follower.identity.account, follower.identity.handle) == ("acme", "Acme")
        assert follower.identity.ours == {"acme", "acmehelp"}

    @given(st.lists(st.integers(0, 4_000), max_size=6))
    def test_in_any_portions_hands_out_each_message_once(self, folders: Folders, cuts: list[int]) -> None:
        content = "".join(line(f"m{n}", text="é\n" * n) for n in range(12)).encode()
        follower = Follower(folders())
        ids: list[str] = []
        for start, stop in zip([0, *sorted(cuts)], [*sorted(cuts), len(content)], strict=True):
            follower.append(content[start:stop])
            ids += follower.ids()
        assert ids == [f"m{n}" for n in range(12)]
