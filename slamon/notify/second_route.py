"""`notify.second_route`: how people are told while Slack cannot be used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from slamon.shape import Keys

if TYPE_CHECKING:
    from slamon.shape import Reader


class SecondRouteKeys(Keys):
    """How people are told while slack cannot be used."""


@dataclass(frozen=True, slots=True)
class SecondRouteConfig:
    """How people are told while slack cannot be used."""


def read_second_route(reader: Reader, said: Any) -> SecondRouteConfig:  # noqa: ANN401 - as it stands in the file
    """What stands there, and defaults where nothing does."""
    if said is not None:
        reader.read(SecondRouteKeys, ("notify", "second_route"))
    return SecondRouteConfig()


KEYS: tuple[tuple[str, type[Keys]], ...] = (("notify.second_route", SecondRouteKeys),)
