"""Audiences as admins write them: whom they wake at which hour, and when they are left in peace."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from admin import CHANNEL, CONNECTORS, ENVIRON, POLICY, write
from slamon.audiences import Audience, build
from slamon.config import load_config

if TYPE_CHECKING:
    from pathlib import Path

NOTIFY = """\
notify:
  timezone: Europe/Berlin
  slack: {token: {env: TOKEN}}
  audiences:
    desk:
"""
ROTA = """\
slack: "#social-oncall"
mention: "@social-oncall"
shifts:
  - {days: mon-fri, hours: "08:00-16:00", wake: [ann@acme.example, ben@acme.example]}
  - {days: mon-sun, hours: "16:00-08:00", wake: ["@night", "@night-two"], turns: weekly, from: 2026-11-23}
quiet: {days: sat-sun, hours: "00:00-24:00"}
"""


def read(folder: Path, audience: str) -> Audience:
    indented = "".join(f"      {line}\n" for line in audience.splitlines())
    write(folder, {"config.yaml": CHANNEL + NOTIFY + indented, "rules/acme-x.yaml": POLICY})
    return build(load_config(folder / "config.yaml", CONNECTORS, ENVIRON).notify.audiences["desk"])


def at(text: str, zone: str = "Europe/Berlin") -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1_000)


def test_without_shifts_the_mention_is_woken_at_any_hour(tmp_path: Path) -> None:
    desk = read(tmp_path, 'slack: "#desk"\nmention: "@social"')

    assert (desk.name, desk.destination) == ("desk", "#desk")
    assert {desk.wakes(at(f"2026-11-25T{hour:02}:00"), repeat) for hour in range(24) for repeat in range(3)} == {
        "@social"
    }
    assert desk.quiet_until(at("2026-11-28T12:00")) is None
    assert desk.shift_ends_at(at("2026-11-28T12:00")) is None
    assert desk.shift_starts(0, at("2026-11-28T12:00")) == []


def test_whoever_mentions_nobody_wakes_nobody(tmp_path: Path) -> None:
    assert read(tmp_path, 'slack: "#desk"').wakes(at("2026-11-25T12:00"), 3) == ""


def test_each_repetition_wakes_the_next_of_a_list_and_then_the_first_anew(tmp_path: Path) -> None:
    desk = read(tmp_path, 'slack: "#desk"\nmention: ["@social", ann@acme.example, U0BEN123]')

    woken = [desk.wakes(at("2026-11-25T12:00"), repeat) for repeat in range(4)]

    assert woken == ["@social", "ann@acme.example", "U0BEN123", "@social"]


@pytest.mark.parametrize(
    ("when", "woken"),
    [
        ("2026-11-25T07:59", ["@night", "@night-two", "@night"]),
        ("2026-11-25T08:00", ["ann@acme.example", "ben@acme.example", "ann@acme.example"]),
        ("2026-11-25T16:00", ["@night", "@night-two", "@night"]),
        ("2026-11-30T16:00", ["@night-two", "@night", "@night-two"]),
        ("2026-11-28T12:00", ["@social-oncall"] * 3),
    ],
)
def test_a_shift_wakes_its_own_and_outside_all_of_them_the_mention_is_woken(
    when: str, woken: list[str], tmp_path: Path
) -> None:
    oncall = read(tmp_path, ROTA)

    assert [oncall.wakes(at(when), repeat) for repeat in range(3)] == woken


def test_shifts_end_and_begin_and_quiet_hours_end(tmp_path: Path) -> None:
    oncall = read(tmp_path, ROTA)

    assert oncall.shift_ends_at(at("2026-11-25T12:00")) == at("2026-11-25T16:00")
    assert oncall.shift_starts(at("2026-11-25T12:00"), at("2026-11-26T12:00")) == [
        at("2026-11-25T16:00"),
        at("2026-11-26T08:00"),
    ]
    assert oncall.quiet_until(at("2026-11-27T23:59")) is None
    assert oncall.quiet_until(at("2026-11-28T00:00")) == at("2026-11-30T00:00")


def test_shifts_and_quiet_hours_have_the_zone_of_the_audience_or_else_that_of_notify(tmp_path: Path) -> None:
    written = 'slack: "#desk"\nquiet: {hours: "22:00-07:00"}\nshifts: [{hours: "09:00-17:00", wake: "@day"}]'
    berlin = read(tmp_path, written)
    manila = read(tmp_path, f"{written}\ntimezone: Asia/Manila")

    assert berlin.quiet_until(at("2026-11-25T22:00")) == at("2026-11-26T07:00")
    assert manila.quiet_until(at("2026-11-25T22:00", "Asia/Manila")) == at("2026-11-26T07:00", "Asia/Manila")
    assert manila.wakes(at("2026-11-25T09:00", "Asia/Manila")) == "@day"
    assert berlin.wakes(at("2026-11-25T09:00", "Asia/Manila")) == ""


def test_days_and_hours_left_out_are_all_of_them(tmp_path: Path) -> None:
    desk = read(tmp_path, 'slack: "#desk"\nquiet: {days: [sat, sun]}\nshifts: [{wake: "@all-day"}]')

    assert desk.quiet_until(at("2026-11-28T00:00")) == at("2026-11-30T00:00")
    assert desk.wakes(at("2026-11-28T03:00")) == "@all-day"


def test_equal_edges_of_a_shift_are_a_day_apart(tmp_path: Path) -> None:
    desk = read(
        tmp_path,
        'slack: "#desk"\nshifts: [{hours: "09:00-09:00", wake: ["@a", "@b"], turns: weekly, from: 2026-11-23}]',
    )

    assert desk.wakes(at("2026-11-30T08:59")) == "@a"
    assert desk.wakes(at("2026-11-30T09:00")) == "@b"
    assert desk.shift_ends_at(at("2026-11-24T00:00")) == at("2026-11-30T09:00")


def test_several_windows_may_be_quiet(tmp_path: Path) -> None:
    desk = read(
        tmp_path, 'slack: "#desk"\nquiet: [{days: sat-sun}, {days: mon-fri, hours: ["00:00-07:00", "20:00-24:00"]}]'
    )

    assert desk.quiet_until(at("2026-11-27T20:00")) == at("2026-11-30T07:00")  # from Friday evening to Monday
    assert desk.quiet_until(at("2026-11-30T07:00")) is None
