"""Batches of the Graph API: up to 50 look-ups in one request, each answered, refused, or not finished in time."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from slamon.connectors._answers import decoded
from slamon.connectors._graph.answers import bad

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

BATCH = "batch"
"""The name of these calls in metrics."""
BATCH_SIZE = 50


@dataclass(frozen=True, slots=True)
class Ask:
    """One look-up: a path from the version on (`/100_200/comments`), and its parameters."""

    path: str
    params: Mapping[str, str | int] = field(default_factory=dict)


def written(asks: Sequence[Ask], version: str) -> str:
    """The batch as its form field has it."""
    return json.dumps([{"method": "GET", "relative_url": _relative(ask, version)} for ask in asks])


def parts_of(document: Any, asked: int) -> list[tuple[int, Any] | None]:  # noqa: ANN401 - any JSON
    """Status and document of each part; `None` for one that was not finished in time.

    :raises PlatformError: it is not one part for each that was asked.
    """
    if not isinstance(document, list) or len(document) != asked:
        raise bad(BATCH, "is not one part for each that was asked")
    return [None if part is None else _opened(part) for part in document]


def _relative(ask: Ask, version: str) -> str:
    query = urlencode(ask.params)
    return version + ask.path + (f"?{query}" if query else "")


def _opened(part: Any) -> tuple[int, Any]:  # noqa: ANN401 - any JSON
    """Status and document of one part, whose body is a text that has to be read again."""
    code, body = (part.get("code"), part.get("body")) if isinstance(part, dict) else (None, None)
    if type(code) is not int or not 100 <= code < 600 or not isinstance(body, str):  # noqa: PLR2004 - HTTP's numbers
        raise bad(BATCH, "has a part without code or body")
    return code, decoded(BATCH, body.encode("utf-8", "replace"))
