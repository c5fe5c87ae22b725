"""`notify` in config.yaml: who is told, and how. A file for each mapping below it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import Field

from slamon.fields import ZoneName  # noqa: TC001 - pydantic evaluates annotations
from slamon.notify import audiences, digests, people, second_route, slack
from slamon.notify.audiences import Audience, read_audiences
from slamon.notify.digests import DigestsConfig, read_digests
from slamon.notify.people import PeopleConfig, read_people
from slamon.notify.second_route import SecondRouteConfig, read_second_route
from slamon.notify.slack import SlackConfig, check_fallback, read_slack
from slamon.shape import Keys

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slamon.shape import Reader

__all__ = ["KEYS", "Audience", "NotifyConfig", "NotifyKeys", "SlackConfig", "read_notify"]


class NotifyKeys(Keys):
    """Who is told, and how."""

    timezone: ZoneName = Field(default="UTC", description="The zone in which messages say times")
    slack: Any = Field(default=None, description="How Slack is reached")
    audiences: dict[str, Any] = Field(default={}, description="Names for those who are told; rules refer to them")
    digests: Any = Field(default=None, description="When many alerts become one message")
    people: Any = Field(default=None, description="Who may acknowledge, snooze and dismiss")
    second_route: Any = Field(default=None, description="How people are told while Slack cannot be used")


@dataclass(frozen=True, slots=True)
class NotifyConfig:
    """Who is told, and how."""

    timezone: str = "UTC"
    slack: SlackConfig | None = None
    audiences: Mapping[str, Audience] = field(default_factory=dict)
    digests: DigestsConfig = field(default_factory=DigestsConfig)
    people: PeopleConfig = field(default_factory=PeopleConfig)
    second_route: SecondRouteConfig = field(default_factory=SecondRouteConfig)


def read_notify(reader: Reader) -> NotifyConfig:
    """What stands under `notify`, with every fault told to `reader`."""
    keys = reader.read(NotifyKeys, ("notify",))
    if keys is None:
        return NotifyConfig()
    check_fallback(reader, slack_config := read_slack(reader, keys.slack), keys.audiences)
    return NotifyConfig(
        keys.timezone,
        slack_config,
        read_audiences(reader, keys.audiences, keys.timezone, slack=keys.slack is not None),
        read_digests(reader, keys.digests, keys.audiences, keys.timezone),
        read_people(reader, keys.people),
        read_second_route(reader, keys.second_route, slack=keys.slack is not None),
    )


KEYS: tuple[tuple[str, type[Keys]], ...] = (
    ("notify", NotifyKeys),
    *slack.KEYS,
    *audiences.KEYS,
    *digests.KEYS,
    *people.KEYS,
    *second_route.KEYS,
)
"""Where each model stands, for the table in the manual."""
