"""What can be clicked below a message in Slack. Pure.

Buttons that need an answer from slamon stand there only where it hears of clicks. `value` names the subject; a menu's
option carries "action|subject". An overflow menu, not a select: a select goes on showing what was chosen last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.notifiers import _words as words
from slamon.notifiers._slack_parts import BUTTON_ROOM, Block, hint, link, opening, plain

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from slamon.notifiers.base import Alert, Digest


def of_alert(alert: Alert, zone: ZoneInfo) -> list[Block]:
    """Acknowledge, open the post, no reply needed, snooze; once closed, only the post is left to be opened."""
    post = [opening(alert.permalink, "Open the post")] if link(alert.permalink) else []
    if not words.state_of(alert).open:
        return _actions(post)
    if not alert.buttons:
        how = [] if alert.acknowledged_by else [hint(f"To acknowledge: `slamon ack {alert.wait}`")]
        return [*_actions(post), *how]
    dismiss = _button("dismiss", "No reply needed…", alert.wait)
    return _actions([_acknowledge(alert), *post, dismiss, _snooze(alert, zone)])


def of_digest(digest: Digest) -> list[Block]:
    """Acknowledge, where it can be taken in hand and nobody did."""
    if digest.buttons and digest.acknowledgeable and digest.open and not digest.acknowledged_by:
        return _actions([{**_button("acknowledge", "Acknowledge", digest.subject), "style": "primary"}])
    return []


def _acknowledge(alert: Alert) -> Block:
    if alert.acknowledged_by:
        return _button("acknowledge", "Take over", alert.wait)
    button = _button("acknowledge", "Acknowledge", alert.wait)
    return {**button, "style": "primary"} if words.state_of(alert) is words.State.BREACHED else button


def _snooze(alert: Alert, zone: ZoneInfo) -> Block:
    options = [("snooze_15m", "Snooze 15 min"), ("snooze_1h", "Snooze 1 h")]
    if alert.shift_ends_at is not None and alert.shift_ends_at > alert.now:
        end = words.moment(alert, alert.shift_ends_at, zone)
        options.append(("snooze_shift", f"Snooze until the shift ends, {end}"))
    menu = [{"text": plain(said, BUTTON_ROOM), "value": f"{name}|{alert.wait}"} for name, said in options]
    return {"type": "overflow", "action_id": "snooze", "options": menu}


def _button(action: str, said: str, subject: int) -> Block:
    return {"type": "button", "action_id": action, "text": plain(said, BUTTON_ROOM), "value": str(subject)}


def _actions(elements: list[Block]) -> list[Block]:
    return [{"type": "actions", "elements": elements}] if elements else []
