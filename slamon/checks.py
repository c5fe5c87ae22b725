"""What `slamon check` finds: every fault of the configuration and its rules, or each promise in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from slamon.config import read_config
from slamon.errors import Fault, FaultsError, UsageError
from slamon.fields import duration_words
from slamon.model import Target
from slamon.rules import ChannelFacts, load_rules
from slamon.sla.calendar import Weekly
from slamon.sla.policy import WHOLE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from slamon.config import Config, ConnectorInfo, Reading
    from slamon.sla.calendar import Calendar
    from slamon.sla.policy import Policy, RuleSet, Stage


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of it; `config` and `rules` are there when there is no fault in either."""

    faults: Sequence[Fault]
    config: Config | None = None
    rules: RuleSet | None = None


def check(
    config: Path,
    rules: Path | None,
    connectors: Mapping[str, ConnectorInfo],
    facts: Callable[[Config], Mapping[str, ChannelFacts]],
    environ: Mapping[str, str] | None = None,
    *,
    unsealed: bool = True,
) -> Checked:
    """Check a configuration and a folder of rules, by default the one that the configuration names.

    `facts` tells what the connectors of the sound channels deliver; without `unsealed`, no secret is looked up.

    :raises UsageError: a file or the folder cannot be read.
    """
    if rules is not None and not rules.is_dir():
        raise UsageError(f"there is no folder {rules}")
    try:
        reading = read_config(config, connectors, environ, unsealed=unsealed)
    except FaultsError as error:
        return Checked(error.faults)
    try:
        found = load_rules(rules or reading.config.rules, _facts(reading, facts), reading.config.notify.audiences)
    except FaultsError as error:
        return Checked([*reading.faults, *error.faults])
    return Checked(reading.faults) if reading.faults else Checked((), reading.config, found)


def _facts(reading: Reading, facts: Callable[[Config], Mapping[str, ChannelFacts]]) -> Mapping[str, ChannelFacts]:
    """Also for channels with faults, of which only the name is known: their rules are checked all the same."""
    return dict.fromkeys(reading.names, ChannelFacts("")) | dict(facts(reading.config))


def promise(policy: Policy, default_audience: str | None) -> str:
    """A policy in words: `vip (kind: review): first answer within 15 minutes, around the clock; told at 50% (desk)`."""
    conditions = f" ({', '.join(condition.words for condition in policy.conditions)})" if policy.conditions else ""
    measured = any(span is not None for span in policy.targets.values())
    told = _told(policy.stages if measured else (), default_audience)
    return f"{policy.name}{conditions}: {_targets(policy)}; {told}"


def _targets(policy: Policy) -> str:
    first, following = policy.targets.get(Target.FIRST_RESPONSE), policy.targets.get(Target.NEXT_RESPONSE)
    if first is None and following is None:
        return "not measured"
    if first == following and first is not None:
        return f"first and every further answer within {duration_words(first)}, {_open(policy.calendar)}"
    said = [_target("first answer", first), _target("further answers", following)]
    return f"{', '.join(said)}, {_open(policy.calendar)}"


def _target(what: str, span: int | None) -> str:
    return f"{what} not measured" if span is None else f"{what} within {duration_words(span)}"


def _open(calendar: Calendar) -> str:
    if not isinstance(calendar, Weekly):
        return "around the clock"
    return f"counted while `{calendar.name}` is open ({calendar.zone})"


def _told(stages: Sequence[Stage], default_audience: str | None) -> str:
    said = [f"{_moment(stage)} ({stage.audience or default_audience or 'nobody: no audience'})" for stage in stages]
    return "told at " + ", ".join(said) if said else "nobody is told"


def _moment(stage: Stage) -> str:
    if stage.offset is not None:
        return f"{duration_words(stage.offset)} after it"
    return f"{(stage.share or 0) * 100 / WHOLE:g}%"
