"""`web` in config.yaml: the web.yml, tokens that read, host names."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path  # noqa: TC003 - a frozen dataclass names it
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from slamon.fields import mistake, text_schema
from slamon.notify.people import LEAST_TOKEN, check_tokens
from slamon.secret import Secret  # noqa: TC001 - pydantic evaluates annotations
from slamon.shape import Keys
from slamon.webfile.reading import read_web

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from slamon.shape import Reader
    from slamon.webfile.reading import WebFile

HOST = r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,251}[A-Za-z0-9])?"
HOST_HOW = "write slamon.acme.example, without https:// and without a port"
NO_TLS = "without TLS, everybody on the way could read along"
NO_SIGN_IN = "without sign-in, everybody could read"
INSTEAD = "or listen on 127.0.0.1, with a reverse proxy in front"
TLS_HOW = f"write web: {{file: web.yml}}, with tls_server_config and basic_auth_users in that file; {INSTEAD}"
SIGN_IN_HOW = f"add basic_auth_users to web.yml, or `web.tokens`; {INSTEAD}"


def _host(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(HOST, value):
        raise mistake("should be a host name", HOST_HOW)
    return value.lower()


Host = Annotated[str, BeforeValidator(_host), WithJsonSchema(text_schema(HOST, HOST_HOW, "slamon.acme.example"))]


class WebSettingsKeys(Keys):
    """Who may open the pages, and under which names."""

    file: str | None = Field(
        default=None,
        min_length=1,
        description="TLS and users: a web.yml as Prometheus and its exporters have it, relative to this file",
    )
    tokens: dict[str, Secret] = Field(
        default={},
        description="Tokens by which programs such as Prometheus read, by name; with any, all reading needs sign-in. "
        f"Each has at least {LEAST_TOKEN} characters",
    )
    names: tuple[Host, ...] = Field(
        default=(),
        description="Host names under which a reverse proxy or a name server leads here; "
        "those in the certificate need not be listed",
    )


@dataclass(frozen=True, slots=True)
class WebConfig:
    """Who may open the pages, and under which names."""

    file: Path | None = None
    tokens: Mapping[str, Secret] = field(default_factory=dict)
    names: tuple[str, ...] = ()


def read_settings(reader: Reader, base: Path, people: Mapping[str, Secret]) -> tuple[WebConfig, WebFile | None]:
    """What stands there, and the web.yml; `None` where it has faults, or none is named."""
    keys = reader.read(WebSettingsKeys, ("web",))
    if keys is None:
        return WebConfig(), None
    check_tokens(reader, keys.tokens, ("web", "tokens"))
    for name, token in keys.tokens.items():
        if token.get() and token in people.values():
            message = f"`{name[:60]}` has a token of `notify.people.http`"
            reader.blame(("web", "tokens", name), message, "one that only reads needs to be another")
    path = base / keys.file if keys.file else None
    reading = read_web(path) if path and _unsealed(reader) else None
    reader.faults.extend(reading.faults if reading else ())
    web = reading.web if reading and not reading.faults else None
    return WebConfig(path, keys.tokens, keys.names), web


def unguarded(web: WebFile | None, tokens: Sequence[object] | Mapping[str, object]) -> tuple[str, str] | None:
    """Why slamon must not listen on an address that other machines reach, and what to do; `None`: it may."""
    if web is None or web.tls is None:
        return NO_TLS, TLS_HOW
    if not web.users and not tokens and not web.tls.clients:
        return NO_SIGN_IN, SIGN_IN_HOW
    return None


SETTINGS: tuple[tuple[str, type[Keys]], ...] = (("web", WebSettingsKeys),)
"""Where the model stands, for the table in the manual."""


def _unsealed(reader: Reader) -> bool:
    """Commands that only read the database need no key of a certificate either."""
    context: dict[str, Any] = reader.context or {}
    return bool(context.get("unsealed", True))
