"""How often a channel is polled when something is short, and what is kept for the looks before an accusation."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from slamon.budget import LATEST, Budgets, Wish, exhausted, interval
from slamon.connectors.base import Quota
from slamon.model import DAY, HOUR, MINUTE, SECOND

NOW = 1_795_348_800_000
QUARTER = 15 * MINUTE
CALM = Wish(MINUTE, SECOND, NOW + DAY, open=True)
ONE_CALL = {"mentions": 1, "posts": 1}


def quota(remaining: int, limit: int = 450, resets_in: int = QUARTER, endpoint: str = "mentions") -> Quota:
    return Quota(endpoint, limit, remaining, NOW + resets_in)


def every(wish: Wish, *quotas: Quota, use: dict[str, int] | None = None, sharers: int = 1) -> int:
    return interval(wish, quotas, ONE_CALL if use is None else use, sharers, NOW)


class TestInterval:
    def test_with_nothing_known_it_is_as_configured(self) -> None:
        assert every(CALM) == MINUTE

    def test_an_ample_budget_changes_nothing(self) -> None:
        assert every(CALM, quota(449)) == MINUTE

    def test_a_deadline_that_is_near_is_read_for_twice_as_often(self) -> None:
        assert every(replace(CALM, next_due=NOW + 5 * MINUTE), quota(449)) == MINUTE // 2

    def test_but_no_more_often_than_the_platform_bears(self) -> None:
        assert every(replace(CALM, next_due=NOW + MINUTE, least=45 * SECOND), quota(449)) == 45 * SECOND

    def test_a_near_deadline_does_not_spend_what_is_short(self) -> None:
        assert every(replace(CALM, next_due=NOW + MINUTE), quota(200)) == MINUTE

    def test_where_nobody_waits_half_a_budget_is_enough_for_half_the_polls(self) -> None:
        assert every(replace(CALM, next_due=None, open=False), quota(200)) == 2 * MINUTE

    def test_what_is_left_is_spread_over_the_rest_of_the_window_but_for_a_tenth(self) -> None:
        assert every(CALM, quota(45 + 5)) == QUARTER // 5

    def test_channels_that_share_a_budget_share_what_is_left(self) -> None:
        assert every(CALM, quota(45 + 60), sharers=12) == QUARTER * 12 // 60

    def test_a_poll_that_takes_more_of_it_comes_less_often(self) -> None:
        assert every(CALM, quota(45 + 60), use={"mentions": 12}) == QUARTER // 5

    def test_calls_cost_what_the_budget_says(self) -> None:
        units = Quota("units", 10_000, 1_600, NOW + HOUR, ("list", "search"), (("search", 100),))
        assert every(CALM, units, use={"search": 1, "list": 0}) == HOUR // 6

    def test_a_budget_of_other_endpoints_is_none_of_its_business(self) -> None:
        assert every(CALM, quota(0, endpoint="lookup")) == MINUTE

    def test_a_window_that_has_ended_says_nothing(self) -> None:
        assert every(CALM, quota(0, resets_in=-1)) == MINUTE
        assert every(replace(CALM, next_due=NOW + MINUTE), quota(0, resets_in=-1)) == MINUTE // 2

    def test_the_tightest_budget_decides(self) -> None:
        assert every(CALM, quota(400), quota(45 + 3, endpoint="posts")) == QUARTER // 3

    def test_per_cent_slow_down_from_a_quarter_on(self) -> None:
        def per_cent(left: int) -> Quota:
            return Quota("mentions", 100, left, NOW + HOUR, percent=True)

        assert [every(CALM, per_cent(left)) // SECOND for left in (80, 25, 20, 10)] == [60, 60, 120, 240]

    @given(
        st.integers(0, 10_000),
        st.integers(0, 10_000),
        st.integers(1, DAY),
        st.integers(1, 50),
        st.integers(1, 1_000),
    )
    def test_polls_never_take_the_last_tenth_together(
        self, limit: int, left: int, window: int, sharers: int, use: int
    ) -> None:
        left = min(left, limit)
        budget = quota(left, limit, window)
        wish = replace(CALM, open=True, next_due=None)
        found = interval(wish, [budget], {"mentions": use}, sharers, NOW)
        if found < LATEST and exhausted([budget], {"mentions": use}, NOW) is None:
            polls = window // found * sharers
            assert left - polls * use >= int(limit * 0.1) or polls <= sharers


class TestExhausted:
    def test_a_poll_that_would_eat_into_the_last_tenth_rests_until_the_window_ends(self) -> None:
        assert exhausted([quota(45)], ONE_CALL, NOW) == NOW + QUARTER
        assert exhausted([quota(46)], ONE_CALL, NOW) is None

    def test_after_the_window_it_goes_on(self) -> None:
        assert exhausted([quota(0, resets_in=0)], ONE_CALL, NOW) is None


class TestBudgets:
    def test_the_word_that_leaves_less_is_the_newer_one_of_a_window(self) -> None:
        budgets = Budgets()
        budgets.told("app", [quota(300)])
        budgets.told("app", [quota(299), quota(5, endpoint="posts")])
        budgets.told("app", [replace(quota(301), resets_at=NOW + QUARTER - 2 * SECOND)])
        assert {each.endpoint: each.remaining for each in budgets.of("app")} == {"mentions": 299, "posts": 5}

    def test_a_new_window_replaces_the_old_one_and_not_the_other_way_round(self) -> None:
        budgets = Budgets()
        budgets.told("app", [quota(3)])
        budgets.told("app", [quota(449, resets_in=2 * QUARTER)])
        budgets.told("app", [quota(2)])
        assert [each.remaining for each in budgets.of("app")] == [449]

    def test_a_refused_endpoint_parks_whoever_uses_it_and_nobody_else(self) -> None:
        budgets = Budgets()
        budgets.park("app", "mentions", NOW + HOUR)
        assert budgets.parked_until("app", ["posts", "mentions"]) == NOW + HOUR
        assert budgets.parked_until("app", ["posts"]) == budgets.parked_until("other", ["mentions"]) == 0

    def test_a_refused_account_parks_everything_of_it(self) -> None:
        budgets = Budgets()
        budgets.park("page", "", NOW + HOUR)
        assert budgets.parked_until("page", ["posts"]) == budgets.parked_until("page", []) == NOW + HOUR
