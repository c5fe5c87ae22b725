"""Many alerts at once become one living message, through the composition root."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from slamon.model import HOUR, MINUTE, SECOND
from slamon.store.schema import digest, outbox
from stage import Desk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RULES = "policies: [{name: everyone, first_response: 1h, stages: [{at: 100%}, {at: +30m}]}]"
MANY = 20
NAMES = ("c0 on", "c1 on", "c2 on", "c10 on", "c11 on", "c12 on")
"""As rows of a digest call customers, those who broke the promise first."""


@contextmanager
def opened(folder: Path, digests: str = "", **more: Any) -> Iterator[Desk]:
    desk = Desk(folder, **{"rules": RULES} | more)
    if digests:
        config = (folder / "config.yaml").read_text(encoding="utf-8")
        desk.write("config.yaml", config.replace("notify:", f"notify:\n  digests: {digests}"))
    with desk:
        yield desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with opened(tmp_path) as desk:
        yield desk


def ask_all(desk: Desk, number: int, *, every: int = 0, first: int = 0) -> list[str]:
    """So many customers ask, `every` milliseconds one."""
    posts = []
    for n in range(first, first + number):
        posts.append(desk.x.customer_posts(f"c{n}", "@acme where is my parcel?"))
        desk.passes(every)
    return posts


def letters(desk: Desk, state: str) -> int:
    with desk.app.store.read() as tx:
        return len(tx.execute(select(outbox.c.id).where(outbox.c.wait > 0, outbox.c.state == state)).all())


def storms(desk: Desk) -> list[Any]:
    with desk.app.store.read() as tx:
        return list(tx.execute(select(digest).where(digest.c.kind == "storm").order_by(digest.c.id)))


def waiting(text: str) -> int:
    """How many of how many still wait, as a title says."""
    found = re.search(r"([\d,]+) of [\d,]+ customers? still wait", text)
    assert found, text
    return int(found[1].replace(",", ""))


class TestAStorm:
    def test_of_three_hundred_breaches_at_once_is_one_living_message(self, desk: Desk) -> None:
        ask_all(desk, 300)
        desk.passes(HOUR + MINUTE)
        assert (len(desk.roots), desk.replies) == (1, [])
        assert waiting(desk.root.text) == 300
        assert (letters(desk, "folded"), letters(desk, "sent")) == (300, 0)

    def test_within_a_minute_is_one_living_message_after_those_told_before_it_was_one(self, desk: Desk) -> None:
        ask_all(desk, 100, every=600)
        desk.passes(HOUR + MINUTE)
        assert len(desk.roots) == MANY + 1
        assert (letters(desk, "sent"), letters(desk, "folded")) == (MANY, 100 - MANY)
        assert waiting(desk.roots[-1].text) == 100 - MANY

    def test_is_more_than_the_number_that_is_set(self, tmp_path: Path) -> None:
        with opened(tmp_path, "{storm: {more_than: 3, within: 2m}}") as desk:
            ask_all(desk, 3)
            desk.passes(HOUR + MINUTE)
            assert len(desk.roots) == 3
            ask_all(desk, 4, first=10)
            desk.passes(HOUR + MINUTE)
            assert waiting(desk.roots[-1].text) == 4
            assert len([root for root in desk.roots if "Many alerts" in root.text]) == 1

    def test_can_be_switched_off(self, tmp_path: Path) -> None:
        with opened(tmp_path, "{storm: off}") as desk:
            ask_all(desk, 25)
            desk.passes(HOUR + MINUTE)
            assert len(desk.roots) == 25

    def test_spread_over_more_than_the_window_is_none(self, desk: Desk) -> None:
        ask_all(desk, 25, every=20 * SECOND)
        desk.passes(HOUR + MINUTE)
        assert len(desk.roots) == 25

    def test_speaks_anew_when_it_has_doubled_and_not_before(self, desk: Desk) -> None:
        ask_all(desk, 30)
        desk.passes(2 * MINUTE)
        ask_all(desk, 29, first=100)
        desk.passes(MINUTE)
        ask_all(desk, 1, first=200)
        desk.passes(HOUR - 3 * MINUTE + SECOND)
        assert (len(desk.roots), len(desk.replies), waiting(desk.root.text)) == (1, 0, 30)
        desk.passes(2 * MINUTE + 30 * SECOND)
        assert (len(desk.roots), len(desk.replies), waiting(desk.root.text)) == (1, 0, 59)
        desk.passes(MINUTE)
        (reply,) = desk.replies
        assert reply.broadcast
        assert waiting(reply.text) == 60
        desk.passes(10 * MINUTE)
        assert len(desk.replies) == 1

    def test_speaks_anew_after_a_quarter_of_an_hour_when_anything_was_added(self, desk: Desk) -> None:
        ask_all(desk, 30)
        desk.passes(MINUTE)
        ask_all(desk, 1, first=100)
        desk.passes(HOUR + 10 * MINUTE)
        assert desk.replies == []
        desk.passes(5 * MINUTE)
        assert [waiting(reply.text) for reply in desk.replies] == [31]
        desk.passes(10 * MINUTE)
        assert len(desk.replies) == 1

    def test_says_nothing_more_aloud_when_nothing_was_added(self, desk: Desk) -> None:
        ask_all(desk, 30)
        desk.passes(HOUR + 25 * MINUTE)
        assert (len(desk.roots), desk.replies) == (1, [])

    def test_is_over_once_the_window_brought_nothing_and_then_each_is_told_singly(self, desk: Desk) -> None:
        ask_all(desk, 30)
        desk.passes(10 * MINUTE)
        ask_all(desk, 1, first=100)
        desk.passes(HOUR + 15 * MINUTE)
        assert len(desk.roots) == 2
        assert desk.roots[1].text.count("Many alerts") == 0
        assert storms(desk)[0].closed_at is not None

    def test_is_edited_as_its_waits_are_answered_until_nobody_waits(self, desk: Desk) -> None:
        posts = ask_all(desk, 22)
        desk.passes(HOUR + 10 * MINUTE)
        for post in posts[:-1]:
            desk.answers(post)
        desk.passes(6 * MINUTE)
        assert waiting(desk.root.text) == 1
        desk.answers(posts[-1])
        desk.passes(6 * MINUTE)
        assert "nobody of 22 customers waits any more" in desk.root.text
        assert (len(desk.roots), desk.replies) == (1, [])

    def test_shows_the_most_urgent_first(self, tmp_path: Path) -> None:
        rules = "policies: [{name: everyone, first_response: 1h, stages: [{at: 50%}, {at: 100%}]}]"
        with opened(tmp_path, "{storm: {more_than: 2}}", rules=rules) as desk:
            ask_all(desk, 3)
            desk.passes(30 * MINUTE - SECOND)
            ask_all(desk, 3, first=10)
            desk.passes(31 * MINUTE)
            text = desk.roots[-1].text
            assert waiting(text) == 6
            assert sorted(range(6), key=lambda n: text.find(NAMES[n])) == list(range(6))


class TestWhatBypassesAStorm:
    def test_a_stage_that_is_exempt(self, tmp_path: Path) -> None:
        rules = "policies: [{name: everyone, first_response: 1h, stages: [{at: 100%, storm: exempt}]}]"
        with opened(tmp_path, rules=rules) as desk:
            ask_all(desk, 25)
            desk.passes(HOUR + MINUTE)
            assert (len(desk.roots), letters(desk, "folded")) == (25, 0)

    def test_the_message_that_a_wait_has_already_is_kept_and_edited(self, desk: Desk) -> None:
        posts = ask_all(desk, 30, every=20 * SECOND)
        desk.passes(HOUR + MINUTE)
        assert len(desk.roots) == 30
        desk.answers(posts[0])
        desk.passes(6 * MINUTE)
        assert "answered late" in desk.roots[0].text.lower()


class TestAProcessThatDies:
    def test_anywhere_neither_loses_nor_doubles(self, tmp_path: Path) -> None:
        with opened(tmp_path) as desk:
            ask_all(desk, 25)
            desk.passes(HOUR - MINUTE)
            desk.lives = iter(range(1, 14))
            desk.restart()
            desk.passes(10 * MINUTE)
            assert len(desk.roots) == 1
            assert waiting(desk.root.text) == 25
            assert letters(desk, "folded") == 25
            assert len(storms(desk)) == 1
