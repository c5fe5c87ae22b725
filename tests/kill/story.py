"""What happens to the brand while slamon is killed: who writes when, what is promised, what Slack does to it."""

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
ENDS: Instant = NOON + 125 * MINUTE
EVERY: Millis = 30 * MINUTE

CONFIG = """\
database: {{env: KILL_DATABASE}}
channels:
  - {{name: acme, connector: archive, account: acme, path: records.jsonl, every: 30m}}
  - {{name: shop, connector: archive, account: shop, path: records.jsonl, every: 30m}}
notify:
  slack: {{token: {{env: KILL_TOKEN}}, api_url: {slack}, fallback: desk}}
  audiences:
    desk: {{slack: "#desk", default: true}}
    oncall: {{slack: "#oncall", mention: "@oncall"}}
    night: {{slack: "#night", quiet: {{days: mon-sun, hours: "12:30-13:30"}}}}
    lost: {{slack: "#archived"}}
  digests: {{storm: {{more_than: 4, within: 5m}}, daily: [{{to: oncall, at: "12:50"}}]}}
"""
RULES = {
    "acme.yaml": """\
policies:
  - name: everyone
    first_response: 1h
    stages:
      - {at: 50%}
      - {at: 60%, to: night}
      - {at: 70%, to: lost}
      - {at: 100%}
      - {at: +5m, to: oncall, repeat: 10m, at_most: 3}
""",
    "shop.yaml": "policies: [{name: everyone, first_response: 1h, stages: [{at: 100%}]}]\n",
}
ENVIRON = {"KILL_TOKEN": "xoxb-pretend"}


def _says(minute: float, id_: str, role: str, author: str, brand: str, **more: str) -> tuple[Instant, dict[str, Any]]:
    at = BEGINS + round(minute * MINUTE)
    record = {"id": id_, "role": role, "author": author, "brand": brand, "created_at": iso(at), "text": f"hm {id_}"}
    return at, {**record, **more}


RECORDS = [
    _says(1, "a1", "customer", "ann", "acme"),
    _says(2, "b1", "customer", "ben", "acme"),
    _says(3, "c1", "customer", "cleo", "acme"),
    _says(4, "a5", "customer", "ann", "acme", conversation="again"),
    *(_says(5 + n / 10, f"s{n}", "customer", f"shopper{n}", "shop") for n in range(6)),
    _says(40, "b2", "brand", "acme", "acme", in_reply_to="b1"),
    _says(75, "a2", "brand", "acme", "acme", in_reply_to="a1"),
    *(_says(90 + n, f"t{n}", "brand", "shop", "shop", in_reply_to=f"s{n}") for n in range(2)),
]
NOTICE_AT = BEGINS + 20 * MINUTE
ACTS = (
    (BEGINS + 45 * MINUTE, "cleo", Verb.SNOOZE, 30 * MINUTE),
    (BEGINS + 70 * MINUTE, "ann", Verb.ACKNOWLEDGE, None),
    (BEGINS + 95 * MINUTE, "cleo", Verb.DISMISS, None),
)
"""When a person does what about the first wait of a customer, and for how long."""

Fault = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Weather:
    """What Slack is like: settings from the start, and faults for its n-th call of a method."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    faults: Sequence[Fault] = ()


POST, UPDATE, HISTORY = "/api/chat.postMessage", "/api/chat.update", "/api/conversations."
LIMITED = {"status": 429, "body": '{"ok":false,"error":"ratelimited"}', "headers": {"retry-after": "30"}}
WEATHERS = {
    "calm": Weather(),
    "unkind": Weather(
        {"skew": 10 * MINUTE, "history_delay": 5 * SECOND, "lands_after": [0, 8 * SECOND, 0, 3 * SECOND]},
        (
            {"path": POST, "drop": "before", "accept": True},
            {"path": POST, "drop": "before", "accept": True},
            {"path": POST, "accept": True, **LIMITED},
            {"path": POST, "accept": True, "status": 500},
            {"path": UPDATE, "accept": True, "status": 502},
            {"path": HISTORY, "status": 500},
            {"path": POST, "drop": "before"},
        ),
    ),
}


def write_files(folder: Path, slack: str) -> None:
    """The folder as an admin leaves it."""
    (folder / "rules").mkdir()
    for name, text in RULES.items():
        (folder / "rules" / name).write_text(text)
    (folder / "config.yaml").write_text(CONFIG.format(slack=slack))
    (folder / "records.jsonl").write_text("")


def written_by(folder: Path, now: Instant) -> None:
    """What everybody wrote up to now stands in the file."""
    lines = [json.dumps(record) + "\n" for at, record in sorted(RECORDS, key=lambda r: r[0]) if at <= now]
    path = folder / "records.jsonl"
    if path.read_text() != "".join(lines):
        path.write_text("".join(lines))


def moments(now: Instant) -> list[Instant]:
    """Instants after `now` at which something happens outside."""
    return [at for at in (*(at for at, _ in RECORDS), *(at for at, *_ in ACTS), NOTICE_AT, ENDS) if at > now]
