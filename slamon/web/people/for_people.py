"""The pages for people, wired together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from slamon.web.people.acting import Forms
from slamon.web.people.session import Sessions
from slamon.web.people.signing import SIGN_IN, SIGN_OUT, SigningIn
from slamon.web.people.site import Site

if TYPE_CHECKING:
    from slamon.web.api.acts import Doing
    from slamon.web.entry.guard import Guard
    from slamon.web.pages import Part
    from slamon.web.people.site import World


def for_people(world: World, doing: Doing, guard: Guard, port: int) -> tuple[list[Part], Guard]:
    """The pages, and `guard` with their sessions, for a server at that port."""
    sessions = Sessions(guard.seconds, port)

    def door() -> str:
        """Users of a web.yml are asked by their browser; nobody else has anything to show but a token."""
        users = guard.web is not None and guard.web.now().users
        return SIGN_IN if (guard.people or guard.readers) and not users else ""

    site = Site(replace(world, door=door))
    ways = guard.open_paths | {SIGN_IN, SIGN_OUT}
    guard = replace(guard, sessions=sessions.who, open_paths=ways, page=SIGN_IN, open_below="/static/")
    return [site, Forms(site, doing), SigningIn(site, guard, sessions)], guard
