"""The address to listen on: read, checked and bound, with errors that say what to do."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from slamon.errors import UsageError

BACKLOG = 512


@dataclass(frozen=True, slots=True)
class Address:
    """A host and a port; port 0 asks the system for a free one."""

    host: str
    port: int

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return self.host == "localhost" or ip_address(self.host).is_loopback

    @property
    def name(self) -> str:
        """The host as it stands in a Host header."""
        return str(Address(self.host, 0)).removesuffix(":0").lower()

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse(listen: str) -> Address:
    """`127.0.0.1:9877`, `[::1]:9877` or `localhost:9877` as an address.

    :raises UsageError: another form.
    """
    try:
        parts = urlsplit(f"//{listen}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if host is None or port is None or not _is_address(host) or listen not in {f"{host}:{port}", f"[{host}]:{port}"}:
        raise UsageError(f"listen: {listen!r} is no address; write one like 127.0.0.1:9877 or [::1]:9877")
    return Address(host, port)


def bind(address: Address) -> socket.socket:
    """A listening socket.

    :raises UsageError: the address is taken, or not ours to take.
    """
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address.host, address.port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        reason = os.strerror(error.errno or 0)
        raise UsageError(
            f"listen: cannot bind {address}: {reason}; stop what uses it, or set another `listen` in config.yaml"
        ) from error
    return listener


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return host == "localhost"
    return True
