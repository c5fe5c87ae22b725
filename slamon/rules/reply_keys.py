"""The keys under `automation` and `no_reply` in a channel's file: the shape only."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

from pydantic import BeforeValidator, Field

from slamon.fields import Span, Words, mistake
from slamon.shape import Keys

FEWEST, MOST = 2, 500
"""Times that a text is repeated: so many replies of a channel are remembered."""


def _times(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not FEWEST <= value <= MOST:
        raise mistake(f"should be a whole number from {FEWEST} to {MOST}")
    return value


Times: TypeAlias = Annotated[int, BeforeValidator(_times)]


class SuspectKeys(Keys):
    """What makes an answer look automatic: it still counts as a person's."""

    faster_than: Span | None = Field(
        default=None, description="An answer that comes sooner is suspected to be automatic: `5s`"
    )
    repeated: Times | None = Field(
        default=None,
        description="So is a text used in so many threads, of the last 500 answers; needs `pip install 'slamon[text]'`",
    )


class AutomationKeys(Keys):
    """What answers by itself, beside what the platform marks."""

    author: Words = Field(default=(), description="Handles or ids; one or a list")
    app: Words = Field(default=(), description="What it was written with, as the platform names it; one or a list")
    pattern: Any = Field(default=None, description="Regular expressions found in such texts; one or a list")
    suspect: SuspectKeys | None = Field(default=None, description="What is counted and shown as suspected, no more")


class NoReplyKeys(Keys):
    """A reason for which a message needs no reply."""

    reason: str = Field(description="A short name, shown and counted: `giveaway`")
    when: Any = Field(default=None, description="Conditions as in a policy, looked at for each message by itself")


REPLY_KEYS: tuple[tuple[str, type[Keys]], ...] = (
    ("automation", AutomationKeys),
    ("automation.suspect", SuspectKeys),
    ("no_reply[]", NoReplyKeys),
)
"""Where each model stands, for the table in the manual."""
