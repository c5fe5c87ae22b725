"""Counts → figures: shares, percentiles, rates. Where nothing was counted there is no figure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from slamon.model import Target
from slamon.report.counts import ANSWERED, OWED
from slamon.report.percentiles import PERCENTS, nearest_rank, with_waiting
from slamon.report.sheet import Cut, HandOver, Hours, Objective, Percentiles, Promises, Rounds, Times, WithWaiting
from slamon.sla.fate import Fate
from slamon.sla.policy import WHOLE

if TYPE_CHECKING:
    from array import array
    from collections.abc import Mapping, Sequence

    from slamon.report.counts import CellCount, HoursCount, PromiseCount
    from slamon.sla.policy import Policy


def share(part: int, whole: int) -> float | None:
    """`None` of nothing."""
    return part / whole if whole else None


def cut(count: CellCount, by: str, name: str, channel: str = "", policy: str = "") -> Cut:
    """The figures of what was counted."""
    answered = sum(count.fates[fate] for fate in ANSWERED)
    owed = sum(count.fates[fate] for fate in OWED)
    return Cut(
        by=by,
        channel=channel,
        policy=policy,
        name=name,
        received=count.fates.total(),
        balance={fate.value: count.fates[fate] for fate in Fate},
        waits=count.waits,
        unmatched=count.unmatched,
        owed=owed,
        answered=answered,
        response_rate=share(answered, owed),
        response=promises(count.response),
        targets={target.value: promises(count.targets[target]) for target in Target if target in count.targets},
        oldest_open_at=count.oldest_open_at,
        rounds=Rounds(count.conversations, count.rounds, share(count.rounds, count.conversations)),
        hand_over=_hand_over(count, answered),
        corrections={name: n for name, n in sorted(count.corrections.items()) if n},
        suspected=count.suspected,
        in_hours=_hours(count.in_hours),
        out_of_hours=_hours(count.out_of_hours),
        week=None if by == "policy" else count.week.week(),
    )


def promises(count: PromiseCount) -> Promises:
    """The figures of one target."""
    due = count.met + count.missed + count.open_past_due
    return Promises(
        count=count.met + count.missed + count.open + count.cancelled,
        met=count.met,
        missed=count.missed,
        open=count.open,
        open_past_due=count.open_past_due,
        cancelled=count.cancelled,
        due=due,
        in_time=share(count.met, due),
        wall=_times(count.wall, count.waiting),
        business=_times(count.business, count.waiting_business),
        out_of_hours=count.out_of_hours,
    )


def with_objectives(cut: Cut, policy: Policy | None) -> Cut:
    """The same with what its policy sets out to keep."""
    return replace(cut, objectives=_objectives(policy, cut.targets))


def _objectives(policy: Policy | None, of: Mapping[str, Promises]) -> Sequence[Objective]:
    objective = policy.objective if policy else None
    if objective is None:
        return ()
    return [
        Objective(
            target=name,
            objective=objective.share / WHOLE,
            over_ms=objective.over,
            due=figures.due,
            in_time=figures.in_time,
            late_allowed=figures.due * (WHOLE - objective.share) // WHOLE,
            late_used=figures.due - figures.met,
        )
        for name, figures in of.items()
        if figures.count
    ]


def percentiles(spans: array[int]) -> Percentiles:
    """Over the answered."""
    answered = sorted(spans)
    half, most, nearly = (nearest_rank(answered, percent) for percent in PERCENTS)
    spread = most / half if most is not None and half else None
    return Percentiles(len(answered), half, most, nearly, answered[-1] if answered else None, spread)


def _times(answered: array[int], waiting: array[int]) -> Times:
    done, still = sorted(answered), sorted(waiting)
    half, most, nearly = (with_waiting(done, still, percent) for percent in PERCENTS)
    return Times(percentiles(answered), WithWaiting(len(still), half, most, nearly))


def _hours(count: HoursCount) -> Hours:
    middle = nearest_rank(sorted(count.wall), PERCENTS[0])
    return Hours(count.arrivals, count.answers, count.due, share(count.met, count.due), middle)


def _hand_over(count: CellCount, answered: int) -> HandOver:
    handed = count.fates[Fate.HANDED_OVER]
    private = sorted(count.handed_private)
    half, most = nearest_rank(private, 50), nearest_rank(private, 90)
    return HandOver(handed, share(handed, answered), len(private), half, most)
