"""No text makes the word lists fail, disagree, or work more than in proportion to its length."""
# ruff: noqa: RUF001 - texts stand here as people may write them

from __future__ import annotations

import sys
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from slamon.rules.words import BUILT_IN, read_words
from slamon.sla.texts import matchable
from slamon.sla.words import ANY, WordList, is_question, only_emoji, only_names

if TYPE_CHECKING:
    from collections.abc import Callable

SHIPPED = read_words(None)


@cache
def shipped(name: str) -> WordList:
    found = SHIPPED.get(name)
    assert found is not None
    return found


def steps(work: Callable[[], object]) -> int:
    """Lines that are run and functions that are called, C's too: what does not depend on the machine."""
    count = 0

    def step(*_: object) -> Any:
        nonlocal count
        count += 1
        return step

    traced, profiled = sys.gettrace(), sys.getprofile()
    sys.settrace(step)
    sys.setprofile(step)
    try:
        work()
    finally:
        sys.settrace(traced)
        sys.setprofile(profiled)
    return count


LETTERS = st.sampled_from(
    [
        *"aAbzé?@.:;/\\'()<>=-_^#0 \n\0",
        "ß",
        "İ",
        "ſ",
        "\u0301",
        "\u0316",
        "\u200b",
        "\u200d",
        "\u202e",
        "\ufe0f",
        "\u0e33",
        "ﷺ",
        "👩‍👩‍👧‍👦",
        "🏳️‍🌈",
        "👍🏽",
        "😡",
        "谢",
        "ｆ",
        "＠",
        "；",
        "http://",
        "www.",
        "@a.b",
        ":)",
        "<3",
        "thanks ",
        "not ",
        "\ud7ff",
    ]
)


@given(st.text(max_size=60) | st.lists(LETTERS, max_size=60).map("".join), st.sampled_from([1, 400]))
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_no_text_raises_and_all_answers_agree(piece: str, times: int) -> None:
    text = piece * times
    for name in BUILT_IN:
        words = shipped(name)
        weight = words.weigh(text)
        assert words.is_all_of(text) == (weight.own and not weight.rest)
        assert words.found_in(text) == weight.own
    assert isinstance(is_question(text), bool)
    assert not (only_emoji(text) and shipped("thanks").is_all_of(text))
    assert not only_names("") or only_names(text)


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "a ",
        "a.",
        "a.a/",
        "-",
        "@",
        "@a",
        "@a.",
        "@a@",
        "www.",
        "https://",
        "?",
        "a?",
        "α;",
        "α ",
        ":",
        ":(",
        "<",
        "(",
        "\u0301",
        "\u0301\u0316",
        "a\u0315\u0300\u05ae",
        "\u200b",
        "👩‍",
        "😀",
        "谢",
        "'",
        "a'",
        "thanks ",
        "oooo",
        "ﷺ",
        "1\u20e3",
    ],
)
def test_twice_the_text_is_at_most_twice_the_work(piece: str) -> None:
    def look(length: int) -> None:
        text = (piece * length)[:length]
        for name in ("thanks", "complaint"):
            shipped(name).weigh(text)
            shipped(name).found_in(text)
        for ask in (matchable, is_question, only_emoji, only_names):
            ask(text)

    look(1_000)
    assert steps(lambda: look(4_000)) < 2.1 * steps(lambda: look(2_000))


def test_a_list_of_many_words_costs_a_text_no_more() -> None:
    few, many = (WordList("w", {ANY: [f"a {n}" for n in range(size)]}) for size in (10, 10_000))
    text = "a " * 1_000

    assert not few.found_in(text)
    assert not many.found_in(text)
    assert steps(lambda: many.found_in(text)) == steps(lambda: few.found_in(text))


def test_a_letter_keeps_no_more_marks_than_any_script_has() -> None:
    assert len(matchable("e" + "\u0315\u0300\u05ae" * 3_000)) <= 31
