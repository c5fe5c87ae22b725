"""What somebody asks to be done about a wait, as JSON has it: over the socket, over HTTP. Checked here, at the door."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pydantic_core import PydanticCustomError

from slamon.acting import Order, Person
from slamon.errors import UsageError
from slamon.fields import parse_span
from slamon.model import storable
from slamon.sla.handling import Verb
from slamon.sla.orders import SCOPES
from slamon.store import actions, subjects

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from slamon.acting import Acted, Acting
    from slamon.model import Millis

KEYS: Mapping[str, tuple[str, ...]] = {
    "acknowledge": (),
    "snooze": ("for", "until_shift_ends"),
    "dismiss": ("reason", "as", "scope", "pattern", "for"),
}
"""What can be asked for, and what may be said about it."""

WAYS: Mapping[str, Verb] = {
    "no_reply": Verb.DISMISS,
    "elsewhere": Verb.ELSEWHERE,
    "mute": Verb.MUTE,
    "statement": Verb.STATEMENT,
}
"""As what a wait is dismissed."""

LONGEST = 1_000
"""Characters of anything that is said."""
NUMBERS = 10**15

DONE, REFUSED, UNKNOWN = "done", "refused", "unknown"


class Door:
    """Lets orders in that came from outside; all of them came in the same way, `via`.

    Answers are plain JSON: `outcome` is `done`, `refused` or `unknown` (no such wait, no such action); `words` says the
    rest to the person who asked.
    """

    def __init__(self, acting: Acting, via: str) -> None:
        self._acting = acting
        self._via = via

    def act(self, verb: str, wait: int, said: Mapping[str, object], by: str, key: str) -> dict[str, Any]:
        """Have it done, once a key.

        :raises UsageError: what is asked is of no such shape; says what is wrong with it.
        """
        order = _order(verb, _number(wait), said, Person(_text("by", by), by), (self._via, _text("key", key)))
        with self._acting.store.read() as tx:
            if subjects.named(tx, order.wait) is None:
                return {"outcome": UNKNOWN, "words": f"there is no wait {order.wait}"}
        try:
            return _answer(self._acting.act(order))
        except UsageError as error:
            return {"outcome": REFUSED, "words": str(error)}

    def undo(self, action: int, by: str) -> dict[str, Any]:
        """Have it taken back.

        :raises UsageError: as of `act`.
        """
        number, person = _number(action), Person(_text("by", by), by)
        with self._acting.store.read() as tx:
            if actions.of_id(tx, number) is None:
                return {"outcome": UNKNOWN, "words": f"there is no action {number}"}
        try:
            return _answer(self._acting.undo(number, person, self._via))
        except UsageError as error:
            return {"outcome": REFUSED, "words": str(error)}


def _answer(acted: Acted) -> dict[str, Any]:
    until = None
    if acted.until is not None:
        until = datetime.fromtimestamp(acted.until / 1_000, UTC).isoformat(timespec="milliseconds")
    return {"outcome": DONE, "action": acted.action, "new": acted.new, "words": acted.words, "until": until}


def _order(verb: object, wait: int, said: object, by: Person, came: tuple[str, str]) -> Order:
    if not isinstance(verb, str) or verb not in KEYS:
        raise UsageError(f"what can be done about a wait: {', '.join(KEYS)}")
    if not isinstance(said, dict):
        raise UsageError("what is said should be a JSON object")
    _check_keys(verb, said)
    via, key = came
    return Order(
        verb=_way(verb, said),
        wait=wait,
        by=by,
        via=via,
        key=key,
        span=_span(said.get("for")),
        until_shift_ends=_yes_no(said.get("until_shift_ends")),
        reason=_reason(verb, said.get("reason")),
        scope=_one_of("scope", said.get("scope"), SCOPES, ""),
        pattern=_text("pattern", said.get("pattern", ""), empty=True),
    )


def _check_keys(verb: str, said: Mapping[str, object]) -> None:
    for name in said:
        if name not in KEYS[verb]:
            known = ", ".join(f"`{key}`" for key in KEYS[verb]) or "nothing"
            raise UsageError(f"unknown key `{str(name)[:60]}`: {verb} takes {known}")
    if said.get("for") is not None and said.get("until_shift_ends"):
        raise UsageError("say `for` or `until_shift_ends`, not both")


def _way(verb: str, said: Mapping[str, object]) -> Verb:
    if verb != "dismiss":
        return Verb(verb)
    return WAYS[_one_of("as", said.get("as"), WAYS, "no_reply")]


def _reason(verb: str, said: object) -> str:
    reason = _text("reason", "" if said is None else said, empty=True).strip()
    if verb == "dismiss" and not reason:
        raise UsageError("`reason` is missing: why is no reply needed?")
    return reason


def _span(said: object) -> Millis | None:
    if said is None:
        return None
    try:
        return parse_span(said)
    except PydanticCustomError as error:
        context = error.context or {}
        hint = f" ({context['hint']})" if context["hint"] else ""
        raise UsageError(f"`for`: {context['message']}{hint}") from None


def _yes_no(said: object) -> bool:
    if said is not None and not isinstance(said, bool):
        raise UsageError("`until_shift_ends` should be true or false")
    return bool(said)


def _one_of(key: str, said: object, known: Collection[str], default: str) -> str:
    if said is None:
        return default
    if not isinstance(said, str) or said not in known:
        raise UsageError(f"`{key}` should be one of: {', '.join(known)}")
    return said


def _text(key: str, said: object, *, empty: bool = False) -> str:
    if not isinstance(said, str) or len(said) > LONGEST or not storable(said) or not (said or empty):
        raise UsageError(f"`{key}` should be a text of {'at most' if empty else '1 to'} {LONGEST} characters")
    return said


def _number(said: object) -> int:
    if isinstance(said, bool) or not isinstance(said, int) or not 0 < said < NUMBERS:
        raise UsageError("waits and actions have whole numbers above 0")
    return said
