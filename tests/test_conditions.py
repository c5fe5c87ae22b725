from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from admin import CALENDARS, write
from slamon.model import DAY, HOUR, MINUTE, Author, Kind, Message, Side
from slamon.rules import ChannelFacts, load_rules
from slamon.sla.conditions import note
from slamon.sla.policy import match
from slamon.sla.subject import Subject
from slamon.sla.texts import matchable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

FULL = ChannelFacts("pretend", None, frozenset(Kind))
POST = Message(
    id="1", thread="1", author=Author("7", "Ann_T", followers=120), side=Side.OTHER, created_at=0, text="Where is it?"
)
SATURDAY_NIGHT = 1_795_294_800_000
"""2026-11-21T22:00 in Berlin."""


def loaded(folder: Path, *lines: str) -> Any:
    text = "policies:\n" + "".join(f"  - {line}\n" for line in lines)
    return load_rules(write(folder, {"acme-x.yaml": text}), {"acme-x": FULL}, ())


def policies(folder: Path, *lines: str) -> Any:
    return loaded(folder, *lines).of("acme-x").policies


def holds(folder: Path, when: str, *messages: Message, thread: Sequence[Message] = ()) -> bool:
    """Whether all conditions hold, for messages with these texts or just so."""
    (policy,) = policies(folder, f"{{name: a, first_response: 1h, when: {{{when}}}}}")
    subject = Subject("acme-x", "pretend", messages, thread)
    return all(condition.holds(subject) for condition in policy.conditions)


def said(*texts: str, **more: Any) -> list[Message]:
    return [replace(POST, id=str(n), text=text, created_at=n * MINUTE, **more) for n, text in enumerate(texts)]


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

    assert not holds(tmp_path, "text: ^(a|aa)+$", hostile)


@given(st.text(max_size=40).map(lambda text: text * 600))
@settings(max_examples=50)
def test_patterns_see_at_most_ten_thousand_characters_and_no_hidden_ones(text: str) -> None:
    seen = matchable(text)

    assert len(seen) <= 10_000
    assert not set(seen) & set("\u200b\u200e\u202e\u2066\ufeff")


def test_a_name_is_the_whole_one_that_is_shown_or_a_handle(tmp_path: Path) -> None:
    named = replace(POST, author=Author("7", "ann_t", "Ann  Müller "))

    assert holds(tmp_path, "author.name: [Tom, ann  müller]", named)
    assert holds(tmp_path, "author.name: ANN_T", named)
    assert not holds(tmp_path, "author.name: Ann", named)


def test_a_list_names_authors_by_handle_or_id(tmp_path: Path) -> None:
    write(tmp_path, {"vips.txt": "# press\n@ANN_t # editor\n99\n"})

    assert holds(tmp_path, "author.list: vips.txt", POST)
    assert holds(tmp_path, "author.list: vips.txt", replace(POST, author=Author("99", "tom")))
    assert not holds(tmp_path, "author.list: vips.txt", replace(POST, author=Author("98", "tom")))


@pytest.mark.parametrize(
    ("when", "texts", "fits"),
    [
        ("question: yes", ["hello", "where is it?"], True),
        ("question: yes", ["where is it?", "hello"], True),
        ("question: no", ["where is it?", "hello"], False),
        ("question: yes", ["hello"], False),
        ("question: no", ["hello", "where is it?"], False),
        ("question: no", ["hello", "https://acme.example/?a=b"], True),
        ('length: "> 10"', ["hello", "again!"], True),
        ('length: "> 11"', ["hello", "again!"], False),
        ("length: 5", ["  hello\n"], True),
        ("length: 0", ["\u200b"], True),
        ("words: complaint", ["hello", "it is broken"], True),
        ("words: [praise, thanks]", ["it is broken"], False),
        ("words: praise, whole: yes", ["Great service!", "❤️❤️"], True),
        ("words: praise, whole: yes", ["Great service!", "but where is my parcel"], False),
        ("words: praise, whole: yes", ["Great service!", ""], False),
        ("words: praise, whole: yes", ["❤️❤️"], False),
        ("words: [praise, thanks], whole: yes", ["Great service, thank you!"], True),
        ("words: praise, whole: yes", ["great, another delay"], False),
    ],
)
def test_what_was_written(when: str, texts: list[str], fits: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a row of the table
    assert holds(tmp_path, when, *said(*texts)) == fits


def test_a_language_is_that_which_the_platform_names(tmp_path: Path) -> None:
    assert holds(tmp_path, "language: de", *said("hallo", language="de-AT"))
    assert holds(tmp_path, "language: [en, pt-BR]", *said("oi", language="pt_BR"))
    assert not holds(tmp_path, "language: pt-BR", *said("olá", language="pt-PT"))
    assert not holds(tmp_path, "language: de", *said("hello", language="en"))
    assert not holds(tmp_path, "language: de", *said("ok", language="und"))


@pytest.mark.parametrize(
    ("when", "fits"),
    [('reach: ">= 100"', True), ('reach: "< 100"', False), ('reach: [">= 100", "< 200"]', True), ("reach: 7", False)],
)
def test_reach_is_that_of_the_message_with_most(when: str, fits: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a row of the table
    messages = [replace(POST, id=str(n), reach=reach) for n, reach in enumerate((7, 150, None))]

    assert holds(tmp_path, when, *messages) == fits


def test_a_reach_or_rating_that_nobody_knows_fits_nothing(tmp_path: Path) -> None:
    assert not holds(tmp_path, 'reach: ">= 0"', POST)
    assert not holds(tmp_path, 'rating: ">= 0"', POST)


def test_a_rating_is_the_newest(tmp_path: Path) -> None:
    assert holds(tmp_path, 'rating: "<= 2"', replace(POST, rating=5), replace(POST, id="2", rating=1), POST)


def test_messages_of_the_wait_are_counted(tmp_path: Path) -> None:
    assert holds(tmp_path, 'messages: ">= 3"', *said("a", "b", "c"))
    assert not holds(tmp_path, 'messages: ">= 3"', *said("a", "b"))


@pytest.mark.parametrize(
    ("when", "fits"),
    [
        ('hour: {between: "22:00-06:00", timezone: Europe/Berlin}', True),
        ('hour: {between: "21:00-22:00", timezone: Europe/Berlin}', False),
        ('hour: {between: ["08:00-09:00", "21:00-22:00"], timezone: UTC}', True),
        ('hour: {between: "00:00-24:00", timezone: UTC}', True),
        ("days: {on: sat-sun, timezone: Europe/Berlin}", True),
        ("days: {on: sat, timezone: Asia/Tokyo}", False),
        ("days: {on: [fri, sun-mon], timezone: Asia/Tokyo}", True),
    ],
)
def test_a_wait_began_at_a_local_hour_and_day(when: str, fits: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a row of the table
    begun = replace(POST, created_at=SATURDAY_NIGHT)

    assert holds(tmp_path, when, begun, replace(POST, id="2", created_at=SATURDAY_NIGHT + 12 * HOUR)) == fits


def test_a_message_that_surfaced_late_begins_its_wait_then(tmp_path: Path) -> None:
    late = replace(POST, created_at=SATURDAY_NIGHT - 2 * DAY, surfaced_at=SATURDAY_NIGHT)

    assert holds(tmp_path, "days: {on: sat, timezone: Europe/Berlin}", late)


def test_an_hour_is_meant_in_the_zone_of_the_policys_calendar(tmp_path: Path) -> None:
    write(tmp_path, {"calendars.yaml": CALENDARS})
    text = '{name: a, first_response: 1h, calendar: support, when: {hour: "22:00-06:00", days: sat}}'
    (policy,) = policies(tmp_path, text)
    subject = Subject("acme-x", "pretend", [replace(POST, created_at=SATURDAY_NIGHT)])

    assert all(condition.holds(subject) for condition in policy.conditions)


def test_what_was_born_hidden_is_filtered(tmp_path: Path) -> None:
    filtered = replace(POST, id="2", filtered=True)

    assert holds(tmp_path, "filtered: yes", POST, filtered)
    assert not holds(tmp_path, "filtered: no", POST, filtered)
    assert holds(tmp_path, "filtered: no", POST)


# ---- the thread


ROOT = replace(
    POST,
    id="0",
    author=Author("1", "acme"),
    side=Side.OURS,
    created_at=0,
    text="Our #Summer_Sale begins. Win a bike!",
    permalink="https://x.com/acme/status/42",
)


@pytest.mark.parametrize(
    ("link", "fits"),
    [
        ("https://x.com/acme/status/42", True),
        ("http://www.twitter.com/acme/status/42/?s=20", True),
        ("x.com/acme/status/42#top", True),
        ("[https://x.com/acme/status/1, https://X.com/acme/status/42]", True),
        ("https://x.com/acme/status/4", False),
        ("https://x.com/ACME/status/42", False),
    ],
)
def test_a_thread_is_known_by_the_link_of_its_first_post(link: str, fits: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a row of the table
    assert (
        holds(
            tmp_path,
            f"thread.permalink: '{link}'" if link[0] != "[" else f"thread.permalink: {link}",
            POST,
            thread=[ROOT, POST],
        )
        == fits
    )


def test_a_link_that_needs_its_query_is_compared_with_it(tmp_path: Path) -> None:
    root = replace(ROOT, permalink="https://facebook.com/permalink.php?story_fbid=1&id=2")

    assert holds(
        tmp_path, "thread.permalink: 'https://m.facebook.com/permalink.php?story_fbid=1&id=2'", POST, thread=[root]
    )
    assert not holds(
        tmp_path, "thread.permalink: 'https://facebook.com/permalink.php?story_fbid=3&id=2'", POST, thread=[root]
    )


@pytest.mark.parametrize(
    ("when", "fits"),
    [
        ("thread.text: win a (bike|car)", True),
        ("thread.text: where", False),
        ("thread.hashtag: '#summer_sale'", True),
        ("thread.hashtag: [winter, SUMMER_SALE]", True),
        ("thread.hashtag: summer", False),
        ("thread.ad: yes", False),
        ("thread.ad: no", True),
        ('thread.age: ">= 7d"', True),
        ('thread.age: "> 7d"', False),
        ('thread.age: "< 8d"', True),
    ],
)
def test_a_thread_is_known_by_its_first_post(when: str, fits: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a row of the table
    asked = replace(POST, created_at=7 * DAY)

    assert holds(tmp_path, when, asked, replace(asked, id="2", created_at=9 * DAY), thread=[ROOT, asked]) == fits


def test_a_wait_stands_under_an_ad_when_its_post_or_its_message_says_so(tmp_path: Path) -> None:
    assert holds(tmp_path, "thread.ad: yes", POST, thread=[replace(ROOT, advertised=True), POST])
    assert holds(tmp_path, "thread.ad: yes", replace(POST, advertised=True), thread=[ROOT, POST])


def test_commenters_are_others_who_had_written_by_then(tmp_path: Path) -> None:
    crowd = [replace(POST, id=str(n), author=Author(f"c{n % 50}"), created_at=n * MINUTE) for n in range(2, 102)]
    thread = [ROOT, *crowd]
    asked = replace(POST, id="me", created_at=50 * MINUTE)

    assert holds(tmp_path, "thread.commenters: 50", asked, thread=[*thread, asked])
    assert holds(tmp_path, 'thread.commenters: "< 51"', asked, thread=[*thread, asked])
    assert not holds(tmp_path, 'thread.commenters: "> 50"', asked, thread=[*thread, asked])
    assert holds(tmp_path, 'thread.commenters: "> 50"', replace(asked, created_at=51 * MINUTE), thread=thread)
    assert not holds(tmp_path, 'thread.commenters: "< 51"', replace(asked, created_at=51 * MINUTE), thread=thread)
    assert holds(tmp_path, "thread.commenters: 1", asked)


def test_of_an_empty_wait_nothing_is_known(tmp_path: Path) -> None:
    for when in (
        'thread.age: ">= 0s"',
        "thread.text: .",
        "thread.hashtag: a",
        "thread.permalink: a/b",
        "thread.commenters: 1",
    ):
        assert not holds(tmp_path, when)


def test_a_pattern_that_took_too_long_is_noted(tmp_path: Path) -> None:
    (policy,) = policies(tmp_path, "{name: a, first_response: 1h, when: {text: ^(a|aa)+$, thread.text: ^(b|bb)+$}}")
    text, thread = policy.conditions
    hostile = replace(POST, text="a" * 4_000 + "!")
    subject = Subject("acme-x", "pretend", [hostile], [replace(ROOT, text="b" * 4_000 + "!"), hostile])

    assert not text.holds(subject)
    assert not thread.holds(subject)
    assert note(text, subject) == note(thread, subject) == "the pattern took too long"
    assert note(text, Subject("acme-x", "pretend", [POST])) == ""


def test_a_flood_of_hostile_messages_costs_its_time_once(tmp_path: Path) -> None:
    rules = loaded(tmp_path, "{name: a, first_response: 1h, when: {text: ^(a|aa)+$}}")
    (policy,) = rules.of("acme-x").policies
    messages = [replace(POST, id=str(n), text="a" * 4_000 + "!" * (n + 1)) for n in range(10)]
    for n in range(10):
        policy.conditions[0].holds(Subject("acme-x", "pretend", messages[: n + 1]))

    assert rules.patience.timeouts == len(messages), "of the 55 looks"


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
