"""`notify.digests`: when many alerts become one message, and which digests come by the clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import Field

from slamon.fields import Span  # noqa: TC001 - pydantic evaluates annotations
from slamon.model import MINUTE, Millis
from slamon.notify import timed
from slamon.notify.timed import BlindConfig, DailyConfig, Opening, OpeningChoice, read_blind, read_daily
from slamon.shape import Keys

if TYPE_CHECKING:
    from collections.abc import Collection

    from slamon.shape import Reader

WHERE = ("notify", "digests")
OFF = "off"
MORE_THAN = 20
MOST = 200
WITHIN = 5 * MINUTE
CATCH_UP_AFTER = 5 * MINUTE


class StormKeys(Keys):
    """How many alerts are a storm."""

    more_than: int = Field(
        default=MORE_THAN, ge=1, le=MOST, description="So many alerts for one audience are still told one by one"
    )
    within: Span = Field(
        default=WITHIN, description="The window in which they are counted; a storm ends when it brought nothing new"
    )


class DigestsKeys(Keys):
    """When many alerts become one message, and which digests come by the clock."""

    storm: Any = Field(
        default=None, description="When many alerts at once become one living message; `off`: each is told by itself"
    )
    catch_up_after: Span = Field(
        default=CATCH_UP_AFTER,
        description="What could not be told for so long counts as found late: it comes as one digest",
    )
    opening: OpeningChoice = Field(
        default=Opening.YES.value,
        description="A digest when a calendar opens or a shift begins: `yes`, `no`, or `always`, even if nobody waits",
    )
    daily: Any = Field(default=None, description="Yesterday's figures by channel, by the clock, a list")
    blind: Any = Field(default=None, description="Who hears that a channel cannot be read, and how often")


@dataclass(frozen=True, slots=True)
class StormConfig:
    """How many alerts are a storm."""

    more_than: int = MORE_THAN
    within: Millis = WITHIN


@dataclass(frozen=True, slots=True)
class DigestsConfig:
    """When many alerts become one message, and which digests come by the clock."""

    storm: StormConfig | None = field(default_factory=StormConfig)
    """`None`: each alert is told by itself."""
    catch_up_after: Millis = CATCH_UP_AFTER
    opening: str = Opening.YES.value
    daily: tuple[DailyConfig, ...] = ()
    blind: BlindConfig = field(default_factory=BlindConfig)


def read_digests(
    reader: Reader,
    said: Any,  # noqa: ANN401 - as it stands in the file
    audiences: Collection[str] = (),
    timezone: str = "UTC",
) -> DigestsConfig:
    """What stands there, and defaults where nothing does; `audiences` are their names."""
    keys = None if said is None else reader.read(DigestsKeys, WHERE)
    if keys is None:
        return DigestsConfig()
    return DigestsConfig(
        _storm(reader, keys.storm),
        keys.catch_up_after,
        keys.opening,
        read_daily(reader, keys.daily, audiences, timezone),
        read_blind(reader, keys.blind, audiences),
    )


def _storm(reader: Reader, said: Any) -> StormConfig | None:  # noqa: ANN401 - as it stands in the file
    if said == OFF:
        return None
    if said is not None and not isinstance(said, dict):
        reader.blame((*WHERE, "storm"), "`storm` should be a mapping of keys to values", "or `off`")
        return StormConfig()
    keys = None if said is None else reader.read(StormKeys, (*WHERE, "storm"))
    return StormConfig(keys.more_than, keys.within) if keys else StormConfig()


KEYS: tuple[tuple[str, type[Keys]], ...] = (
    ("notify.digests", DigestsKeys),
    ("notify.digests.storm", StormKeys),
    *timed.KEYS,
)
