"""Whether silence is silence: with too weak a role on the page, LinkedIn answers 200 and an empty list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.connectors._linkedin.urns import post_urn
from slamon.errors import PlatformError, Verdict

if TYPE_CHECKING:
    from slamon.connectors._linkedin.calls import Calls
    from slamon.connectors._linkedin.settings import LinkedInSettings

ADMINISTRATOR = "ADMINISTRATOR"
READERS = (ADMINISTRATOR, "DIRECT_SPONSORED_CONTENT_POSTER")
"""Roles with which comments are shown; notifications want the first."""
WHERE = "on LinkedIn: the page, Admin tools, Manage admins: a super admin gives the member that role"
_NAMES = ("organization", "organizationTarget", "organizationalTarget")
"""LinkedIn's pages call the same field by each of these."""


def needed(settings: LinkedInSettings) -> tuple[str, ...]:
    """Any one of these roles will do for what the channel reads."""
    if settings.roles:
        return settings.roles
    by_notifications = settings.comments_by == "notifications" or "mentions" in settings.watch
    return (ADMINISTRATOR,) if by_notifications else READERS


class Rights:
    """The roles of the token's member on the page, asked for once in a read, and only when something is not shown."""

    def __init__(self, calls: Calls, settings: LinkedInSettings) -> None:
        self._calls = calls
        self._settings = settings
        self._standing: bool | None = None

    def stand(self) -> bool:
        """Whether a role that may read is proved; false where roles cannot be asked for.

        :raises PlatformError: `PERMISSION`: the member has none of them.
        """
        if self._standing is None:
            self._standing = self._asked()
        return self._standing

    def roles(self) -> frozenset[str]:
        """The member's approved roles on the page.

        :raises PlatformError: they cannot be read.
        """
        found: set[str] = set()
        for page in self._calls.roles():
            elements = [each for each in page.elements if isinstance(each, dict)]
            mine = [each for each in elements if self._is_here(each) and each.get("state", "APPROVED") == "APPROVED"]
            found |= {role for each in mine if isinstance(role := each.get("role"), str)}
        return frozenset(found)

    def lack(self, roles: frozenset[str]) -> str:
        """What is wrong with these roles, in words; empty where one of them will do."""
        wanted = needed(self._settings)
        if roles & set(wanted):
            return ""
        has = ", ".join(sorted(roles)) or "none"
        return (
            f"the token's member has no role on the page that may read it: {' or '.join(wanted)} is needed, has {has}"
        )

    def _asked(self) -> bool:
        try:
            roles = self.roles()
        except PlatformError as error:
            if error.verdict not in {Verdict.PERMISSION, Verdict.NOT_FOUND}:
                raise
            return False
        if lack := self.lack(roles):
            raise PlatformError(Verdict.PERMISSION, f"LinkedIn shows nothing, and {lack} ({WHERE})", code="role")
        return True

    def _is_here(self, element: dict[str, object]) -> bool:
        return self._settings.organization in {post_urn(element.get(name)) for name in _NAMES}
