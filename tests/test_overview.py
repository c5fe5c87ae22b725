"""The open queue at a glance: counts by status, and channels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert

from slamon.model import OPEN_STATUSES, Status, Target
from slamon.store import overview
from slamon.store.schema import channel, tally, timer

if TYPE_CHECKING:
    from slamon.store.store import Store


class TestCounts:
    def test_a_wait_with_two_targets_of_a_status_is_one(self, store: Store) -> None:
        with store.write() as tx:
            tx.execute(insert(channel), [{"id": n, "name": name, "platform": "x"} for n, name in ((1, "a"), (2, "b"))])
            rows = [
                (1, 1, "first_response", "on_track"),
                (1, 1, "acknowledgement", "on_track"),
                (2, 2, "first_response", "breached"),
            ]
            for wait, of, target, status in rows:
                tx.execute(insert(timer), _timer(wait, of, target, status))
                tx.execute(
                    insert(tally), {"channel": of, "policy": "p", "target": target, "name": f"open:{status}", "n": 1}
                )
        with store.read() as tx:
            assert overview.counts(tx) == dict.fromkeys(OPEN_STATUSES, 0) | {Status.ON_TRACK: 1, Status.BREACHED: 1}
            assert overview.counts(tx, ["b"])[Status.ON_TRACK] == 0
            assert overview.counts(tx, ["a"], ["q"])[Status.ON_TRACK] == 0
            assert [one.name for one in overview.channels(tx)] == ["a", "b"]


def _timer(wait: int, of: int, target: str, status: str) -> dict[str, object]:
    known = {"policy": "p", "started_at": 0, "due_at": 1, "length": 1, "stage": "", "told": 0, "episode": 1}
    return known | {
        "wait": wait,
        "channel": of,
        "target": Target(target).value,
        "status": status,
        "history": False,
        "counted": True,
    }
