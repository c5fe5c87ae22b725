"""`notify.people`: who may acknowledge, snooze and dismiss, and from where."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import Field

from slamon.notify.places import parse_persons
from slamon.secret import Secret  # noqa: TC001 - pydantic evaluates annotations
from slamon.shape import Keys

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slamon.shape import Reader
    from slamon.yamlfile import Where

MEMBERS = "members"
HOW = 'write `members`, or a list of "@user-group", e-mail addresses and user ids'
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,79}", re.ASCII)
LEAST_TOKEN = 20
"""Characters: one that somebody could guess is no proof of who asks."""
MOST_TOKEN = 512
ONE_WAY = "for example from `openssl rand -hex 32`"
FITS_A_HEADER = re.compile(r"[!-~]+", re.ASCII)


class PeopleKeys(Keys):
    """Who may acknowledge, snooze and dismiss, and from where."""

    may_act: Any = Field(
        default=MEMBERS,
        description="Who may act in Slack: `members` (full members of the workspace), or a list of "
        '`"@user-group"`, e-mail addresses and user ids',
    )
    http: dict[str, Secret] = Field(
        default={},
        description="Tokens by which people and programs act over HTTP, by the name that is recorded; "
        f"each has at least {LEAST_TOKEN} characters",
    )


@dataclass(frozen=True, slots=True)
class PeopleConfig:
    """Who may acknowledge, snooze and dismiss, and from where."""

    may_act: tuple[str, ...] | None = None
    """Groups, addresses and ids as written; `None`: full members of the workspace."""
    http: Mapping[str, Secret] = field(default_factory=dict)
    """Tokens by the name that is recorded. Without any, nobody acts over HTTP."""


def read_people(reader: Reader, said: Any) -> PeopleConfig:  # noqa: ANN401 - as it stands in the file
    """What stands there, and defaults where nothing does."""
    where = ("notify", "people")
    keys = None if said is None else reader.read(PeopleKeys, where)
    if keys is None:
        return PeopleConfig()
    check_tokens(reader, keys.http, (*where, "http"))
    return PeopleConfig(_may_act(reader, keys.may_act, (*where, "may_act")), keys.http)


def _may_act(reader: Reader, said: Any, where: Where) -> tuple[str, ...] | None:  # noqa: ANN401 - as above
    if said == MEMBERS:
        return None
    if not isinstance(said, list) or not said:
        reader.blame(where, "`may_act` names nobody" if said == [] else "`may_act` should be a list", HOW)
        return ()
    persons = [reader.value(parse_persons, (*where, n)) for n in range(len(said))]
    return tuple(dict.fromkeys(person for person in persons if person is not None))


def check_tokens(reader: Reader, tokens: Mapping[str, Secret], where: Where) -> None:
    """Blame names and tokens that can be none, and tokens that stand there twice."""
    owners: dict[str, str] = {}
    for name, token in tokens.items():
        spot, value, called = (*where, name), token.get(), name[:60]
        if not NAME.fullmatch(name):
            reader.blame(spot, f"`{called}` is no name", "letters, digits, `.`, `_`, `@` and `-`", key=True)
        # An empty one was left where it is, for a command that only reads.
        if value and (why := _unfit(value)):
            reader.blame(spot, f"the token of `{called}` {why}", ONE_WAY)
        elif value and value in owners:
            reader.blame(spot, f"`{called}` has the same token as `{owners[value][:60]}`", "each name needs its own")
        owners.setdefault(value, name)


def _unfit(token: str) -> str:
    """Why it can be no token, never with any of it; empty where it can."""
    if len(token) < LEAST_TOKEN:
        return f"is shorter than {LEAST_TOKEN} characters"
    if len(token) > MOST_TOKEN:
        return f"is longer than {MOST_TOKEN} characters"
    return "" if FITS_A_HEADER.fullmatch(token) else "has blanks, or letters beyond ASCII"


KEYS: tuple[tuple[str, type[Keys]], ...] = (("notify.people", PeopleKeys),)
