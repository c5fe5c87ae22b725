"""The description of the JSON interface, in OpenAPI 3.1: every address, what it takes, what it answers."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from slamon.config_keys import NAME
from slamon.store.listing import CURSOR
from slamon.web.api import query
from slamon.web.api.examples import EXAMPLES
from slamon.web.api.shapes import SHAPES, of, ref, text, whole

if TYPE_CHECKING:
    from slamon.web.api.shapes import Json

DIGITS = 10**15 - 1
ABOUT = """\
What slamon knows, and what people may tell it, for programs. Instants are ISO 8601 in UTC, spans are seconds.
An error is `{"error": "…"}`: one sentence for a person. Where the server is configured with a sign-in, reading needs it
as well as acting; else reading is open to whoever reaches the port.
"""
SIGNED_IN: list[Json] = [{"basic": []}, {"bearer": []}]
OPEN: list[Json] = [{}, *SIGNED_IN]

VERBS = {
    "acknowledge": ("Somebody has it in hand: reminders pause", "Nothing"),
    "snooze": ("Tell of it again later", "Snooze"),
    "dismiss": ("It needs no answer here", "Dismiss"),
}
REFUSED = {
    "400": "What is asked has no right shape; the words say what is wrong.",
    "401": "Nobody is signed in, or what was shown is wrong.",
    "403": "A page of another site asks, or who is signed in may only read.",
    "404": "There is no such thing.",
    "406": "The client takes no JSON.",
    "409": "It cannot be done; the words say why.",
    "413": "The body is too large.",
    "415": "The body is no JSON, or does not say so.",
    "421": "This host name is not served here.",
    "429": "Too many wrong passwords or tokens.",
    "503": "Too much is asked at once, or the database refuses.",
}
HEADERS = {
    "401": {"WWW-Authenticate": "How to sign in."},
    "429": {"Retry-After": "Seconds."},
    "503": {"Retry-After": "Seconds."},
}
ALWAYS = ("401", "403", "406", "421", "429", "503")
LOOKS = (*ALWAYS, "400")
ACTS = (*ALWAYS, "400", "404", "409", "413", "415")


def document() -> Json:
    """All of it."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "slamon",
            "version": version("slamon"),
            "summary": "How long customers wait for an answer.",
            "description": ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/api/v1", "description": "This server."}],
        "tags": [{"name": "look", "description": "Changes nothing."}, {"name": "act", "description": "Needs sign-in."}],
        "paths": {**_looks(), **_acts()},
        "components": {
            "schemas": SHAPES,
            "responses": {status: _refused(status) for status in REFUSED},
            "securitySchemes": {
                "basic": {"type": "http", "scheme": "basic", "description": "A user of web.yml."},
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token of notify.people.http, by which one may act; or of web.tokens, to read.",
                },
            },
        },
    }


def _looks() -> Json:
    channel = _filter("channel", text("The name of a channel.", pattern=f"^{NAME.pattern}$"))
    name = text("As `slamon explain` takes it.", minLength=1, maxLength=1_000)
    waiting = [
        channel,
        _filter(
            "policy", text("Its name; empty: waits that none matches.", pattern=_KEPT, maxLength=query.LONGEST_NAME)
        ),
        _filter("status", of(*query.STATUSES)),
        _said(
            "text",
            text("In what waits, or in the customer's handle or name.", pattern=_KEPT, maxLength=query.LONGEST_TEXT),
        ),
        _said("limit", {"type": "integer", "minimum": 1, "maximum": query.MOST_WAITS, "default": query.LIMIT}),
        _said("after", text("`next` of the page before.", pattern=f"^{CURSOR.pattern}$")),
        _TAG,
    ]
    queue = _look("waiting", "Who waits, nearest deadline first", "Queue", waiting)
    queue["responses"]["200"]["links"] = {
        id_: {"operationId": id_, "parameters": {name: "$response.body#/waiting/0/wait"}}
        for id_, name in (("conversation", "name"), *((verb, "number") for verb in VERBS))
    }
    return {
        "/waiting": {"get": queue},
        "/conversations/{name}": {
            "get": _look(
                "conversation",
                "Why a conversation stands where it stands",
                "Conversation",
                [
                    _in_path(
                        "name", name, "A wait's number, or the id of a message, a thread or a customer, or a handle."
                    ),
                    _TAG,
                ],
                "404",
            )
        },
        "/channels": {
            "get": _look("channels", "What is watched, when it was read, who waits there", "Channels", [channel, _TAG])
        },
        "/policies": {"get": _look("policies", "What is promised in each channel", "Policies", [channel, _TAG])},
        "/openapi.json": {
            "get": {
                "operationId": "openapi",
                "summary": "This description",
                "tags": ["look"],
                "security": OPEN,
                "responses": {"200": _json("This description.", {"type": "object"}), **_refusals(LOOKS)},
            }
        },
    }


def _look(id_: str, summary: str, shape: str, parameters: list[Json], *more: str) -> Json:
    good = _json(f"{summary}.", ref(shape), EXAMPLES[id_])
    good["headers"] = {"ETag": {"description": "Changes with the answer.", "schema": {"type": "string"}}}
    return {
        "operationId": id_,
        "summary": summary,
        "tags": ["look"],
        "security": OPEN,
        "parameters": parameters,
        "responses": {
            "200": good,
            "304": {"description": "Nothing changed since the answer of that ETag."},
            **_refusals((*LOOKS, *more)),
        },
    }


def _acts() -> Json:
    acts = {
        f"/waits/{{number}}/{verb}": {"post": _act(verb, summary, shape, "A wait's.")}
        for verb, (summary, shape) in VERBS.items()
    }
    undo = _act("undo", "Take an action back", "Nothing", "An action's.")
    undo["parameters"] = undo["parameters"][:1]
    return {**acts, "/actions/{number}/undo": {"post": undo}}


def _act(verb: str, summary: str, shape: str, whose: str) -> Json:
    body = {"schema": ref(shape), **({"example": EXAMPLES[shape]} if shape in EXAMPLES else {})}
    good = _json("It is done.", ref("Done"), EXAMPLES["Done"])
    if verb != "undo":
        good["links"] = {"undo": {"operationId": "undo", "parameters": {"number": "$response.body#/action"}}}
    return {
        "operationId": verb,
        "summary": summary,
        "tags": ["act"],
        "security": SIGNED_IN,
        "parameters": [_in_path("number", whole(least=1) | {"maximum": DIGITS}, whose), _KEY],
        "requestBody": {"required": shape == "Dismiss", "content": {"application/json": body}},
        "responses": {"200": good, **_refusals(ACTS)},
    }


def _filter(name: str, schema: Json) -> Json:
    values = {"type": "array", "items": schema, "maxItems": query.MOST_VALUES}
    about = "May be said more than once: any of them."
    return {"name": name, "in": "query", "description": about, "schema": values, "style": "form", "explode": True}


def _said(name: str, schema: Json) -> Json:
    return {"name": name, "in": "query", "schema": schema}


def _in_path(name: str, schema: Json, about: str) -> Json:
    return {"name": name, "in": "path", "required": True, "description": about, "schema": schema}


def _json(about: str, schema: Json, example: Any = None) -> Json:  # noqa: ANN401 - any JSON
    more = {} if example is None else {"example": example}
    return {"description": about, "content": {"application/json": {"schema": schema, **more}}}


def _refused(status: str) -> Json:
    found = _json(REFUSED[status], ref("Error"), {"error": EXAMPLES["errors"][status]})
    headers = HEADERS.get(status, {})
    if headers:
        found["headers"] = {
            name: {"description": about, "schema": {"type": "string"}} for name, about in headers.items()
        }
    return found


def _refusals(statuses: tuple[str, ...]) -> Json:
    return {status: {"$ref": f"#/components/responses/{status}"} for status in sorted(statuses)}


_KEPT = r"^[^\u0000]*$"
_TAG: Json = {
    "name": "If-None-Match",
    "in": "header",
    "description": "The ETag of an earlier answer: 304 where nothing changed.",
    "schema": {"type": "string"},
}
_KEY: Json = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Names this request: sent again with the same key, it is done once.",
    "schema": {"type": "string", "pattern": "^[!-~](?:[ -~]{0,198}[!-~])?$"},
}
