"""Under which host names slamon is served, so that a page elsewhere cannot read it by DNS rebinding."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from slamon.web.entry.refusals import refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from slamon.web.pages import App, Scope

ALWAYS = frozenset({"localhost", "127.0.0.1", "[::1]"})


class KnownHosts:
    """Refuses requests for any other host name."""

    def __init__(self, app: App, known: Callable[[str], bool]) -> None:
        """`known` gets a name in lower case, without the port; addresses of IPv6 stand in brackets."""
        self._app = app
        self._known = known

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI's own untyped callables
        """Answer 421, or let the request through."""
        named = [value for name, value in scope["headers"] if name == b"host"]
        known = len(named) == 1 and self._known(_name(named[0].decode("latin-1")))
        words = "this host name is not served here; use the address slamon listens on, or list it in `web.names`"
        await (self._app if known else refusal(scope, 421, words))(scope, receive, send)


def is_address(name: str) -> bool:
    """Whether it is an IP address: no name, so no name server can lie about it."""
    try:
        ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True


def fits(name: str, patterns: Iterable[str]) -> bool:
    """Whether one of the patterns is that name, or `*.` and all of it but its first label."""
    return any(
        name == pattern or (pattern[:2] == "*." and name.partition(".")[2] == pattern[2:]) for pattern in patterns
    )


def _name(host: str) -> str:
    name, _, port = host.rpartition(":")
    return (name if name and port.isdigit() else host).lower()
