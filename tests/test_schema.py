"""What editors are told of the YAML files: JSON Schema that is precise, in step with the code, and never wrong."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from click.testing import CliRunner
from jsonschema import Draft7Validator

from admin import CONNECTORS
from slamon.cli import group, main
from slamon.cli.schema import LINE, PLACES
from slamon.errors import FaultsError
from slamon.keytable import CHANNEL, files
from slamon.rules.when import CONDITIONS
from slamon.schema import DRAFT, FILES, as_text, schemas, whole
from slamon.schema.config import config
from slamon.schema.models import mapping
from slamon.yamlfile import parse

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

ROOT = Path(__file__).resolve().parent.parent
COMMITTED = ROOT / "schemas"
SCHEMAS = schemas()
PRETEND = whole("config", config({name: info.settings for name, info in CONNECTORS.items()}))
KINDS = {"config.yaml": "config", CHANNEL: "rules", "rules/calendars.yaml": "calendars", "rules/words.yaml": "words"}
"""The schema of each kind of file that the table of all keys names."""
SAYS = {"type", "minProperties", "enum", "const", "$ref", "anyOf", "allOf", "if", "not", "required", "properties"}
"""Keywords of which each piece of a schema has one, so that it refuses something."""
MAPS = ("properties", "patternProperties", "definitions")
PARTS = ("items", "additionalProperties", "propertyNames", "not", "if", "then", "else")


def refusals(name: str, data: object, schema: dict[str, Any] | None = None) -> list[str]:
    """What an editor would underline."""
    errors = Draft7Validator(schema or SCHEMAS[name]).iter_errors(data)
    return [f"{error.json_path}: {error.message[:300]}" for error in errors]


def pieces(schema: dict[str, Any], where: str = "$") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema within a schema, but those that are just yes or no."""
    yield where, schema
    for key in MAPS:
        for name, part in schema.get(key, {}).items():
            if part is not False:
                yield from pieces(part, f"{where}.{key}.{name}")
    for key in PARTS:
        if isinstance(schema.get(key), dict):
            yield from pieces(schema[key], f"{where}.{key}")
    for key in ("anyOf", "allOf"):
        for i, part in enumerate(schema.get(key, ())):
            yield from pieces(part, f"{where}.{key}[{i}]")


# --- the schemas themselves


@pytest.mark.parametrize("name", SCHEMAS)
def test_it_is_draft_7_as_editors_read_it(name: str) -> None:
    schema = SCHEMAS[name]
    Draft7Validator.check_schema(schema)
    assert schema["$schema"] == DRAFT
    for where, piece in pieces(schema):
        assert not piece.keys() & {"prefixItems", "$defs", "unevaluatedProperties"}, where
        assert "$ref" not in piece or piece.keys() == {"$ref"}, f"{where}: draft 7 looks at nothing beside a $ref"
        assert "$ref" not in piece or piece["$ref"].removeprefix("#/definitions/") in schema["definitions"], where


@pytest.mark.parametrize("name", SCHEMAS)
def test_no_key_is_without_a_precise_schema(name: str) -> None:
    for where, piece in pieces(SCHEMAS[name]):
        assert piece.keys() & SAYS, f"{where} accepts anything: say what may stand there in slamon/schema"
        assert "array" not in piece.get("type", ()) or piece.get("items"), f"{where} is a list of anything"
        if "object" in piece.get("type", ()):
            assert "additionalProperties" in piece or "then" in piece, f"{where} accepts any key"


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_pattern_is_one_that_browsers_read_too(name: str) -> None:
    for where, piece in pieces(SCHEMAS[name]):
        for pattern in (piece.get("pattern", ""), *piece.get("patternProperties", ())):
            assert not re.search(r"\(\?[a-zP<]|\\[AZzp]|[*+?}]\+", pattern), f"{where}: {pattern}"
            assert "\\d" not in pattern, f"{where}: digits of other scripts are none here"


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_key_says_what_it_means(name: str) -> None:
    for where, piece in pieces(SCHEMAS[name]):
        if piece.get("type") == "object" and not where.endswith(".open"):
            for key, part in piece.get("properties", {}).items():
                assert "description" in part, f"{where}.{key}"


def test_every_key_of_the_table_stands_in_its_schema_and_no_other() -> None:
    for file, models in files().items():
        schema = SCHEMAS[KINDS.get(file, "config" if file.startswith("config") else "tests")]
        for where, model in models:
            names = {field.alias or name for name, field in model.model_fields.items()}
            found = [set(piece.get("properties", {})) for piece in at(schema, schema, where)]
            assert any(names <= keys for keys in found), f"{file}: {where}"
            if not where.startswith("channels[]"):  # there the connector's keys and those of slamon stand together
                assert names in found, f"{file}: {where}"


def test_every_condition_stands_in_the_schema() -> None:
    (when,) = [part for part in at(SCHEMAS["rules"], SCHEMAS["rules"], "policies[].when") if "properties" in part]
    assert list(when["properties"]) == list(CONDITIONS)


def at(schema: dict[str, Any], top: dict[str, Any], where: str) -> list[dict[str, Any]]:
    """All that may stand at a place such as `policies[].stages[].at`, with names of one's own in capitals."""
    found = [part for part in alternatives(schema, top) if isinstance(part, dict)]
    for step in [part for part in re.split(r"\.|(\[\])", where) if part]:
        found = [
            alternative
            for part in found
            for inner in (part.get("items"), part.get("properties", {}).get(step), part.get("additionalProperties"))
            if isinstance(inner, dict) and (step == "[]") == (inner is part.get("items"))
            for alternative in alternatives(inner, top)
        ]
    return found


def alternatives(schema: dict[str, Any], top: dict[str, Any]) -> list[dict[str, Any]]:
    if "$ref" in schema:
        return alternatives(top["definitions"][schema["$ref"].removeprefix("#/definitions/")], top)
    inner = [*schema.get("anyOf", ()), *schema.get("allOf", ())]
    inner += [schema[key] for key in ("then", "else") if key in schema]
    return [
        *([schema] if schema.keys() & {"type", "properties", "items"} else []),
        *(alternative for part in inner for alternative in alternatives(part, top)),
    ]


def test_a_key_that_the_model_does_not_have_cannot_be_described() -> None:
    model = files()["config.yaml"][0][1]
    with pytest.raises(KeyError, match="has no key databse"):
        mapping(model, {"databse": {"type": "string"}})


# --- the committed files, and the command


@pytest.mark.parametrize("name", FILES)
def test_the_committed_file_is_that_of_the_code(name: str) -> None:
    committed = (COMMITTED / FILES[name]).read_text(encoding="utf-8")
    assert committed == as_text(SCHEMAS[name]), "run: slamon schema --write schemas"


def test_nothing_else_lies_among_the_committed_files() -> None:
    assert {path.name for path in COMMITTED.iterdir()} == set(FILES.values())
    assert set(PLACES) == set(FILES) == set(SCHEMAS)


@pytest.mark.parametrize("name", FILES)
def test_the_command_prints_one_schema(name: str) -> None:
    done = CliRunner().invoke(group, ["schema", name])
    assert done.exit_code == 0
    assert done.output == as_text(SCHEMAS[name])


def test_without_a_name_the_command_prints_all_by_name() -> None:
    done = CliRunner().invoke(group, ["schema"])
    assert json.loads(done.output) == SCHEMAS


def test_the_command_writes_a_file_each(tmp_path: Path) -> None:
    done = CliRunner().invoke(group, ["schema", "--write", str(tmp_path / "new" / "schemas")])
    assert done.exit_code == 0
    for name, file in FILES.items():
        path = tmp_path / "new" / "schemas" / file
        assert path.read_text(encoding="utf-8") == as_text(SCHEMAS[name])
        assert f"{LINE}{path}" in done.output


def test_the_line_that_it_prints_leads_from_each_yaml_file_to_its_schema(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lines = CliRunner().invoke(group, ["schema", "--write", "schemas"]).output.splitlines()
    for name, (place, _) in PLACES.items():
        (way,) = [line.partition(LINE)[2] for line in lines if line.startswith(f"{place}:")]
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        assert json.loads(((tmp_path / place).parent / way).read_text(encoding="utf-8")) == SCHEMAS[name]


def test_a_folder_that_cannot_be_written_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr("sys.argv", ["slamon", "schema", "--write", str(tmp_path / "file" / "schemas")])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_the_command_writes_one_file_where_one_is_named(tmp_path: Path) -> None:
    CliRunner().invoke(group, ["schema", "words", "--write", str(tmp_path)])
    assert [path.name for path in tmp_path.iterdir()] == ["words.schema.json"]


# --- what is good is not underlined


def fenced(language: str) -> list[tuple[str, str]]:
    """Every block of that language on any page, by page."""
    pages = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
    sign = re.compile(rf"^```yaml {language}\b[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
    return [(page.name, block) for page in pages for block in sign.findall(page.read_text(encoding="utf-8"))]


def shipped() -> Iterator[tuple[str, str, str]]:
    """Every YAML file that admins are given, and every example on any page: its kind, where it stands, the text."""
    folders = [*(ROOT / "rules").rglob("*.yaml"), *(ROOT / "tests/rule_cases").rglob("*.yaml")]
    for path in [ROOT / "config.example.yaml", *sorted(folders)]:
        text = path.read_text(encoding="utf-8")
        yield kind_of(parse(text.encode(), path.name).data), path.relative_to(ROOT).as_posix(), text
    for name in FILES:
        for page, block in fenced(name):
            yield name, page, block


def kind_of(data: dict[str, Any]) -> str:
    """Which schema a file is for."""
    return next(name for name, key in TOP.items() if key in data)


TOP = {"config": "channels", "tests": "cases", "rules": "policies", "calendars": "calendars", "words": "words"}
"""A key at the top of each kind of file."""
GOOD = list(shipped())
LABELS = [f"{name}-{place}" for name, place, _ in GOOD]


@pytest.mark.parametrize(("name", "place", "text"), GOOD, ids=LABELS)
def test_no_example_is_underlined(name: str, place: str, text: str) -> None:
    data = parse(text.encode(), place).data
    assert refusals(name, whole_config(data) if name == "config" else data) == []


def test_no_example_is_underlined_by_an_editor_that_reads_yes_and_off_as_switches() -> None:
    looked_at = 0
    for name, place, text in GOOD:
        try:
            data = yaml.load(text, YamlOfOld)
        except yaml.YAMLError:
            continue  # this library minds a question mark before a brace
        looked_at += 1
        assert refusals(name, whole_config(data) if name == "config" else data) == [], place
    assert looked_at > len(GOOD) / 2


def whole_config(data: dict[str, Any]) -> dict[str, Any]:
    """Pages show pieces of config.yaml, too."""
    return {"channels": [{"name": "a", "connector": "archive", "account": "acme", "path": "messages.jsonl"}]} | data


class YamlOfOld(yaml.SafeLoader):
    """YAML 1.1, but for dates, clocks and keys, which editors leave alone."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002 - the library's signature
        del deep
        return {key.value: self.construct_object(value, deep=True) for key, value in node.value}


YamlOfOld.yaml_implicit_resolvers = {}
for tag, words in {
    "bool": "yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF",
    "null": "~|null|Null|NULL|",
    "int": "[-+]?[0-9]+",
    "float": r"[-+]?[0-9]+\.[0-9]+",
}.items():
    YamlOfOld.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"^(?:{words})$"), None)


# --- what is not


def broken() -> Iterator[tuple[str, str, Any]]:
    """Each file with one fault that YAML itself does not mind: its kind, its name, its data."""
    for path in sorted((ROOT / "tests/faults").glob("*.yaml")):
        try:
            document = parse(path.read_bytes(), path.name)
        except FaultsError:
            continue
        if not document.faults:
            kind = path.stem.partition("-")[0]
            yield {"cases": "tests"}.get(kind, kind), path.stem, document.data


BROKEN = list(broken())
SECOND_PASS = set((ROOT / "tests/second_pass.txt").read_text(encoding="utf-8").split())
"""Faults that nobody can see who looks at one piece of one file, and knows no other file, library or machine."""


def test_the_schema_refuses_every_fault_of_shape() -> None:
    unseen = {name for kind, name, data in BROKEN if not refusals(kind, data, PRETEND if kind == "config" else None)}
    assert unseen <= SECOND_PASS, "say it in slamon/schema, or name it in tests/second_pass.txt"
    assert unseen & SECOND_PASS == SECOND_PASS & {name for _, name, _ in BROKEN}, "no longer one of the second pass"
