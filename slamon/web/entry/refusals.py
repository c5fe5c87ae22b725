"""Answers of those who stand before the pages: in JSON for programs, else a line of text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from starlette.responses import Response

from slamon.web.answers import GUARDED, plain

if TYPE_CHECKING:
    from slamon.web.pages import Scope


def refusal(scope: Scope, status: int, words: str, **headers: str) -> Response:
    """`words` as whoever asks reads them; names of headers are written with underscores."""
    if scope["path"].startswith("/api/"):
        answer = Response(json.dumps({"error": words}) + "\n", status, GUARDED, "application/json")
    else:
        answer = plain(status, words)
    for name, value in headers.items():
        answer.headers[name.replace("_", "-")] = value
    return answer
