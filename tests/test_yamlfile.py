from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slamon.errors import FaultsError, UsageError
from slamon.yamlfile import LARGEST, Document, load, parse

if TYPE_CHECKING:
    from pathlib import Path


def data(text: str) -> Any:
    return parse(text.encode(), "a.yaml").data


def faults(content: bytes) -> list[str]:
    try:
        return [str(fault) for fault in parse(content, "a.yaml").faults]
    except FaultsError as error:
        return [str(fault) for fault in error.faults]


@pytest.mark.parametrize(
    "text", ["17:00", "09:00", "NO", "no", "yes", "on", "off", "2026-12-24", "1_000", "+30m", "50%", "0b1", "=", "<<"]
)
def test_what_yaml_1_1_would_twist_stays_text(text: str) -> None:
    assert data(f"a: {text}") == {"a": text}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0123", 123),
        ("0o17", 15),
        ("0x1F", 31),
        ("-7", -7),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ('"12"', "12"),
        ("'true'", "true"),
        ("!!str 12", "12"),
        ("1990000000000000105", 1990000000000000105),
    ],
)
def test_plain_scalars_follow_the_core_schema_of_yaml_1_2(text: str, value: object) -> None:
    found = data(f"a: {text}")["a"]

    assert found == value
    assert type(found) is type(value)


def test_a_number_too_long_for_python_stays_text() -> None:
    digits = "9" * 5_000

    assert data(f"a: {digits}") == {"a": digits}


def test_infinity_and_not_a_number_are_numbers() -> None:
    assert data("[.inf, -.Inf]") == [float("inf"), float("-inf")]
    assert str(data(".NaN")) == "nan"


def test_keys_are_always_text() -> None:
    assert data("{1: a, true: b, null: c, 2026-12-24: d}") == {"1": "a", "true": "b", "null": "c", "2026-12-24": "d"}


def test_every_key_and_value_has_its_place() -> None:
    document = parse(b"a:\n  - b: 1\n    c: [x, yy]\n", "a.yaml")

    assert document.keys == {("a",): (1, 1), ("a", 0, "b"): (2, 5), ("a", 0, "c"): (3, 5)}
    assert document.places[("a", 0, "b")] == (2, 8)
    assert document.places[("a", 0, "c", 1)] == (3, 12)


def test_a_fault_behind_an_alias_stands_at_the_alias() -> None:
    document = parse(b"a: &x {b: 1}\nc: *x\n", "a.yaml")

    assert document.data == {"a": {"b": 1}, "c": {"b": 1}}
    assert str(document.fault(("c", "b"), "odd")) == "a.yaml:2:4: odd"


def test_the_first_of_two_equal_keys_counts_and_reading_goes_on() -> None:
    document = parse(b"a: 1\na: {b: [2]}\nc: 3\nc: 4\n", "a.yaml")

    assert document.data == {"a": 1, "c": 3}
    assert [fault.line for fault in document.faults] == [2, 4]


def test_an_anchor_inside_itself_is_a_fault() -> None:
    assert faults(b"a: &x [*x]") == ["a.yaml:1:8: the anchor &x is not defined before this place"]


def test_a_billion_laughs_end_early() -> None:
    bomb = b"a: &a [x, x, x, x, x, x, x, x, x]\n" + b"".join(
        b"%c: &%c [%s]\n" % (n, n, b", ".join([b"*%c" % (n - 1)] * 9)) for n in range(ord("b"), ord("z"))
    )

    assert "aliases stand for more than 100 values" in faults(bomb)[0]


@pytest.mark.parametrize("unit", [b"[", b"{a: ", b"- ", b"? "])
def test_fifty_thousand_nested_collections_are_a_fault(unit: bytes) -> None:
    assert len(faults(unit * 50_000)) == 1


def test_a_file_larger_than_a_mebibyte_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"#" * (LARGEST + 1))

    with pytest.raises(FaultsError, match="larger than 4 MiB"):
        load(path)


def test_what_is_not_utf_8_is_a_fault_at_its_place() -> None:
    assert faults("a: 1\nb: \xe4".encode("latin-1")) == ["a.yaml:2:4: the file is not UTF-8 text (save it as UTF-8)"]


def test_a_control_character_is_a_fault_at_its_place() -> None:
    assert faults(b"a: 1\nb: x\x1b[2J") == ["a.yaml:2:5: the character U+001B cannot stand in YAML"]


def test_a_byte_order_mark_is_no_part_of_the_first_key() -> None:
    assert parse("\ufeffa: 1".encode(), "a.yaml").data == {"a": 1}


@pytest.mark.parametrize("content", [b"{a: 1}: b", b"[a]: b", b"a: &x 1\n*x : 2"])
def test_a_key_that_is_no_text_is_a_fault(content: bytes) -> None:
    assert "a key must be plain text" in faults(content)[0]


def test_a_file_that_is_not_there_is_a_plain_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"^cannot read .*none.yaml: No such file or directory$"):
        load(tmp_path / "none.yaml")


@given(st.binary(max_size=400) | st.text(alphabet="{}[]:,-?&*!|>'\"%@` \n\tab1#~", max_size=80).map(str.encode))
def test_any_bytes_are_a_document_or_faults(content: bytes) -> None:
    with suppress(FaultsError):
        assert isinstance(parse(content, "a.yaml"), Document)


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Cn", "Cs", "Zl", "Zp")))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_whatever_json_can_say_reads_the_same_and_is_found_at_its_place(value: object) -> None:
    text = json.dumps(value, ensure_ascii=False).replace("Infinity", ".inf")
    document = parse(text.encode(), "a.yaml")

    assert json.dumps(document.data, ensure_ascii=False).replace("Infinity", ".inf") == text
    for where in document.places:
        document.at(where)
