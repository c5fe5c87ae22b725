"""Direct messages of the pretend X: dialogues, groups, and what may be done in them. Nothing here knows of HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from slamon.model import DAY
from slamon.sim._x.network import Network, created

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from slamon.model import Instant, Millis

KEPT: Millis = 30 * DAY
MESSAGE, JOINED, LEFT = "MessageCreate", "ParticipantsJoin", "ParticipantsLeave"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened in a dialogue or a group."""

    id: str
    kind: str
    conversation: str
    members: frozenset[str]
    """Account ids of those who see it."""
    created_at: Instant
    appears_at: Instant
    sender: str | None = None
    text: str = ""
    shares: str | None = None
    """The post that is passed on."""
    about: tuple[str, ...] = ()
    """Who came or went."""


def dialogue(one: str, other: str) -> str:
    """The id of the conversation of two accounts."""
    return "-".join(sorted((one, other), key=int))


class Dialogues(Network):
    """A network whose accounts write to each other in private, too. Safe from any thread."""

    def __init__(self, clock: Callable[[], Instant]) -> None:
        super().__init__(clock)
        self.events: dict[str, Event] = {}
        self.groups: dict[str, frozenset[str]] = {}

    def message(  # noqa: PLR0913 - what a message can be, each by name
        self,
        handle: str,
        to: str,
        text: str,
        *,
        at: Instant | None = None,
        shares: str | None = None,
        encrypted: bool = False,
        appears_after: Millis = 0,
    ) -> str:
        """Write from one account to another, and return the new id; what is encrypted no API ever shows."""
        with self.lock:
            one, other = self.user(handle).id, self.user(to).id
            members = frozenset((one, other))
            return self._happens(
                MESSAGE,
                dialogue(one, other),
                frozenset() if encrypted else members,
                at,
                appears_after,
                sender=one,
                text=text,
                shares=self.known(shares).id if shares else None,
            )

    def group(self, *handles: str, at: Instant | None = None) -> str:
        """Open a group, and return the id of its conversation; its first event is that they joined."""
        with self.lock:
            members = [self.user(handle).id for handle in handles]
            conversation = self._new_id(self.clock() if at is None else at)
            self.groups[conversation] = frozenset(members)
            self._happens(JOINED, conversation, frozenset(members), at, sender=members[0], about=tuple(members))
            return conversation

    def group_message(self, handle: str, group: str, text: str, *, at: Instant | None = None) -> str:
        """Write into a group.

        :raises ValueError: there is no such group, or the account is not in it.
        """
        with self.lock:
            members = self.groups.get(group, frozenset())
            if self.user(handle).id not in members:
                raise ValueError(f"{handle} is in no group {group!r}")
            return self._happens(MESSAGE, group, members, at, sender=self.user(handle).id, text=text)

    def leave(self, handle: str, group: str, *, at: Instant | None = None) -> str:
        """Leave a group; those who stay see it."""
        with self.lock:
            gone = self.user(handle).id
            self.groups[group] = self.groups[group] - {gone}
            return self._happens(LEFT, group, self.groups[group], at, about=(gone,))

    def delete_message(self, event: str) -> None:
        """Take an event away.

        :raises ValueError: there is none of that id.
        """
        with self.lock:
            if self.events.pop(event, None) is None:
                raise ValueError(f"there is no message {event!r}")

    def inbox(self, user: str, conversation: str | None, kinds: Sequence[str]) -> Iterator[Event]:
        """What an account sees of the last thirty days, newest first; of all conversations, or of one."""
        now = self.clock()
        for event in sorted(self.events.values(), key=lambda each: int(each.id), reverse=True):
            if event.created_at <= now - KEPT:
                return
            seen = user in event.members and event.appears_at <= now and event.kind in kinds
            if seen and conversation in {None, event.conversation}:
                yield event

    def _happens(  # noqa: PLR0913 - an event in parts
        self,
        kind: str,
        conversation: str,
        members: frozenset[str],
        at: Instant | None,
        appears_after: Millis = 0,
        *,
        sender: str | None = None,
        text: str = "",
        shares: str | None = None,
        about: tuple[str, ...] = (),
    ) -> str:
        made = self.clock() if at is None else at
        new = self._new_id(made)
        self.events[new] = Event(
            id=new,
            kind=kind,
            conversation=conversation,
            members=members,
            created_at=created(new),
            appears_at=made + appears_after,
            sender=sender,
            text=text,
            shares=shares,
            about=about,
        )
        return new
