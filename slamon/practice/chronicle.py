"""How a case of a rule test went, line by line, for whoever wonders why it failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.practice.shown import named_at, shown_at, shown_span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.model import Instant, Message
    from slamon.practice.engine import Played
    from slamon.rules.cases import Case
    from slamon.store.rehearsed import Stood

TEXT_WIDTH = 60


def chronicle(case: Case, played: Played) -> list[str]:
    """What happened until the case is judged, in the order of time."""
    lines = [*_said(case, played), *_reloads(case), *_timers(case, played), *_needless(played)]
    told = [(at, line) for at, line in lines if at <= case.at]
    told.sort(key=lambda line: line[0])
    return [f"{shown_at(at, case.zone)}  {line}" for at, line in (*told, (case.at, "judged"))]


def _said(case: Case, played: Played) -> Iterator[tuple[Instant, str]]:
    known = {said.id for said in case.messages}
    seen: set[str] = set()
    for at, delivery in played.script.deliveries.items():
        for message in delivery.messages:
            yield at, _message(message, known, again=message.id in seen)
            seen.add(message.id)
        for gone in delivery.gone:
            yield at, f"message {gone.id} is deleted"


def _message(message: Message, known: set[str], *, again: bool) -> str:
    if again and message.hidden:
        return f"message {message.id} is hidden"
    if again:
        return f"message {message.id} is edited: {_cut(message.text)}"
    role = message.role.value if message.role else message.side.value
    above = message.in_reply_to
    answers = f", to {above}" if above else ""
    unseen = ", which is not in the case" if above and above not in known else ""
    who = role if message.author.name.lower() == role else f"{role} {message.author.name}"
    return f"{who} writes {message.id} ({message.kind.value}{answers}{unseen}): {_cut(message.text)}"


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= TEXT_WIDTH else line[: TEXT_WIDTH - 1] + "…"


def _reloads(case: Case) -> Iterator[tuple[Instant, str]]:
    return ((reload.at, "other rules are loaded") for reload in case.reloads)


def _timers(case: Case, played: Played) -> Iterator[tuple[Instant, str]]:
    for timer in played.timers:
        name = played.script.people.get(timer.customer, timer.customer)
        whose = f"{name}, wait {timer.number}, {timer.target.value}"
        if not timer.policy:
            yield timer.started_at, f"{whose}: no policy fits"
            continue
        due = shown_at(timer.due_at, case.zone)
        yield timer.held_from, f"{whose}: held by {timer.policy}, due {due}"
        for letter in timer.letters:
            yield named_at(letter), f"{whose}: {letter.stage} told to {letter.audience}"
        yield from _ended(whose, timer)


def _ended(whose: str, timer: Stood) -> Iterator[tuple[Instant, str]]:
    why = f", {timer.reason}" if timer.reason else ""
    if timer.ended_at is not None:
        span = shown_span(timer.ended_at - timer.started_at)
        yield timer.ended_at, f"{whose}: {timer.status.value} after {span}{why}"
    elif timer.cancelled_at is not None:
        yield timer.cancelled_at, f"{whose}: cancelled{why}"


def _needless(played: Played) -> Iterator[tuple[Instant, str]]:
    for message in played.needless:
        name = played.script.people.get(message.author, message.author)
        yield message.at, f"{name} needs no reply: {message.reason}"
