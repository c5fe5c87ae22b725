"""`notify.people`: who may acknowledge, snooze and dismiss, and from where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from slamon.shape import Keys

if TYPE_CHECKING:
    from slamon.shape import Reader


class PeopleKeys(Keys):
    """Who may acknowledge, snooze and dismiss, and from where."""


@dataclass(frozen=True, slots=True)
class PeopleConfig:
    """Who may acknowledge, snooze and dismiss, and from where."""


def read_people(reader: Reader, said: Any) -> PeopleConfig:  # noqa: ANN401 - as it stands in the file
    """What stands there, and defaults where nothing does."""
    if said is not None:
        reader.read(PeopleKeys, ("notify", "people"))
    return PeopleConfig()


KEYS: tuple[tuple[str, type[Keys]], ...] = (("notify.people", PeopleKeys),)
