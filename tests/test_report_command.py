"""`slamon report` as people call it: forms, files, zones, and one line for a mistake."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
from click.testing import CliRunner

from desk import Desk, policy, rules
from said import DAY_LONG, START, ask, reply
from slamon import app
from slamon.cli import group, main
from slamon.errors import SlamonError, UsageError
from slamon.store.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

CONFIG = """\
database: {database}
channels:
  - {{name: acme-x, connector: archive, account: acme, path: none.jsonl, labels: {{market: de}}}}
  - {{name: acme-mail, connector: archive, account: acme, path: none.jsonl}}
notify: {{timezone: Europe/Berlin}}
"""
RULES = "policies: [{name: everyone, first_response: 1h}]"


@pytest.fixture(autouse=True)
def _three_days_later() -> object:
    with patch.object(app, "wall_clock", lambda: START + 3 * DAY_LONG * 60_000):
        yield


@pytest.fixture
def config(tmp_path: Path, sqlite_url: str) -> str:
    store = Store(sqlite_url)
    desk = Desk(store, rules(policy()), up_since=-1)
    desk.poll(minute=-1)
    desk.poll(ask("1", 0, text="=1+1 \x1b[31m"), minute=0)
    desk.poll(reply("2", 30, to="1"), minute=30)
    desk.poll(ask("3", 40), minute=40)
    desk.sweep(200)
    store.close()
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "default.yaml").write_text(RULES)
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG.format(database=sqlite_url))
    return str(path)


def called(config: str, *words: str) -> Result:
    return CliRunner().invoke(group, ["report", "--config", config, "--since", "5d", *words], catch_exceptions=False)


def test_it_is_markdown_without_a_sign_that_a_terminal_obeys(config: str) -> None:
    said = called(config)
    assert said.exit_code == 0
    assert said.output.startswith("# Answers to customers\n")
    assert "\x1b" not in said.output
    assert " 50.0 % |" in said.output
    assert "times of Europe/Berlin" in said.output


def test_json_has_the_whole_and_csv_the_same_numbers(config: str) -> None:
    data = json.loads(called(config, "--format", "json").output)
    assert (data["total"]["response"]["met"], data["total"]["response"]["due"]) == (1, 2)
    assert [(cut["by"], cut["name"]) for cut in data["labels"]] == [("market", "de")]
    rows = list(csv.DictReader(io.StringIO(called(config, "--format", "csv").output)))
    (met,) = (row for row in rows if (row["by"], row["figure"]) == ("total", "response.met"))
    assert met["value"] == "1"


@pytest.mark.parametrize(
    ("name", "begins"), [("r.html", "<!doctype"), ("r.md", "# A"), ("r.csv", "section"), ("r.json", "{"), ("r", "# A")]
)
def test_a_file_is_in_the_form_that_its_name_says(config: str, tmp_path: Path, name: str, begins: str) -> None:
    said = called(config, "--out", str(tmp_path / name))
    assert (said.exit_code, said.output) == (0, "")
    assert (tmp_path / name).read_text(encoding="utf-8").strip().startswith(begins)


def test_it_can_be_narrowed_and_seen_in_another_zone(config: str) -> None:
    words = ("--channel", "acme-x", "--label", "market=de", "--by", "desk", "--timezone", "Asia/Tokyo")
    data = json.loads(called(config, *words, "--format", "json").output)
    assert (data["head"]["channels"], data["labels"]) == (["acme-x"], [])
    assert data["head"]["from_at"].endswith("T00:00:00.000+09:00")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--since", "28"], "has no unit"),
        (["--until", "soon"], "is no time"),
        (["--channel", "acme-y"], "did you mean `acme-x`"),
        (["--policy", "nobody"], "there is no `nobody`"),
        (["--label", "colour=red"], "market, brand, desk"),
        (["--timezone", "Mars"], "is no time zone"),
        (["--since", "2036-01-01"], "lies in the future"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(
    config: str, words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UsageError, match=told):
        called(config, *words)
    with patch("sys.argv", ["slamon", "report", "--config", config, *words]), pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_without_a_database_it_says_so(config: str, tmp_path: Path) -> None:
    (tmp_path / "slamon.db").unlink()
    with pytest.raises(SlamonError, match="there is no database"):
        called(config)


def test_an_unknown_form_is_refused(config: str) -> None:
    said = CliRunner().invoke(group, ["report", "--config", config, "--format", "pdf"])
    assert said.exit_code == 2
