"""From a page as X sends it to the commit: new and known posts a second, on one core.

The page goes through the X connector's own reading and the store's own transaction. The baseline is written by hand:
the same JSON, the same three rows a post in the same tables, one transaction a page, and nothing understood or decided.
Both take turns, page by page.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
from contextlib import contextmanager
from statistics import median
from typing import TYPE_CHECKING, Any

from bench import pages
from bench.report import Figure
from slamon.app import wall_clock
from slamon.connectors import _answers
from slamon.connectors._x import answers, posts
from slamon.sla.fold import FoldSettings
from slamon.store.save import Batch
from slamon.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from slamon.model import Message

PAGES = 250
WARM = 50
"""Pages before the clock counts."""
OURS = frozenset({pages.ACCOUNT})

_CONVERSATION = "INSERT INTO conversation (id, channel, thread, customer) VALUES (?, 1, ?, ?)"
_MESSAGE = (
    "INSERT INTO message (channel, id, thread, author, handle, name, followers, verified, side, kind, text, mentions, "
    "carried, language, permalink, flags, created_at, wait) "
    "VALUES (1, ?, ?, ?, ?, ?, ?, '', 'other', 'mention', ?, '900', '', ?, '', 0, 0, ?)"
)
_WAIT = (
    "INSERT INTO wait (id, conversation, channel, number, turn, episode, state, started_at, last_message_at, partial, "
    "next_at, revision) VALUES (?, ?, 1, 1, 1, 1, 'open', 0, 0, 0, 0, 0)"
)


def mapped(body: bytes) -> list[Message]:
    """The page's posts as messages, by the X connector's own steps."""
    answer = _answers.Answer(_answers.decoded("mentions", body), {}, 200, None)
    page = answers.listing("mentions", answer)
    good, bad = posts.messages(page.posts, posts.around(page.document, OURS))
    assert not bad, bad[0].reason
    return good


def run(folder: Path) -> Iterator[Figure]:
    with _one_core():
        store, hand = Store(f"sqlite:///{folder / 'ingest.db'}"), _ByHand(folder / "hand.db")
        channel = store.register("bench", "x").id
        settings = FoldSettings(ours=OURS)

        def slamon(body: bytes) -> None:
            store.save(Batch(channel, mapped(body)), settings, wall_clock())

        new = _in_turns(slamon, hand.new)
        known = _in_turns(slamon, hand.known)
        decode = _each(json.loads)
        mapping = _each(mapped)
        store.close()
    yield from _figures("new", new, "25,000", at_most=6)
    yield from _figures("known", known, "150,000", at_most=6)
    yield Figure("of it: json.loads of a post", median(decode) / pages.SIZE * 1e6, "µs")
    yield Figure("of it: read as messages, decoding included", median(mapping) / pages.SIZE * 1e6, "µs")
    yield Figure("new post over json.loads of it", median(new[0]) / median(decode), "x")
    yield Figure("known post over json.loads of it", median(known[0]) / median(decode), "x")


def _figures(name: str, took: Sequence[list[float]], yardstick: str, at_most: float) -> Iterator[Figure]:
    ours, by_hand = took
    yield Figure(f"{name} posts, page to commit", pages.SIZE / median(ours), "/s", yardstick)
    yield Figure(f"{name} posts by hand", pages.SIZE / median(by_hand), "/s")
    yield Figure(f"{name}: slamon over by hand", median(ours) / median(by_hand), "x", at_most=at_most)


def _in_turns(*ways: Callable[[bytes], object]) -> list[list[float]]:
    took: list[list[float]] = [[] for _ in ways]
    for body in _bodies():
        for way, mine in zip(ways, took, strict=True):
            began = time.perf_counter()
            way(body)
            mine.append(time.perf_counter() - began)
    return [mine[WARM:] for mine in took]


def _each(way: Callable[[bytes], object]) -> list[float]:
    return _in_turns(way)[0]


def _bodies() -> Iterator[bytes]:
    return (pages.page(number, 1_795_000_000_000 + 100 * number) for number in range(PAGES))


class _ByHand:
    """What the least code would do, over the same tables."""

    def __init__(self, path: Path) -> None:
        Store(f"sqlite:///{path}").close()
        self.raw = sqlite3.connect(path, isolation_level=None)
        self.raw.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL")
        self.number = 0

    def new(self, body: bytes) -> None:
        document = json.loads(body)
        users = {user["id"]: user for user in document["includes"]["users"]}
        first = self.number + 1
        posts: list[tuple[int, Any]] = list(enumerate(document["data"], first))
        self.number += len(posts)
        self.raw.execute("BEGIN IMMEDIATE")
        self.raw.executemany(_CONVERSATION, [(n, p["conversation_id"], p["author_id"]) for n, p in posts])
        self.raw.executemany(_MESSAGE, [_row(n, p, users[p["author_id"]]) for n, p in posts])
        self.raw.executemany(_WAIT, [(n, n) for n, _ in posts])
        self.raw.execute("COMMIT")

    def known(self, body: bytes) -> None:
        texts = {post["id"]: post["text"] for post in json.loads(body)["data"]}
        marks = ", ".join("?" * len(texts))
        self.raw.execute("BEGIN IMMEDIATE")
        found = self.raw.execute(f"SELECT id, text FROM message WHERE channel = 1 AND id IN ({marks})", list(texts))
        assert all(texts[id_] == text for id_, text in found)
        self.raw.execute("COMMIT")


def _row(number: int, post: dict[str, Any], user: dict[str, Any]) -> tuple[Any, ...]:
    followers = user["public_metrics"]["followers_count"]
    about = (user["id"], user["username"], user["name"], followers)
    return post["id"], post["conversation_id"], *about, post["text"], post["lang"], number


@contextmanager
def _one_core() -> Iterator[None]:
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)
