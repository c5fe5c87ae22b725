"""Replies of one channel that say the same, word for word, in several threads: macros, or a machine."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from threading import Lock
from typing import TYPE_CHECKING

import regex

from slamon.model import Mark, Role
from slamon.sla.marking import wrote_for_us
from slamon.sla.texts import matchable

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from slamon.model import Message

REMEMBERED = 500
"""Replies a channel."""
COMPARED = 200
"""Characters of each: comparing takes time by the square of their number."""
ALIKE = 95.0
"""Percent: a name in the greeting or other initials at the end make no other text."""
_PASSING = regex.compile(r"@[\w.\-]++|https?://\S++")
_GAPS = regex.compile(r"\s++")


@dataclass(frozen=True, slots=True)
class _Reply:
    text: str
    thread: str
    repeated: bool


class Repeats:
    """The last replies of one channel. It lives in memory: after a restart it has to see them again.

    Polls and rechecks may use it side by side. It needs the package rapidfuzz (`slamon[text]`).
    """

    def __init__(self) -> None:
        """Raises ImportError where the package is missing, which `rules.replies` has refused before."""
        from rapidfuzz import fuzz, process  # noqa: PLC0415 - only channels whose rules ask for it need the package

        self._ratio = fuzz.ratio
        self._extract = process.extract
        self._replies: OrderedDict[str, _Reply] = OrderedDict()
        """By id, oldest first."""
        self._lock = Lock()

    def __len__(self) -> int:
        """How many replies are remembered."""
        return len(self._replies)

    def marked(self, messages: Sequence[Message], times: int, ours: Collection[str] = ()) -> Sequence[Message]:
        """The messages, in their order; `Mark.REPEATED` on each reply whose text now stands in `times` threads.

        A message that is seen again keeps its first verdict while it is remembered, unless its text was edited.
        """
        return [self._marked(message, times) if _compares(message, ours) else message for message in messages]

    def _marked(self, message: Message, times: int) -> Message:
        text = _essence(message.text)
        if not text:
            return message
        with self._lock:
            known = self._replies.get(message.id)
            if known is None or known.text != text:
                known = _Reply(text, message.thread, self._threads(text, message.thread) >= times)
                self._replies[message.id] = known
                if len(self._replies) > REMEMBERED:
                    self._replies.popitem(last=False)
        return replace(message, marks=message.marks | {Mark.REPEATED}) if known.repeated else message

    def _threads(self, text: str, thread: str) -> int:
        """In how many threads the text stands, this one included."""
        texts = {id_: reply.text for id_, reply in self._replies.items()}
        alike = self._extract(text, texts, scorer=self._ratio, score_cutoff=ALIKE, limit=None)
        return len({thread, *(self._replies[id_].thread for _, _, id_ in alike)})


def _compares(message: Message, ours: Collection[str]) -> bool:
    """What is known to be automatic is no suspect, and nobody's measure."""
    automatic = message.automated or message.role is Role.AUTOMATION or Mark.AUTOMATION in message.marks
    return not automatic and wrote_for_us(message, ours)


def _essence(text: str) -> str:
    """What is compared: no names, no links, no case, single spaces."""
    return _GAPS.sub(" ", _PASSING.sub("", matchable(text[: 4 * COMPARED]))).strip().casefold()[:COMPARED]
