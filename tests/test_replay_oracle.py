"""`slamon replay` against an independent computation: on real conversations, and on histories nobody would invent."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from oracle import DAY, HOUR, figures
from slamon.connectors._records import instant
from slamon.model import Target
from slamon.replay import replay
from slamon.sla.policy import ChannelRules, Policy, RuleSet

REAL = Path(__file__).parents[2] / "shared" / "data" / "conversations.jsonl"

Line: TypeAlias = dict[str, Any]
Draw: TypeAlias = st.DrawFn

START = instant("2026-03-28T00:00:00Z")
NEAR = [0, 1, 1, 2, 999, 1_000, HOUR - 1, HOUR, HOUR + 1]
FAR = [DAY - HOUR, DAY, DAY + 1, DAY + HOUR, 2 * DAY + HOUR]
MOMENTS = st.sampled_from([*NEAR, *FAR])
CUSTOMERS: list[str | None] = ["Ann", "bob.b", "eve_3", None]
NAMES = ["Ann", "ANN", "bob.b", "Bob.B", "eve_3", "stranger"]
ROLES = ["customer"] * 4 + ["brand"] * 4 + ["automation", "staff", "bystander"]


def stamp(millis: int) -> str:
    days, rest = divmod(millis, DAY)
    seconds, rest = divmod(rest, 1_000)
    return f"2026-03-{28 + days}T{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{rest:03}Z"


@st.composite
def texts(draw: Draw) -> str:
    before, after = st.sampled_from(["", "(", " ", "me"]), st.sampled_from([".", " ", "-", ": x", ", "])
    return "".join(
        f"{draw(before)}@{draw(st.sampled_from(NAMES))}{draw(after)}" for _ in range(draw(st.integers(0, 2)))
    )


@st.composite
def messages(draw: Draw, name: str, number: int, customers: list[str | None], above: list[str]) -> Line:
    """One message that replies to one of those `above`, at a time that knows nothing of it."""
    role = draw(st.sampled_from(ROLES))
    authors: dict[str, list[str | None]] = {"customer": customers, "brand": ["Acme", None]}
    line: Line = {
        "id": draw(st.sampled_from([f"{name}{number}", f"{ord(name)}{20 - number}", f"{ord(name)}{number}"])),
        "brand": "acme",
        "role": role,
        "author": draw(st.sampled_from(authors.get(role, ["helper"]))),
        "created_at": stamp(draw(MOMENTS)),
        "text": draw(texts()),
        "in_reply_to": draw(st.sampled_from([*above, *above, *above, None, f"unseen-{name}"])),
    }
    if draw(st.integers(0, 5)) == 0:
        line["mentions"] = draw(st.lists(st.sampled_from(["@Ann", "ann", "BOB.B"]), max_size=2))
    return line


@st.composite
def threads(draw: Draw, name: str) -> list[Line]:
    """The lines of one thread, some of them edited later, or stamped earlier than what they answer."""
    private, named = draw(st.booleans()), draw(st.booleans())
    customers = CUSTOMERS[: 1 if private else draw(st.integers(1, len(CUSTOMERS)))]
    lines: list[Line] = []
    for number in range(draw(st.integers(1, 8))):
        above = [line["id"] for line in lines]
        line = draw(messages(name, number, customers, above))
        if line["id"] in above:
            continue
        line |= {"conversation": name} if named else {}
        line |= {"kind": "direct_message"} if private else {}
        lines.append(line)
        if draw(st.integers(0, 7)) == 0:
            lines.append(line | {"text": draw(texts()), "created_at": stamp(draw(MOMENTS))})
    return lines


@st.composite
def histories(draw: Draw) -> list[Line]:
    """Lines of up to three threads on one or two channels; an edit may come anywhere after its first line."""
    lines = [line for name in "pqr"[: draw(st.integers(1, 3))] for line in draw(threads(name))]
    if draw(st.booleans()):
        lines = [line | {"brand": "other"} if "r" in line["id"] else line for line in lines]
    return draw(st.permutations(lines))


def replayed(lines: list[Line], ruleset: RuleSet, at: int | None = None) -> dict[str, object]:
    with TemporaryDirectory() as folder:
        path = Path(folder, "history.jsonl")
        path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        return replay(path, ruleset, at).as_json()


def said(ident: str, role: str, millis: int, **cells: object) -> Line:
    author = "ann" if role == "customer" else "acme"
    line: Line = {"id": ident, "brand": "acme", "conversation": "c", "role": role, "author": author, "text": ""}
    return line | {"created_at": stamp(millis)} | cells


ASKED, REPLY = said("1", "customer", HOUR), said("2", "brand", HOUR - 1, in_reply_to="1")
SILENCE = [said("1", "customer", 0, kind="direct_message"), said("2", "brand", 1)]
CROWD = [said("1", "customer", 0), said("2", "customer", 1, author="bob"), said("3", "brand", 2, in_reply_to="1")]
THROUGH_OURS = [*CROWD, said("4", "customer", 3), said("5", "brand", 4, in_reply_to="3")]
BY_NAME = [*CROWD, said("4", "customer", 3), said("5", "brand", 4, in_reply_to="2", mentions=["Ann"])]
TO_NOBODY = [*CROWD, said("4", "customer", 3), said("5", "brand", 4, in_reply_to="6"), said("6", "bystander", 3)]


@settings(max_examples=400, deadline=None)
@example([REPLY, ASKED], HOUR, HOUR, None)
@example([ASKED, REPLY, said("0", "customer", 0)], HOUR, HOUR, None)
@example([*SILENCE, said("3", "customer", DAY, kind="direct_message")], HOUR, HOUR, None)
@example([*SILENCE, said("3", "customer", DAY + 1, kind="direct_message")], HOUR, HOUR, None)
@example(THROUGH_OURS, HOUR, HOUR, None)
@example(BY_NAME, HOUR, HOUR, None)
@example(TO_NOBODY, HOUR, HOUR, None)
@given(histories(), st.sampled_from([1, HOUR, DAY]), st.sampled_from([1_000, HOUR]), st.none() | MOMENTS)
def test_any_history_is_judged_as_the_oracle_judges_it(
    lines: list[Line], first: int, following: int, at: int | None
) -> None:
    at = None if at is None else START + at
    policy = Policy("all", {Target.FIRST_RESPONSE: first, Target.NEXT_RESPONSE: following})
    rules = RuleSet("test", default=ChannelRules((policy,)))
    expected = figures([json.dumps(line) for line in lines], first, following, at)
    assert replayed(lines, rules, at) == expected


@pytest.mark.skipif(not REAL.exists(), reason="the real conversations are not part of the project")
class TestOnRealConversations:
    def test_replay_finds_what_the_oracle_finds(self) -> None:
        with REAL.open(encoding="utf-8") as lines:
            assert replay(REAL, RuleSet("none")).as_json() == figures(lines)

    @pytest.mark.parametrize("hours", [0, 1, 24, 24 * 300])
    def test_so_it_does_at_any_instant(self, hours: int) -> None:
        at = instant("2019-06-07T12:00:00Z") + hours * HOUR
        with REAL.open(encoding="utf-8") as lines:
            assert replay(REAL, RuleSet("none"), at).as_json() == figures(lines, at=at)

    def test_their_figures_are_the_known_ones(self) -> None:
        total: Any = replay(REAL, RuleSet("none")).as_json()["total"]
        first, following = total["first_response"], total["next_response"]
        assert [first[key] for key in ("count", "met", "missed", "p50", "p90")] == [523, 235, 288, 6_128, 258_224]
        assert [following[key] for key in ("count", "met", "missed")] == [60, 46, 14]
