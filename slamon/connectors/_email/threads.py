"""Which thread a mail belongs to: the furthest mail above it that any header names.

Threads cannot be merged later, so their id must come out the same whichever mail is read first. `References` begins
with the first mail of all, so that decides. Of a mail that names only the one it answers, nobody knows whether that
is the first: it is asked for further up, in what was read since the start, and else on the server.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from slamon.connectors._threads import Chains

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from slamon.connectors._email.headers import Header

KNOWN_CAP = 20_000
"""Mails of which it is remembered what stands above them."""


@dataclass(frozen=True, slots=True)
class Links:
    """What a mail names: itself, and the mails above it, the first one first."""

    own: str
    above: Sequence[str] = ()
    parent: str | None = None

    @classmethod
    def of(cls, header: Header) -> Links:
        """From the ids in its header."""
        own = header.message_id()
        answered = [each for each in header.ids("in-reply-to") if each != own]
        above = [each for each in header.ids("references") if each != own]
        parent = next((each for each in reversed(above) if each in answered), None)
        parent = parent or next(iter(answered), None) or next(reversed(above), None)
        return cls(own, above or answered[:1], parent)


class Threads:
    """Remembers what stands above what."""

    def __init__(self) -> None:
        self._above: dict[str, str | None] = {}
        self._lock = Lock()

    def learn(self, links: Links) -> None:
        """Note a mail, in whichever order it comes."""
        first = links.above[0] if links.above else None
        self._note(links.own, first)
        for each in links.above[1:]:
            self._note(each, first)

    def of(self, links: Links, look_up: Callable[[str], Links | None]) -> str:
        """The thread's id. `look_up` asks the server for the mail of an id; it is asked as little as possible."""
        self.learn(links)

        def above(ident: str) -> str | None:
            if ident in self._above:
                return self._above[ident]
            found = look_up(ident) if len(links.above) == 1 else None
            if found is not None:
                self.learn(found)
            return self._above.get(ident)

        return Chains(above).furthest(links.own)

    def _note(self, ident: str, above: str | None) -> None:
        with self._lock:
            if ident != above and ident not in self._above:
                while len(self._above) >= KNOWN_CAP:
                    del self._above[next(iter(self._above))]
                self._above[ident] = above
