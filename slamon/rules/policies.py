"""A channel's file, or default.yaml → its policies and settings."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from slamon.fields import did_you_mean, mistake
from slamon.model import RESPONSES, Target
from slamon.rules.keys import ObjectiveKeys, PolicyKeys, RulesKeys, ValidKeys
from slamon.rules.replies import read_replies
from slamon.rules.stages import open_span, parse_share, read_stages
from slamon.rules.when import read_when
from slamon.sla.calendar import ALWAYS, OpenDays
from slamon.sla.conditions import covers, names_filtered, names_listening
from slamon.sla.policy import DEFAULT_STAGES, WHOLE, AnsweredBy, ChannelRules, Objective, Policy

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

    from slamon.model import Instant
    from slamon.rules.facts import Scope
    from slamon.shape import Reader
    from slamon.sla.calendar import Calendar
    from slamon.sla.policy import Length
    from slamon.yamlfile import Where

OPEN_DAYS = re.compile(r"\s*(\d{1,3})\s*bd\s*", re.ASCII)
DATE_HOW = "write 2026-11-27, or 2026-11-27T08:00:00+01:00"
DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
ANSWERED_BY_HOW = "write human, anyone or reaction, or {first_response: anyone}"
NAMED = 5
"""Policies that one line names."""
SWITCHED = (*RESPONSES, Target.ACKNOWLEDGEMENT)
"""Targets of which `answered_by` may say who ends them."""
FIRST_HOW = str(PolicyKeys.model_fields["first_response"].description)


def read_channel(reader: Reader, scope: Scope, source: str) -> ChannelRules | None:
    """The rules of one file; `None` where it holds none that are sound."""
    keys = reader.read(RulesKeys, ())
    if keys is None:
        return None
    replies = read_replies(reader, scope)
    policies = _policies(reader, len(keys.policies), scope)
    return ChannelRules(
        policies=tuple(policies),
        source=source,
        lookback=keys.lookback,
        new_conversation_after=keys.new_conversation_after,
        reposted_within=keys.reposted_within,
        abandoned_after=keys.abandoned_after,
        watch_bystanders=keys.bystanders == "watch",
        staff=frozenset(name.removeprefix("@").lower() for name in keys.staff),
        show_text=keys.show_text,
        marking=replies.marking,
        suspect_within=replies.suspect_within,
        repeated=replies.repeated,
        bot_closes_after=keys.bot_closes_after,
        waits_from_hand_over=keys.human_wait_from == "hand_over",
        hidden_cancels=keys.hidden == "cancels",
        new_waits_only=keys.apply_to == "new",
    )


def _policies(reader: Reader, number: int, scope: Scope) -> list[Policy]:
    found: list[Policy] = []
    sound: list[tuple[Policy, Where]] = []
    for where in (("policies", i) for i in range(number)):
        before = len(reader.faults)
        policy = _policy(reader, where, scope)
        if policy is None:
            continue
        if any(policy.name == other.name for other in found):
            reader.blame((*where, "name"), f"a second policy is named `{policy.name[:60]}`")
        found.append(policy)
        if len(reader.faults) == before:
            sound.append((policy, (*where, "name")))
    _refuse_shadowed(reader, sound)
    return found


def _policy(reader: Reader, where: Where, scope: Scope) -> Policy | None:
    keys = reader.read(PolicyKeys, where)
    if keys is None:
        return None
    calendar = _calendar(reader, keys, where, scope)
    zone = calendar.zone if calendar else UTC
    conditions = read_when(reader, (*where, "when"), scope, zone) if keys.when is not None else ()
    begins, ends = _valid(reader, keys, where, zone or UTC)
    return Policy(
        name=keys.name,
        targets=_targets(reader, keys, where, calendar),
        conditions=conditions,
        calendar=calendar or ALWAYS,
        stages=DEFAULT_STAGES if keys.stages is None else read_stages(reader, (*where, "stages"), calendar, scope),
        answered_by=_answered_by(reader, keys, where, scope),
        objective=_objective(reader, keys, where),
        valid_from=begins,
        valid_until=ends,
        names_listening=names_listening(conditions),
        names_filtered=names_filtered(conditions),
    )


def _calendar(reader: Reader, keys: PolicyKeys, where: Where, scope: Scope) -> Calendar | None:
    """The calendar that is named; `None` where it has faults of its own, or its name has: one fault is enough."""
    written = reader.document.at(where).get("calendar", keys.calendar)
    if scope.calendars is None or not isinstance(written, str) or reader.misspelt((*where, "calendar")):
        return None
    if written not in scope.calendars:
        hint = did_you_mean(written, scope.calendars)
        reader.blame((*where, "calendar"), f"there is no calendar `{written[:60]}`", hint)
    return scope.calendars.get(written)


# --- targets


def _targets(
    reader: Reader, keys: PolicyKeys, where: Where, calendar: Calendar | None
) -> Mapping[Target, Length | None]:
    """What is promised; a target that is not named is off, but for `next_response`, which follows the first."""
    named = {target: _length(reader, keys, where, target, calendar) for target in Target}
    found: dict[Target, Length | None] = {target: length for target, length in named.items() if length is not None}
    instead = {Target.ACKNOWLEDGEMENT, Target.REPLY_WINDOW} & found.keys()
    if keys.first_response is None and not instead and not reader.misspelt((*where, "first_response")):
        reader.blame(where, "`first_response` is missing", FIRST_HOW)
    first = found.setdefault(Target.FIRST_RESPONSE, None)
    if keys.next_response is None:
        found[Target.NEXT_RESPONSE] = first
    found.setdefault(Target.NEXT_RESPONSE, None)
    return found


def _length(reader: Reader, keys: PolicyKeys, where: Where, target: Target, calendar: Calendar | None) -> Length | None:
    if getattr(keys, target) in (None, "off"):
        return None
    counted = ALWAYS if target is Target.REPLY_WINDOW else calendar
    return reader.value(lambda value: parse_length(value, counted), (*where, target.value))


def parse_length(value: object, calendar: Calendar | None) -> Length:
    """Open time, or open days: `1bd`; `None` stands for a calendar that nothing is known of.

    :raises PydanticCustomError: neither, nothing at all, or `1d` on a calendar that closes.
    """
    days = OPEN_DAYS.fullmatch(value) if isinstance(value, str) else None
    if days is None:
        return open_span(value, calendar)
    if calendar and not calendar.closes:
        raise mistake(f"`{value}` on the calendar `{calendar.name}`, which never closes", "write 24h")
    if not int(days[1]):
        raise mistake("should be longer than 0")
    return OpenDays(int(days[1]))


def _answered_by(reader: Reader, keys: PolicyKeys, where: Where, scope: Scope) -> Mapping[Target, AnsweredBy]:
    raw, spot = keys.answered_by, (*where, "answered_by")
    if raw is None:
        return {}
    if not isinstance(raw, dict):
        by = reader.value(lambda value: _who(value, scope), spot)
        return dict.fromkeys(RESPONSES, by) if by else {}
    found = {}
    for name in raw:
        if name not in SWITCHED:
            reader.blame((*spot, name), f"`{name[:60]}` is no target here", did_you_mean(name, SWITCHED), key=True)
        elif by := reader.value(lambda value: _who(value, scope), (*spot, name)):
            found[Target(name)] = by
    return found


def _who(value: object, scope: Scope) -> AnsweredBy:
    if value not in list(AnsweredBy):
        raise mistake("is nobody who answers", ANSWERED_BY_HOW)
    by = AnsweredBy(str(value))
    blind = [f.platform for f in scope.served.values() if f.delivers is not None and "reactions" not in f.delivers]
    if by is AnsweredBy.REACTION and blind and len(blind) == len(scope.served):
        raise mistake(f"reactions are not delivered by {', '.join(sorted(set(blind)))}", "write human or anyone")
    return by


def _objective(reader: Reader, keys: PolicyKeys, where: Where) -> Objective | None:
    if keys.objective is None:
        return None
    spot = (*where, "objective")
    found = reader.read(ObjectiveKeys, spot)
    share = reader.value(_objective_share, (*spot, "share")) if found else None
    return Objective(share, found.over) if found and share else None


def _objective_share(value: object) -> int:
    share = parse_share(value)
    if share is None or not 0 < share < WHOLE:
        raise mistake("should be a share below 100%", "write 95%")
    return share


# --- validity


def _valid(reader: Reader, keys: PolicyKeys, where: Where, zone: tzinfo) -> tuple[Instant | None, Instant | None]:
    """The half-open span of instants in which a wait must begin."""
    spot = (*where, "valid")
    if keys.valid is None or (found := reader.read(ValidKeys, spot)) is None:
        return None, None
    begins = reader.value(lambda value: _instant(value, zone, 0), (*spot, "from")) if found.from_ is not None else None
    ends = reader.value(lambda value: _instant(value, zone, 1), (*spot, "until")) if found.until is not None else None
    if begins is not None and ends is not None and ends <= begins:
        reader.blame(spot, "`valid` ends before it begins", "the last day is in")
    return begins, ends


def _instant(value: object, zone: tzinfo, days: int) -> Instant:
    """The instant that text names; for a date its midnight in `zone`, so many days later."""
    text = str(value).strip()
    try:
        if DAY.fullmatch(text):
            at = datetime.combine(date.fromisoformat(text) + timedelta(days), time(), zone)
        else:
            at = datetime.fromisoformat(text)
        millis = int(at.timestamp() * 1_000)
    except (ValueError, OverflowError):
        raise mistake("is no date", DATE_HOW) from None
    if at.tzinfo is None:
        raise mistake("has no time zone", DATE_HOW)
    return millis


# --- the order of policies


def _refuse_shadowed(reader: Reader, policies: list[tuple[Policy, Where]]) -> None:
    """No policy may stand behind one that takes all that it would; a line for each that takes, not for each taken."""
    taken: dict[str, list[tuple[str, Where]]] = {}
    for i, (policy, where) in enumerate(policies):
        taker = next((above.name for above, _ in policies[:i] if _takes_all(above, policy)), None)
        if taker is not None:
            taken.setdefault(taker, []).append((policy.name, where))
    for taker, ((_, where), *others) in taken.items():
        more = f", and neither can {', '.join(f'`{name[:60]}`' for name, _ in others[:NAMED])}" if others else ""
        more += f" and {len(others) - NAMED} more" if len(others) > NAMED else ""
        message = f"can never match: `{taker[:60]}` above takes all that it would{more}"
        reader.blame(where, message, f"put `{taker[:60]}` below" if others else "put it above")


def _takes_all(above: Policy, below: Policy) -> bool:
    from_, until = above.valid_from, above.valid_until
    always = (from_ is None or (below.valid_from is not None and from_ <= below.valid_from)) and (
        until is None or (below.valid_until is not None and below.valid_until <= until)
    )
    kinds = (below.names_listening <= above.names_listening) and (below.names_filtered <= above.names_filtered)
    return always and kinds and covers(above.conditions, below.conditions)
