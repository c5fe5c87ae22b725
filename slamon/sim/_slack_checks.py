"""What Slack refuses in a message: Block Kit's limits by its reference, the sum over all blocks as measured."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

TEXT_LIMIT = 40_000
BLOCKS_LIMIT = 50
SUM_LIMIT = 13_200
URL = re.compile(r"https?://\S{1,2990}")


def refusal(body: Mapping[str, Any]) -> tuple[str, list[str]]:
    """The error code for a message body and its details; an empty code for a good one."""
    text, blocks = body.get("text", ""), body.get("blocks", [])
    if not isinstance(text, str) or not isinstance(blocks, list):
        return "invalid_arguments", ["text must be a string, blocks a list"]
    details = list(_block_faults(blocks))
    findings = {
        "no_text": not text and not blocks,
        "msg_too_long": len(text) > TEXT_LIMIT,
        "invalid_metadata_format": "metadata" in body and not _is_metadata(body["metadata"]),
        "invalid_blocks": bool(details),
        "msg_blocks_too_long": sum(_characters(block) for block in blocks) > SUM_LIMIT,
    }
    return next((code for code, found in findings.items() if found), ""), details


def _is_metadata(data: Any) -> bool:  # noqa: ANN401 - whatever the client sent
    payload = data.get("event_payload") if isinstance(data, dict) else None
    return isinstance(payload, dict) and isinstance(data.get("event_type"), str)


def _block_faults(blocks: list[Any]) -> Iterator[str]:
    if len(blocks) > BLOCKS_LIMIT:
        yield f"no more than {BLOCKS_LIMIT} items allowed [json-pointer:/blocks]"
    for place, block in enumerate(blocks):
        check = CHECKS.get(block.get("type")) if isinstance(block, dict) else None
        faults = check(block) if check else iter(["unsupported type"])
        yield from (f"{fault} [json-pointer:/blocks/{place}]" for fault in faults)


def _header(block: Mapping[str, Any]) -> Iterator[str]:
    yield from _text(block.get("text"), 150, ("plain_text",))


def _section(block: Mapping[str, Any]) -> Iterator[str]:
    if "text" not in block and "fields" not in block:
        yield "text or fields needed"
    if "text" in block:
        yield from _text(block["text"], 3_000)
    if not 1 <= len(block.get("fields", [None])) <= 10:  # noqa: PLR2004 - Slack's number
        yield "1 to 10 fields allowed"
    for field in block.get("fields", []):
        yield from _text(field, 2_000)


def _context(block: Mapping[str, Any]) -> Iterator[str]:
    if not 1 <= len(block.get("elements", [])) <= 10:  # noqa: PLR2004 - Slack's number
        yield "1 to 10 elements allowed"
    for element in block.get("elements", []):
        yield from _text(element, 3_000)


def _actions(block: Mapping[str, Any]) -> Iterator[str]:
    if not 1 <= len(block.get("elements", [])) <= 25:  # noqa: PLR2004 - Slack's number
        yield "1 to 25 elements allowed"
    for element in block.get("elements", []):
        yield from _text(element.get("text"), 75, ("plain_text",))
        if "url" in element and not URL.fullmatch(element["url"]):
            yield "not a URL of at most 3000 characters"


def _divider(_block: Mapping[str, Any]) -> Iterator[str]:
    yield from ()


def _text(data: Any, limit: int, kinds: tuple[str, ...] = ("plain_text", "mrkdwn")) -> Iterator[str]:  # noqa: ANN401
    if not isinstance(data, dict) or data.get("type") not in kinds or not isinstance(data.get("text"), str):
        yield f"a text object of type {' or '.join(kinds)} needed"
    elif not 1 <= len(data["text"]) <= limit:
        yield f"1 to {limit} characters allowed"


def _characters(node: Any) -> int:  # noqa: ANN401 - any piece of the JSON
    if isinstance(node, dict):
        own = len(node["text"]) if isinstance(node.get("text"), str) else 0
        return own + sum(_characters(value) for value in node.values())
    return sum(_characters(value) for value in node) if isinstance(node, list) else 0


CHECKS: dict[Any, Callable[[Mapping[str, Any]], Iterator[str]]] = {
    "header": _header,
    "section": _section,
    "context": _context,
    "actions": _actions,
    "divider": _divider,
}
