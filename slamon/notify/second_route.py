"""`notify.second_route`: how people are told while Slack cannot be used."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema

from slamon.fields import mistake, text_schema
from slamon.notify.routes import ROUTE_HOW, ROUTE_TEXT, route_url
from slamon.secret import SCHEMA as SECRET_SCHEMA
from slamon.secret import Secret
from slamon.shape import Keys

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slamon.shape import Reader

OWN_LABELS = frozenset(
    {"alertname", "severity", "channel", "platform", "policy", "target", "audience", "wait"}
)  # fmt: skip
"""What slamon itself says of an alert; an admin's labels come on top."""
LABEL = re.compile("[A-Za-z_][A-Za-z0-9_]*")
LABEL_ROOM = 200
LEAST_SECRET = 20
HEADER = re.compile("[A-Za-z0-9-]{1,64}")
OWN_HEADERS = frozenset({"authorization", "connection", "content-length", "content-type", "host", "transfer-encoding"})


def _urls(value: object) -> tuple[str, ...]:
    entries = value if isinstance(value, list) else [value]
    if not entries:
        raise mistake("is empty", ROUTE_HOW)
    urls = tuple(map(route_url, entries))
    if len(set(urls)) < len(urls):
        raise mistake("names one address twice", "each Alertmanager once")
    return urls


def _labels(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        raise mistake("should be a mapping of label names to texts", "write {team: social}")
    for name, text in value.items():
        if not isinstance(name, str) or not LABEL.fullmatch(name) or name.startswith("__"):
            raise mistake(f"`{str(name)[:60]}` is no name of a label", "letters, digits and _, not a digit first")
        if name in OWN_LABELS:
            raise mistake(f"`{name}` is a label that slamon sets itself", "choose another name")
        if not isinstance(text, str) or not text or len(text) > LABEL_ROOM:
            raise mistake(f"the label `{name}` should be text of at most {LABEL_ROOM} characters", "put it in quotes")
    return dict(value)


def _headers(value: object) -> object:
    for name in value if isinstance(value, dict) else ():
        if not isinstance(name, str) or not HEADER.fullmatch(name):
            raise mistake(f"`{str(name)[:60]}` is no name of a header", "letters, digits and -")
        if name.lower() in OWN_HEADERS:
            raise mistake(f"the header {name} cannot be set here", "`bearer_token` and `basic_auth` set Authorization")
    return value


def _file(value: object, info: ValidationInfo) -> str:
    if not isinstance(value, str) or not value:
        raise mistake("should be the path of a file")
    path = Path((info.context or {}).get("base", "."), value)
    if not path.is_file():
        raise mistake(f"there is no file {path}")
    return str(path)


Urls: TypeAlias = Annotated[
    tuple[str, ...],
    BeforeValidator(_urls),
    WithJsonSchema(
        {
            "anyOf": [
                text_schema(ROUTE_TEXT, ROUTE_HOW),
                {"type": "array", "items": text_schema(ROUTE_TEXT, ROUTE_HOW), "minItems": 1},
            ]
        }
    ),
]
Url: TypeAlias = Annotated[str, BeforeValidator(route_url), WithJsonSchema(text_schema(ROUTE_TEXT, ROUTE_HOW))]
Labels: TypeAlias = Annotated[
    dict[str, str],
    BeforeValidator(_labels),
    WithJsonSchema(
        {
            "type": "object",
            "propertyNames": {
                "type": "string",
                "pattern": f"^(?!__)(?:{LABEL.pattern})$",
                "not": {"enum": sorted(OWN_LABELS)},
            },
            "additionalProperties": {"type": "string", "minLength": 1, "maxLength": LABEL_ROOM},
        }
    ),
]
Headers: TypeAlias = Annotated[
    dict[str, Secret],
    BeforeValidator(_headers),
    WithJsonSchema(
        {
            "type": "object",
            "propertyNames": {"type": "string", "pattern": f"^(?:{HEADER.pattern})$"},
            "additionalProperties": SECRET_SCHEMA,
        }
    ),
]
CaFile: TypeAlias = Annotated[str, BeforeValidator(_file), WithJsonSchema({"type": "string", "minLength": 1})]


class BasicAuthKeys(Keys):
    """A user name and a password."""

    username: str = Field(min_length=1, description="The name")
    password: Secret = Field(description="The password, as `{env: NAME}` or `{file: PATH}`")


class AlertmanagerKeys(Keys):
    """Prometheus' Alertmanager, one or several."""

    url: Urls = Field(description="Its address without a path of the API, or a list: each of them gets every alert")
    labels: Labels = Field(default={}, description="Further labels of every alert, for its routes: `{team: social}`")
    basic_auth: BasicAuthKeys | None = Field(default=None, description="A user name and a password")
    bearer_token: Secret | None = Field(default=None, description="A token, as `{env: NAME}` or `{file: PATH}`")
    headers: Headers = Field(default={}, description="Further headers, each value as `{env: NAME}` or `{file: PATH}`")
    ca_file: CaFile | None = Field(
        default=None, description="The certificates to trust, in place of those of the machine"
    )


class WebhookKeys(Keys):
    """A program of yours that takes alerts as JSON."""

    url: Url = Field(description="Where alerts are posted")
    secret: Secret = Field(description="What signs each delivery, as `{env: NAME}` or `{file: PATH}`")
    ca_file: CaFile | None = Field(
        default=None, description="The certificates to trust, in place of those of the machine"
    )


class SecondRouteKeys(Keys):
    """How people are told while Slack cannot be used."""

    when: Literal["slack_unusable", "always"] = Field(
        default="slack_unusable", description="`slack_unusable`: only while Slack is; `always`: beside Slack, too"
    )
    alertmanager: AlertmanagerKeys | None = Field(default=None, description="Prometheus' Alertmanager")
    webhook: WebhookKeys | None = Field(default=None, description="A program of yours that takes alerts as JSON")


@dataclass(frozen=True, slots=True)
class AlertmanagerConfig:
    """One or several Alertmanagers."""

    urls: tuple[str, ...]
    labels: Mapping[str, str] = field(default_factory=dict)
    basic_auth: tuple[str, Secret] | None = None
    bearer_token: Secret | None = None
    headers: Mapping[str, Secret] = field(default_factory=dict)
    ca_file: str | None = None


@dataclass(frozen=True, slots=True)
class WebhookConfig:
    """Where alerts are posted as JSON, and what signs them."""

    url: str
    secret: Secret
    ca_file: str | None = None


@dataclass(frozen=True, slots=True)
class SecondRouteConfig:
    """How people are told while Slack cannot be used."""

    always: bool = False
    alertmanager: AlertmanagerConfig | None = None
    webhook: WebhookConfig | None = None


WHERE = ("notify", "second_route")


def read_second_route(reader: Reader, said: Any, *, slack: bool = True) -> SecondRouteConfig:  # noqa: ANN401 - as it stands in the file
    """What stands there, and defaults where nothing does; `slack`: whether there is a first route."""
    keys = None if said is None else reader.read(SecondRouteKeys, WHERE)
    if keys is None:
        return SecondRouteConfig()
    if not slack:
        reader.blame(WHERE, "there is no first route: `slack` is missing", "slack: {token: {env: NAME}}", key=True)
    if not keys.alertmanager and not keys.webhook and not reader.faults:
        reader.blame(WHERE, "`second_route` leads nowhere", "add `alertmanager` or `webhook`", key=True)
    return SecondRouteConfig(
        keys.when == "always", _alertmanager(reader, keys.alertmanager), _webhook(reader, keys.webhook)
    )


def _alertmanager(reader: Reader, keys: AlertmanagerKeys | None) -> AlertmanagerConfig | None:
    if keys is None:
        return None
    if keys.basic_auth and keys.bearer_token:
        reader.blame((*WHERE, "alertmanager", "bearer_token"), "`basic_auth` stands there as well", "only one can be")
    basic = (keys.basic_auth.username, keys.basic_auth.password) if keys.basic_auth else None
    return AlertmanagerConfig(keys.url, keys.labels, basic, keys.bearer_token, keys.headers, keys.ca_file)


def _webhook(reader: Reader, keys: WebhookKeys | None) -> WebhookConfig | None:
    if keys is None:
        return None
    length = len(keys.secret.get())
    if 0 < length < LEAST_SECRET:
        where = (*WHERE, "webhook", "secret")
        reader.blame(where, f"the secret is shorter than {LEAST_SECRET} characters", "make one: openssl rand -hex 32")
    return WebhookConfig(keys.url, keys.secret, keys.ca_file)


KEYS: tuple[tuple[str, type[Keys]], ...] = (
    ("notify.second_route", SecondRouteKeys),
    ("notify.second_route.alertmanager", AlertmanagerKeys),
    ("notify.second_route.alertmanager.basic_auth", BasicAuthKeys),
    ("notify.second_route.webhook", WebhookKeys),
)
