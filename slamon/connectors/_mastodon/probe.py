"""Proves the scopes of a Mastodon token by real reads, and says what the account's own settings keep from slamon."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.connectors._mastodon import lists
from slamon.connectors._mastodon.api import NOT_IMPLEMENTED, UNKNOWN_HERE
from slamon.connectors._mastodon.identity import identify, token_owner
from slamon.connectors._mastodon.lists import StatusList, account_path
from slamon.connectors.base import Finding, Permission, Proof, failed
from slamon.errors import PlatformError, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from slamon.connectors._mastodon.api import Api
    from slamon.connectors._mastodon.settings import MastodonSettings

_WHERE = "the account's Preferences, Development, your application: tick {}, save, and take the new access token"
PROFILE = Permission("read:accounts", "whose token it is, and who belongs to the team", _WHERE.format("read:accounts"))
NOTIFICATIONS = Permission(
    "read:notifications", "mentions, quotes and private mentions", _WHERE.format("read:notifications")
)
STATUSES = Permission("read:statuses", "your answers, conversations, deletions", _WHERE.format("read:statuses"))
POLICY_KEYS = (
    "for_not_following", "for_not_followers", "for_new_accounts", "for_private_mentions", "for_limited_accounts",
    "for_bots",
)  # fmt: skip
DROPS_HINT = "in Preferences, Notifications, choose to filter rather than to ignore: slamon reads what is filtered"
BOT_HINT = "answers of an automated account end no wait: in the profile, untick that it is automated"


def findings(api: Api, settings: MastodonSettings) -> Iterator[Finding]:
    """One finding or more for each scope, by small reads that write nothing."""
    for permission, look in ((PROFILE, _profile), (NOTIFICATIONS, _notifications), (STATUSES, _statuses)):
        yield from _found(permission, lambda look=look: list(look(api, settings)))  # type: ignore[misc]


def _found(permission: Permission, look: Callable[[], list[Finding]]) -> list[Finding]:
    try:
        return look()
    except PlatformError as error:
        return [failed(permission.name, error, permission.where if error.verdict is Verdict.PERMISSION else "")]


def _profile(api: Api, settings: MastodonSettings) -> Iterator[Finding]:
    me = token_owner(api, settings.account)
    team = identify(api, settings).team if settings.team else ()
    yield Finding(PROFILE.name, Proof.OK, f"@{settings.account} can be read, and {len(team)} of its team")
    if me.get("bot") is True:
        yield Finding(PROFILE.name, Proof.UNKNOWN, "the profile says that this account is automated", BOT_HINT)


def _notifications(api: Api, settings: MastodonSettings) -> Iterator[Finding]:
    del settings
    _, page = api.page(lists.notifications(["mention"], plain=True), {"limit": "1"})
    yield Finding(NOTIFICATIONS.name, Proof.OK, f"mentions can be read: {len(page.entries)} on the first page")
    policy = api.policy() or {}
    dropped = [key for key in POLICY_KEYS if policy.get(key) == "drop"]
    if dropped:
        said = f"the account ignores mentions by strangers ({', '.join(dropped)}): slamon never hears of those"
        yield Finding(NOTIFICATIONS.name, Proof.UNKNOWN, said, DROPS_HINT)


def _statuses(api: Api, settings: MastodonSettings) -> Iterator[Finding]:
    me = token_owner(api, settings.account)
    path = account_path(str(me.get("id"))) + "/statuses"
    _, page = api.page(StatusList("account_statuses", path, "", {"limit": 1}), {})
    yield Finding(STATUSES.name, Proof.OK, f"your own statuses can be read: {len(page.entries)} on the first page")
    if "messages" in settings.watch:
        yield _conversations(api)


def _conversations(api: Api) -> Finding:
    try:
        _, page = api.page(lists.CONVERSATIONS, {"limit": "1"})
    except PlatformError as error:
        if error.verdict not in UNKNOWN_HERE and error.code != NOT_IMPLEMENTED:
            raise
        said = "this server has no list of conversations: each dialogue in which somebody waits costs a call"
        return Finding(STATUSES.name, Proof.UNKNOWN, said, "nothing is to be done")
    return Finding(STATUSES.name, Proof.OK, f"conversations can be read: {len(page.entries)} on the first page")
