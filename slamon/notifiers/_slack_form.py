"""The form in which a person says why no reply is needed. Pure; what comes back is read by `_slack_inbound`.

Limits: https://docs.slack.dev/reference/views/modal-views/ (24 characters a title, a submit and a close text) and
https://docs.slack.dev/reference/block-kit/blocks/input-block/.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from slamon.notifiers._slack_inbound import FORM, REASON_ROOM, remembered

if TYPE_CHECKING:
    from slamon.notifiers._slack_inbound import Click

Data: TypeAlias = "dict[str, Any]"

HOWS = (
    ("dismiss", "No reply is needed"),
    ("answered_elsewhere", "Answered elsewhere: phone, mail, another channel"),
    ("mute", "Mute this post: all that is written below it"),
    ("answered_by_statement", "Answered by a public statement"),
)
SCOPES = (
    ("wait", "Only this customer's question"),
    ("thread", "This thread, and what is yet to be written in it"),
    ("author", "This customer on this channel, and what they are yet to write"),
)


def form(click: Click) -> Data:
    """The view to open after `click`."""
    return {
        "type": "modal",
        "callback_id": FORM,
        "private_metadata": remembered(click.number, click.place, click.thread),
        "title": _plain("No reply needed"),
        "submit": _plain("Stop telling"),
        "close": _plain("Cancel"),
        "blocks": [
            _input("how", "Why", {**_select("how", HOWS), "initial_option": _option(*HOWS[0])}),
            _input("reason", "In your words", _words(), hint="Kept with your name; `slamon explain` shows it."),
            _input("scope", "For what", _select("scope", SCOPES), optional=True, hint=AS_USUAL),
        ],
    }


AS_USUAL = "Left out: this question; for a muted post or a statement, the whole thread."


def _input(name: str, label: str, element: Data, *, optional: bool = False, hint: str = "") -> Data:
    block = {"type": "input", "block_id": name, "label": _plain(label), "element": element, "optional": optional}
    return {**block, **({"hint": _plain(hint)} if hint else {})}


def _words() -> Data:
    element = {"type": "plain_text_input", "action_id": "reason", "multiline": False}
    return {**element, "min_length": 2, "max_length": REASON_ROOM}


def _select(name: str, options: tuple[tuple[str, str], ...]) -> Data:
    return {
        "type": "static_select",
        "action_id": name,
        "placeholder": _plain("Choose"),
        "options": [_option(*option) for option in options],
    }


def _option(value: str, text: str) -> Data:
    return {"text": _plain(text), "value": value}


def _plain(text: str) -> Data:
    return {"type": "plain_text", "text": text}
