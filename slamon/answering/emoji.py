"""People answer with an emoji below a message: as it is set, as it goes, and as it is found after a lost connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon import logs
from slamon.answering.orders import order_by_emoji, person
from slamon.errors import StoreError, UsageError
from slamon.model import DAY, SECOND
from slamon.notifiers._slack_inbound import REACTIONS, Reaction, sign
from slamon.notifiers._slack_people import Refused
from slamon.notifiers.base import Outcome, Receipt, SendError
from slamon.store import actions, answers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from threading import Event

    from slamon.acting import Person
    from slamon.answering.around import Around
    from slamon.notifiers._slack_people import Member
    from slamon.store.actions import Action

LOOKED_AT = 50
"""Messages whose reactions are read after a connection was lost, the newest ones."""
LONG_AGO = "0.0"
"""In the place of when a reaction was set, which Slack tells only at the time."""

log = logs.get("slamon.answering")


class Emoji:
    """Does what reactions ask for. `enqueue` has one worked on behind what the same person did before."""

    def __init__(self, around: Around, enqueue: Callable[[Reaction], None], stopping: Event) -> None:
        self._around = around
        self._enqueue = enqueue
        self._stopping = stopping

    def react(self, asked: Reaction, who: Member | Refused) -> str:
        """Do it; :returns: what to tell the person. Below a message that shows nothing open it is a mere emoji."""
        with self._around.store.read() as tx:
            subjects = answers.open_at(tx, asked.place, asked.ts)
        if isinstance(who, Refused):
            return who.words if subjects and asked.added and asked.at != LONG_AGO else ""
        if asked.at == LONG_AGO:
            self._missed(asked, subjects, person(who))
        elif asked.added:
            return self._set(asked, [one for one in subjects if not self._looked_up(one, asked)], person(who))
        else:
            self._take_back(asked, subjects, person(who))
        return ""

    def look(self) -> None:
        """Read what stands below the newest messages; raises nothing."""
        around = self._around
        try:
            with around.store.read() as tx:
                messages = answers.messages(tx, around.now() - DAY, LOOKED_AT)
            for place, ts in messages:
                self._look_at(Receipt(place, ts))
                if self._stopping.wait(around.pause):
                    return
        except (SendError, StoreError) as error:
            log.warning("slack_reactions_unread", error=str(error))
        except Exception:  # a fault of ours here must not go unseen
            log.exception("answer_failed")

    def _set(self, asked: Reaction, subjects: Sequence[int], by: Person) -> str:
        """Do it for each of the waits that share the message."""
        done, refused = [], []
        for subject in subjects:
            try:
                done.append(self._around.acting.act(order_by_emoji(asked, subject, by)).words)
            except UsageError as error:
                refused.append(str(error))
        return next(iter([*done, *refused]), "")

    def _take_back(self, asked: Reaction, subjects: Sequence[int], by: Person) -> None:
        for subject in subjects:
            for action in self._signed(subject, asked.sign):
                if _ended_by(action, asked):
                    self._around.acting.undo(action.id, by, "reaction")

    def _signed(self, subject: int, its: str) -> list[Action]:
        """What was done by that emoji so far, taken back or not."""
        with self._around.store.read() as tx:
            return [one for one in actions.of_wait(tx, subject) if one.key.startswith(its + ":")]

    def _looked_up(self, subject: int, asked: Reaction) -> bool:
        """Whether we have seen the emoji already, and Slack delivers late what we missed."""
        set_at = int(float(asked.at)) * SECOND  # our clock is not Slack's: to the second
        looks = [one for one in self._signed(subject, asked.sign) if f":{LONG_AGO}:" in one.key]
        return any(look.at >= set_at for look in looks)

    def _look_at(self, message: Receipt) -> None:
        try:
            found = self._around.talk.reactions(message)
        except SendError as error:
            if error.outcome not in {Outcome.GONE, Outcome.BAD_PLACE}:
                raise
            return
        for name, user in found:
            if name in REACTIONS:
                self._enqueue(_seen(message, name, user, self._around.talk.team()))

    def _missed(self, asked: Reaction, subjects: Sequence[int], by: Person) -> None:
        """Take up an emoji of which we never heard; one that was taken back since stays so."""
        new = [one for one in subjects if not self._signed(one, asked.sign)]
        if not new:
            return
        # Read again, in this person's lane: if it goes away after that, its event is behind us, and takes it back.
        still = self._around.talk.reactions(Receipt(asked.place, asked.ts))
        if any(sign(asked.place, asked.ts, user, name) == asked.sign for name, user in still):
            self._set(asked, new, by)


def _seen(message: Receipt, name: str, user: str, team: str) -> Reaction:
    """An emoji that stands below a message, whenever it was set."""
    its = sign(message.place, message.ts, user, name)
    return Reaction(
        asked=REACTIONS[name],
        added=True,
        team=team,
        user=user,
        place=message.place,
        ts=message.ts,
        sign=its,
        at=LONG_AGO,
        key=f"{its}:{LONG_AGO}",
    )


def _ended_by(done: Action, gone: Reaction) -> bool:
    """Whether the emoji that is gone now had done this: it was set before, and nobody took it back otherwise."""
    set_at = done.key.removeprefix(gone.sign + ":").partition(":")[0]
    return done.undone_at is None and float(set_at) < float(gone.at)
