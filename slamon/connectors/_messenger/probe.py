"""What `slamon probe` says of permissions on the Graph API: by Meta's own list of them, else by what a read brought."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.connectors.base import Finding, Permission, Proof, failed
from slamon.errors import PlatformError, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

NOT_LISTED = "Meta's list of what the token may do lacks it"
LISTED = "Meta lists it among what the token may do"


def proved(
    permissions: Iterable[Permission],
    read: Callable[[], tuple[Proof, str]],
    listed: Callable[[], frozenset[str]],
    doubt: str,
) -> Iterator[Finding]:
    """A finding for each permission that one real read needs.

    `read` says what it proved and in which words; where that leaves doubt, `doubt` says what a person is to look at.
    `listed` gives Meta's list of what the token may do, empty where there is none.
    """
    try:
        names = listed()
        proof, said = read()
    except PlatformError as error:
        for each in permissions:
            yield failed(each.name, error, each.where if error.verdict is Verdict.PERMISSION else "")
        return
    for each in permissions:
        yield _finding(each, (proof, said), names, doubt)


def refuse_lacking(permissions: Iterable[Permission], listed: frozenset[str]) -> None:
    """Lists that stay empty for want of a permission must not pass for silence; without Meta's list, nothing is known.

    :raises PlatformError: the token lacks one of `permissions`.
    """
    missing = [each for each in permissions if each.name not in listed] if listed else []
    if missing:
        names = ", ".join(each.name for each in missing)
        text = f"the token lacks {names}: what it would show comes back empty; {missing[0].where}"
        raise PlatformError(Verdict.PERMISSION, text, code="lacks_permission")


def _finding(permission: Permission, read: tuple[Proof, str], listed: frozenset[str], doubt: str) -> Finding:
    proof, said = read
    if listed and permission.name not in listed:
        return Finding(permission.name, Proof.MISSING, NOT_LISTED, permission.where)
    if proof is Proof.MISSING:
        return Finding(permission.name, proof, said, f"{permission.where}; {doubt}")
    if proof is Proof.UNKNOWN:
        return Finding(permission.name, proof, f"{said}; {LISTED}" if listed else said, doubt)
    return Finding(permission.name, proof, said)
