"""Who answers on Mastodon: the account that the token belongs to, and its team."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.connectors._mastodon import facts
from slamon.connectors._mastodon.answers import bad
from slamon.connectors.base import Identity
from slamon.errors import PlatformError, Verdict

if TYPE_CHECKING:
    from slamon.connectors._mastodon.api import Api
    from slamon.connectors._mastodon.settings import MastodonSettings
    from slamon.connectors._mastodon.status import Json

NO_PERSON = "422"
"""What Mastodon answers to a token that was given to an application itself, on behalf of nobody."""


def identify(api: Api, settings: MastodonSettings) -> Identity:
    """The ids behind the handles.

    :raises PlatformError: the token belongs to another account or to none, or nobody has such a handle.
    """
    me = token_owner(api, settings.account)
    team = {handle: api.account_named(handle) for handle in settings.team}
    missing = [handle for handle, account in team.items() if account is None]
    if missing:
        names = ", ".join(f"@{handle}" for handle in missing)
        text = f"{settings.base_url} knows no account {names}: mistyped, moved, suspended or deleted"
        raise PlatformError(Verdict.NOT_FOUND, text, code="no_account")
    ids = [_id("lookup_account", account) for account in team.values() if account is not None]
    account = _id("verify_credentials", me)
    return Identity(account, settings.account, tuple(dict.fromkeys(each for each in ids if each != account)))


def token_owner(api: Api, wanted: str) -> Json:
    """The account that the token belongs to.

    :raises PlatformError: it is none, or not the account `wanted`.
    """
    try:
        me = api.me()
    except PlatformError as error:
        if error.code != NO_PERSON:
            raise
        text = "the access token belongs to an application, not to an account: take the one in the account's settings"
        raise PlatformError(Verdict.CREDENTIAL, text, code=NO_PERSON) from None
    name = facts.text(me.get("acct")) or facts.text(me.get("username"))
    if name.partition("@")[0].lower() != wanted.lower():
        shown = name[:100] if name.isprintable() else "?"
        raise PlatformError(
            Verdict.NOT_FOUND, f"the access token belongs to @{shown}, not to @{wanted}", code="other_account"
        )
    return me


def _id(endpoint: str, account: Json) -> str:
    try:
        return facts.checked(account.get("id"))
    except ValueError:
        raise bad(endpoint, "has no account id") from None
