"""What the judges look at, read from the store: for one letter, or for many at once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from slamon.digests.rows import handling_of
from slamon.dispatcher.content import asked_at
from slamon.dispatcher.judging import SNOOZE, Case, stage_of
from slamon.sla.handling import UNHANDLED
from slamon.store import facts, folding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from slamon.dispatcher.line import Line
    from slamon.model import Instant
    from slamon.store.facts import WaitFacts
    from slamon.store.outbox import Letter


def case_of(tx: Connection, line: Line, letter: Letter, now: Instant) -> Case:
    """The case of one letter."""
    return cases_of(tx, line, [letter], now, bare=False)[0]


def cases_of(tx: Connection, line: Line, letters: Sequence[Letter], now: Instant, *, bare: bool = True) -> list[Case]:
    """The cases of letters for one destination, in their order: a few questions of the store for all of them.

    `bare`: without messages, which no judge looks at, unless somebody did something about the wait.
    """
    if not letters:
        return []
    ids = sorted({letter.wait for letter in letters})
    acted = folding.acted(tx, ids)
    waits = facts.of_waits(tx, ids, bare=bare)
    if bare and acted:
        waits |= facts.of_waits(tx, sorted(acted))
    living = folding.living_among(tx, ids, letters[0].destination)
    cases = []
    for letter in letters:
        wait = _under(waits.get(letter.wait, ()), letter.target)
        handled = handling_of(tx, wait, now) if wait and wait.id in acted else UNHANDLED
        audience = line.world.audiences.get(letter.audience)
        case = Case(letter, wait, living.get(letter.wait), handled, audience, now)
        stage = stage_of(line.world.rules(), wait, letter)
        cases.append(replace(case, stage=stage, asked_at=asked_at(tx, letter) if letter.stage == SNOOZE else 0))
    return cases


def _under(waits: Sequence[WaitFacts], target: str) -> WaitFacts | None:
    """Under the target of a letter, or else the one to speak of."""
    return next((wait for wait in waits if wait.target == target), waits[0] if waits else None)
