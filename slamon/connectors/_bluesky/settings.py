"""The keys of a channel on Bluesky."""

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from slamon.connectors._bluesky.ids import DID, HANDLE
from slamon.connectors._fields import BaseUrl
from slamon.connectors.base import Settings
from slamon.fields import Duration, mistake
from slamon.model import SECOND
from slamon.secret import Secret

MENTIONS: Final = "mentions"
MESSAGES: Final = "messages"


def _who(value: object) -> str:
    if isinstance(value, str) and DID.fullmatch(value):
        return value
    if isinstance(value, str) and HANDLE.fullmatch(value):
        return value.lower()
    raise mistake("should be a whole handle, as acme.bsky.social, or a DID", "write it with its domain, without the @")


def _service(value: str) -> str:
    did, _, name = value.partition("#")
    if DID.fullmatch(did) and name.replace("_", "").isalnum() and name.isascii():
        return value
    raise mistake("should be a DID, #, and the name of a service", "as did:web:api.bsky.chat#bsky_chat")


Who = Annotated[str, BeforeValidator(_who)]


class Credentials(Settings):
    """How Bluesky knows us."""

    app_password: Secret = Field(description="an app password of the account, with access to direct messages")


class BlueskySettings(Settings):
    """The keys of a channel on Bluesky."""

    account: Who = Field(description="the brand's handle, with its domain and without the @; or its DID")
    team: tuple[Who, ...] = Field((), max_length=99, description="further accounts that answer for the brand")
    watch: tuple[Literal["mentions", "messages"], ...] = Field(
        (MENTIONS, MESSAGES),
        min_length=1,
        description="what is read: `mentions` (with replies and quotes), `messages` (direct messages)",
    )
    credentials: Credentials = Field(description="how Bluesky knows slamon: `app_password`")
    base_url: BaseUrl = Field(
        "https://bsky.social", description="where the account is at home: Bluesky's entry, or a PDS of your own"
    )
    chat_service: Annotated[str, AfterValidator(_service)] = Field(
        "did:web:api.bsky.chat#bsky_chat", description="which service of the network holds direct messages"
    )
    visible_after: Duration = Field(
        10 * SECOND, description="how long after its creation a post may still be missing from Bluesky's lists"
    )
