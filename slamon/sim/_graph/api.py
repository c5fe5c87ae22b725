"""The common part of the pretend Graph API: versions, tokens, fields, cursors, batches, budgets, refusals on command.

It is stricter than the real one, which ignores parameters that it does not know: here they are refused, so that a
misspelt one is noticed. Left out: writing, `date_format`, time-based paging, `/me/accounts`, long-lived tokens.
"""

from __future__ import annotations

import json
import re
import threading
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import parse_qsl, urlsplit

from slamon.sim._graph import shape
from slamon.sim._graph.fields import parsed
from slamon.sim._graph.refusals import REFUSALS, GraphError, bad_parameter, unknown_field
from slamon.sim._graph.shape import Asked, Edge, Kind, Link, Ref
from slamon.sim._graph.tokens import GraphToken, Tokens
from slamon.sim._graph.usage import Usage
from slamon.sim.faults import Fault
from slamon.sim.server import CONTROL, Answer, PretendServer, Request, Served

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from slamon.model import Instant
    from slamon.sim._graph.fields import Field

Json: TypeAlias = dict[str, Any]

OLDEST, NEWEST = (22, 0), (26, 0)
"""Living versions; what asks an older one is answered by the oldest, without a word but in a header."""
VERSION = re.compile(r"v(\d{1,3})\.(\d)")
BATCH = 50
ALWAYS = frozenset({"fields", "access_token", "appsecret_proof", "debug"})
"""Parameters that every request may have."""

__all__ = ["Asked", "Edge", "GraphError", "GraphToken", "Kind", "PretendGraph", "Ref", "add_verbs"]


class PretendGraph(Served, ABC):
    """The Graph API on loopback over the nodes that a platform's class finds. Use it as a context manager.

    A platform defines `find`, and may add routes to `server` for what is no node. Everything runs under `lock`.
    """

    def __init__(self, clock: Callable[[], Instant], account: str, host: str = "127.0.0.1", port: int = 0) -> None:
        """`account`: the Page or the account, as budgets are told of it."""
        self.clock = clock
        self.lock = threading.RLock()
        self.server = PretendServer(clock, host, port)
        self.faults = self.server.faults
        self.tokens = Tokens()
        self.usage = Usage(account)
        self.heavy: int | None = None
        """Items, nested ones included, beyond which a request gets code 1."""
        self.unfinished: set[int] = set()
        """Places of the parts of the next batch that are not finished in time."""
        self._add_routes()

    @abstractmethod
    def find(self, node: str, token: GraphToken) -> Ref:
        """The node of that id as `token` may see it; `me` was resolved before.

        :raises GraphError: it is not there, or not for this token.
        """

    def refuse(self, name: str, calls: int | None = 1, path: str = "/v") -> None:
        """Answer the next `calls` requests (`None`: all) with a refusal of `REFUSALS`, and carry out none."""
        answer = REFUSALS[name].answer(dict(self.usage.headers()))
        self.faults.add(
            Fault(path=path, calls=calls, status=answer.status, body=answer.body.decode(), headers=answer.headers)
        )

    def _add_routes(self) -> None:
        self._route("GET", "/{version}/debug_token", self._debug_token)
        self._route("GET", "/{version}/{node}", self._node)
        self._route("GET", "/{version}/{node}/{edge}", self._edge)
        self._route("GET", "/{version}/", self._ids)
        self._route("POST", "/{version}/", self._batch)

    def _route(self, method: str, pattern: str, serve: Callable[[Request, str], Any]) -> None:
        @self.server.route(method, pattern)
        def answer(request: Request) -> Answer:
            headers = {}
            try:
                version = _version(request.parts["version"])
                headers["facebook-api-version"] = version
                with self.lock:
                    return Answer.json(serve(request, version), headers={**headers, **self.usage.headers()})
            except GraphError as error:
                return error.answer({**headers, **self.usage.headers()})

    def _debug_token(self, request: Request, _version: str) -> Json:
        return self.tokens.inspected(request.query, request.headers)

    def _admitted(self, query: Mapping[str, str], headers: Mapping[str, str]) -> GraphToken:
        token = self.tokens.of(query, headers, self.clock())
        self.usage.spend()
        if token.refused:
            raise REFUSALS[token.refused].with_traceback(None)
        return token

    def _node(self, request: Request, version: str) -> Json:
        token = self._admitted(request.query, request.headers)
        return self._shown(request.parts["node"], request.query, token, version)

    def _edge(self, request: Request, version: str) -> Json:
        token = self._admitted(request.query, request.headers)
        return self._page(request.parts["node"], request.parts["edge"], request.query, token, version)

    def _ids(self, request: Request, version: str) -> Json:
        token = self._admitted(request.query, request.headers)
        ids = request.query.get("ids", "").split(",")
        if len(ids) > BATCH or not all(ids):
            raise bad_parameter("ids", f"must hold 1 to {BATCH} ids")
        query = {name: value for name, value in request.query.items() if name != "ids"}
        return {node: self._shown(node, query, token, version) for node in ids}

    def _batch(self, request: Request, version: str) -> list[Json | None]:
        form = request.form()
        self.tokens.of(form, request.headers, self.clock())
        try:
            parts = json.loads(form.get("batch", ""))
        except ValueError:
            raise bad_parameter("batch", "must be an array") from None
        if not isinstance(parts, list) or not 0 < len(parts) <= BATCH:
            raise GraphError(100, f"(#100) Too many requests in batch message. Maximum batch size is {BATCH}")
        late, self.unfinished = self.unfinished, set()
        brief = form.get("include_headers") == "false"
        return [
            None if place in late else self._part(part, form, request.headers, version, brief=brief)
            for place, part in enumerate(parts)
        ]

    def _part(
        self,
        part: object,
        form: Mapping[str, str],
        headers: Mapping[str, str],
        version: str,
        *,
        brief: bool,
    ) -> Json:
        """One part of a batch: its body is a text."""
        try:
            status, document = 200, self._carried_out(part, form, headers, version)
        except GraphError as error:
            status, document = error.status, error.document()
        told = {} if brief else {"headers": [{"name": "Content-Type", "value": "application/json; charset=UTF-8"}]}
        return {"code": status, **told, "body": json.dumps(document)}

    def _carried_out(self, part: object, form: Mapping[str, str], headers: Mapping[str, str], version: str) -> Json:
        if not isinstance(part, dict) or part.get("method") != "GET" or not isinstance(part.get("relative_url"), str):
            raise bad_parameter("batch", "has a part without method or relative_url")
        url = urlsplit("/" + part["relative_url"].lstrip("/"))
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        names = ("access_token", "appsecret_proof")
        above = {name: form[name] for name in names if name in form and "access_token" not in query}
        token = self._admitted({**above, **query}, headers)
        first, *rest = [step for step in url.path.split("/") if step] or [""]
        path = rest if VERSION.fullmatch(first) else [first, *rest]
        if len(path) == 1:
            return self._shown(path[0], query, token, version)
        if len(path) == 2:  # noqa: PLR2004 - a node and its edge
            return self._page(path[0], path[1], query, token, version)
        raise GraphError(2500, f"Unknown path components: {url.path}")

    def _shown(self, node: str, query: Mapping[str, str], token: GraphToken, version: str) -> Json:
        if unknown := set(query) - ALWAYS:
            raise bad_parameter(min(unknown))
        found = self.find(token.node if node == "me" else node, token)
        wanted = parsed(query["fields"]) if "fields" in query else None
        self._check_weight(1, wanted)
        return _debugged(shape.shown(found.kind, found.node, wanted, token, self._link(version)), query)

    def _page(self, node: str, name: str, query: Mapping[str, str], token: GraphToken, version: str) -> Json:
        found = self.find(token.node if node == "me" else node, token)
        edge = found.kind.edges.get(name)
        if edge is None:
            raise unknown_field(name, found.kind.name)
        wanted = parsed(query["fields"]) if "fields" in query else None
        args = {parameter: value for parameter, value in query.items() if parameter not in ALWAYS}
        self._check_weight(int(args["limit"]) if args.get("limit", "").isdigit() else edge.usual, wanted)
        page = shape.page(edge, found.node, name, Asked(token, args), wanted, self._link(version))
        return _debugged(page, query)

    def _check_weight(self, items: int, wanted: Sequence[Field] | None) -> None:
        nested = [int(each.modifiers.get("limit", "0")) for each in wanted or () if each.parts is not None]
        if self.heavy is not None and items * (1 + sum(nested)) > self.heavy:
            raise REFUSALS["too_much"].with_traceback(None)

    def _link(self, version: str) -> Link:
        return Link(f"{self.url}/{version}")


def add_verbs(server: PretendServer, verbs: Mapping[str, Callable[..., Any]]) -> None:
    """Let other processes move the range: `POST /_range/VERB` with the verb's arguments as a JSON object."""
    for name, verb in verbs.items():
        _add_verb(server, name, verb)


def _add_verb(server: PretendServer, name: str, verb: Callable[..., Any]) -> None:
    @server.route("POST", CONTROL + name)
    def call(request: Request) -> Answer:
        try:
            return Answer.json({"id": verb(**request.json())})
        except (TypeError, ValueError, LookupError) as error:
            return Answer.json({"error": str(error)}, 400)


def _version(named: str) -> str:
    """The version that answers.

    :raises GraphError: there is no such version.
    """
    match = VERSION.fullmatch(named)
    asked = (int(match[1]), int(match[2])) if match else None
    if asked is None or asked > NEWEST:
        raise GraphError(2500, f"Unknown path components: /{named}")
    major, minor = max(asked, OLDEST)
    return f"v{major}.{minor}"


def _debugged(document: Json, query: Mapping[str, str]) -> Json:
    return {**document, "__debug__": {"messages": []}} if query.get("debug") == "all" else document
