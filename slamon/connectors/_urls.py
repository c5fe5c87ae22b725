"""Which addresses a connector may talk to: the configured host and no other."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import SplitResult, urlsplit

_PORTS = {"http": 80, "https": 443}
_ODD = re.compile(r"[\x00-\x20\x7f\\]")


def base_url(url: str) -> str:
    """`url` without a slash at its end, when credentials may be sent there.

    :raises ValueError: no http(s) address, one with a user, query or fragment, or plain http to a public host.
    """
    parts = _parts(url)
    if parts is None or "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError("write an address like https://api.example.com, without user, query or fragment")
    if parts.scheme == "http" and not names_private(url):
        raise ValueError("credentials are sent to a public host by https only")
    return url.rstrip("/")


def same_host(base: str, url: str) -> bool:
    """Whether `url` leads to the scheme, host and port of `base`, read in only one way, and with no user in it."""
    ours, theirs = _parts(base), _parts(url)
    if ours is None or theirs is None or "@" in theirs.netloc:
        return False
    return _origin(ours) == _origin(theirs)


def names_private(url: str) -> bool:
    """Whether `url` itself names this machine or a private range: `localhost`, or an address that is not public."""
    parts = _parts(url)
    host = parts.hostname if parts else None
    if not host:
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return not is_public(host)
    except ValueError:
        return False


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet; an IPv4 address written as IPv6 counts as what it is.

    :raises ValueError: `address` is none.
    """
    ip: IPv4Address | IPv6Address = ip_address(address.split("%", maxsplit=1)[0])
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    return ip.is_global and not ip.is_multicast


def _parts(url: str) -> SplitResult | None:
    # Backslashes and white space are read differently by different parsers: that is how hosts are smuggled.
    if _ODD.search(url):
        return None
    try:
        parts = urlsplit(url)
        usable = parts.scheme in _PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return parts if usable else None


def _origin(parts: SplitResult) -> tuple[str, str | None, int]:
    return parts.scheme, parts.hostname, parts.port or _PORTS[parts.scheme]
