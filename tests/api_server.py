"""A desk with hostile conversations whose server is asked for JSON."""

from __future__ import annotations

import json
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator

from slamon.model import MINUTE
from slamon.web.api.openapi import document
from stage import CONFIG, Desk
from test_act_http import TOKEN, post

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOSTILE = (
    "<script>alert(1)</script>",
    "\u202egnp.exe \u200b\u0301\u0301",
    "🏳️‍🌈 İstanbul \u2028\u2029 \x7f",
    '"}],"error":"',
    "\\u0000 %00 ../../ \r\nX: y",
)
RULES = """\
policies:
  - {name: vip, when: {author.followers: ">= 10000"}, first_response: 15m, acknowledgement: 5m, objective: {share: 95%}}
  - {name: praise, when: {words: praise, whole: yes}, first_response: 1bd, calendar: office}
  - {name: everyone, first_response: 1h, stages: [{at: 80%, to: desk}, {at: +30m, repeat: 30m, at_most: 3}]}
"""
CALENDARS = "calendars: {office: {timezone: Europe/Berlin, open: {mon-fri: '9:00-17:00'}}}"
PEOPLE = "  people: {http: {duty: {file: duty-token}}}\n"


class Served:
    """A desk whose server is asked."""

    def __init__(self, folder: Path, database: str = "") -> None:
        self.desk = Desk(folder, rules=RULES, database=database)
        self.desk.write("rules/calendars.yaml", CALENDARS)
        self.desk.write("duty-token", TOKEN)
        config = CONFIG.format(account="acme", x=self.desk.x.url, slack=self.desk.slack.api_url)
        config = config.replace("    every: 5m\n", "    every: 5m\n    labels: {market: de}\n")
        self.desk.write("config.yaml", f"listen: 127.0.0.1:0\n{config}{PEOPLE}")

    def begin(self) -> None:
        self.desk.app.web.start()

    @property
    def address(self) -> str:
        return self.desk.app.web.address

    def get(self, path: str, method: str = "GET", **headers: str) -> tuple[int, Any, Any]:
        """Status, body as JSON, and headers."""
        connection = HTTPConnection(self.address, timeout=10)
        connection.request(method, f"/api/v1{path}", headers={n.replace("_", "-"): v for n, v in headers.items()})
        found = connection.getresponse()
        body = found.read()
        connection.close()
        return found.status, json.loads(body) if body else None, found.headers


@contextmanager
def serving(folder: Path) -> Iterator[Served]:
    """Waits in every state, 1, 2, 3, 5 and 7 of them open."""
    made = Served(folder)
    with made.desk as desk:
        for number, text in enumerate(HOSTILE):
            desk.asks(text, by=f"ann{number}")
        answered = desk.asks("the second parcel", by="bob")
        desk.settles()
        desk.answers(answered)
        desk.passes(50 * MINUTE)
        desk.asks("late to the party", by="carl")
        desk.settles()
        made.begin()
        post(made.address, "/api/v1/waits/2/acknowledge")
        post(made.address, "/api/v1/waits/3/snooze", {"for": "1h"})
        post(made.address, "/api/v1/waits/4/dismiss", {"reason": "by phone", "as": "elsewhere"})
        desk.passes(20 * MINUTE)
        yield made


DOCUMENT = document()


def fits(path: str, status: int, body: Any, method: str = "get") -> None:
    """Hold an answer to the shape that is described for it."""
    described = DOCUMENT["paths"][path][method]["responses"][str(status)]
    if "$ref" in described:
        described = DOCUMENT["components"]["responses"][described["$ref"].rpartition("/")[2]]
    schema = described["content"]["application/json"]["schema"]
    Draft202012Validator({**schema, "components": DOCUMENT["components"]}).validate(body)
