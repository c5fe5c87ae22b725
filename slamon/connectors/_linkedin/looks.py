"""One thread on LinkedIn, looked at again: how it stands, and what of it is gone, or out of sight."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from slamon.connectors._linkedin.comments import Place
from slamon.connectors._linkedin.messages import mention
from slamon.connectors._linkedin.reads import PostReader, Sought
from slamon.connectors._linkedin.rights import Rights
from slamon.connectors._linkedin.urns import can_be_read, number
from slamon.connectors._linkedin.values import ODD, reject
from slamon.connectors.base import Page
from slamon.errors import PlatformError, Verdict
from slamon.model import Gone

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from slamon.connectors._linkedin.calls import Calls
    from slamon.connectors._linkedin.messages import Voices
    from slamon.connectors._linkedin.settings import LinkedInSettings
    from slamon.connectors.base import Context, OpenThread
    from slamon.model import Instant


@dataclass(slots=True)
class Waiting:
    """What waits in one thread."""

    messages: set[str] = field(default_factory=set)
    since: Instant = 0


def waiting(threads: Iterable[OpenThread]) -> dict[str, Waiting]:
    """By thread, most urgent first: several customers may wait under one post."""
    found: dict[str, Waiting] = {}
    for each in threads:
        here = found.setdefault(each.thread, Waiting(since=each.since))
        here.messages.update(each.messages)
        here.since = min(here.since, each.since)
    return found


def is_foreign(thread: str, waits: Waiting, mentions: Collection[str]) -> bool:
    """Whether the thread hangs on somebody else's post: a known one of `mentions`, or the post itself waits."""
    return thread in mentions or number(thread) in waits.messages


class Looks:
    """Looks at single threads, with one question after rights for all of them."""

    def __init__(self, calls: Calls, settings: LinkedInSettings, voices: Voices, context: Context) -> None:
        self.calls = calls
        self.settings = settings
        self.voices = voices
        self.context = context
        self.rights = Rights(calls, settings)
        self.posts = PostReader(calls, voices)

    def again(self, threads: Sequence[OpenThread], mentions: Collection[str]) -> Iterator[Page]:
        """A page for each thread in which somebody waits, and a last one that completes the look."""
        for thread, waits in waiting(threads).items():
            page = self.look(thread, waits.messages, foreign=is_foreign(thread, waits, mentions))
            kept = [said for said in page.messages if said.id in waits.messages or said.created_at >= waits.since]
            yield Page(kept, page.gone, page.partial, page.rejects)
        yield Page(complete=True)

    def look(self, thread: str, wanted: set[str], *, foreign: bool) -> Page:
        """One thread as it stands: everything in it, and which of `wanted` is gone or out of sight.

        `foreign`: it is a post of somebody else, whose comments LinkedIn may not show at all.
        """
        root = number(thread)
        before = self._mentioning_post(thread) if foreign and root in wanted else Page()
        try:
            read = self.posts.read(Place(thread, ours=not foreign), Sought(wanted - {root}))
        except PlatformError as error:
            return self._unread(thread, wanted, error, foreign=foreign)
        missing = self._gone(read.missing) if read.missing and self.rights.stand() else []
        cut = read.cut or len(missing) < len(read.missing)
        return Page(
            messages=[*before.messages, *read.messages],
            gone=[*before.gone, *missing],
            partial=(thread,) if cut else (),
            rejects=[*before.rejects, *read.rejects],
        )

    def told(self, thread: str) -> dict[str, Any] | None:
        """A post that mentions the page, as LinkedIn shows it now; `None` where a page may not read it.

        :raises PlatformError: it cannot be read for another reason; `NOT_FOUND`: it is gone.
        """
        if not can_be_read(thread):
            return None
        try:
            return self.calls.post(thread)
        except PlatformError as error:
            if error.verdict is not Verdict.PERMISSION:
                raise
            return None

    def _unread(self, thread: str, wanted: set[str], error: PlatformError, *, foreign: bool) -> Page:
        """What a refusal of a post's comments means: all gone, or out of sight, or nothing that can be told."""
        if error.verdict is Verdict.NOT_FOUND:
            gone = self.rights.stand()
            return Page(gone=self._gone({number(thread), *wanted})) if gone else Page(partial=(thread,))
        if foreign and error.verdict is Verdict.PERMISSION and self.rights.stand():
            return Page(partial=(thread,))
        raise error

    def _mentioning_post(self, thread: str) -> Page:
        try:
            element = self.told(thread)
            return Page([mention(element, thread, (), self.voices)] if element else ())
        except PlatformError as error:
            if error.verdict is not Verdict.NOT_FOUND:
                raise
            return Page(gone=self._gone({number(thread)}) if self.rights.stand() else ())
        except ODD as error:
            return Page(rejects=[reject({"id": thread}, error)])

    def _gone(self, ids: Iterable[str]) -> list[Gone]:
        now = self.context.now()
        return [Gone(each, now) for each in sorted(ids)]
