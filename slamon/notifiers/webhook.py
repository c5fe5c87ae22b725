"""A program of the team's own, which takes what is told as signed JSON. At least once: it drops what it has already.

The signature is in the manner of Standard Webhooks and Stripe: over the time and the body, so that neither can be
exchanged, and an old delivery cannot be played again.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from slamon.model import SECOND
from slamon.notifiers._posting import Address, post
from slamon.notifiers._words import said
from slamon.notifiers.base import Alert, Digest, Notice

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slamon.model import Instant
    from slamon.notifiers.base import Content

VERSION = 1
TIMEOUT = 10.0
PRIVATE_WORDS = ("mention", "previous", "buttons", "show_text", "others")
"""What means something in Slack alone, or was obeyed before."""

Json: TypeAlias = "dict[str, Any]"


class Webhook:
    """Posts to one address. Safe from any thread."""

    name = "webhook"

    def __init__(self, url: str, secret: str, ca_file: str | None = None, timeout: float = TIMEOUT) -> None:
        self._to = Address(url, ca_file=ca_file)
        self._secret = secret
        self._timeout = timeout

    def deliver(self, delivery: str, document: Mapping[str, Any], now: Instant) -> None:
        """Post one document; `delivery` stays the same however often it is tried.

        :raises SendError: it was not accepted, or nobody knows.
        """
        whole = {"version": VERSION, "delivery": delivery, "sent_at": iso(now), **document}
        body = json.dumps(whole, ensure_ascii=True, separators=(",", ":")).encode()
        at = str(now // SECOND)
        headers = {
            "X-Slamon-Delivery": delivery,
            "X-Slamon-Timestamp": at,
            "X-Slamon-Signature": signature(self._secret, at, body),
        }
        post(self._to, body, headers, self._timeout)


def signature(secret: str, at: str, body: bytes) -> str:
    """What proves that a delivery is ours: `v1=` and the HMAC-SHA256 of `{at}.{body}` in hexadecimal digits."""
    return "v1=" + hmac.new(secret.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()


def document(content: Content, kind: str | None = None) -> Json:
    """What a delivery says: `kind` is `alert`, `digest` or `notice` unless something else is given."""
    match content:
        case Alert():
            return {"kind": kind or "alert", "alert": facts(content)}
        case Digest():
            return {"kind": kind or "digest", "digest": _digest(content)}
        case Notice():
            return {"kind": kind or "notice", "text": content.text}


def facts(alert: Alert) -> Json:
    """A wait in JSON: the same facts as in Slack, the customer's words as far as the channel shows them."""
    row = asdict(replace(alert, text=said(alert), others=()))
    for name in PRIVATE_WORDS:
        row.pop(name, None)
    row["limit_seconds"] = row.pop("target_length") // SECOND
    row["written_as"] = row.pop("kind")
    return {name: iso(value) if _is_instant(name, value) else value for name, value in row.items()}


def iso(at: Instant) -> str:
    """An instant as RFC 3339 in UTC."""
    return datetime.fromtimestamp(at / SECOND, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _is_instant(name: str, value: object) -> bool:
    return isinstance(value, int) and (name == "now" or name.endswith(("_at", "_until")))


def _digest(digest: Digest) -> Json:
    return {
        "number": digest.number,
        "kind": digest.kind,
        "title": digest.title,
        "facts": [{"name": name, "value": value} for name, value in digest.facts],
        "alerts": [facts(row) for row in digest.rows],
        "more": digest.more,
        "note": digest.note,
        "open": digest.open,
    }
