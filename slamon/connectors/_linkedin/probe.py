"""What a LinkedIn token may really read: a small read for each right, and the list of roles behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.connectors._linkedin.notes import MENTIONED, WRITTEN
from slamon.connectors._linkedin.rights import Rights, needed
from slamon.connectors._linkedin.urns import post_urn
from slamon.connectors.base import Finding, Permission, Proof, failed
from slamon.errors import PlatformError, Verdict
from slamon.model import DAY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.connectors._linkedin.calls import Calls
    from slamon.connectors._linkedin.settings import LinkedInSettings
    from slamon.connectors._linkedin.tokens import Credential

ROLE = Permission(
    "ADMINISTRATOR",
    "everything: with a weaker role on the page LinkedIn answers with empty lists (to read comments alone, "
    "DIRECT_SPONSORED_CONTENT_POSTER will do)",
    "on LinkedIn: the page, Admin tools, Manage admins: a super admin gives the member that role",
)
COMMENTS = Permission(
    "r_organization_social_feed",
    "posts of the page, comments and replies",
    "the product Community Management API in LinkedIn's developer portal; then the admin signs in anew with this scope",
)
NOTIFICATIONS = Permission(
    "rw_organization_admin",
    "notifications: mentions, and where new comments are; and the roles on the page",
    "the product Community Management API in LinkedIn's developer portal; then the admin signs in anew with this scope",
    optional=True,
)


class Probing:
    """One `slamon probe` of a channel on LinkedIn."""

    def __init__(self, calls: Calls, settings: LinkedInSettings, credential: Credential) -> None:
        self._calls = calls
        self._settings = settings
        self._credential = credential
        self._proved = False
        """Whether a role that may read is known to stand: only then is an empty list silence."""

    def findings(self) -> Iterator[Finding]:
        """A line for each right that the channel uses."""
        told = self._credential.learn()
        granted = told.scopes if told else None
        yield self._role()
        yield self._scope(COMMENTS, self._settings.scopes.comments, granted)
        if self._settings.comments_by == "notifications" or "mentions" in self._settings.watch:
            yield self._scope(NOTIFICATIONS, self._settings.scopes.notifications, granted)

    def _role(self) -> Finding:
        rights = Rights(self._calls, self._settings)
        try:
            roles = rights.roles()
        except PlatformError as error:
            if error.verdict is Verdict.PERMISSION:
                hint = f"roles are shown only with {self._settings.scopes.notifications}"
                return Finding(ROLE.name, Proof.UNKNOWN, str(error), hint)
            return failed(ROLE.name, error)
        if lack := rights.lack(roles):
            return Finding(ROLE.name, Proof.MISSING, lack, ROLE.where)
        self._proved = True
        return Finding(
            ROLE.name, Proof.OK, f"roles on the page: {', '.join(sorted(roles & set(needed(self._settings))))}"
        )

    def _scope(self, permission: Permission, scope: str, granted: frozenset[str] | None) -> Finding:
        hint = permission.where
        if granted is not None and scope not in granted:
            return Finding(permission.name, Proof.MISSING, f"the token was granted without {scope}", hint)
        try:
            said, seen = self._comments() if permission is COMMENTS else self._notifications()
        except PlatformError as error:
            return failed(permission.name, error, hint if error.verdict is Verdict.PERMISSION else "")
        if seen or self._proved:
            return Finding(permission.name, Proof.OK, said)
        return Finding(permission.name, Proof.UNKNOWN, said, f"an empty list may also be a missing role: {ROLE.where}")

    def _comments(self) -> tuple[str, bool]:
        posts = next(self._calls.posts(10)).elements
        urns = [urn for each in posts if isinstance(each, dict) and (urn := post_urn(each.get("id")))]
        if not urns:
            return "no posts", False
        found = len(next(self._calls.comments(urns[0])).elements)
        return f"posts can be read; comments on the first page of the one changed last: {found or 'none'}", bool(found)

    def _notifications(self) -> tuple[str, bool]:
        now = self._calls.now()
        found = len(next(self._calls.notifications([*WRITTEN, MENTIONED], now - 7 * DAY, now)).elements)
        return f"notifications of the last 7 days, on the first page: {found or 'none'}", bool(found)
