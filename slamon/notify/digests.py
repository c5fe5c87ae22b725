"""`notify.digests`: when many alerts become one message, and which digests come by the clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from slamon.shape import Keys

if TYPE_CHECKING:
    from slamon.shape import Reader


class DigestsKeys(Keys):
    """When many alerts become one message, and which digests come by the clock."""


@dataclass(frozen=True, slots=True)
class DigestsConfig:
    """When many alerts become one message, and which digests come by the clock."""


def read_digests(reader: Reader, said: Any) -> DigestsConfig:  # noqa: ANN401 - as it stands in the file
    """What stands there, and defaults where nothing does."""
    if said is not None:
        reader.read(DigestsKeys, ("notify", "digests"))
    return DigestsConfig()


KEYS: tuple[tuple[str, type[Keys]], ...] = (("notify.digests", DigestsKeys),)
