"""Addresses of a team's own services, where customers' words are sent in plain HTTP only within a private network."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from slamon.config_keys import LOOPBACK, is_loopback
from slamon.fields import mistake

ROUTE_HOW = "write https://host/path, or http:// with a private address or name such as http://alertmanager:9093"
PRIVATE_NAME = r"[A-Za-z0-9-]+|[A-Za-z0-9.-]+\.(?:internal|lan|local|svc|localhost)"
REST = "[^@?#\\s]"
ROUTE_TEXT = f"https://{REST}+|http://(?:{LOOPBACK}|[0-9.]+|{PRIVATE_NAME})(?:[:/]{REST}*)?"
"""What editors are told; whether an address of digits is private only the reader knows."""
ODD = re.compile(r"[\x00-\x20\x7f\\]")


def route_url(value: object) -> str:
    """An address without a slash at its end.

    :raises PydanticCustomError: it is none, carries a password, or leads through the public network unencrypted.
    """
    parts = _parts(value)
    host = parts.hostname if parts else None
    if not isinstance(value, str) or parts is None or not host or not value.startswith(("http://", "https://")):
        raise mistake("is no address", ROUTE_HOW)
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise mistake("should have no user, query or fragment", "secrets stand in keys of their own")
    if parts.scheme == "http" and not _private(host):
        raise mistake("would send customers' words unencrypted", "write https://")
    return value.rstrip("/")


def _parts(value: object) -> SplitResult | None:
    if not isinstance(value, str) or ODD.search(value):
        return None
    try:
        parts = urlsplit(value)
        usable = parts.port != 0
    except ValueError:
        return None
    return parts if usable else None


def _private(host: str) -> bool:
    try:
        return ip_address(host).is_private
    except ValueError:
        return is_loopback(host) or bool(re.fullmatch(PRIVATE_NAME, host))
