"""What stands before the pages: host names, TLS, sign-in."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from slamon.secret import Secret
    from slamon.web.entry.standing import Standing
    from slamon.web.entry.who import Who


@dataclass(frozen=True, slots=True)
class Guard:
    """Who may come in, and how. Without anything: whoever can reach the port may read, and nobody is known by name."""

    people: Mapping[str, Secret] = field(default_factory=dict)
    """Tokens by which somebody may act, by the name that is recorded."""
    readers: Mapping[str, Secret] = field(default_factory=dict)
    """Tokens by which somebody may only read; with any, all reading needs sign-in."""
    names: Sequence[str] = ()
    """Further host names that are served."""
    web: Standing | None = None
    """The web.yml in force."""
    sessions: Callable[[str], Who | None] = lambda _: None
    """Whom the Cookie header of a request names; asked on the event loop, so it must not wait."""
    open_paths: frozenset[str] = frozenset()
    """Further paths that need no sign-in: the page where one signs in."""
    page: str = ""
    """The path of that page, for people who have to sign in first; empty where there is none."""
    open_below: str | None = None
    """What stands below this path needs no sign-in either: the style of that page."""
    seconds: Callable[[], float] = time.monotonic
    """A clock that never goes back."""
