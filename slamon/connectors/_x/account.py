"""Who we are on X: ids behind handles, and whose token it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from slamon.connectors._x.answers import looked_up
from slamon.connectors._x.ids import is_id
from slamon.connectors.base import Identity
from slamon.errors import PlatformError, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slamon.connectors._x.wording import Asking

_HANDLE = re.compile(r"[A-Za-z0-9_]{1,50}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Me:
    """Whose token it is."""

    id: str
    handle: str


def identify(asking: Asking, wanted: Sequence[str]) -> Identity:
    """The ids of the account and its team, the account's handle first.

    :raises PlatformError: with `NOT_FOUND` for handles that nobody has.
    """
    names = ",".join(dict.fromkeys(wanted))
    ids = _ids_by_handle(looked_up("users", asking.get("users", f"/2/users/by?usernames={names}")).things)
    missing = [handle for handle in wanted if handle.lower() not in ids]
    if missing:
        names = ", ".join(f"@{handle}" for handle in missing)
        text = f"X has no account {names}: mistyped, renamed, suspended or deleted"
        raise PlatformError(Verdict.NOT_FOUND, text, code="no_account")
    account, *team = (ids[handle.lower()] for handle in wanted)
    return Identity(account, wanted[0], tuple(dict.fromkeys(team)))


def me(asking: Asking) -> Me:
    """Whose token it is.

    :raises PlatformError: X does not say.
    """
    document = asking.get("me", "/2/users/me").json
    user = document.get("data") if isinstance(document, dict) else None
    ident, handle = (user.get("id"), user.get("username")) if isinstance(user, dict) else (None, None)
    if not is_id(ident):
        raise PlatformError(Verdict.BAD_ANSWER, "me: the platform's answer names no account", code="bad_answer")
    return Me(ident, handle if isinstance(handle, str) and _HANDLE.fullmatch(handle) else "")


def check_owner(owner: Me, identity: Identity) -> None:
    """Refuse a token by which somebody else's direct messages would be read, and taken for the account's.

    :raises PlatformError: it is not the account's.
    """
    if owner.id == identity.account:
        return
    whose = f"@{owner.handle}" if owner.handle else f"account {owner.id}"
    text = f"the token belongs to {whose}, and would read other direct messages than those of @{identity.handle}"
    how = f"sign in as @{identity.handle} and give slamon that refresh token"
    raise PlatformError(Verdict.CREDENTIAL, f"{text}; {how}", code="other_account")


def _ids_by_handle(users: Sequence[object]) -> dict[str, str]:
    known = (user for user in users if isinstance(user, dict))
    pairs = ((user.get("username"), user.get("id")) for user in known)
    return {name.lower(): key for name, key in pairs if isinstance(name, str) and is_id(key)}
