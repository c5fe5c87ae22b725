"""Following page tokens, with the two ways in which that never ends cut off."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from slamon.errors import PlatformError, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")


def follow(first: str | None, fetch: Callable[[str | None], tuple[T, str | None]], limit: int) -> Iterator[T]:
    """What `fetch` gives for `first` and for each token that it returns, until it returns none.

    `fetch` is called when its page is asked for, so pages are handled one at a time.

    :raises PlatformError: a token came a second time, or there are more than `limit` pages; the verdict is
        `BAD_ANSWER`, and the pages before it were good.
    """
    seen = {first}
    token = first
    for _ in range(limit):
        page, token = fetch(token)
        yield page
        if token is None:
            return
        if token in seen:
            raise PlatformError(Verdict.BAD_ANSWER, "the platform's page token does not move on", code="stuck_token")
        seen.add(token)
    raise PlatformError(Verdict.BAD_ANSWER, f"the platform has no end of pages: {limit} were read", code="endless")
