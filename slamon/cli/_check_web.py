"""What `slamon check` says of those who open the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.checks import Checked
from slamon.webfile import expired, expiry, read_web

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.config import Config
    from slamon.model import Instant
    from slamon.webfile import Tls


def with_expiry(checked: Checked, now: Instant) -> Checked:
    """The same; a certificate that expired is a fault, too. It stops no daemon: alerts go before pages."""
    path = checked.config.web.file if checked.config else None
    tls = read_web(path).web.tls if path else None
    faults = expired(path, tls, now) if path and tls else []
    return Checked([*checked.faults, *faults]) if faults else checked


def web_lines(config: Config, now: Instant) -> Iterator[str]:
    """A line each about TLS, those who may act, and those who may read; none where nothing is configured."""
    web = read_web(config.web.file).web if config.web.file else None
    if web and web.tls:
        yield _tls(web.tls, now)
    people = [*(web.users if web else ()), *config.notify.people.http]
    if people:
        yield f"may read and act: {', '.join(people)}"
    if config.web.tokens:
        yield f"may read: {', '.join(config.web.tokens)}"
    if people and not (config.web.tokens or (web and (web.users or (web.tls and web.tls.clients)))):
        yield "may read: whoever reaches the port"
    if config.web.names:
        yield f"served as {', '.join(config.web.names)}, beside the address and the names in a certificate"


def _tls(tls: Tls, now: Instant) -> str:
    names = ", ".join(tls.shown.names) or "no name"
    clients = "; only for clients with a certificate of their own" if tls.clients else ""
    return f"TLS (HTTP/1.1) with a certificate for {names}, {expiry(tls, now)}{clients}"
