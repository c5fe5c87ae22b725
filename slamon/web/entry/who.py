"""Who asks: what the sign-in found out about a request, for the pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection

KEY = "slamon.who"
"""Where it stands in an ASGI scope."""
DEMANDED = "slamon.sign_in_demanded"
"""Where it stands there whether reading needs sign-in."""


@dataclass(frozen=True, slots=True)
class Who:
    """Somebody who is signed in."""

    name: str
    """What is recorded of what they do: a user's or a token's name in the configuration."""
    may_act: bool
    """Whether they may do something about waits; else they may only read."""


def who(request: HTTPConnection) -> Who | None:
    """Who sent it; `None` where nobody signed in."""
    found = request.scope.get(KEY)
    return found if isinstance(found, Who) else None


def may_read(request: HTTPConnection) -> bool:
    """Whether whoever sent it may know what is shown on pages; some are answered to everybody, in few words."""
    return who(request) is not None or not request.scope.get(DEMANDED, False)
