"""The account itself: found through the Page it is linked to, or directly, by the way that somebody logged in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from slamon.connectors._graph.answers import ident
from slamon.connectors._graph.errors import NO_SUCH_FIELD
from slamon.connectors._instagram.comments import Us
from slamon.connectors._instagram.settings import Login, Surface
from slamon.connectors._messenger.probe import refuse_lacking
from slamon.connectors.base import Identity, Permission
from slamon.errors import PlatformError, Verdict
from slamon.model import DAY

if TYPE_CHECKING:
    from collections.abc import Callable

    from slamon.connectors._graph.answers import Json
    from slamon.connectors._graph.client import Graph
    from slamon.connectors._instagram.settings import InstagramSettings
    from slamon.connectors._instagram.token import Renewal
    from slamon.model import Instant, Millis

ME = "me"
NAMED_FOR: Millis = DAY
"""How long a name is believed: an account may take another one, and where no id is shown, the name decides."""

_APP = "add it to the Meta app under Use cases, Instagram, and make the Page's token anew"
_LOG_IN = "add it to the Meta app under Use cases, Instagram, and log in through Instagram again"


@dataclass(frozen=True, slots=True)
class Rights:
    """The permissions that one way to log in needs: for the account itself, and for each surface."""

    basic: tuple[Permission, ...]
    comments: tuple[Permission, ...]
    messages: tuple[Permission, ...]

    def needed(self, watch: tuple[Surface, ...]) -> tuple[Permission, ...]:
        """Those that a channel needs for what it watches."""
        comments = self.comments if {Surface.COMMENTS, Surface.TAGS} & set(watch) else ()
        return (*self.basic, *comments, *(self.messages if Surface.MESSAGES in watch else ()))


def _permission(name: str, serves: str, where: str) -> Permission:
    return Permission(name, serves, where, optional=True)


RIGHTS = {
    Login.FACEBOOK: Rights(
        (
            _permission("instagram_basic", "the account and its posts (login: facebook)", _APP),
            _permission("pages_show_list", "the Page that the account is linked to (login: facebook)", _APP),
            _permission("pages_read_engagement", "the Page that the account is linked to (login: facebook)", _APP),
        ),
        (_permission("instagram_manage_comments", "comments and tags (login: facebook)", _APP),),
        (
            _permission("instagram_manage_messages", "direct messages (login: facebook)", _APP),
            _permission("pages_manage_metadata", "direct messages (login: facebook)", _APP),
        ),
    ),
    Login.INSTAGRAM: Rights(
        (_permission("instagram_business_basic", "the account and its posts (login: instagram)", _LOG_IN),),
        (_permission("instagram_business_manage_comments", "comments and tags (login: instagram)", _LOG_IN),),
        (_permission("instagram_business_manage_messages", "direct messages (login: instagram)", _LOG_IN),),
    ),
}
EVERY_SURFACE = tuple(Surface)


class Account:
    """Who answers: the account's id and present name, and its team's names."""

    def __init__(
        self, graph: Graph, settings: InstagramSettings, renewal: Renewal | None, now: Callable[[], Instant]
    ) -> None:
        """`renewal`: of a token that is renewed here."""
        self._graph = graph
        self._settings = settings
        self._renewal = renewal
        self._now = now
        self._handle = settings.account
        self._named_at: Instant = 0

    @property
    def rights(self) -> Rights:
        """What the token needs."""
        return RIGHTS[self._settings.login]

    def identify(self) -> Identity:
        """The account behind the token, which has to be the one that is configured."""
        account, handle = self._found()
        self._named_at = self._now()
        if handle != self._settings.account:
            text = f"the token is that of @{handle}, not of @{self._settings.account}: renamed, or another account"
            raise PlatformError(Verdict.NOT_FOUND, text, code="another_account")
        return Identity(account, handle, tuple(dict.fromkeys(self._settings.team)))

    def us(self, identity: Identity) -> Us:
        """Who answers, under the present name of the account: it is asked for once a day."""
        now = self._now()
        if now - self._named_at >= NAMED_FOR:
            account, self._handle = self._found()
            if account != identity.account:
                text = f"the token is that of another account now, @{self._handle}"
                raise PlatformError(Verdict.NOT_FOUND, text, code="another_account")
            self._named_at = now
        return Us(identity.account, self._handle, frozenset(identity.team))

    def check_rights(self) -> None:
        """What is missing comes back empty, not refused.

        :raises PlatformError: Meta's own list lacks a permission that the channel needs.
        """
        needed = self.rights.needed(self._settings.watch)
        refuse_lacking(needed, self.listed())

    def listed(self) -> frozenset[str]:
        """What the token may do, as Meta lists it; empty where it does not."""
        if self._renewal is not None:
            return self._renewal.permissions
        facts = self._graph.inspected()
        return facts.scopes if facts else frozenset()

    def _found(self) -> tuple[str, str]:
        """Id and name, in lower case."""
        if self._settings.login is Login.INSTAGRAM:
            found = self._graph.node(ME, "/me", {"fields": "user_id,username"})
            return _named(found, "user_id")
        try:
            page = self._graph.node(ME, "/me", {"fields": "id,name,instagram_business_account{id,username}"})
        except PlatformError as error:
            if error.code != NO_SUCH_FIELD:
                raise
            text = "this is not a Page's token: use that of the Page which the account is linked to"
            raise PlatformError(Verdict.CREDENTIAL, text, code="no_page_token") from None
        linked = page.get("instagram_business_account")
        if not isinstance(linked, dict):
            text = "the Page shows no professional account on Instagram: link one, or add instagram_basic to the token"
            raise PlatformError(Verdict.PERMISSION, text, code="not_linked")
        return _named(linked, "id")


def _named(found: Json, key: str) -> tuple[str, str]:
    account: Any = found.get(key)
    handle = found.get("username")
    if type(account) is int and account > 0:
        account = str(account)
    try:
        return ident(account), ident(handle).lower()
    except ValueError:
        text = f"{ME}: the platform's answer shows neither the account's id nor its name"
        raise PlatformError(Verdict.BAD_ANSWER, text, code="bad_answer") from None
