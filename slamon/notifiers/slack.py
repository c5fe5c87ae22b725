"""Slack, through slack_sdk's WebClient without its retries: whether to send again is for the dispatcher to decide."""

from __future__ import annotations

import logging
import ssl
from dataclasses import replace
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast
from urllib.error import URLError
from zoneinfo import ZoneInfo

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from slamon.model import DAY, SECOND
from slamon.notifiers._slack_blocks import Form, render, render_reply
from slamon.notifiers._slack_errors import lost, not_sent, refused
from slamon.notifiers._slack_places import only_this, resolve
from slamon.notifiers._slack_wire import NeverSentError, perform
from slamon.notifiers.base import Notice, Notifier, Outcome, Receipt, SendError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from email.message import Message
    from urllib.request import Request

    from slamon.model import Instant
    from slamon.notifiers._slack_blocks import Render
    from slamon.notifiers._slack_parts import Rendered
    from slamon.notifiers.base import Content

EVENT_TYPE = "slamon_alert"
PAGE = 200

Data: TypeAlias = "dict[str, Any]"
Sent = TypeVar("Sent")


class Slack(Notifier):
    """Sends alerts with a bot token. Safe from any thread.

    `api_url` ends before the method (`https://slack.com/api/`), `timezone` is the IANA zone that messages tell times
    in, `timeout` bounds each whole request, in seconds. `buttons`: clicks are heard, so there may be some.
    """

    name = "slack"

    def __init__(
        self, token: str, api_url: str, timezone: str, timeout: float = 15.0, *, buttons: bool = False
    ) -> None:
        self.timeout = timeout
        self._buttons = buttons
        self._zone = ZoneInfo(timezone)
        self._client = _Client(token, api_url, timeout)
        self._bot_id = ""
        self._address = ""
        self._user_id = "-"
        """Whom messages of ours name as their author, beside or in place of the bot."""
        self._directs: dict[str, str] = {}

    def resolve(self, destination: str) -> str:
        """The id of a destination as written in YAML; ids pass through.

        :raises SendError: `BAD_PLACE` when there is no such place, or when the scope to look for it is missing.
        """
        with only_this(destination):
            return resolve(destination.strip(), self._call, self._pages)

    def post(self, place: str, content: Content, intent: str) -> Receipt:
        """Open a message; in plainer and plainer form where Slack refuses the richer one."""
        return self._posted(self._direct(place), content, render, _metadata(content, intent))

    def reply(self, parent: Receipt, content: Content, intent: str, *, broadcast: bool) -> Receipt:
        """Say in the thread how it stands now."""
        more = {**_metadata(content, intent), "thread_ts": parent.ts, "reply_broadcast": broadcast}
        return self._posted(parent.place, content, render_reply, more)

    def edit(self, message: Receipt, content: Content) -> None:
        """Show its subject as it stands now."""
        shown = self._with_buttons(content)
        _plainer(lambda form: self._update(message, render(shown, self._zone, form)))

    def find(self, place: str, intent: str, *, parent: Receipt | None, since: Instant | None) -> Receipt | None:
        """Our message with that intent: roots in the channel's history, replies and broadcasts in their thread.

        Without `since`, a day back from Slack's clock.
        """
        bot = self._bot()
        where: Data = {"channel": self._direct(place), "include_all_metadata": True, "inclusive": True, "limit": PAGE}
        where["oldest"] = _ts((self.server_time() or 0) - DAY if since is None else since)
        method = "conversations.history"
        if parent is not None:
            method, where = "conversations.replies", {**where, "channel": parent.place, "ts": parent.ts}
        for message in self._pages(method, "messages", where):
            if (message.get("bot_id") == bot or message.get("user") == self._user_id) and _intent(message) == intent:
                return Receipt(str(where["channel"]), str(message["ts"]))
        return None

    def answers(self) -> None:
        """Whether Slack answers, and takes the token."""
        self._call("auth.test", {})

    def delete(self, message: Receipt) -> None:
        """Take back a message of ours."""
        self._call("chat.delete", json={"channel": message.place, "ts": message.ts})

    def server_time(self) -> Instant | None:
        """Slack's clock as its newest Date header told it; `None` before the first answer."""
        return self._client.server_time

    def ask(self, method: str, form: Data | None = None, *, json: Data | None = None) -> Data:
        """The answer of any method; a field that is missing in it raises, too.

        :raises SendError: as classified in `_slack_errors`.
        """
        return self._call(method, form, json=json)

    def link(self, message: Receipt) -> str:
        """The permalink, as Slack forms it from the workspace's address."""
        if not self._address:
            self._address = str(self._call("auth.test", {}).get("url") or "-")
        if not self._address.startswith("https://"):
            return ""
        return f"{self._address.rstrip('/')}/archives/{message.place}/p{message.ts.replace('.', '')}"

    def _direct(self, place: str) -> str:
        """A person's direct message for a user id: history and edits know only the former."""
        if not place.startswith(("U", "W")):
            return place
        if place not in self._directs:
            with only_this(place):
                self._directs[place] = str(self._call("conversations.open", {"users": place})["channel"]["id"])
        return self._directs[place]

    def _bot(self) -> str:
        if not self._bot_id:
            answer = self._call("auth.test", {})
            self._bot_id, self._user_id = str(answer.get("bot_id") or ""), str(answer.get("user_id") or "-")
        if not self._bot_id:
            raise SendError(Outcome.BAD_CREDENTIAL, "the Slack token is not a bot's (xoxb-…)", code="not_a_bot")
        return self._bot_id

    def _posted(self, place: str, content: Content, rendering: Render, more: Data) -> Receipt:
        shown = self._with_buttons(content)
        return _plainer(lambda form: self._post(place, rendering(shown, self._zone, form), more))

    def _with_buttons(self, content: Content) -> Content:
        return content if isinstance(content, Notice) else replace(content, buttons=self._buttons)

    def _post(self, place: str, rendered: Rendered, more: Data) -> Receipt:
        blocks = {"blocks": rendered.blocks} if rendered.blocks else {}
        quiet = {"unfurl_links": False, "unfurl_media": False}
        body = {"channel": place, "text": rendered.text, **blocks, **_AS_WRITTEN, **quiet, **more}
        answer = self._call("chat.postMessage", json=body)
        return Receipt(str(answer["channel"]), str(answer["ts"]))

    def _update(self, message: Receipt, rendered: Rendered) -> None:
        # Without `blocks` Slack answers ok and goes on showing the old ones; metadata left out stays as it was.
        body = {"channel": message.place, "ts": message.ts, "text": rendered.text, "blocks": rendered.blocks}
        self._call("chat.update", json={**body, **_AS_WRITTEN})

    def _pages(self, method: str, key: str, arguments: Data) -> Iterator[Data]:
        cursor = ""
        while True:
            answer = self._call(method, {**arguments, **({"cursor": cursor} if cursor else {})})
            yield from answer.get(key) or ()
            following = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
            if not following:
                return
            if following == cursor:
                raise SendError(Outcome.UNKNOWN, f"{method}: Slack's page token does not move", code="stuck_cursor")
            cursor = following

    def _call(self, method: str, form: Data | None = None, *, json: Data | None = None) -> _Answer:
        try:
            response = self._client.api_call(method, params=form, json=json)
        except SlackApiError as error:
            answer = error.response
            raise refused(method, answer.status_code, answer.headers, answer.data) from None
        except URLError as error:
            never = isinstance(error.reason, NeverSentError)
            raise (not_sent if never else lost)(method, error) from None
        except Exception as error:  # noqa: BLE001 - whatever breaks after sending, the outcome is unknown
            raise lost(method, error) from None
        return _Answer(method, cast("dict[str, Any]", response.data))


class _Client(WebClient):
    """slack_sdk's client over an exchange that is bounded as a whole and knows whether anything was sent."""

    def __init__(self, token: str, api_url: str, seconds: float) -> None:
        # The client's own log would carry customers' words at debug level: a logger that belongs to nobody.
        silent = logging.Logger("slack_sdk.silent", logging.CRITICAL + 1)  # noqa: LOG001 - outside the tree on purpose
        super().__init__(token, api_url, retry_handlers=[], logger=silent)
        self.server_time: Instant | None = None
        self._seconds = seconds
        self._context = ssl.create_default_context() if api_url.startswith("https:") else None

    def _perform_urllib_http_request_internal(self, url: str, req: Request) -> dict[str, Any]:
        del url
        answer = perform(req, self._seconds, self._context)
        self._hear(answer["headers"])
        return answer

    def _hear(self, headers: Message) -> None:
        try:
            self.server_time = int(parsedate_to_datetime(headers["Date"]).timestamp()) * SECOND
        except (TypeError, ValueError, OverflowError):
            return  # a proxy's answer, or none that tells the time


class _Answer(dict[str, Any]):
    """A good answer; a field that is missing all the same makes the outcome unknown, since Slack did accept."""

    def __init__(self, method: str, data: Mapping[str, Any]) -> None:
        super().__init__(data)
        self._method = method

    def __missing__(self, key: str) -> Any:  # noqa: ANN401
        raise SendError(Outcome.UNKNOWN, f"{self._method}: Slack's answer has no {key!r}", code="bad_answer")


# Nothing in the text is turned into a link or a mention but what is marked up as one. Edits default to otherwise.
_AS_WRITTEN = {"parse": "none", "link_names": False}


def _plainer(send: Callable[[Form], Sent]) -> Sent:
    """Send in the richest form that Slack takes: nothing is dropped for its looks."""
    for form in Form:
        try:
            return send(form)
        except SendError as error:
            if error.outcome is not Outcome.BAD_CONTENT or form is Form.LINE:
                raise
    raise AssertionError  # pragma: no cover - the last form returns or raises


def _metadata(content: Content, intent: str) -> Data:
    return {"metadata": {"event_type": EVENT_TYPE, "event_payload": {"intent": intent, "wait": content.subject}}}


def _intent(message: Mapping[str, Any]) -> str | None:
    metadata = message.get("metadata") or {}
    return (metadata.get("event_payload") or {}).get("intent") if metadata.get("event_type") == EVENT_TYPE else None


def _ts(at: Instant) -> str:
    return f"{max(at, 0) // SECOND}.{max(at, 0) % SECOND:03d}000"
