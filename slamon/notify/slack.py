"""`notify.slack`: how Slack is reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import Field

from slamon.notify.places import Address  # noqa: TC001 - pydantic evaluates annotations
from slamon.secret import Secret  # noqa: TC001 - as above
from slamon.shape import Keys

if TYPE_CHECKING:
    from slamon.shape import Reader


class SlackKeys(Keys):
    """How Slack is reached."""

    token: Secret = Field(description="The bot token, as `{env: NAME}` or `{file: PATH}`")
    api_url: Address = Field(
        default="https://slack.com/api/", description="Where Slack's API is; other than the default only for tests"
    )


@dataclass(frozen=True, slots=True)
class SlackConfig:
    """How Slack is reached."""

    token: Secret
    api_url: str


def read_slack(reader: Reader, said: Any) -> SlackConfig | None:  # noqa: ANN401 - as it stands in the file
    """What stands there; `None` where nothing does, or nothing that is whole."""
    keys = None if said is None else reader.read(SlackKeys, ("notify", "slack"))
    return SlackConfig(keys.token, keys.api_url) if keys else None


KEYS: tuple[tuple[str, type[Keys]], ...] = (("notify.slack", SlackKeys),)
