"""No false alarm: whatever slamon reads, the schema accepts. Documents are drawn key by key, good and bad."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from jsonschema import Draft7Validator

from admin import CONNECTORS, ENVIRON, write
from documents import CALENDAR, CASE, CONFIG, LISTS, RULES, WHEN, mapping
from slamon.config import load_config
from slamon.errors import FaultsError
from slamon.rules.cases import read_cases
from slamon.rules.files import load_files
from slamon.schema import schemas, whole
from slamon.schema.config import config
from slamon.yamlfile import parse

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from documents import Strategy

SCHEMAS = schemas()
PRETEND = whole("config", config({name: info.settings for name, info in CONNECTORS.items()}))
CALENDARS = """\
calendars:
  support: {timezone: Europe/Berlin, open: {mon-fri: "09:00-17:00"}}
"""
MANY = settings(
    max_examples=3000,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)


def never_underlined(documents: Strategy, schema: dict[str, Any], reads: Callable[[Any], object]) -> None:
    """Holds it for many documents; enough of them must have been good for that to mean something."""
    validator, good = Draft7Validator(schema), []

    @MANY
    @given(documents)
    def hold(document: Any) -> None:
        try:
            reads(document)
        except FaultsError:
            return
        good.append(document)
        assert [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(document)] == []

    hold()
    assert len(good) > 30


def as_yaml(document: object) -> bytes:
    return json.dumps(document).encode()


def attached(name: str, document: object) -> dict[str, bytes]:
    closures = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nEND:VCALENDAR\r\n"
    files = {"calendars.yaml": CALENDARS.encode(), "vips.txt": b"ann", "a b.txt": b"bob", "closures.ics": closures}
    return files | {name: as_yaml(document)}


def test_no_rules_that_slamon_reads_are_underlined() -> None:
    never_underlined(RULES, SCHEMAS["rules"], lambda document: load_files(attached("acme-x.yaml", document)))


def test_no_conditions_that_slamon_reads_are_underlined() -> None:
    policies = WHEN.map(lambda when: {"policies": [{"name": "a", "when": when, "first_response": "1h"}]})
    never_underlined(policies, SCHEMAS["rules"], lambda document: load_files(attached("acme-x.yaml", document)))


def test_no_calendars_that_slamon_reads_are_underlined() -> None:
    base = {"timezone": "UTC", "open": {"mon": "09:00-17:00"}}
    documents = CALENDAR.filter(lambda c: not isinstance(c, dict) or not any(c.get(k, 1) is None for k in ("open","timezone","union","calendar"))).map(lambda calendar: {"calendars": {"base": base, "own": calendar}})
    never_underlined(documents, SCHEMAS["calendars"], lambda document: load_files(attached("calendars.yaml", document)))


def test_no_words_that_slamon_reads_are_underlined() -> None:
    documents = mapping({}, words=LISTS, without=LISTS)
    never_underlined(documents, SCHEMAS["words"], lambda document: load_files(attached("words.yaml", document)))


def test_no_cases_that_slamon_reads_are_underlined(tmp_path: Path) -> None:
    def read(document: object) -> None:
        (tmp_path / "cases.yaml").write_bytes(as_yaml(document))
        file = read_cases(tmp_path / "cases.yaml", tmp_path)
        if file.faults:
            raise FaultsError(list(file.faults))
        for reload in file.cases[0].reloads:
            load_files({"calendars.yaml": CALENDARS.encode(), **reload.files})

    never_underlined(CASE.map(lambda case: {"cases": [case]}), SCHEMAS["tests"], read)


def test_no_configuration_that_slamon_reads_is_underlined(tmp_path: Path) -> None:
    write(tmp_path, {"rules/default.yaml": "policies: []"})
    environ = ENVIRON | {"URL": "postgresql://db/slamon"}

    def read(document: object) -> None:
        (tmp_path / "config.yaml").write_bytes(as_yaml(document))
        load_config(tmp_path / "config.yaml", CONNECTORS, environ)

    never_underlined(CONFIG, PRETEND, read)


def test_the_files_of_this_test_are_what_they_seem() -> None:
    assert parse(as_yaml({"a": ["off", True, 1]}), "x").data == {"a": ["off", True, 1]}
