"""What differs between two rule sets, and which open waits have to be decided anew for it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import TYPE_CHECKING, Any

from slamon.sla.calendar import OpenDays
from slamon.sla.words import WordList, Words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from slamon.model import Millis
    from slamon.sla.calendar import Calendar
    from slamon.sla.policy import ChannelRules, Policy, RuleSet, Stage

SILENT = frozenset(
    {
        *("policies", "source", "new_waits_only"),
        *("lookback", "show_text"),  # for the first poll, and for what is rendered next
        *("new_conversation_after", "reposted_within", "watch_bystanders", "staff", "marking", "suspect_within"),
        *("repeated", "waits_from_hand_over", "hidden_cancels"),  # these and those above: for messages still to come
    }
)
"""Parts of a channel's rules that change nothing about a wait that is open, beside its policies."""
MATCHING = ("conditions", "answered_by", "valid_from", "valid_until", "names_listening", "names_filtered")
"""Parts of a policy that say which waits it takes, and what ends them."""


@dataclass(frozen=True, slots=True)
class Moved:
    """Waits under a policy whose instants may differ now."""

    policy: str
    calendars: tuple[Calendar, Calendar] | None
    """Nothing but the calendar changed, from the first to the second; `None`: any of the policy's waits may differ."""
    longest: Millis = 0
    """Of its targets."""
    tail: Millis = 0
    """From due to the last telling, in open time."""


@dataclass(frozen=True, slots=True)
class Change:
    """What changed for one channel."""

    added: tuple[str, ...] = ()
    """Names of policies."""
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    reordered: bool = False
    settings: tuple[str, ...] = ()
    everything: bool = False
    """All its open waits are matched anew."""
    moved: tuple[Moved, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything differs at all."""
        return bool(self.added or self.removed or self.changed or self.reordered or self.settings)


def changes(old: RuleSet, new: RuleSet, channels: Iterable[str]) -> dict[str, Change]:
    """What changed, by channel; those for which nothing did are left out."""
    known: dict[tuple[int, int], Change] = {}
    found = {}
    for channel in channels:
        before, after = old.of(channel), new.of(channel)
        key = id(before), id(after)  # most channels share the rules of default.yaml
        if key not in known:
            known[key] = compare(before, after)
        if known[key]:
            found[channel] = known[key]
    return found


def compare(old: ChannelRules, new: ChannelRules) -> Change:
    """What changed from the rules of a channel to its new ones."""
    before, after = ({policy.name: policy for policy in rules.policies} for rules in (old, new))
    both = [name for name in after if name in before]
    changed = [name for name in both if not same(before[name], after[name])]
    settings = [
        part.name
        for part in fields(new)
        if part.name not in {"policies", "source"} and not same(getattr(old, part.name), getattr(new, part.name))
    ]
    kept = new.new_waits_only
    anew = list(before) != list(after) or old.new_waits_only or any(name not in SILENT for name in settings)
    anew = anew or any(
        not same(getattr(before[n], part), getattr(after[n], part)) for n in changed for part in MATCHING
    )
    moved = [] if kept or anew else [one for name in changed if (one := _moved(before[name], after[name]))]
    return Change(
        tuple(name for name in after if name not in before),
        tuple(name for name in before if name not in after),
        tuple(changed),
        both != [name for name in before if name in after],
        tuple(settings),
        anew and not kept,
        tuple(moved),
    )


def _moved(old: Policy, new: Policy) -> Moved | None:
    """Which instants of a policy moved that takes the same waits as before."""
    ladders = [[_rung(stage) for stage in policy.stages] for policy in (old, new)]
    if ladders[0] != ladders[1] or old.targets != new.targets:
        return Moved(new.name, None)
    if same(old.calendar, new.calendar):
        return None
    lengths = [length for length in new.targets.values() if length is not None]
    if any(isinstance(length, OpenDays) for length in lengths):
        return Moved(new.name, None)
    spans = [length for length in lengths if isinstance(length, int)]
    return Moved(new.name, (old.calendar, new.calendar), max(spans, default=0), _tail(new.stages))


def _rung(stage: Stage) -> tuple[object, ...]:
    """What a wait's next instant depends on; who hears of a stage is looked up when it is told."""
    return (stage.name, stage.share, stage.offset, stage.repeat, stage.at_most)


def _tail(stages: Iterable[Stage]) -> Millis:
    return max(((stage.offset or 0) + (stage.repeat or 0) * (stage.at_most - 1) for stage in stages), default=0)


def same(one: Any, other: Any) -> bool:  # noqa: ANN401 - any part of a rule
    """Whether two parts of rules say the same: calendars by their content, patterns by their text."""
    return one is other or bool(_form(one) == _form(other))


def _form(part: Any) -> Any:  # noqa: ANN401 - as above
    """What is equal for parts that say the same. What nobody knows how to compare differs, which is safe."""
    if is_dataclass(part):
        compared = ((field, getattr(part, field.name)) for field in fields(part))
        return (type(part), *(_form(value) for field, value in compared if field.compare or _is_words(value)))
    if _is_words(part):
        return _words(part)
    if isinstance(part, (tuple, list)):
        return tuple(map(_form, part))
    if isinstance(part, Mapping):
        return {key: _form(value) for key, value in part.items()}
    if hasattr(part, "pattern") and hasattr(part, "flags"):
        return (part.pattern, part.flags)
    return getattr(part, "fingerprint", part)


def _is_words(part: object) -> bool:
    return isinstance(part, (Words, WordList))


def _words(part: Words | WordList) -> Any:  # noqa: ANN401 - as above
    """Conditions leave their word lists out of comparisons, but lists change, too."""
    if isinstance(part, Words):
        return [(name, _form(part.get(name))) for name in part.names]
    return (part.by_language, part.without, part.aside)
