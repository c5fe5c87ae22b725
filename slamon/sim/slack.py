"""A pretend Slack: the methods that slamon calls, as strict as Slack is, and as unkind as it can be.

Its control API: `GET /_range/ledger` shows every accepted message with its intent and edits; `POST /_range/slack` sets
`history_delay`, `skew` (milliseconds), `lands_after` (a list of milliseconds, for the next posts), `burst`, and takes
`delete`, `archive`, `leave`; `POST /_range/faults` as on every pretend platform. The page at `/` shows the channels as
a person would see them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slamon.sim._slack_members import Doings, Members, View, Whisper
from slamon.sim._slack_methods import Methods
from slamon.sim._slack_page import add_clicks, add_page
from slamon.sim._slack_socket import Sockets
from slamon.sim._slack_workspace import Place, Posted, RefusedError, Workspace
from slamon.sim.faults import Fault
from slamon.sim.server import CONTROL, Answer, PretendServer, Request

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType
    from typing import Self

    from slamon.model import Instant
    from slamon.sim.faults import Faults

JSON_TYPE = {"content-type": "application/json; charset=utf-8"}


class PretendSlack(Doings):
    """One workspace with one app in it; a context manager. What people do there: see `Doings`.

    `channels` are names, `users` maps e-mail to id, `groups` handle to id. The page is at `url` + `/`. The setting
    `burst` switches Slack's limit on: one message a second a channel after so many at once; `None` is no limit.
    """

    def __init__(  # noqa: PLR0913 - what a workspace consists of, each with a default
        self,
        *,
        clock: Callable[[], Instant],
        token: str = "xoxb-pretend",  # noqa: S107 - the token of a pretend service
        channels: Sequence[str] = ("#social-desk", "#social-oncall"),
        users: Mapping[str, str] | None = None,
        groups: Mapping[str, str] | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        super().__init__()
        self.workspace = Workspace(clock, channels, users or {})
        self.members = Members(self.workspace)
        self.sockets = Sockets(host)
        self.whispers: list[Whisper] = []
        self.views: list[View] = []
        self.methods = Methods(self.workspace, token, dict(groups or {}))
        self._server = PretendServer(self.workspace.now, host, port)
        self.methods.add_to(self._server)
        self.methods.add_people_to(self._server, self)
        self._add_control()
        add_page(self._server, self.workspace, self.methods.groups)
        add_clicks(self._server, self)

    @property
    def url(self) -> str:
        """The address without a slash at its end: the page is at `/`, the API at `/api/`."""
        return self._server.url

    @property
    def api_url(self) -> str:
        """What `notify.slack.api_url` is set to."""
        return self._server.url + "/api/"

    @property
    def faults(self) -> Faults:
        """What goes wrong with the next requests; paths begin with `/api/`."""
        return self._server.faults

    @property
    def messages(self) -> list[Posted]:
        """Every accepted message that was not deleted, in the order of acceptance."""
        return [message for message in tuple(self.workspace.messages) if not message.deleted]

    def calls(self, method: str) -> int:
        """How many requests for a method came in, faults included."""
        return sum(taken.request.path == f"/api/{method}" for taken in tuple(self._server.ledger))

    def bodies(self, method: str) -> list[Any]:
        """What was sent to a method as JSON, faults included."""
        path = f"/api/{method}"
        return [taken.request.json() for taken in tuple(self._server.ledger) if taken.request.path == path]

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def start(self) -> None:
        """Answer from now on."""
        self._server.start()
        self.sockets.start()

    def close(self) -> None:
        """Stop answering."""
        self.sockets.close()
        self._server.close()

    def channel(self, name: str) -> Place:
        """The channel of that name, to archive it or to take the app out of it."""
        return self.workspace.place(name, names=True)

    def delete(self, message: Posted) -> None:
        """Delete a message as a person would."""
        self.workspace.delete(self.workspace.place(message.channel), message.ts)

    def other_bot_posts(self, name: str, text: str, metadata: Mapping[str, Any] | None = None) -> Posted:
        """A message of another app, which may carry metadata that looks like ours."""
        return self.workspace.post(self.channel(name), {"text": text, "metadata": metadata}, bot_id="B0STRANGER")

    def set(self, **settings: Any) -> None:  # noqa: ANN401 - as they come from JSON
        """Change how unkind it is; the keys of `POST /_range/slack`.

        :raises ValueError: an unknown key.
        """
        for name, value in settings.items():
            if name in {"history_delay", "skew"}:
                setattr(self.workspace, name, int(value))
            elif name == "lands_after":
                self.workspace.lands_after = [int(millis) for millis in value]
            elif name == "burst":
                self.methods.burst = value
            elif name == "delete":
                self.workspace.delete(self.workspace.place(value["channel"]), value["ts"])
            elif name == "archive":
                self.channel(value).archived = True
            elif name == "leave":
                self.channel(value).member = False
            else:
                raise ValueError(f"unknown key {name!r}")

    def _add_control(self) -> None:
        @self._server.route("GET", CONTROL + "ledger")
        def ledger(_request: Request) -> Answer:
            return Answer.json({"messages": [message.line() for message in tuple(self.workspace.messages)]})

        @self._server.route("POST", CONTROL + "slack")
        def settings(request: Request) -> Answer:
            try:
                self.set(**request.json())
            except (KeyError, RefusedError, TypeError, ValueError) as error:
                return Answer.json({"error": str(error)}, 400)
            return Answer.json({"ok": True})


def refuse(code: str, *, method: str = "", calls: int | None = 1) -> Fault:
    """The fault of an answer with `ok: false` and this code, for the next calls of `method` (all when empty)."""
    return Fault(
        path=f"/api/{method}", calls=calls, status=200, body=f'{{"ok":false,"error":"{code}"}}', headers=JSON_TYPE
    )
