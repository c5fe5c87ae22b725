"""Search queries in X's language: what X would refuse is refused when the configuration is read.

Sources: X's pages on building a query and its operators, August 2026. `and` and `or` as plain words are refused by X
as ambiguous.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from slamon.fields import mistake

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST = 512
"""Characters that X takes without an enterprise plan, with what slamon adds."""
NO_RETWEETS = "-is:retweet"
RENAMED = {"min_faves": "min_likes", "min_retweets": "min_reposts"}
"""Operators of X's web search that its API refuses, and what they are called there."""
_PART = re.compile(r'-?(?:[A-Za-z_]+:)?"[^"]*"|-?[A-Za-z_]+:\[[^\]]*\]|[()]|-?[^\s()"]+|"')
_OPERATOR = re.compile(r"-?([A-Za-z_]+):")
_HELPERS = ("is:", "has:", "lang:")
"""They only narrow down what another operator finds."""


def checked_query(value: object) -> str:
    """`value` with its blanks tidied, being a query that X takes.

    :raises PydanticCustomError: it is none.
    """
    if not isinstance(value, str) or not value.strip():
        raise mistake("should be a search query", 'write words as on X: "acme parcel" OR #acmefail')
    query = " ".join(value.split())
    parts = _PART.findall(query)
    _check_marks(parts)
    _check_order(parts)
    for part in parts:
        _check_operator(part)
    if not any(_stands_alone(part) for part in parts):
        hint = "add a word, a #tag or a name; negated ones and is:, has:, lang: only narrow down"
        raise mistake(f"`{query[:60]}` has nothing to search for", hint)
    if (length := len(as_sent(query))) > LONGEST:
        raise mistake(f"a query of {length} characters with what slamon adds is too long", f"X takes {LONGEST}")
    return query


def as_sent(query: str) -> str:
    """The query as X is asked: without retweets. Alternatives get brackets, for a space binds before OR."""
    parts = _PART.findall(query)
    if NO_RETWEETS in (part.lower() for part in parts):
        return query
    return f"({query}) {NO_RETWEETS}" if "OR" in parts else f"{query} {NO_RETWEETS}"


def _check_marks(parts: Sequence[str]) -> None:
    if '"' in parts:
        raise mistake("has a quotation mark without its other half")
    depth = 0
    for part in parts:
        depth += (part == "(") - (part == ")")
        if depth < 0:
            break
    if depth:
        raise mistake("has a bracket without its other half")


def _check_order(parts: Sequence[str]) -> None:
    for before, part in zip(["(", *parts], [*parts, ")"], strict=True):
        if part == "OR" and before in {"(", "OR"}:
            raise mistake("has an OR with nothing before it")
        if part == ")" and before in {"(", "OR"}:
            raise mistake("has an OR with nothing after it" if before == "OR" else "has empty brackets")
        if part == "(" and before == "-":
            raise mistake("negates a group, which X does not take", "write -snow -day instead of -(snow OR day)")


def _check_operator(part: str) -> None:
    if part.lower() == "and":
        raise mistake(f"`{part}` is no operator of X", 'a space joins; write "and" for the word itself')
    if part.lower() == "or" and part != "OR":
        raise mistake(f"`{part}` is ambiguous to X", 'write OR to join, "or" for the word itself')
    match = _OPERATOR.match(part)
    name = match[1].lower() if match else ""
    if name in RENAMED:
        raise mistake(f"`{name}:` is no operator of X's API", f"write {RENAMED[name]}:")
    if part.lower() == "is:retweet":
        raise mistake("asks for retweets, which slamon leaves out", "leave is:retweet out")
    if part.lower() == "is:nullcast":
        raise mistake("asks for is:nullcast, which X only takes negated", "write -is:nullcast")


def _stands_alone(part: str) -> bool:
    return part not in {"(", ")", "OR"} and not part.startswith("-") and not part.lower().startswith(_HELPERS)
