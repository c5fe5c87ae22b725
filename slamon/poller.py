"""One poll, or one recheck, of one channel: connector → store. The connector's trouble stays in its channel."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from threading import Lock
from typing import TYPE_CHECKING

from slamon.connectors.base import Identity, OpenThread
from slamon.errors import PlatformError, StoreError, Verdict
from slamon.events import CredentialSeen, MessagesSkipped, PollEnded, PollsPaced, QuotaSeen
from slamon.model import MINUTE
from slamon.repeats import Repeats
from slamon.rules.orders import Finder
from slamon.sla.marking import marked
from slamon.sla.orders import ordered
from slamon.sla.settings import fold_settings
from slamon.spending import Budgets, Spending
from slamon.store.polls import Pressure
from slamon.store.save import Batch, Saved

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from slamon.connectors.base import Call, Connector, Page
    from slamon.events import Listener
    from slamon.model import Instant, Message, Millis
    from slamon.sla.fold import FoldSettings
    from slamon.sla.orders import Standing
    from slamon.sla.policy import RuleSet
    from slamon.store.polls import Waiting
    from slamon.store.store import Store

AGAIN = (Verdict.RETRY.value, Verdict.BAD_ANSWER.value)
"""Outcomes after which a second look may well succeed."""

REFUSALS = 3
"""Refusals without a good read between them before one is believed: platforms have hours of unfounded 401s."""

_ANOTHER = "put a valid token where `credentials` points, and restart slamon"
HINTS = {
    Verdict.REFRESH: _ANOTHER,
    Verdict.CREDENTIAL: _ANOTHER,
    Verdict.PERMISSION: "give slamon the right to read this: a scope or access level of its token, or of the file",
    Verdict.PAYMENT: "buy credits or raise the cap; slamon looks again by itself",
}
"""What a person is to do, where nothing mends itself."""
FOR_A_PERSON = frozenset(HINTS) | {Verdict.NOT_FOUND}
"""Verdicts that no further try mends; the text of the last one says itself what to do."""

FOLLOWED = 300
"""Open threads that a poll reads again, where a platform has no list of all answers."""

AHEAD: Millis = MINUTE
"""How far ahead of its platform's clock a message may be stamped."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a channel's poller is given of the world."""

    now: Callable[[], Instant]
    seconds: Callable[[], float]
    """Monotonic, for durations."""
    hear: Listener
    wake: Callable[[], None]
    """Called when the evaluator has work."""
    budgets: Budgets = field(default_factory=Budgets)
    """Shared by all channels."""
    blind_after: Millis | None = None
    """Without a complete read for so long, the channel is blind; `None`: nobody counts for how long it was."""


@dataclass(slots=True)
class _Sum:
    """What a read brought, over its pages."""

    pages: int = 0
    saved: Saved = field(default_factory=Saved)
    rejected: int = 0
    partial: bool = False

    def add(self, page: Page, saved: Saved) -> None:
        self.pages += 1
        self.rejected += len(page.rejects)
        self.partial = self.partial or bool(page.partial)
        self.saved.add(saved)


class ChannelPoller:
    """Reads one channel. `poll` and `recheck` may run side by side."""

    def __init__(
        self,
        name: str,
        connector: Connector,
        store: Store,
        rules: Callable[[], RuleSet],
        around: Surroundings,
        every: Millis = MINUTE,
    ) -> None:
        self.name = name
        self.connector = connector
        self.store = store
        self.rules = rules
        self.clocks = around
        self._skipped: dict[str, int] = {}
        self._pressure = Pressure(None, open=True)
        """As the last complete poll left it; before the first, nobody knows that nobody waits."""
        self.spending = Spending(name, connector, around.budgets, every)
        self.hear = around.hear
        self.wake = around.wake
        self.row = store.register(name, connector.platform)
        self.tried = False
        """Whether one poll has ended, well or not: part of being ready."""
        self.refusals = 0
        """How often, since the last good read, the platform refused for a reason that only a person can mend."""
        self.skew: Millis = 0
        """The platform's clock less ours, as last heard."""
        self._repeats: Repeats | None = None
        self._identity: Identity | None = None
        self._identifying = Lock()

    @property
    def barred(self) -> bool:
        """Whether it is known that this channel cannot be read until a person does something."""
        return self.refusals >= REFUSALS

    def called(self, call: Call) -> None:
        """A request of this channel's connector ended."""
        if call.clock_skew is not None:
            self.skew = call.clock_skew
        self.spending.called(call)

    def next_in(self) -> Millis:
        """Time between two polls, as things stand."""
        return self.spending.interval

    def poll(self) -> str:
        """Read all that is new; :returns: the outcome, which has been heard of already. Raises nothing.

        `parked` is heard of by nobody: the platform said until when it answers nothing, and is not asked before. Nor is
        `resting`: what is left of a budget is kept for last looks.
        """
        outcome = self._guarded("poll", self._poll)
        self._pace()
        return outcome

    def recheck(self, waits: Sequence[int]) -> str:
        """Look at these waits once more; when that is complete, the store knows since when."""
        return self._guarded("recheck", lambda total: self._recheck(waits, total))

    def _poll(self, total: _Sum) -> None:
        identity = self.identity()
        started_at = self.clocks.now()
        row = self.store.begin_poll(self.row.id, started_at)
        threads = self._followed(started_at) if self.connector.follows_threads else ()
        for page in self.connector.fetch(identity, row.cursor, threads):
            self._save(page, identity, total)
            if page.complete:
                now, blind_after = self.clocks.now(), self.clocks.blind_after
                found = self.store.complete_poll(self.row.id, page.cursor, started_at, now, blind_after)
                anything, self._pressure = found
                if anything:
                    self.wake()
            elif page.cursor is not None:  # the platform shows no more: go on from here, although not read through
                self.store.move_cursor(self.row.id, page.cursor)

    def _recheck(self, waits: Sequence[int], total: _Sum) -> None:
        identity = self.identity()
        waiting = self.store.waiting(waits)
        open_threads = _threads(waiting)
        started_at = self.clocks.now()
        cursor = self.store.cursor(self.row.id)
        complete, cut_off = False, set[str]()
        for page in self.connector.recheck(identity, cursor, open_threads):
            self._save(page, identity, total, urgent=True)
            complete = complete or page.complete
            cut_off.update(page.partial)
        if complete:
            unseen = {thread.wait for thread in waiting if thread.thread in cut_off}
            self.store.checked([wait for wait in waits if wait not in unseen], started_at, self.clocks.now())
        self.wake()

    def _followed(self, now: Instant) -> Sequence[OpenThread]:
        return _threads(self.store.open_threads(self.row.id, now, FOLLOWED))

    def _save(self, page: Page, identity: Identity, total: _Sum, *, urgent: bool = False) -> None:
        now = self.clocks.now()
        messages = self._marked(_dated(page.messages, now + self.skew + AHEAD), identity)
        ordered = self._ordered(messages, identity)
        batch = Batch(self.row.id, messages, page.gone, page.partial, page.rejects, ordered)
        saved = self.store.save(batch, self._settings(identity), now, urgent=urgent)
        total.add(page, saved)
        if saved.touched:
            self.wake()

    def identity(self) -> Identity:
        """Who answers, resolved once and pinned: a handle that suddenly means another account blocks the channel."""
        with self._identifying:
            if self._identity is None:
                found = self.connector.identify()
                pinned = self.store.pin(self.row.id, json.dumps(asdict(found)))
                if pinned is not None:
                    raise PlatformError(
                        Verdict.NOT_FOUND,
                        f"{found.handle} is account {found.account} now, this channel has been {pinned}: give the "
                        "channel a new name, or correct the handle",
                        code="identity",
                    )
                self._identity = found
            return self._identity

    def _settings(self, identity: Identity) -> FoldSettings:
        return fold_settings(
            self.rules().of(self.name),
            channel=self.name,
            platform=self.connector.platform,
            ours=identity.ours,
            flat_replies=self.connector.flat_replies,
        )

    def _marked(self, messages: Sequence[Message], identity: Identity) -> Sequence[Message]:
        """What the rules make of each message, before any of them waits at the gate: there no pattern may run."""
        rules, ours = self.rules().of(self.name), identity.ours | {identity.handle.lower()}
        found = marked(
            messages,
            rules.marking,
            channel=self.name,
            platform=self.connector.platform,
            ours=ours,
        )
        if not rules.repeated:
            return found
        self._repeats = self._repeats or Repeats()
        return self._repeats.marked(found, rules.repeated, ours)

    def _ordered(self, messages: Sequence[Message], identity: Identity) -> Mapping[str, Sequence[Standing]]:
        """By message, the standing orders of people that mean it; whether it is new is seen when it is saved."""
        if not messages:
            return {}
        standing = self.store.standing(self.row.id, min(said.created_at for said in messages))
        return ordered(messages, standing, identity.ours, Finder(self.rules().patience)) if standing else {}

    def _guarded(self, purpose: str, read: Callable[[_Sum], None]) -> str:
        """The one place where a channel's trouble is caught, told, and left behind."""
        if held := self.spending.held(purpose, self.clocks.now()):
            return held
        began = self.clocks.seconds()
        total, error = _Sum(), ""
        self.spending.begins(purpose)
        try:
            read(total)
            outcome = "partial" if total.partial else "ok"
            self.refusals = 0
        except PlatformError as refused:
            outcome, error = refused.verdict.value, _told(refused)
            self._refused(purpose, refused)
        except StoreError as broken:
            outcome, error = "store", str(broken)
        except Exception as fault:  # noqa: BLE001 - a fault of ours must not end the polling of a channel
            outcome, error = "fault", f"{type(fault).__name__} in {_place(fault)}"
        self.tried = True
        self.spending.ended()
        self._tell(purpose, outcome, error, total, self.clocks.seconds() - began)
        return outcome

    def _pace(self) -> None:
        """How long the next poll has time; a changed interval is told."""
        pressure, now = self._pressure, self.clocks.now()
        if self.spending.paced(pressure.next_due, now, waited=pressure.open):
            spending = self.spending
            self.hear(PollsPaced(self.name, self.connector.platform, spending.every, spending.interval))

    def _refused(self, purpose: str, error: PlatformError) -> None:
        self.spending.refused(purpose, error)
        self.refusals += error.verdict in FOR_A_PERSON

    def _tell(self, purpose: str, outcome: str, error: str, total: _Sum, seconds: float) -> None:
        saved = total.saved
        self.hear(
            PollEnded(
                channel=self.name,
                platform=self.connector.platform,
                purpose=purpose,
                outcome=outcome,
                seconds=seconds,
                pages=total.pages,
                new=saved.new,
                changed=saved.changed,
                known=saved.known,
                rejected=total.rejected,
                gone=saved.gone,
                error=error,
            )
        )
        self._tell_quotas()
        self._tell_skipped()
        for expiry in self.connector.expiries():
            self.hear(CredentialSeen(self.name, self.connector.platform, expiry.credential, expiry.at, expiry.renewed))

    def _tell_skipped(self) -> None:
        """What was left out since it was told last; every reason once at the start, so that its series stands at 0."""
        now = {**dict.fromkeys(self.connector.skips, 0), **self.connector.skipped()}
        for reason, count in sorted(now.items()):
            if count != self._skipped.get(reason):
                more = count - self._skipped.get(reason, 0)
                self.hear(MessagesSkipped(self.name, self.connector.platform, reason, more))
        self._skipped = now

    def _tell_quotas(self) -> None:
        for quota in self.connector.quotas():
            self.hear(
                QuotaSeen(
                    self.name,
                    self.connector.platform,
                    quota.endpoint,
                    quota.limit,
                    quota.remaining,
                    quota.resets_at,
                )
            )


def _threads(waiting: Sequence[Waiting]) -> list[OpenThread]:
    return [OpenThread(each.thread, each.customer, each.messages, each.since) for each in waiting]


def _dated(messages: Sequence[Message], latest: Instant) -> Sequence[Message]:
    """The messages; one that is stamped later than `latest` counts as created then."""
    if all(said.created_at <= latest for said in messages):
        return messages
    return [replace(said, created_at=min(said.created_at, latest)) for said in messages]


def _told(error: PlatformError) -> str:
    hint = HINTS.get(error.verdict)
    return f"{error}; {hint}" if hint else str(error)


def _place(fault: BaseException) -> str:
    """Where it was raised, without the message: that may hold a customer's text."""
    trace = fault.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename.rpartition('slamon/')[2]}:{trace.tb_lineno}" if trace else "?"


class Rechecks:
    """Questions of one channel on their way: while one look is under way, the next ones gather for the following."""

    def __init__(self, poller: ChannelPoller) -> None:
        self.poller = poller
        self._lock = Lock()
        self._asked: dict[int, None] = {}
        self._running = False

    def ask(self, waits: Iterable[int], start: Callable[[Callable[[], None]], None]) -> None:
        """Add these waits; `start` runs the given function in a worker, at most one at a time."""
        with self._lock:
            self._asked |= dict.fromkeys(waits)
            if self._running:
                return
            self._running = True
        start(self.run)

    def run(self) -> None:
        """Look until nobody asks any more; a look that failed in passing is tried once more."""
        while waits := self._take():
            if self.poller.recheck(waits) in AGAIN:
                self.poller.recheck(waits)

    def _take(self) -> list[int]:
        with self._lock:
            waits = list(self._asked)
            self._asked.clear()
            self._running = bool(waits)
            return waits
