"""The part of a poll that goes by the page's notifications: new, edited and deleted comments, and mentions."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from slamon.connectors._linkedin.comments import Place
from slamon.connectors._linkedin.cursor import OVERLAP
from slamon.connectors._linkedin.looks import Waiting
from slamon.connectors._linkedin.messages import mention, own_post
from slamon.connectors._linkedin.notes import DELETED, MENTIONED, WRITTEN, note
from slamon.connectors._linkedin.reads import Sought
from slamon.connectors._linkedin.urns import number
from slamon.connectors._linkedin.values import ODD, reject
from slamon.connectors.base import Page
from slamon.errors import PlatformError, Verdict
from slamon.model import DAY, Gone

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from slamon.connectors._linkedin.notes import Note
    from slamon.connectors._linkedin.round import Round
    from slamon.model import Instant, Message, Millis, Reject

KEPT_FOR: Millis = 60 * DAY
"""How long LinkedIn keeps notifications."""
NOTE_PAGES = 50
"""Pages of notifications in one poll; what lies behind them is lost."""


def notified(round_: Round, actions: Sequence[str]) -> Iterator[Page]:
    """What the notifications of these kinds name."""
    since = round_.memory.since
    start = max(round_.start if since is None else since, round_.now - KEPT_FOR)
    notes, rejects = _read(round_, actions, start)
    if notes:
        # The newest one comes along next time: a list without it is not silence, whatever its status says.
        newest = max(each.at for each in notes)
        round_.memory.since = round_.floor = min(newest - 1, round_.now - OVERLAP)
    fresh = [each for each in notes if round_.memory.is_new(each.key, each.at)]
    gone = {each.comment for each in fresh if each.action == DELETED and each.comment}
    round_.forget(gone)
    now = round_.looks.context.now()
    yield Page(gone=[Gone(each, now) for each in sorted(gone)], rejects=rejects)
    yield from _mentioned(round_, [each for each in fresh if each.action == MENTIONED])
    yield from _written(round_, [each for each in fresh if each.action in WRITTEN and each.comment not in gone], start)


def _read(round_: Round, actions: Sequence[str], start: Instant) -> tuple[list[Note], list[Reject]]:
    notes: list[Note] = []
    rejects: list[Reject] = []
    shown = False
    for count, page in enumerate(round_.looks.calls.notifications(actions, start, round_.now), 1):
        shown = shown or bool(page.elements)
        _sort(page.elements, round_.now, notes, rejects)
        if count == NOTE_PAGES and page.next is not None:
            round_.gap = True
            break
    if not shown:
        round_.looks.rights.stand()
    return notes, rejects


def _sort(elements: Iterable[Any], now: Instant, notes: list[Note], rejects: list[Reject]) -> None:
    for element in elements:
        try:
            found = note(element, now)
        except ODD as error:
            rejects.append(reject(element, error))
        else:
            if found is not None:
                notes.append(found)


def _mentioned(round_: Round, notes: Sequence[Note]) -> Iterator[Page]:
    """Posts that mention the page; their comments are read after them, for they may have been answered already."""
    for each in notes:
        round_.memory.mentions[each.thread] = each.at
        round_.open.setdefault(each.thread, Waiting())
        others = tuple(number(urn) for urn in each.others)
        try:
            yield Page([mention(_post(round_, each), each.thread, others, round_.looks.voices)])
        except ODD as error:
            yield Page(rejects=[reject({"id": each.thread}, error)])


def _post(round_: Round, each: Note) -> dict[str, Any]:
    """The post as its notification tells it, or else as LinkedIn shows it; its author may remain unknown."""
    if each.post is not None:
        return each.post
    try:
        return {"publishedAt": each.at, **(round_.looks.told(each.thread) or {})}
    except PlatformError as error:
        if error.verdict is not Verdict.NOT_FOUND:
            raise
        return {"publishedAt": each.at}


def _written(round_: Round, notes: Sequence[Note], since: Instant) -> Iterator[Page]:
    """The comments themselves: notifications tell neither when they were written nor what they answer."""
    by_thread: defaultdict[str, list[Note]] = defaultdict(list)
    for each in notes:
        by_thread[each.thread].append(each)
    for thread, here in by_thread.items():
        named = {each.comment for each in here if each.comment}
        waits = round_.waits_in(thread)
        sought = Sought(named | (waits.messages - {number(thread)}), whole=bool(waits.messages))
        try:
            read = round_.looks.posts.read(Place(thread, ours=True), sought)
        except PlatformError as error:
            if error.verdict is not Verdict.NOT_FOUND:
                raise
            continue  # deleted since; who waits there is looked for before anybody is accused
        yield Page(_root(round_, thread, here))
        yield round_.page(thread, read, since, waits, named=named)


def _root(round_: Round, thread: str, notes: Sequence[Note]) -> list[Message]:
    """The page's own post, where a notification tells of it and it is not older than what is read at all."""
    voices = round_.looks.voices
    told = next((each.post for each in notes if each.post), None)
    if told is None or told["author"] not in voices.ours:
        return []
    try:
        root = own_post(told, thread, voices)
    except ODD:
        return []  # its number does not hold its time; the comments say all that is needed
    return [root] if root.created_at >= round_.start and round_.is_new(root) else []
