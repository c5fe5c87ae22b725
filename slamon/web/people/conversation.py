"""A conversation's page: what was written, what was promised, what was told, what people did; as `slamon explain`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import TYPE_CHECKING

from slamon import reasons
from slamon.model import Role, Status
from slamon.notifiers.text import TARGETS, called
from slamon.web.people.looks import LOOKS, NO_PROMISE, look
from slamon.web.people.words import line, link, paragraphs

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from slamon.explain import Explained, Held, Quiet, Said
    from slamon.model import Instant
    from slamon.web.people.looks import Look
    from slamon.web.people.words import Words

MESSAGES = 200
"""Messages shown of one thread, the newest."""
NAME_ROOM = 60
SIDES = {Role.CUSTOMER: "customer", Role.BYSTANDER: "bystander"}
"""What is no customer's and no bystander's is ours."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A message."""

    at: Instant
    who: str
    role: str
    side: str
    text: str
    notes: Sequence[str]
    permalink: str
    gone: bool


@dataclass(frozen=True, slots=True)
class Step:
    """A rung of the ladder, and what became of it."""

    stage: str
    at: Instant
    said: str
    told: bool


@dataclass(frozen=True, slots=True)
class Promise:
    """A target, with its sums."""

    name: str
    look: Look
    within: str
    policy: str
    """Where it is another than the wait's."""
    started_at: Instant
    due_at: Instant
    late: bool
    open: bool
    history: bool
    spent: str
    open_time: str
    counted: str
    steps: Sequence[Step]


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that a person did."""

    number: int
    words: Sequence[str]
    standing: bool
    """It was not taken back."""


@dataclass(frozen=True, slots=True)
class Waited:
    """One wait with its reasons."""

    number: int
    look: Look
    open: bool
    started_at: Instant
    ending: str
    further: Sequence[str]
    customer: str
    policy: str
    failed: Sequence[str]
    notes: Sequence[str]
    """On the rules by which it was matched."""
    promises: Sequence[Promise]
    elsewhere: Sequence[str]
    deeds: Sequence[Deed]


@dataclass(frozen=True, slots=True)
class Conversation:
    """A thread, and the waits in it, newest first."""

    channel: str
    platform: str
    thread: str
    messages: Sequence[Spoken]
    earlier: int
    """Messages that are left out."""
    read_at: Instant | None
    waits: list[Waited] = field(default_factory=list)
    quiet: str = ""
    """Why nobody waits in it."""


def conversations(found: Iterable[Explained], silent: Iterable[Quiet], words: Words) -> list[Conversation]:
    """What a name may mean; waits of the same thread together."""
    threads: dict[tuple[int, str], Conversation] = {}
    newest_first = sorted(found, key=lambda one: -one.stored.id)
    answers = {one.stored.answered_by: one.stored.id for one in newest_first if one.stored.answered_by}
    for one in newest_first:
        key = (one.channel.id, one.stored.thread)
        if key not in threads:
            spoken = _messages(one.thread, words, answers)
            earlier = max(0, len(one.thread) - MESSAGES)
            threads[key] = Conversation(
                one.channel.name, one.channel.platform, one.stored.thread, spoken, earlier, one.stored.read_at
            )
        threads[key].waits.append(_waited(one, words))
    return [*threads.values(), *(_quiet(thread, words) for thread in silent)]


def tag(found: Iterable[Explained], silent: Iterable[Quiet], *more: object) -> str:
    """Equal tags, equal pages but for the clock."""
    still = [
        replace(
            one, waited=0, targets=[replace(held, wall=0, open=0) for held in one.targets], targets_seen=(),
            stored=replace(one.stored, read_at=None),
        )
        for one in found
    ]  # fmt: skip
    return sha256(repr((still, list(silent), *more)).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _quiet(thread: Quiet, words: Words) -> Conversation:
    dropped = any(said.no_reply for said in thread.messages)
    customers = any(said.role is Role.CUSTOMER for said in thread.messages)
    why = "What customers wrote here waits for nothing." if customers else "Nobody in it addresses the brand."
    return Conversation(
        thread.channel.name,
        thread.channel.platform,
        thread.thread,
        _messages(thread.messages, words, {}),
        max(0, len(thread.messages) - MESSAGES),
        None,
        quiet="Its messages need no reply." if dropped else why,
    )


def _messages(thread: Sequence[Said], words: Words, answers: dict[str, int]) -> list[Spoken]:
    return [_spoken(said, words, answers) for said in thread[-MESSAGES:]]


def _spoken(said: Said, words: Words, answers: dict[str, int]) -> Spoken:
    message = said.message
    notes = [line(note) for note in reasons.taken_for(None, said, words.exactly)]
    if said.wait is not None:
        notes.insert(0, f"wait {said.wait}")
    if message.id in answers:
        notes.insert(0, f"the answer to wait {answers[message.id]}")
    return Spoken(
        message.created_at,
        line(called(message.author), NAME_ROOM) or "somebody",
        said.role.value,
        SIDES.get(said.role, "ours"),
        paragraphs(message.text),
        notes,
        link(message.permalink),
        message.gone_at is not None,
    )


def _waited(one: Explained, words: Words) -> Waited:
    wait, matched, when = one.stored, one.matched, words.exactly
    return Waited(
        wait.id,
        _look(one),
        wait.state == "open",
        wait.started_at,
        line(reasons.ending(one, when)),
        [line(more) for more in reasons.further(wait, when)],
        line(_customer(one), NAME_ROOM),
        "not decided yet" if matched.policy is None else matched.policy or "none matches, the wait is only counted",
        [line(reasons.failed(each)) for each in matched.failed],
        _on_rules(one),
        [_promise(held, one, words) for held in one.targets],
        [f"{told.target} {told.stage}: {line(reasons.letter(told, when))}" for told in one.elsewhere],
        [
            Deed(done.id, [line(said, 400) for said in reasons.action(done, one, when)], done.undone_at is None)
            for done in one.actions
        ],
    )


def _look(one: Explained) -> Look:
    if one.targets:
        return look(one.targets[0].timer.status)
    closed = {"answered": LOOKS[Status.MET], "open": NO_PROMISE}
    return closed.get(one.stored.state, LOOKS[Status.CANCELLED])


def _customer(one: Explained) -> str:
    own = [said for said in one.thread if said.wait == one.stored.id]
    return called(own[-1].message.author) if own else one.stored.customer


def _on_rules(one: Explained) -> list[str]:
    matched = one.matched
    notes: list[str] = []
    if matched.policy is None:
        return notes
    if matched.rules != matched.in_force:
        notes.append(f"It was matched by earlier rules ({matched.rules}); {matched.in_force} are in force.")
    if not matched.at_hand:
        notes.append("The rules that it was matched with are not kept: what follows is by those in force.")
    if matched.now != matched.policy:
        notes.append(f"Under the rules in force now it would be {matched.now or 'unmatched'}.")
    if matched.policy and not one.targets:
        notes.append("It watches none of the targets of this wait.")
    return notes


def _promise(held: Held, one: Explained, words: Words) -> Promise:
    timer, where = held.timer, f" of open time of “{held.calendar}”" if held.calendar else ""
    ended = timer.answered_at is not None
    how = f"done {words.exactly(timer.answered_at)}, after" if timer.answered_at is not None else "waiting for"
    return Promise(
        TARGETS[timer.target],
        look(timer.status),
        f"within {words.span(timer.length, days=not held.calendar)}{where}",
        timer.policy if timer.policy != one.matched.policy else "",
        timer.started_at,
        timer.due_at,
        late=timer.status in {Status.BREACHED, Status.UNVERIFIED},
        open=not ended and one.stored.state == "open",
        history=timer.history,
        spent=f"{how} {words.span(held.wall)}",
        open_time=f"{words.span(held.open, days=False)} of it in open hours"
        if held.calendar and held.open is not None
        else "",
        counted=reasons.counted(held, one.stored),
        steps=[
            Step(
                f"{step.stage}, again {step.repeat}" if step.repeat else step.stage,
                step.at,
                line("; ".join(reasons.letter(told, words.exactly) for told in step.letters) or step.note, 400),
                bool(step.letters),
            )
            for step in held.tellings
        ],
    )
