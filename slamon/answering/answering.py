"""What people click in Slack becomes what they do about waits, and they are told what came of it."""

from __future__ import annotations

from contextlib import suppress
from queue import Full, Queue
from threading import Event, Thread
from time import monotonic
from typing import TYPE_CHECKING, Any
from zlib import crc32

from slamon import logs
from slamon.answering.emoji import Emoji
from slamon.answering.orders import order_of, person
from slamon.errors import StoreError, UsageError
from slamon.model import DAY
from slamon.notifiers._slack_inbound import FORM, Click, Reaction, read
from slamon.notifiers._slack_people import Refused
from slamon.notifiers.base import SendError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from slamon.acting import Acted
    from slamon.answering.around import Around
    from slamon.notifiers._slack_inbound import Asked

LANES = 4
"""Threads; what one person does is done in one of them, in its order."""
ROOM = 200
"""Clicks that wait in one lane."""
NOT_NOW = "Nothing was changed: slamon cannot write to its database at the moment. Please try again in a minute."

MEND = "Check `notify.slack.app_token` and the app's settings; until then use `slamon ack`."
MENDING = {
    "link_disabled": "Switch Socket Mode on in the settings of the Slack app; until then use `slamon ack`.",
    "too_many_websockets": "More than ten programs use this app token; give slamon an app of its own.",
}

log = logs.get("slamon.answering")


class Answering:
    """Takes envelopes between `start` and `stop`. All threads are daemons; nothing here raises."""

    def __init__(self, around: Around) -> None:
        self._around = around
        self._stopping = Event()
        self._lanes: list[Queue[Asked | None]] = [Queue(ROOM) for _ in range(LANES)]
        self._threads: list[Thread] = []
        self._emoji = Emoji(around, self._enqueue, self._stopping)

    def start(self) -> None:
        """Work on what comes."""
        for lane in self._lanes:
            self._begin(self._work, lane)

    def stop(self, within: float = 1.0) -> None:
        """Begin nothing more, and wait so many seconds for what is under way. What was not begun is lost."""
        self._stopping.set()
        for lane in self._lanes:
            with suppress(Full):
                lane.put_nowait(None)
        until = monotonic() + within
        for thread in self._threads:
            thread.join(max(0.0, until - monotonic()))

    def take(self, envelope: Mapping[str, Any]) -> None:
        """Have an envelope worked on; quick."""
        asked = read(envelope)
        if asked is None:
            log.debug("slack_inbound_ignored")
        else:
            self._enqueue(asked)

    def look_again(self) -> None:
        """Read the reactions that may have been missed, in a thread of its own."""
        self._begin(self._emoji.look)

    def refused(self, code: str) -> None:
        """Tell people, once a day, that Slack lets nobody answer."""
        now = self._around.now()
        text = f"Buttons and reactions in Slack do nothing: Slack answers {code}. {MENDING.get(code, MEND)}"
        try:
            self._around.store.notify(f"slack-socket:{code}:{now // DAY}", text, self._around.readers, now)
        except StoreError as error:
            log.warning("notice_unwritten", error=str(error))

    def answer(self, asked: Asked) -> None:
        """Do what was asked for, and tell the person what came of it."""
        try:
            if asked.team == self._around.talk.team():
                self._answer(asked)
            else:
                log.debug("slack_inbound_ignored")
        except UsageError as error:
            self._whisper(asked, str(error))
        except StoreError as error:
            log.warning("answer_unwritten", error=str(error))
            self._whisper(asked, NOT_NOW)
        except SendError as error:
            log.warning("slack_unanswered", code=error.code)
        except Exception:  # one poisoned click must not stop the others
            log.exception("answer_failed")

    def _begin(self, work: Callable[..., None], *given: object) -> None:
        thread = Thread(target=work, args=given, name="answer", daemon=True)
        self._threads = [*(one for one in self._threads if one.is_alive()), thread]
        thread.start()

    def _work(self, lane: Queue[Asked | None]) -> None:
        while (asked := lane.get()) is not None and not self._stopping.is_set():
            self.answer(asked)

    def _enqueue(self, asked: Asked) -> None:
        try:
            self._lanes[crc32(asked.user.encode()) % LANES].put_nowait(asked)
        except Full:
            log.warning("slack_swamped")

    def _answer(self, asked: Asked) -> None:
        who = self._around.people.who(asked.user)
        if isinstance(asked, Reaction):
            self._whisper(asked, self._emoji.react(asked, who))
        elif isinstance(who, Refused):
            self._whisper(asked, who.words)
        elif isinstance(asked, Click) and asked.asked == FORM:
            self._around.talk.open_form(asked)
        elif isinstance(asked, Click) and asked.asked == "undo":
            self._whisper(asked, self._around.acting.undo(asked.number, person(who), "button").words)
        else:
            self._told(asked, self._around.acting.act(order_of(asked, person(who))))

    def _told(self, asked: Asked, acted: Acted) -> None:
        self._whisper(asked, acted.words, undo=acted.action)

    def _whisper(self, asked: Asked, words: str, undo: int | None = None) -> None:
        """A word for that person alone; one that does not arrive changes nothing."""
        if not words:
            return
        thread = None if isinstance(asked, Reaction) else asked.thread
        try:
            self._around.talk.whisper(asked.place, asked.user, _sentence(words), thread=thread, undo=undo)
        except SendError as error:
            log.info("slack_unanswered", code=error.code)


def _sentence(words: str) -> str:
    return words[0].upper() + words[1:] + ("" if words.endswith(".") else ".")
