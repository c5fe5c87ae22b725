"""What Slack refuses in the elements and objects that blocks are made of; lengths are counted in UTF-16 units.

By the pages below https://docs.slack.dev/reference/block-kit/: `block-elements/` (button, overflow-menu, select-menu,
image) and `composition-objects/` (text, option, option-group, confirmation-dialog).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

URL = re.compile(r"https?://\S+")
URL_LIMIT = 3_000
ID_LIMIT = 255
BOTH = ("plain_text", "mrkdwn")
PLAIN = ("plain_text",)


def length(text: str) -> int:
    """In UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def keys(data: Any, needed: str, optional: str = "") -> Iterator[str]:  # noqa: ANN401 - whatever the client sent
    """Faults of an object's keys: what is missing, and what Slack does not know there."""
    if not isinstance(data, dict):
        yield "must be an object"
        return
    yield from (f"missing required field: {key}" for key in needed.split() if key not in data)
    known = {"type", *needed.split(), *optional.split()}
    yield from (f"invalid additional property: {key}" for key in data if key not in known)


def string(data: Mapping[str, Any], key: str, limit: int) -> Iterator[str]:
    """Faults of a string that may be missing."""
    if key in data and not (isinstance(data[key], str) and 1 <= length(data[key]) <= limit):
        yield f"{key}: 1 to {limit} characters allowed"


def flag(data: Mapping[str, Any], key: str) -> Iterator[str]:
    """Faults of a yes or no that may be missing."""
    if key in data and not isinstance(data[key], bool):
        yield f"{key}: must be a boolean"


def url(data: Mapping[str, Any], key: str) -> Iterator[str]:
    """Faults of an address that may be missing."""
    yield from string(data, key, URL_LIMIT)
    if key in data and not (isinstance(data[key], str) and URL.fullmatch(data[key])):
        yield f"{key}: must be a valid URL"


def text(data: Any, limit: int, kinds: tuple[str, ...] = BOTH) -> Iterator[str]:  # noqa: ANN401 - as above
    """Faults of a text object."""
    if not isinstance(data, dict) or data.get("type") not in kinds or not isinstance(data.get("text"), str):
        yield f"a text object of type {' or '.join(kinds)} needed"
        return
    yield from keys(data, "text", "emoji" if data["type"] == "plain_text" else "verbatim")
    yield from flag(data, "emoji")
    yield from flag(data, "verbatim")
    if not 1 <= length(data["text"]) <= limit:
        yield f"1 to {limit} characters allowed"


def several(data: Any, least: int, most: int, of: str) -> Iterator[str]:  # noqa: ANN401 - as above
    """Faults of a list's length."""
    if not isinstance(data, list) or not least <= len(data) <= most:
        yield f"{least} to {most} {of} allowed"


def listed(data: Any) -> list[Any]:  # noqa: ANN401 - as above
    """What can be gone through."""
    return data if isinstance(data, list) else []


def element(data: Any, known: Mapping[str, Callable[[Mapping[str, Any]], Iterator[str]]]) -> Iterator[str]:  # noqa: ANN401 - as above
    """Faults of an element, which is one of the known kinds."""
    check = known.get(str(data.get("type"))) if isinstance(data, dict) else None
    yield from check(data) if check else iter(["unsupported type"])


def button(data: Mapping[str, Any]) -> Iterator[str]:
    """Faults of a button."""
    yield from keys(data, "text", "action_id url value style confirm accessibility_label")
    yield from text(data.get("text"), 75, PLAIN)
    yield from string(data, "action_id", ID_LIMIT)
    yield from url(data, "url")
    yield from string(data, "value", 2_000)
    yield from string(data, "accessibility_label", 75)
    yield from _style(data)
    yield from _confirm(data)


def overflow(data: Mapping[str, Any]) -> Iterator[str]:
    """Faults of a menu behind three dots."""
    yield from keys(data, "options", "action_id confirm")
    yield from string(data, "action_id", ID_LIMIT)
    yield from _options(data.get("options"), 5, "url")
    yield from _confirm(data)


def static_select(data: Mapping[str, Any]) -> Iterator[str]:
    """Faults of a menu whose options are written out."""
    known = "action_id placeholder options option_groups initial_option confirm focus_on_load"
    yield from keys(data, "", known)
    yield from string(data, "action_id", ID_LIMIT)
    yield from flag(data, "focus_on_load")
    yield from _confirm(data)
    if "placeholder" in data:
        yield from text(data["placeholder"], 150, PLAIN)
    if ("options" in data) == ("option_groups" in data):
        yield "either options or option_groups needed"
    offered = _offered(data)
    if "options" in data:
        yield from _options(data["options"], 100)
    if "option_groups" in data:
        yield from several(data["option_groups"], 1, 100, "option groups")
        for group in listed(data["option_groups"]):
            yield from _group(group)
    if "initial_option" in data and data["initial_option"] not in offered:
        yield "initial_option: must be one of the options"


def image(data: Mapping[str, Any]) -> Iterator[str]:
    """Faults of a picture."""
    yield from keys(data, "image_url alt_text")
    yield from url(data, "image_url")
    yield from string(data, "alt_text", 2_000)


def _offered(data: Mapping[str, Any]) -> list[Any]:
    groups = [group for group in listed(data.get("option_groups")) if isinstance(group, dict)]
    return [*listed(data.get("options")), *(one for group in groups for one in listed(group.get("options")))]


def _group(data: Any) -> Iterator[str]:  # noqa: ANN401 - whatever the client sent
    yield from keys(data, "label options")
    if isinstance(data, dict):
        yield from text(data.get("label"), 75, PLAIN)
        yield from _options(data.get("options"), 100)


def _options(data: Any, most: int, more: str = "") -> Iterator[str]:  # noqa: ANN401 - whatever the client sent
    yield from several(data, 1, most, "options")
    for option in listed(data):
        yield from keys(option, "text value", f"description {more}")
        if isinstance(option, dict):
            yield from text(option.get("text"), 75, PLAIN)
            yield from string(option, "value", 150)
            yield from url(option, "url")
            if "description" in option:
                yield from text(option["description"], 75, PLAIN)
    values = [option.get("value") for option in listed(data) if isinstance(option, dict)]
    if len({repr(value) for value in values}) < len(values):
        yield "option values must be unique"


def _style(data: Mapping[str, Any]) -> Iterator[str]:
    if "style" in data and data["style"] not in ("primary", "danger"):
        yield "style: must be primary or danger"


def _confirm(data: Mapping[str, Any]) -> Iterator[str]:
    if "confirm" not in data:
        return
    asked = data["confirm"]
    yield from keys(asked, "title text confirm deny", "style")
    if isinstance(asked, dict):
        yield from text(asked.get("title"), 100, PLAIN)
        yield from text(asked.get("text"), 300)
        yield from text(asked.get("confirm"), 30, PLAIN)
        yield from text(asked.get("deny"), 30, PLAIN)
        yield from _style(asked)


INTERACTIVE: Mapping[str, Callable[[Mapping[str, Any]], Iterator[str]]] = {
    "button": button,
    "overflow": overflow,
    "static_select": static_select,
}
