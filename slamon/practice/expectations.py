"""What a rule test expects, held against what came of it: for each row the timer that it means, and what differs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from slamon.model import RESPONSES, Status
from slamon.practice.script import DEFAULT_AUDIENCE
from slamon.practice.shown import named_at, same, shown, shown_at, stage_of, zone_of
from slamon.rules.case_keys import Outcome
from slamon.sla.timer import calendar_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import tzinfo

    from slamon.practice.engine import Played
    from slamon.rules.cases import Case, Row
    from slamon.store.rehearsed import Letter, Needless, Stood

IDENTITY = ("customer", "wait", "target")
"""Keys that say which timer a row means, before all that it says of it."""
MOST_LISTED = 12


@dataclass(frozen=True, slots=True)
class Found:
    """A timer, or a message that needs no reply, by the keys that a row may name."""

    facts: Mapping[str, Any]
    announced: tuple[Letter, ...] = ()
    dropped: bool = False
    """A target that the wait is no longer held to: a row may name it, and need not."""

    def __str__(self) -> str:
        facts = self.facts
        if facts["status"] is Outcome.NO_REPLY:
            return f"{facts['customer']} needs no reply ({facts['reason']})"
        return f"{facts['customer']} wait {facts['wait']} {facts['target']} ({facts['status']})"


@dataclass(frozen=True, slots=True)
class Difference:
    """One key of a row that is not as expected; without a key, there is no such row at all."""

    key: str
    expected: str
    found: str

    def __str__(self) -> str:
        named = f"{self.key}: " if self.key else ""
        return f"{named}expected {self.expected}, found {self.found}"


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A row that nothing fits."""

    row: Row | None
    """`None`: nothing at all was expected."""
    number: int
    differences: tuple[Difference, ...]


def found_in(case: Case, played: Played) -> list[Found]:
    """What there is to be found at the end of a case."""
    timers = [_timer(case, played, timer) for timer in played.timers]
    return [*timers, *(_needless(played, one) for one in played.needless)]


def _timer(case: Case, played: Played, timer: Stood) -> Found:
    ends = (timer.ended_at, timer.cancelled_at, case.at)
    end = next(at for at in ends if at is not None)
    started = timer.started_at if timer.target in RESPONSES else timer.held_from
    business = timer.business
    rules, _ = played.rules.holding(case.channel, timer.rules)
    policy = next((policy for policy in rules.policies if policy.name == timer.policy), None)
    if business is None and policy is not None:
        business = calendar_of(policy, timer.target).open_between(started, end)
    facts = {
        "customer": played.script.people.get(timer.customer, timer.customer),
        "wait": timer.number,
        "target": timer.target,
        "policy": timer.policy or None,
        "due": timer.due_at if timer.policy else None,
        "started": started,
        "answered": timer.ended_at,
        "status": Outcome(timer.status.value),
        "reason": timer.reason or (timer.state if timer.state == "abandoned" else None),
        "elapsed": end - started,
        "business": business,
        "settled": timer.settled,
        "stage": timer.stage or None,
    }
    dropped = timer.status is Status.CANCELLED and timer.state != "cancelled"
    return Found(facts, timer.letters, dropped)


def _needless(played: Played, message: Needless) -> Found:
    facts = dict.fromkeys(("wait", "target", "policy", "due", "answered", "elapsed", "business", "settled", "stage"))
    return Found(
        facts
        | {
            "customer": played.script.people.get(message.author, message.author),
            "started": message.at,
            "status": Outcome.NO_REPLY,
            "reason": message.reason,
        }
    )


def compare(case: Case, found: Sequence[Found], default: str) -> list[Mismatch]:
    """Every row that nothing fits; each timer fits one row only. No row at all: nobody may wait.

    :param default: the name of the audience of stages that name none.
    """
    stands = [one for one in found if not one.dropped and one.facts["status"] is not Outcome.NO_REPLY]
    if not case.rows:
        told = Difference("", "nobody to wait", _listed(stands))
        return [Mismatch(None, 0, (told,))] if stands else []
    seen = _Sight(case.zone, default)
    taken = _assigned(case.rows, found, seen)
    left = [one for n, one in enumerate(found) if n not in taken.values()]
    return [Mismatch(row, n + 1, _nearest(row, left, found, seen)) for n, row in enumerate(case.rows) if n not in taken]


def _assigned(rows: Sequence[Row], found: Sequence[Found], seen: _Sight) -> dict[int, int]:
    """Row → what fits it, for as many rows as possible; in the order of both where that decides."""
    fits = [[n for n, one in enumerate(found) if not any(seen.differences(row, one))] for row in rows]
    holder: dict[int, int] = {}

    def take(row: int, tried: set[int]) -> bool:
        for one in fits[row]:
            if one in tried:
                continue
            tried.add(one)
            if one not in holder or take(holder[one], tried):
                holder[one] = row
                return True
        return False

    for row in range(len(rows)):
        take(row, set())
    return {row: one for one, row in holder.items()}


def _nearest(row: Row, left: Sequence[Found], found: Sequence[Found], seen: _Sight) -> tuple[Difference, ...]:
    """What differs from the timer that the row most probably means; where there is none, what there is instead."""
    named = [one for one in left if not any(seen.differences(row, one, IDENTITY))]
    if not named:
        words = ", ".join(f"{key} {row.keys[key]}" for key in row.keys if key in IDENTITY) or "one more"
        claimed = any(not any(seen.differences(row, one, IDENTITY)) for one in found)
        return (Difference("", f"another with {words}" if claimed else words, _listed(found)),)
    return min((tuple(seen.differences(row, one)) for one in named), key=len)


def _listed(found: Sequence[Found]) -> str:
    if not found:
        return "nobody who waits"
    more = f", and {len(found) - MOST_LISTED} more" if len(found) > MOST_LISTED else ""
    return ", ".join(map(str, found[:MOST_LISTED])) + more


@dataclass(frozen=True, slots=True)
class _Sight:
    """How values are compared and shown."""

    zone: tzinfo
    default: str

    def differences(self, row: Row, one: Found, only: Sequence[str] = ()) -> Iterator[Difference]:
        for key, expected in row.keys.items():
            if only and key not in only:
                continue
            if key == "announced":
                if not self._told_so(expected, one.announced):
                    yield Difference(key, self._expected_letters(expected), self._letters(expected, one.announced))
            elif not same(key, expected, one.facts[key]):
                zone = zone_of(expected, self.zone)
                yield Difference(key, shown(key, expected, zone), shown(key, one.facts[key], zone))

    def _told_so(self, rows: Sequence[Row], letters: Sequence[Letter]) -> bool:
        pairs = zip(rows, letters, strict=False)
        return len(rows) == len(letters) and all(self._letter_fits(row, letter) for row, letter in pairs)

    def _letter_fits(self, row: Row, letter: Letter) -> bool:
        keys = row.keys
        return (
            ("stage" not in keys or stage_of(keys["stage"]) == stage_of(letter.stage))
            and ("at" not in keys or (keys["at"] is not None and keys["at"].at in {letter.at, named_at(letter)}))
            and (
                "to" not in keys
                or (keys["to"] or self.default) == letter.audience
                or letter.audience == DEFAULT_AUDIENCE
            )
        )

    def _expected_letters(self, rows: Sequence[Row]) -> str:
        return "; ".join(
            " ".join(f"to {value}" if key == "to" else shown(key, value, self.zone) for key, value in row.keys.items())
            for row in rows
        ) or "nothing"  # fmt: skip

    def _letters(self, rows: Sequence[Row], letters: Sequence[Letter]) -> str:
        zone = next((row.keys["at"].zone for row in rows if row.keys.get("at")), self.zone)
        told = [f"{letter.stage} {shown_at(named_at(letter), zone)} to {letter.audience}" for letter in letters]
        return "; ".join(told) or "nothing"
