"""An office where people answer: the pretend Slack's envelopes reach slamon at once, without a socket between."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from desk import DESK
from doing import Doers
from slack_parts import TOKEN
from slamon.answering import Answering, Around
from slamon.model import SECOND
from slamon.notifiers._slack_inbound import read
from slamon.notifiers._slack_people import People
from slamon.notifiers._slack_talk import Talk
from slamon.notifiers.slack import Slack
from slamon.store import actions
from slamon.store.outbox import Reader

if TYPE_CHECKING:
    from collections.abc import Mapping

    from office import Office
    from slamon.sim._slack_workspace import Posted
    from slamon.store.actions import Action


class Room:
    """An office where people answer."""

    def __init__(self, office: Office) -> None:
        self.office, self.desk, self.slack = office, office.desk, office.slack
        notifier = Slack(TOKEN, self.slack.api_url, "Europe/Berlin", timeout=5.0, buttons=True)
        office.notifier.inner = notifier
        now = lambda: self.desk.now  # noqa: E731 - the clock that is moved by hand
        self.acting = Doers(self.desk, {"desk": DESK}).acting
        self.acting.wake = self.slack.sockets.stir
        self.people = People(Talk(notifier), None, lambda: self.desk.now / SECOND)
        readers = [Reader("desk", "#desk")]
        around = Around(self.desk.store, self.acting, Talk(notifier), self.people, now, readers, pause=0.0)
        self.answering = Answering(around)
        self.heard: list[Mapping[str, Any]] = []
        self.slack.sockets.instead = self.hears
        office.warned()
        office.sends()

    def hears(self, envelope: Mapping[str, Any]) -> None:
        """What the socket would bring, at once."""
        self.heard.append(envelope)
        asked = read(envelope)
        if asked is not None:
            self.answering.answer(asked)

    def looks(self) -> None:
        """What follows when a connection is up again."""
        self.answering._emoji.look()
        self.works()

    def works(self) -> None:
        """What waits in the lanes is done."""
        for lane in self.answering._lanes:
            while not lane.empty():
                if asked := lane.get_nowait():
                    self.answering.answer(asked)

    @property
    def root(self) -> Posted:
        (only,) = self.office.roots
        return only

    @property
    def shown(self) -> str:
        """What the message shows after the next edit."""
        self.desk.sweep()
        self.office.waits(10 * SECOND)
        return self.root.text + str(self.root.blocks)

    @property
    def done(self) -> list[Action]:
        """All that was ever done about the one wait."""
        with self.desk.store.read() as tx:
            return actions.of_wait(tx, self.wait)

    @property
    def standing(self) -> list[tuple[str, str]]:
        """(what, by whom) of what was not taken back."""
        return [(one.verb, one.by) for one in self.done if one.undone_at is None]

    @property
    def wait(self) -> int:
        return int(self.desk.letters()[0].wait)

    @property
    def words(self) -> list[tuple[str, str]]:
        """(to whom, what) of each word for one person alone."""
        return [(one.user, one.text) for one in self.slack.whispers]
