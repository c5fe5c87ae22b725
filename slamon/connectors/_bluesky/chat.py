"""Direct messages: read from a log of all that happens, in both directions, in the order in which it happened.

The log begins now: what was written before is read from the conversations. A message that somebody deletes is deleted
for himself alone, so nothing in the log says that a message is gone. Conversations of more than two are left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any

from slamon.connectors._bluesky import answers, ids
from slamon.connectors._bluesky.cursor import Log
from slamon.connectors._bluesky.mentions import OVERLAP
from slamon.connectors._bluesky.people import author
from slamon.connectors._bluesky.posts import named, reject
from slamon.connectors.paging import follow
from slamon.errors import PlatformError, Verdict
from slamon.model import DAY, MAX_INSTANT, Kind, Message, Reject, Side

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from slamon.connectors._bluesky.api import Api
    from slamon.connectors._bluesky.ids import Json
    from slamon.connectors._bluesky.people import People
    from slamon.model import Instant, Millis

STALE: Millis = DAY
"""After so long without a read, conversations are read too: nobody says how far back the log reaches."""
PAGE_LIMIT = 500
_ID = re.compile(r"[A-Za-z0-9._:~-]{1,200}")
_CREATED, _GROUP = "#logCreateMessage", "#groupConvo"
_NO_WORDS = ("#deletedMessageView", "#systemMessageView")


@dataclass(slots=True)
class Chat:
    """The direct messages of the account, while they are read. The dialogues known are kept between reads."""

    api: Api
    people: People
    ours: frozenset[str]
    dialogues: dict[str, dict[str, Json] | None] = field(default_factory=dict)
    """Who takes part, by dialogue; `None` for a conversation of more than two."""
    end: Log | None = None
    """Where the next read goes on; `None` while nothing was ever written."""

    def read(self, log: Log | None, start: Instant, now: Instant) -> Iterator[tuple[list[Message], list[Reject]]]:
        """What was written since `log`, page by page; without one, since `start`.

        :raises PlatformError: it cannot be read to its end.
        """
        if log is None or now - log.until >= STALE:
            yield from self._caught_up(start if log is None else log.until - OVERLAP, now)
            return
        try:
            yield from self._logged(log, now)
        except PlatformError as error:
            if error.verdict is not Verdict.BAD_REQUEST or self.end is not None:
                raise
            yield from self._caught_up(log.until - OVERLAP, now)  # a place that the log does not know any more

    def _logged(self, log: Log, now: Instant) -> Iterator[tuple[list[Message], list[Reject]]]:
        def fetch(token: str | None) -> tuple[list[Any], str | None]:
            answer = self.api.log(token)
            after = token or ""
            # Which of the log's own last events comes again is not documented.
            news = [event for event in answers.listed("log", answer, "logs") if _rev(event) > after]
            revs = [_rev(event) for event in news]
            self.end = Log(max([after, *revs]), now)
            return news, self.end.rev if news else None

        for events in follow(log.rev, fetch, PAGE_LIMIT):
            written = [each for event in events if (each := _written(event))]
            if written:
                yield self._messages(written)

    def _caught_up(self, start: Instant, now: Instant) -> Iterator[tuple[list[Message], list[Reject]]]:
        answer = self.api.log(None)  # first: what is written meanwhile comes after this place
        here = answers.cursor("log", answer)
        answers.listed("log", answer, "logs")
        accepted = self._active("conversations", "convos", self.api.conversations, start)
        # Whether strangers' conversations stand in the first list too is not documented.
        for convo in dict.fromkeys(chain(accepted, self._active("requests", "requests", self.api.requests, start))):
            yield from self._history(convo, start)
        self.end = Log(here, now) if here else None

    def _active(self, kind: str, name: str, ask: Callable[[str | None], Any], start: Instant) -> Iterator[str]:
        def fetch(token: str | None) -> tuple[Sequence[Any], str | None]:
            answer = ask(token)
            convos = answers.listed(kind, answer, name)
            # Those with the newest messages come first.
            old = convos and all(_last(convo) < start for convo in convos)
            return convos, None if old else answers.cursor(kind, answer)

        for convos in follow(None, fetch, PAGE_LIMIT):
            for convo in convos:
                key = convo.get("id") if isinstance(convo, dict) else None
                if isinstance(key, str) and _ID.fullmatch(key) and _last(convo) >= start:
                    self.dialogues[key] = _members(convo)
                    if self.dialogues[key] is not None:
                        yield key

    def _history(self, convo: str, start: Instant) -> Iterator[tuple[list[Message], list[Reject]]]:
        def fetch(token: str | None) -> tuple[list[Any], str | None]:
            answer = self.api.messages(convo, token)
            found = answers.listed("messages", answer, "messages")
            young = [each for each in found if (_sent(each) or start) >= start]
            return young, answers.cursor("messages", answer) if found and len(young) == len(found) else None

        for found in follow(None, fetch, PAGE_LIMIT):
            written = [(convo, each) for each in found if not _is_wordless(each)]
            if written:
                yield self._messages(written)

    def _messages(self, written: Sequence[tuple[str, Any]]) -> tuple[list[Message], list[Reject]]:
        self._introduce(written)
        good: list[Message] = []
        bad: list[Reject] = []
        for convo, said in written:
            if self.dialogues.get(convo, {}) is None:
                continue
            try:
                good.append(self._message(convo, said))
            except (LookupError, TypeError, ValueError, AttributeError) as error:
                bad.append(reject(said, error))
        return good, bad

    def _introduce(self, written: Sequence[tuple[str, Any]]) -> None:
        """Learn who takes part in dialogues that are new to us, and what is known of them."""
        for convo in dict.fromkeys(convo for convo, _ in written):
            if convo not in self.dialogues:
                self.dialogues[convo] = self._asked(convo)
        senders = (_sender(said) for _, said in written)
        self.people.meet([did for did in senders if did and did not in self.ours])

    def _asked(self, convo: str) -> dict[str, Json] | None:
        try:
            return _members(self.api.conversation(convo))
        except PlatformError as error:
            if error.verdict not in {Verdict.BAD_REQUEST, Verdict.NOT_FOUND}:
                raise
            return {}  # left or gone since; what was written in it was written all the same

    def _message(self, convo: str, said: Json) -> Message:
        key, did, at = said["id"], _sender(said), _sent(said)
        if not (isinstance(key, str) and _ID.fullmatch(key) and _ID.fullmatch(convo)):
            raise ValueError("a message has no id")
        if did is None or at is None:
            raise ValueError("a message does not say who wrote it, and when")
        if not isinstance(said["text"], str):
            raise TypeError("the text is no text")
        mentions, opens_with = named(said["text"], said.get("facets"))
        answered = said.get("replyTo")
        parent = answered.get("id") if isinstance(answered, dict) else None
        members = self.dialogues.get(convo) or {}
        return Message(
            id=f"{convo}/{key}",
            thread=convo,
            author=self.people.completed(author(members.get(did), did)),
            side=Side.OURS if did in self.ours else Side.OTHER,
            created_at=at,
            kind=Kind.DIRECT_MESSAGE,
            text=said["text"],
            in_reply_to=f"{convo}/{parent}" if isinstance(parent, str) and _ID.fullmatch(parent) else None,
            mentions=mentions,
            opens_with=opens_with,
            permalink=f"https://bsky.app/messages/{convo}",
        )


def is_dialogue(thread: str) -> bool:
    """Whether this is the thread of direct messages, and not of posts."""
    return not thread.startswith("at://")


def _written(event: Any) -> tuple[str, Any] | None:  # noqa: ANN401 - any JSON
    """The dialogue and the message of an event that says that one was written."""
    if not _is(event, _CREATED) or not isinstance(event.get("convoId"), str):
        return None
    said = event.get("message")
    return None if _is_wordless(said) else (event["convoId"], said)


def _members(convo: Json) -> dict[str, Json] | None:
    if _is(convo.get("kind"), _GROUP):
        return None
    members = convo.get("members")
    known = [each for each in members if isinstance(each, dict)] if isinstance(members, list) else []
    return {each["did"]: each for each in known if isinstance(each.get("did"), str)}


def _is(value: Any, kind: str) -> bool:  # noqa: ANN401 - any JSON
    told = value.get("$type") if isinstance(value, dict) else None
    return isinstance(told, str) and told.endswith(kind)


def _is_wordless(said: Any) -> bool:  # noqa: ANN401 - any JSON
    return any(_is(said, kind) for kind in _NO_WORDS)


def _rev(event: Any) -> str:  # noqa: ANN401 - any JSON
    rev = event.get("rev") if isinstance(event, dict) else None
    return rev if isinstance(rev, str) else ""


def _sent(said: Any) -> Instant | None:  # noqa: ANN401 - any JSON
    return ids.instant(said.get("sentAt")) if isinstance(said, dict) else None


def _sender(said: Any) -> str | None:  # noqa: ANN401 - any JSON
    sender = said.get("sender") if isinstance(said, dict) else None
    did = sender.get("did") if isinstance(sender, dict) else None
    return did if isinstance(did, str) and ids.DID.fullmatch(did) else None


def _last(convo: Any) -> Instant:  # noqa: ANN401 - any JSON
    """When something was last written; now where that is not told, so that it is read."""
    last = _sent(convo.get("lastMessage")) if isinstance(convo, dict) else None
    return MAX_INSTANT if last is None else last
