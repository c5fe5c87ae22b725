"""Places and persons in Slack, and addresses, as admins write them: the shape only, what they mean Slack knows."""

from __future__ import annotations

import re
from typing import Annotated, TypeAlias
from urllib.parse import urlsplit

from pydantic import BeforeValidator, WithJsonSchema

from slamon.config_keys import LOOPBACK, is_loopback
from slamon.fields import mistake, text_schema

API_HOW = "write https://slack.com/api/, or leave it out"
PLACE_HOW = 'write "#channel", a person\'s e-mail address, or an id such as C024BE91L'
PERSONS_HOW = 'write "@user-group", a person\'s e-mail address, or an id such as S0614TZR7'
SLACK_PLACE = re.compile(r"#[^\s#@]{1,80}|[CGDU][A-Z0-9]{6,20}|[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+")
SLACK_PERSONS = re.compile(r"@[^\s#@]{1,80}|[USW][A-Z0-9]{6,20}|[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+")
EVERYBODY = {"@here", "@channel", "@everyone"}


def _api_url(value: object) -> str:
    try:
        parts = urlsplit(value) if isinstance(value, str) else urlsplit("")
        host = parts.hostname or ""
    except ValueError:
        host = ""
    if not isinstance(value, str) or not host or parts.scheme not in {"http", "https"}:
        raise mistake("is no address", API_HOW)
    if parts.scheme == "http" and not is_loopback(host):
        raise mistake("would send the token unencrypted", "write https://")
    return value.rstrip("/") + "/"


def _slack_place(value: object) -> str:
    if value is None:
        raise mistake("has no value", 'text that begins with # needs quotes: "#social-desk"')
    if not isinstance(value, str) or not SLACK_PLACE.fullmatch(value):
        raise mistake("is no place in Slack", PLACE_HOW)
    return value


def parse_persons(value: object) -> str:
    """A user group, a person's address, or an id, as written.

    :raises PydanticCustomError: it is none, or would be everybody.
    """
    if not isinstance(value, str) or not SLACK_PERSONS.fullmatch(value):
        raise mistake("is nobody in Slack", PERSONS_HOW)
    if value in EVERYBODY:
        raise mistake(f"{value} would wake everybody", "name a user group")
    return value


Address: TypeAlias = Annotated[
    str,
    BeforeValidator(_api_url),
    WithJsonSchema(text_schema(f"https://.+|http://{LOOPBACK}(?:[:/].*)?", API_HOW)),
]
SlackPlace: TypeAlias = Annotated[
    str, BeforeValidator(_slack_place), WithJsonSchema(text_schema(SLACK_PLACE.pattern, PLACE_HOW))
]
SlackPersons: TypeAlias = Annotated[
    str,
    BeforeValidator(parse_persons),
    WithJsonSchema(text_schema(SLACK_PERSONS.pattern, PERSONS_HOW) | {"not": {"enum": sorted(EVERYBODY)}}),
]
