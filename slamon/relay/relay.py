"""One look at the first route, and what follows on the second; done again and again, beside everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon import logs
from slamon.model import SECOND
from slamon.relay.letters import Letters
from slamon.relay.routes import Report
from slamon.relay.standing import Standings
from slamon.relay.trouble import Watch
from slamon.store import relay as stored

if TYPE_CHECKING:
    from slamon.dispatcher import Dispatcher
    from slamon.events import Event
    from slamon.relay.routes import Routes
    from slamon.store.relay import Trouble

KEEP_EVERY = 30 * SECOND
"""Between two notes that trouble goes on."""

log = logs.get("slamon.relay")


class Relay:
    """Tells people by another way than Slack."""

    def __init__(self, dispatcher: Dispatcher, routes: Routes) -> None:
        line = dispatcher.line
        now, hear = line.world.now, line.world.hear
        self.store = line.store
        self.watch = Watch(now, routes.after, line.notifier.answers)
        self.always = routes.always
        report = Report(now, hear)
        self.letters = (
            Letters(dispatcher, routes.webhook, now, report, always=routes.always) if routes.webhook else None
        )
        self.standings = (
            Standings(dispatcher, routes.alertmanager, routes, now, report) if routes.alertmanager else None
        )
        with self.store.read() as tx:
            self._kept = stored.trouble(tx)
        self.watch.trouble = self._kept

    def hear(self, event: Event) -> None:
        """The `Listener` of events.py: what comes of sends on the first route."""
        self.watch.hear(event)

    def step(self) -> None:
        """Do what is to be done now.

        :raises StoreError: the database refuses; what was not done is done next time.
        """
        was_open = self._kept is not None and self._kept.open
        trouble = self.watch.look()
        self._keep(trouble)
        unusable = trouble is not None and trouble.open
        if unusable != was_open:
            self._tell(trouble)
        open_ = unusable or self.always
        if self.standings:
            self.standings.say(trouble, open_=open_)
        if self.letters:
            if open_:
                self.letters.take_up()
            elif was_open:
                self.letters.leave()
            self.letters.carry()

    def _keep(self, trouble: Trouble | None) -> None:
        """Write it down where it changed, so that a restart goes on from there."""
        before = self._kept
        same = trouble is before or (
            trouble is not None
            and before is not None
            and (trouble.since, trouble.open) == (before.since, before.open)
            and trouble.failed_at - before.failed_at < KEEP_EVERY
        )
        if not same:
            with self.store.write() as tx:
                stored.set_trouble(tx, trouble)
            self._kept = trouble

    def _tell(self, trouble: Trouble | None) -> None:
        if trouble is not None:
            log.error("second_route_opened", since=trouble.since, reason=trouble.reason)
        else:
            log.info("second_route_closed")
