"""The keys of a channel on a Facebook Page."""

from enum import StrEnum

from pydantic import Field

from slamon.connectors._graph.settings import GraphSettings, ObjectId
from slamon.fields import Span
from slamon.model import DAY


class Surface(StrEnum):
    """Where on Facebook to look."""

    POSTS = "posts"
    """What visitors post on the Page."""
    COMMENTS = "comments"
    """What people write under the Page's own posts."""
    ADS = "ads"
    """What people write under posts that were made for advertisements."""
    TAGS = "tags"
    """Public posts elsewhere that tag the Page."""


class FacebookSettings(GraphSettings):
    """The keys of a channel on a Facebook Page."""

    account: ObjectId = Field(description="the Page's id")
    team: tuple[ObjectId, ...] = Field(
        (), max_length=99, description="ids of further Pages and people that answer for the brand"
    )
    watch: tuple[Surface, ...] = Field(
        (Surface.POSTS, Surface.COMMENTS), min_length=1, description="where to look: `posts`, `comments`, `ads`, `tags`"
    )
    posts_for: Span = Field(
        30 * DAY,
        description="how long after its creation a post is watched for new comments; longer where somebody waits",
    )
