"""An order as it comes from outside, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from slamon.errors import UsageError
from slamon.model import DAY, HOUR, ID_CAP, MINUTE, NAME_CAP, Instant, Millis, clean, storable
from slamon.rules.orders import check_pattern
from slamon.rules.patterns import LONGEST_PATTERN
from slamon.sla.handling import Verb
from slamon.sla.orders import MATCH, SCOPES, THREAD, WAIT

if TYPE_CHECKING:
    from collections.abc import Mapping

VIAS = ("button", "reaction", "command", "http")
REASON_CAP = 1_000
NUMBERS = 10**15
"""Beyond it are no numbers of waits."""
ACKNOWLEDGED: Millis = 4 * HOUR
"""An acknowledgement by somebody without shifts."""
SNOOZED: Millis = HOUR
BRIEFEST: Millis = MINUTE
HELD_AT_MOST: Millis = 7 * DAY
"""By an acknowledgement, a snooze, or a pattern."""
STANDS_AT_MOST: Millis = 90 * DAY
STANDS: Mapping[Verb, Millis] = {Verb.MUTE: 30 * DAY, Verb.STATEMENT: DAY}
STANDS_ELSE: Millis = 7 * DAY
MATCHED: Millis = DAY
POSTS = frozenset({Verb.MUTE, Verb.STATEMENT})
"""What is said of a post and all below it, unless somebody narrows it."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who does it: `id` as the place where it is done numbers them, `name` as people call them."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What somebody wants done; it comes from outside, and is checked where it is carried out."""

    verb: Verb
    wait: int
    """Below 0: a digest, by its number; it can only be acknowledged."""
    by: Person
    via: str
    """`button`, `reaction`, `command` or `http`."""
    key: str
    """Names the click: one that arrives twice is one action."""
    span: Millis | None = None
    """How long it holds; `None`: the verb's default."""
    until_shift_ends: bool = False
    reason: str = ""
    scope: str = ""
    """`wait`, `author`, `thread` or `match`: a wider one holds for messages to come, too. Empty: what the verb is
    usually said of, `thread` to mute or to answer by a statement, else `wait`.
    """
    pattern: str = ""
    """Of the scope `match`."""


@dataclass(frozen=True, slots=True)
class Acted:
    """What came of it."""

    action: int
    """Its number, by which it can be taken back."""
    new: bool
    """False: that very click had arrived before."""
    words: str
    """What was done, in one sentence for the person who did it."""
    until: Instant | None


def checked(order: Order) -> Order:
    """The order with everything said that it leaves open, but for how long it holds.

    :raises UsageError: what is wrong with it.
    """
    if order.via not in VIAS:
        raise UsageError(f"people act by {', '.join(VIAS)}")
    if not 0 < len(order.key) <= ID_CAP or not storable(order.key):
        raise UsageError(f"a click is named by 1 to {ID_CAP} characters")
    if not 0 < abs(order.wait) < NUMBERS:
        raise UsageError(f"there is no wait {str(order.wait)[:20]}")
    if len(order.reason) > REASON_CAP:
        raise UsageError(f"the reason is longer than {REASON_CAP} characters")
    whole = replace(
        order,
        by=person(order.by),
        reason=_line(order.reason, REASON_CAP),
        scope=order.scope or (THREAD if order.verb in POSTS else WAIT),
    )
    if whole.verb.closes:
        _check_closing(whole)
    else:
        _check_holding(whole)
    return whole


def person(by: Person) -> Person:
    """The person with a name of one line.

    :raises UsageError: it is nobody.
    """
    if not 0 < len(by.id) <= ID_CAP or not storable(by.id):
        raise UsageError(f"a person is known by an id of 1 to {ID_CAP} characters")
    return Person(by.id, _line(by.name, NAME_CAP) or by.id)


def span_of(order: Order) -> Millis | None:
    """How long it holds where nobody is asked about shifts; `None`: a single wait is closed for good."""
    if not order.verb.closes:
        return order.span or (SNOOZED if order.verb is Verb.SNOOZE else ACKNOWLEDGED)
    if order.scope == WAIT:
        return None
    return order.span or (MATCHED if order.scope == MATCH else STANDS.get(order.verb, STANDS_ELSE))


def _check_holding(order: Order) -> None:
    if order.scope != WAIT:
        raise UsageError(f"a wait is {'snoozed' if order.verb is Verb.SNOOZE else 'acknowledged'} by itself")
    if order.wait < 0 and order.verb is not Verb.ACKNOWLEDGE:
        raise UsageError("a digest can only be acknowledged")
    if order.pattern:
        raise UsageError("a pattern belongs to the scope match")
    if order.span is not None and order.until_shift_ends:
        raise UsageError("say how long, or until the shift ends, not both")
    _check_span(order.span, HELD_AT_MOST)


def _check_closing(order: Order) -> None:
    if order.wait < 0:
        raise UsageError("a digest can only be acknowledged")
    if order.scope not in SCOPES:
        raise UsageError(f"the scope is one of {', '.join(SCOPES)}")
    if order.verb is Verb.DISMISS and not order.reason:
        raise UsageError("say why no reply is needed")
    if order.until_shift_ends:
        raise UsageError("until the shift ends a wait can be snoozed, not closed")
    if order.scope == WAIT and order.span is not None:
        raise UsageError("a single wait is closed for good: how long belongs to a wider scope")
    if bool(order.pattern) is not (order.scope == MATCH):
        raise UsageError("the scope match needs a pattern, and no other scope has one")
    if len(order.pattern) > LONGEST_PATTERN or not storable(order.pattern):
        raise UsageError(f"the pattern is no text of at most {LONGEST_PATTERN} characters")
    if order.pattern:
        check_pattern(order.pattern)
    _check_span(order.span, HELD_AT_MOST if order.scope == MATCH else STANDS_AT_MOST)


def _check_span(span: Millis | None, most: Millis) -> None:
    if span is not None and not BRIEFEST <= span <= most:
        raise UsageError(f"it can hold for 1 minute to {most // DAY} days")


def _line(text: str, cap: int) -> str:
    return " ".join(clean(text, cap).split())
