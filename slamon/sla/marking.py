"""What a message is taken for by itself: automation, a hand-over, a holding text, in need of no reply."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import regex

from slamon.model import BY_HAND, Mark, Role, Side
from slamon.sla.subject import Subject
from slamon.sla.texts import matchable
from slamon.sla.words import is_question, only_emoji, only_names

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from slamon.model import Author, Message
    from slamon.sla.conditions_text import TextMatches
    from slamon.sla.subject import Condition
    from slamon.sla.words import Words

THANKS, EMOJI, FRIENDS = BUILT_IN = ("thanks", "emoji", "friends")
"""Reasons that need no conditions."""
COMPLAINT = "complaint"
"""The word list that keeps every wait."""
LASTING = BY_HAND | {Mark.KEPT, Mark.REPEATED}
"""Marks that do not follow from the message and the rules: a person set them, or other messages did."""
_NAME = regex.compile(r"@(\w++(?:[.-]\w++)*+)(@\w++(?:[.-]\w++)*+)?+")
_NAMES_IN_FRONT = regex.compile(r"(?:\s*+@[\w.\-@]++[,:]?+)++\s*+")


@dataclass(frozen=True, slots=True)
class NoReply:
    """A reason for which a message needs no reply."""

    reason: str
    conditions: tuple[Condition, ...] = ()
    """All must hold; without any it is one of `BUILT_IN`."""


@dataclass(frozen=True, slots=True)
class Marking:
    """The rules of one channel for single messages."""

    authors: frozenset[str] = frozenset()
    """Ids and lower-case handles of what answers by itself."""
    apps: frozenset[str] = frozenset()
    """In lower case: whatever is written with them is automatic."""
    automatic: tuple[TextMatches, ...] = ()
    hand_over: tuple[TextMatches, ...] = ()
    holding: tuple[TextMatches, ...] = ()
    no_reply: tuple[NoReply, ...] = ()
    words: Words | None = None
    """The word lists that `no_reply` reads; given wherever that is."""

    @property
    def idle(self) -> bool:
        """Whether no message is ever marked."""
        return not any((self.authors, self.apps, self.automatic, self.hand_over, self.holding, self.no_reply))


NOTHING_MARKED = Marking()


def mark(
    message: Message,
    marking: Marking,
    *,
    channel: str = "",
    platform: str = "",
    ours: Collection[str] = (),
) -> frozenset[str]:
    """Values of `Mark`, and the reasons for which the message needs no reply.

    `ours` holds the ids, and where known the lower-case handles, that answer for the brand. Of the marks that the
    message has already, those of `LASTING` stay; what a person kept gets no reason.
    """
    lasting = message.marks & LASTING
    if marking.idle or message.role in {Role.STAFF, Role.BYSTANDER}:
        return lasting
    if wrote_for_us(message, ours) or (message.role is None and _listed(message.author, marking)):
        return lasting.union(_of_ours(message, marking))
    if not marking.no_reply or Mark.KEPT in lasting:
        return lasting
    subject = Subject(channel, platform, (message,))
    return lasting.union(_reasons(subject, marking, frozenset(ours)))


def marked(
    messages: Sequence[Message],
    marking: Marking,
    *,
    channel: str = "",
    platform: str = "",
    ours: Collection[str] = (),
) -> Sequence[Message]:
    """The messages with the marks of `mark`; the very same sequence where there are none, before and after."""
    if marking.idle and not any(message.marks for message in messages):
        return messages
    found = [mark(m, marking, channel=channel, platform=platform, ours=ours) for m in messages]
    return [m if m.marks == marks else replace(m, marks=marks) for m, marks in zip(messages, found, strict=True)]


def wrote_for_us(message: Message, ours: Collection[str]) -> bool:
    """Whether the brand says it, by hand or by a machine."""
    if message.role is not None:
        return message.role in {Role.BRAND, Role.AUTOMATION}
    return message.side is Side.OURS or message.author.id in ours


def _readings(text: str) -> tuple[str, ...]:
    """`text` as patterns see it, and without the names it opens with, which X puts before every reply."""
    seen = matchable(text)
    names = _NAMES_IN_FRONT.match(seen)
    return (seen, seen[names.end() :]) if names else (seen,)


def _of_ours(message: Message, marking: Marking) -> Iterator[str]:
    texts = _readings(message.text)
    listed = _listed(message.author, marking) or message.app.lower() in marking.apps
    if listed or _found(marking.automatic, texts):
        yield Mark.AUTOMATION.value
    if _found(marking.hand_over, texts):
        yield Mark.HAND_OVER.value
    if _found(marking.holding, texts):
        yield Mark.HOLDING.value


def _listed(author: Author, marking: Marking) -> bool:
    return author.id.lower() in marking.authors or author.handle.lower() in marking.authors


def _found(lines: Iterable[TextMatches], texts: Sequence[str]) -> bool:
    return any(line.patience.finds(line.pattern, text) for line in lines for text in texts)


def _reasons(subject: Subject, marking: Marking, ours: frozenset[str]) -> Iterator[str]:
    (message,) = subject.messages
    if marking.words is None or _wants_an_answer(message, marking.words):
        return
    for rule in marking.no_reply:
        if rule.conditions:
            fits = all(condition.holds(subject) for condition in rule.conditions)
        else:
            fits = _built_in(rule.reason, message, marking.words, ours)
        if fits:
            yield rule.reason


def _wants_an_answer(message: Message, words: Words) -> bool:
    """A post without text is a post; a question or a complaint is one whatever else it is."""
    complaint = words.get(COMPLAINT)
    if not matchable(message.text).strip() or is_question(message.text):
        return True
    return complaint is not None and complaint.found_in(message.text, message.language)


def _built_in(reason: str, message: Message, words: Words, ours: frozenset[str]) -> bool:
    if reason == THANKS:
        thanks = words.get(THANKS)
        return thanks is not None and thanks.is_all_of(message.text, message.language)
    if reason == EMOJI:
        return only_emoji(message.text)
    return only_names(message.text) and _names_others(message, ours)


def _names_others(message: Message, ours: frozenset[str]) -> bool:
    """Somebody is named by the author's own doing, and nobody of the brand."""
    if message.mentions or message.carried:
        return bool(message.mentions) and ours.isdisjoint(message.mentions)
    found = _NAME.findall(matchable(message.text).lower())  # the source tells no names
    return bool(found) and ours.isdisjoint({name for name, _ in found} | {"".join(both) for both in found})
