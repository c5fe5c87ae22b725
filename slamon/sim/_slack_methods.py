"""The methods of the pretend Slack: who may call them, what they refuse, what they answer."""

from __future__ import annotations

import math
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from slamon.model import SECOND
from slamon.sim._slack_checks import refusal
from slamon.sim._slack_workspace import BOT_ID, BOT_USER, Place, Posted, RefusedError, Workspace
from slamon.sim.server import Answer, PretendServer, Request

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from slamon.model import Instant, Millis
    from slamon.sim.slack import PretendSlack

SCOPES = {
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "chat.delete": "chat:write",
    "conversations.history": "channels:history",
    "conversations.replies": "channels:history",
    "conversations.list": "channels:read",
    "conversations.open": "im:write",
    "users.lookupByEmail": "users:read.email",
    "usergroups.list": "usergroups:read",
    "usergroups.users.list": "usergroups:read",
    "users.info": "users:read",
    "chat.postEphemeral": "chat:write",
    "reactions.get": "reactions:read",
}
TRUE = {"1", "true", "True", True}


class Methods:
    """What can be called under `/api/`. `scopes` are the token's; take one away to see `missing_scope`."""

    def __init__(self, workspace: Workspace, token: str, groups: dict[str, str]) -> None:
        self.workspace = workspace
        self.groups = groups
        self.scopes = set(SCOPES.values())
        self.burst: int | None = None
        self.app_token = "xapp-pretend"  # noqa: S105 - it opens nothing but this range
        self._token = token
        self._buckets: dict[str, Instant] = {}
        self._lock = threading.Lock()

    def add_to(self, server: PretendServer) -> None:
        """Serve every method."""
        for name, method in (
            ("auth.test", self._auth_test),
            ("chat.postMessage", self._post),
            ("chat.update", self._update),
            ("chat.delete", self._delete),
            ("conversations.history", self._history),
            ("conversations.replies", self._replies),
            ("conversations.list", self._list),
            ("conversations.open", self._open),
            ("users.lookupByEmail", self._lookup),
            ("usergroups.list", self._usergroups),
        ):
            self._add(server, name, method)

    def add_people_to(self, server: PretendServer, slack: PretendSlack) -> None:
        """Serve the methods by which the app talks with persons, and opens its socket."""

        def whisper(body: Mapping[str, Any]) -> dict[str, Any]:
            _check(body)
            return slack.whisper(body)

        self._add(server, "chat.postEphemeral", whisper)
        self._add(server, "users.info", slack.members.info)
        self._add(server, "usergroups.users.list", slack.members.listed)
        self._add(server, "reactions.get", slack.reacted)
        self._add(server, "views.open", slack.open_view)
        self._add(server, "apps.connections.open", lambda _arguments: {"url": slack.sockets.address()})

    def _add(self, server: PretendServer, name: str, method: Callable[[Mapping[str, Any]], dict[str, Any]]) -> None:
        @server.route("POST", f"/api/{name}")
        def call(request: Request) -> Answer:
            try:
                self._admit(name, request)
                return Answer.json({"ok": True, **method(_arguments(request))})
            except RefusedError as error:
                return _no(error)

    def _admit(self, name: str, request: Request) -> None:
        given = request.headers.get("authorization", "")
        if not given:
            raise RefusedError("not_authed")
        if name == "apps.connections.open" and given == f"Bearer {self._token}":
            raise RefusedError("not_allowed_token_type")
        if given != f"Bearer {self.app_token if name == 'apps.connections.open' else self._token}":
            raise RefusedError("invalid_auth")
        needed = SCOPES.get(name)
        if needed and needed not in self.scopes:
            raise RefusedError("missing_scope", needed=needed, provided=",".join(sorted(self.scopes)))

    def _auth_test(self, _arguments: Mapping[str, Any]) -> dict[str, Any]:
        team = {"url": "https://pretend.slack.com/", "team": "Pretend", "team_id": "T0PRETEND"}
        return {**team, "user_id": BOT_USER, "bot_id": BOT_ID}

    def _post(self, body: Mapping[str, Any]) -> dict[str, Any]:
        place = self.workspace.place(str(body.get("channel", "")), names=True)
        _check(body)
        self._pace(place)
        message = self.workspace.post(place, body)
        return {"channel": place.id, "ts": message.ts, "message": message.shown(metadata=True)}

    def _update(self, body: Mapping[str, Any]) -> dict[str, Any]:
        place = self.workspace.place(str(body.get("channel", "")))
        _check(body)
        message = self.workspace.update(place, str(body.get("ts", "")), body)
        return {"channel": place.id, "ts": message.ts, "text": message.text}

    def _delete(self, body: Mapping[str, Any]) -> dict[str, Any]:
        place = self.workspace.place(str(body.get("channel", "")))
        self.workspace.delete(place, str(body.get("ts", "")))
        return {"channel": place.id, "ts": body.get("ts")}

    def _history(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        place = self.workspace.place(str(asked.get("channel", "")))
        roots = [message for message in self.workspace.readable(place) if message.thread_ts is None]
        return _page(roots[::-1], asked)

    def _replies(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        place, ts = self.workspace.place(str(asked.get("channel", ""))), str(asked.get("ts", ""))
        self.workspace.message(place, ts, "thread_not_found")
        thread = [message for message in self.workspace.readable(place) if ts in {message.ts, message.thread_ts}]
        return _page(thread, asked)

    def _list(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        kept = [place for place in tuple(self.workspace.places.values()) if place.id.startswith("C")]
        if asked.get("exclude_archived") in TRUE:
            kept = [place for place in kept if not place.archived]
        rows = [{"id": p.id, "name": p.name, "is_archived": p.archived, "is_member": p.member} for p in kept]
        return _slice("channels", rows, asked)

    def _open(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        return {"channel": {"id": self.workspace.open_direct(str(asked.get("users", ""))).id}}

    def _lookup(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        user = self.workspace.users.get(str(asked.get("email", "")))
        if user is None:
            raise RefusedError("users_not_found")
        return {"user": {"id": user}}

    def _usergroups(self, _asked: Mapping[str, Any]) -> dict[str, Any]:
        return {"usergroups": [{"id": id_, "handle": handle} for handle, id_ in self.groups.items()]}

    def _pace(self, place: Place) -> None:
        if self.burst is None:
            return
        now = self.workspace.clock()
        with self._lock:
            # The instant at which the bucket is full again, were nothing more sent.
            full_at = max(self._buckets.get(place.id, now), now) + SECOND
            wait: Millis = full_at - now - self.burst * SECOND
            if wait <= 0:
                self._buckets[place.id] = full_at
        if wait > 0:
            raise RefusedError("ratelimited", retry_after=str(math.ceil(wait / SECOND)))


def _arguments(request: Request) -> Mapping[str, Any]:
    if not request.body or "json" not in request.headers.get("content-type", ""):
        return dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
    try:
        data = request.json()
    except ValueError:
        raise RefusedError("invalid_json") from None
    if not isinstance(data, dict):
        raise RefusedError("json_not_object")
    return data


def _check(body: Mapping[str, Any]) -> None:
    code, details = refusal(body)
    if code:
        raise RefusedError(code, details)


def _page(messages: list[Posted], asked: Mapping[str, Any]) -> dict[str, Any]:
    oldest = float(asked.get("oldest") or 0)
    kept = [m for m in messages if float(m.ts) > oldest or (asked.get("inclusive") in TRUE and float(m.ts) == oldest)]
    wanted = asked.get("include_all_metadata") in TRUE
    return _slice("messages", [message.shown(metadata=wanted) for message in kept], asked)


def _slice(key: str, rows: list[dict[str, Any]], asked: Mapping[str, Any]) -> dict[str, Any]:
    start, size = int(asked.get("cursor") or 0), max(int(asked.get("limit") or 100), 1)
    more = str(start + size) if start + size < len(rows) else ""
    return {key: rows[start : start + size], "has_more": bool(more), "response_metadata": {"next_cursor": more}}


def _no(error: RefusedError) -> Answer:
    more = dict(error.more)
    retry_after = more.pop("retry_after", "")
    body: dict[str, Any] = {"ok": False, "error": error.code, **more}
    if error.details:
        body |= {"errors": error.details, "response_metadata": {"messages": [f"[ERROR] {d}" for d in error.details]}}
    return Answer.json(body, 429, {"retry-after": retry_after}) if retry_after else Answer.json(body)
