"""The keys that channels on Meta's Graph API share: the account's id, the credential, the version, the host."""

import re
from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from slamon.connectors._fields import BaseUrl
from slamon.connectors.base import Settings
from slamon.fields import Duration, mistake
from slamon.model import SECOND
from slamon.secret import Secret

VERSION = "v25.0"
"""The version that the connectors were written against."""
FACEBOOK = "https://graph.facebook.com"


def _object_id(value: object) -> str:
    if type(value) is int and 0 < value < 10**30:
        return str(value)  # YAML reads an id without quotes as a number
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,30}", value, re.ASCII):
        return value
    raise mistake("should be a numeric id", "write the id in quotes; a Page's stands under About, Page transparency")


def _version(value: object) -> str:
    if isinstance(value, str) and re.fullmatch(r"v[0-9]{1,3}\.[0-9]", value, re.ASCII):
        return value
    raise mistake("should be a version of the Graph API", f"write it like {VERSION}")


ObjectId = Annotated[str, BeforeValidator(_object_id)]
"""A Page's, a user's or an app's id: digits."""


class GraphCredentials(Settings):
    """How Meta knows us. With the app's id and secret, slamon can ask what the token may do and when it ends."""

    access_token: Secret = Field(description="the access token of the account; for a Page, the Page's own token")
    app_id: ObjectId | None = Field(None, description="the id of the Meta app that the token belongs to")
    app_secret: Secret | None = Field(
        None, description="the secret of that app: requests are signed with it, and the token's rights can be read"
    )

    @model_validator(mode="after")
    def _id_has_its_secret(self) -> "GraphCredentials":
        if self.app_id is not None and self.app_secret is None:
            raise mistake("`app_id` is of no use alone", "add `app_secret`, or leave both out")
        return self


class GraphSettings(Settings):
    """The keys of any channel on the Graph API."""

    credentials: GraphCredentials = Field(description="how Meta knows slamon: `access_token`, `app_id`, `app_secret`")
    graph_version: Annotated[str, BeforeValidator(_version)] = Field(
        VERSION, description="the version of the Graph API that is asked"
    )
    base_url: BaseUrl = Field(FACEBOOK, description="where the API is; another host is for tests")
    visible_after: Duration = Field(
        10 * SECOND, description="how long after its creation something may still be missing from the API's lists"
    )
