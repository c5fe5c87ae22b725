from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from desk import HOUR, Desk, rules
from said import START, aside, ask, at, reply
from shelves import Shelf
from slamon.connectors.base import Call, Connector, Context, Identity, OpenThread, Page, Quota, Settings
from slamon.errors import PlatformError, StoreError, Verdict
from slamon.events import MessagesSkipped, PollEnded, PollsPaced, QuotaSeen
from slamon.model import DAY, MINUTE, Kind, Message, Reject
from slamon.poller import ChannelPoller, Rechecks, Surroundings
from slamon.spending import Budgets
from slamon.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from slamon.events import Event
    from slamon.model import Instant
    from slamon.sla.policy import RuleSet
    from slamon.store.save import Saved

US = Identity("acme", "acme", ("acmehelp",))
TROUBLE = PlatformError(Verdict.RETRY, "the platform stumbled")


def complete(cursor: str, *messages: Message, **more: Any) -> Page:
    return Page(messages, cursor=cursor, complete=True, **more)


class Fake(Connector):
    """Answers each read with the next script: pages to hand out, and errors to raise between them."""

    platform: ClassVar[str] = "x"
    kinds: ClassVar[frozenset[Kind]] = frozenset({Kind.MENTION})

    def __init__(self) -> None:
        super().__init__(Settings(), Context("acme-x", lambda: 0, DAY))
        self.who: Identity | Exception = US
        self.scripts: list[list[Page | Exception]] = []
        self.cursors: list[str | None] = []
        self.looked_for: list[Sequence[OpenThread]] = []

    def reads(self, *script: Page | Exception) -> None:
        self.scripts.append(list(script))

    def identify(self) -> Identity:
        if isinstance(self.who, Exception):
            raise self.who
        return self.who

    def fetch(self, identity: Identity, cursor: str | None, threads: Sequence[OpenThread] = ()) -> Iterator[Page]:
        del threads
        assert identity == self.who
        self.cursors.append(cursor)
        for step in self.scripts.pop(0):
            if isinstance(step, Exception):
                raise step
            yield step

    def recheck(self, identity: Identity, cursor: str | None, threads: Sequence[OpenThread]) -> Iterator[Page]:
        self.looked_for.append(threads)
        return self.fetch(identity, cursor)

    def quotas(self) -> Sequence[Quota]:
        return (Quota("mentions", 300, 299, 5),)


class Full(Store):
    """A store that takes nothing more."""

    def __init__(self, store: Store) -> None:
        self.database = store.database

    def save(self, *_: Any, **_more: Any) -> Saved:
        raise StoreError("the disk is full")


@dataclass
class World:
    store: Store
    now: Instant = START
    rules: RuleSet = HOUR
    connector: Fake = field(default_factory=Fake)
    events: list[Event] = field(default_factory=list)
    woken: int = 0

    def __post_init__(self) -> None:
        self.poller = self.new_process()

    def new_process(self) -> ChannelPoller:
        around = Surroundings(lambda: self.now, lambda: self.now / 1_000, self._hear, self._wake)
        self.poller = ChannelPoller("acme-x", self.connector, self.store, lambda: self.rules, around)
        return self.poller

    def _hear(self, event: Event) -> None:
        self.events.append(event)

    def _wake(self) -> None:
        self.woken += 1

    def poll(self, *script: Page | Exception) -> str:
        self.connector.reads(*script)
        return self.poller.poll()

    def look(self, waits: Sequence[int], *script: Page | Exception) -> str:
        self.connector.reads(*script)
        return self.poller.recheck(waits)

    @property
    def shelf(self) -> Shelf:
        return Shelf(self.store)

    @property
    def heard(self) -> PollEnded:
        return [event for event in self.events if isinstance(event, PollEnded)][-1]

    @property
    def row(self) -> Any:
        return self.store.register("acme-x", "x")


@pytest.fixture
def world(store: Store) -> World:
    return World(store)


class TestAPoll:
    def test_saves_its_pages_and_moves_cursor_and_watermark_with_the_last(self, world: World) -> None:
        outcome = world.poll(Page([ask("1", 0)]), complete("c1", reply("2", 1, to="1")))
        assert (outcome, world.row.cursor, world.row.read_at) == ("ok", "c1", at(0))
        assert (world.shelf.the_wait().state, world.woken > 0, world.poller.tried) == ("answered", True, True)

    def test_goes_on_from_where_the_last_complete_one_ended(self, world: World) -> None:
        world.poll(complete("c1"))
        world.poll(complete("c2"))
        assert world.connector.cursors == [None, "c1"]

    def test_that_dies_half_way_keeps_its_pages_and_the_old_cursor(self, world: World) -> None:
        world.poll(complete("c1"))
        world.now = at(5)
        assert world.poll(Page([ask("1", 4)]), TROUBLE) == "retry"
        assert (world.row.cursor, world.row.read_at, world.shelf.the_wait().state) == ("c1", at(0), "open")
        assert "stumbled" in world.heard.error

    def test_that_never_says_it_is_complete_moves_nothing(self, world: World) -> None:
        world.poll(Page([ask("1", 0)]))
        assert (world.row.cursor, world.row.read_at) == (None, None)

    def test_that_the_platform_lets_go_no_further_moves_the_cursor_without_the_watermark(self, world: World) -> None:
        world.poll(Page([ask("1", 0)], cursor="c1"))
        assert (world.row.cursor, world.row.read_at) == ("c1", None)

    def test_dates_its_watermark_from_its_start_not_its_end(self, world: World) -> None:
        class Slow(Fake):
            def fetch(
                self, identity: Identity, cursor: str | None, threads: Sequence[OpenThread] = ()
            ) -> Iterator[Page]:
                world.now = at(3)
                yield from super().fetch(identity, cursor, threads)

        world.connector = Slow()
        world.new_process()
        world.poll(complete("c1"))
        assert world.row.read_at == at(0)

    def test_is_heard_of_with_its_sums_and_what_is_left_of_the_quota(self, world: World) -> None:
        page = Page([ask("1", 0), reply("2", 1, to="1")], rejects=[Reject("3", "no author", "{}")])
        world.poll(page, complete("c1", ask("1", 0)))
        heard = world.heard
        assert (heard.channel, heard.platform, heard.purpose, heard.outcome) == ("acme-x", "x", "poll", "ok")
        assert (heard.pages, heard.new, heard.known, heard.rejected) == (2, 2, 1, 1)
        assert QuotaSeen("acme-x", "x", "mentions", 300, 299, 5) in world.events

    def test_takes_staff_and_bystanders_from_the_rules_in_force(self, world: World) -> None:
        world.rules = rules(staff=frozenset({"bea"}), watch_bystanders=True, version="two")
        world.poll(complete("c1", ask("1", 0, by="bea"), aside("2", 1, by="ben")))
        assert [row.customer for row in world.shelf.waits()] == ["ben"]

    def test_whose_team_answers_counts_as_ours(self, world: World) -> None:
        world.poll(complete("c1", ask("1", 0), ask("2", 1, by="acmehelp", in_reply_to="1")))
        assert world.shelf.the_wait().state == "answered"

    def test_takes_nothing_from_the_future(self, world: World) -> None:
        world.poll(complete("c1", ask("1", 500)))
        assert world.shelf.the_wait().started_at == at(1)


class TestTrouble:
    def test_a_fault_of_ours_is_caught_and_named_by_its_place_without_its_words(self, world: World) -> None:
        assert world.poll(ValueError("customers' words")) == "fault"
        assert "ValueError" in world.heard.error
        assert "words" not in world.heard.error
        assert world.poll(complete("c1")) == "ok"

    def test_a_database_that_refuses_is_caught_and_told(self, world: World) -> None:
        world.store = Full(world.store)
        world.new_process()
        assert world.poll(complete("c1", ask("1", 0))) == "store"
        assert (world.heard.error, world.row.cursor) == ("the disk is full", None)

    def test_a_park_is_respected_until_its_end(self, world: World) -> None:
        assert world.poll(PlatformError(Verdict.WAIT, "slow down", until=at(10))) == "wait"
        world.now = at(10) - 1
        assert (world.poller.poll(), len(world.connector.cursors)) == ("parked", 1)
        world.now = at(10)
        assert world.poll(complete("c1")) == "ok"

    def test_a_park_of_the_polls_leaves_the_last_looks_alone_and_the_other_way_round(self, world: World) -> None:
        world.poll(complete("c1", ask("1", 0)))
        world.look([1], PlatformError(Verdict.WAIT, "slow down", until=at(10)))
        assert world.poller.recheck([1]) == "parked"
        assert world.poll(PlatformError(Verdict.WAIT, "slow down", until=at(5))) == "wait"
        world.now = at(9)
        assert (world.poll(complete("c2")), world.poller.recheck([1])) == ("ok", "parked")

    def test_only_refusals_in_a_row_bar_a_channel(self, world: World) -> None:
        refused = PlatformError(Verdict.CREDENTIAL, "the token is refused")
        world.poll(refused)
        world.poll(refused)
        world.poll(complete("c1"))
        world.poll(refused)
        world.poll(refused)
        assert not world.poller.barred
        world.poll(refused)
        assert world.poller.barred


class TestIdentity:
    def test_is_pinned_and_a_handle_that_means_another_account_blocks_the_channel(self, world: World) -> None:
        world.poll(complete("c1"))
        world.connector.who = Identity("impostor", "acme")
        world.new_process()
        world.connector.reads(complete("c2", ask("1", 0)))
        assert world.poller.poll() == "not_found"
        assert "give the channel a new name" in world.heard.error
        assert (world.row.cursor, world.shelf.waits()) == ("c1", [])

    def test_a_changed_handle_or_team_of_the_same_account_is_no_matter(self, world: World) -> None:
        world.poll(complete("c1"))
        world.connector.who = Identity("acme", "acme_inc", ("help",))
        world.new_process()
        assert world.poll(complete("c2")) == "ok"

    def test_is_asked_for_again_until_it_is_known(self, world: World) -> None:
        world.connector.who = TROUBLE
        assert world.poller.poll() == "retry"
        world.connector.who = US
        assert world.poll(complete("c1")) == "ok"


class TestHistory:
    def test_ends_where_the_first_poll_begins(self, world: World) -> None:
        world.poll(complete("c1"))
        world.now = at(60)
        world.poll(complete("c2"))
        assert world.row.history_before == at(0)

    @pytest.mark.parametrize(("hours", "moved"), [(23, False), (24, False), (25, True)])
    def test_moves_on_after_more_than_a_day_of_blindness(self, world: World, hours: int, moved: bool) -> None:  # noqa: FBT001 - a column of the table
        world.poll(complete("c1"))
        world.now = at(hours * 60)
        world.poll(TROUBLE)
        assert (world.row.history_before == world.now) is moved

    def test_moves_on_with_each_day_on_which_no_read_succeeds(self, world: World) -> None:
        found = []
        for hours in (0, 20, 30, 40, 60):
            world.now = at(hours * 60)
            world.poll(TROUBLE)
            found.append((world.row.history_before - at(0)) // (60 * MINUTE))
        assert found == [0, 0, 30, 30, 60]


class TestALastLook:
    def test_asks_for_the_threads_and_proves_what_it_saw_whole(self, world: World) -> None:
        world.poll(complete("c1", ask("1", 0), ask("2", 1)))
        world.now = at(48)
        assert world.look([1], complete("ignored", reply("3", 40, to="1"))) == "ok"
        assert world.connector.looked_for == [[OpenThread("t", "anna", ("1", "2"), at(0))]]
        assert (world.shelf.the_wait().state, world.shelf.the_wait().checked_at) == ("answered", at(48))
        assert (world.row.cursor, world.row.read_at) == ("c1", at(0))

    def test_that_was_cut_off_in_one_thread_proves_the_others(self, world: World) -> None:
        world.poll(complete("c1", ask("1", 0), ask("2", 0, by="ben", thread="u")))
        world.now = at(48)
        world.look([1, 2], complete("c", partial=["u"]))
        assert {row.thread: row.checked_at for row in world.shelf.waits()} == {"t": at(48), "u": None}

    @pytest.mark.parametrize("end", [TROUBLE, Page()])
    def test_that_did_not_end_proves_nothing(self, world: World, end: Page | Exception) -> None:
        world.poll(complete("c1", ask("1", 0)))
        world.now = at(48)
        world.look([1], Page([reply("2", 40, to="1")]), end)
        assert (world.shelf.the_wait().state, world.shelf.the_wait().checked_at) == ("answered", None)


class TestRechecks:
    def test_what_is_asked_during_a_look_is_looked_for_in_the_next_one(self, world: World) -> None:
        world.poll(complete("c1", ask("1", 0), ask("2", 0, by="ben", thread="u"), ask("3", 0, by="c", thread="v")))
        rechecks = Rechecks(world.poller)
        started: list[Callable[[], None]] = []
        rechecks.ask([1], started.append)
        rechecks.ask([2, 1], started.append)
        world.connector.reads(complete("c"))
        (run,) = started
        run()
        assert [[thread.thread for thread in looked] for looked in world.connector.looked_for] == [["t", "u"]]
        rechecks.ask([3], started.append)
        assert len(started) == 2

    def test_a_look_that_failed_in_passing_is_tried_once_more(self, world: World) -> None:
        world.poll(complete("c1", ask("1", 0)))
        world.connector.reads(TROUBLE)
        world.connector.reads(complete("c"))
        Rechecks(world.poller).ask([1], lambda run: run())
        assert world.shelf.the_wait().checked_at == at(0)


class Picky(Fake):
    """Leaves out what is automatic."""

    skips = frozenset({"bounce", "list"})
    total = 0

    def skipped(self) -> Mapping[str, int]:
        return {"bounce": self.total} if self.total else {}


class TestSkipping:
    def test_what_is_left_out_is_told_once_by_reason_with_zeros_at_the_start(self, world: World) -> None:
        world.connector = picky = Picky()
        world.new_process()
        for total in (0, 2, 2, 5):
            picky.total = total
            world.poll(complete("c"))
        told = [(event.reason, event.count) for event in world.events if isinstance(event, MessagesSkipped)]
        assert told == [("bounce", 0), ("list", 0), ("bounce", 2), ("bounce", 3)]


class Payer(Fake):
    """Lives on the budget of an app; each poll calls one endpoint."""

    calls: Callable[[Call], None]

    @property
    def payer(self) -> str:
        return "one app"

    def fetch(self, identity: Identity, cursor: str | None, threads: Sequence[OpenThread] = ()) -> Iterator[Page]:
        self.calls(Call("mentions", "200", 0.1))
        return super().fetch(identity, cursor, threads)


class TestSpending:
    """What a channel may still ask; the arithmetic is in test_budget."""

    def channel(self, world: World, budgets: Budgets, name: str = "acme-x", left: int = 100) -> ChannelPoller:
        connector = Payer()
        quota = Quota("mentions", 100, left, START + 60 * MINUTE)
        connector.quotas = lambda: (quota,)  # type: ignore[method-assign]
        around = Surroundings(lambda: world.now, lambda: 0.0, world._hear, world._wake, budgets)
        poller = ChannelPoller(name, connector, world.store, lambda: world.rules, around)
        connector.calls = poller.called
        for _ in range(3):
            connector.reads(complete("c"))
        return poller

    def test_a_budget_down_to_its_last_tenth_is_left_to_last_looks(self, world: World) -> None:
        poller = self.channel(world, Budgets(), left=10)
        assert [poller.poll() for _ in range(2)] == ["ok", "resting"]
        assert [poller.recheck([]) for _ in range(2)] == ["ok", "ok"]

    def test_polls_go_on_when_the_window_has_ended(self, world: World) -> None:
        poller = self.channel(world, Budgets(), left=10)
        poller.poll()
        world.now += 60 * MINUTE
        assert poller.poll() == "ok"

    def test_a_short_budget_stretches_the_interval_and_says_so(self, world: World) -> None:
        poller = self.channel(world, Budgets(), left=20)
        poller.poll()
        assert poller.next_in() == 6 * MINUTE
        assert [event.interval for event in world.events if isinstance(event, PollsPaced)] == [6 * MINUTE]

    def test_an_interval_that_moves_a_little_with_each_poll_is_not_told_each_time(self, world: World) -> None:
        poller = self.channel(world, Budgets(), left=20)
        for passed in (0, 10_000, 20_000):
            world.now = START + passed
            poller.poll()
        assert poller.next_in() == 6 * MINUTE - 2_000
        assert [event.interval for event in world.events if isinstance(event, PollsPaced)] == [6 * MINUTE]

    def test_an_interval_is_told_once(self, world: World) -> None:
        for _ in range(3):
            world.poll(complete("c"))
        assert len([event for event in world.events if isinstance(event, PollsPaced)]) == 1

    @pytest.mark.parametrize(
        ("endpoint", "then"), [("mentions", "parked"), ("", "parked"), ("posts", "ok"), (None, "ok")]
    )
    def test_a_refusal_parks_the_channels_of_the_same_budget_that_ask_the_same(
        self, world: World, endpoint: str | None, then: str
    ) -> None:
        budgets = Budgets()
        first, second = self.channel(world, budgets), self.channel(world, budgets, "acme-y")
        assert (first.poll(), second.poll()) == ("ok", "ok")
        wait = PlatformError(Verdict.WAIT, "too many", until=world.now + MINUTE, endpoint=endpoint)
        first.connector.scripts[0] = [wait]  # type: ignore[attr-defined]
        assert (first.poll(), first.poll(), second.poll()) == ("wait", "parked", then)

    def test_open_threads_are_handed_to_who_follows_them_most_urgent_first(self, world: World) -> None:
        desk = Desk(world.store)
        desk.poll(*(ask(key, minute, by=key, thread=key) for key, minute in (("late", 0), ("b", 31), ("a", 30))))
        desk.sweep(61)
        world.now = desk.now
        seen: list[list[str]] = []

        class Following(Fake):
            follows_threads = True

            def fetch(
                self, identity: Identity, cursor: str | None, threads: Sequence[OpenThread] = ()
            ) -> Iterator[Page]:
                seen.append([thread.thread for thread in threads])
                return super().fetch(identity, cursor)

        world.connector = Following()
        world.new_process()
        world.poll(complete("d"))
        assert seen == [["a", "b", "late"]]
