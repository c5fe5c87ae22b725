"""Whether slamon can do at a destination what it needs: post, read back, edit and delete a message of its own."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from slamon.notifiers.base import Notice, Outcome, SendError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from slamon.notifiers.base import Receipt
    from slamon.notifiers.slack import Slack

LOOKS = 6
"""A second apart: history may show a message late."""
TEXT = "slamon tries whether it may write here. This message is deleted at once."
EDITED = "slamon tries whether it may write here, and edits its own message. It is deleted at once."
UNREAD = (
    "without it, slamon cannot see whether a message arrived when Slack's answer was lost: "
    "there may be one duplicate for each such case"
)
NOT_SHOWN = "Slack did not show the message within 5 s; " + UNREAD


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was tried at a destination; `outcome` is `ok`, `missing`, `unknown` or `failed`."""

    destination: str
    what: str
    outcome: str
    said: str = ""

    @property
    def good(self) -> bool:
        """Nothing is to be mended."""
        return self.outcome == "ok"


def probe(slack: Slack, destination: str, sleep: Callable[[float], None]) -> Iterator[Step]:
    """Try all of it, as far as it goes; `sleep` takes seconds."""
    intent = uuid.uuid4().hex
    try:
        message = slack.post(slack.resolve(destination), Notice(TEXT), intent)
    except SendError as error:
        yield _failed(destination, "post", error)
        return
    yield Step(destination, "post", "ok")
    yield _read_back(slack, destination, message, intent, sleep)
    yield _tried(destination, "edit", lambda: slack.edit(message, Notice(EDITED)))
    yield _tried(destination, "delete", lambda: slack.delete(message))


def found(slack: Slack, name: str) -> Step:
    """Whether somebody whom messages wake is known to Slack."""
    return _tried(name, "look up", lambda: slack.resolve(name))


def _read_back(slack: Slack, destination: str, message: Receipt, intent: str, sleep: Callable[[float], None]) -> Step:
    for look in range(LOOKS):
        sleep(1.0 if look else 0.0)
        try:
            found = slack.find(message.place, intent, parent=None, since=None)
        except SendError as error:
            step = _failed(destination, "read back", error)
            return Step(destination, step.what, step.outcome, f"{step.said}; {UNREAD}")
        if found == message:
            return Step(destination, "read back", "ok")
    return Step(destination, "read back", "unknown", NOT_SHOWN)


def _tried(destination: str, what: str, do: Callable[[], object]) -> Step:
    try:
        do()
    except SendError as error:
        return _failed(destination, what, error)
    return Step(destination, what, "ok")


def _failed(destination: str, what: str, error: SendError) -> Step:
    missing = error.code == "missing_scope" or error.outcome is Outcome.BAD_PLACE
    return Step(destination, what, "missing" if missing else "failed", str(error))
