"""Every error that slamon raises on purpose; the text of each is meant for a person."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class SlamonError(Exception):
    """The base: its text says what happened, where, and what to do."""


class UsageError(SlamonError):
    """The command or its environment cannot work as asked (exit code 2)."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One mistake in a file that a person edits: where it is, what it is, what to write instead."""

    file: str
    line: int
    column: int
    message: str
    hint: str = ""

    def __str__(self) -> str:
        hint = f" ({self.hint})" if self.hint else ""
        return f"{self.file}:{self.line}:{self.column}: {self.message}{hint}"


class FaultsError(SlamonError):
    """All mistakes of a configuration or a rule set at once (exit code 1)."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults


class Verdict(StrEnum):
    """What to do about an answer of a platform that is not a good page."""

    RETRY = "retry"
    """A passing fault: try again with back-off."""
    WAIT = "wait"
    """The platform named, or implied, the instant before which nothing will be answered."""
    REFRESH = "refresh"
    """The token was refused: refresh it once if that is possible, else it is a bad credential."""
    CREDENTIAL = "credential"
    """The token is refused for good: only a person can mend it."""
    PERMISSION = "permission"
    """The token is good but may not read this: a scope, an access level, a product tier."""
    PAYMENT = "payment"
    """Credits or a monthly cap are used up: waiting a minute does not help."""
    BAD_REQUEST = "bad_request"
    """slamon asked for something the platform does not know: a fault of ours, never retried at once."""
    BAD_ANSWER = "bad_answer"
    """Not JSON, cut off, too large, too deep, or of another shape than documented."""
    NOT_FOUND = "not_found"
    """The account or the post does not exist (any more)."""


class PlatformError(SlamonError):
    """A platform did not give a good page. `until` is epoch milliseconds, for `Verdict.WAIT` and `PAYMENT`.

    `endpoint` is what refuses everybody with this credential until then; empty: everything does; `None`: this read.
    """

    def __init__(
        self, verdict: Verdict, message: str, *, code: str = "", until: int | None = None, endpoint: str | None = None
    ) -> None:
        super().__init__(message)
        self.verdict = verdict
        self.code = code
        self.until = until
        self.endpoint = endpoint


class StoreError(SlamonError):
    """The database cannot be used: locked by another writer, read-only, full, corrupt, of another version."""
