"""The ladder of a policy: who is told when, how often."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeAlias

from slamon.fields import did_you_mean, mistake, parse_span
from slamon.model import MINUTE
from slamon.rules.keys import StageKeys
from slamon.sla.policy import WHOLE, Stage

if TYPE_CHECKING:
    from slamon.model import Millis
    from slamon.rules.facts import Scope
    from slamon.shape import Reader
    from slamon.sla.calendar import Calendar
    from slamon.yamlfile import Where

Moment: TypeAlias = "tuple[str, int | None, Millis | None]"
"""Name, share in parts per million, offset."""

SHARE = re.compile(r"(\d{1,3}(?:\.\d{1,4})?)\s*%", re.ASCII)
STAGE_HOW = "write 50% or 100% of the target, or +30m after it"
DAYS_HOW = "`1d` would mean 24 open hours there: write 24h if that is meant"
OFTEN = 12
"""Told so often at most, where a stage repeats and says no number."""
MOST_OFTEN = 100


def read_stages(reader: Reader, where: Where, calendar: Calendar | None, scope: Scope) -> tuple[Stage, ...]:
    """The stages at `where`, in order; those with faults are left out."""
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


def open_span(value: object, calendar: Calendar | None) -> Millis:
    """A span of open time; days are refused where a day is not 24 hours long, as far as that is known.

    :raises PydanticCustomError: it is no span, or counts in days on a calendar that closes.
    """
    span = parse_span(value)
    if re.search(r"\d\s*d", str(value)) and calendar and calendar.closes:
        raise mistake(f"`{value}` on the calendar `{calendar.name}`, which closes", DAYS_HOW)
    return span


def parse_share(value: object) -> int | None:
    """Parts per million of `95%`; `None` for anything else."""
    match = SHARE.fullmatch(value.strip()) if isinstance(value, str) else None
    return round(float(match[1]) * WHOLE / 100) if match else None


def _stage(reader: Reader, where: Where, calendar: Calendar | None, scope: Scope) -> Stage | None:
    keys = reader.read(StageKeys, where)
    if keys is None:
        return None
    if keys.to is not None and scope.audiences is not None and keys.to not in scope.audiences:
        hint = did_you_mean(keys.to, scope.audiences)
        reader.blame((*where, "to"), f"there is no audience `{keys.to[:60]}`", hint or "config.yaml defines none")
    parsed = reader.value(lambda value: _moment(value, calendar), (*where, "at"))
    repeat, at_most = _repeat(reader, keys, where, calendar)
    if parsed is None:
        return None
    name, share, offset = parsed
    return Stage(
        name,
        share,
        offset,
        audience=keys.to,
        broadcast=keys.broadcast,
        repeat=repeat,
        at_most=at_most,
        until_answered=keys.until == "answered",
        exempt=keys.storm == "exempt",
        ignores_quiet=keys.quiet == "ignore",
    )


def _repeat(reader: Reader, keys: StageKeys, where: Where, calendar: Calendar | None) -> tuple[Millis | None, int]:
    """After which time a stage is told again, and how often altogether."""
    if keys.repeat is None:
        if reader.misspelt((*where, "repeat")):
            return None, 1
        for key in ("until", "at_most"):
            if key in keys.model_fields_set:
                reader.blame((*where, key), f"`{key}` is for stages that repeat", "add repeat: 30m", key=True)
        return None, 1
    repeat = reader.value(lambda value: _interval(value, calendar), (*where, "repeat"))
    at_most = OFTEN if keys.at_most is None else keys.at_most
    if not 1 < at_most <= MOST_OFTEN:
        reader.blame(
            (*where, "at_most"), f"`at_most` should be a number from 2 to {MOST_OFTEN}", "the first one counts"
        )
    return repeat, at_most


def _interval(value: object, calendar: Calendar | None) -> Millis:
    span = open_span(value, calendar)
    if span < MINUTE:
        raise mistake("should be a minute or more", "nobody can act in less")
    return span


def _moment(value: Any, calendar: Calendar | None) -> Moment:  # noqa: ANN401 - as it stands in the file
    """Name, share and offset of `50%` or `+30m`."""
    text = value.strip() if isinstance(value, str) else ""
    if text.startswith("+"):
        if "bd" in text:
            raise mistake(f"`{text}`: stages are not counted in open days", "write open hours: +8h")
        return text, None, open_span(text[1:], calendar)
    share = parse_share(text)
    if share is None:
        raise mistake("is no moment of a wait", STAGE_HOW)
    if not 0 < share <= WHOLE:
        raise mistake(f"{text} lies outside the target", STAGE_HOW)
    return f"{share * 100 / WHOLE:g}%", share, None


def _rank(stage: Stage) -> tuple[bool, int]:
    return (stage.offset is not None, stage.offset or stage.share or 0)
