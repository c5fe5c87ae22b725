"""Alerts about objectives: promises break too fast, or more were broken than may be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.fields import duration_words
from slamon.model import HOUR
from slamon.promrules.burn import burns
from slamon.promrules.model import CRITICAL, WARNING, Alert, Group
from slamon.sla.policy import WHOLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.model import Millis
    from slamon.promrules.basis import Basis
    from slamon.promrules.burn import Burn
    from slamon.sla.policy import Objective

LATE_AT_LEAST = 3
DUE_AT_LEAST = 100
"""Below it a share is chance: there the whole time of the objective decides."""

SETTLED = "channel_policy_target:slamon_sla_settled"
WHOSE = "the {{$labels.target}} promises of policy {{$labels.policy}} on {{$labels.channel}}"
SHARE = "{{$value|humanizePercentage}}"

BURNS = """\
{settled}:late_ratio{long} > {threshold}
  and {settled}:late_ratio{short} > {threshold}
  and {settled}:late_increase{long} >= {late}
  and {settled}:increase{long} >= {due}
  and on (channel, policy) (
    {objective}
  )
  unless on (channel) channel:slamon_channel:blind == 1
"""

MISSED = """\
channel_policy_target:slamon_objective:late_ratio > {allowed}
  and channel_policy_target:slamon_objective:late >= {late}
  and on (channel, policy) (
    {objective}
  )
  unless {settled}:increase3d >= {due}
  unless on (channel) channel:slamon_channel:blind == 1
"""


def group(basis: Basis) -> Group:
    """For every objective that the YAML has."""
    about = (
        "Objectives of the policies. The shares are computed from the YAML: generate this file anew after a change.\n"
        "Where a channel is blind nothing is said: what is late there is not known for sure."
    )
    alerts = [alert for objective in basis.objectives for alert in _of(objective)]
    return Group("slamon-objectives", about, (*alerts, _unwatched(basis)))


def _of(objective: Objective) -> Iterator[Alert]:
    for burn in burns(objective):
        yield _burns(objective, burn)
    yield _missed(objective)


def _burns(objective: Objective, burn: Burn) -> Alert:
    pair, over = burn.pair, span(objective.over)
    fast = pair.severity == CRITICAL
    return Alert(
        name="SlamonObjectiveBurnsFast" if fast else "SlamonObjectiveBurnsSlowly",
        expr=BURNS.format(
            settled=SETTLED,
            long=pair.long,
            short=pair.short,
            threshold=decimal(burn.threshold),
            late=LATE_AT_LEAST,
            due=DUE_AT_LEAST,
            objective=_held_to(objective),
        ),
        severity=pair.severity,
        summary=f"{{{{$labels.channel}}}}: promises of {{{{$labels.policy}}}} break {'far ' * fast}too often",
        description=(
            f"In the last {pair.words} {SHARE} of {WHOSE} were late; "
            f"over {over}, {percent(WHOLE - objective.share)} may be. "
            f"At {percent(burn.threshold)} late, all that may be late in {over} is used up after {span(burn.lasts)}."
        ),
        board="slamon-objectives",
        labels={"objective": _told(objective), "window": pair.long},
    )


def _missed(objective: Objective) -> Alert:
    over = span(objective.over)
    return Alert(
        name="SlamonObjectiveMissed",
        expr=MISSED.format(
            settled=SETTLED,
            allowed=decimal(WHOLE - objective.share),
            late=LATE_AT_LEAST,
            due=DUE_AT_LEAST,
            objective=_held_to(objective),
        ),
        severity=WARNING,
        summary="{{$labels.channel}}: {{$labels.policy}} misses its objective",
        description=(
            f"Over the last {over} {SHARE} of {WHOSE} were late or are late now; "
            f"{percent(WHOLE - objective.share)} may be. "
            f"Fewer than {DUE_AT_LEAST} were due in three days: too few to say how fast it goes."
        ),
        board="slamon-objectives",
        labels={"objective": _told(objective)},
    )


def _told(objective: Objective) -> str:
    return f"{percent(objective.share)} over {span(objective.over)}"


def _held_to(objective: Objective) -> str:
    """Policies with that objective."""
    return (
        f"channel_policy:slamon_objective:share == {decimal(objective.share)}\n"
        f"    and channel_policy:slamon_objective:window_seconds == {objective.over // 1_000}"
    )


def _unwatched(basis: Basis) -> Alert:
    known = "".join(f"\n  unless (\n    {_held_to(objective)}\n  )" for objective in basis.objectives)
    # Of channels that are folded into `other`, the smallest share stands beside the longest time.
    return Alert(
        name="SlamonObjectiveUnwatched",
        expr=f'channel_policy:slamon_objective:share{{channel!="other"}}{known}\n',
        severity=WARNING,
        summary="No alert watches the objective of {{$labels.policy}} on {{$labels.channel}}",
        description=(
            f"Policy {{{{$labels.policy}}}} on {{{{$labels.channel}}}} has an objective of {SHARE}, and these "
            "rules for Prometheus were made before that. Run `slamon generate rules` again."
        ),
        board="slamon-objectives",
        held="15m",
    )


def decimal(millionths: int) -> str:
    """A share as PromQL writes it: `0.95`. The exporter's float is the same: both are the nearest to the fraction."""
    return f"{millionths / WHOLE:.6f}".rstrip("0").rstrip(".")


def percent(millionths: int) -> str:
    """A share as people read it: `5%`."""
    return f"{millionths * 100 / WHOLE:.4g}%"


def span(millis: Millis) -> str:
    """A long span in words, to the hour."""
    return duration_words(millis // HOUR * HOUR)
