"""From a destination as admins write it to the id that every Slack method takes: history and update refuse names."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from slamon.notifiers.base import Outcome, SendError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ID = re.compile(r"[CDGSUW][A-Z0-9]{2,}")
PAGE = 1_000

Data: TypeAlias = "dict[str, Any]"
Pages: TypeAlias = "Callable[[str, str, Data], Iterator[Data]]"


class Call(Protocol):
    """Calls a method of Slack with a form; raises `SendError`."""

    def __call__(self, method: str, form: Data) -> Data:
        """The answer as JSON."""
        ...


def resolve(destination: str, call: Call, pages: Pages) -> str:
    """The id of `#channel`, `@group` or `name@company` (a user id, good for a mention too); ids pass through.

    :raises SendError: `BAD_PLACE` when there is no such place.
    """
    if ID.fullmatch(destination):
        return destination
    if destination.startswith("#"):
        return _channel(destination[1:], pages)
    if destination.startswith("@"):
        return _group(destination[1:], call)
    if "@" in destination:
        return str(call("users.lookupByEmail", {"email": destination})["user"]["id"])
    raise SendError(Outcome.BAD_PLACE, f"{destination!r} is no #channel, no @group, no e-mail address and no id")


@contextmanager
def only_this(place: str) -> Iterator[None]:
    """Make a missing scope the fault of `place`: the token still serves every other one, so nothing may be paused."""
    try:
        yield
    except SendError as error:
        if error.code != "missing_scope":
            raise
        raise SendError(Outcome.BAD_PLACE, f"{place}: {error}", code=error.code) from None


def _channel(name: str, pages: Pages) -> str:
    kinds = {"types": "public_channel,private_channel", "exclude_archived": True, "limit": PAGE}
    for channel in pages("conversations.list", "channels", kinds):
        if channel.get("name") == name.lower():
            return str(channel["id"])
    why = "it may be misspelt, archived, or private without the app in it"
    raise SendError(Outcome.BAD_PLACE, f"Slack shows no channel #{name}: {why}", code="channel_not_found")


def _group(handle: str, call: Call) -> str:
    for group in call("usergroups.list", {}).get("usergroups") or ():
        if group.get("handle") == handle.lower():
            return str(group["id"])
    raise SendError(Outcome.BAD_PLACE, f"Slack knows no user group @{handle}", code="no_such_group")
