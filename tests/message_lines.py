"""Lines of the replay format, for tests."""

from __future__ import annotations

import json

NOON = "2026-11-20T12:00:00Z"
CSV_HEADER = "id,brand,role,author,created_at,text,in_reply_to,mentions,followers\n"


def line(ident: str | int = "m1", **cells: object) -> str:
    first = {"id": ident, "brand": "acme", "role": "customer", "author": "Ann", "created_at": NOON, "text": "hello"}
    return json.dumps({**first, **cells}) + "\n"
