"""The pretend Slack refuses what the reference of Block Kit says Slack refuses, one fault at a time."""

from __future__ import annotations

from typing import Any

import pytest

from slamon.sim._slack_checks import refusal


def text(length: int = 1, kind: str = "plain_text", **more: Any) -> dict[str, Any]:
    return {"type": kind, "text": "x" * length, **more}


def option(value: str = "a", **more: Any) -> dict[str, Any]:
    return {"text": text(75), "value": value, **more}


def button(**more: Any) -> dict[str, Any]:
    return {"type": "button", "text": text(75), **more}


def overflow(*options: Any, **more: Any) -> dict[str, Any]:
    return {"type": "overflow", "options": list(options), **more}


def select(**more: Any) -> dict[str, Any]:
    return {"type": "static_select", "placeholder": text(150), **more}


def actions(*elements: Any, **more: Any) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements), **more}


def section(**more: Any) -> dict[str, Any]:
    return {"type": "section", **more}


def context(*elements: Any) -> dict[str, Any]:
    return {"type": "context", "elements": list(elements)}


def code(*blocks: Any) -> str:
    return refusal({"text": "x", "blocks": list(blocks)})[0]


CONFIRM = {"title": text(100), "text": text(300, "mrkdwn"), "confirm": text(30), "deny": text(30)}
URL = "https://x.com/" + "a" * 2_986
GROUP = {"label": text(75), "options": [option()]}

GOOD = [
    {"type": "header", "text": text(150)},
    {"type": "divider", "block_id": "b" * 255},
    section(text=text(3_000)),
    section(text=text(kind="mrkdwn", verbatim=True), expand=True),
    section(fields=[text(1_200)] * 10),
    section(text=text(), accessory=button(action_id="a")),
    section(text=text(), accessory={"type": "image", "image_url": URL, "alt_text": "x" * 2_000}),
    context(*[text(1_000, "mrkdwn")] * 10),
    context({"type": "image", "image_url": "https://x.com/a.png", "alt_text": "a"}),
    actions(*[button(action_id=f"a{n}") for n in range(25)]),
    actions(button(value="v" * 2_000, url=URL, style="primary", confirm=CONFIRM, accessibility_label="x" * 75)),
    actions(overflow(*[option(str(n)) for n in range(5)], action_id="i" * 255)),
    actions(overflow(option("v" * 150, url=URL, description=text(75)))),
    actions(select(options=[option(str(n)) for n in range(60)], initial_option=option("3"))),
    actions(select(option_groups=[GROUP] * 50, initial_option=option())),
    {"type": "image", "image_url": URL, "alt_text": "x", "title": text(2_000)},
]
BAD = [
    "header",
    {"type": "novel"},
    {"type": "header", "text": text(151)},
    {"type": "header", "text": text(0)},
    {"type": "header", "text": text(kind="mrkdwn")},
    {"type": "header"},
    {"type": "header", "text": text(), "extra": 1},
    {"type": "divider", "block_id": "b" * 256},
    section(),
    section(text=text(3_001)),
    section(text={"type": "plain_text", "text": "👍" * 1_501}),
    section(text=text(emoji="yes")),
    section(text=text(verbatim=True)),
    section(text=text(kind="mrkdwn", emoji=True)),
    section(text="words"),
    section(text=text(), expand="no"),
    section(fields=[]),
    section(fields=[text()] * 11),
    section(fields=[text(2_001)]),
    section(fields="many"),
    section(text=text(), accessory={"type": "novel"}),
    section(text=text(), accessory={"type": "image", "image_url": "x.png", "alt_text": "a"}),
    section(text=text(), accessory={"type": "image", "image_url": URL}),
    context(),
    context(*[text()] * 11),
    context(button()),
    actions(),
    actions(*[button()] * 26),
    actions(text()),
    actions(button(action_id="a"), button(action_id="a")),
    actions(button(action_id="a" * 256)),
    actions({"type": "button"}),
    actions({"type": "button", "text": text(76)}),
    actions({"type": "button", "text": text(kind="mrkdwn")}),
    actions(button(value="v" * 2_001)),
    actions(button(value=7)),
    actions(button(url=URL + "a")),
    actions(button(url="javascript:alert(1)")),
    actions(button(url="https://x.com/a b")),
    actions(button(style="green")),
    actions(button(accessibility_label="x" * 76)),
    actions(button(onclick="x")),
    actions(button(confirm={**CONFIRM, "title": text(101)})),
    actions(button(confirm={**CONFIRM, "text": text(301)})),
    actions(button(confirm={**CONFIRM, "confirm": text(31)})),
    actions(button(confirm={**CONFIRM, "deny": text(31)})),
    actions(button(confirm={**CONFIRM, "style": "red"})),
    actions(button(confirm={key: CONFIRM[key] for key in ("title", "text", "confirm")})),
    actions(button(confirm="sure?")),
    actions(overflow()),
    actions(overflow(*[option(str(n)) for n in range(6)])),
    actions(overflow(option("v" * 151))),
    actions(overflow({"text": text(76), "value": "a"})),
    actions(overflow({"text": text(kind="mrkdwn"), "value": "a"})),
    actions(overflow({"text": text()})),
    actions(overflow(option(), option())),
    actions(overflow(option(url="x.com"))),
    actions(overflow(option(description=text(76)))),
    actions(overflow(option(), value="a")),
    actions(overflow("a")),
    actions(select()),
    actions(select(options=[option()], option_groups=[GROUP])),
    actions(select(options=[option(str(n)) for n in range(101)])),
    actions(select(options=[option(url="https://x.com/")])),
    actions(select(options=[option()], placeholder=text(151))),
    actions(select(options=[option()], initial_option=option("b"))),
    actions(select(options=[option()], focus_on_load=1)),
    actions(select(option_groups=[])),
    actions(select(option_groups=[GROUP] * 101)),
    actions(select(option_groups=[{**GROUP, "label": text(76)}])),
    actions(select(option_groups=[{"options": [option()]}])),
    actions(select(option_groups=["group"])),
    {"type": "image", "image_url": "x.png", "alt_text": "x"},
    {"type": "image", "image_url": URL, "alt_text": "x", "title": text(2_001)},
]


@pytest.mark.parametrize("block", GOOD, ids=range(len(GOOD)))
def test_what_just_fits_is_taken(block: Any) -> None:
    assert refusal({"text": "x", "blocks": [block]}) == ("", [])


@pytest.mark.parametrize("block", BAD, ids=range(len(BAD)))
def test_what_does_not_fit_is_refused_with_its_place(block: Any) -> None:
    refused, details = refusal({"text": "x", "blocks": [{"type": "divider"}, block]})
    assert refused == "invalid_blocks"
    assert all(detail.endswith("[json-pointer:/blocks/1]") for detail in details)


def test_fifty_blocks_fit_and_no_more() -> None:
    assert code(*[{"type": "divider"}] * 50) == ""
    assert code(*[{"type": "divider"}] * 51) == "invalid_blocks"


def test_a_block_id_is_there_once() -> None:
    assert code({"type": "divider", "block_id": "a"}, {"type": "divider", "block_id": "b"}) == ""
    assert code({"type": "divider", "block_id": "a"}, {"type": "divider", "block_id": "a"}) == "invalid_blocks"


def test_all_blocks_together_are_bounded() -> None:
    assert code(*[section(text=text(3_000))] * 4) == ""
    assert code(*[section(text=text(3_000))] * 5) == "msg_blocks_too_long"


def test_a_message_needs_something_to_say_of_a_length_that_fits() -> None:
    assert refusal({})[0] == "no_text"
    assert refusal({"text": "x" * 40_000})[0] == ""
    assert refusal({"text": "x" * 40_001})[0] == "msg_too_long"
    assert refusal({"text": 7})[0] == "invalid_arguments"
    assert refusal({"text": "x", "metadata": {"event_type": "a"}})[0] == "invalid_metadata_format"
