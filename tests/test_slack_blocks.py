from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slack_parts import BREACHED, CANCELLED, LATE, NASTY, STARTED, STATES, UNVERIFIED, WAITING
from slamon.model import HOUR, MINUTE, SECOND, Status
from slamon.notifiers._slack_blocks import Form, render, render_reply
from slamon.notifiers._slack_parts import HEADER_ROOM, Rendered, link, mention
from slamon.notifiers.text import clock, duration, fit, lines, one_line, width

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.notifiers.base import Alert

Strangers: TypeAlias = tuple[str, str, str, str, str]
BERLIN = ZoneInfo("Europe/Berlin")
GOLDEN = Path(__file__).parent / "golden" / "slack"
HOSTILE = st.one_of(
    st.text(max_size=80),
    st.sampled_from(NASTY),
    st.text(alphabet="<>&!@#|*_~`\n\u202e\u200dé👍🏽", max_size=400),
    st.integers(1, 9_000).map(lambda n: "<" * n),
)


def shown(rendered: Rendered) -> dict[str, Any]:
    return {"text": rendered.text, "blocks": rendered.blocks}


def texts(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        if "text" in node and isinstance(node["text"], str):
            yield node
        for value in node.values():
            yield from texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from texts(value)


def hostile_alert(alert: Alert, words: Strangers) -> Alert:
    name, handle, text, by, channel = words
    return replace(alert, customer=name, handle=handle, text=text, answered_by=by, channel=channel, policy=by)


@pytest.mark.parametrize("name", STATES)
def test_each_state_reads_as_in_its_golden_file(name: str) -> None:
    expected = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
    assert expected == shown(render(STATES[name], BERLIN))


def test_a_later_stage_in_the_thread_reads_as_in_its_golden_file() -> None:
    expected = json.loads((GOLDEN / "reply.json").read_text(encoding="utf-8"))
    assert expected == shown(render_reply(replace(BREACHED, stage="+30m"), BERLIN))


def test_the_fallback_text_alone_says_who_what_how_late_against_which_limit_and_where() -> None:
    text = render(BREACHED, BERLIN).text
    for part in ("Anna Becker", "@anna", "where is my parcel?", "12 min over the limit of 1 h", "<https://x.com/anna/"):
        assert part in text
    assert "\n" not in text


def test_a_plain_message_is_one_line_without_blocks() -> None:
    assert render(BREACHED, BERLIN, Form.PLAIN).blocks == []
    assert "\n" not in render(replace(BREACHED, text="a\nb\nc", customer="x\ny"), BERLIN, Form.PLAIN).text


def test_nobody_is_accused_on_a_channel_that_was_not_read_since() -> None:
    for unsure in (replace(BREACHED, verified=False), replace(BREACHED, status=Status.UNVERIFIED)):
        assert "not read since 14:19" in render(unsure, BERLIN).text
        assert "🔴" not in render(unsure, BERLIN).text
    assert "not read yet" in render(replace(UNVERIFIED, last_read_at=None), BERLIN).text


def test_a_message_in_time_says_when_its_channel_could_not_be_read() -> None:
    assert "not read since" in json.dumps(render(replace(WAITING, verified=False), BERLIN).blocks)
    assert "not read since" not in json.dumps(render(WAITING, BERLIN).blocks)


def test_a_breach_told_at_its_very_instant_does_not_say_zero_seconds() -> None:
    assert "Limit of 1 h reached" in render(replace(BREACHED, now=BREACHED.due_at + 3), BERLIN).text


def test_times_carry_seconds_where_the_promise_is_short() -> None:
    quick = replace(WAITING, target_length=20 * SECOND, due_at=STARTED + 20 * SECOND, now=STARTED + 10 * SECOND)
    assert "due 13:32:20 CET" in render(quick, BERLIN).text
    assert "Due in 10 s, limit 20 s" in render(quick, BERLIN).text


def test_text_is_shown_in_full_cut_or_not_at_all() -> None:
    long = replace(WAITING, text="secret word " * 100)
    assert "secret" not in json.dumps(shown(render(replace(long, show_text="none"), BERLIN)))
    assert json.dumps(render(replace(long, show_text="cut"), BERLIN).blocks).count("secret") < 20
    assert json.dumps(render(long, BERLIN).blocks).count("secret") == 100


def test_who_is_to_be_woken_is_mentioned_only_while_somebody_has_to_answer() -> None:
    assert "<!subteam^S0SOCIAL>" in render(BREACHED, BERLIN).text
    assert "<!" not in json.dumps(shown(render(LATE, BERLIN)))
    assert "<!" not in json.dumps(shown(render(CANCELLED, BERLIN)))


@pytest.mark.parametrize(
    ("target", "markup"),
    [("S0SOCIAL", "<!subteam^S0SOCIAL>"), ("U0BOSS", "<@U0BOSS>"), ("W0BOSS", "<@W0BOSS>")],
)
def test_an_id_becomes_a_mention(target: str, markup: str) -> None:
    assert mention(target) == markup


@pytest.mark.parametrize("target", ["", "channel", "here", "!here", "S0> <!channel", "C0GENERAL", "u0boss"])
def test_nothing_but_an_id_becomes_a_mention(target: str) -> None:
    assert mention(target) == ""


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//x.com/a",
        "x.com/a",
        "https://x.com/a b",
        "https://x.com/a|label",
        "https://x.com/<!channel>",
        "https://x.com/\u202egnp",
        "https://x.com/" + "a" * 3_000,
        "",
    ],
)
def test_only_web_addresses_become_buttons(url: str) -> None:
    assert link(url) == ""
    assert "actions" not in json.dumps(render(replace(WAITING, permalink=url), BERLIN).blocks)


@given(st.tuples(HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE), st.sampled_from(list(STATES.values())))
def test_no_stranger_breaks_a_limit_or_wakes_anybody(strangers: Strangers, state: Alert) -> None:
    alert = hostile_alert(replace(state, mention="", previous=""), strangers)
    for rendered in (render(alert, BERLIN), render_reply(alert, BERLIN), render(alert, BERLIN, Form.PLAIN)):
        everything = json.dumps(shown(rendered), ensure_ascii=False)
        assert not re.search("<[!@#]", everything)
        assert re.findall("<[^>]*>", rendered.text) == ["<https://x.com/anna/status/1?a=1&amp;b=2>"]
        assert not re.search("[\ud800-\udfff\u202a-\u202e\u2066-\u2069\x00]", everything)
        assert not re.search(r"&(?!amp;|lt;|gt;)", re.sub(r'"url": "[^"]*"', "", everything))
        assert width(everything) < 12_000
        assert width(rendered.text) < 4_000
        assert len(rendered.blocks) <= 50


@given(st.tuples(HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE), st.sampled_from(list(STATES.values())))
def test_strangers_words_stand_in_plain_text_of_allowed_length(strangers: Strangers, state: Alert) -> None:
    alert = hostile_alert(state, strangers)
    for block in render(alert, BERLIN).blocks + render_reply(alert, BERLIN).blocks:
        limit = {"header": HEADER_ROOM, "section": 3_000}.get(block["type"], 300)
        for text in texts(block):
            assert 0 < width(text["text"]) <= limit
            if text["type"] == "mrkdwn":
                assert re.fullmatch(r"<!subteam\^S0SOCIAL>|<https://acme.slack.com/[^|]*\|[\w' ]*>", text["text"])
        assert len(block.get("fields", [])) <= 10


@given(HOSTILE)
def test_no_stranger_formats_the_fallback_text(text: str) -> None:
    quote = render(replace(WAITING, text=text), BERLIN, Form.PLAIN).text
    assert not set("*~`") & set(quote)
    assert not re.search(r"(^|\W)_|_(\W|$)", quote)


@given(st.text(max_size=60), st.integers(1, 80))
def test_a_cut_keeps_whole_characters_and_whole_entities(text: str, room: int) -> None:
    cut = fit(one_line(text), room)
    assert width(cut) <= max(room, 1)
    assert not re.search(r"&(?!amp;|lt;|gt;)", cut)
    assert not cut.endswith("\u200d…")


def test_a_family_is_never_cut_into_its_members() -> None:
    assert fit("👩‍👩‍👧 " * 3, 12) == "👩‍👩‍👧…"


@pytest.mark.parametrize(
    ("millis", "said"),
    [
        (-5, "0 s"),
        (20 * SECOND, "20 s"),
        (65 * SECOND, "1 min 5 s"),
        (12 * MINUTE + 30 * SECOND, "12 min"),
        (HOUR, "1 h"),
        (72 * MINUTE, "1 h 12 min"),
        (47 * HOUR, "47 h"),
        (53 * HOUR, "2 d 5 h"),
    ],
)
def test_durations_are_said_in_two_units(millis: int, said: str) -> None:
    assert duration(millis) == said


def test_open_time_is_never_counted_in_days() -> None:
    assert duration(80 * HOUR, days=False) == "80 h"


def test_a_time_on_another_day_names_the_day() -> None:
    assert clock(STARTED, BERLIN, STARTED) == "13:32"
    assert clock(STARTED, BERLIN, STARTED + 24 * HOUR) == "Mon 23 Nov 13:32"
    assert clock(STARTED, BERLIN, STARTED + 9_000 * HOUR) == "Mon 23 Nov 2026 13:32"


def test_blank_lines_of_a_stranger_go() -> None:
    assert lines("a \r\n\n \n b\t c") == "a\nb  c"
