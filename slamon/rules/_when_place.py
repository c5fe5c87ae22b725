"""Conditions on the surface, and on numbers of a message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.fields import did_you_mean, mistake
from slamon.model import Kind
from slamon.rules._when_line import Line, chosen, numbers, switch
from slamon.sla.conditions import ChannelIs, Filtered, KindIs, MessageCount, PlatformIs, Rating, Reach
from slamon.sla.timer import REMATCHED

if TYPE_CHECKING:
    from slamon.rules._when_line import Given
    from slamon.sla.subject import Condition

BEST = 10
"""No platform gives more stars."""


def _kind(words: str, value: object, given: Given) -> Condition:
    kinds = frozenset(map(Kind, chosen(value, list(Kind), "kind")))
    shown = [facts.kinds for facts in given.scope.served.values()]
    delivered = frozenset().union(*(kinds for kinds in shown if kinds is not None))
    if shown and None not in shown and not kinds & delivered:
        raise mistake("can never hold: the channel has no such messages", did_you_mean("", delivered))
    return KindIs(words, kinds)


def _channel(words: str, value: object, given: Given) -> Condition:
    scope = given.scope
    names = chosen(value, scope.channels, "channel")
    if scope.channels is not None and not names & scope.served.keys():
        raise mistake("can never hold: this file serves other channels", did_you_mean("", scope.served))
    return ChannelIs(words, names)


def _platform(words: str, value: object, given: Given) -> Condition:
    known = {facts.platform for facts in given.scope.served.values()}
    certain = known if known and "" not in known else None
    return PlatformIs(words, chosen(value, certain, "channel here on the platform"))


def _reach(words: str, value: object, given: Given) -> Condition:
    del given
    return Reach(words, numbers(value))


def _rating(words: str, value: object, given: Given) -> Condition:
    del given
    return Rating(words, numbers(value, most=BEST))


def _messages(words: str, value: object, given: Given) -> Condition:
    del given
    return MessageCount(words, numbers(value, least=1, most=REMATCHED))


def _filtered(words: str, value: object, given: Given) -> Condition:
    del given
    return Filtered(words, switch(value))


PLACE = {
    "kind": Line("The surface: " + ", ".join(f"`{kind}`" for kind in Kind) + "; one or a list", _kind),
    "channel": Line("A channel's name, or a list", _channel),
    "platform": Line("A platform's name, or a list", _platform),
    "filtered": Line(
        "`yes`: the platform hid a message from the start; such waits are watched only where a policy says this",
        _filtered,
        "hidden",
    ),
}
NUMBERS = {
    "reach": Line(
        'Likes, shares and replies of the message that has most of them: a number or a comparison, `">= 100"`',
        _reach,
        "reach",
    ),
    "rating": Line('The stars of a review, as it stands now: a number or a comparison, `"<= 2"`', _rating, "rating"),
    "messages": Line(
        f'How often the customer has written in this wait, up to {REMATCHED}: a number or a comparison, `">= 3"`',
        _messages,
    ),
}
