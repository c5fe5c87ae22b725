"""What Slack hands over when people answer, in the shapes that its reference shows."""

from __future__ import annotations

from typing import Any

TEAM = "T0PRETEND"
PLACE = "C00000001"
ROOT = "1795437120.000001"
WHEN = "1795437180.123456"


def button(action_id: str = "acknowledge", value: object = "7", **more: Any) -> dict[str, Any]:
    """https://docs.slack.dev/reference/interaction-payloads/block_actions-payload/"""
    text = {"type": "plain_text", "text": "Acknowledge", "emoji": True}
    return clicked(
        {
            "type": "button",
            "action_id": action_id,
            "block_id": "b",
            "text": text,
            "value": value,
            "style": "primary",
            "action_ts": WHEN,
        },
        **more,
    )


def menu(value: object = "snooze_1h|7") -> dict[str, Any]:
    option = {"text": {"type": "plain_text", "text": "Snooze 1 h", "emoji": True}, "value": value}
    return clicked(
        {"type": "overflow", "action_id": "snooze", "block_id": "b", "selected_option": option, "action_ts": WHEN}
    )


def link() -> dict[str, Any]:
    url = "https://x.com/1"
    return clicked({"type": "button", "action_id": "open_post", "block_id": "b", "url": url, "action_ts": WHEN})


def clicked(action: dict[str, Any], *, thread: str | None = None) -> dict[str, Any]:
    container = {"type": "message", "message_ts": ROOT, "channel_id": PLACE, "is_ephemeral": False}
    return envelope(
        "interactive",
        {
            "type": "block_actions",
            "user": {"id": "U0ANN", "username": "ann", "name": "ann", "team_id": TEAM},
            "api_app_id": "A0SLAMON",
            "token": "verification",
            "container": container | ({"thread_ts": thread} if thread else {}),
            "trigger_id": "13345224609.738474920.8088930838d88f008e0",
            "team": {"id": TEAM, "domain": "acme"},
            "enterprise": None,
            "is_enterprise_install": False,
            "channel": {"id": PLACE, "name": "desk"},
            "message": {"type": "message", "ts": ROOT, "text": "a customer's words"},
            "state": {"values": {}},
            "response_url": "https://hooks.slack.com/actions/T0/1/x",
            "actions": [action],
        },
    )


def submission(
    reason: object = "a duplicate", how: object = "dismiss", scope: object = None, metadata: object = None
) -> dict[str, Any]:
    """https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload/"""
    values = {
        "how": {"how": {"type": "static_select", "selected_option": how and {"value": how}}},
        "reason": {"reason": {"type": "plain_text_input", "value": reason}},
        "scope": {"scope": {"type": "static_select", "selected_option": scope and {"value": scope}}},
    }
    view = {
        "id": "V0123",
        "team_id": TEAM,
        "type": "modal",
        "callback_id": "dismiss",
        "private_metadata": '{"number": 7, "place": "C00000001", "thread": null}' if metadata is None else metadata,
        "state": {"values": values},
        "hash": "1.x",
    }
    person = {"id": "U0ANN", "username": "ann", "team_id": TEAM}
    return envelope(
        "interactive", {"type": "view_submission", "team": {"id": TEAM, "domain": "acme"}, "user": person, "view": view}
    )


def reaction(name: str = "eyes", kind: str = "reaction_added", **event: Any) -> dict[str, Any]:
    """https://docs.slack.dev/reference/events/reaction_added/"""
    item = {"type": "message", "channel": PLACE, "ts": ROOT}
    told = {"type": kind, "user": "U0ANN", "reaction": name, "item_user": "U0SLAMON", "item": item, "event_ts": WHEN}
    payload = {
        "token": "verification",
        "team_id": TEAM,
        "api_app_id": "A0SLAMON",
        "event": told | event,
        "type": "event_callback",
        "event_id": "Ev01",
        "event_time": 1_795_437_180,
        "authorizations": [{"team_id": TEAM, "user_id": "U0SLAMON", "is_bot": True}],
    }
    return envelope("events_api", payload)


def envelope(kind: str, payload: dict[str, Any]) -> dict[str, Any]:
    return {
        "envelope_id": "57d6a792-4d35-4d0b-b6aa-3361493e1caf",
        "payload": payload,
        "type": kind,
        "accepts_response_payload": kind == "interactive",
    }
