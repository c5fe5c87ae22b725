"""Nodes, their fields and edges, and how the pretend Graph API writes them: expansion, cursors, nested pages."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import urlencode

from slamon.model import SECOND
from slamon.sim._graph.refusals import LACKS, GraphError, bad_parameter, unknown_field

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from slamon.model import Instant
    from slamon.sim._graph.fields import Field
    from slamon.sim._graph.tokens import GraphToken

Json: TypeAlias = dict[str, Any]

PAGING = frozenset({"limit", "after", "before"})


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, with which parameters or modifiers."""

    token: GraphToken
    args: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of node: what each field holds, which lists hang on it. `None` as a value leaves the field out."""

    name: str
    fields: Mapping[str, Callable[[Any, GraphToken], Any]]
    edges: Mapping[str, Edge] = field(default_factory=dict)
    default: tuple[str, ...] = ("id",)
    looked_up: Mapping[str, Callable[[Any, Asked], Any]] = field(default_factory=dict)
    """Fields that say by a modifier which thing is meant: `mentioned_media.media_id(179)`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A list that hangs on a node."""

    of: Callable[[], Kind]
    """The kind of its items; called late, since kinds hold each other."""
    rows: Callable[[Any, Asked], Sequence[Any]]
    """All items in the order of the list; may raise `GraphError`."""
    shown: Callable[[Any, Asked], bool] = lambda _item, _asked: True
    """Privacy: asked after a page was cut, so pages come short or empty with a next one."""
    summary: Callable[[Any, Asked], Json] | None = None
    params: frozenset[str] = frozenset()
    """Parameters of its own, beside those of paging."""
    usual: int = 25
    most: int = 100
    over: str = "refuse"
    """What a larger limit gets: `refuse`, or `cut` to the most."""
    pages: bool = True
    """`False`: it comes whole and without `paging`."""
    sparse: bool = False
    """Nested in an object and empty, it does not come at all."""
    open_end: bool = False
    """Its last page comes without `paging`."""


@dataclass(frozen=True, slots=True)
class Ref:
    """A node as the value of a field."""

    kind: Kind
    node: Any


@dataclass(frozen=True, slots=True)
class Link:
    """What a link to a next page begins with: the API's address and version."""

    base: str


def shown(kind: Kind, node: Any, wanted: Sequence[Field] | None, token: GraphToken, link: Link) -> Json:  # noqa: ANN401
    """`node` with the wanted fields and edges, `id` always among them.

    :raises GraphError: one that its kind does not have.
    """
    found: Json = {}
    for name in kind.default if wanted is None else ():
        _add(found, name, _value(kind.fields[name](node, token), None, token, link))
    for each in wanted or ():
        if each.name in kind.edges:
            _add(found, each.key, _nested(kind.edges[each.name], node, each, token, link))
        elif each.name in kind.looked_up:
            asked = Asked(token, _without_as(each.modifiers))
            _add(found, each.key, _value(kind.looked_up[each.name](node, asked), each.parts, token, link))
        elif each.name in kind.fields:
            _add(found, each.key, _value(kind.fields[each.name](node, token), each.parts, token, link))
        else:
            raise unknown_field(each.name, kind.name)
    _add(found, "id", kind.fields["id"](node, token))
    return found


def page(
    edge: Edge,
    node: Any,  # noqa: ANN401 - of whatever kind
    name: str,
    asked: Asked,
    wanted: Sequence[Field] | None,
    link: Link,
) -> Json:
    """One page of an edge, with its cursors, and a summary where that was asked."""
    known = edge.params | PAGING | ({"summary"} if edge.summary else frozenset())
    for parameter in asked.args:
        if parameter not in known:
            raise bad_parameter(parameter)
    size, scope = _size(edge, asked.args), f"{_id_of(node)}/{name}"
    rows = list(edge.rows(node, asked))
    start = _place_after(rows, asked.args.get("after"), scope)
    cut = rows[start : start + size]
    kind = edge.of()
    found: Json = {
        "data": [shown(kind, item, wanted, asked.token, link) for item in cut if edge.shown(item, asked)],
    }
    more = start + size < len(rows)
    if cut and edge.pages and (more or not edge.open_end):
        found["paging"] = _paging(cut, scope, asked, link, more=more)
    if edge.summary and asked.args.get("summary") in {"true", "1"}:
        found["summary"] = edge.summary(node, asked)
    return found


def iso(at: Instant) -> str:
    """`at` as the Graph API writes it: to the second, with a zone without colon."""
    return datetime.fromtimestamp(at // SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def _add(found: Json, key: str, value: Any) -> None:  # noqa: ANN401 - any JSON
    if value is not None:
        found[key] = value


def _value(value: Any, parts: Sequence[Field] | None, token: GraphToken, link: Link) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, Ref):
        return shown(value.kind, value.node, parts, token, link)
    if isinstance(value, list):
        return [_value(item, parts, token, link) for item in value]
    if isinstance(value, dict) and parts is not None:
        return {part.key: _value(value[part.name], part.parts, token, link) for part in parts if part.name in value}
    return value


def _nested(edge: Edge, node: Any, wanted: Field, token: GraphToken, link: Link) -> Json | None:  # noqa: ANN401 - as above
    """An edge inside of a node; without the right to it, it is left out."""
    try:
        found = page(edge, node, wanted.name, Asked(token, _without_as(wanted.modifiers)), wanted.parts, link)
    except GraphError as error:
        if error.code == LACKS:
            return None
        raise
    return None if edge.sparse and not found["data"] else found


def _without_as(modifiers: Mapping[str, str]) -> Mapping[str, str]:
    return {name: value for name, value in modifiers.items() if name != "as"}


def _size(edge: Edge, args: Mapping[str, str]) -> int:
    text = args.get("limit", str(edge.usual))
    if not text.isascii() or not text.isdigit():
        raise bad_parameter("limit", "must be an integer")
    if int(text) > edge.most and edge.over == "refuse":
        raise GraphError(100, f"(#100) Please reduce the limit: at most {edge.most} items are given at once")
    return min(int(text), edge.most)


def _paging(cut: Sequence[Any], scope: str, asked: Asked, link: Link, *, more: bool) -> Json:
    cursors = {"before": _cursor(scope, cut[0]), "after": _cursor(scope, cut[-1])}
    if not more:
        return {"cursors": cursors}
    kept = {name: value for name, value in asked.args.items() if name not in PAGING - {"limit"}}
    query = {"access_token": asked.token.value, "limit": str(len(cut)), **kept, "after": cursors["after"]}
    return {"cursors": cursors, "next": f"{link.base}/{scope}?{urlencode(query)}"}


def _cursor(scope: str, item: Any) -> str:  # noqa: ANN401 - of whatever kind
    return base64.urlsafe_b64encode(f"{scope}|{_id_of(item)}".encode()).decode().rstrip("=")


def _place_after(rows: Sequence[Any], cursor: str | None, scope: str) -> int:
    if cursor is None:
        return 0
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except (binascii.Error, ValueError):
        text = ""
    holds_for, _, last = text.rpartition("|")
    places = [place for place, item in enumerate(rows) if _id_of(item) == last]
    if holds_for != scope or not places:  # of another list, or stale: its item is gone
        raise bad_parameter("after", "is no valid cursor")
    return places[0] + 1


def _id_of(node: Any) -> str:  # noqa: ANN401 - of whatever kind
    return str(node.id)
