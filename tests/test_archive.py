"""The `archive` connector: a file of messages followed as it grows, and what is set aside of it."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slamon.connectors._files import MessageFile, Read
from slamon.connectors._lines import LINE_CAP, Position
from slamon.connectors._records import RecordError, at_names, instant, record
from slamon.connectors._threads import Chains
from slamon.connectors.archive import Archive
from slamon.connectors.base import Context, Page
from slamon.errors import FaultsError, PlatformError, Verdict
from slamon.model import DAY, Kind, Message, Role, Side

NOON = "2026-11-20T12:00:00Z"


def line(ident: str | int = "m1", **cells: object) -> str:
    first: dict[str, object] = {
        "id": ident,
        "brand": "acme",
        "role": "customer",
        "author": "Ann",
        "created_at": NOON,
        "text": "hello",
    }
    return json.dumps(first | cells) + "\n"


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


def wrong(**cells: object) -> list[str]:
    with pytest.raises(RecordError) as caught:
        record(json.loads(line(**cells)))
    return [one.key for one in caught.value.wrong]


def read(path: Path) -> list[Read]:
    with MessageFile(path) as file:
        return list(file.records())


class TestARecord:
    def test_says_who_wrote_what_when_and_to_whom(self) -> None:
        found = record(json.loads(line(in_reply_to="m0", conversation="c", text="@Bob.B hi", followers=7)))
        said = found.message
        assert (said.id, said.thread, said.in_reply_to, found.brand) == ("m1", "c", "m0", "acme")
        assert (said.author.id, said.author.handle, said.author.followers) == ("ann", "Ann", 7)
        assert (said.role, said.side, said.kind) == (Role.CUSTOMER, Side.OTHER, Kind.MENTION)
        assert (said.created_at, said.mentions) == (1_795_176_000_000, ("bob.b", "bob"))

    @pytest.mark.parametrize("role", ["brand", "automation", "staff"])
    def test_of_our_people_stands_on_our_side(self, role: str) -> None:
        assert record(json.loads(line(role=role))).message.side is Side.OURS

    def test_takes_mentions_that_are_written_out_and_forgets_the_text(self) -> None:
        assert record(json.loads(line(text="@bob", mentions=["@Eve", "eve"]))).message.mentions == ("eve",)

    def test_takes_numbers_as_ids(self) -> None:
        said = record(json.loads(line(12, in_reply_to=11, conversation=10))).message
        assert (said.id, said.in_reply_to, said.thread) == ("12", "11", "10")

    def test_without_an_author_is_by_the_brand_or_by_somebody_hidden(self) -> None:
        assert record(json.loads(line(role="brand", author=None))).message.author.id == "acme"
        assert record(json.loads(line(author=None))).message.author.id == ""

    def test_leaves_keys_of_other_names_alone(self) -> None:
        assert record(json.loads(line(likes={"count": 3}))).message.id == "m1"

    @pytest.mark.parametrize(
        ("cells", "keys"),
        [
            ({"role": "client"}, ["role"]),
            ({"role": ["customer"]}, ["role"]),
            ({"role": None}, ["role"]),
            ({"kind": "tweet"}, ["kind"]),
            ({"created_at": "2026-11-20T12:00:00"}, ["created_at"]),
            ({"created_at": "yesterday"}, ["created_at"]),
            ({"created_at": "1969-12-31T23:59:59Z"}, ["created_at"]),
            ({"created_at": 1_795_176_000}, ["created_at"]),
            ({"created_at": None}, ["created_at"]),
            ({"gone_at": "2026-11-20"}, ["gone_at"]),
            ({"id": None}, ["id"]),
            ({"id": "x" * 513}, ["id"]),
            ({"id": "a\x00b"}, ["id"]),
            ({"id": True}, ["id"]),
            ({"author": ["Ann"]}, ["author"]),
            ({"author": ""}, ["author"]),
            ({"brand": "\ud800"}, ["brand"]),
            ({"text": 5}, ["text"]),
            ({"followers": -1}, ["followers"]),
            ({"followers": True}, ["followers"]),
            ({"mentions": "ann"}, ["mentions"]),
            ({"role": "x", "kind": "y", "created_at": "z"}, ["role", "created_at", "kind"]),
        ],
    )
    def test_that_is_no_message_says_every_reason(self, cells: dict[str, Any], keys: list[str]) -> None:
        assert wrong(**cells) == keys

    def test_of_an_unknown_role_is_told_the_nearest_one(self) -> None:
        with pytest.raises(RecordError) as caught:
            record(json.loads(line(role="Costumer")))
        assert caught.value.wrong[0].hint == "did you mean customer?"


@pytest.mark.parametrize(
    ("text", "millis"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T01:00:00.5+01:00", 500),
        ("1970-01-01T00:00:00.0019999Z", 1),
        ("1970-01-02 00:00:00+00:00", DAY),
    ],
)
def test_an_instant_is_in_milliseconds_cut_off(text: str, millis: int) -> None:
    assert instant(text) == millis


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@Ann and (@bob) @ann", ("ann", "bob")),
        ("mail me@acme.example or @@ann", ()),
        ("@ann.", ("ann",)),
        ("@ann.b, @ann-c!", ("ann.b", "ann", "ann-c")),
        ("Danke @Jürgen_1…", ("jürgen_1",)),
    ],
)
def test_names_in_a_text_are_lower_case_and_addresses_are_none(text: str, names: tuple[str, ...]) -> None:
    assert at_names(text) == names


class TestAChain:
    def test_ends_at_the_furthest_id_even_where_nobody_has_seen_it(self) -> None:
        chains = Chains({"c": "b", "b": "a"}.get)
        assert [chains.furthest(ident) for ident in "cba"] == ["a", "a", "a"]

    @given(st.permutations("abcde"))
    def test_that_runs_in_a_ring_ends_at_the_least_of_the_ring_from_wherever_one_starts(self, order: list[str]) -> None:
        chains = Chains({"a": "b", "b": "c", "c": "a", "d": "c", "e": "d"}.get)
        assert {chains.furthest(ident) for ident in order} == {"a"}

    def test_of_a_message_that_replies_to_itself_ends_there(self) -> None:
        assert Chains({"a": "a"}.get).furthest("a") == "a"


class TestAFile:
    def test_may_begin_with_a_byte_order_mark_and_end_lines_as_windows_does(self, tmp_path: Path) -> None:
        path = tmp_path / "h.jsonl"
        path.write_bytes(b"\xef\xbb\xbf" + line("a").strip().encode() + b"\r\n\r\n" + line("b").strip().encode())
        assert [one.record.message.id for one in read(path)] == ["a", "b"]

    @pytest.mark.parametrize(
        ("text", "place", "message"),
        [
            (b'{"id": 1,}', "1:10", "no JSON"),
            (b"[1]", "1:1", "must be a JSON object"),
            (b"[" * 100_000, "1:1", "nested too deep"),
            (b'{"id": ' + b"9" * 5_000 + b"}", "1:1", "a number too long"),
            (b'\n{"id": "\xff"}', "2:9", "not UTF-8"),
            (b" " * (LINE_CAP + 1) + b"x", "1:1", "longer than"),
        ],
    )
    def test_with_a_bad_line_says_where_and_what(self, tmp_path: Path, text: bytes, place: str, message: str) -> None:
        path = tmp_path / "h.jsonl"
        path.write_bytes(text)
        [fault] = read(path)[0].faults
        assert f":{place}: " in str(fault)
        assert message in fault.message

    def test_puts_the_column_on_the_value_not_on_a_text_that_looks_like_its_key(self, tmp_path: Path) -> None:
        path = tmp_path / "h.jsonl"
        path.write_text(
            '{"text": "\\"role\\": x", "role": "boss", "id": "1", "author": "a", "created_at": "' + NOON + '"}'
        )
        [fault] = read(path)[0].faults
        assert (fault.line, fault.column) == (1, 33)

    def test_goes_on_behind_a_line_that_is_too_long(self, tmp_path: Path) -> None:
        path = tmp_path / "h.jsonl"
        path.write_bytes(b"x" * (3 * LINE_CAP) + b"\n" + line("b").encode())
        assert [one.record.message.id for one in read(path) if one.record] == ["b"]
        assert [one.line.number for one in read(path)] == [1, 2]

    @given(st.binary(max_size=300), st.sampled_from(["h.jsonl", "h.csv"]))
    def test_of_any_bytes_gives_records_or_faults(
        self, tmp_path_factory: pytest.TempPathFactory, content: bytes, name: str
    ) -> None:
        path = tmp_path_factory.mktemp("any") / name
        path.write_bytes(b"id,role,author,created_at\n" * (name == "h.csv") + content)
        assert all(one.record or one.faults for one in read(path))

    @given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=4))
    def test_of_any_values_gives_records_or_faults(
        self, tmp_path_factory: pytest.TempPathFactory, value: object
    ) -> None:
        path = tmp_path_factory.mktemp("any") / "h.jsonl"
        keys = json.loads(
            line(in_reply_to=None, conversation=None, kind=None, mentions=None, followers=None, gone_at=None)
        )
        path.write_text("".join(json.dumps(keys | {key: value}) + "\n" for key in keys))
        assert all(one.record or one.faults for one in read(path))


class TestACsvFile:
    HEADER = "id,brand,role,author,created_at,text,in_reply_to,mentions,followers\n"

    def test_holds_texts_of_several_lines_and_empty_cells(self, tmp_path: Path) -> None:
        path = tmp_path / "h.CSV"
        path.write_text(
            self.HEADER + f'1,acme,customer,Ann,{NOON},"a ""b"",\nc",,@bob eve,12\n2,acme,brand,,{NOON},,1,,\n'
        )
        first, second = read(path)
        assert (first.record.message.text, first.record.message.mentions) == ('a "b",\nc', ("bob", "eve"))
        assert (first.record.message.author.followers, first.line.number, second.line.number) == (12, 2, 4)
        assert (second.record.message.author.id, second.record.message.in_reply_to) == ("acme", "1")

    @pytest.mark.parametrize(
        ("row", "message"),
        [
            (f"1,acme,boss,Ann,{NOON},,,,", "5:8: unknown role"),
            ("1,acme", "5:1: the row has 2 cells, the header 9"),
            (f'1,acme,customer,Ann,{NOON},"never closed,,,', "5:1: no CSV"),
            (f"1,acme,customer,Ann,{NOON},,,,many", "5:45: followers must be"),
        ],
    )
    def test_with_a_bad_row_says_where_and_what(self, tmp_path: Path, row: str, message: str) -> None:
        path = tmp_path / "h.csv"
        path.write_text(self.HEADER + f'1,acme,customer,Ann,{NOON},"two\nlines",,,\n\n' + row)
        assert message in str(read(path)[1].faults[0])

    def test_without_a_column_that_every_record_needs_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "h.csv"
        path.write_text("id,role,role,author\n")
        with pytest.raises(FaultsError) as caught:
            MessageFile(path)
        assert [fault.message for fault in caught.value.faults] == [
            "the header has no column created_at",
            "the header has the column 'role' twice",
        ]


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

    @pytest.mark.parametrize("restarted", [False, True])
    def test_keeps_the_name_of_a_thread_when_its_beginning_turns_up_later(
        self, follower: Follower, restarted: bool
    ) -> None:
        follower.append(line("c", in_reply_to="b"))
        follower.poll()
        if restarted:
            follower.start()
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
        follower.append(TestACsvFile.HEADER, f'1,acme,customer,Ann,{NOON},"two\n')
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
    def test_in_any_portions_hands_out_each_message_once(
        self, tmp_path_factory: pytest.TempPathFactory, cuts: list[int]
    ) -> None:
        content = "".join(line(f"m{n}", text="é\n" * n) for n in range(12)).encode()
        follower = Follower(tmp_path_factory.mktemp("portions"))
        ids: list[str] = []
        for start, stop in zip([0, *sorted(cuts)], [*sorted(cuts), len(content)], strict=True):
            follower.append(content[start:stop])
            ids += follower.ids()
        assert ids == [f"m{n}" for n in range(12)]


def test_a_position_is_between_two_lines(tmp_path: Path) -> None:
    path = tmp_path / "h.jsonl"
    path.write_text(line("a") + line("b"))
    first, second = read(path)
    with MessageFile(path) as file:
        assert [one.record for one in file.records(first.line.after)] == [second.record]
        assert list(file.records(Position(file.size, 2))) == []
