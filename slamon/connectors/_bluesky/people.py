"""Who writes on Bluesky: accounts as authors, and their followers, which posts do not tell."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from slamon.connectors._bluesky.ids import DID, HANDLE, NO_HANDLE, Json
from slamon.model import DAY, NAME_CAP, Author, clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from slamon.model import Instant

_KEPT = 10_000
_VALID = "valid"


def author(profile: Any, did: str) -> Author:  # noqa: ANN401 - any JSON
    """The account `did` as `profile` shows it; what is odd there is left out, and so is a profile of another."""
    if not isinstance(profile, dict) or profile.get("did") != did:
        return Author(did)
    name = profile.get("displayName")
    return Author(
        did,
        handle(profile),
        clean(name, NAME_CAP) if isinstance(name, str) else "",
        count(profile.get("followersCount")),
        _badge(profile.get("verification")),
    )


def handle(profile: Json) -> str:
    """The handle by which it is called now, or nothing: a handle may be lost, the id stays."""
    found = profile.get("handle")
    return found if isinstance(found, str) and found != NO_HANDLE and HANDLE.fullmatch(found) else ""


def is_bot(profile: Any) -> bool:  # noqa: ANN401 - any JSON
    """Whether it carries the label of a machine."""
    labels = profile.get("labels") if isinstance(profile, dict) else None
    return isinstance(labels, list) and any(
        isinstance(label, dict) and label.get("val") == "bot" and label.get("neg") is not True for label in labels
    )


def count(value: Any) -> int | None:  # noqa: ANN401 - any JSON
    """A number of likes or followers, or `None`."""
    return value if type(value) is int and 0 <= value < 1 << 53 else None


def _badge(verification: Any) -> str:  # noqa: ANN401 - any JSON
    if not isinstance(verification, dict):
        return ""
    if verification.get("trustedVerifierStatus") == _VALID:
        return "verifier"
    return "verified" if verification.get("verifiedStatus") == _VALID else ""


class People:
    """Accounts by id, asked for once a day at most. Safe from two threads: at worst one is asked for twice."""

    def __init__(self, ask: Callable[[Sequence[str]], Sequence[Any]], now: Callable[[], Instant]) -> None:
        """`ask` gives the profiles of any number of ids; those that cannot be seen are missing."""
        self._ask = ask
        self._now = now
        self._known: dict[str, tuple[Instant, Author]] = {}

    def meet(self, dids: Iterable[str]) -> None:
        """Learn of those who are not known yet.

        :raises PlatformError: they cannot be asked for.
        """
        now = self._now()
        new = [did for did in dict.fromkeys(dids) if now - self._known.get(did, (0, None))[0] >= DAY]
        if not new:
            return
        profiles = {profile["did"]: profile for profile in self._ask(new) if _has_did(profile)}
        if len(self._known) > _KEPT:
            self._known.clear()
        for did in new:
            self._known[did] = (now, author(profiles.get(did), did))

    def completed(self, shown: Author) -> Author:
        """What was shown of an account, with what else is known of it."""
        known = self._known.get(shown.id, (0, Author(shown.id)))[1]
        return replace(
            known,
            handle=shown.handle or known.handle,
            name=shown.name or known.name,
            verified=shown.verified or known.verified,
        )


def _has_did(profile: Any) -> bool:  # noqa: ANN401 - any JSON
    did = profile.get("did") if isinstance(profile, dict) else None
    return isinstance(did, str) and DID.fullmatch(did) is not None
