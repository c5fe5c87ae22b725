"""The notice of a channel, or of a platform, that cannot be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from clockwork import acts, edits, fact, letters, looks, opened, sent, shown, the, world
from desk import DESK, Desk
from said import ask, at
from slamon.audiences import Audience
from slamon.digests.blind import told_at
from slamon.events import PollEnded
from slamon.model import HOUR, MINUTE
from slamon.notify.timed import BlindConfig
from slamon.occasions.blind import Blindness, LastErrors, Watched
from slamon.sla.handling import Verb
from slamon.store import digests
from slamon.store.outbox import Reader

if TYPE_CHECKING:
    from slamon.store.store import Store

BLIND_AFTER = 6 * MINUTE
OPS = Audience("ops", "#ops", "@ops", ("@second",))


class Watch:
    """Channels that are read, or are not."""

    def __init__(self, store: Store, *channels: str, config: BlindConfig | None = None, **more: Any) -> None:
        self.desk = Desk(store)
        self.store = store
        self.names = channels or ("acme-x",)
        self.ids = {name: store.register(name, more.pop("platform", "x")).id for name in self.names}
        self.barred: set[str] = set()
        self.errors = LastErrors()
        self.config = config or BlindConfig(to="ops")
        self.starts(**more)

    def starts(self, **more: Any) -> None:
        spans = dict.fromkeys(self.names, BLIND_AFTER)
        watched = Watched(spans, self.barred.__contains__, self.errors)
        given = world(self.desk, DESK, OPS, channels=self.names, **({"up_since": self.desk.now} | more))
        self.occasion = Blindness(given, watched, self.config)

    def read(self, minute: float, *names: str) -> None:
        """A complete poll of each, of all by default."""
        self.desk.move(minute)
        for name in names or self.names:
            self.store.begin_poll(self.ids[name], self.desk.now)
            self.store.complete_poll(self.ids[name], "c", self.desk.now, self.desk.now)

    def fails(self, name: str, error: str, outcome: str = "retry") -> None:
        self.errors(PollEnded(name, "x", "poll", outcome, 0.1, error=error))

    def looks(self, minute: float) -> None:
        self.desk.move(minute)
        looks(self.desk, self.occasion)

    def letters(self) -> list[tuple[int, int, str, str]]:
        return letters(self.store)


@pytest.fixture
def watch(store: Store) -> Watch:
    found = Watch(store)
    found.read(0)
    return found


class TestABlindChannel:
    def test_is_told_once_to_its_audience_with_since_when_and_why(self, watch: Watch) -> None:
        watch.fails("acme-x", "x: 503\nunavailable")
        watch.looks(6)
        assert opened(watch.store, "blind") == []
        watch.looks(6.1)
        watch.looks(20)
        of = the(watch.store, "blind")
        said = shown(watch.desk, of)
        assert (of.destination, of.channel, of.audience) == ("#ops", "acme-x", "ops")
        assert said.title == "acme-x cannot be read"
        assert (fact(said, "Last read"), fact(said, "Why")) == ("13:32", "x: 503 unavailable")
        assert (said.open, said.acknowledgeable) == (True, True)
        assert watch.letters() == [(of.id, 0, "@ops", "pending")]

    def test_goes_to_the_default_audience_unless_told_otherwise(self, store: Store) -> None:
        watch = Watch(store, config=BlindConfig())
        watch.looks(7)
        assert the(store, "blind").destination == "#desk"

    def test_that_was_never_read_is_told_when_it_had_time_since_the_start(self, store: Store) -> None:
        watch = Watch(store)
        watch.looks(5)
        assert opened(store, "blind") == []
        watch.looks(7)
        assert fact(shown(watch.desk, the(store, "blind")), "Last read") == "never"

    def test_is_none_for_as_long_after_a_start_that_followed_a_long_stop(self, watch: Watch) -> None:
        watch.desk.move(300)
        watch.starts()
        watch.looks(305)
        assert opened(watch.store, "blind") == []
        watch.looks(306.1)
        assert fact(shown(watch.desk, the(watch.store, "blind")), "Last read") == "13:32"

    def test_that_is_refused_for_good_is_told_at_once(self, watch: Watch) -> None:
        watch.barred.add("acme-x")
        watch.looks(1)
        assert len(opened(watch.store, "blind")) == 1

    def test_that_no_longer_refuses_is_over_only_with_a_complete_read(self, watch: Watch) -> None:
        watch.barred.add("acme-x")
        watch.looks(1)
        watch.barred.clear()
        watch.looks(2)
        assert the(watch.store, "blind").closed_at is None
        watch.read(3)
        watch.looks(3)
        assert the(watch.store, "blind").closed_at == at(3)

    def test_says_since_when_it_can_be_read_and_for_how_long_it_could_not(self, watch: Watch) -> None:
        watch.looks(7)
        sent(watch.store)
        watch.read(68)
        watch.looks(69)
        of = the(watch.store, "blind")
        said = shown(watch.desk, of)
        assert said.title == "acme-x is readable again since 14:40, was blind for 1 h 8 min"
        assert (said.open, said.acknowledgeable, edits(watch.store, of)) == (False, False, 1)

    def test_is_told_anew_when_it_happens_again(self, watch: Watch) -> None:
        watch.looks(7)
        watch.read(10)
        watch.looks(10)
        watch.looks(20)
        assert [of.closed_at is None for of in opened(watch.store, "blind")] == [False, True]

    def test_counts_who_waits_and_what_fell_due_since(self, watch: Watch) -> None:
        watch.desk.poll(ask("1", -50), ask("2", 0, thread="t2", by="ben"), minute=0.5)
        watch.desk.sweep()
        watch.looks(7)
        assert fact(shown(watch.desk, the(watch.store, "blind")), "Waiting there") == "2 customers wait, 0 due since"
        sent(watch.store)
        watch.desk.passes(11)
        watch.looks(11)
        of = the(watch.store, "blind")
        assert fact(shown(watch.desk, of), "Waiting there") == "2 customers wait, 1 due since"
        assert edits(watch.store, of) == 1

    def test_ends_when_it_leaves_the_configuration(self, watch: Watch) -> None:
        watch.looks(7)
        watch.names = ()
        watch.starts()
        watch.looks(8)
        assert the(watch.store, "blind").closed_at == at(8)


class TestTheLadder:
    def repeats(self, watch: Watch) -> list[tuple[int, str]]:
        return [(repeat, whom) for _, repeat, whom, _ in watch.letters()]

    def test_speaks_anew_each_hour_and_wakes_the_next_one_until_its_cap(self, store: Store) -> None:
        watch = Watch(store, config=BlindConfig("ops", HOUR, 3))
        watch.read(0)
        for minute in range(7, 400, 5):
            watch.looks(minute)
            sent(store)
        assert self.repeats(watch) == [(0, "@ops"), (1, "@second"), (2, "@ops")]

    def test_is_silent_while_somebody_has_it_in_hand(self, watch: Watch) -> None:
        watch.looks(7)
        sent(watch.store)
        acts(watch.desk, -the(watch.store, "blind").id, Verb.ACKNOWLEDGE, "Ann", at(10))
        for minute in range(10, 10 + 4 * 60, 5):
            watch.looks(minute)
        assert self.repeats(watch) == [(0, "@ops")]
        assert shown(watch.desk, the(watch.store, "blind")).acknowledged_by == "Ann"
        watch.looks(10 + 4 * 60)
        assert len(self.repeats(watch)) == 2

    def test_ends_with_the_blindness(self, watch: Watch) -> None:
        watch.looks(7)
        sent(watch.store)
        for minute in range(60, 80, 5):
            watch.read(minute)
            watch.looks(minute)
        assert self.repeats(watch) == [(0, "@ops")]

    def test_does_not_pile_up_before_a_receiver_that_is_down(self, watch: Watch) -> None:
        for minute in range(7, 300, 10):
            watch.looks(minute)
        assert self.repeats(watch) == [(0, "@ops")]

    def test_goes_on_after_a_restart_where_it_stood(self, watch: Watch) -> None:
        watch.looks(7)
        sent(watch.store)
        watch.looks(70)
        sent(watch.store)
        watch.desk.move(80)
        watch.starts()
        watch.looks(81)
        assert self.repeats(watch) == [(0, "@ops"), (1, "@second")]
        of = the(watch.store, "blind")
        assert of.spoken_at == of.opened_at + HOUR


MANY = tuple(f"brand-{n:02}" for n in range(30))


class TestAPlatformsOutage:
    def test_is_one_digest_although_its_channels_go_blind_one_after_the_other(self, store: Store) -> None:
        watch = Watch(store, *MANY)
        for n, name in enumerate(MANY):
            watch.read(n / 30, name)
        for tenths in range(60, 90):
            watch.looks(tenths / 10)
            sent(store)
        of = the(store, "blind")
        said = shown(watch.desk, of)
        assert of.channel is None
        assert said.title == "x: 30 channels cannot be read"
        assert fact(said, "Channels").startswith("brand-00, brand-01,")
        assert len(watch.letters()) == 1

    def test_ends_when_the_last_one_was_read(self, store: Store) -> None:
        watch = Watch(store, *MANY)
        watch.read(0)
        watch.looks(10)
        watch.read(12, *MANY[:29])
        watch.looks(12)
        assert shown(watch.desk, the(store, "blind")).title == "x: 1 channel cannot be read"
        watch.read(13)
        watch.looks(14)
        of = the(store, "blind")
        assert shown(watch.desk, of).title == "x: all channels are readable again since 13:45, was blind for 13 min"
        assert of.closed_at == at(14)

    def test_of_a_few_channels_is_told_one_by_one(self, store: Store) -> None:
        watch = Watch(store, *MANY)
        watch.read(0)
        watch.read(5, *MANY[5:])
        watch.looks(7)
        assert [of.channel for of in opened(store, "blind")] == list(MANY[:5])

    def test_takes_over_what_was_told_one_by_one(self, store: Store) -> None:
        watch = Watch(store, *MANY)
        watch.read(0)
        watch.read(5, *MANY[5:])
        watch.looks(7)
        watch.looks(12)
        watch.looks(12.1)
        open_ones = [of for of in opened(store, "blind") if of.closed_at is None]
        assert [shown(watch.desk, of).title for of in open_ones] == ["x: 30 channels cannot be read"]


class TestItsDueStages:
    def test_have_a_digest_of_their_own_readers_which_repeats_nothing(self, watch: Watch) -> None:
        watch.desk.poll(ask("1", -50), minute=0.5)
        watch.desk.sweep()
        sent(watch.store)
        watch.looks(7)
        sent(watch.store)
        watch.desk.sweep(11)
        watch.desk.sweep(12)
        watch.looks(12)
        here, there = opened(watch.store, "blind")
        assert (here.destination, there.destination, there.channel) == ("#ops", "#desk", "acme-x")
        assert not shown(watch.desk, there).acknowledgeable
        sent(watch.store)
        watch.looks(200)
        assert [repeat for of, repeat, _, _ in watch.letters() if of == there.id] == [0]
        watch.read(201)
        watch.looks(201)
        assert [of.closed_at for of in opened(watch.store, "blind")] == [at(201)] * 2

    def test_are_told_where_the_dispatcher_asks_for_it(self, watch: Watch) -> None:
        reader = Reader("desk", "#desk")
        with watch.store.write() as tx:
            assert told_at(tx, "acme-x", reader, watch.desk.now) is None
        watch.looks(7)
        with watch.store.write() as tx:
            number = told_at(tx, "acme-x", reader, watch.desk.now, "@social")
            assert number is not None
            assert told_at(tx, "acme-x", reader, watch.desk.now) == number
            assert told_at(tx, "other", reader, watch.desk.now) is None
            home = digests.of(tx, number)
        assert home is not None
        assert home.destination == "#desk"
        assert watch.letters()[-1] == (number, 0, "@social", "pending")
