"""The conditions under `when`: a line of YAML → an object of `sla.conditions`."""

from __future__ import annotations

import re
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import regex

from slamon.fields import did_you_mean, mistake, parse_words
from slamon.model import Kind
from slamon.sla.conditions import ChannelIs, Followers, HandleIs, KindIs, PlatformIs, TextMatches, Verified

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from slamon.rules.facts import Scope
    from slamon.shape import Reader
    from slamon.sla.subject import Condition
    from slamon.yamlfile import Where

LONGEST_PATTERN = 1_000
MOST_REPEATS = 10_000
"""Of all `{n}` in a pattern, multiplied: the library unrolls them, and would take all memory for `a{1000000000}`."""
MARKS = ("blue", "business", "government")
COMPARISON = re.compile(r"(>=|<=|>|<|=)?\s*(\d{1,15})", re.ASCII)
REPEATS = re.compile(r"\{\s*(\d*)\s*(?:,\s*(\d*)\s*)?\}", re.ASCII)

Build: TypeAlias = "Callable[[str, Any, Scope], Condition]"


class Line(NamedTuple):
    """One kind of condition: what it says, for the manual, and how it is read."""

    description: str
    build: Build
    field: str | None = None
    """What the connector must deliver for it to make sense."""


def read_when(reader: Reader, where: Where, scope: Scope) -> tuple[Condition, ...]:
    """The conditions at `where`; those with faults are left out."""
    data = reader.document.at(where)
    if data is None:
        return ()
    if not isinstance(data, dict):
        reader.blame(where, "`when` should be a mapping of keys to values", 'write {author.followers: ">= 10000"}')
        return ()
    lines = (_condition(reader, (*where, key), key, scope) for key in data)
    return tuple(line for line in lines if line is not None)


def _condition(reader: Reader, where: Where, key: str, scope: Scope) -> Condition | None:
    line = CONDITIONS.get(key)
    if line is None:
        known = (f"`{key}` is not supported yet", "") if key.partition(".")[0] in LATER else None
        message, hint = known or (f"there is no condition `{key[:60]}`", did_you_mean(key, CONDITIONS))
        reader.blame(where, message, hint, key=True)
        return None
    if line.field and scope.served and all(_lacks(facts.delivers, line.field) for facts in scope.served.values()):
        platforms = ", ".join(sorted({facts.platform for facts in scope.served.values()}))
        reader.blame(where, f"can never hold: `{line.field}` is not delivered by {platforms}", key=True)
        return None
    words = f"{key}: {_as_written(reader.document.at(where))}"
    return reader.value(lambda value: line.build(words, value, scope), where)


def _lacks(delivers: Collection[str] | None, field: str) -> bool:
    return delivers is not None and field not in delivers


def _as_written(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"[{', '.join(map(_as_written, value))}]" if isinstance(value, list) else str(value)


def _chosen(value: object, known: Collection[str] | None, what: str) -> frozenset[str]:
    """The names in `value`; each must be known, where anything is known."""
    names = parse_words(value)
    for name in names:
        if known is not None and name not in known:
            raise mistake(f"there is no {what} `{name[:60]}`", did_you_mean(name, known))
    return frozenset(names)


def _kind(words: str, value: object, scope: Scope) -> Condition:
    kinds = frozenset(map(Kind, _chosen(value, list(Kind), "kind")))
    shown = [facts.kinds for facts in scope.served.values()]
    delivered = frozenset().union(*(kinds for kinds in shown if kinds is not None))
    if shown and None not in shown and not kinds & delivered:
        raise mistake("can never hold: the channel has no such messages", did_you_mean("", delivered))
    return KindIs(words, kinds)


def _channel(words: str, value: object, scope: Scope) -> Condition:
    names = _chosen(value, scope.channels, "channel")
    if scope.channels is not None and not names & scope.served.keys():
        raise mistake("can never hold: this file serves other channels", did_you_mean("", scope.served))
    return ChannelIs(words, names)


def _platform(words: str, value: object, scope: Scope) -> Condition:
    known = {facts.platform for facts in scope.served.values()}
    certain = known if known and "" not in known else None
    return PlatformIs(words, _chosen(value, certain, "channel here on the platform"))


def _followers(words: str, value: object, scope: Scope) -> Condition:
    del scope
    match = None if isinstance(value, bool) else COMPARISON.fullmatch(str(value).strip())
    if match is None:
        raise mistake("should be a number, or a comparison with one", 'write ">= 10000" or "< 5"')
    return Followers(words, match[1] or "=", int(match[2]))


def _verified(words: str, value: object, scope: Scope) -> Condition:
    del scope
    if isinstance(value, bool) or value in ("yes", "no"):
        return Verified(words, wanted=value in (True, "yes"))
    return Verified(words, marks=_chosen(value, MARKS, "mark"))


def _handle(words: str, value: object, scope: Scope) -> Condition:
    del scope
    return HandleIs(words, frozenset(handle.removeprefix("@").lower() for handle in parse_words(value)))


def _text(words: str, value: object, scope: Scope) -> Condition:
    del scope
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_PATTERN:
        raise mistake(f"should be a regular expression of at most {LONGEST_PATTERN} characters", "refund|broken")
    counts = [int(number) for pair in REPEATS.findall(value) for number in pair if number]
    if prod(number or 1 for number in counts) > MOST_REPEATS:
        raise mistake(f"repeats more than {MOST_REPEATS} times", "write + or *")
    try:
        return TextMatches(words, regex.compile(value, regex.IGNORECASE))
    except (regex.error, RecursionError, OverflowError, MemoryError) as error:
        reason = str(error) if isinstance(error, regex.error) else "nested too deeply"
        raise mistake(
            f"is no regular expression: {reason}", "special characters need a backslash: \\( \\? \\+"
        ) from None


CONDITIONS = {
    "kind": Line("The surface: " + ", ".join(f"`{kind}`" for kind in Kind) + "; one or a list", _kind),
    "channel": Line("A channel's name, or a list", _channel),
    "platform": Line("A platform's name, or a list", _platform),
    "author.followers": Line('A number, or a comparison: `">= 10000"`, `"< 5"`', _followers, "author.followers"),
    "author.verified": Line(
        "`yes`, `no`, or one or a list of `blue`, `business`, `government`", _verified, "author.verified"
    ),
    "author.handle": Line("A handle, or a list; upper and lower case are the same", _handle),
    "text": Line("A regular expression found anywhere in the text; upper and lower case are the same", _text),
}
LATER = frozenset({"words", "whole", "question", "length", "language", "reach", "thread", "rating", "hour", "messages"})
"""First parts of names that come with a later version."""
