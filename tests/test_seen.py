"""What a connector has handed out before is known again, and only that."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slamon.connectors._seen import Seen, readable


class TestSeen:
    def test_what_was_never_seen_is_news_once(self) -> None:
        seen = Seen({})
        assert [seen.news("a", 1), seen.news("a", 1), seen.news("a", 2), seen.news("b", 1)] == [True, False, True, True]

    def test_the_next_poll_knows_what_was_kept(self) -> None:
        first = Seen({})
        first.news("a", "text", None)
        second = Seen(first.kept(10))
        assert [second.news("a", "text", None), second.news("a", "other", None)] == [False, True]

    def test_a_poll_that_died_has_changed_nothing(self) -> None:
        before: dict[str, str] = {}
        Seen(before).news("a")
        assert before == {}

    def test_the_newest_are_kept_and_what_was_not_seen_again_falls_out_last(self) -> None:
        old = Seen({})
        for name in "xyz":
            old.news(name)
        new = Seen(old.kept(10))
        for name in "ab":
            new.news(name)
        third = Seen(new.kept(3))
        assert [name for name in "abxyz" if not third.news(name)] == ["a", "b", "x"]

    @given(st.lists(st.tuples(st.text(), st.integers(0, 3))))
    def test_any_ids_and_facts_are_known_again(self, things: list[tuple[str, int]]) -> None:
        first = Seen({})
        for ident, fact in things:
            first.news(ident, fact)
        second = Seen(first.kept(len(things)))
        assert not any(second.news(ident, fact) for ident, fact in dict(things).items())

    @pytest.mark.parametrize("kept", [None, 5, [], "text", {"a": 5}, {5: "a"}])
    def test_what_is_no_memory_is_an_empty_one(self, kept: Any) -> None:
        assert readable(kept) == {}
