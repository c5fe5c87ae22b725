"""What an app password of Bluesky may read, and what the account keeps out of its own notifications."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.connectors._bluesky import answers
from slamon.connectors._bluesky.api import REASONS
from slamon.connectors._bluesky.rights import DIRECT, NOTIFICATIONS, PASSWORD
from slamon.connectors._bluesky.settings import MENTIONS, MESSAGES
from slamon.connectors.base import Finding, Proof, failed
from slamon.errors import PlatformError, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from slamon.connectors._bluesky.api import Api
    from slamon.connectors.base import Permission


def findings(api: Api, watch: tuple[str, ...]) -> Iterator[Finding]:
    """One line for each right that the watched surfaces need."""
    yield _tried(PASSWORD, lambda: f"signed in as {api.who_am_i().get('handle')}")
    if MENTIONS in watch:
        yield _tried(NOTIFICATIONS, lambda: _told(api))
    if MESSAGES in watch:
        yield _tried(DIRECT, lambda: _dialogues(api))


def check_notifications(api: Api) -> bool:
    """Whether the account's preferences let every mention, reply and quote into its list; `False`: nobody says.

    :raises PlatformError: they do not, so that an empty list proves nothing; or they cannot be read.
    """
    try:
        told = answers.whole("preferences", api.preferences()).get("preferences")
    except PlatformError as error:
        if error.code != answers.UNKNOWN_METHOD and error.verdict is not Verdict.BAD_REQUEST:
            raise
        return False  # a server older than these preferences has nothing to leave out
    if not isinstance(told, dict):
        raise answers.bad("preferences", "has no preferences")
    lacking = [name for name in REASONS if _is_cut(told.get(name))]
    if lacking:
        text = f"the account's settings keep {', '.join(lacking)} by some or all people out of its notifications"
        raise PlatformError(Verdict.PERMISSION, f"{text}; {NOTIFICATIONS.where}", code="preferences")
    return True


def _is_cut(preference: object) -> bool:
    return isinstance(preference, dict) and (preference.get("list") is False or preference.get("include") == "follows")


def _told(api: Api) -> str:
    sure = check_notifications(api)
    number = len(answers.listed("notifications", api.notifications(None), "notifications"))
    return f"{number} on the first page" + ("" if sure else "; this server has no preferences to leave any out")


def _dialogues(api: Api) -> str:
    return f"{len(answers.listed('conversations', api.conversations(None), 'convos'))} conversations on the first page"


def _tried(permission: Permission, read: Callable[[], str]) -> Finding:
    try:
        return Finding(permission.name, Proof.OK, read())
    except PlatformError as error:
        return failed(permission.name, error, permission.where)
