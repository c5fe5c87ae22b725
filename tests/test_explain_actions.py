"""`slamon explain` about what people did: who, when, by what, until when, and what was told or not told for it."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import takewhile
from textwrap import dedent, indent
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from doing import ANN, BEN
from slamon import explaining
from slamon.acting import Order, Person
from slamon.cli import _explain_text
from slamon.cli.explain import command
from slamon.explain import explain
from slamon.model import HOUR, MINUTE
from slamon.sla.handling import Verb
from stage import Desk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from slamon.acting import Acted
    from slamon.explain import Explained

HOSTILE = "Eve\x1b[31m\u202e\r\nwait 7: met"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Ann, a customer, waits, and the desk was told at 80 %."""
    with Desk(tmp_path) as opened:
        opened.asks()
        opened.passes(48 * MINUTE)
        yield opened


def does(desk: Desk, verb: Verb, **more: Any) -> Acted:
    order = Order(verb=verb, wait=1, by=ANN, via="button", key=f"{verb}")
    acted = desk.app.acting.act(replace(order, **more))
    desk.settles()
    return acted


def explained(desk: Desk, name: str = "1") -> Explained:
    (only,) = explain(desk.app.store, desk.app.rules, name, desk.now)
    return only


def lines(desk: Desk) -> list[str]:
    return list(_explain_text.lines(explained(desk)))


def actions(desk: Desk) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = explaining.as_data(explained(desk))["actions"]
    return found


def section(desk: Desk) -> str:
    """What stands under the heading."""
    told = lines(desk)
    began = told.index("  what people did:") + 1
    return "\n".join(takewhile(lambda line: line.startswith("    "), told[began:]))


def test_nothing_is_said_where_nobody_did_anything(desk: Desk) -> None:
    assert "  what people did:" not in lines(desk)
    assert actions(desk) == []


def test_each_thing_that_was_done_is_told_with_who_and_until_when(desk: Desk) -> None:
    acted = does(desk, Verb.ACKNOWLEDGE)
    desk.passes(MINUTE)
    desk.app.acting.undo(acted.action, BEN, "command")
    does(desk, Verb.SNOOZE, by=BEN, via="http")
    assert section(desk) == indent(
        dedent("""\
            2026-11-22T12:48:01.000+00:00  acknowledged by Ann (button, action 1), until 2026-11-22T16:48:01.000+00:00
              taken back 2026-11-22T12:49:01.000+00:00 by Ben
            2026-11-22T12:49:01.000+00:00  snoozed by Ben (http, action 2), until 2026-11-22T13:49:01.000+00:00
              its end: desk (#desk) held until 2026-11-22T13:49:01.000+00:00 (snoozed)"""),
        "    ",
    )


def test_the_end_of_a_snooze_is_no_telling_of_other_rules(desk: Desk) -> None:
    does(desk, Verb.SNOOZE)
    assert not any("by other rules" in line for line in lines(desk))
    assert [told["stage"] for told in explaining.as_data(explained(desk))["told"]] == ["80%", "snooze"]


def test_it_is_told_to_programs_in_full(desk: Desk) -> None:
    acted = does(desk, Verb.MUTE, reason="spam", scope="match", pattern="parcels?", span=HOUR)
    desk.app.acting.undo(acted.action, BEN, "command")
    assert actions(desk) == [
        {
            "action": 1,
            "verb": "mute",
            "wait": 1,
            "scope": "match",
            "subject": "parcels?",
            "reason": "spam",
            "at": "2026-11-22T12:48:01.000+00:00",
            "until": "2026-11-22T13:48:01.000+00:00",
            "by": "Ann",
            "by_id": "U0ANN",
            "via": "button",
            "undone_at": "2026-11-22T12:48:01.000+00:00",
            "undone_by": "Ben",
        }
    ]


@pytest.mark.parametrize(
    ("verb", "how", "did"),
    [
        (Verb.DISMISS, "dismissed: no reply is needed", "dismissed"),
        (Verb.ELSEWHERE, "answered elsewhere", "answered elsewhere"),
        (Verb.MUTE, "muted", "muted"),
        (Verb.STATEMENT, "answered by a statement", "answered by a statement"),
    ],
)
def test_a_wait_that_was_closed_says_how_by_whom_and_why(desk: Desk, verb: Verb, how: str, did: str) -> None:
    does(desk, verb, reason="a joke", scope="wait")
    desk.passes(HOUR)
    told = lines(desk)
    assert told[0].startswith("wait 1: cancelled, ")
    assert f"  closed 2026-11-22T12:48:01.000+00:00 by hand, after 48 min: {how}" in told
    assert f"    2026-11-22T12:48:01.000+00:00  {did} by Ann (button, action 1): a joke" in told
    assert not any("by other rules" in line for line in told)


def test_a_wait_that_a_wider_order_closed_names_the_wait_that_it_was_given_about(desk: Desk) -> None:
    desk.asks("@acme and the other one?")
    desk.settles()
    does(desk, Verb.MUTE, scope="author", reason="spam")
    told = "\n".join(_explain_text.lines(explained(desk, "2")))
    assert (
        "muted by Ann (button, action 1, about wait 1), for whatever its author writes here, until 2026-12-22" in told
    )


def test_names_and_reasons_never_break_a_line_or_a_terminal(desk: Desk) -> None:
    does(desk, Verb.DISMISS, by=Person(HOSTILE, HOSTILE), reason=HOSTILE)
    done = CliRunner().invoke(command, ["1", "--config", str(desk.folder / "config.yaml")])
    assert done.exit_code == 0
    assert "\x1b" not in done.stdout
    assert "\u202e" not in done.stdout
    assert not any(line.startswith("wait 7") for line in done.stdout.splitlines())
    as_json = CliRunner().invoke(command, ["1", "--json", "--config", str(desk.folder / "config.yaml")])
    (wait,) = json.loads(as_json.stdout)["waits"]
    assert wait["actions"][0]["by"] == " ".join(HOSTILE.split())
