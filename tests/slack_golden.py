"""What Slack is sent, held against files; `SLAMON_RENEW_GOLDEN=1 pytest ...` writes them anew: read what changed."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.notifiers._slack_parts import Rendered

GOLDEN = Path(__file__).parent / "golden" / "slack"


def shown(rendered: Rendered) -> dict[str, Any]:
    return {"text": rendered.text, "blocks": rendered.blocks}


def as_before(name: str, rendered: Rendered) -> None:
    """It reads as in its golden file; where it does not, what it reads like now is put beside it."""
    golden, actual = GOLDEN / f"{name}.json", GOLDEN / f"{name}.actual.json"
    now = json.dumps(shown(rendered), ensure_ascii=False, indent=2) + "\n"
    if os.environ.get("SLAMON_RENEW_GOLDEN"):
        golden.write_text(now, encoding="utf-8")
    before = golden.read_text(encoding="utf-8") if golden.exists() else ""
    if now == before:
        actual.unlink(missing_ok=True)
    else:
        actual.write_text(now, encoding="utf-8")
    assert now == before, f"see {actual.name}"


def texts(node: Any) -> Iterator[dict[str, Any]]:
    """Every text object in it."""
    if isinstance(node, dict):
        if "text" in node and isinstance(node["text"], str):
            yield node
        for value in node.values():
            yield from texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from texts(value)


def elements(node: Any) -> Iterator[dict[str, Any]]:
    """Everything in it that can be clicked."""
    if isinstance(node, dict):
        if "action_id" in node:
            yield node
        for value in node.values():
            yield from elements(value)
    elif isinstance(node, list):
        for value in node:
            yield from elements(value)
