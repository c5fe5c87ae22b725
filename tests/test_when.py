"""How lines under `when` are read: what each may say, and what can never hold where."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from slamon.fields import find_zone, mistake
from slamon.model import Kind
from slamon.rules import ChannelFacts
from slamon.rules._language import CODES, LIBRARY, detect, detector
from slamon.rules._patience import LimitedPatience
from slamon.rules.facts import Scope
from slamon.rules.when import CONDITIONS, read_when
from slamon.shape import Reader
from slamon.sla.conditions import AuthorListed, Hour, covers, names_filtered, names_listening
from slamon.sla.conditions_text import LanguageIs, TextMatches
from slamon.yamlfile import parse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slamon.sla.subject import Condition

BERLIN = find_zone("Europe/Berlin")
DELIVERED = frozenset(
    {
        "author.followers",
        "author.verified",
        "language",
        "reach",
        "rating",
        "permalink",
        "advertised",
        "hidden",
    }
)
FULL = ChannelFacts("pretend", DELIVERED, frozenset(Kind))
BARE = ChannelFacts("bare", frozenset(), frozenset({Kind.MENTION}))
SCOPE = Scope({"acme-x": FULL}, {"acme-x": FULL}, None, {})


def read(when: str, scope: Scope = SCOPE, zone: Any = BERLIN) -> tuple[Sequence[Condition], list[str]]:
    reader = Reader(parse(f"when: {{{when}}}".encode(), "a.yaml"))
    found = read_when(reader, ("when",), scope, zone)
    return found, [str(fault) for fault in reader.faults]


def line(when: str, scope: Scope = SCOPE, zone: Any = BERLIN) -> Condition:
    (found,), faults = read(when, scope, zone)
    assert faults == []
    return found


def fault(when: str, scope: Scope = SCOPE, zone: Any = BERLIN) -> str:
    _, (said,) = read(when, scope, zone)
    return said


# ---- what a connector never delivers


@pytest.mark.parametrize(
    ("when", "field"),
    [
        ('author.followers: ">= 10"', "author.followers"),
        ("author.verified: yes", "author.verified"),
        ('reach: ">= 10"', "reach"),
        ('rating: "<= 2"', "rating"),
        ("thread.permalink: https://x.com/acme/status/1", "permalink"),
        ("thread.ad: yes", "advertised"),
        ("filtered: yes", "hidden"),
    ],
)
def test_a_condition_on_what_is_never_delivered_is_a_fault(when: str, field: str) -> None:
    bare = replace(SCOPE, served={"acme-x": BARE})

    assert f"can never hold: `{field}` is not delivered by bare" in fault(when, bare)
    line(when)
    line(when, replace(SCOPE, served={"acme-x": BARE, "acme-y": FULL}))
    line(when, replace(SCOPE, served={"acme-x": ChannelFacts("")}))


def test_a_language_that_nobody_tells_needs_the_extra() -> None:
    bare = replace(SCOPE, served={"acme-x": BARE}, detect=None)

    assert fault("language: de", bare) == (
        "a.yaml:1:18: `language`: can never hold: `language` is not delivered by bare, and cannot be told from the "
        "text here (pip install 'slamon[text]')"
    )
    line("language: de", replace(bare, detect=lambda _: "de"))
    line("language: de", replace(SCOPE, detect=None))
    line("language: de", replace(SCOPE, served={}, detect=None))


def test_the_extra_is_looked_for_and_not_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("slamon.rules._language.find_spec", lambda name: None if name == LIBRARY else 1)

    assert detector.__wrapped__() is None


def test_languages_are_told_from_texts_that_are_long_enough() -> None:
    pytest.importorskip(LIBRARY)

    assert detector() is detect
    assert detect("Wo bleibt denn meine Bestellung, ich warte seit zwei Wochen") == "de"
    assert detect("@acme Where is my parcel, it was due a week ago https://t.co/x") == "en"
    assert detect("¿Dónde está mi pedido? Llevo esperando dos semanas") == "es"
    assert detect("Danke!") == ""
    assert detect("@acme @acme @acme https://t.co/abcdefghijkl 😀 1234567890") == ""


def test_a_language_is_no_country() -> None:
    assert "`jp` is no language" in fault("language: jp")
    assert "`german` is no language" in fault("language: [de, german]")
    assert line("language: [de, pt-BR, fil]") == LanguageIs("", frozenset({"de", "pt-br", "fil"}))
    assert len(CODES.split()) == len(set(CODES.split())) > 180


# ---- values


@pytest.mark.parametrize("when", ["author.followers", "reach", "rating", "length", "messages", "thread.commenters"])
@pytest.mark.parametrize("value", ['"~ 3"', "yes", "3.5", '"-3"', '""', "[]", "{}", '">= 1k"', '["> 1", x]'])
def test_numbers_are_numbers(when: str, value: str) -> None:
    assert "should be a number, or a comparison with one" in fault(f"{when}: {value}")


@pytest.mark.parametrize(
    "when",
    [
        'messages: "< 1"',
        'messages: "> 50"',
        'rating: "> 10"',
        'length: "< 0"',
        'reach: [">= 100", "< 50"]',
        'thread.commenters: "< 1"',
        'thread.age: "< 0s"',
    ],
)
def test_what_no_number_can_be_is_a_fault(when: str) -> None:
    assert "can never hold" in fault(when)


def test_a_time_of_day_is_meant_in_the_zone_of_the_calendar_or_its_own() -> None:
    assert line('hour: "22:00-24:00"') == Hour("", frozenset(range(22 * 60, 24 * 60)), BERLIN)
    assert line('hour: {between: ["23:59-00:01"], timezone: UTC}', zone=None) == Hour(
        "", frozenset({24 * 60 - 1, 0}), find_zone("UTC")
    )
    assert "needs a time zone" in fault('hour: "22:00-06:00"', zone=None)
    assert "needs a time zone" in fault("days: sat-sun", zone=None)
    assert "needs a time zone" in fault("days: {on: sat-sun}", zone=None)


def test_a_list_of_authors_stands_in_a_file_beside_the_rules() -> None:
    files = {
        "vips.txt": "\ufeff# press\n@Ann_T  # the editor\n\n4711\n".encode(),
        "none.txt": b"# nobody\n",
        "latin.txt": b"M\xfcller",
    }

    def attached(name: str) -> bytes:
        if name not in files:
            raise mistake(f"there is no file {name}")
        return files[name]

    scope = replace(SCOPE, attached=attached)

    assert line("author.list: vips.txt", scope) == AuthorListed("", frozenset({"@Ann_T", "ann_t", "4711"}))
    assert "names nobody" in fault("author.list: none.txt", scope)
    assert "latin.txt is not UTF-8 text" in fault("author.list: latin.txt", scope)
    assert "there is no file nix.txt" in fault("author.list: nix.txt", scope)
    assert "there is no file `vips.txt` beside the rules" in fault("author.list: vips.txt")


def test_a_word_list_with_a_fault_is_blamed_once() -> None:
    assert (
        fault("words: priase, whole: yes")
        == "a.yaml:1:15: `words`: there is no word list `priase` (did you mean `praise`?)"
    )
    assert "should be text" in fault("words: 5, whole: yes")


def test_words_of_conditions_are_those_that_were_written() -> None:
    found, faults = read(
        'hour: {between: "22:00-06:00", timezone: UTC}, question: no, words: [praise, thanks], whole: yes, filtered: no'
    )

    assert faults == []
    assert [each.words for each in found] == [
        "hour: {between: 22:00-06:00, timezone: UTC}",
        "question: no",
        "words: [praise, thanks]",
        "whole: yes",
        "filtered: no",
    ]


def test_each_condition_says_whether_it_reads_the_thread() -> None:
    examples = {
        "kind": "mention",
        "channel": "acme-x",
        "platform": "pretend",
        "filtered": "yes",
        "author.followers": "1",
        "author.verified": "yes",
        "author.handle": "ann",
        "author.name": "Ann",
        "author.list": "vips.txt",
        "text": "a",
        "question": "yes",
        "length": "1",
        "language": "de",
        "words": "praise",
        "whole": "yes, words: praise",
        "reach": "1",
        "rating": "1",
        "messages": "1",
        "hour": '"10:00-11:00"',
        "days": "mon",
        "thread.permalink": "https://x.com/a/1",
        "thread.text": "a",
        "thread.hashtag": "sale",
        "thread.ad": "yes",
        "thread.age": '"> 7d"',
        "thread.commenters": "1",
    }
    scope = replace(SCOPE, attached=lambda _: b"ann")

    assert examples.keys() == CONDITIONS.keys()
    for key, value in examples.items():
        found, faults = read(f"{key}: {value}", scope)
        assert faults == []
        assert found[0].reads_thread == key.startswith("thread."), key


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.sampled_from(["yes", "mon", "> 1", "22:00-06:00", "praise"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["between", "on", "timezone", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.sampled_from(sorted(CONDITIONS)), VALUES)
@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_no_value_gives_anything_but_a_condition_or_a_fault(key: str, value: object) -> None:
    class Written:
        file = "a.yaml"
        data: Any = {"when": {key: value}}  # noqa: RUF012 - a document of one line

    document = replace(parse(b"when: {}", "a.yaml"), data=Written.data)
    reader = Reader(document)
    found = read_when(reader, ("when",), SCOPE, BERLIN)

    assert len(found) + len(reader.faults) == 1


# ---- which policy takes all that another would


@pytest.mark.parametrize(
    ("above", "below"),
    [
        ("", "text: a"),
        ("text: a", "text: a, kind: mention"),
        ("kind: [mention, quote]", "kind: quote"),
        ('author.followers: ">= 1000"', 'author.followers: ">= 10000"'),
        ('author.followers: "> 999"', 'author.followers: [">= 1000", "< 2000"]'),
        ("author.verified: yes", "author.verified: business"),
        ("author.verified: [blue, business]", "author.verified: blue"),
        ("author.handle: [Ann, '@tom']", "author.handle: TOM"),
        ("words: [praise, thanks]", "words: praise, whole: yes"),
        ("question: yes", 'question: yes, length: "> 5"'),
        ('hour: "20:00-08:00"', 'hour: "22:00-06:00"'),
        ("days: mon-fri", "days: tue"),
        ('thread.commenters: ">= 10"', 'thread.commenters: ">= 50"'),
        ("thread.text: sale", "thread.text: sale"),
        ("language: [de, en]", "language: en"),
    ],
)
def test_conditions_cover_narrower_ones(above: str, below: str) -> None:
    assert covers(read(above)[0], read(below)[0])


@pytest.mark.parametrize(
    ("above", "below"),
    [
        ("text: a", ""),
        ("text: a", "text: b"),
        ("text: a", "thread.text: a"),
        ("kind: quote", "kind: [mention, quote]"),
        ("kind: quote, text: a", "kind: quote"),
        ('author.followers: ">= 10000"', 'author.followers: ">= 1000"'),
        ('author.followers: ">= 1"', 'reach: ">= 10"'),
        ("author.verified: no", "author.verified: blue"),
        ("author.verified: blue", "author.verified: yes"),
        ("words: praise, whole: yes", "words: praise"),
        ("words: praise", "words: [praise, thanks]"),
        ("question: yes", "question: no"),
        ('hour: "22:00-06:00"', 'hour: {between: "22:00-06:00", timezone: UTC}'),
    ],
)
def test_conditions_do_not_cover_others(above: str, below: str) -> None:
    assert not covers(read(above)[0], read(below)[0])


def test_keyword_listening_and_hidden_posts_are_taken_where_they_are_named() -> None:
    assert names_listening(read("kind: [mention, listening]")[0])
    assert not names_listening(read("kind: mention")[0])
    assert names_filtered(read("filtered: yes")[0])
    assert not names_filtered(read("filtered: no")[0])


# ---- patience


class Clock:
    """Stands still, unless told otherwise."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Slow:
    """A pattern whose searches take so long, by the clock; beyond the limit it gives up as the library does."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self.clock, self.seconds, self.searches, self.limits = clock, seconds, 0, list[float]()

    def search(self, text: str, *, timeout: float, concurrent: bool) -> str | None:
        assert concurrent
        self.searches += 1
        self.limits.append(timeout)
        self.clock.now += min(self.seconds, timeout)
        if self.seconds > timeout:
            raise TimeoutError
        return text


def patience() -> tuple[LimitedPatience, Clock]:
    clock = Clock()
    return LimitedPatience(clock), clock


def test_a_search_that_takes_too_long_is_counted_and_not_tried_again() -> None:
    limited, clock = patience()
    slow: Any = Slow(clock, 1)

    assert [limited.finds(slow, "text") for _ in range(50)] == [False] * 50
    assert slow.searches == limited.timeouts == 1
    assert limited.gave_up(slow, "text")
    assert not limited.gave_up(slow, "another")


def test_all_patterns_together_get_a_fifth_of_a_second_of_one_text() -> None:
    limited, clock = patience()
    patterns: list[Any] = [Slow(clock, 0.045) for _ in range(10)]

    found = [limited.finds(pattern, "text") for pattern in patterns]

    assert found == [True] * 4 + [False] * 6
    assert clock.now == pytest.approx(0.2)
    assert patterns[4].limits == [pytest.approx(0.02)]
    assert patterns[5].searches == 0
    assert limited.timeouts == 6
    assert limited.finds(patterns[0], "another text")


def test_what_a_slow_search_found_is_remembered() -> None:
    limited, clock = patience()
    slow: Any = Slow(clock, 0.04)

    assert all(limited.finds(slow, "text") for _ in range(50))
    assert slow.searches == 1


def test_quick_searches_leave_no_trace_and_slow_ones_not_for_ever() -> None:
    limited, clock = patience()
    quick: Any = Slow(clock, 0.000_1)
    slow: Any = Slow(clock, 0.01)

    for n in range(2_000):
        limited.finds(quick, f"text {n}")
    assert not limited._slow
    for n in range(2_000):
        limited.finds(slow, f"text {n}")
    assert len(limited._slow) == 512


def test_explain_can_say_that_a_pattern_took_too_long() -> None:
    limited, _ = patience()
    condition = line("text: '^(a|aa)+$'", replace(SCOPE, patience=limited))
    assert isinstance(condition, TextMatches)
    assert condition.patience is limited
