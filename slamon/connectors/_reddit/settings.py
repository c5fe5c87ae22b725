"""The keys of a channel on Reddit."""

import re
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from slamon.connectors._fields import BaseUrl
from slamon.connectors.base import Settings
from slamon.fields import Duration, mistake
from slamon.model import SECOND
from slamon.secret import Secret

NAME = re.compile(r"[A-Za-z0-9_-]{3,20}")
SUBREDDIT = re.compile(r"[A-Za-z0-9_]{2,21}")


def _user(value: object) -> str:
    if isinstance(value, str) and NAME.fullmatch(value):
        return value
    raise mistake("should be a name: 3 to 20 letters, digits, - and _", "write it without u/")


def _subreddit(value: object) -> str:
    if isinstance(value, str) and SUBREDDIT.fullmatch(value):
        return value
    raise mistake("should be the name of a subreddit: 2 to 21 letters, digits and _", "write it without r/")


def _word(value: object) -> str:
    if isinstance(value, str) and re.search(r"\w", value):
        return value
    raise mistake("should be a name or a few words")


User = Annotated[str, BeforeValidator(_user)]
Subreddit = Annotated[str, BeforeValidator(_subreddit)]
Word = Annotated[str, BeforeValidator(_word), Field(max_length=100)]
Agent = Annotated[str, Field(min_length=10, max_length=200, pattern=r"^[\x20-\x7e]+$")]


class Credentials(Settings):
    """How Reddit knows us: an app, and what its account gave it."""

    client_id: str = Field(min_length=1, description="of your app at Reddit")
    client_secret: Secret | None = Field(None, description="of the same app; an installed app has none")
    refresh_token: Secret | None = Field(None, description="given by the account to that app, for permanent use")
    password: Secret | None = Field(None, description="of the account, for an app of the kind `script`, instead")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.refresh_token is None) == (self.password is None):
            raise mistake("should hold one of refresh_token and password", "password works for script apps only")
        return self


class RedditSettings(Settings):
    """The keys of a channel on Reddit."""

    account: User = Field(description="the brand's account on Reddit, without u/")
    team: tuple[User, ...] = Field((), max_length=49, description="further accounts that answer for the brand")
    watch: tuple[Literal["mentions", "replies", "messages"], ...] = Field(
        ("mentions", "replies"),
        description="what of the account's inbox is read: `mentions`, `replies` to what it wrote, private `messages`",
    )
    own_subreddits: tuple[Subreddit, ...] = Field(
        (), max_length=20, description="the brand's own subreddits: a post there is for the brand"
    )
    subreddits: tuple[Subreddit, ...] = Field(
        (), max_length=20, description="subreddits of others: what names the brand there is for the brand"
    )
    names: tuple[Word, ...] = Field(
        (), max_length=50, description="what the brand is called in the subreddits; without it, the name of the account"
    )
    credentials: Credentials = Field(
        description="how Reddit knows slamon: `client_id`, `client_secret`, and `refresh_token` or `password`"
    )
    user_agent: Agent | None = Field(
        None, description="how slamon names itself; Reddit refuses general names. By default it names the account"
    )
    visible_after: Duration = Field(
        10 * SECOND, description="how long after its creation something may still be missing from Reddit's lists"
    )
    base_url: BaseUrl = Field("https://oauth.reddit.com", description="where the API is; another host is for tests")
    token_url: BaseUrl = Field(
        "https://www.reddit.com/api/v1/access_token", description="where access tokens are given out"
    )

    @model_validator(mode="after")
    def _reads_something(self) -> Self:
        if not (self.watch or self.subreddits or self.own_subreddits):
            raise mistake("reads nothing", "name something under watch, subreddits or own_subreddits")
        return self
