"""The web.yml in force: read again when it, or a file that it names, changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from slamon.errors import FaultsError
from slamon.webfile import read_web

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from slamon.webfile import WebFile, WebReading

log = structlog.get_logger(__name__)


class Standing:
    """Asked at each connection and each request, which costs a look at the dates of four files."""

    def __init__(self, path: Path) -> None:
        """:raises FaultsError: the file has faults."""
        self._path = path
        self._files: tuple[Path, ...] = (path,)
        self._seen: tuple[object, ...] = ()
        self.bar: Callable[[WebFile], str] = lambda _: ""
        """Why what was read must not be taken up, though it has no fault; empty: it may."""
        reading = self._read()
        if reading.faults:
            raise FaultsError(list(reading.faults))
        self._web = reading.web

    def now(self) -> WebFile:
        """What is in force; what has faults is told once in the log, and changes nothing."""
        if self._look() != self._seen:
            reading = self._read()
            why = [str(fault) for fault in reading.faults] or [why for why in [self.bar(reading.web)] if why]
            if why:
                log.error("web_file_refused", faults=why)
            else:
                self._web = reading.web
                log.info("web_file_loaded", path=str(self._path))
        return self._web

    def _read(self) -> WebReading:
        # The dates first: whatever changes while it is read is seen the next time.
        before = self._look()
        reading = read_web(self._path)
        seen_all = reading.files == self._files
        self._files = reading.files
        self._seen = before if seen_all else self._look()
        return reading

    def _look(self) -> tuple[object, ...]:
        return tuple(_state(path) for path in self._files)


def _state(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
