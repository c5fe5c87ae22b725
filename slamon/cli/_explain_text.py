"""An explained wait, or a thread without one, as people read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.explaining import iso
from slamon.model import Role
from slamon.notifiers.text import called, duration
from slamon.reasons import action, counted, ending, failed, further, letter, taken_for, telling

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from slamon.explain import Explained, Held, Matched, Quiet, Said

TEXT_WIDTH = 100
MESSAGES = 200
"""Messages shown of one thread, the newest."""


def lines(one: Explained) -> Iterator[str]:
    """A wait, line by line."""
    wait = one.stored
    status = one.targets[0].timer.status.value if one.targets else wait.state
    yield f"wait {wait.id}: {status}, {one.channel.name}, thread {wait.thread}, customer {wait.customer}"
    yield f"  number {wait.number} of this customer in the thread, turn {wait.turn}"
    yield "  messages (* waits for an answer):"
    yield from _messages(one.thread, one)
    yield f"  {ending(one, iso)}"
    for words in further(wait, iso):
        yield f"  {words}"
    if one.actions:
        yield "  what people did:"
        yield from (f"    {words}" for act in one.actions for words in action(act, one, iso))
    yield from _policy(one.matched)
    if one.matched.policy and not one.targets:
        yield "  it watches none of the targets of this wait"
    for held in one.targets:
        yield from _target(held, one)
    if one.elsewhere:
        yield "  told by other rules, or before an answer was deleted:"
        yield from (f"    {told.target} {told.stage}: {letter(told, iso)}" for told in one.elsewhere)
    yield f"  last read: {iso(wait.read_at) if wait.read_at else 'never'}"


def quiet_lines(thread: Quiet) -> Iterator[str]:
    """A thread without a wait, line by line."""
    yield f"no wait: {thread.channel.name}, thread {thread.thread}"
    dropped = [said for said in thread.messages if said.no_reply]
    customers = [said for said in thread.messages if said.role is Role.CUSTOMER]
    if dropped:
        yield "  its messages need no reply; `slamon no-reply --undo ID` takes that back:"
    elif customers:
        yield "  what customers wrote here waits for nothing:"
    else:
        yield "  nobody in it addresses the brand:"
    yield from _messages(thread.messages, None)


def _messages(thread: Sequence[Said], one: Explained | None) -> Iterator[str]:
    earlier = len(thread) - MESSAGES
    if earlier > 0:
        yield f"    and {earlier:,} before these; --json has them all"
    for said in thread[-MESSAGES:]:
        message = said.message
        star = "*" if one is not None and said.wait == one.stored.id and message.gone_at is None else " "
        text = " ".join(message.text.split())[:TEXT_WIDTH]
        notes = f" [{'; '.join(words)}]" if (words := taken_for(one, said, iso)) else ""
        id_ = f" {message.id}" if said.no_reply else ""
        who = called(message.author)
        yield f"   {star}{iso(message.created_at)}  {said.role.value:<10}{id_}  {who}: {text}{notes}"


def _policy(matched: Matched) -> Iterator[str]:
    if matched.policy is None:
        yield "  policy: not decided yet"
        return
    rules = "those in force" if matched.rules == matched.in_force else f"{matched.rules}, not {matched.in_force}"
    yield f"  policy: {matched.policy or 'none matches, the wait is only counted'} (rules {rules})"
    if not matched.at_hand:
        yield "    the rules that it was matched with are not kept: what follows is by those in force"
    yield from (f"    not {failed(one)}" for one in matched.failed)
    if matched.now != matched.policy:
        yield f"    under the rules in force now it would be {matched.now or 'unmatched'}"


def _target(held: Held, one: Explained) -> Iterator[str]:
    timer = held.timer
    within = f"within {duration(timer.length, days=not held.calendar)}"
    where = f" of open time of `{held.calendar}`" if held.calendar else ""
    yield f"  {timer.target.value}: {timer.status.value}, {within}{where}"
    yield f"    from {iso(timer.started_at)}, due {iso(timer.due_at)}"
    if timer.policy != one.matched.policy:
        yield f"    as promised by {timer.policy}"
    done = "waiting for" if timer.answered_at is None else f"done {iso(timer.answered_at)}, after"
    open_time = "" if held.open is None else f", {duration(held.open, days=not held.calendar)} of it in open hours"
    yield f"    {done} {duration(held.wall)}{open_time}"
    yield f"    counted: {counted(held, one.stored)}"
    yield from (f"    {telling(step, iso)}" for step in held.tellings)
