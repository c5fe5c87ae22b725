from __future__ import annotations

import json
import re
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slack_golden import as_before, shown
from slack_parts import (
    ACKNOWLEDGED,
    BREACHED,
    BY_HAND,
    CANCELLED,
    LATE,
    SHARED,
    SNOOZED,
    STARTED,
    STATES,
    UNVERIFIED,
    WAITING,
)
from slamon.model import HOUR, MINUTE, SECOND, Status
from slamon.notifiers._slack_blocks import Form, render, render_reply
from slamon.notifiers._slack_parts import link, mention
from slamon.notifiers.text import clock, duration, fit, lines, one_line, width

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize("name", STATES)
def test_each_state_reads_as_in_its_golden_file(name: str) -> None:
    as_before(name, render(STATES[name], BERLIN))


@pytest.mark.parametrize("name", ["at-risk", "breached", "acknowledged", "answered-late"])
def test_each_reads_as_in_its_golden_file_where_clicks_are_heard(name: str) -> None:
    alert = replace(STATES[name], buttons=True, shift_ends_at=STARTED + 4 * HOUR)
    as_before(f"{name}-with-buttons", render(alert, BERLIN))


@pytest.mark.parametrize("stage", ["+30m", "snooze"])
def test_a_later_telling_in_the_thread_reads_as_in_its_golden_file(stage: str) -> None:
    alert = replace(BREACHED, stage=stage, buttons=True)
    as_before(f"reply-{stage.lstrip('+')}", render_reply(alert, BERLIN))


@pytest.mark.parametrize("name", STATES)
def test_every_message_says_who_where_how_late_since_when_until_when_and_by_which_policy(name: str) -> None:
    alert = STATES[name]
    for rendered in (render(alert, BERLIN), render_reply(alert, BERLIN), render(alert, BERLIN, Form.PLAIN)):
        for said in (rendered.text, json.dumps(rendered.blocks, ensure_ascii=False)) if rendered.blocks else ():
            for part in ("Anna Becker", "@anna", "acme-x", "where is my parcel?", "13:32", "14:32 CET", "everyone"):
                assert part in said
            assert "https://x.com/anna/status/1" in said


def test_who_has_it_in_hand_and_until_when_stands_in_blocks_and_text() -> None:
    for alert, said in (
        (ACKNOWLEDGED, "acknowledged by ben ode until 18:32"),
        (SNOOZED, "snoozed by ben ode until 14:35"),
    ):
        rendered = render(alert, BERLIN)
        assert said in rendered.text.lower()
        assert said in json.dumps(rendered.blocks).lower().replace("\\n", " ")
    assert render(ACKNOWLEDGED, BERLIN).text.count("🔵 12 min over the limit of 1 h, Ben Ode has it") == 1
    assert "💤 Due in 12 min, limit 1 h, snoozed until 14:35" in render(SNOOZED, BERLIN).text


def test_nobody_has_in_hand_what_is_answered() -> None:
    late = replace(LATE, acknowledged_by="Ben Ode", snoozed_by="Ben Ode")
    assert "Ben Ode" not in json.dumps(shown(render(late, BERLIN)))


def test_who_ended_it_by_hand_as_what_and_why_stands_in_blocks_and_text() -> None:
    rendered = render(BY_HAND, BERLIN)
    for said in (rendered.text, json.dumps(rendered.blocks, ensure_ascii=False)):
        assert "No reply needed, says Ben Ode" in said
        assert "It is &lt;spam&gt; &amp; nothing else." in said


def test_a_message_that_several_waits_share_shows_all_of_them_and_counts_the_open_ones() -> None:
    rendered = render(SHARED, BERLIN)
    assert rendered.blocks[0]["text"]["text"] == "🔴 12 min over the limit of 1 h: Anna Becker, and 2 more"
    for said in (rendered.text, json.dumps(rendered.blocks, ensure_ascii=False)):
        assert "🔵 12 min over the limit of 1 h, Ben Ode has it: Cleo on acme-instagram, since 13:32" in said
        assert "🟢 Answered in time after 42 min" in said


def test_of_many_waits_that_share_a_message_twenty_are_shown_and_the_rest_is_counted() -> None:
    rendered = render(replace(SHARED, others=SHARED.others * 10), BERLIN)
    assert json.dumps(rendered.blocks).count("since 13:32") + json.dumps(rendered.blocks).count("since 14:02") == 20
    assert "and 10 more" in json.dumps(rendered.blocks)
    assert "and 20 more" in rendered.text


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
    assert "open_post" not in json.dumps(render(replace(WAITING, permalink=url), BERLIN).blocks)


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
