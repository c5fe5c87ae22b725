"""What happens to the brand while slamon is killed: who writes when, what is promised, what people do, how Slack is.

Three short stories in place of one long one: every fail point costs one and a half lives.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from slamon.model import MINUTE, SECOND
from slamon.sla.handling import Verb
from stage import iso
from x_client import NOON

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from slamon.model import Instant, Millis

BEGINS: Instant = NOON
EVERY: Millis = 40 * MINUTE

CONFIG = """\
database: {{env: KILL_DATABASE}}
channels:
  - {{name: acme, connector: archive, account: acme, path: records.jsonl, every: 40m}}
notify:
  slack: {{token: {{env: KILL_TOKEN}}, api_url: {slack}, fallback: desk}}
  audiences:
    desk: {{slack: "#desk", default: true}}
    oncall: {{slack: "#oncall", mention: "@oncall"}}
    night: {{slack: "#night", quiet: {{days: mon-sun, hours: "12:30-12:50"}}}}
    lost: {{slack: "#archived"}}
  digests: {{storm: {{more_than: 3, within: 5m}}, daily: [{{to: oncall, at: "12:10"}}]}}
"""
ENVIRON = {"KILL_TOKEN": "xoxb-pretend"}


@dataclass(frozen=True, slots=True)
class Record:
    """A line of the archive, so many minutes after the beginning."""

    minute: float
    id: str
    role: str
    author: str
    more: Mapping[str, str] = field(default_factory=dict)

    @property
    def at(self) -> Instant:
        return BEGINS + round(self.minute * MINUTE)

    def line(self) -> str:
        said = {"id": self.id, "role": self.role, "author": self.author, "brand": "acme", "text": f"hm {self.id}"}
        return json.dumps({**said, "created_at": iso(self.at), **self.more}) + "\n"


@dataclass(frozen=True, slots=True)
class Act:
    """What a person does about a customer's first wait, at that minute."""

    minute: float
    customer: str
    verb: Verb
    span: Millis | None = None

    @property
    def at(self) -> Instant:
        return BEGINS + round(self.minute * MINUTE)

    @property
    def key(self) -> str:
        return f"{self.verb}-{self.customer}"


@dataclass(frozen=True, slots=True)
class Story:
    """Customers wrote just before the beginning; it ends when nothing is left to be told."""

    stages: str
    records: Sequence[Record]
    ends_after: int
    """Minutes."""
    acts: Sequence[Act] = ()
    notice_at: int = 0
    """Minutes; 0: there is none."""

    @property
    def ends(self) -> Instant:
        return BEGINS + self.ends_after * MINUTE

    def write_files(self, folder: Path, slack: str) -> None:
        """The folder as an admin leaves it."""
        (folder / "rules").mkdir()
        promise = f"policies:\n  - name: everyone\n    first_response: 1h\n    stages: [{self.stages}]\n"
        (folder / "rules" / "acme.yaml").write_text(promise)
        (folder / "config.yaml").write_text(CONFIG.format(slack=slack))
        (folder / "records.jsonl").write_text("")

    def written_by(self, folder: Path, now: Instant) -> None:
        """What everybody wrote up to now stands in the file."""
        text = "".join(record.line() for record in self.records if record.at <= now)
        path = folder / "records.jsonl"
        if path.read_text() != text:
            path.write_text(text)

    def moments(self, now: Instant) -> list[Instant]:
        """Instants after `now` at which something happens outside."""
        known = [*(record.at for record in self.records), *(act.at for act in self.acts)]
        return [at for at in (*known, BEGINS + self.notice_at * MINUTE, self.ends) if at > now]


def _asks(minute: float, author: str, thread: str = "") -> Record:
    return Record(minute, thread or author, "customer", author, {"conversation": thread} if thread else {})


def _answers(minute: float, author: str) -> Record:
    return Record(minute, f"to {author}", "brand", "acme", {"in_reply_to": author})


STORIES = {
    "ladder": Story(
        "{at: 50%}, {at: 100%}, {at: +5m, to: oncall, repeat: 5m, at_most: 2}",
        [
            _asks(-5, "ann"),
            _asks(-4, "ann", "again"),
            _asks(-3, "ben"),
            _asks(-2, "cleo"),
            _answers(35, "ben"),
            _answers(70, "ann"),
        ],
        ends_after=78,
        acts=[
            Act(40, "cleo", Verb.SNOOZE, 30 * MINUTE),
            Act(64, "ann", Verb.ACKNOWLEDGE),
            Act(75, "cleo", Verb.DISMISS),
        ],
    ),
    "flood": Story(
        "{at: 50%, to: night}, {at: 100%}",
        [*(_asks(-5 + n / 10, f"shopper{n}") for n in range(4)), _answers(60, "shopper1"), _answers(61, "shopper2")],
        ends_after=85,
    ),
    "elsewhere": Story(
        "{at: 50%}, {at: 70%, to: lost}, {at: 100%, to: oncall}",
        [_asks(-5, "ann"), _asks(-3, "ben"), _answers(58, "ben")],
        ends_after=65,
        notice_at=20,
    ),
}


@dataclass(frozen=True, slots=True)
class Weather:
    """What Slack is like: settings from the start, and faults for the next calls of a method."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    faults: Sequence[Mapping[str, Any]] = ()


POST, UPDATE, LOOK = "/api/chat.postMessage", "/api/chat.update", "/api/conversations."
LIMITED = {"status": 429, "body": '{"ok":false,"error":"ratelimited"}', "headers": {"retry-after": "30"}}
WEATHERS = {
    "unkind": Weather(
        {"skew": 10 * MINUTE, "history_delay": 5 * SECOND, "lands_after": [0, 8 * SECOND, 0, 3 * SECOND]},
        (
            {"path": POST, "drop": "before", "accept": True},
            {"path": POST, "drop": "before", "accept": True},
            {"path": POST, "accept": True, **LIMITED},
            {"path": POST, "accept": True, "status": 500},
            {"path": UPDATE, "accept": True, "status": 502},
            {"path": LOOK, "status": 500},
            {"path": POST, "drop": "before"},
        ),
    ),
    "calm": Weather(),
}
