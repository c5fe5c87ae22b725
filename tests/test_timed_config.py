"""`notify.digests` as admins write it: what comes by the clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from admin import CONNECTORS, ENVIRON
from slamon.config import load_config
from slamon.model import HOUR, MINUTE
from slamon.notify.timed import BlindConfig, DailyConfig

if TYPE_CHECKING:
    from pathlib import Path

    from slamon.notify.digests import DigestsConfig

CONFIG = """\
channels:
  - {name: acme-x, connector: pretend, account: acme, credentials: {token: {env: TOKEN}}}
notify:
  timezone: Europe/Berlin
  slack: {token: {env: TOKEN}}
  audiences: {desk: {slack: "#desk", default: yes}, ops: {slack: "#ops"}}
"""


def read(folder: Path, digests: str = "") -> DigestsConfig:
    (folder / "config.yaml").write_text(CONFIG + digests, encoding="utf-8")
    return load_config(folder / "config.yaml", CONNECTORS, ENVIRON).notify.digests


def test_without_a_word_openings_are_told_and_blindness_each_hour(tmp_path: Path) -> None:
    found = read(tmp_path)
    assert (found.opening, found.daily, found.blind) == ("yes", (), BlindConfig(None, HOUR, 12))


def test_an_opening_is_a_switch_with_a_third_way(tmp_path: Path) -> None:
    written = {"yes": "yes", "true": "yes", "no": "no", "false": "no", "always": "always"}
    found = {text: read(tmp_path, f"  digests: {{opening: {text}}}\n").opening for text in written}
    assert found == written


def test_a_daily_digest_is_a_time_on_days_or_a_line_of_a_crontab_in_a_zone(tmp_path: Path) -> None:
    written = """\
  digests:
    daily:
      - {at: "08:30"}
      - {to: ops, at: "7:05", days: "fri-mon"}
      - {cron: "0 18 1 * *", timezone: Asia/Manila}
"""
    assert read(tmp_path, written).daily == (
        DailyConfig(None, "30 8 * * mon,tue,wed,thu,fri,sat,sun", "Europe/Berlin"),
        DailyConfig("ops", "5 7 * * mon,fri,sat,sun", "Europe/Berlin"),
        DailyConfig(None, "0 18 1 * *", "Asia/Manila"),
    )


def test_the_ladder_of_blindness_is_its_own(tmp_path: Path) -> None:
    found = read(tmp_path, "  digests: {blind: {to: ops, repeat: 30m, at_most: 3}}\n")
    assert found.blind == BlindConfig("ops", 30 * MINUTE, 3)
