"""A growing file of messages for the contract suite: no HTTP, no holding back; a later line edits or deletes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from connector_contract import LOOKBACK, Rig
from slamon.connectors.archive import PAGE, Archive
from slamon.connectors.base import Context
from slamon.model import SECOND

if TYPE_CHECKING:
    from slamon.connectors.base import Connector
    from slamon.model import Instant


class ArchiveRig(Rig):
    http = False

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.file = Path(self.folder.name) / "messages.jsonl"
        self.file.touch()
        self.records: dict[str, dict[str, Any]] = {}

    def __exit__(self, *_: object) -> None:
        self.folder.cleanup()

    def connector(self) -> Connector:
        settings = Archive.Settings(path=self.file.name, account="acme", team=("acmehelp",))
        return Archive(settings, Context("acme", self.clock, LOOKBACK, base=self.file.parent))

    def customer(self, text: str, *, by: str = "ann", reply_to: str | None = None, at: Instant | None = None) -> str:
        return self.write(by, "customer", text, reply_to, at)

    def ours(self, text: str, reply_to: str, *, team: bool = False) -> str:
        return self.write("acmehelp" if team else "acme", "brand", text, reply_to)

    def bystander(self, text: str, reply_to: str) -> str:
        return self.write("zoe", "bystander", text, reply_to)

    def edit(self, message: str, text: str) -> None:
        self.append(self.records[message] | {"text": text})

    def delete(self, message: str) -> None:
        self.append(self.records[message] | {"gone_at": iso(self.now)})

    def page_size(self) -> int:
        return PAGE

    def write(self, author: str, role: str, text: str, reply_to: str | None, at: Instant | None = None) -> str:
        key = f"m{len(self.records)}"
        record = {
            "id": key,
            "conversation": self.records[reply_to]["conversation"] if reply_to else key,
            "in_reply_to": reply_to,
            "author": author,
            "role": role,
            "brand": "acme",
            "created_at": iso(self.now if at is None else at),
            "text": text,
        }
        self.append(record)
        return key

    def append(self, record: dict[str, Any]) -> None:
        self.records[record["id"]] = record
        with self.file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")


def iso(at: Instant) -> str:
    return datetime.fromtimestamp(at / SECOND, UTC).isoformat()
