r"""A post's words out of LinkedIn's "little text": escapes undone, mentions and hashtags as people see them.

`@[Acme](urn:li:organization:1)` is a mention, `{hashtag|\#|sale}` a hashtag, and a backslash stands before each sign
that could be taken for one. Comments and notifications bring plain text instead.
"""

from __future__ import annotations

import re

from slamon.model import TEXT_CAP

# Each way begins with signs of its own and is bounded: no text takes long.
_PART = re.compile(
    r"\\(.)"
    r"|@\[((?:\\.|[^\\\]]){0,200})\]\((urn:[^()\s]{1,100})\)"
    r"|\{hashtag\|\\?#\|((?:\\.|[^\\|}]){1,200})\}",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


def plain(little: str) -> tuple[str, tuple[str, ...]]:
    """The text as people see it, and the URNs that it mentions, in the order of the text."""
    named: list[str] = []

    def shown(match: re.Match[str]) -> str:
        sign, name, urn, tag = match.groups()
        if urn is not None:
            named.append(urn)
            return _ESCAPE.sub(r"\1", name)
        return sign if sign is not None else "#" + _ESCAPE.sub(r"\1", tag)

    return _PART.sub(shown, little[: 2 * TEXT_CAP]), tuple(dict.fromkeys(named))
