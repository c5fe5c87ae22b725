"""Whether our own mail server found that a mail really comes from the domain it names (RFC 8601, RFC 7489).

A sender is a line of text that anybody can write. Headers of results can be written by anybody, too: only those that
name a trusted server count, and that server must remove forged ones, as RFC 8601 section 5 tells it to.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from slamon.connectors._email.headers import Header

FIELD = "authentication-results"
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_COMMENT = re.compile(r"\([^()]*\)")
_COMMENTS_CAP = 10
_RESULT = re.compile(r"dmarc(?: ?/ ?1)? ?= ?([a-z]+)(?: |$)")
_FROM = re.compile(r"(?:^| )header\.from ?= ?(\S+)")


def passed(header: Header, trusted: Collection[str]) -> bool:
    """Whether the newest result of a trusted server says that DMARC passed for the sender's domain."""
    address, _ = header.sender()
    if not address or not header.has_one_sender:
        return False
    domain = address.rpartition("@")[2]
    names = {name.lower() for name in trusted}
    for value in header.all(FIELD):
        server, results = _taken_apart(value)
        if server in names and results:
            return all(_says_yes(result, domain) for result in results)
    return False


def _taken_apart(value: str) -> tuple[str, list[str]]:
    """Who says it, and its DMARC results; nothing where quotes or brackets do not close: strangers wrote there."""
    bare = _QUOTED.sub("", value)
    for _ in range(_COMMENTS_CAP):
        bare = _COMMENT.sub(" ", bare)
    if any(sign in bare for sign in '"()\\'):
        return "", []
    server, *results = (" ".join(part.split()).lower() for part in bare.split(";"))
    return server.split(" ")[0], [result for result in results if result.startswith("dmarc")]


def _says_yes(result: str, domain: str) -> bool:
    verdict, named = _RESULT.match(result), _FROM.search(result)
    return bool(verdict and verdict[1] == "pass" and named and named[1].rpartition("@")[2] == domain)
