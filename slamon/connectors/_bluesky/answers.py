"""Bluesky's answers: what they say of errors and budgets, and the lists in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slamon.connectors._verdicts import Problem
from slamon.connectors.base import Quota
from slamon.connectors.http import Dialect
from slamon.errors import PlatformError, Verdict
from slamon.model import SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from slamon.connectors._answers import Answer
    from slamon.connectors._bluesky.ids import Json

NO_RECORD = "RecordNotFound"
NO_REPO = "RepoNotFound"
"""Our name too for a 400 that says `Could not find repo`: it is in another house, or its account is suspended."""
NO_MESSAGES = "NoDirectMessages"
"""Our name for the 400 with which an app password is kept away from direct messages."""
UNKNOWN_METHOD = "MethodNotImplemented"
NOT_HERE = frozenset({NO_REPO, UNKNOWN_METHOD, "XRPCNotSupported", "AuthMissing"})
"""A host that holds no such repository, or shows none to the public: the network shows the same posts."""

SHARED = frozenset(
    {
        "session", "profiles", "notifications", "preferences", "records", "record", "posts", "feed", "replies", "log",
        "conversations", "requests", "conversation", "messages",
    }
)  # fmt: skip
"""Endpoints that share the budget of requests."""
LOGIN, REFRESH = "login", "refresh"

VERDICTS: Mapping[str, Verdict] = {
    "ExpiredToken": Verdict.REFRESH,  # comes as 400
    "InvalidToken": Verdict.REFRESH,
    NO_MESSAGES: Verdict.PERMISSION,
    NO_RECORD: Verdict.NOT_FOUND,
    NO_REPO: Verdict.NOT_FOUND,
    UNKNOWN_METHOD: Verdict.BAD_REQUEST,
    "AccountTakedown": Verdict.CREDENTIAL,
    "AccountDeactivated": Verdict.CREDENTIAL,
}
SHORT = 50
"""A page of records with fewer is the last: a repository always names a cursor, and the next page would be empty."""
_NUMBER = 12


def listed(endpoint: str, answer: Answer, name: str) -> Sequence[Any]:
    """The list of that name.

    :raises PlatformError: there is none: silence has an empty one.
    """
    found = whole(endpoint, answer).get(name)
    if not isinstance(found, list):
        raise bad(endpoint, f"has no list of {name}")
    return found


def cursor(endpoint: str, answer: Answer) -> str | None:
    """Where the next page begins; `None` after the last."""
    found = whole(endpoint, answer).get("cursor")
    if found is None or (isinstance(found, str) and found):
        return found
    raise bad(endpoint, "has a cursor that is no text")


def whole(endpoint: str, answer: Answer) -> Json:
    """The answer as the object that it must be.

    :raises PlatformError: it is none.
    """
    if not isinstance(answer.json, dict):
        raise bad(endpoint, "is no object")
    return answer.json


def bad(endpoint: str, what: str) -> PlatformError:
    """The error for an answer of another shape than documented."""
    return PlatformError(Verdict.BAD_ANSWER, f"{endpoint}: the platform's answer {what}", code="bad_answer")


def problem(document: Any) -> Problem:  # noqa: ANN401 - any JSON
    """The name and the words of a refusal."""
    if not isinstance(document, dict):
        return Problem()
    name, words = (value if isinstance(value := document.get(key), str) else "" for key in ("error", "message"))
    if words.startswith("Could not find repo"):
        name = NO_REPO
    if name == "InvalidToken" and words.startswith(("Bad token method", "Bad token scope")):
        name = NO_MESSAGES
    return Problem(name, words)


def budget(endpoint: str, headers: Mapping[str, str]) -> Quota | None:
    """What is left for this address of ours; `None` where nothing is said, which is not zero."""
    values = [headers.get(f"ratelimit-{part}", "") for part in ("limit", "remaining", "reset")]
    if not all(value.isascii() and value.isdigit() and len(value) <= _NUMBER for value in values):
        return None
    limit, remaining, reset = map(int, values)
    if endpoint in SHARED:
        return Quota("requests", limit, remaining, reset * SECOND, endpoints=tuple(sorted(SHARED)))
    return Quota(endpoint, limit, remaining, reset * SECOND)


DIALECT = Dialect(verdicts=VERDICTS, problem=problem, budget=budget)
