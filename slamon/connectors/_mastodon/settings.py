"""The keys of a channel on Mastodon, or on another server that speaks its API."""

import re
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from slamon.connectors._fields import BaseUrl
from slamon.connectors.base import Settings
from slamon.fields import Duration, mistake
from slamon.model import SECOND
from slamon.secret import Secret

_NAME = r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,98}[A-Za-z0-9_])?"


def _account(value: object) -> str:
    if isinstance(value, str) and re.fullmatch(_NAME, value):
        return value
    raise mistake("should be a name on the server of `base_url`", "write acme, not @acme or acme@mastodon.example")


def _handle(value: object) -> str:
    if isinstance(value, str) and re.fullmatch(rf"{_NAME}(?:@[A-Za-z0-9.-]{{1,253}}(?::\d{{1,5}})?)?", value):
        return value
    raise mistake("should be a handle: acmehelp, or acmehelp@other.example", "write it without the @ at its beginning")


class Credentials(Settings):
    """How the server knows us."""

    access_token: Secret = Field(description="the access token of an application of the account")


class MastodonSettings(Settings):
    """The keys of a channel on Mastodon."""

    account: Annotated[str, BeforeValidator(_account)] = Field(
        description="the account's name on its server, without @ and without the server's name"
    )
    base_url: BaseUrl = Field(description="the server: https://mastodon.example, as in a browser")
    credentials: Credentials = Field(description="how the server knows slamon: `access_token`")
    team: tuple[Annotated[str, BeforeValidator(_handle)], ...] = Field(
        (),
        max_length=20,
        description="further accounts that answer for the brand; on other servers with @ and the name",
    )
    watch: tuple[Literal["mentions", "quotes", "messages"], ...] = Field(
        ("mentions", "quotes", "messages"),
        min_length=1,
        description="what is watched: `mentions`, `quotes`, `messages` (private mentions)",
    )
    visible_after: Duration = Field(
        5 * SECOND, description="how long after its creation an answer of ours may still be missing from the lists"
    )
