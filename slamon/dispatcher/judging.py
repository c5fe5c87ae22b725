"""Whether a letter is still to be sent, by how things stand now: a list of judges, the first that objects decides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from slamon.model import Status, Target
from slamon.sla.handling import SNOOZE_ENDS as SNOOZE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from slamon.audiences import Audience
    from slamon.model import Instant
    from slamon.sla.handling import Handling
    from slamon.sla.policy import RuleSet, Stage
    from slamon.store.facts import WaitFacts
    from slamon.store.livings import Living
    from slamon.store.outbox import Letter


@dataclass(frozen=True, slots=True)
class Close:
    """It is not to be sent any more."""

    reason: str


@dataclass(frozen=True, slots=True)
class Hold:
    """It is to be judged again then; whatever is behind it for the same reader waits with it."""

    until: Instant
    reason: str


Verdict: TypeAlias = Close | Hold | None
"""`None`: nothing speaks against it."""


@dataclass(frozen=True, slots=True)
class Case:
    """A letter, and all that its judges look at; without a wait it is about none, or about one that is gone."""

    letter: Letter
    wait: WaitFacts | None
    living: Living | None
    handling: Handling
    audience: Audience | None
    now: Instant
    stage: Stage | None = None
    """As the rules in force have it; `None` where they do not know it any more."""
    asked_at: Instant = 0
    """When a snooze was asked for whose end the letter tells."""


def superseded(case: Case) -> Verdict:
    """What it tells is over."""
    letter, wait, living, ended = case.letter, case.wait, case.living, case.handling.ended
    if wait is None:
        return Close("the wait is gone")
    reasons = {
        "a later stage is told": letter.overtaken,
        f"closed by {ended.by}" if ended else "the wait was cancelled": wait.status is Status.CANCELLED,
        "answered in time": wait.status is Status.MET,
        "answered": wait.status is Status.MISSED and not letter.accuses,
        "its message was deleted twice": living is not None and not living.ts and living.fresh_sent > 0,
    }
    return next((Close(reason) for reason, holds in reasons.items() if holds), None)


def acknowledged(case: Case) -> Verdict:
    """A repetition, or the end of a snooze, finds that somebody has it in hand by now."""
    held, letter = case.handling.acknowledged, case.letter
    if held is None or held.at <= case.asked_at:
        return None
    repeats = letter.repeat > 0 and not (case.stage and case.stage.until_answered)
    return Close(f"acknowledged by {held.by}") if repeats or letter.stage == SNOOZE else None


def snoozed(case: Case) -> Verdict:
    """Those who were told before are left in peace until then; others hear of it as an escalation.

    It is held, not closed: a snooze that is taken back leaves it to be told.
    """
    held = case.handling.snoozed
    if held is None or held.until is None or case.living is None:
        return None
    reason = f"snoozed by {held.by}"
    return Close(reason) if case.letter.stage == SNOOZE else Hold(held.until, reason)


def quiet(case: Case) -> Verdict:
    """Its audience has quiet hours, and the stage does not ignore them."""
    if case.audience is None or (case.stage is not None and case.stage.ignores_quiet):
        return None
    until = case.audience.quiet_until(case.now)
    return None if until is None else Hold(until, f"quiet hours of {case.audience.name}")


def outspoken(case: Case) -> Verdict:
    """A later word of the same digest is waiting too, and says all that there is to say."""
    return Close("a later word is told") if case.letter.overtaken and case.letter.digest else None


JUDGES: Sequence[Callable[[Case], Verdict]] = (superseded, acknowledged, snoozed, quiet)
OF_OTHERS: Sequence[Callable[[Case], Verdict]] = (outspoken, quiet)
"""The judges of what is about no wait."""


def judge(case: Case) -> Verdict:
    """What the first judge says that objects."""
    judges = OF_OTHERS if case.letter.notice or case.letter.digest else JUDGES
    return next((verdict for one in judges if (verdict := one(case))), None)


def stage_of(rules: RuleSet, wait: WaitFacts | None, letter: Letter) -> Stage | None:
    """The stage that a letter tells, by its name; the ladder of a platform's window is built in, and plain."""
    if wait is None or letter.target == Target.REPLY_WINDOW:
        return None
    policies = rules.of(wait.channel).policies
    ladder = next((policy.stages for policy in policies if policy.name == wait.policy), ())
    return next((stage for stage in ladder if stage.name == letter.stage), None)


__all__ = ["JUDGES", "SNOOZE", "Case", "Close", "Hold", "Verdict", "judge", "stage_of", "superseded"]
