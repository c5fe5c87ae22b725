"""The pretend Facebook says nothing that Meta's machine-readable description of v25.0 does not know."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from connector_contract import NOON
from slamon.connectors._facebook import probe, reads
from slamon.connectors._facebook.settings import Surface
from slamon.sim._graph.fields import Field, parsed
from slamon.sim.facebook import PAGE_ID, PretendFacebook
from test_sim_facebook import STREAM, TOKEN, App

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from slamon.sim._facebook.shape import Shapes
    from slamon.sim._graph.shape import Edge, Kind

SPEC = Path(__file__).parents[2] / "shared/platforms/specs/meta"
PAGING = {"limit", "after", "before", "summary"}
"""Parameters of paging work everywhere and are described nowhere (SOURCES.md beside the description)."""

needs_description = pytest.mark.skipif(
    not SPEC.exists(), reason="the API's machine-readable description is not beside this checkout"
)


@pytest.fixture
def app() -> Iterator[App]:
    with PretendFacebook(lambda: NOON, token=TOKEN) as facebook:
        asking = App(facebook)
        yield asking
        asking.session.close()


@pytest.fixture
def shapes(app: App) -> Shapes:
    return app.facebook.shapes


def described(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((SPEC / f"{name}.json").read_text())
    return document


def edge_of(kind: str, name: str) -> dict[str, Any]:
    found = [api for api in described(kind)["apis"] if (api["method"], api.get("endpoint")) == ("GET", name)]
    assert len(found) == 1, f"{kind} has no edge {name}"
    edge: dict[str, Any] = found[0]
    return edge


def values(enum: str) -> set[str]:
    listed = json.loads((SPEC / "enum_types.subset.json").read_text())
    return next(set(item["values"]) for item in listed if item["name"] == enum)


@needs_description
class TestAgainstTheDescription:
    @pytest.mark.parametrize("name", ["page", "post", "comment"])
    def test_every_field_is_described(self, shapes: Shapes, name: str) -> None:
        kind: Kind = getattr(shapes, name)
        assert set(kind.fields) <= {field["name"] for field in described(kind.name)["fields"]}

    @pytest.mark.parametrize("name", ["page", "post", "comment"])
    def test_every_edge_and_its_parameters_are_described(self, shapes: Shapes, name: str) -> None:
        kind: Kind = getattr(shapes, name)
        for label, edge in kind.edges.items():
            known = edge_of(kind.name, label)
            assert edge.params <= {param["name"] for param in known["params"]}, label
            if label != "ratings":
                assert edge.of().name == known["return"], label

    def test_values_of_filters_and_orders_are_described(self, app: App) -> None:
        post = app.page.page_posts("Sale")
        for param in edge_of("PagePost", "comments")["params"]:
            if param["type"].endswith("_enum_param"):
                for value in values(param["type"]):
                    assert "data" in app.get(f"/{post}/comments", **{param["name"]: value}), value

    def test_every_value_in_an_answer_has_the_type_that_is_described(self, app: App) -> None:
        for kind, document in answers(app):
            assert strangers(kind, document) == []


@needs_description
class TestTheConnectorAsks:
    @pytest.mark.parametrize(
        ("kind", "fields"),
        [
            ("PagePost", reads.POST_FIELDS),
            ("PagePost", reads.LEAN_POST_FIELDS),
            ("PagePost", probe.FIELDS),
            ("Comment", reads.COMMENT_FIELDS),
            ("Comment", reads.LEAN_COMMENT_FIELDS),
        ],
    )
    def test_for_nothing_that_is_not_described(self, kind: str, fields: str) -> None:
        assert unknown(kind, parsed(fields)) == []

    def test_for_lists_and_parameters_that_are_described(self) -> None:
        for source in reads.sources(tuple(Surface)):
            known = {param["name"] for param in edge_of("Page", source.edge)["params"]}
            assert set(source.params) <= known


def unknown(kind: str, fields: Sequence[Field]) -> list[str]:
    """Fields, edges and modifiers that the description of `kind` does not know."""
    document = described(kind)
    names = {field["name"] for field in document["fields"]}
    edges = {api["endpoint"]: api for api in document["apis"] if api["method"] == "GET" and "endpoint" in api}
    found = []
    for each in fields:
        if each.name in edges:
            known = {param["name"] for param in edges[each.name]["params"]} | PAGING
            found += [f"{each.name}.{name}" for name in each.modifiers if name not in known]
            found += unknown(edges[each.name]["return"], each.parts or ())
        elif each.name not in names:
            found.append(f"{kind}.{each.name}")
        elif each.name == "parent":
            found += unknown("Comment", each.parts or ())
    return found


def answers(app: App) -> Iterator[tuple[str, dict[str, Any]]]:
    """Nodes with everything in them that is ever shown."""
    post = app.page.page_posts("Sale")
    asked = app.page.comment(app.page.person("Ana").id, "hello", post, tagging=[PAGE_ID], likes=2)
    answer = app.page.brand_replies(asked, "hi")
    visited = app.page.visitor_posts("Ben", "Hello?")
    shapes = app.facebook.shapes
    for name, kind, node in (
        ("Page", shapes.page, PAGE_ID),
        ("PagePost", shapes.post, post),
        ("PagePost", shapes.post, visited),
        ("Comment", shapes.comment, asked),
        ("Comment", shapes.comment, answer),
    ):
        yield name, app.get(f"/{node}", fields=",".join(kind.fields))
    page = app.get(f"/{post}/comments", **STREAM, fields=",".join(shapes.comment.fields))
    for item in page["data"]:
        yield "Comment", item


def strangers(kind: str, document: dict[str, Any]) -> list[str]:
    """Everything in `document` of which the description of `kind` knows nothing, or something else."""
    types = {field["name"]: field["type"] for field in described(kind)["fields"]}
    found = []
    for name, value in document.items():
        if name not in types:
            found.append(f"{kind}.{name} is unknown")
        elif not fits(types[name], value):
            found.append(f"{kind}.{name}: {value!r} is no {types[name]}")
    return found


def fits(kind: str, value: Any) -> bool:
    plain = {"string": str, "bool": bool, "unsigned int": int, "int": int, "datetime": str, "float": float}
    if kind in plain:
        return type(value) is plain[kind]
    if kind.startswith("list"):
        return isinstance(value, list) and all(fits(kind[5:-1], item) for item in value if kind[5:])
    if kind == "EntityAtTextRange":
        return strangers(kind, {key: value[key] for key in value if key != "type"}) == []
    return isinstance(value, dict)


def test_edges_are_shared_by_posts_and_comments(shapes: Shapes) -> None:
    edges: list[Edge] = [shapes.post.edges["comments"], shapes.comment.edges["comments"]]
    assert edges[0].params == edges[1].params
