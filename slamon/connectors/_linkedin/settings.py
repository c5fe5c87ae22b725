"""The keys of a channel on LinkedIn."""

import re
from datetime import date
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from slamon.connectors._fields import BaseUrl
from slamon.connectors._linkedin.urns import ID, is_urn
from slamon.connectors.base import Settings
from slamon.fields import Duration, YesNo, mistake
from slamon.model import MINUTE
from slamon.secret import Secret

ORGANIZATION = "urn:li:organization:"
DEVELOPMENT_MEMBER_CALLS, DEVELOPMENT_APP_CALLS = 100, 500
"""A day, in the Development tier: the only figures that LinkedIn publishes."""


def _organization(value: object) -> str:
    if type(value) is int or isinstance(value, str):
        found = str(value).removeprefix(ORGANIZATION)
        if re.fullmatch(r"[1-9][0-9]{0,18}", found):
            return found
    raise mistake(
        "should be the number of an organization",
        "open the page as its admin: https://www.linkedin.com/company/NUMBER/admin/",
    )


def _answerer(value: object) -> str:
    if isinstance(value, str) and is_urn(value):
        return value
    raise mistake("should be a URN", "write urn:li:person:ID or urn:li:organization:NUMBER")


def _month(value: object) -> str:
    text = str(value) if type(value) is int else value
    if isinstance(text, str) and re.fullmatch(r"20[0-9]{2}(?:0[1-9]|1[0-2])", text):
        return text
    raise mistake("should be a month of LinkedIn's API", "write it as YYYYMM: 202607")


_NUMBER = {"type": "integer", "minimum": 1}
Organization = Annotated[
    str,
    BeforeValidator(_organization),
    WithJsonSchema({"anyOf": [_NUMBER, {"type": "string", "pattern": f"^(?:{ORGANIZATION})?[1-9][0-9]{{0,18}}$"}]}),
]
Answerer = Annotated[
    str, BeforeValidator(_answerer), WithJsonSchema({"type": "string", "pattern": f"^urn:li:[A-Za-z]+:{ID}$"})
]
Month = Annotated[
    str,
    BeforeValidator(_month),
    WithJsonSchema({"anyOf": [_NUMBER, {"type": "string", "pattern": "^20[0-9]{2}(?:0[1-9]|1[0-2])$"}]}),
]
Word = Annotated[str, Field(pattern=r"^[A-Za-z_]{1,64}$")]


class Credentials(Settings):
    """How LinkedIn knows us."""

    access_token: Secret | None = Field(None, description="the member's access token; it lives 60 days")
    refresh_token: Secret | None = Field(None, description="what renews it, where LinkedIn gave your app one")
    client_id: Annotated[str, Field(min_length=1)] | None = Field(None, description="your app's client id")
    client_secret: Secret | None = Field(None, description="your app's client secret")
    expires: date | None = Field(None, description="the day on which the access token ends, YYYY-MM-DD")
    refresh_expires: date | None = Field(None, description="the day on which the refresh token ends, YYYY-MM-DD")

    @model_validator(mode="after")
    def _enough(self) -> "Credentials":
        if self.access_token is None and self.refresh_token is None:
            raise mistake("should hold an `access_token`, a `refresh_token`, or both")
        if self.refresh_token is not None and (self.client_id is None or self.client_secret is None):
            raise mistake("a `refresh_token` is of use only with `client_id` and `client_secret`")
        return self


class Scopes(Settings):
    """What your app calls the rights that it asked for."""

    comments: Word = Field(default="r_organization_social_feed", description="the scope that reads posts and comments")
    notifications: Word = Field(
        default="rw_organization_admin", description="the scope that reads notifications and roles"
    )


class LinkedInSettings(Settings):
    """The keys of a channel on LinkedIn."""

    account: Organization = Field(description="the number of your organization, the one in its page's address")
    team: tuple[Answerer, ...] = Field(
        (), max_length=99, description="URNs of people or pages that also answer for the brand"
    )
    watch: tuple[Literal["comments", "mentions"], ...] = Field(
        ("comments", "mentions"), min_length=1, description="what is read: `comments` on your posts, `mentions` of you"
    )
    comments_by: Literal["notifications", "posts"] = Field(
        "notifications", description="how new comments are found: by the page's notifications, or by reading its posts"
    )
    posts: int = Field(10, ge=1, le=50, description="how many of the newest posts are read with `comments_by: posts`")
    follow: int = Field(10, ge=0, le=100, description="how many threads with somebody waiting each poll reads again")
    keep_text: YesNo = Field(True, description="`no`: what members write is not kept at all")  # noqa: FBT003 - a default
    credentials: Credentials = Field(description="how LinkedIn knows slamon: `access_token`, or what renews it")
    version: Month = Field("202607", description="the month of LinkedIn's API, YYYYMM; each ends after about a year")
    scopes: Scopes = Field(Scopes(), description="names of the scopes, where your app has older ones")
    roles: tuple[Word, ...] = Field(
        (), description="roles on the page that may read it; empty: those LinkedIn documents"
    )
    calls_per_day: int = Field(
        DEVELOPMENT_MEMBER_CALLS, ge=1, le=10_000_000, description="how many calls a day LinkedIn allows the member"
    )
    app_calls_per_day: int = Field(
        DEVELOPMENT_APP_CALLS, ge=1, le=10_000_000, description="how many calls a day LinkedIn allows your whole app"
    )
    page_size: int = Field(100, ge=10, le=100, description="how much is asked for in one call")
    visible_after: Duration = Field(
        MINUTE, description="how long after its creation a comment may still be missing from LinkedIn's lists"
    )
    base_url: BaseUrl = Field("https://api.linkedin.com", description="where the API is; another host is for tests")
    auth_url: BaseUrl = Field(
        "https://www.linkedin.com", description="where tokens are renewed; another host is for tests"
    )

    @property
    def organization(self) -> str:
        """The account's URN."""
        return ORGANIZATION + self.account
