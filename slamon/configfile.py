"""config.yaml on disk, against the one that was read at the start."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LOOK_EVERY = 5.0
"""Seconds between two looks of `changed_lately`."""


class ConfigFile:
    """The file as it was when this was made; changes of it take a restart."""

    def __init__(self, path: Path, seconds: Callable[[], float]) -> None:
        self._path = path
        self._seconds = seconds
        self._began_as = self._digest()
        self._looked_at = seconds()
        self._changed = False

    @property
    def version(self) -> str:
        """Twelve digits that stand for its content."""
        return self._began_as[:12]

    def changed(self) -> bool:
        """Whether another content stands there now."""
        self._looked_at = self._seconds()
        self._changed = self._digest() != self._began_as
        return self._changed

    def changed_lately(self) -> bool:
        """The same, as it was some seconds ago at most: for who asks often."""
        return self._changed if self._seconds() - self._looked_at < LOOK_EVERY else self.changed()

    def _digest(self) -> str:
        """What cannot be read is as good as another content."""
        try:
            return sha256(self._path.read_bytes()).hexdigest()
        except OSError:
            return ""
