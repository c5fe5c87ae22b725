"""Page tokens are followed to their end, and never for ever."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slamon.connectors.paging import follow
from slamon.errors import PlatformError, Verdict


def chain(*tokens: str | None) -> dict[str | None, str | None]:
    """Which token each page hands out, from the first page (no token) on."""
    return dict(zip((None, *tokens), (*tokens, None), strict=False))


def test_one_page_without_a_token_is_all() -> None:
    assert list(follow(None, lambda token: (token, None), 5)) == [None]


@given(st.lists(st.text(min_size=1), unique=True, max_size=20))
def test_every_page_comes_once_and_in_order(tokens: list[str]) -> None:
    after = chain(*tokens)
    assert list(follow(None, lambda token: (token, after[token]), 25)) == [None, *tokens]


@given(st.lists(st.text(min_size=1), unique=True, min_size=1, max_size=9), st.data())
def test_a_token_that_comes_again_is_an_error_after_the_pages_before_it(tokens: list[str], data: st.DataObject) -> None:
    after = chain(*tokens)
    after[tokens[-1]] = data.draw(st.sampled_from(tokens))
    pages = follow(None, lambda token: (token, after[token]), 25)
    assert [next(pages) for _ in range(len(tokens) + 1)] == [None, *tokens]
    with pytest.raises(PlatformError, match="does not move") as caught:
        next(pages)
    assert caught.value.verdict is Verdict.BAD_ANSWER


def test_going_back_to_where_a_read_began_is_an_error_too() -> None:
    with pytest.raises(PlatformError, match="does not move"):
        list(follow("first", lambda token: (token, "first"), 25))


def test_more_pages_than_the_limit_are_an_error() -> None:
    pages = follow(None, lambda token: (token, f"{token}+"), 3)
    assert [next(pages), next(pages), next(pages)] == [None, "None+", "None++"]
    with pytest.raises(PlatformError, match="no end of pages: 3"):
        next(pages)


def test_as_many_pages_as_the_limit_are_fine() -> None:
    after = chain("a", "b")
    assert len(list(follow(None, lambda token: (token, after[token]), 3))) == 3


def test_a_page_is_asked_for_only_when_it_is_wanted() -> None:
    asked: list[str | None] = []

    def fetch(token: str | None) -> tuple[str, str | None]:
        asked.append(token)
        return "page", f"after {token}"

    pages = follow(None, fetch, 25)
    assert asked == []
    next(pages)
    assert asked == [None]
