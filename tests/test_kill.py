"""`kill -9` at the worst moments: nothing is lost, and nothing is told twice."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from processes import PATIENCE, Daemon, Range, until
from slamon.dispatcher import LOOK_AGAIN, SETTLE
from slamon.model import SECOND

if TYPE_CHECKING:
    from pathlib import Path

SETTLED = (SETTLE + LOOK_AGAIN) / SECOND + PATIENCE
"""Seconds within which every send whose outcome is unknown was looked for twice and, where need be, repeated."""


def when_a_message_is_on_its_way_and_never_arrives(ground: Range, daemon: Daemon) -> None:
    ground.slack_fault(path="/api/chat.postMessage", hang=True)
    until(lambda: daemon.letters("sending"))


def when_a_message_is_on_its_way_and_arrives_later(ground: Range, daemon: Daemon) -> None:
    ground.slack_fault(path="/api/chat.postMessage", delay=3.0)
    until(lambda: daemon.letters("sending"))


def when_a_message_arrived_and_slack_did_not_say_so(ground: Range, daemon: Daemon) -> None:
    before = len(ground.messages())
    ground.slack_fault(path="/api/chat.postMessage", pause=60.0)
    until(lambda: len(ground.messages()) > before and daemon.letters("sending"))


def when_an_edit_arrived_and_slack_did_not_say_so(ground: Range, _daemon: Daemon) -> None:
    before = _edits(ground)
    ground.slack_fault(path="/api/chat.update", pause=60.0)
    until(lambda: _edits(ground) > before)


def when_a_post_was_just_saved(_ground: Range, daemon: Daemon) -> None:
    until(lambda: daemon.rows("SELECT 1 FROM message WHERE handle = 'saved'"))


def when_it_has_just_started(_ground: Range, daemon: Daemon) -> None:
    until(daemon.status)


MOMENTS = {
    "lost": when_a_message_is_on_its_way_and_never_arrives,
    "slow": when_a_message_is_on_its_way_and_arrives_later,
    "accepted": when_a_message_arrived_and_slack_did_not_say_so,
    "edited": when_an_edit_arrived_and_slack_did_not_say_so,
    "saved": when_a_post_was_just_saved,
    "started": when_it_has_just_started,
}
"""By the customer who writes just before; what settles last comes first."""


def test_kill_9_at_the_worst_moments_loses_nothing_and_tells_nothing_twice(tmp_path: Path) -> None:
    with Range() as ground, Daemon(tmp_path, ground, target="5s", stages="{at: 50%}, {at: 100%}") as daemon:
        daemon.wait_ready()
        for handle, moment in MOMENTS.items():
            ground.asks(handle)
            ground.asks(f"{handle}_2")
            moment(ground, daemon)
            daemon.kill()
            ground.mend_slack()  # the request may not have left yet: its trouble is not for the next one
            daemon.start()
        until(lambda: _settled(daemon), SETTLED)
        breached = [wait for (wait,) in daemon.rows("SELECT wait FROM timer WHERE status = 'breached'")]

        assert len(breached) == 2 * len(MOMENTS)
        assert Counter(root["wait"] for root in ground.roots()) == Counter(breached)
        assert max(Counter(message["intent"] for message in ground.messages()).values()) == 1
        assert daemon.stop() == 0


def _edits(ground: Range) -> int:
    return sum(len(message["edits"]) for message in ground.messages())


def _settled(daemon: Daemon) -> bool:
    """Every post is a wait whose last stage was decided, and Slack was told all that is known."""
    (decided,) = daemon.rows("SELECT count(*) FROM timer WHERE told = 2 AND status = 'breached'")[0]
    (behind,) = daemon.rows("SELECT count(*) FROM living WHERE wanted_version > shown_version")[0]
    unfinished = sum(daemon.letters(state) for state in ("pending", "sending", "unknown"))
    return decided == 2 * len(MOMENTS) and not behind and not unfinished
