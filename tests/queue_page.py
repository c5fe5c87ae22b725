"""A brand whose messages come from a file, and the pages that slamon serves of them."""

from __future__ import annotations

import re
from contextlib import contextmanager
from html.parser import HTMLParser
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlencode

from sqlalchemy import insert, select, update

from slamon.model import SECOND
from slamon.store.schema import conversation, message, tally, timer, wait
from stage import Records

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

TOKEN = "canary-duty-0123456789"
WALL = "canary-wall-0123456789"
OTHER = "canary-else-0123456789"
PEOPLE = "notify: {timezone: Europe/Berlin, people: {http: {duty: {file: duty-token}, else: {file: else-token}}}}\n"
CONFIG = """\
listen: 127.0.0.1:0
database: {file: database-url}
channels:
  - {name: acme, connector: archive, account: acme, path: records.jsonl, every: 5m}
  - {name: other, connector: archive, account: other, path: records.jsonl, every: 5m}
"""
RULES = """\
policies:
  - {name: vip, when: {author.followers: ">= 10000"}, first_response: 30m}
  - {name: everyone, first_response: 1h, stages: [{at: 50%}, {at: 100%}]}
"""


class Stand(Records):
    """slamon, serving; a context manager."""

    def __init__(self, folder: Path, more: str = PEOPLE) -> None:
        super().__init__(folder, "acme", "other", rules=RULES)
        self.write("config.yaml", CONFIG + more)
        self.write("duty-token", TOKEN)
        self.write("else-token", OTHER)
        self.write("wall-token", WALL)
        self.asked = 0

    def __enter__(self) -> Self:
        super().__enter__()
        self.app.web.start()
        return self

    def passes(self, span: int) -> None:
        """As ever, and a moment more: what was read for a page while that went on is not kept for the next one."""
        super().passes(span)
        self.clock.now += SECOND

    @property
    def address(self) -> str:
        return self.app.web.address

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    def asks(self, text: str = "where is my parcel?", *, by: str = "ann", brand: str = "acme", **more: Any) -> None:
        """A customer writes, and it is read."""
        self.records([{"text": text, "author": by, "brand": brand} | more])

    def records(self, written: list[dict[str, Any]]) -> None:
        """Customers write one after the other, and all of it is read at once."""
        for n, record in enumerate(written):
            self.clock.now += SECOND * bool(n)
            self.asked += 1
            name = str(self.asked)
            self.says(**{"id": name, "conversation": f"t{name}", "role": "customer"} | record)
        self.settles()

    def plants(self, number: int) -> None:
        """So many more wait just like the first one, each a second less long than the one before."""
        with self.app.store.write() as tx:
            for table in (conversation, wait, timer, message):
                first = tx.execute(select(table).limit(1)).one()._asdict()
                tx.execute(insert(table), [first | _copy(first, n) for n in range(number)])
            tx.execute(update(tally).where(tally.c.name == "open:on_track").values(n=tally.c.n + number))

    def answers(self, number: int, text: str = "on its way") -> None:
        """The brand answers the wait of that number."""
        brand = {"author": "acme", "brand": "acme", "role": "brand"}
        self.says(id=f"a{number}", conversation=f"t{number}", in_reply_to=str(number), text=text, **brand)
        self.settles()


def _copy(of: Mapping[str, Any], n: int) -> dict[str, Any]:
    """What is another in the copy of a row."""
    apart = n + 1_000
    other = {"wait": apart, "conversation": apart, "thread": f"t{apart}", "next_at": None}
    numbered = {"id": apart if isinstance(of.get("id"), int) else f"m{apart}", "handle": f"c{n}", "text": f"post {n}"}
    later = {name: of[name] + n * SECOND for name in ("due_at", "started_at", "created_at") if name in of}
    return {name: value for name, value in (other | numbered | later).items() if name in of}


@contextmanager
def stand(folder: Path, more: str = PEOPLE) -> Iterator[Stand]:
    """A stand in a folder of its own."""
    with Stand(folder, more) as opened:
        yield opened


class Visitor:
    """A browser as far as cookies go, without a screen."""

    def __init__(self, stand: Stand) -> None:
        self.stand = stand
        self.cookie = ""

    def get(self, path: str = "/", **headers: str) -> Page:
        return self.ask("GET", path, None, headers)

    def post(self, path: str, fields: Mapping[str, str], **headers: str) -> Page:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.ask("POST", path, urlencode(fields).encode(), kind | headers)

    def ask(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Page:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent |= {"Cookie": self.cookie} if self.cookie else {}
        connection = HTTPConnection(self.stand.address, timeout=10)
        connection.request(method, path, body, sent)
        answer = connection.getresponse()
        page = Page(answer.status, dict(answer.headers), answer.read().decode())
        connection.close()
        if "set-cookie" in (found := {name.lower(): value for name, value in page.headers.items()}):
            self.cookie = found["set-cookie"].split(";")[0]
        return page

    def signs_in(self, token: str = TOKEN) -> Page:
        return self.post("/sign-in", {"token": token, "back": "/"})

    def does(self, path: str, _page: str = "/", **fields: str) -> Page:
        """Press a button of a page."""
        shown = self.get(_page)
        return self.post(path, {"proof": shown.field("proof"), "key": shown.field("key"), "back": "/"} | fields)


class Page:
    """What came back."""

    def __init__(self, status: int, headers: Mapping[str, str], body: str) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    def header(self, name: str) -> str:
        return {known.lower(): value for known, value in self.headers.items()}.get(name.lower(), "")

    def field(self, name: str) -> str:
        found = re.search(rf'name="{name}" value="([^"]*)"', self.body)
        return found[1] if found else ""

    @property
    def tag(self) -> str:
        return str(re.findall(r'data-tag="([0-9a-f]+)"', self.body)[0])

    @property
    def text(self) -> str:
        """All that is read, white space folded."""
        reader = Texts()
        reader.feed(self.body)
        reader.close()
        return " ".join("".join(reader.all).split())

    def texts(self, kind: str) -> list[str]:
        """What stands in each element of that class, white space as it stands."""
        reader = Texts(kind)
        reader.feed(self.body)
        reader.close()
        return reader.of_kind


VOID = {"meta", "link", "img", "input", "br"}


class Texts(HTMLParser):
    """Reads a page; a tag that is not closed where it should be is a failure."""

    def __init__(self, kind: str = "") -> None:
        super().__init__(convert_charrefs=True)
        self.kind = kind
        self.all: list[str] = []
        self.of_kind: list[str] = []
        self.open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in VOID:
            return
        ours = self.kind in (dict(attrs).get("class") or "").split()
        if ours:
            self.of_kind.append("")
        self.open.append((tag, ours))

    def handle_endtag(self, tag: str) -> None:
        opened, _ = self.open.pop()
        assert opened == tag, f"<{opened}> ends with </{tag}>"

    def handle_data(self, data: str) -> None:
        self.all.append(data)
        if any(ours for _, ours in self.open):
            self.of_kind[-1] += data
