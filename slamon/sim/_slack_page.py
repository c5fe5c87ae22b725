"""The page of the pretend Slack: its channels as a person would see them. All text is set as text, never as HTML."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any

from slamon.sim._slack_workspace import BOT_ID, RefusedError
from slamon.sim.server import Answer, PretendServer, Request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slamon.sim._slack_workspace import Posted, Workspace
    from slamon.sim.slack import PretendSlack

SHOWN_MESSAGES = 200
KINDS = {"html": "text/html", "css": "text/css", "js": "text/javascript"}
GUARDS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}


def add_page(server: PretendServer, workspace: Workspace, groups: Mapping[str, str]) -> None:
    """Serve the page at `/`, its parts, and the data that it asks for again and again."""
    for path, name in (("/", "slack.html"), ("/slack.css", "slack.css"), ("/slack.js", "slack.js")):
        _add_file(server, path, name)

    @server.route("GET", "/page.json")
    def page(request: Request) -> Answer:
        if request.query.get("version") == str(workspace.version):
            return Answer.json({"version": workspace.version}, headers=GUARDS)
        return Answer.json(_state(workspace, groups), headers=GUARDS)


def add_clicks(server: PretendServer, slack: PretendSlack) -> None:
    """Let whoever looks at the page click what stands there, as the member "You"."""

    @server.route("POST", "/page/click")
    def click(request: Request) -> Answer:
        try:
            asked = request.json()
            place = slack.workspace.place(str(asked["channel"]))
            message = slack.workspace.message(place, str(asked["ts"]), "message_not_found")
            slack.clicks(message, str(asked["action"]), by="U0YOU")
        except (LookupError, RefusedError, TypeError, ValueError):
            return Answer.json({"ok": False}, 400, GUARDS)
        return Answer.json({"ok": True}, headers=GUARDS)


def _add_file(server: PretendServer, path: str, name: str) -> None:
    text = files("slamon.sim").joinpath("pages", name).read_text(encoding="utf-8")
    answer = Answer.text(text, kind=KINDS[name.rsplit(".", 1)[1]])

    @server.route("GET", path)
    def serve(_request: Request) -> Answer:
        return Answer(answer.status, answer.body, {**answer.headers, **GUARDS})


def _state(workspace: Workspace, groups: Mapping[str, str]) -> dict[str, Any]:
    # The version is read first: what is accepted meanwhile is asked for once more, never missed.
    version = workspace.version
    newest = tuple(workspace.messages)[-SHOWN_MESSAGES:]
    names = {id_: f"@{handle}" for handle, id_ in groups.items()}
    names |= {id_: f"@{mail.partition('@')[0]}" for mail, id_ in workspace.users.items()}
    channels = [
        {
            "name": ("#" if place.id.startswith("C") else "") + place.name,
            "messages": [_row(message) for message in newest if message.channel == place.id],
        }
        for place in tuple(workspace.places.values())
    ]
    return {"version": version, "names": names, "channels": channels}


def _row(message: Posted) -> dict[str, Any]:
    return {
        "channel": message.channel,
        "ts": message.ts,
        "thread": message.thread_ts,
        "broadcast": message.broadcast,
        "edits": len(message.edits),
        "deleted": message.deleted,
        "text": message.text,
        "blocks": message.blocks,
        "ours": message.bot_id == BOT_ID,
    }
