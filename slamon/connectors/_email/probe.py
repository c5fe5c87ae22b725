"""What `slamon probe` tries on a mailbox: sign in, open each folder. It writes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.connectors.base import Finding, Proof, failed
from slamon.errors import PlatformError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from slamon.connectors._email.imap import Mail
    from slamon.connectors._email.sessions import Sessions
    from slamon.connectors.base import Permission

EMPTY = "no mail lies there: if your mail program keeps what it sends elsewhere, name that folder under `sent`"


def findings(
    sessions: Sessions,
    customers: Sequence[str],
    sent: Callable[[Mail], Sequence[str]],
    permissions: Sequence[Permission],
) -> list[Finding]:
    """One line for each permission: `login`, `folders`, `sent`, in that order."""
    login, *places = permissions
    try:
        with sessions.one() as mail:
            found = [Finding(login.name, Proof.OK, "signed in")]
            names = (lambda _: customers, sent)
            return found + [_opened(mail, each, place) for each, place in zip(names, places, strict=True)]
    except PlatformError as error:
        return [failed(each.name, error, each.where) for each in permissions]


def _opened(mail: Mail, names: Callable[[Mail], Sequence[str]], permission: Permission) -> Finding:
    try:
        mails = {name: mail.examine(name).mails for name in names(mail)}
    except PlatformError as error:
        if not mail.alive:
            raise
        return failed(permission.name, error, permission.where)
    told = ", ".join(f"{name} holds {number} mails" for name, number in mails.items())
    if any(mails.values()) or permission.name != "sent":
        return Finding(permission.name, Proof.OK, told)
    return Finding(permission.name, Proof.UNKNOWN, told, EMPTY)
