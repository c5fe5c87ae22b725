"""What stands in a certificate, as a client is shown it: the standard library reads them in no other public way."""

from __future__ import annotations

import ssl
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from slamon.model import Instant

ROUNDS = 10
"""More than any handshake takes."""
ALSO_EXPIRED = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME, which Python has no name for."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """What matters of it."""

    names: tuple[str, ...]
    """As in a Host header: in lower case, IPv6 in brackets; may begin with `*.`."""
    expires: Instant


def read(server: ssl.SSLContext, pem: str) -> Certificate:
    """The one that `server` shows to a client who trusts `pem`.

    :raises ssl.SSLError: no client would be content with it, whomever he trusts.
    """
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN | ssl.VerifyFlags(ALSO_EXPIRED)
    client.load_verify_locations(cadata=pem)
    client.set_ciphers("ALL:@SECLEVEL=0")
    back, forth = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = client.wrap_bio(back, forth), server.wrap_bio(forth, back, server_side=True)
    for _ in range(ROUNDS):
        for side in sides:
            _go_on(side)
    shown: Any = sides[0].getpeercert()
    names = tuple(name for name in map(host_name, shown.get("subjectAltName", ())) if name)
    return Certificate(names, int(ssl.cert_time_to_seconds(shown["notAfter"]) * 1_000))


def alternative_names(shown: Any) -> frozenset[str]:  # noqa: ANN401 - what `getpeercert` returns is not typed
    """All names of a client's certificate, as `client_allowed_sans` lists them."""
    return frozenset(
        str(ip_address(value)) if kind == "IP Address" else value
        for kind, value in (shown or {}).get("subjectAltName", ())
        if kind in {"DNS", "email", "URI", "IP Address"}
    )


def host_name(alternative: tuple[str, str]) -> str | None:
    """One of the names of a server's certificate, as it would stand in a Host header."""
    kind, value = alternative
    if kind == "IP Address":
        address = ip_address(value.strip())
        return f"[{address}]" if address.version == 6 else str(address)  # noqa: PLR2004 - IPv6
    return value.lower() if kind == "DNS" else None


def _go_on(side: ssl.SSLObject) -> None:
    with suppress(ssl.SSLWantReadError):
        side.do_handshake()
