"""The replay format: records, chains of replies, and files of both, with the place of every fault."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from message_lines import CSV_HEADER, NOON, line
from slamon.connectors._files import MessageFile
from slamon.connectors._lines import LINE_CAP, Position
from slamon.connectors._records import RecordError, at_names, instant, record
from slamon.connectors._threads import Chains
from slamon.errors import FaultsError
from slamon.model import DAY, Kind, Role, Side

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from slamon.connectors._files import Read
    from slamon.model import Message

Folders: TypeAlias = "Callable[[], Path]"


def wrong(cells: dict[str, Any]) -> list[str]:
    with pytest.raises(RecordError) as caught:
        record(json.loads(line(**cells)))
    return [one.key for one in caught.value.wrong]


def read(path: Path) -> list[Read]:
    with MessageFile(path) as file:
        return list(file.records())


def messages(path: Path) -> list[Message]:
    return [one.record.message for one in read(path) if one.record]


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Folders:
    """A new folder for each example of a property: a test's own folder serves all of them."""
    return lambda: tmp_path_factory.mktemp("example")


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
        assert wrong(cells) == keys

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
        assert [said.id for said in messages(path)] == ["a", "b"]

    @pytest.mark.parametrize(
        ("text", "place", "message"),
        [
            (b'{"id": }', "1:8", "no JSON"),
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
        assert [said.id for said in messages(path)] == ["b"]
        assert [one.line.number for one in read(path)] == [1, 2]

    @given(st.binary(max_size=300), st.sampled_from(["h.jsonl", "h.csv"]))
    def test_of_any_bytes_gives_records_or_faults(self, folders: Folders, content: bytes, name: str) -> None:
        path = folders() / name
        path.write_bytes(b"id,role,author,created_at\n" * (name == "h.csv") + content)
        assert all(one.record or one.faults for one in read(path))

    @given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=4))
    def test_of_any_values_gives_records_or_faults(self, folders: Folders, value: object) -> None:
        path = folders() / "h.jsonl"
        keys = json.loads(
            line(in_reply_to=None, conversation=None, kind=None, mentions=None, followers=None, gone_at=None)
        )
        path.write_text("".join(json.dumps(keys | {key: value}) + "\n" for key in keys))
        assert all(one.record or one.faults for one in read(path))


class TestACsvFile:
    def test_holds_texts_of_several_lines_and_empty_cells(self, tmp_path: Path) -> None:
        path = tmp_path / "h.CSV"
        path.write_text(
            CSV_HEADER + f'1,acme,customer,Ann,{NOON},"a ""b"",\nc",,@bob eve,12\n2,acme,brand,,{NOON},,1,,\n'
        )
        first, second = messages(path)
        assert (first.text, first.mentions, first.author.followers) == ('a "b",\nc', ("bob", "eve"), 12)
        assert (second.author.id, second.in_reply_to) == ("acme", "1")
        assert [one.line.number for one in read(path)] == [2, 4]

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
        path.write_text(CSV_HEADER + f'1,acme,customer,Ann,{NOON},"two\nlines",,,\n\n' + row)
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


def test_a_position_is_between_two_lines(tmp_path: Path) -> None:
    path = tmp_path / "h.jsonl"
    path.write_text(line("a") + line("b"))
    first, second = read(path)
    with MessageFile(path) as file:
        assert [one.record for one in file.records(first.line.after)] == [second.record]
        assert list(file.records(Position(file.size, 2))) == []
