"""A channel's file, or default.yaml → its policies and settings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from slamon.fields import did_you_mean, mistake, parse_span
from slamon.model import Target
from slamon.rules.keys import PolicyKeys, RulesKeys, StageKeys
from slamon.rules.when import read_when
from slamon.sla.calendar import ALWAYS, Weekly
from slamon.sla.policy import DEFAULT_STAGES, WHOLE, ChannelRules, Policy, Stage

if TYPE_CHECKING:
    from slamon.model import Millis
    from slamon.rules.facts import Scope
    from slamon.shape import Reader
    from slamon.sla.calendar import Calendar
    from slamon.yamlfile import Where

SHARE = re.compile(r"(\d{1,3}(?:\.\d{1,4})?)\s*%", re.ASCII)
STAGE_HOW = "write 50% or 100% of the target, or +30m after it"
DAYS_HOW = "`1d` would mean 24 open hours there: write 24h if that is meant"


def read_channel(reader: Reader, scope: Scope, source: str) -> ChannelRules | None:
    """The rules of one file; `None` where it holds none that are sound."""
    keys = reader.read(RulesKeys, ())
    if keys is None:
        return None
    policies = [_policy(reader, ("policies", i), scope) for i in range(len(keys.policies))]
    _refuse_shadowed(reader, keys.policies)
    return ChannelRules(
        policies=tuple(policy for policy in policies if policy),
        source=source,
        lookback=keys.lookback,
        new_conversation_after=keys.new_conversation_after,
        reposted_within=keys.reposted_within,
        abandoned_after=keys.abandoned_after,
        watch_bystanders=keys.bystanders == "watch",
        staff=frozenset(name.removeprefix("@").lower() for name in keys.staff),
        show_text=keys.show_text,
    )


def _policy(reader: Reader, where: Where, scope: Scope) -> Policy | None:
    keys = reader.read(PolicyKeys, where)
    if keys is None:
        return None
    conditions = read_when(reader, (*where, "when"), scope) if keys.when is not None else ()
    calendar = _calendar(reader, keys, where, scope)
    first = _target(reader, (*where, "first_response"), calendar)
    following = first if keys.next_response is None else _target(reader, (*where, "next_response"), calendar)
    stages = DEFAULT_STAGES if keys.stages is None else _stages(reader, (*where, "stages"), calendar, scope)
    targets = {Target.FIRST_RESPONSE: first, Target.NEXT_RESPONSE: following}
    return Policy(keys.name, targets, conditions, calendar, stages)


def _calendar(reader: Reader, keys: PolicyKeys, where: Where, scope: Scope) -> Calendar:
    if keys.calendar not in scope.calendars:
        hint = did_you_mean(keys.calendar, scope.calendars)
        reader.blame((*where, "calendar"), f"there is no calendar `{keys.calendar[:60]}`", hint)
    return scope.calendars.get(keys.calendar) or ALWAYS


def _target(reader: Reader, where: Where, calendar: Calendar) -> Millis | None:
    if reader.document.at(where) == "off":
        return None
    return reader.value(lambda value: _span(value, calendar), where)


def _span(value: object, calendar: Calendar) -> Millis:
    """A span of open time; days are refused where a day is not 24 hours long."""
    if isinstance(value, str) and re.fullmatch(r"\d+\s*bd", value):
        raise mistake(f"`{value}`: open days are not supported yet", "write open hours: 8h")
    span = parse_span(value)
    if "d" in str(value) and isinstance(calendar, Weekly) and calendar.closes:
        raise mistake(f"`{value}` on the calendar `{calendar.name}`, which closes", DAYS_HOW)
    return span


def _stages(reader: Reader, where: Where, calendar: Calendar, scope: Scope) -> tuple[Stage, ...]:
    stages: list[Stage] = []
    for i in range(len(reader.document.at(where))):
        stage = _stage(reader, (*where, i), calendar, scope)
        if stage is None:
            continue
        if stages and _rank(stage) <= _rank(stages[-1]):
            reader.blame(
                (*where, i, "at"), f"{stage.name} stands after {stages[-1].name}", "in order of time, each once"
            )
        stages.append(stage)
    return tuple(stages)


def _stage(reader: Reader, where: Where, calendar: Calendar, scope: Scope) -> Stage | None:
    keys = reader.read(StageKeys, where)
    if keys is None:
        return None
    if keys.to is not None and scope.audiences is not None and keys.to not in scope.audiences:
        hint = did_you_mean(keys.to, scope.audiences)
        reader.blame((*where, "to"), f"there is no audience `{keys.to[:60]}`", hint or "config.yaml defines none")
    parsed = reader.value(lambda value: _moment(value, calendar), (*where, "at"))
    if parsed is None:
        return None
    name, share, offset = parsed
    return Stage(name, share, offset, keys.to, keys.broadcast)


def _moment(value: Any, calendar: Calendar) -> tuple[str, int | None, Millis | None]:  # noqa: ANN401 - as it stands in the file
    """Name, share and offset of `50%` or `+30m`."""
    text = value.strip() if isinstance(value, str) else ""
    if text.startswith("+"):
        return text, None, _span(text[1:], calendar)
    match = SHARE.fullmatch(text)
    if match is None:
        raise mistake("is no moment of a wait", STAGE_HOW)
    share = round(float(match[1]) * WHOLE / 100)
    if not 0 < share <= WHOLE:
        raise mistake(f"{text} lies outside the target", STAGE_HOW)
    return f"{float(match[1]):g}%", share, None


def _rank(stage: Stage) -> tuple[bool, int]:
    return (stage.offset is not None, stage.offset or stage.share or 0)


def _refuse_shadowed(reader: Reader, policies: list[Any]) -> None:
    """A name must be unique, and no policy may stand behind one that takes all that it would."""
    before: list[tuple[str, dict[str, Any]]] = []
    for i, raw in enumerate(policies):
        if not isinstance(raw, dict) or not isinstance(raw.get("name"), str):
            continue
        name, when, where = raw["name"], raw.get("when") or {}, ("policies", i, "name")
        if any(name == other for other, _ in before):
            reader.blame(where, f"a second policy is named `{name[:60]}`")
        if isinstance(when, dict):
            taker = next((other for other, needs in before if needs.items() <= when.items()), None)
            if taker is not None:
                reader.blame(where, f"can never match: `{taker[:60]}` above takes all that it would", "put it above")
            before.append((name, when))
