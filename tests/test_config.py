from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import PydanticCustomError

from admin import CHANNEL, CONNECTORS, ENVIRON, write
from slamon.config import Config, ConnectorInfo, load_config
from slamon.config_keys import LabelKeys
from slamon.errors import FaultsError
from slamon.fields import duration_words, parse_duration
from slamon.logs import redact
from slamon.model import CHANNEL_LABELS, DAY, HOUR, MINUTE, SECOND
from slamon.secret import Secret

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")

NOTIFY = """\
notify:
  timezone: Europe/Berlin
  slack: {token: {env: TOKEN}}
  audiences:
    desk: {slack: "#desk", default: yes}
    oncall: {slack: C024BE91L, mention: "@oncall"}
"""


def read(folder: Path, text: str, **files: str) -> Config:
    return load_config(write(folder, {"config.yaml": text, **files}) / "config.yaml", CONNECTORS, ENVIRON)


def faults(folder: Path, text: str) -> list[str]:
    with pytest.raises(FaultsError) as caught:
        read(folder, text)
    return [str(fault).removeprefix(f"{folder}/config.yaml:") for fault in caught.value.faults]


# ---- what comes of a good file


def test_a_short_file_has_defaults_for_all_else(tmp_path: Path) -> None:
    config = read(tmp_path, CHANNEL)

    assert config.listen == ("127.0.0.1", 9877)
    assert config.database == "sqlite:///slamon.db"
    assert config.rules == tmp_path / "rules"
    assert config.notify.audiences == {}
    assert config.notify.timezone == "UTC"
    (channel,) = config.channels
    assert (channel.name, channel.connector) == ("acme-x", "pretend")
    assert (channel.every, channel.blind_after, channel.verify_within) == (MINUTE, 5 * MINUTE, 30 * SECOND)


def test_a_channel_is_blind_after_three_reads_that_were_missed(tmp_path: Path) -> None:
    assert read(tmp_path, CHANNEL + "    every: 10m\n").channels[0].blind_after == 30 * MINUTE


def test_the_connectors_own_keys_become_its_settings(tmp_path: Path) -> None:
    settings: Any = read(tmp_path, CHANNEL + "    team: [help, care]\n").channels[0].settings

    assert settings.account == "acme"
    assert settings.team == ("help", "care")
    assert settings.credentials.token.get() == ENVIRON["TOKEN"]


def test_audiences_keep_what_was_written(tmp_path: Path) -> None:
    notify = read(tmp_path, CHANNEL + NOTIFY).notify

    assert notify.slack is not None
    assert notify.slack.api_url == "https://slack.com/api/"
    assert notify.audiences["desk"].default
    assert notify.audiences["oncall"].slack == "C024BE91L"
    assert notify.audiences["oncall"].mention == "@oncall"


def test_the_only_audience_is_the_default_one(tmp_path: Path) -> None:
    config = read(
        tmp_path, CHANNEL + 'notify:\n  slack: {token: {env: TOKEN}}\n  audiences: {desk: {slack: "#desk"}}\n'
    )

    assert config.notify.audiences["desk"].default


def test_a_pretend_slack_on_loopback_needs_no_encryption(tmp_path: Path) -> None:
    text = CHANNEL + "notify:\n  slack: {token: {env: TOKEN}, api_url: http://127.0.0.1:8065/api}\n"
    slack = read(tmp_path, text).notify.slack

    assert slack is not None
    assert slack.api_url == "http://127.0.0.1:8065/api/"


@pytest.mark.parametrize(
    ("written", "address"),
    [("127.0.0.1:0", ("127.0.0.1", 0)), ('"[::1]:9877"', ("::1", 9877)), ("localhost:80", ("localhost", 80))],
)
def test_loopback_may_be_written_in_three_ways(written: str, address: tuple[str, int], tmp_path: Path) -> None:
    assert read(tmp_path, f"listen: {written}\n{CHANNEL}").listen == address


def test_the_database_lies_beside_the_file_wherever_slamon_is_started(tmp_path: Path) -> None:
    assert read(tmp_path, CHANNEL).database_url == f"sqlite:///{tmp_path.resolve()}/slamon.db"
    assert read(tmp_path, f"database: sqlite:////var/lib/a.db\n{CHANNEL}").database_url == "sqlite:////var/lib/a.db"
    assert read(tmp_path, f"database: postgresql://a@db/b\n{CHANNEL}").database_url == "postgresql://a@db/b"


def test_the_databases_url_may_be_a_reference_since_it_can_hold_a_password(tmp_path: Path) -> None:
    path = write(tmp_path, {"config.yaml": f"database: {{env: URL}}\n{CHANNEL}"}) / "config.yaml"
    config = load_config(path, CONNECTORS, {**ENVIRON, "URL": "postgresql://a:canary-pw@db/b"})

    assert config.database_url == "postgresql://a:canary-pw@db/b"
    assert "canary-pw" not in repr(config)


# ---- secrets


def test_a_secret_from_a_file_loses_its_last_line_break_only(tmp_path: Path) -> None:
    text = CHANNEL.replace("{env: TOKEN}", "{file: token}")
    settings: Any = read(tmp_path, text, token=" canary \r\n").channels[0].settings

    assert settings.credentials.token.get() == " canary "


def test_a_secret_prints_as_stars_wherever_it_stands(tmp_path: Path) -> None:
    config = read(tmp_path, CHANNEL + NOTIFY)

    for shown in (repr(config), str(config), f"{config}", str(config.channels[0].settings)):
        assert ENVIRON["TOKEN"] not in shown
        assert "****" in shown


def test_logs_star_out_a_secret_from_the_moment_it_is_read(tmp_path: Path) -> None:
    path = write(tmp_path, {"config.yaml": CHANNEL}) / "config.yaml"
    load_config(path, CONNECTORS, {"TOKEN": "canary-9c1e-registered"})

    assert "canary-9c1e-registered" not in redact("sent canary-9c1e-registered to a host")


@pytest.mark.parametrize(
    "written",
    ["canary-literal", "[canary-literal]", "{env: TOKEN, value: canary-literal}", "{value: canary-literal}", "5"],
)
def test_no_fault_repeats_what_was_written_for_a_secret(written: str, tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, CHANNEL.replace("{env: TOKEN}", written))

    assert "canary-literal" not in fault
    assert "{env: NAME}" in fault


def test_no_fault_repeats_the_password_of_a_database(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, f"database: postgresql://a:canary@db/b\n{CHANNEL}")

    assert "canary" not in fault


@pytest.mark.parametrize("content", ["", "\n", "x" * 70_000, "\udcff"])
def test_a_secrets_file_that_cannot_be_one_is_a_fault(content: str, tmp_path: Path) -> None:
    (tmp_path / "token").write_bytes(content.encode(errors="surrogateescape"))

    assert "the secret's file" in faults(tmp_path, CHANNEL.replace("{env: TOKEN}", "{file: token}"))[0]


def test_two_secrets_are_equal_when_their_values_are() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert len({Secret("a"), Secret("a")}) == 1


# ---- faults


def test_all_faults_are_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = """\
listn: 127.0.0.1:9877
database: mysql://db
channels:
  - name: acme-x
    connector: pretend
    acount: acme
    every: 60
    credentials: {token: canary}
  - name: acme-x
    connector: pretnd
  - name: acme y
    connector: pretend
    account: 5
    credentials: {token: {env: NOT_SET}}
notify:
  timezone: Berlin
"""
    found = faults(tmp_path, text)

    assert [fault.split(":")[0] for fault in found] == ["1", "2", "6", "7", "8", "9", "10", "11", "13", "14", "16"]


def test_a_misspelt_key_is_one_fault_and_not_a_missing_key_too(tmp_path: Path) -> None:
    for key, written in (("account", "acount"), ("connector", "conector"), ("name", "nmae")):
        (fault,) = faults(tmp_path, CHANNEL.replace(key, written))

        assert fault.endswith(f"unknown key `{written}` (did you mean `{key}`?)")


def test_a_key_that_nobody_knows_is_answered_with_those_of_both(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, CHANNEL + "    zzz: 1\n")

    known = "blind_after, connector, credentials, every, keep_names, keep_texts, labels, name, team, verify_within"
    assert f"known: account, {known}" in fault


def test_a_channel_may_say_what_it_belongs_to(tmp_path: Path) -> None:
    assert tuple(LabelKeys.model_fields) == CHANNEL_LABELS
    config = read(tmp_path, CHANNEL + "    labels: {market: de, desk: night-2}\n")
    assert config.channels[0].labels == {"market": "de", "desk": "night-2"}
    assert read(tmp_path, CHANNEL + "    labels:\n").channels[0].labels == {}
    assert read(tmp_path, CHANNEL).channels[0].labels == {}


def test_labels_are_three_and_names(tmp_path: Path) -> None:
    labels = f"    labels:\n      market: a b\n      brand: {'x' * 65}\n      country: de\n      desk: 5\n"
    found = faults(tmp_path, CHANNEL + labels)
    line = CHANNEL.count("\n") + 2
    how = "letters, digits, - and _, beginning with a letter or a digit, at most 64"
    assert found == [
        f"{line}:15: `market` is no name ({how})",
        f"{line + 1}:14: `brand` is no name ({how})",
        f"{line + 2}:7: unknown key `country` (known: brand, desk, market)",
        f"{line + 3}:13: `desk` is no name ({how})",
    ]


def test_labels_are_a_mapping(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, CHANNEL + "    labels: de\n")
    assert fault.endswith("`labels` should be a mapping of keys to values")


def test_a_connector_without_required_keys_needs_none(tmp_path: Path) -> None:
    class Nothing(BaseModel):
        model_config = ConfigDict(extra="forbid")

    path = write(tmp_path, {"config.yaml": "channels:\n  - {name: a, connector: n}\n"}) / "config.yaml"
    config = load_config(path, {"n": ConnectorInfo(Nothing, MINUTE, SECOND)}, {})

    assert config.channels[0].settings == Nothing()


PIECES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from(["60s", "#a", "{env: A}", "acme-x"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["name", "connector", "account", "slack", "token", "audiences", "desk", "every", "env", "mention"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@given(data=st.dictionaries(st.sampled_from(["channels", "notify", "database", "listen", "rules", "x"]), PIECES))
def test_whatever_stands_in_the_file_comes_out_as_a_config_or_as_faults(
    data: dict[str, Any], tmp_path_factory: Any
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    with suppress(FaultsError):
        load_config(path, CONNECTORS, ENVIRON)


# ---- durations


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("500ms", 500),
        ("60s", 60 * SECOND),
        ("15m", 15 * MINUTE),
        ("8h", 8 * HOUR),
        ("2d", 2 * DAY),
        ("1h30m", 90 * MINUTE),
        ("1d 2h 3m 4s 5ms", DAY + 2 * HOUR + 3 * MINUTE + 4 * SECOND + 5),
        ("0s", 0),
        ("90m", 90 * MINUTE),
    ],
)
def test_durations_read_as_people_write_them(text: str, span: int) -> None:
    assert parse_duration(text) == span


@pytest.mark.parametrize(
    "text",
    ["", "h", "1", 1, "1x", "1.5h", "-1h", "1h1h", "1m1h", "1 h", "1h,30m", None, True, 1.5, [], "9999999d", "1٣m"],
)
def test_what_is_no_duration_is_refused(text: object) -> None:
    with pytest.raises(PydanticCustomError):
        parse_duration(text)


@given(st.integers(0, 3_000 * DAY))
def test_a_duration_in_words_reads_back(span: int) -> None:
    words = duration_words(span)
    short = re.sub(
        r"(\d+) (d|h|ms|mi|m|s)[a-z]*", lambda m: m[1] + {"mi": "ms" if "milli" in m[0] else "m"}.get(m[2], m[2]), words
    )

    assert parse_duration(short.replace(" ", "")) == span


def test_words_agree_in_number() -> None:
    assert duration_words(HOUR) == "1 hour"
    assert duration_words(90 * MINUTE) == "1 hour 30 minutes"
    assert duration_words(0) == "0 seconds"


# ---- the manual


def examples(language: str) -> list[str]:
    return re.findall(rf"^```yaml {language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


class AnySettings(BaseModel):
    """Takes what the manual writes for X, and resolves its secret."""

    model_config = ConfigDict(extra="forbid")

    account: str
    team: tuple[str, ...] = ()
    credentials: dict[str, Secret]


X = {"x": ConnectorInfo(AnySettings, MINUTE, SECOND)}
VARIABLES = {
    "X_BEARER_TOKEN": "canary",
    "SLACK_BOT_TOKEN": "canary",
    "DATABASE_URL": "postgresql://db/a",
    "WALLBOARD_TOKEN": "canary-of-20-characters-or-more",
    "ALERTMANAGER_PASSWORD": "canary",
    "SLAMON_WEBHOOK_SECRET": "canary-of-20-characters-or-more",
}


@pytest.mark.parametrize("text", examples("config"))
def test_each_configuration_in_the_manual_is_good(text: str, tmp_path: Path) -> None:
    write(tmp_path, {"config.yaml": text, "secrets/x-token": "canary"})

    assert load_config(tmp_path / "config.yaml", X, VARIABLES).channels


def test_the_manual_shows_configurations_only() -> None:
    assert PAGE.count("```yaml") == len(examples("config")) > 0


def test_a_secret_refuses_a_value_outside_yaml_too() -> None:
    class Settings(BaseModel):
        token: Secret

    with pytest.raises(ValidationError, match="must not stand in the file"):
        Settings.model_validate({"token": "canary"})
