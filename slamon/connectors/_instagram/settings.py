"""The keys of a channel on Instagram."""

import re
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from slamon.connectors._fields import BaseUrl
from slamon.connectors._graph.settings import FACEBOOK, GraphSettings
from slamon.fields import Span, mistake
from slamon.model import DAY

INSTAGRAM = "https://graph.instagram.com"


class Login(StrEnum):
    """How the token was got; it decides the host, the permissions and what the token is."""

    FACEBOOK = "facebook"
    """The token of the Page that the account is linked to, at graph.facebook.com."""
    INSTAGRAM = "instagram"
    """The token of the account itself, at graph.instagram.com; it lasts 60 days, and slamon renews it."""


class Surface(StrEnum):
    """Where on Instagram to look."""

    COMMENTS = "comments"
    """What people write under the account's own posts."""
    TAGS = "tags"
    """Posts of others in which the account is tagged."""
    MESSAGES = "messages"
    """Direct messages, and with them replies to stories and mentions in stories."""


def _handle(value: object) -> str:
    if isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9_.]{1,30}", value, re.ASCII):
        return value.lower()
    raise mistake("should be a name on Instagram: up to 30 letters, digits, dots and underscores", "write it without @")


Handle = Annotated[str, BeforeValidator(_handle)]


class InstagramSettings(GraphSettings):
    """The keys of a channel on Instagram."""

    account: Handle = Field(description="the account's name on Instagram, without the @; it has to be professional")
    login: Login = Field(
        Login.FACEBOOK, description="how the token was got: `facebook` (a Page's token) or `instagram` (the account's)"
    )
    team: tuple[Handle, ...] = Field(
        (), max_length=99, description="names of further accounts that answer for the brand in comments"
    )
    watch: tuple[Surface, ...] = Field(
        (Surface.COMMENTS, Surface.MESSAGES), min_length=1, description="where to look: `comments`, `tags`, `messages`"
    )
    posts_for: Span = Field(
        30 * DAY,
        description="how long after its creation a post is watched for new comments; longer where somebody waits",
    )
    base_url: BaseUrl = Field(FACEBOOK, description="where the API is, by default what `login` says; another is a test")

    @model_validator(mode="before")
    @classmethod
    def _host_of_the_login(cls, values: Any) -> Any:  # noqa: ANN401 - whatever was written
        if isinstance(values, dict) and values.get("login") == Login.INSTAGRAM and "base_url" not in values:
            return {**values, "base_url": INSTAGRAM}
        return values
