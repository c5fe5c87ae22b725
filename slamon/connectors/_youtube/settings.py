"""The keys of a channel on YouTube."""

import re
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from slamon.connectors._fields import BaseUrl
from slamon.connectors.base import Settings
from slamon.fields import Duration, mistake
from slamon.model import HOUR, MINUTE
from slamon.secret import Secret

CHANNEL_ID = re.compile(r"UC[A-Za-z0-9_-]{22}")
HANDLE = re.compile(r"[\w.\-·]{3,30}")


def _account(value: object) -> str:
    if isinstance(value, str) and HANDLE.fullmatch(value):
        return value
    raise mistake("should be a handle or a channel id", "write acme for @acme, or the id that begins with UC")


Account = Annotated[str, BeforeValidator(_account)]


class Credentials(Settings):
    """How Google knows us: an API key, or a client with a refresh token."""

    api_key: Secret | None = Field(None, description="an API key of your Google Cloud project: for public comments")
    api_key_in: Literal["header", "query"] = Field(
        "header", description="where the API key is sent; `query` puts it into addresses, where proxies log it"
    )
    client_id: str | None = Field(None, min_length=1, description="of an OAuth client of your project")
    client_secret: Secret | None = Field(None, description="of the same OAuth client")
    refresh_token: Secret | None = Field(None, description="given by the owner of the YouTube channel to that client")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        given = [part is not None for part in (self.client_id, self.client_secret, self.refresh_token)]
        if self.api_key is not None and not any(given):
            return self
        if self.api_key is None and all(given):
            return self
        raise mistake("should be an API key, or a client", "write api_key; or client_id, client_secret, refresh_token")


class YouTubeSettings(Settings):
    """The keys of a channel on YouTube."""

    account: Account = Field(description="the brand's handle on YouTube without the @, or its channel id")
    team: tuple[Account, ...] = Field((), max_length=49, description="further handles or ids that answer for the brand")
    watch: tuple[Literal["comments", "held"], ...] = Field(
        ("comments",),
        min_length=1,
        description="what is read: `comments`; `held`: also what waits for review, which needs an OAuth client",
    )
    credentials: Credentials = Field(
        description="how Google knows slamon: `api_key`, or `client_id`, `client_secret` and `refresh_token`"
    )
    reread_every: Duration = Field(
        HOUR, description="how often all threads of the lookback are read again, for replies where nobody waits"
    )
    daily_units: int = Field(10_000, ge=1, description="the quota of the Google Cloud project, in units a day")
    visible_after: Duration = Field(
        MINUTE, description="how long after its creation a comment may still be missing from YouTube's lists"
    )
    base_url: BaseUrl = Field(
        "https://youtube.googleapis.com", description="where the API is; another host is for tests"
    )
    token_url: BaseUrl = Field(
        "https://oauth2.googleapis.com/token", description="where access tokens are renewed; another host is for tests"
    )

    @model_validator(mode="after")
    def _may_see_held(self) -> Self:
        if "held" in self.watch and self.credentials.api_key is not None:
            raise mistake("comments held for review are shown to the channel's owner only", "use an OAuth client")
        return self
