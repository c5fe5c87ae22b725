from __future__ import annotations

import json
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from slack_golden import as_before
from slack_parts import DIGEST, DIGESTS, ROWS
from slamon.notifiers._slack_blocks import Form, render, render_reply
from slamon.notifiers._slack_parts import weight

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize("name", DIGESTS)
def test_each_kind_reads_as_in_its_golden_file(name: str) -> None:
    as_before(f"digest-{name}", render(DIGESTS[name], BERLIN))


def test_what_is_said_aloud_in_the_thread_reads_as_in_its_golden_file() -> None:
    as_before("digest-reply", render_reply(replace(DIGEST, buttons=True), BERLIN))


def test_twenty_rows_are_shown_and_all_others_are_counted() -> None:
    blocks = json.dumps(render(DIGEST, BERLIN).blocks)
    assert "Customer 20 on" in blocks
    assert "Customer 21 on" not in blocks
    assert "and 22 more" in blocks
    assert "and 32 more" in render(DIGEST, BERLIN).text


def test_fewer_rows_are_shown_where_they_are_long() -> None:
    wide = replace(DIGEST, rows=tuple(replace(one, permalink="https://x.com/" + "a" * 900) for one in ROWS))
    rendered = render(wide, BERLIN)
    shown = sum("accessory" in block for block in rendered.blocks)
    assert 5 < shown < 20
    assert f"and {42 - shown} more" in json.dumps(rendered.blocks)
    assert weight(rendered.blocks) < 12_000


def test_every_row_leads_to_its_post_if_it_has_one() -> None:
    two = replace(DIGEST, rows=(ROWS[0], replace(ROWS[1], permalink="")), more=0)
    rows = [block for block in render(two, BERLIN).blocks if "Customer" in json.dumps(block)]
    assert [block.get("accessory", {}).get("url") for block in rows] == [ROWS[0].permalink, None]


def test_a_digest_in_which_all_is_answered_is_marked_and_wakes_nobody() -> None:
    closed = render(replace(DIGEST, open=False), BERLIN)
    assert closed.blocks[0]["text"]["text"].startswith("✅ ")
    assert "<!" not in closed.text + json.dumps(closed.blocks)
    assert render(DIGEST, BERLIN).text.startswith("<!subteam^S0SOCIAL> 🌩️ ")


def test_figures_of_a_day_are_never_marked_as_done() -> None:
    assert render(DIGESTS["daily-closed"], BERLIN).text.startswith("📊 ")


def test_who_has_it_in_hand_is_said() -> None:
    taken = render(replace(DIGEST, acknowledged_by="Ben Ode"), BERLIN)
    assert "🔵" in taken.text
    assert "Acknowledged: by Ben Ode" in taken.text
    assert "Acknowledged\\nby Ben Ode" in json.dumps(taken.blocks)


def test_a_kind_that_this_version_does_not_know_is_shown_all_the_same() -> None:
    assert render(replace(DIGEST, kind="novel"), BERLIN).text.startswith("<!subteam^S0SOCIAL> 📋 30 waits")


def test_the_last_resort_says_what_it_is_about_and_where_to_look() -> None:
    assert render(DIGEST, BERLIN, Form.LINE).text == "🌩️ Many alerts at once: 42 waits. See slamon waiting."
    assert render(replace(DIGEST, rows=(), more=1), BERLIN, Form.LINE).text.endswith(
        "at once: 1 wait. See slamon waiting."
    )
    assert "waits" not in render(replace(DIGEST, rows=(), more=0), BERLIN, Form.LINE).text
