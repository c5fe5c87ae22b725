"""What all channels of a process share, and what is dropped of them; the daemon's own look at its loops."""

from __future__ import annotations

import gc
import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from sqlalchemy import select

from slamon.app import App, Clocks
from slamon.cli.run import Look
from slamon.loading import load
from slamon.model import DAY, HOUR, MINUTE
from slamon.scheduler import MOST_POLLS_AT_ONCE, POLLS_AT_ONCE, Scheduler, Work
from slamon.store.schema import message
from x_client import NOON

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

QUESTION = {"id": "1", "role": "customer", "author": "ann", "created_at": "2026-11-22T11:00:00+00:00", "text": "hello?"}
"""An hour before the noon at which tests begin."""


class World:
    def __init__(self, folder: Path) -> None:
        self.now = NOON
        self.folder = folder

    def app(self, **keys: Any) -> App:
        (self.folder / "messages.jsonl").write_text(json.dumps(QUESTION) + "\n", encoding="utf-8")
        channel = {"name": "acme", "connector": "archive", "account": "acme", "path": "messages.jsonl", **keys}
        (self.folder / "config.yaml").write_text(json.dumps({"channels": [channel]}), encoding="utf-8")
        return App(*load(self.folder / "config.yaml"), Clocks(lambda: self.now, lambda: self.now / 1_000))


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def kept(app: App) -> str:
    with app.store.read() as tx:
        return str(tx.execute(select(message.c.text)).scalar_one())


class TestRetention:
    @pytest.mark.parametrize(("later", "text"), [(2 * HOUR, "hello?"), (23 * HOUR - 10 * MINUTE + 1, "")])
    def test_words_go_before_they_were_kept_for_too_long(self, world: World, later: int, text: str) -> None:
        app = world.app(keep_texts="24h")
        app.once()
        world.now += later
        app.channels.retain()
        assert kept(app) == text
        app.stop()

    def test_without_a_time_they_stay(self, world: World) -> None:
        app = world.app()
        app.once()
        world.now += 1_000 * DAY
        app.channels.retain()
        assert kept(app) == "hello?"
        app.stop()


class TestPolls:
    def pool(self, every: int, channels: int) -> int:
        poller = SimpleNamespace(connector=SimpleNamespace(platform="x"))
        pollers = cast("Any", {str(n): (poller, every) for n in range(channels)})
        work = Work(pollers, {}, lambda: None, None, lambda: 0)
        scheduler = Scheduler(work, lambda: NOON, lambda: 0.0, lambda _event: None)
        return scheduler._at_once("x")

    def test_few_channels_have_a_small_pool_and_many_a_large_one(self) -> None:
        assert self.pool(MINUTE, 10) == POLLS_AT_ONCE
        assert POLLS_AT_ONCE < self.pool(MINUTE, 3_000) < MOST_POLLS_AT_ONCE
        assert self.pool(MINUTE, 10_000) == MOST_POLLS_AT_ONCE


class TestLook:
    @pytest.fixture(autouse=True)
    def _thawed(self) -> Iterator[None]:
        yield
        gc.unfreeze()

    def test_what_is_there_after_the_first_round_is_kept_out_of_collections_once(self) -> None:
        read: list[str] = []
        app = SimpleNamespace(tried=lambda: bool(read), scheduler=SimpleNamespace(silent=lambda: "sweep"))
        look, before = Look(cast("App", app)), gc.get_freeze_count()
        assert (look(), gc.get_freeze_count()) == ("sweep", before)
        read.append("acme-x")
        look()
        frozen = gc.get_freeze_count()
        more = [[n] for n in range(1_000)]
        look()
        assert len(more) == 1_000
        assert before < frozen == gc.get_freeze_count()


def test_channels_of_a_process_share_their_connections(world: World) -> None:
    app = world.app()
    contexts = [poller.connector.context for poller in app.pollers.values()]
    assert all(context.sessions is app.channels._sessions for context in contexts)
    app.stop()
