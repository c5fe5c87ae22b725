from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from admin import CALENDARS, CHANNEL, CONNECTORS, FACTS, facts, write
from slamon.checks import check
from slamon.cli.check import as_data, as_lines, run
from slamon.model import DAY
from slamon.rules import ChannelFacts
from slamon.webfile.settings import NO_TLS, TLS_HOW

if TYPE_CHECKING:
    from pathlib import Path

    from slamon.config import Config

CONFIG = (
    CHANNEL.replace("{env: TOKEN}", "{file: token}")
    + """\
notify:
  slack: {token: {file: token}}
  audiences:
    desk: {slack: "#desk", default: yes}
    oncall: {slack: "#oncall"}
"""
)
RULES = """\
policies:
  - name: vip
    when: {author.verified: yes}
    first_response: 15m
    stages: [{at: 50%}, {at: 100%, to: oncall}, {at: +30m, to: oncall}]
  - name: quotes
    when: {kind: quote}
    first_response: off
  - name: angry
    when: {text: refund}
    first_response: 1h30m
    next_response: off
    stages: []
  - name: everyone
    first_response: 1h
    next_response: 2h
    calendar: support
"""
GOOD = {"config.yaml": CONFIG, "token": "canary-31", "rules/acme-x.yaml": RULES, "rules/calendars.yaml": CALENDARS}

NOW = 1_795_602_600_000
"""Wednesday, 2026-11-25, 11:30 in Berlin."""
TOLD = [
    "",
    "who is told",
    "  desk (the default): #desk; wakes nobody now",
    "  oncall: #oncall; wakes nobody now",
]
LISTEN = f"0.0.0.0 can be reached from other machines: {NO_TLS} ({TLS_HOW})"
TEN_FAULTS = """\
databse: sqlite:///slamon.db
listen: 0.0.0.0:9877
channels:
  - name: acme-x
    connector: pretend
    account: acme
    every: 60
    credentials: {token: canary-in-the-file}
  - name: acme-y
    connector: pretnd
    account: acme
  - name: acme-x
    connector: pretend
    account: 12345
    credentials: {token: {env: TEST_NOT_SET}}
notify:
  timezone: Europe/Berln
  audiences:
    desk: {slack: "#desk"}
"""


def of(folder: Path, files: dict[str, str], **arguments: Any) -> Any:
    write(folder, files)
    return check(folder / "config.yaml", arguments.get("rules"), CONNECTORS, facts)


def lines(folder: Path, files: dict[str, str], **arguments: Any) -> list[str]:
    return [line.replace(f"{folder}/", "") for line in as_lines(of(folder, files, **arguments), NOW)]


def test_ten_faults_are_ten_precise_lines_and_exit_code_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(write(tmp_path, {"config.yaml": TEN_FAULTS}) / "config.yaml", None, CONNECTORS, facts)

    assert code == 1
    assert capsys.readouterr().out.replace(f"{tmp_path}/", "").splitlines() == [
        "config.yaml:1:1: unknown key `databse` (did you mean `database`?)",
        f"config.yaml:2:9: {LISTEN}",
        "config.yaml:7:12: `every`: 60 has no unit (perhaps 60s or 60m)",
        "config.yaml:8:26: `token`: a secret must not stand in the file itself (write {env: NAME} or {file: PATH})",
        "config.yaml:10:16: there is no connector `pretnd` (did you mean `pretend`?)",
        "config.yaml:12:11: a second channel is named `acme-x` (first in line 4)",
        "config.yaml:14:14: `account` should be text (put it in quotes)",
        "config.yaml:15:26: `token`: the environment variable TEST_NOT_SET is not set (set it before slamon starts)",
        "config.yaml:17:13: `timezone`: `Europe/Berln` is no time zone (did you mean `Europe/Berlin`?)",
        "config.yaml:18:3: nobody can be told: `slack` is missing (slack: {token: {env: NAME}})",
    ]


def test_good_files_are_said_in_words(tmp_path: Path) -> None:
    first, _, *said = lines(tmp_path, GOOD)

    assert first.startswith("config.yaml and its rules are good (rules ")
    assert said[0] == "acme-x on pretend, by acme-x.yaml"
    assert [line.strip().split("; ") for line in said[1 : -len(TOLD)]] == [
        [
            "vip (author.verified: yes): first and every further answer within 15 minutes, around the clock",
            "told at 50% (desk), 100% (oncall), 30 minutes after it (oncall)",
        ],
        ["quotes (kind: quote): not measured", "nobody is told"],
        [
            (
                "angry (text: refund): first answer within 1 hour 30 minutes, further answers not measured,"
                " around the clock"
            ),
            "nobody is told",
        ],
        [
            (
                "everyone: first answer within 1 hour, further answers within 2 hours,"
                " counted while `support` is open (Europe/Berlin)"
            ),
            "told at 80% (desk), 100% (desk)",
        ],
    ]
    assert said[-len(TOLD) :] == TOLD


def test_who_is_left_over_is_said(tmp_path: Path) -> None:
    without = RULES.partition("  - name: everyone")[0]

    assert "counted as unmatched" in lines(tmp_path, GOOD | {"rules/acme-x.yaml": without})[-1 - len(TOLD)]


def test_without_any_audience_it_says_that_nobody_is_told(tmp_path: Path) -> None:
    assert (
        "80% (nobody: no audience)" in lines(tmp_path, {"config.yaml": CONFIG.partition("notify")[0], "token": "t"})[-1]
    )


def test_faults_of_the_rules_stand_below_those_of_the_configuration(tmp_path: Path) -> None:
    files = GOOD | {"config.yaml": CONFIG + "x: 1\n", "rules/acme-x.yaml": RULES.replace("support", "suport")}

    assert [line.split(":")[0] for line in lines(tmp_path, files)] == ["config.yaml", "rules/acme-x.yaml"]


def test_a_channel_with_a_fault_makes_no_fault_of_its_rules(tmp_path: Path) -> None:
    found = lines(tmp_path, GOOD | {"config.yaml": CONFIG.replace("account: acme", "account: 5")})

    assert found == ["config.yaml:4:14: `account` should be text (put it in quotes)"]


def test_other_rules_can_be_tried_with_the_same_configuration(tmp_path: Path) -> None:
    files = GOOD | {"proposal/default.yaml": RULES.replace("1h30m", "45m").replace("support", "always")}

    assert any("within 45 minutes" in line for line in lines(tmp_path, files, rules=tmp_path / "proposal"))


def test_a_broken_configuration_ends_the_search(tmp_path: Path) -> None:
    assert len(lines(tmp_path, GOOD | {"config.yaml": "{", "rules/acme-x.yaml": "{"})) == 1


@pytest.mark.parametrize("rules", [None, "none"])
def test_what_is_not_there_is_one_line_and_exit_code_2(
    rules: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if rules:
        write(tmp_path, GOOD)

    code = run(tmp_path / "config.yaml", tmp_path / rules if rules else None, CONNECTORS, facts)

    assert code == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_json_carries_each_fault_with_its_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(write(tmp_path, GOOD | {"config.yaml": "{"}) / "config.yaml", None, CONNECTORS, facts, as_json=True)
    printed = json.loads(capsys.readouterr().out)

    assert code == 1
    assert not printed["ok"]
    assert {"line": 2, "column": 1}.items() <= printed["faults"][0].items()


def test_json_carries_each_promise_in_seconds(tmp_path: Path) -> None:
    data = as_data(of(tmp_path, GOOD), NOW)
    policies = data["channels"]["acme-x"]["policies"]

    assert data["ok"]
    assert policies[2]["targets"] == {"first_response": 5400.0, "next_response": None}
    stage = {"at": "50%", "to": "desk", "broadcast": True, "repeat": None, "at_most": 1}
    assert policies[0]["stages"][0] == stage | dict.fromkeys(("until", "storm", "quiet"))


def test_control_and_bidi_characters_never_reach_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = GOOD | {"config.yaml": CONFIG.replace("acme-x", '"\\e[31m\\u202e"')}

    run(write(tmp_path, files) / "config.yaml", None, CONNECTORS, facts)
    shown = capsys.readouterr().out

    assert "\x1b" not in shown
    assert "\u202e" not in shown


def test_no_secret_is_ever_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for as_json in (True, False):
        run(write(tmp_path, GOOD) / "config.yaml", None, CONNECTORS, facts, as_json=as_json)

    assert "canary" not in capsys.readouterr().out


def test_what_a_connector_delivers_decides_over_conditions(tmp_path: Path) -> None:
    write(tmp_path, GOOD)

    def none(config: Config) -> dict[str, ChannelFacts]:
        return {channel.name: ChannelFacts("pretend", frozenset(), FACTS.kinds) for channel in config.channels}

    (fault,) = check(tmp_path / "config.yaml", None, CONNECTORS, none).faults

    assert "`author.verified` is not delivered by pretend" in fault.message


EVERYTHING = """\
automation: {author: [acme_bot], pattern: "^We got it"}
bot_closes_after: 2h
human_wait_from: hand_over
hand_over: "send us a DM"
holding: "looking into it"
no_reply: [thanks, {reason: giveaway, when: {text: airdrop}}]
apply_to: new
policies:
  - name: sale
    when: {kind: quote}
    valid: {from: 2026-11-27, until: 2026-11-30}
    first_response: 1bd
    next_response: 2h
    acknowledgement: 5m
    follow_up: 1h30m
    reply_window: 24h
    answered_by: {next_response: anyone}
    calendar: support
    objective: {share: 95%, over: 28d}
    stages: [{at: +30m, to: oncall, repeat: 30m, at_most: 6}]
"""


def test_every_target_and_setting_is_said_in_words(tmp_path: Path) -> None:
    said = lines(tmp_path, GOOD | {"rules/acme-x.yaml": EVERYTHING})
    sale = (
        "  sale (kind: quote, begun from 2026-11-27 00:00 CET, begun before 2026-12-01 00:00 CET): first answer within "
        "1 open day, further answers within 2 hours (a machine's counts), a sign of arrival within 5 minutes, what a "
        "holding text announced within 1 hour 30 minutes, counted while `support` is open (Europe/Berlin); an answer "
        "within the platform's window of 1 day, around the clock; 95% of them are to be kept over 28 days; told at "
        "30 minutes after it and then every 30 minutes until acknowledged, 6 times at most (oncall)"
    )
    assert said[3:] == [
        sale,
        "  whom no policy fits is counted as unmatched, and held to nothing",
        "  automatic, and no answer by a person: acme_bot, /^We got it/",
        "  a listed bot's answer closes a wait after 2 hours of silence",
        "  handed over, which ends a wait as that: an answer with /send us a DM/",
        "  where a bot hands over, the wait for a person begins there",
        "  only announces an answer: /looking into it/",
        "  needs no reply: thanks, giveaway",
        "  changes of these rules are for new waits only",
        *TOLD,
    ]


ROTA = """\
    oncall:
      slack: "#oncall"
      shifts: [{days: mon-fri, hours: "08:00-16:00", wake: [ann@acme.example, "@second"]}]
      quiet: [{days: sat-sun}, {hours: "22:00-06:00", days: mon-thu}]
      timezone: Europe/Berlin
"""
LADDER = """\
policies:
  - name: everyone
    first_response: 1h
    stages:
      - {at: 80%, to: oncall}
      - {at: 100%, to: oncall, repeat: 30m, until: answered, at_most: 3, storm: exempt}
      - {at: +2h, to: oncall, quiet: ignore}
"""


QUIET = "quiet mon tue wed thu 22:00-06:00, sat sun 00:00-24:00"


@pytest.mark.parametrize(
    ("day", "woken", "quiet_until"),
    [
        (0, f"wakes ann@acme.example now, a repetition @second, until 2026-11-25 16:00 CET; {QUIET}", None),
        (3, f"wakes nobody now; {QUIET}, now until 2026-11-30 00:00 CET", 1_795_993_200.0),
    ],
)
def test_a_ladder_is_said_with_whom_it_wakes_now_and_when_it_is_silent(
    day: int, woken: str, quiet_until: float | None, tmp_path: Path
) -> None:
    config = CONFIG.replace('    oncall: {slack: "#oncall"}\n', ROTA)
    checked = of(tmp_path, GOOD | {"config.yaml": config, "rules/acme-x.yaml": LADDER})

    said = as_lines(checked, NOW + day * DAY)

    assert said[3].partition("told at ")[2] == (
        "80% (oncall), 100% and then every 30 minutes until answered, 3 times at most, by itself in any storm "
        "(oncall), 2 hours after it, in quiet hours too (oncall)"
    )
    assert said[4] == "  everyone: its clock runs on in the quiet hours of oncall, who hears of a breach after them"
    assert said[-1] == f"  oncall: #oncall; {woken}"
    assert as_data(checked, NOW + day * DAY)["audiences"]["oncall"]["quiet_until"] == quiet_until


@pytest.mark.parametrize(
    "promise",
    [
        "calendar: support, stages: [{at: 100%, to: oncall}]",
        "stages: [{at: 100%, to: oncall, quiet: ignore}]",
        "stages: [{at: 80%, to: oncall}]",
        "stages: [{at: 100%}]",
    ],
)
def test_quiet_hours_that_delay_no_breach_are_not_warned_of(promise: str, tmp_path: Path) -> None:
    config = CONFIG.replace('    oncall: {slack: "#oncall"}\n', ROTA)
    rules = f"policies: [{{name: everyone, first_response: 1h, {promise}}}]"

    said = lines(tmp_path, GOOD | {"config.yaml": config, "rules/acme-x.yaml": rules})

    assert not any("quiet hours of" in line for line in said)
