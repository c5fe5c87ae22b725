"""`notify.slack`: how Slack is reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import Field

from slamon.fields import Span, did_you_mean
from slamon.model import MINUTE, Millis
from slamon.notify.places import Address  # noqa: TC001 - pydantic evaluates annotations
from slamon.secret import Secret  # noqa: TC001 - as above
from slamon.shape import Keys

if TYPE_CHECKING:
    from collections.abc import Collection

    from slamon.shape import Reader

UNUSABLE_AFTER = 5 * MINUTE
APP_TOKEN = "xapp-"  # noqa: S105 - how one begins


class SlackKeys(Keys):
    """How Slack is reached."""

    token: Secret = Field(description="The bot token, as `{env: NAME}` or `{file: PATH}`")
    app_token: Secret | None = Field(
        default=None,
        description="The app-level token (`xapp-…`), by which clicks and reactions reach slamon; without it, messages "
        "have no buttons",
    )
    api_url: Address = Field(
        default="https://slack.com/api/", description="Where Slack's API is; other than the default only for tests"
    )
    fallback: str | None = Field(
        default=None,
        min_length=1,
        description="The audience that hears what Slack does not take elsewhere, such as in an archived channel",
    )
    unusable_after: Span = Field(
        default=UNUSABLE_AFTER,
        description="Without a good answer for so long, Slack counts as unusable, and the second route opens",
    )


@dataclass(frozen=True, slots=True)
class SlackConfig:
    """How Slack is reached."""

    token: Secret
    api_url: str
    fallback: str | None = None
    """The audience that hears what is not taken elsewhere."""
    unusable_after: Millis = UNUSABLE_AFTER
    app_token: Secret | None = None
    """By which clicks and reactions come."""


def read_slack(reader: Reader, said: Any) -> SlackConfig | None:  # noqa: ANN401 - as it stands in the file
    """What stands there; `None` where nothing does, or nothing that is whole."""
    keys = None if said is None else reader.read(SlackKeys, ("notify", "slack"))
    if keys is None:
        return None
    _check_app_token(reader, keys.app_token)
    return SlackConfig(keys.token, keys.api_url, keys.fallback, keys.unusable_after, keys.app_token)


def _check_app_token(reader: Reader, token: Secret | None) -> None:
    # An empty one was left where it is, for a command that only reads.
    if token is not None and token.get() and not token.get().startswith(APP_TOKEN):
        hint = "it begins with xapp-; Slack makes one under Basic Information, App-Level Tokens"
        reader.blame(("notify", "slack", "app_token"), "this is no app-level token", hint)


def check_fallback(reader: Reader, slack: SlackConfig | None, audiences: Collection[str]) -> None:
    """The fallback is one of the audiences."""
    if slack and slack.fallback is not None and slack.fallback not in audiences:
        hint = did_you_mean(slack.fallback, audiences)
        reader.blame(("notify", "slack", "fallback"), f"there is no audience `{slack.fallback[:60]}`", hint)


KEYS: tuple[tuple[str, type[Keys]], ...] = (("notify.slack", SlackKeys),)
