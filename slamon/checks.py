"""What `slamon check` finds: every fault of the configuration and its rules, or each promise in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from slamon.config import read_config
from slamon.errors import Fault, FaultsError, UsageError
from slamon.fields import duration_words
from slamon.model import RESPONSES, Target
from slamon.rules import ChannelFacts, load_rules
from slamon.sla.calendar import OpenDays
from slamon.sla.policy import WHOLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from slamon.config import Config, ConnectorInfo, Reading
    from slamon.sla.calendar import Calendar
    from slamon.sla.conditions_text import TextMatches
    from slamon.sla.policy import ChannelRules, Length, Policy, RuleSet, Stage


SHOWN = 60
"""Characters of a pattern."""


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
    conditions = [*(condition.words for condition in policy.conditions), *_validity(policy)]
    fits = f" ({', '.join(conditions)})" if conditions else ""
    measured = any(length is not None for length in policy.targets.values())
    parts = [
        _targets(policy),
        *_window(policy),
        *_objective(policy),
        _told(policy.stages if measured else (), default_audience),
    ]
    return f"{policy.name}{fits}: {'; '.join(parts)}"


def length_words(length: Length) -> str:
    """A length in English: `1 hour 30 minutes`, `2 open days`."""
    if isinstance(length, OpenDays):
        return f"{length.days} open day{'s' if length.days != 1 else ''}"
    return duration_words(length)


def _validity(policy: Policy) -> Iterator[str]:
    zone = policy.calendar.zone or UTC
    for word, at in (("from", policy.valid_from), ("before", policy.valid_until)):
        if at is not None:
            yield f"begun {word} {datetime.fromtimestamp(at / 1_000, zone):%Y-%m-%d %H:%M %Z}"


def _targets(policy: Policy) -> str:
    answers = [*_answers(policy), *_beside(policy)]
    return f"{', '.join(answers)}, {_open(policy.calendar)}" if answers else "not measured"


def _answers(policy: Policy) -> list[str]:
    first, following = policy.targets.get(Target.FIRST_RESPONSE), policy.targets.get(Target.NEXT_RESPONSE)
    machines = [policy.ends(target, automatic=True) for target in RESPONSES]
    if first is None and following is None:
        return []
    if first == following and first is not None and machines[0] == machines[1]:
        return [f"first and every further answer within {length_words(first)}{_by(machines[0])}"]
    return [
        _target("first answer", first, _by(machines[0])),
        _target("further answers", following, _by(machines[1])),
    ]


def _target(what: str, length: Length | None, by: str) -> str:
    return f"{what} not measured" if length is None else f"{what} within {length_words(length)}{by}"


def _by(machines: bool) -> str:  # noqa: FBT001 - the one thing it is about
    return " (a machine's counts)" if machines else ""


def _beside(policy: Policy) -> Iterator[str]:
    words = {
        Target.ACKNOWLEDGEMENT: "a sign of arrival within",
        Target.FOLLOW_UP: "what a holding text announced within",
    }
    for target, what in words.items():
        length = policy.targets.get(target)
        if length is not None:
            human = target is Target.ACKNOWLEDGEMENT and not policy.ends(target, automatic=True)
            yield f"{what} {length_words(length)}{' (by a person)' if human else ''}"


def _window(policy: Policy) -> Iterator[str]:
    length = policy.targets.get(Target.REPLY_WINDOW)
    if length is not None:
        yield f"an answer within the platform's window of {length_words(length)}, around the clock"


def _open(calendar: Calendar) -> str:
    if not calendar.closes:
        return "around the clock"
    return f"counted while `{calendar.name}` is open ({calendar.zone})"


def _objective(policy: Policy) -> Iterator[str]:
    if policy.objective:
        share = f"{policy.objective.share * 100 / WHOLE:g}%"
        yield f"{share} of them are to be kept over {duration_words(policy.objective.over)}"


def _told(stages: Sequence[Stage], default_audience: str | None) -> str:
    said = [f"{_moment(stage)} ({stage.audience or default_audience or 'nobody: no audience'})" for stage in stages]
    return "told at " + ", ".join(said) if said else "nobody is told"


def _moment(stage: Stage) -> str:
    if stage.offset is not None:
        at = f"{duration_words(stage.offset)} after it"
    else:
        at = f"{(stage.share or 0) * 100 / WHOLE:g}%"
    if stage.repeat is not None:
        until = "answered" if stage.until_answered else "acknowledged"
        at += f" and then every {duration_words(stage.repeat)} until {until}, {stage.at_most} times at most"
    apart = [*(["by itself in any storm"] * stage.exempt), *(["in quiet hours too"] * stage.ignores_quiet)]
    return ", ".join([at, *apart])


def settings(rules: ChannelRules) -> Iterator[str]:
    """What else of a channel's rules changes a measurement, in words, a line each."""
    marking = rules.marking
    listed = [*sorted(marking.authors), *sorted(marking.apps), *_texts(marking.automatic)]
    if listed:
        yield f"automatic, and no answer by a person: {', '.join(listed)}"
    if rules.bot_closes_after is not None:
        yield f"a listed bot's answer closes a wait after {duration_words(rules.bot_closes_after)} of silence"
    if marking.hand_over:
        yield f"handed over, which ends a wait as that: an answer with {' or '.join(_texts(marking.hand_over))}"
    if rules.waits_from_hand_over:
        yield "where a bot hands over, the wait for a person begins there"
    if marking.holding:
        yield f"only announces an answer: {' or '.join(_texts(marking.holding))}"
    if marking.no_reply:
        yield f"needs no reply: {', '.join(dict.fromkeys(rule.reason for rule in marking.no_reply))}"
    if rules.new_waits_only:
        yield "changes of these rules are for new waits only"


def _texts(patterns: Sequence[TextMatches]) -> list[str]:
    """Patterns as they are written, in slashes; long ones cut."""
    return [
        f"/{found.pattern.pattern[:SHOWN]}{'…' if len(found.pattern.pattern) > SHOWN else ''}/" for found in patterns
    ]
