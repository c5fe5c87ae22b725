"""What the pretend LinkedIn is made of: posts, comments, notifications, and the ways in which it may tell of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from slamon.model import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A post, known by its number as a share; `activity` is its other number."""

    id: str
    activity: str
    author: str
    text: str
    created_at: Instant
    modified_at: Instant
    mentions_page: bool = False
    visible: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A comment, or a reply below the comment `parent`. `mention` is whom it begins with."""

    id: str
    post: str
    author: str
    impersonator: str | None
    text: str
    created_at: Instant
    modified_at: Instant
    parent: str | None = None
    mention: str | None = None
    appears_at: Instant = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One line of the page's notifications."""

    id: int
    action: str
    post: str
    comment: str | None
    at: Instant
    visible_at: Instant


@dataclass(slots=True)
class Ways:
    """How this LinkedIn tells things, where its documents leave it open."""

    urn_key: str = "commentUrn"
    """Or `$URN`."""
    decorated: bool = True
    """Notifications tell what was written, and by whom."""
    short_urns: bool = True
    """Notifications name comments in the short form."""
    totals: bool = True
    """Pages tell how many elements there are in all."""
    links: bool = True
    """Pages link to the next one."""
    inline_replies: bool = False
    """A post's list of comments holds the replies too."""
    summaries: bool = True
    """Comments tell how many replies stand below them."""
    mention_in: str = "generatedActivity"
    """Where a notification names the post that mentions the page; or `sourcePost`."""
    acl_key: str = "organization"
    """What a list of roles calls the organization; or `organizationTarget`, or `organizationalTarget`."""
    closed_to_pages: bool = False
    """Posts of others, and their comments, cannot be read by a page."""
    quiet_replies: bool = False
    """Notifications tell nothing of replies below comments."""
    offsets: bool = True
    """The list of notifications takes `start` and `count`."""
    most_in_a_page: int = 100
    """More is cut down in silence, where it is less than 100."""
