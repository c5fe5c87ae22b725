"""What Slack refuses in a message: Block Kit's limits by its reference, the sum over all blocks as measured.

The pages: https://docs.slack.dev/reference/block-kit/blocks/ (header, section, context, actions, divider, image) and
https://docs.slack.dev/reference/methods/chat.postMessage/; for what stands in blocks see `_slack_elements`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slamon.sim._slack_elements import (
    ID_LIMIT,
    INTERACTIVE,
    PLAIN,
    element,
    flag,
    image,
    keys,
    length,
    listed,
    several,
    string,
    text,
    url,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

TEXT_LIMIT = 40_000
BLOCKS_LIMIT = 50
SUM_LIMIT = 13_200


def refusal(body: Mapping[str, Any]) -> tuple[str, list[str]]:
    """The error code for a message body and its details; an empty code for a good one."""
    said, blocks = body.get("text", ""), body.get("blocks", [])
    if not isinstance(said, str) or not isinstance(blocks, list):
        return "invalid_arguments", ["text must be a string, blocks a list"]
    details = list(_block_faults(blocks))
    findings = {
        "no_text": not said and not blocks,
        "msg_too_long": len(said) > TEXT_LIMIT,
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
    named = [block["block_id"] for block in blocks if isinstance(block, dict) and "block_id" in block]
    if len(set(map(str, named))) < len(named):
        yield "block_id already exists [json-pointer:/blocks]"


def _block(data: Mapping[str, Any], needed: str, optional: str = "") -> Iterator[str]:
    yield from keys(data, needed, f"block_id {optional}")
    yield from string(data, "block_id", ID_LIMIT)


def _header(block: Mapping[str, Any]) -> Iterator[str]:
    yield from _block(block, "text")
    yield from text(block.get("text"), 150, PLAIN)


def _section(block: Mapping[str, Any]) -> Iterator[str]:
    yield from _block(block, "", "text fields accessory expand")
    yield from flag(block, "expand")
    if "text" not in block and "fields" not in block:
        yield "text or fields needed"
    if "text" in block:
        yield from text(block["text"], 3_000)
    if "fields" in block:
        yield from several(block["fields"], 1, 10, "fields")
        for field in listed(block["fields"]):
            yield from text(field, 2_000)
    if "accessory" in block:
        yield from element(block["accessory"], {**INTERACTIVE, "image": image})


def _context(block: Mapping[str, Any]) -> Iterator[str]:
    yield from _block(block, "elements")
    yield from several(block.get("elements"), 1, 10, "elements")
    for one in listed(block.get("elements")):
        if isinstance(one, dict) and one.get("type") == "image":
            yield from image(one)
        else:
            yield from text(one, 3_000)


def _actions(block: Mapping[str, Any]) -> Iterator[str]:
    yield from _block(block, "elements")
    yield from several(block.get("elements"), 1, 25, "elements")
    for one in listed(block.get("elements")):
        yield from element(one, INTERACTIVE)
    named = [one["action_id"] for one in listed(block.get("elements")) if isinstance(one, dict) and "action_id" in one]
    if len(set(map(str, named))) < len(named):
        yield "action_id already exists"


def _divider(block: Mapping[str, Any]) -> Iterator[str]:
    yield from _block(block, "")


def _image(block: Mapping[str, Any]) -> Iterator[str]:
    yield from _block(block, "image_url alt_text", "title")
    yield from url(block, "image_url")
    yield from string(block, "alt_text", 2_000)
    if "title" in block:
        yield from text(block["title"], 2_000, PLAIN)


def _characters(node: Any) -> int:  # noqa: ANN401 - any piece of the JSON
    if isinstance(node, dict):
        own = length(node["text"]) if isinstance(node.get("text"), str) else 0
        return own + sum(_characters(value) for value in node.values())
    return sum(_characters(value) for value in node) if isinstance(node, list) else 0


CHECKS: dict[Any, Callable[[Mapping[str, Any]], Iterator[str]]] = {
    "header": _header,
    "section": _section,
    "context": _context,
    "actions": _actions,
    "divider": _divider,
    "image": _image,
}
