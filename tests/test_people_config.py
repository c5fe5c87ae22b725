"""`notify.people`: who may act in Slack, and the tokens by which people act over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from admin import CHANNEL, CONNECTORS, ENVIRON, write
from slamon.config import load_config, read_config
from slamon.errors import FaultsError
from slamon.notify.people import MOST_TOKEN

if TYPE_CHECKING:
    from pathlib import Path

    from slamon.notify.people import PeopleConfig

TOKENS = {
    "DUTY": "duty-0123456789-0123",
    "BOT": "bot-01234567890123456",
    "SHORT": "0123456789-01234567",
    "LONG": "x" * (MOST_TOKEN + 1),
    "BLANK": "0123456789 0123456789",
    "ACCENT": "0123456789é0123456789",
    "DUTY_TOO": "duty-0123456789-0123",
}


def people(folder: Path, text: str) -> PeopleConfig:
    written = write(folder, {"config.yaml": f"{CHANNEL}notify:\n  people:\n{text}"})
    return load_config(written / "config.yaml", CONNECTORS, ENVIRON | TOKENS).notify.people


def faults(folder: Path, text: str) -> list[str]:
    """Each without its file; line 1 is the first of `people`."""
    with pytest.raises(FaultsError) as caught:
        people(folder, text)
    before = f"{CHANNEL}notify:\n  people:\n".count("\n")
    return [f"{fault.line - before}:{fault.column}: {fault.message} ({fault.hint})" for fault in caught.value.faults]


def test_by_default_full_members_act_in_slack_and_nobody_over_http(tmp_path: Path) -> None:
    written = write(tmp_path, {"config.yaml": CHANNEL})
    found = load_config(written / "config.yaml", CONNECTORS, ENVIRON).notify.people
    assert (found.may_act, dict(found.http)) == (None, {})
    assert people(tmp_path, "    may_act: members\n").may_act is None


def test_groups_addresses_and_ids_may_be_named(tmp_path: Path) -> None:
    text = '    may_act: ["@social-oncall", lead@acme.example, U012AB3CD, lead@acme.example]\n'
    assert people(tmp_path, text).may_act == ("@social-oncall", "lead@acme.example", "U012AB3CD")


def test_tokens_are_kept_by_the_name_that_is_recorded(tmp_path: Path) -> None:
    found = people(tmp_path, "    http: {duty-desk: {env: DUTY}, bot@acme: {env: BOT}}\n").http
    assert {name: token.get() for name, token in found.items()} == {
        "duty-desk": TOKENS["DUTY"],
        "bot@acme": TOKENS["BOT"],
    }
    assert TOKENS["DUTY"] not in repr(found)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('may_act: ["@here"]', "1:15: @here would wake everybody (name a user group)"),
        (
            "may_act: [U012AB3CD, ann]",
            '1:26: is nobody in Slack (write "@user-group", a person\'s e-mail address, or an id such as S0614TZR7)',
        ),
        ("may_act: []", "1:14: `may_act` names nobody (write `members`, or a list of"),
        ("may_act: everybody", "1:14: `may_act` should be a list (write `members`, or a list of"),
        ("may_act: {a: b}", "1:14: `may_act` should be a list"),
        ("may_acts: members", "1:5: unknown key `may_acts` (did you mean `may_act`?)"),
        ("http: {duty: {env: SHORT}}", "1:18: the token of `duty` is shorter than 20 characters (for example from"),
        ("http: {duty: {env: LONG}}", "1:18: the token of `duty` is longer than 512 characters"),
        ("http: {duty: {env: BLANK}}", "1:18: the token of `duty` has blanks, or letters beyond ASCII"),
        ("http: {duty: {env: ACCENT}}", "1:18: the token of `duty` has blanks, or letters beyond ASCII"),
        ("http: {duty: {env: NOBODY}}", "1:18: `duty`: the environment variable NOBODY is not set"),
        ("http: {duty: duty-0123456789-0123}", "1:18: `duty`: a secret must not stand in the file itself"),
        ('http: {"duty\\nofficer": {env: DUTY}}', "1:12: `duty\nofficer` is no name (letters, digits"),
        ("http: [a]", "1:11: `http` should be a mapping of keys to values"),
        (
            "http: {duty: {env: DUTY}, bot: {env: DUTY_TOO}}",
            "1:36: `bot` has the same token as `duty` (each name needs its own)",
        ),
    ],
)
def test_a_mistake_is_one_line_at_its_place(text: str, fault: str, tmp_path: Path) -> None:
    (found,) = faults(tmp_path, f"    {text}\n")
    assert found.startswith(fault)
    assert not [token for token in TOKENS.values() if token in found]


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    text = '    may_act: ["@here", "@channel"]\n    http: {a b: {env: SHORT}, c: {env: DUTY}, d: {env: DUTY}}\n'
    assert [fault.partition(" (")[0] for fault in faults(tmp_path, text)] == [
        "1:15: @here would wake everybody",
        "1:24: @channel would wake everybody",
        "2:12: `a b` is no name",
        "2:17: the token of `a b` is shorter than 20 characters",
        "2:50: `d` has the same token as `c`",
    ]


def test_a_command_that_only_reads_needs_no_token(tmp_path: Path) -> None:
    text = f"{CHANNEL}notify:\n  people:\n    http: {{a: {{env: NOBODY}}, b: {{env: NOBODY_TOO}}}}\n"
    written = write(tmp_path, {"config.yaml": text})
    reading: Any = read_config(written / "config.yaml", CONNECTORS, {}, unsealed=False)
    assert reading.faults == []
