"""What stands above the policies about single messages: automation, hand_over, holding, no_reply → a `Marking`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

from slamon.fields import mistake, nearest, parse_words
from slamon.model import Mark
from slamon.rules.patterns import parse_pattern
from slamon.rules.reply_keys import AutomationKeys, NoReplyKeys
from slamon.rules.when import read_when
from slamon.sla.conditions_text import TextMatches
from slamon.sla.marking import BUILT_IN, NOTHING_MARKED, Marking, NoReply

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from slamon.model import Millis
    from slamon.rules.facts import Scope
    from slamon.shape import Reader
    from slamon.sla.subject import Condition
    from slamon.yamlfile import Where

MOST = 100
"""Patterns, or reasons, under one key."""
REASON = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
MANY = ("messages", "filtered")
"""Conditions on what a message by itself does not know: its wait, and whether it was hidden from the start."""
LOOKS_AROUND = re.compile(r"\(\?<?[!=]")
PRAISE_HOW = "give it a longer target: a policy with when: {words: praise, whole: yes}"
EXTRA_HOW = "pip install 'slamon[text]'"
APP_HOW = "name the `author`, or a `pattern` of the text"
ALONE_HOW = "whether one needs a reply is decided by itself: use text, words, kind, author"
WHEN_HOW = "conditions as in a policy: {reason: giveaway, when: {text: airdrop}}"
OWN_HOW = "write {reason: NAME, when: {text: …}}"


@dataclass(frozen=True, slots=True)
class Replies:
    """What a channel's file says about single messages."""

    marking: Marking = NOTHING_MARKED
    suspect_within: Millis = 0
    """A reply that comes sooner is suspected to be automatic; 0: none is."""
    repeated: int = 0
    """So is a text that was used in so many threads; 0: none is."""


def read_replies(reader: Reader, scope: Scope) -> Replies:
    """What is sound of those keys at the top of the file; the rest becomes faults."""
    keys = _automation(reader, scope)
    suspect = keys.suspect
    marking = Marking(
        authors=frozenset(name.removeprefix("@").lower() for name in keys.author),
        apps=frozenset(app.lower() for app in keys.app),
        automatic=_lines(reader, ("automation", "pattern"), scope) if keys.pattern is not None else (),
        hand_over=_lines(reader, ("hand_over",), scope),
        holding=_lines(reader, ("holding",), scope),
        no_reply=tuple(_no_reply(reader, scope)),
        words=scope.words,
    )
    faster, repeated = (suspect.faster_than, suspect.repeated) if suspect else (None, None)
    return Replies(NOTHING_MARKED if marking.idle else marking, faster or 0, repeated or 0)


def _automation(reader: Reader, scope: Scope) -> AutomationKeys:
    """The mapping; a handle, or a list of them, is short for it."""
    where: Where = ("automation",)
    if not _stands(reader, where):
        return AutomationKeys()
    if not isinstance(reader.document.at(where), dict):
        return AutomationKeys.model_construct(author=reader.value(parse_words, where) or ())
    keys = reader.read(AutomationKeys, where) or AutomationKeys()
    if keys.app and scope.served and all(_lacks_app(facts.delivers) for facts in scope.served.values()):
        platforms = ", ".join(sorted({facts.platform for facts in scope.served.values()}))
        reader.blame((*where, "app"), f"can never be seen: `app` is not delivered by {platforms}", APP_HOW, key=True)
    if keys.suspect and keys.suspect.repeated and find_spec("rapidfuzz") is None:
        spot = (*where, "suspect", "repeated")
        reader.blame(spot, "`repeated` compares texts, for which a package is missing", EXTRA_HOW, key=True)
    return keys


def _lacks_app(delivers: Collection[str] | None) -> bool:
    return delivers is not None and "app" not in delivers


def _stands(reader: Reader, where: Where) -> bool:
    """Whether the file has that key, with a value; a key without one is a fault."""
    data = reader.document.at(where[:-1])
    if not isinstance(data, dict) or where[-1] not in data:
        return False
    if data[where[-1]] is None:
        reader.blame(where, f"`{where[-1]}` has no value")
    return data[where[-1]] is not None


# --- regular expressions


def _lines(reader: Reader, where: Where, scope: Scope) -> tuple[TextMatches, ...]:
    """One or a list of them; those with faults are left out."""
    if not _stands(reader, where):
        return ()
    found = [reader.value(lambda value: _line(value, scope), spot) for spot in _spots(reader, where)]
    return tuple(line for line in found if line is not None)


def _spots(reader: Reader, where: Where) -> list[Where]:
    """Where the one value, or each of the list, stands; too long a list is a fault."""
    data = reader.document.at(where)
    if not isinstance(data, list):
        return [where]
    if len(data) > MOST:
        reader.blame(where, f"`{where[-1]}` has more than {MOST} entries", "put several into one: (a|b)")
    return [(*where, i) for i in range(min(len(data), MOST))]


def _line(value: object, scope: Scope) -> TextMatches:
    """As the condition `text` has it; but one that fits every text is surely not meant so."""
    found = parse_pattern(value)
    if not LOOKS_AROUND.search(found.pattern) and scope.patience.finds(found, ""):
        raise mistake("fits every text", "is there a | too many, or nothing but .* in it?")
    return TextMatches(found.pattern, found, scope.patience)


# --- what needs no reply


def _no_reply(reader: Reader, scope: Scope) -> Iterator[NoReply]:
    if not _stands(reader, ("no_reply",)):
        return
    seen: set[str] = set()
    for where in _spots(reader, ("no_reply",)):
        rule = _reason(reader, where, scope)
        if rule is None:
            continue
        if not rule.conditions:
            if rule.reason in seen:
                reader.blame(where, f"`{rule.reason}` stands here twice")
            seen.add(rule.reason)
        yield rule


def _reason(reader: Reader, where: Where, scope: Scope) -> NoReply | None:
    if not isinstance(reader.document.at(where), dict):
        name = reader.value(_built_in, where)
        return NoReply(name) if name else None
    keys = reader.read(NoReplyKeys, where)
    if keys is None:
        return None
    name = reader.value(_own, (*where, "reason"))
    if keys.when is None:
        if name and name not in BUILT_IN and not reader.misspelt((*where, "when")):
            reader.blame(where, "`when` is missing", WHEN_HOW)
        return NoReply(name) if name in BUILT_IN else None
    conditions = _conditions(reader, (*where, "when"), scope)
    return NoReply(name, conditions) if name and conditions else None


def _built_in(value: object) -> str:
    if not isinstance(value, str):
        raise mistake("is no reason", f"write one of {', '.join(BUILT_IN)}, or {{reason: NAME, when: {{text: …}}}}")
    _refuse_praise(value)
    if value not in BUILT_IN:
        near = nearest(value, BUILT_IN)
        hint = f"did you mean `{near}`?" if near else f"known: {', '.join(BUILT_IN)}; your own: {OWN_HOW}"
        raise mistake(f"there is no built-in reason `{value[:60]}`", hint)
    return value


def _own(value: object) -> str:
    name = str(value)
    _refuse_praise(name)
    if not REASON.fullmatch(name):
        raise mistake("should be a short name", "letters, digits, - and _; at most 40")
    if name in list(Mark):
        raise mistake(f"`{name}` has a meaning of its own", "choose another name")
    return name


def _refuse_praise(name: str) -> None:
    if name == "praise":
        raise mistake("praise deserves an answer", PRAISE_HOW)


def _conditions(reader: Reader, where: Where, scope: Scope) -> tuple[Condition, ...]:
    """As in a policy, but for one message by itself, and at least one."""
    raw = reader.document.at(where)
    if raw == {}:
        reader.blame(where, "`when` is empty: no message would need a reply", WHEN_HOW)
    conditions = read_when(reader, where, scope)
    for condition in conditions:
        key = condition.words.partition(":")[0]
        if condition.reads_thread or key in MANY:
            reader.blame((*where, key), f"`{key}` looks beyond the message", ALONE_HOW, key=True)
    return conditions
