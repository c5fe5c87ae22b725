from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from admin import write
from slamon.model import Author, Kind, Message, Side
from slamon.rules import ChannelFacts, load_rules
from slamon.sla.conditions import matchable
from slamon.sla.policy import match
from slamon.sla.subject import Subject

if TYPE_CHECKING:
    from pathlib import Path

FULL = ChannelFacts("pretend", frozenset({"author.followers", "author.verified"}), frozenset(Kind))
POST = Message(
    id="1", thread="1", author=Author("7", "Ann_T", followers=120), side=Side.OTHER, created_at=0, text="Where is it?"
)


def policies(folder: Path, *lines: str) -> Any:
    text = "policies:\n" + "".join(f"  - {line}\n" for line in lines)
    return load_rules(write(folder, {"acme-x.yaml": text}), {"acme-x": FULL}, ()).of("acme-x").policies


def holds(folder: Path, when: str, *messages: Message) -> bool:
    (policy,) = policies(folder, f"{{name: a, first_response: 1h, when: {{{when}}}}}")
    found: bool = policy.conditions[0].holds(Subject("acme-x", "pretend", messages))
    return found


def test_kind_holds_when_any_message_is_of_it(tmp_path: Path) -> None:
    quote = replace(POST, id="2", kind=Kind.QUOTE)

    assert holds(tmp_path, "kind: [quote, review]", POST, quote)
    assert not holds(tmp_path, "kind: [quote, review]", POST)


def test_channel_and_platform_are_those_of_the_wait(tmp_path: Path) -> None:
    assert holds(tmp_path, "channel: acme-x", POST)
    assert holds(tmp_path, "platform: [pretend]", POST)


@pytest.mark.parametrize(
    ("comparison", "fits"),
    [
        ('">= 120"', True),
        ('"> 120"', False),
        ('"<= 120"', True),
        ('"< 120"', False),
        ("120", True),
        ('"= 120"', True),
        ('">121"', False),
    ],
)
def test_followers_compare_with_a_number(comparison: str, fits: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a row of the table
    assert holds(tmp_path, f"author.followers: {comparison}", POST) == fits


def test_followers_are_those_that_were_known_last(tmp_path: Path) -> None:
    grown, unknown = (replace(POST, id=str(n), author=Author("7", followers=n)) for n in (500, None))

    assert holds(tmp_path, 'author.followers: ">= 500"', POST, grown, unknown)


def test_an_unknown_number_of_followers_fits_nothing(tmp_path: Path) -> None:
    unknown = replace(POST, author=Author("7"))

    assert not holds(tmp_path, 'author.followers: "< 5"', unknown)
    assert not holds(tmp_path, 'author.followers: ">= 0"', unknown)


@pytest.mark.parametrize(
    ("wanted", "mark", "fits"),
    [
        ("yes", "blue", True),
        ("yes", "", False),
        ("no", "", True),
        ("no", "business", False),
        ("true", "business", True),
        ("business", "business", True),
        ("business", "blue", False),
        ("[business, government]", "Government", True),
    ],
)
def test_verified_is_a_switch_or_names_marks(wanted: str, mark: str, fits: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a row of the table
    assert holds(tmp_path, f"author.verified: {wanted}", replace(POST, author=Author("7", verified=mark))) == fits


def test_handles_compare_without_case_and_at_sign(tmp_path: Path) -> None:
    assert holds(tmp_path, 'author.handle: "@ANN_t"', POST)
    assert not holds(tmp_path, "author.handle: [ann]", POST)


@pytest.mark.parametrize(
    "text", ["REFUND now", "a \uff52\uff45\uff46\uff55\uff4e\uff44", "re\u200bfu\u202end", "ref\u00adund"]
)
def test_text_is_found_in_spite_of_case_width_and_hidden_characters(text: str, tmp_path: Path) -> None:
    assert holds(tmp_path, "text: refund|money back", POST, replace(POST, id="2", text=text))


def test_text_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    assert not holds(tmp_path, "text: refund", POST)


def test_a_pattern_that_hangs_on_hostile_text_has_not_matched(tmp_path: Path) -> None:
    hostile = replace(POST, text="a" * 5_000 + "!")
    begin = time.process_time()

    assert not holds(tmp_path, "text: ^(a|aa)+$", hostile)
    assert time.process_time() - begin < 5, "without a limit it takes longer than anybody waits"


@given(st.text(max_size=40).map(lambda text: text * 600))
@settings(max_examples=50)
def test_patterns_see_at_most_ten_thousand_characters_and_no_hidden_ones(text: str) -> None:
    seen = matchable(text)

    assert len(seen) <= 10_000
    assert not set(seen) & set("\u200b\u200e\u202e\u2066\ufeff")


def test_the_words_of_a_condition_are_those_that_were_written(tmp_path: Path) -> None:
    text = (
        '{name: a, first_response: 1h, when: {author.followers: ">= 10", author.verified: yes, kind: [mention, quote]}}'
    )

    assert [condition.words for condition in policies(tmp_path, text)[0].conditions] == [
        "author.followers: >= 10",
        "author.verified: yes",
        "kind: [mention, quote]",
    ]


def test_the_first_policy_that_fits_is_the_promise(tmp_path: Path) -> None:
    found = match(
        policies(
            tmp_path,
            '{name: vip, when: {author.followers: ">= 10000"}, first_response: 15m}',
            "{name: angry, when: {text: where, kind: mention}, first_response: 30m}",
            "{name: everyone, first_response: 1h}",
        ),
        Subject("acme-x", "pretend", [POST]),
    )

    assert found.policy is not None
    assert found.policy.name == "angry"
    assert found.failed == (("vip", "author.followers: >= 10000"),)
