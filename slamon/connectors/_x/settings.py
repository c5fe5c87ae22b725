"""The keys of a channel on X."""

import re
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema, model_validator
from pydantic.functional_validators import field_validator

from slamon.connectors._fields import BaseUrl
from slamon.connectors._x.queries import LONGEST, checked_query
from slamon.connectors.base import Settings
from slamon.fields import Duration, YesNo, mistake
from slamon.model import SECOND
from slamon.secret import Secret

MOST_QUERIES = 25
"""Each is a call in every poll, and an app has 450 in 15 minutes."""
SIGN_IN = "sign in as the account, see docs/connectors/x.md"


def _handle(value: object) -> str:
    if isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9_]{1,15}", value):
        return value
    raise mistake("should be a handle: 1 to 15 letters, digits and underscores", "write it without the @")


Handle = Annotated[str, BeforeValidator(_handle)]
Query = Annotated[
    str,
    BeforeValidator(checked_query),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": LONGEST}),
]
Surface = Literal["mentions", "messages", "search"]


class Credentials(Settings):
    """How X knows us: as an app, or as the account itself."""

    bearer_token: Secret | None = Field(
        None, description="the app-only bearer token of your X app; it reads everything but direct messages"
    )
    client_id: str | None = Field(
        None, min_length=1, description="the OAuth 2.0 client id of your X app, with `refresh_token`"
    )
    client_secret: Secret | None = Field(None, description="the OAuth 2.0 client secret, where the app has one")
    refresh_token: Secret | None = Field(
        None, description="what signing in as the account gave; slamon keeps the newer ones itself"
    )
    access_token: Secret | None = Field(
        None, description="the access token that came with the refresh token; left out: slamon fetches one"
    )

    @model_validator(mode="after")
    def _of_one_kind(self) -> Self:
        user = (self.client_id, self.client_secret, self.refresh_token, self.access_token)
        if self.bearer_token is not None and any(part is not None for part in user):
            raise mistake("should name one kind of token", "either `bearer_token`, or `client_id` and `refresh_token`")
        if self.bearer_token is None and (self.client_id is None or self.refresh_token is None):
            raise mistake("needs `bearer_token`, or `client_id` and `refresh_token`", SIGN_IN)
        return self


class XSettings(Settings):
    """The keys of a channel on X."""

    account: Handle = Field(description="the brand's handle on X, without the @")
    team: tuple[Handle, ...] = Field((), max_length=99, description="further handles that answer for the brand")
    credentials: Credentials = Field(
        description="how X knows slamon: `bearer_token`, or `client_id` and `refresh_token`"
    )
    watch: tuple[Surface, ...] = Field(
        ("mentions",), min_length=1, description="what to read: `mentions`, `messages` (direct ones), `search`"
    )
    search: tuple[Query, ...] = Field(
        (),
        max_length=MOST_QUERIES,
        description="what to search for, each a query in X's language; for `watch: [search]`",
    )
    group_messages: YesNo = Field(default=False, description="whether direct messages among more than two count, too")
    base_url: BaseUrl = Field("https://api.x.com", description="where the API is; another host is for tests")
    visible_after: Duration = Field(
        5 * SECOND, description="how long after its creation a post may still be missing from X's lists"
    )

    @field_validator("watch")
    @classmethod
    def _readable(cls, watch: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        credentials = info.data.get("credentials")
        if "messages" in watch and credentials is not None and credentials.refresh_token is None:
            text = "has `messages`, which a bearer token cannot read"
            raise mistake(text, f"give `client_id` and `refresh_token` instead: {SIGN_IN}")
        return tuple(dict.fromkeys(watch))

    @field_validator("search")
    @classmethod
    def _once(cls, search: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(search))

    @model_validator(mode="after")
    def _asked_and_read(self) -> Self:
        if self.search and "search" not in self.watch:
            raise mistake("`search` names queries that nobody reads", "watch: [mentions, search]")
        if "search" in self.watch and not self.search:
            raise mistake("`watch` names `search`, and there is no query", 'search: ["acme parcel"]')
        return self
