"""Whether anything in the folder of rules changed, and has come to rest."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    Print: TypeAlias = tuple[object, ...]

MOST = 5_000
"""Files looked at."""
DEEPEST = 8
"""Folders below each other."""
APART = "tests"
"""Beside the rules, no part of them."""


class Watch:
    """Looks at a folder now and then. What changed counts once two looks see the same: half-written files rest."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._before: Print | None = None
        self._taken: Print | None = None

    def took(self) -> None:
        """Whatever stands there now is being read: it is no news."""
        self._taken = fingerprint(self._folder)

    def forget(self) -> None:
        """What stands there could not be dealt with: it is news."""
        self._taken = None

    def changed(self) -> bool:
        """One look; whether something else stands there than what was taken, since the last look."""
        seen = fingerprint(self._folder)
        rests, self._before = seen == self._before, seen
        return rests and seen != self._taken


def fingerprint(folder: Path) -> Print:
    """Names, sizes and times of all files that may belong to the rules."""
    found: list[tuple[object, ...]] = []
    for entry in _files(str(folder), 0):
        try:
            facts = entry.stat()
        except OSError:  # gone again, or a link that leads nowhere
            found.append((entry.path,))
            continue
        found.append((entry.path, facts.st_size, facts.st_mtime_ns, facts.st_ino))
        if len(found) == MOST:
            break
    return tuple(found)


def _files(folder: str, depth: int) -> Iterator[os.DirEntry[str]]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if entry.name.startswith(".") or (not depth and entry.name == APART):
            continue
        if entry.is_dir(follow_symlinks=False):
            if depth < DEEPEST:
                yield from _files(entry.path, depth + 1)
        elif entry.is_file() or entry.is_symlink():
            yield entry
