"""Examples of answers and requests, for the description of the JSON interface."""

from __future__ import annotations

from typing import Any

_MESSAGE: dict[str, Any] = {
    "id": "1801",
    "at": "2026-11-23T09:02:00.000+00:00",
    "side": "other",
    "role": "customer",
    "author": "anna",
    "text": "@acme where is my parcel?",
    "gone_at": None,
    "marks": [],
    "no_reply": None,
    "wait": 17,
    "slow_patterns": [],
}
_TOLD: dict[str, Any] = {
    "target": "first_response",
    "stage": "80%",
    "repeat": 0,
    "episode": 1,
    "to": "desk",
    "destination": "#social-desk",
    "state": "sent",
    "reason": "",
    "sent_at": "2026-11-23T09:50:00.210+00:00",
    "held_until": None,
    "digest": None,
    "verified": True,
}
_ACTION: dict[str, Any] = {
    "action": 7,
    "verb": "acknowledge",
    "wait": 17,
    "scope": "wait",
    "subject": None,
    "reason": None,
    "at": "2026-11-23T09:51:00.000+00:00",
    "until": "2026-11-23T13:51:00.000+00:00",
    "by": "duty",
    "by_id": "duty",
    "via": "http",
    "undone_at": None,
    "undone_by": None,
}
_HELD = {"by": "duty", "at": "2026-11-23T09:51:00.000+00:00", "until": "2026-11-23T13:51:00.000+00:00"}

EXAMPLES: dict[str, Any] = {
    "waiting": {
        "waiting": [
            {
                "wait": 17,
                "channel": "acme-x",
                "platform": "x",
                "conversation": "1801",
                "customer": "anna",
                "target": "first_response",
                "policy": "everyone",
                "status": "at_risk",
                "history": False,
                "stage": "80%",
                "started_at": "2026-11-23T09:02:00.000+00:00",
                "due_at": "2026-11-23T10:02:00.000+00:00",
                "read_at": "2026-11-23T09:51:12.000+00:00",
                "messages": ["1801"],
                "text": "@acme where is my parcel?",
                "permalink": "https://x.com/anna/status/1801",
                "acknowledged": _HELD,
                "snoozed": None,
            }
        ],
        "next": "1795428120000-17-first_response",
        "total": 214,
        "total_is_minimum": False,
        "complete": True,
    },
    "conversation": {
        "waits": [
            {
                "wait": 17,
                "channel": "acme-x",
                "conversation": "1801",
                "customer": "4711",
                "number": 1,
                "turn": 1,
                "episode": 1,
                "state": "open",
                "reason": None,
                "suspected": False,
                "target": "first_response",
                "status": "at_risk",
                "settled": None,
                "history": False,
                "due_at": "2026-11-23T10:02:00.000+00:00",
                "open_seconds": 2940,
                "stages": [{"stage": "80%", "at": "2026-11-23T09:50:00.000+00:00"}],
                "policy": "everyone",
                "failed": [{"policy": "vip", "condition": "author.followers: >= 10000", "note": ""}],
                "rules": {"matched": "9c1e0a77b2d4", "in_force": "9c1e0a77b2d4", "policy_in_force": "everyone"},
                "started_at": "2026-11-23T09:02:00.000+00:00",
                "answered_at": None,
                "cancelled_at": None,
                "acknowledged_at": None,
                "promised_at": None,
                "followed_up_at": None,
                "bot_at": None,
                "merged_into": None,
                "read_at": "2026-11-23T09:51:12.000+00:00",
                "elapsed_seconds": 2940,
                "targets": [
                    {
                        "target": "first_response",
                        "policy": "everyone",
                        "status": "at_risk",
                        "settled": None,
                        "history": False,
                        "calendar": None,
                        "length_seconds": 3600,
                        "started_at": "2026-11-23T09:02:00.000+00:00",
                        "due_at": "2026-11-23T10:02:00.000+00:00",
                        "answered_at": None,
                        "wall_seconds": 2940,
                        "open_seconds": 2940,
                        "stages": [
                            {
                                "stage": "80%",
                                "repeat": 0,
                                "at": "2026-11-23T09:50:00.000+00:00",
                                "to": None,
                                "told": [_TOLD],
                                "note": None,
                            }
                        ],
                    }
                ],
                "messages": [_MESSAGE],
                "told": [_TOLD],
                "actions": [_ACTION],
            }
        ],
        "no_wait": [],
        "complete": True,
    },
    "channels": {
        "channels": [
            {
                "channel": "acme-x",
                "platform": "x",
                "labels": {"market": "de", "brand": "acme"},
                "read_at": "2026-11-23T09:51:12.000+00:00",
                "blind": False,
                "waiting": {"on_track": 11, "at_risk": 2, "breached": 1, "unverified": 0, "no_policy": 0},
                "oldest_waiting_at": "2026-11-23T08:40:00.000+00:00",
                "next_due_at": "2026-11-23T10:02:00.000+00:00",
            }
        ]
    },
    "policies": {
        "rules": "9c1e0a77b2d4",
        "channels": [
            {
                "channel": "acme-x",
                "source": "acme-x.yaml",
                "policies": [
                    {
                        "policy": "vip",
                        "when": ["author.followers: >= 10000"],
                        "calendar": "always",
                        "targets": {
                            "first_response": {
                                "words": "15 minutes",
                                "seconds": 900,
                                "calendar": "always",
                                "machine_counts": False,
                            }
                        },
                        "stages": [
                            {"stage": "50%", "to": "desk", "repeat_seconds": None, "at_most": 1},
                            {"stage": "+30m", "to": "lead", "repeat_seconds": 1800, "at_most": 6},
                        ],
                        "objective": {"share": 0.95, "over_seconds": 2_419_200},
                        "valid_from": None,
                        "valid_until": None,
                    }
                ],
            }
        ],
    },
    "Done": {
        "action": 7,
        "new": True,
        "words": "wait 17 is acknowledged until 14:51 CET",
        "until": "2026-11-23T13:51:00.000+00:00",
    },
    "Snooze": {"for": "1h30m"},
    "Dismiss": {"reason": "answered by phone", "as": "elsewhere"},
    "errors": {
        "400": "`limit` should be a whole number from 1 to 200",
        "401": "sign in first",
        "403": "this token may only read",
        "404": "there is no wait 99",
        "406": "there is only application/json here",
        "409": "wait 17 is over",
        "413": "a body may have 16384 bytes",
        "415": "write JSON, and Content-Type: application/json",
        "421": "this host name is not served here; use the address slamon listens on",
        "429": "too many were wrong: wait a little",
        "503": "too much is asked at once: ask again in a second",
    },
}
