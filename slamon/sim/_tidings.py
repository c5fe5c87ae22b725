"""What happens on the practice range, as lines for a person."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, TypeAlias

from slamon.logs import escape
from slamon.sim.world import Act, What

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from slamon.model import Instant
    from slamon.sim._slack_workspace import Posted, Workspace

Tiding: TypeAlias = dict[str, str | int]

WIDTH = 96


def of_act(act: Act, whose: str, at: Instant) -> Tiding:
    """What somebody just did on the pretend X, to a post by `whose` where it was somebody's."""
    about = f" @{whose}" if whose else ""
    own = " their post" if act.what in {What.EDIT, What.DELETE} else ""
    said = f': "{short(act.text)}"' if act.text else ""
    return {"at": at, "where": "X", "what": f"@{act.who} {act.what}{about}{own}{said}"}


def short(text: str) -> str:
    """`text` on one line of a terminal, safe to print whatever it holds."""
    line = escape(" ".join(text.split()))
    return line if len(line) <= WIDTH else line[: WIDTH - 1] + "…"


class SlackWatch:
    """Notices what was posted and edited in a pretend Slack since it was last asked."""

    def __init__(self, workspace: Workspace, groups: Mapping[str, str]) -> None:
        self._workspace = workspace
        self._calls = {f"<!subteam^{key}>": f"@{handle}" for handle, key in groups.items()}
        self._version = workspace.version
        self._edits: list[int] = []

    def news(self) -> Iterator[Tiding]:
        """One line for each message that is new or was edited, oldest message first."""
        if self._version == self._workspace.version:
            return
        self._version = self._workspace.version
        for place, message in enumerate(list(self._workspace.messages)):
            if place == len(self._edits):
                self._edits.append(len(message.edits))
                yield self._line(message, "reply" if message.thread_ts else "new")
            elif self._edits[place] != len(message.edits):
                self._edits[place] = len(message.edits)
                yield self._line(message, "edited")

    def _line(self, message: Posted, how: str) -> Tiding:
        at = message.edits[-1].at if how == "edited" else message.at
        name = self._workspace.places[message.channel].name
        return {"at": at, "where": "Slack", "what": f"#{name} {how}: {short(self._as_read(message.text))}"}

    def _as_read(self, text: str) -> str:
        for call, handle in self._calls.items():
            text = text.replace(call, handle)
        return html.unescape(text)
