"""What the composition root alone can get wrong: who hears of what."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from admin import write
from slamon.app import App, Clocks
from slamon.errors import StoreError
from slamon.loading import load
from slamon.model import HOUR, SECOND
from slamon.sim.x import PretendX
from x_client import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONFIG = """\
channels:
  - name: acme-x
    connector: x
    account: acme
    base_url: {x}
    credentials: {{bearer_token: {{file: token}}}}
"""


@pytest.fixture
def ours() -> Clock:
    """Our clock."""
    return Clock()


@pytest.fixture
def x(ours: Clock) -> Iterator[PretendX]:
    """An X whose clock is an hour ahead of ours."""
    with PretendX(lambda: ours.now + HOUR) as started:
        yield started


@pytest.fixture
def app(x: PretendX, ours: Clock, tmp_path: Path) -> Iterator[App]:
    write(tmp_path, {"config.yaml": CONFIG.format(x=x.url), "token": x.token})
    made = App(*load(tmp_path / "config.yaml"), Clocks(ours, lambda: ours.now / SECOND))
    yield made
    made.stop()


def test_a_message_is_not_from_the_future_because_our_clock_is_slow(app: App, x: PretendX, ours: Clock) -> None:
    post = x.customer_posts("ann", "@acme hello")
    app.once()
    with app.store.read() as tx:
        created = tx.exec_driver_sql("SELECT id, created_at FROM message").all()
    assert [tuple(row) for row in created] == [(post, ours.now + HOUR)]


def test_what_still_runs_after_the_stop_writes_nothing_more(app: App) -> None:
    app.stop()
    with pytest.raises(StoreError, match="the database is closed"):
        app.store.register("late", "x")
