"""What is asked of Slack to talk with one person there: who they are, what they reacted to, a word for them alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from slamon.notifiers._slack_form import form
from slamon.notifiers._slack_parts import SECTION_ROOM, section, tame
from slamon.notifiers.base import Outcome, SendError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from slamon.notifiers._slack_inbound import Click
    from slamon.notifiers.base import Receipt
    from slamon.notifiers.slack import Slack

Data: TypeAlias = "Mapping[str, Any]"


class Talk:
    """Every method may raise `SendError`. Safe from any thread."""

    def __init__(self, slack: Slack) -> None:
        self._slack = slack
        self._team = ""

    def team(self) -> str:
        """The id of our workspace, asked for once."""
        if not self._team:
            self._team = str(self._slack.ask("auth.test", {})["team_id"])
        return self._team

    def user(self, id_: str) -> Data:
        """What Slack tells of a person; needs the scope `users:read`."""
        return _mapping("users.info", self._slack.ask("users.info", {"user": id_})["user"])

    def resolve(self, destination: str) -> str:
        """The id of `@group` or `name@company`."""
        return self._slack.resolve(destination)

    def members(self, group: str) -> Sequence[str]:
        """The ids of a user group's members; needs the scope `usergroups:read`."""
        found = self._slack.ask("usergroups.users.list", {"usergroup": group})["users"]
        return [str(user) for user in found] if isinstance(found, list) else []

    def reactions(self, message: Receipt) -> list[tuple[str, str]]:
        """(emoji, user id) of all that stand below a message; needs the scope `reactions:read`."""
        where = {"channel": message.place, "timestamp": message.ts, "full": True}
        found = _mapping("reactions.get", self._slack.ask("reactions.get", where)["message"]).get("reactions")
        rows = [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []
        return [(str(row.get("name")), str(user)) for row in rows for user in row.get("users") or ()]

    def whisper(self, place: str, user: str, words: str, *, thread: str | None = None, undo: int | None = None) -> None:
        """Say something that only this person sees, with a button that takes the action `undo` back."""
        blocks = [section(words)]
        if undo is not None:
            text = {"type": "plain_text", "text": "Undo"}
            button = {"type": "button", "action_id": "undo", "text": text, "value": str(undo)}
            blocks.append({"type": "actions", "elements": [button]})
        body = {"channel": place, "user": user, "text": tame(words, SECTION_ROOM), "blocks": blocks, "parse": "none"}
        self._slack.ask("chat.postEphemeral", json={**body, **({"thread_ts": thread} if thread else {})})

    def open_form(self, click: Click) -> None:
        """Ask why no reply is needed; works for three seconds after the click."""
        self._slack.ask("views.open", json={"trigger_id": click.trigger, "view": form(click)})


def _mapping(method: str, found: object) -> Data:
    if not isinstance(found, dict):
        raise SendError(Outcome.UNKNOWN, f"{method}: Slack's answer makes no sense", code="bad_answer")
    return found
