"""The keys of config.yaml, a model for each mapping: the shape only. What names refer to is `config`'s business."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Annotated, Any, TypeAlias
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema

from slamon.fields import Span, mistake, text_schema
from slamon.secret import SCHEMA, resolve
from slamon.shape import Keys

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
RESERVED = {"default", "calendars", "words"}
"""Files under rules/ that belong to no channel."""
DATABASES = ("sqlite", "postgresql", "postgresql+psycopg")
DATABASE_HOW = "write sqlite:///slamon.db, or postgresql://user@host/name"
DATABASE_TEXT = (
    r"(?!postgresql[^/]*//[^/]*:[^/]*@)(?!postgresql.*\?.*password=)"
    "(?:sqlite:///|postgresql(?:[+]psycopg)?://)/*(?!:memory:/*$)[^/].*"
)
LOOPBACK = r"(?:localhost|127(?:\.[0-9]{1,3}){3}|\[[0-9A-Fa-f:.]+\])"
ADDRESS = r"(?:localhost|[0-9]{1,3}(?:\.[0-9]{1,3}){3}|\[[0-9A-Fa-f:.]+\])"
LISTEN_HOW = "write 127.0.0.1:9877"
NAME_HOW = "letters, digits, - and _, beginning with a letter or a digit, at most 64"


def parse_listen(value: object) -> tuple[str, int]:
    """Host and port of `127.0.0.1:9877` or `[::1]:9877`.

    :raises PydanticCustomError: it is no address of a machine and a port.
    """
    match = re.fullmatch(f"({ADDRESS}):([0-9]{{1,5}})", value) if isinstance(value, str) else None
    if match is None or int(match[2]) > 0xFFFF:  # noqa: PLR2004 - the largest port
        raise mistake("should be an address and a port", LISTEN_HOW)
    host = match[1].strip("[]")
    try:
        return host if host == "localhost" else str(ip_address(host)), int(match[2])
    except ValueError:
        raise mistake(f"{host} is no address", LISTEN_HOW) from None


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach `host`."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _database(value: object, info: ValidationInfo) -> str:
    url = value if isinstance(value, str) else resolve(value, info).get()
    scheme, found, rest = url.partition("://")
    if not found or scheme not in DATABASES or rest.strip("/") in {"", ":memory:"}:
        raise mistake("is no database that slamon can use", DATABASE_HOW)
    if scheme == "sqlite" and not rest.startswith("/"):
        raise mistake("needs three slashes before a file's path", DATABASE_HOW)
    if isinstance(value, str) and scheme != "sqlite" and _has_password(url):
        raise mistake("a password must not stand in the file", "write {env: NAME} for the whole URL, or use ~/.pgpass")
    return url


def _has_password(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        raise mistake("is no database that slamon can use", DATABASE_HOW) from None
    return parts.password is not None or "password=" in parts.query


def _name(value: object) -> str:
    if not isinstance(value, str) or not NAME.fullmatch(value):
        raise mistake("is no name", NAME_HOW)
    return value


def _channel_name(value: object) -> str:
    name = _name(value)
    if name.lower() in RESERVED:
        raise mistake(f"`{name}` is the name of a file under rules/ that serves all channels", "choose another name")
    return name


# --- what stands in the keys, with what editors are told of it

Database: TypeAlias = Annotated[
    str,
    BeforeValidator(_database),
    WithJsonSchema({"anyOf": [text_schema(DATABASE_TEXT, DATABASE_HOW, "sqlite:///slamon.db"), SCHEMA]}),
]
Listen: TypeAlias = Annotated[
    tuple[str, int],
    BeforeValidator(parse_listen),
    WithJsonSchema(text_schema(f"{ADDRESS}:[0-9]{{1,5}}", LISTEN_HOW, "127.0.0.1:9877")),
]
ChannelName: TypeAlias = Annotated[
    str,
    BeforeValidator(_channel_name),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": f"^(?:{NAME.pattern})$",
            "patternErrorMessage": NAME_HOW,
            "not": {"enum": sorted(RESERVED)},
        }
    ),
]

Label: TypeAlias = Annotated[
    str,
    BeforeValidator(_name),
    WithJsonSchema({"type": "string", "pattern": f"^(?:{NAME.pattern})$", "patternErrorMessage": NAME_HOW}),
]


class ConfigKeys(Keys):
    """The whole file."""

    database: Database = Field(
        default="sqlite:///slamon.db",
        description="Where all is kept: `sqlite:///FILE`, `postgresql://user@host/name`, or `{env: NAME}` for the URL",
    )
    listen: Listen = Field(
        default="127.0.0.1:9877",
        description="Address and port of all pages; one that other machines reach needs `web`",
        validate_default=True,
    )
    rules: str = Field(default="rules", min_length=1, description="The folder of the rules")
    channels: list[Any] = Field(default=(), description="What is watched, a list; at least one", validate_default=True)
    notify: Any = Field(default=None, description="Who is told, and how")
    web: Any = Field(default=None, description="Who may open the pages, and under which names: TLS, users, tokens")


class LabelKeys(Keys):
    """What a channel belongs to, for sums over several: see `slamon_channel_info`."""

    market: Label | None = Field(default=None, description="The market or country that it serves: `de`")
    brand: Label | None = Field(default=None, description="The brand that it speaks for")
    desk: Label | None = Field(default=None, description="Those who answer there")


class ChannelKeys(Keys):
    """The keys of a channel that slamon itself reads; all others are its connector's."""

    name: ChannelName = Field(description="A unique name: the label `channel`, and the name of its file under rules/")
    connector: str = Field(description="The platform: `x`, `archive`, …")
    every: Span | None = Field(default=None, description="How often it is read; default and least by platform")
    blind_after: Span | None = Field(
        default=None,
        description="Without a complete read for so long it is blind; default 3 times `every`, at least 5m",
    )
    keep_texts: Span | None = Field(
        default=None,
        description="What customers wrote is dropped after so long; default: what the platform's terms say",
    )
    keep_names: Span | None = Field(default=None, description="Their handles and names likewise")
    verify_within: Span = Field(
        default="30s", description="How long the read before a breach alert may take", validate_default=True
    )
    labels: LabelKeys | None = Field(default=None, description="What it belongs to, for sums over several channels")


KEYS: tuple[tuple[str, type[Keys]], ...] = (
    ("", ConfigKeys),
    ("channels[]", ChannelKeys),
    ("channels[].labels", LabelKeys),
)
"""Where each model stands, for the table in the manual; those below `notify` are `notify.KEYS`."""

__all__ = ["KEYS", "ChannelKeys", "ConfigKeys", "LabelKeys"]
