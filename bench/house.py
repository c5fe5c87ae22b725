"""The daemon's parts wired as app.py wires them, with a connector that is written here instead of a platform."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bench import million, pages
from slamon.app import wall_clock
from slamon.audiences import Audience
from slamon.connectors.base import Connector, Context, Identity, Page
from slamon.dispatcher import Dispatcher, Sending
from slamon.evaluator import Evaluator, Watch
from slamon.model import DAY, HOUR, MINUTE, SECOND, Kind, Target
from slamon.notifiers.slack import Slack
from slamon.poller import ChannelPoller, Rechecks, Surroundings
from slamon.scheduler import Scheduler, Work
from slamon.sla.policy import WHOLE, ChannelRules, Policy, RuleSet, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from slamon.connectors.base import OpenThread
    from slamon.events import Event
    from slamon.model import Instant
    from slamon.store.store import Store

PLATFORM = "bench"
RULES = "bench"
"""The version of the rule set."""
LIMIT = MINUTE
"""What waits in the hot channels are held to."""
OTHERS = [f"other-{n:02}" for n in range(20)]
"""The channels of the million waits."""
HOME = million.Home(OTHERS, PLATFORM, pages.ACCOUNT, RULES)
HOT = [f"hot-{n:02}" for n in range(16)]
"""Channels whose waits break their promise, each with an audience of its own: Slack takes 100 at once from each."""


class Instantly(Connector):
    """A platform that answers at once that nothing happened, and notes when it did."""

    platform = PLATFORM
    kinds = frozenset({Kind.MENTION})

    def __init__(self, channel: str) -> None:
        super().__init__(None, Context(channel, wall_clock, DAY))
        self.read_at: dict[str, int] = {}
        """Thread → when the look at it ended, in nanoseconds since 1970."""

    def identify(self) -> Identity:
        return Identity(pages.ACCOUNT, "acme")

    def fetch(self, identity: Identity, cursor: str | None, threads: Sequence[OpenThread] = ()) -> Iterator[Page]:
        del identity, cursor, threads
        yield Page(complete=True)

    def recheck(self, identity: Identity, cursor: str | None, threads: Sequence[OpenThread]) -> Iterator[Page]:
        del identity, cursor
        at = time.time_ns()
        for thread in threads:
            self.read_at.setdefault(thread.thread, at)
        yield Page(complete=True)


def rules() -> RuleSet:
    """A day for the million, a minute for the hot channels."""
    everyone = Policy(million.POLICY, {Target.FIRST_RESPONSE: million.LENGTH, Target.NEXT_RESPONSE: million.LENGTH})
    hot = {name: ChannelRules((_urgent(name),)) for name in HOT}
    return RuleSet(RULES, hot, ChannelRules((everyone,)))


def _urgent(name: str) -> Policy:
    targets = {Target.FIRST_RESPONSE: LIMIT, Target.NEXT_RESPONSE: LIMIT}
    return Policy("urgent", targets, stages=(Stage("100%", share=WHOLE, audience=name),))


class House:
    """Everything that runs in the daemon, but the web server."""

    def __init__(self, store: Store, slack_url: str) -> None:
        self.store = store
        self.rules = rules()
        self.failures: list[Event] = []
        around = Surroundings(wall_clock, time.monotonic, self._hear, self._wake)
        self.pollers = {
            name: ChannelPoller(name, Instantly(name), store, lambda: self.rules, around) for name in self._names()
        }
        notifier = Slack("xoxb-bench", f"{slack_url}/api/", "UTC")
        sending = Sending(wall_clock, time.monotonic, lambda: self.rules, self._hear, "bench")
        self.dispatcher = Dispatcher(store, notifier, sending)
        self.evaluator = Evaluator(
            store,
            {name: Watch(30 * SECOND, 0) for name in self.pollers},
            {name: Audience(name, f"C{number:08}") for number, name in enumerate(HOT)},
            up_since=wall_clock(),
            recheck=self._check,
            hear=self._hear,
        )
        self.scheduler = Scheduler(self._work(), wall_clock, time.monotonic, self._hear)

    def sweep(self) -> Instant | None:
        """As `App.sweep`."""
        self.evaluator.sweep(self.rules, wall_clock, time.monotonic)
        return self.store.next_at()

    # As in the daemon: the scheduler is built last, of all that wakes it.

    def _wake(self) -> None:
        self.scheduler.wake()

    def _check(self, channel: str, waits: Sequence[int]) -> None:
        self.scheduler.check(channel, waits)

    def _names(self) -> list[str]:
        return [*HOT, *OTHERS]

    def _work(self) -> Work:
        return Work(
            pollers={name: (poller, HOUR) for name, poller in self.pollers.items()},
            rechecks={name: Rechecks(poller) for name, poller in self.pollers.items()},
            sweep=self.sweep,
            dispatcher=self.dispatcher,
            reconcile=self.store.reconcile,
        )

    def _hear(self, event: Event) -> None:
        if getattr(event, "outcome", "ok") not in {"ok", "sent"}:
            self.failures.append(event)
