"""The platforms: one file each, found by module name. `base`, `http`, `paging` and `tokens` serve them all."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import ModuleType

    from slamon.connectors.base import Connector

SHARED = frozenset({"base", "http", "paging", "tokens"})
"""Modules here that are no platform, beside those whose name begins with an underscore."""


@cache
def found() -> Mapping[str, type[Connector]]:
    """Every connector by its platform's name, in alphabetical order; each is imported when it is asked for.

    Asking raises `TypeError` where a module here does not define exactly one connector named after it.
    """
    names = sorted(module.name for module in iter_modules(__path__))
    return _Found(name for name in names if name not in SHARED and not name.startswith("_"))


class _Found(Mapping[str, "type[Connector]"]):
    """Loads no platform that nobody watches: all of them together take a fifth of a second."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = tuple(names)

    def __getitem__(self, name: str) -> type[Connector]:
        if name not in self._names:
            raise KeyError(name)
        return _connector(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


@cache
def _connector(name: str) -> type[Connector]:
    module = import_module(f"{__name__}.{name}")
    own: list[type[Connector]] = [value for value in vars(module).values() if _is_own(value, module)]
    if len(own) != 1 or own[0].platform != name:
        raise TypeError(f"{module.__name__} must define exactly one connector, with platform = {name!r}")
    return own[0]


def _is_own(value: object, module: ModuleType) -> bool:
    from slamon.connectors.base import Connector  # noqa: PLC0415 - importing one connector needs no list of all

    return isinstance(value, type) and issubclass(value, Connector) and value.__module__ == module.__name__
