"""What could not be told in time, whichever side was down, is one digest, and a message for what is still open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from slamon.model import HOUR, MINUTE, SECOND
from slamon.sim.faults import Fault
from slamon.store.schema import digest, outbox
from test_storm import ask_all, letters, opened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stage import Desk

BREACHES = 500
OPEN = 12
DOWN = 6 * HOUR
ONE_STAGE = "policies: [{name: everyone, first_response: 1h, stages: [{at: 100%}]}]"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with opened(tmp_path) as desk:
        yield desk


def digests(desk: Desk) -> list[Any]:
    with desk.app.store.read() as tx:
        return list(tx.execute(select(digest).order_by(digest.c.id)))


def told(desk: Desk) -> dict[int, list[str]]:
    """By wait, the states of its letters but for those that came to nothing."""
    found: dict[int, list[str]] = {}
    with desk.app.store.read() as tx:
        for row in tx.execute(select(outbox).where(outbox.c.wait > 0, outbox.c.state != "superseded")):
            found.setdefault(row.wait, []).append(row.state)
    return found


def singles(desk: Desk) -> list[str]:
    return [root.text for root in desk.roots if "found late" not in root.text]


def crowd(desk: Desk, *, still_open: int) -> None:
    """Five hundred ask over five hours; most are answered an hour and a half later, too late."""
    posts: list[str] = []
    for n in range(BREACHES):
        posts.append(desk.x.customer_posts(f"c{n}", "@acme where is my parcel?"))
        desk.clock.now += 18 * SECOND
    desk.clock.now += 30 * MINUTE
    for post in posts[: BREACHES - still_open]:
        desk.answers(post)
        desk.clock.now += 6 * SECOND


class TestSixHoursDown:
    def test_with_five_hundred_breaches_are_one_digest_and_a_message_for_each_wait_still_open(self, desk: Desk) -> None:
        ended = desk.now + DOWN
        desk.kill()
        crowd(desk, still_open=OPEN)
        desk.clock.now = max(desk.now, ended)
        desk.restart()
        desk.settles()
        desk.passes(20 * MINUTE)
        assert [one.kind for one in digests(desk)] == ["catch_up"]
        assert (len(desk.roots), len(singles(desk))) == (1 + OPEN, OPEN)
        assert desk.roots[0].text.startswith("⏮️ 500 breaches found late: 12 still open")
        assert desk.roots[0].text.find("Answered late: 488") > 0
        assert all(states in (["sent"], ["folded"]) for states in told(desk).values())
        assert (len(told(desk)), letters(desk, "folded")) == (BREACHES, BREACHES - OPEN)
        assert desk.replies == []

    def test_with_more_still_open_than_a_storm_is_the_digest_alone(self, desk: Desk) -> None:
        ended = desk.now + DOWN
        desk.kill()
        crowd(desk, still_open=40)
        desk.clock.now = max(desk.now, ended)
        desk.restart()
        desk.settles()
        desk.passes(14 * MINUTE)
        assert (len(desk.roots), desk.replies, letters(desk, "folded")) == (1, [], BREACHES)
        assert "Too many are open to come one by one" in desk.root.text


class TestOneThatWasFoundLate:
    def test_and_is_still_open_is_told_as_itself(self, desk: Desk) -> None:
        desk.kill()
        post = desk.asks()
        desk.clock.now += 2 * HOUR
        desk.restart()
        desk.settles()
        desk.passes(MINUTE)
        assert (len(desk.roots), digests(desk)) == (1, [])
        assert desk.wait(post).status == "breached"

    def test_and_was_answered_late_meanwhile_is_a_digest(self, desk: Desk) -> None:
        desk.kill()
        post = desk.asks()
        desk.clock.now += 90 * MINUTE
        desk.answers(post)
        desk.clock.now += 30 * MINUTE
        desk.restart()
        desk.settles()
        desk.passes(MINUTE)
        assert desk.root.text.startswith("✅ 1 breach found late: none is open")

    def test_a_moment_late_is_told_as_itself_answered_or_not(self, desk: Desk) -> None:
        post = desk.asks()
        desk.passes(HOUR - 2 * MINUTE)
        desk.kill()
        desk.clock.now += 3 * MINUTE
        desk.answers(post)
        desk.clock.now += MINUTE
        desk.restart()
        desk.settles()
        desk.passes(MINUTE)
        assert (len(desk.roots), digests(desk)) == (1, [])


class TestSlackDown:
    def test_for_six_hours_is_one_digest_and_a_message_for_each_wait_still_open(self, tmp_path: Path) -> None:
        with opened(tmp_path, rules=ONE_STAGE) as desk:
            posts = ask_all(desk, 2)
            desk.passes(HOUR + MINUTE)
            desk.slack.faults.add(Fault(path="/api/", calls=None, status=503))
            desk.passes(DOWN - 75 * MINUTE)
            posts = ask_all(desk, 9, every=MINUTE, first=10)
            desk.passes(HOUR)
            for post in posts[:6]:
                desk.answers(post)
            desk.passes(6 * MINUTE)
            assert len(desk.roots) == 2
            desk.slack.faults.clear()
            desk.passes(20 * MINUTE)
            assert desk.roots[2].text.startswith("⏮️ 9 breaches found late: 3 still open")
            assert (len(desk.roots), len(digests(desk)), desk.replies) == (2 + 1 + 3, 1, [])
            assert sorted(told(desk).values()) == [["folded"]] * 6 + [["sent"]] * 5


class TestAPlatformThatCouldNotBeRead:
    def test_for_six_hours_is_one_digest_and_a_message_for_each_wait_still_open(self, desk: Desk) -> None:
        ended = desk.now + DOWN
        with desk.x_fails():
            while desk.now < ended - 2 * HOUR:
                posts = [desk.x.customer_posts(f"c{desk.now}{n}", "@acme where is my parcel?") for n in range(2)]
                desk.passes(10 * MINUTE)
            desk.passes(2 * HOUR)
        before = len(desk.roots)
        for post in posts:
            desk.answers(post)
        desk.settles()
        desk.passes(20 * MINUTE)
        found = [one for one in digests(desk) if one.kind == "catch_up"]
        assert len(found) == 1
        assert len([root for root in desk.roots[before:] if "found late" in root.text]) == 1
        assert letters(desk, "folded") == 48


class TestAProcessThatDies:
    def test_anywhere_neither_loses_nor_doubles(self, desk: Desk) -> None:
        desk.kill()
        posts = []
        for n in range(10):
            posts.append(desk.x.customer_posts(f"c{n}", "@acme where is my parcel?"))
            desk.clock.now += SECOND
        desk.clock.now += 90 * MINUTE
        for post in posts[:6]:
            desk.answers(post)
        desk.clock.now += HOUR
        desk.lives = iter(range(1, 60))
        desk.restart()
        desk.settles()
        desk.passes(30 * MINUTE)
        assert [one.kind for one in digests(desk)] == ["catch_up"]
        assert (len(desk.roots), len(singles(desk)), letters(desk, "folded")) == (5, 4, 6)
