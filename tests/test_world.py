"""The practice range's world: the same story for the same seed, and one that can be acted out."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slamon.model import MINUTE, SECOND
from slamon.sim.world import BRAND, TARGET, TEAM, Act, What, World, plan
from slamon.sim.x import PretendX
from x_client import NOON, Clock

seeds = st.integers(0, 2**32)


def acted_out(acts: list[Act]) -> tuple[PretendX, list[Act]]:
    clock, heard = Clock(), list[Act]()

    def wait(seconds: float) -> bool:
        clock.now += round(seconds * SECOND)
        return False

    x = PretendX(clock, brand=BRAND, team=[TEAM])
    World(x, lambda act, _whose: heard.append(act)).run(acts, clock, wait)
    x.server.close()
    return x, heard


@given(seeds)
@settings(max_examples=20)
def test_the_same_seed_tells_the_same_story(seed: int) -> None:
    assert plan(seed, 3) == plan(seed, 3)


@given(seeds)
@settings(max_examples=20)
def test_a_longer_plan_begins_like_a_shorter_one(seed: int) -> None:
    short = plan(seed, 2)
    assert plan(seed, 4)[: len(short)] == short


def test_another_seed_tells_another_story() -> None:
    assert plan(1, 5) != plan(2, 5)


@given(seeds)
@settings(max_examples=20)
def test_acts_come_in_order_and_only_of_posts_that_are_there(seed: int) -> None:
    acts, there = plan(seed, 5), set[str]()
    assert all(one.at <= other.at for one, other in pairwise(acts))
    for act in acts:
        needed = act.name if act.what in {What.EDIT, What.DELETE} else act.to
        assert not needed or needed in there
        there.add(act.name)


@given(seeds)
@settings(max_examples=20)
def test_the_first_minute_has_a_conversation_of_every_sort(seed: int) -> None:
    acts = plan(seed, 1)
    asked = {act.name: act.at for act in acts if act.what is What.POST and act.who != BRAND}
    waited = {act.to: act.at - asked[act.to] for act in acts if act.what is What.REPLY and act.to in asked}
    assert {act.what for act in acts} == set(What)
    assert any(wait < TARGET for wait in waited.values())
    assert any(wait > TARGET for wait in waited.values())
    assert any(at < MINUTE - TARGET - 15 * SECOND for name, at in asked.items() if name not in waited)
    assert any("<!channel>" in act.text for act in acts)


@given(seeds)
@settings(max_examples=5, deadline=None)
def test_every_plan_can_be_acted_out_at_its_times(seed: int) -> None:
    acts = plan(seed, 10)
    x, heard = acted_out(acts)
    assert [(act.what, act.name) for act in heard] == [(act.what, act.name) for act in acts]
    assert {post.created_at for post in x.posts.values()} == {
        NOON + act.at for act in acts if act.what is not What.DELETE
    }
    assert not [post for post in x.posts.values() if "{brand}" in post.text]


def test_a_stopped_world_does_no_more() -> None:
    heard = list[Act]()
    x = PretendX(Clock())
    World(x, lambda act, _whose: heard.append(act)).run(plan(1, 5), x.clock, lambda _seconds: True)
    x.server.close()
    assert heard == []


@pytest.mark.parametrize("minutes", [0, -1])
def test_no_time_holds_no_acts(minutes: int) -> None:
    assert plan(1, minutes) == []
