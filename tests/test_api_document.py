"""The description of the JSON interface: what is served is described, what is described is served; the docs, too."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from jsonschema import Draft202012Validator

from slamon.web.api.acts import Acts
from slamon.web.api.openapi import REFUSED, document
from slamon.web.api.resource import Resource
from slamon.web.api.routes import ROOT, Api

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.routing import Route

DOCUMENT = document()
PAGE = (Path(__file__).parent.parent / "docs/api.md").read_text(encoding="utf-8")


def routes() -> Iterator[Route]:
    nothing: Any = None
    for part in (Api(nothing), Acts(nothing)):
        yield from part.routes()
        part.close()


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield path, method.upper(), operation


def test_all_that_is_served_is_described_and_the_other_way_round() -> None:
    served = set()
    for route in routes():
        assert isinstance(route.endpoint, Resource)
        path = re.sub(r"\{(\w+):\w+\}", r"{\1}", route.path).removeprefix(ROOT)
        served |= {(path, method) for method in route.endpoint._methods if method != "HEAD"}
    assert served == {(path, method) for path, method, _ in operations()}
    assert DOCUMENT["servers"][0]["url"] == ROOT


def test_it_is_openapi() -> None:
    schemathesis.openapi.from_dict(DOCUMENT).validate()
    for schema in DOCUMENT["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def examples() -> Iterator[tuple[dict[str, Any], Any]]:
    def find(part: Any) -> Iterator[tuple[dict[str, Any], Any]]:
        if isinstance(part, dict):
            if "example" in part:
                yield part["schema"], part["example"]
            for value in part.values():
                yield from find(value)

    yield from find(DOCUMENT)


@pytest.mark.parametrize(("schema", "example"), list(examples()))
def test_every_example_fits(schema: dict[str, Any], example: Any) -> None:
    Draft202012Validator({**schema, "components": DOCUMENT["components"]}).validate(example)


def test_every_answer_with_a_body_has_an_example() -> None:
    for path, _, operation in operations():
        for status, response in operation["responses"].items():
            found = DOCUMENT["components"]["responses"][status] if "$ref" in response else response
            bodies = found.get("content", {}).values()
            assert all("example" in body for body in bodies) or path == "/openapi.json", (path, status)


def test_every_part_is_used() -> None:
    written = str(DOCUMENT)
    for kind in ("schemas", "responses"):
        for name in DOCUMENT["components"][kind]:
            assert f"#/components/{kind}/{name}'" in written


@pytest.mark.parametrize(
    ("body", "good"),
    [
        ({"for": "1h30m"}, True),
        ({"for": None, "until_shift_ends": True}, True),
        ({"for": "1h", "until_shift_ends": False}, True),
        ({}, True),
        ({"for": "1h", "until_shift_ends": True}, False),
        ({"for": "0m"}, False),
        ({"for": 60}, False),
        ({"four": "1h"}, False),
    ],
)
def test_a_snooze_is_described_as_it_is_taken(body: dict[str, Any], *, good: bool) -> None:
    assert Draft202012Validator(DOCUMENT["components"]["schemas"]["Snooze"]).is_valid(body) is good


class TestThePageForProgrammers:
    def test_it_names_every_address_and_no_other(self) -> None:
        named = {
            (method, path.removeprefix(ROOT).replace("/NAME", "/{name}").replace("/NUMBER", "/{number}"))
            for method, path in re.findall(r"^\| `(GET|POST) (/api/v1/\S+)` \|", PAGE, re.MULTILINE)
        }
        assert named == {(method, path) for path, method, _ in operations()}

    def test_its_examples_ask_for_what_is_there(self) -> None:
        known = [re.sub(r"\{\w+\}", "[^/?]+", path) for path in DOCUMENT["paths"]]
        asked = re.findall(r"http://127\.0\.0\.1:9877/api/v1([^\s']+)", PAGE)
        assert len(asked) > 10
        for path in asked:
            assert any(re.fullmatch(pattern, path.partition("?")[0]) for pattern in known), path

    def test_its_parameters_are_those_of_the_queue(self) -> None:
        _, table = PAGE.split("| parameter | meaning |\n|---|---|\n")
        rows = table.split("\n\n")[0].splitlines()
        named = {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])}
        parameters = DOCUMENT["paths"]["/waiting"]["get"]["parameters"]
        assert named == {one["name"] for one in parameters if one["in"] == "query"}

    def test_it_says_what_to_do_about_every_error(self) -> None:
        _, table = PAGE.split("| status | meaning | what to do |\n|---|---|---|\n")
        named = {status for row in table.split("\n\n")[0].splitlines() for status in re.findall(r"\b4\d\d|503", row)}
        assert named == {*REFUSED, "405"}
