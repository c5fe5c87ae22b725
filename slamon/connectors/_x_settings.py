"""The keys of a channel on X."""

import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from slamon.connectors import _urls
from slamon.connectors.base import Settings
from slamon.fields import Duration, mistake
from slamon.model import SECOND
from slamon.secret import Secret


def _handle(value: object) -> str:
    if isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9_]{1,15}", value):
        return value
    raise mistake("should be a handle: 1 to 15 letters, digits and underscores", "write it without the @")


def _base_url(value: str) -> str:
    try:
        return _urls.base_url(value)
    except ValueError as error:
        raise mistake(str(error)) from None


Handle = Annotated[str, BeforeValidator(_handle)]


class Credentials(Settings):
    """How X knows us."""

    bearer_token: Secret = Field(description="the app-only bearer token of your X app")


class XSettings(Settings):
    """The keys of a channel on X."""

    account: Handle = Field(description="the brand's handle on X, without the @")
    team: tuple[Handle, ...] = Field((), max_length=99, description="further handles that answer for the brand")
    credentials: Credentials = Field(description="how X knows slamon: `bearer_token`")
    base_url: Annotated[str, AfterValidator(_base_url)] = Field(
        "https://api.x.com", description="where the API is; another host is for tests"
    )
    visible_after: Duration = Field(
        5 * SECOND, description="how long after its creation a post may still be missing from X's lists"
    )
