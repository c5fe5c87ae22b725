"""Which letter is folded into which digest, on both databases; and what a digest says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from admin import CONNECTORS, ENVIRON
from desk import DESK, Desk, policy, rules
from office import KilledError, Office
from office import opened as office_opened
from said import ask, at, reply
from slamon.audiences import Audience
from slamon.config import load_config
from slamon.digests import build
from slamon.digests.base import View
from slamon.dispatcher import Dispatcher, Sending
from slamon.model import HOUR, MINUTE, SECOND
from slamon.notify.digests import DigestsConfig, StormConfig
from slamon.sla.policy import WHOLE, Stage
from slamon.sla.shifts import Quiet
from slamon.store import digests, folding
from slamon.store.digests import Opening
from slamon.store.outbox import Reader
from slamon.store.schema import outbox, timer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from slamon.notifiers.base import Digest
    from slamon.store.store import Store

ONCALL = Audience("oncall", "#oncall", "@social")
DUE = 60
BREACH = Stage("100%", share=WHOLE)
CHANNEL = "channels: [{name: a, connector: pretend, account: a, credentials: {token: {env: TOKEN}}}]\n"
IN_FORCE = rules(policy(stages=(BREACH,)))
EXEMPT = rules(policy(stages=(Stage("100%", share=WHOLE, exempt=True),)))


class Folding(Office):
    """An office that folds; more than three alerts are a storm."""

    config = DigestsConfig(storm=StormConfig(more_than=3))
    audiences = (DESK, ONCALL)

    def starts(self, token: str = "xoxb-1-canary") -> None:
        super().starts(token)
        desk, named = self.desk, {audience.name: audience for audience in self.audiences}
        world = Sending(lambda: desk.now, lambda: desk.now / SECOND, lambda: desk.rules, lambda _: None, "me", named)
        self.dispatcher = Dispatcher(desk.store, self.notifier, world, self.config)

    def breached(self, number: int, minute: float = 0) -> None:
        """So many customers, each in a thread of their own, wait since then, and their promise is broken by now."""
        first = len(self.desk.shelf.waits())
        said = [ask(f"m{n}", minute, by=f"c{n}", thread=f"t{n}") for n in range(first, first + number)]
        self.desk.poll(*said, minute=max(minute, self.desk.minute))
        self.desk.passes(minute + DUE + 1)

    def opens(self, kind: str, minute: float, **more: Any) -> int:
        opening = Opening(key=f"{kind}:1", kind=kind, destination="#desk", audience="desk", at=at(minute), **more)
        with self.desk.store.write() as tx:
            number = digests.open_(tx, opening)
        assert number is not None
        return number

    def folded(self) -> dict[str, int]:
        """How many letters by the kind of their digest."""
        with self.desk.store.read() as tx:
            found: dict[str, int] = {}
            for row in tx.execute(select(outbox.c.digest).where(outbox.c.state == "folded")):
                said = digests.of(tx, row.digest)
                assert said is not None
                found[said.kind] = found.get(said.kind, 0) + 1
        return found

    def said(self, number: int = 1) -> Digest:
        with self.desk.store.read() as tx:
            stored = digests.of(tx, number)
            assert stored is not None
            return build(tx, stored, View(self.desk.now, self.desk.rules))


@pytest.fixture
def office(store: Store) -> Iterator[Folding]:
    with office_opened(Desk(store, IN_FORCE)) as plain:
        plain.desk.tells(*Folding.audiences)
        yield Folding(plain.desk, plain.slack)


class TestAStorm:
    def test_folds_all_that_one_audience_would_hear_at_once(self, office: Folding) -> None:
        office.breached(4)
        office.sends()
        assert (office.folded(), len(office.roots)) == ({"storm": 4}, 1)

    def test_begins_above_its_number(self, office: Folding) -> None:
        office.breached(3)
        office.sends()
        assert (office.folded(), len(office.roots)) == ({}, 3)

    def test_counts_those_that_were_just_told_singly(self, office: Folding) -> None:
        office.breached(3)
        office.sends()
        office.breached(1, minute=2)
        office.sends()
        assert (office.folded(), len(office.roots)) == ({"storm": 1}, 4)

    def test_counts_each_destination_by_itself(self, office: Folding) -> None:
        office.desk.rules = rules(policy(stages=(BREACH, Stage("+1m", offset=MINUTE, audience="oncall"))))
        office.breached(3)
        office.sends()
        office.desk.passes(DUE + 1.5)
        office.sends()
        assert (office.folded(), len(office.roots)) == ({}, 6)

    def test_never_folds_what_is_exempt(self, office: Folding) -> None:
        office.desk.rules = EXEMPT
        office.breached(5)
        office.sends()
        assert (office.folded(), len(office.roots)) == ({}, 5)

    def test_never_folds_what_is_exempt_together_with_others(self, office: Folding) -> None:
        office.breached(5)
        with office.desk.store.write() as tx:
            tx.execute(update(outbox).where(outbox.c.id == 1).values(exempt=True))
        office.sends()
        assert (office.folded(), len(office.roots)) == ({"storm": 4}, 2)

    def test_says_nothing_aloud_of_what_is_answered(self, office: Folding) -> None:
        office.breached(4)
        office.sends()
        office.breached(1, minute=2)
        office.sends()
        answers = [reply(f"r{n}", DUE + 4, to=f"m{n}", thread=f"t{n}") for n in range(5)]
        office.desk.poll(*answers, minute=DUE + 5)
        office.desk.sweep()
        office.waits(20 * MINUTE)
        assert (office.folded(), office.replies, office.said().open) == ({"storm": 5}, [], False)
        assert office.said().title == "Many alerts at once: nobody of 5 customers waits any more"

    def test_says_nothing_aloud_in_a_long_window_that_brings_nothing(self, store: Store) -> None:
        with office_opened(Desk(store, IN_FORCE)) as plain:
            plain.desk.tells(*Folding.audiences)
            office = Folding(plain.desk, plain.slack)
            office.config = DigestsConfig(storm=StormConfig(3, HOUR))
            office.starts()
            office.breached(4)
            office.waits(40 * MINUTE)
            assert (len(office.roots), office.replies) == (1, [])

    def test_never_folds_a_letter_whose_outcome_is_unknown(self, office: Folding) -> None:
        office.breached(3)
        office.notifier.dies = ("post", "after")
        with pytest.raises(KilledError):
            office.sends()
        office.starts()
        office.breached(3, minute=1)
        office.waits(MINUTE)
        assert office.folded() == {"storm": 5}
        assert len(office.roots) == 2

    def test_is_never_opened_twice_by_a_process_that_dies_over_it(self, office: Folding) -> None:
        office.breached(5)
        office.notifier.dies = ("post", "after")
        with pytest.raises(KilledError):
            office.sends()
        office.starts()
        office.waits(2 * MINUTE)
        assert (office.folded(), len(office.roots)) == ({"storm": 5}, 1)

    def test_folds_the_stages_that_nobody_would_be_told_of_not_at_all(self, office: Folding) -> None:
        office.breached(5)
        with office.desk.store.write() as tx:
            tx.execute(update(timer).where(timer.c.wait == 1).values(status="cancelled"))
        office.sends()
        assert office.folded() == {"storm": 4}
        assert ("100%", "superseded") in office.states()


class TestWhatADigestSays:
    def test_is_how_many_are_in_which_state_the_heaviest_first(self, office: Folding) -> None:
        office.breached(5)
        office.sends()
        office.desk.poll(reply("r0", DUE + 2, to="m0", thread="t0"), minute=DUE + 3)
        office.desk.sweep()
        said = office.said()
        assert (said.title, said.open) == ("Many alerts at once: 4 of 5 customers still wait", True)
        assert said.facts == (("Breached", "4"), ("Answered late", "1"), ("Worst", "3 minutes late, on acme-x"))
        assert [row.customer for row in said.rows] == ["c1", "c2", "c3", "c4", "c0"]

    def test_shows_twenty_and_counts_the_rest(self, office: Folding) -> None:
        office.breached(25)
        office.sends()
        assert (len(office.said().rows), office.said().more) == (20, 5)


class TestAnOpeningDigest:
    def test_takes_stages_of_waits_that_began_before_it(self, office: Folding) -> None:
        office.desk.poll(ask("m0", 0, by="c0", thread="t0"), minute=1)
        office.opens("opening", 30, until=at(120))
        office.desk.poll(ask("m1", 31, by="c1", thread="t1"), minute=31)
        office.desk.passes(DUE + 1)
        office.sends()
        assert (office.folded(), len(office.roots)) == ({"opening": 1}, 1)
        office.desk.passes(31 + DUE + 0.5)
        office.sends()
        assert (office.folded(), len(office.roots)) == ({"opening": 1}, 2)

    def test_takes_none_once_its_time_is_over(self, office: Folding) -> None:
        office.desk.poll(ask("m0", 0, by="c0", thread="t0"), minute=1)
        office.opens("opening", 30, until=at(45))
        office.desk.passes(DUE + 1)
        office.sends()
        assert office.folded() == {}


class TestTheDigestOfABlindChannel:
    def blind(self, office: Folding, channel: str) -> None:
        office.desk.poll(ask("m0", 0, by="c0", thread="t0"), minute=1)
        office.opens("blind", 30, channel=channel)
        office.desk.sweep(DUE + 0.1)
        office.desk.asked.clear()
        office.desk.sweep(DUE + 1)  # the look never came: it is told as unverified
        office.sends()

    def test_takes_its_unverified_stages(self, office: Folding) -> None:
        self.blind(office, "acme-x")
        assert (office.folded(), len(office.roots)) == ({"blind": 1}, 1)

    def test_takes_none_of_another_channel(self, office: Folding) -> None:
        self.blind(office, "acme-y")
        assert (office.folded(), len(office.roots)) == ({}, 2)

    def test_takes_none_that_is_verified(self, office: Folding) -> None:
        office.opens("blind", 0, channel="acme-x")
        office.breached(1)
        office.sends()
        assert (office.folded(), len(office.roots)) == ({}, 2)


class TestTheEndOfQuietHours:
    @pytest.fixture
    def office(self, office: Folding, monkeypatch: pytest.MonkeyPatch) -> Folding:
        quiet = Quiet(ZoneInfo("Europe/Berlin"), ((0, 14 * 60, 15 * 60),))  # 13:32 is minute 0
        monkeypatch.setattr(office, "audiences", (Audience("desk", "#desk", "@social", quiet=quiet),), raising=False)
        office.starts()
        return office

    def test_is_one_digest_in_place_of_single_messages(self, office: Folding) -> None:
        office.breached(3)
        office.waits(20 * MINUTE)
        assert office.roots == []
        office.waits(20 * MINUTE)
        assert (office.folded(), len(office.roots)) == ({"quiet": 3}, 1)
        assert office.said().title == "In the quiet hours, 3 customers came to be told of: 3 still wait"

    def test_tells_a_single_one_as_itself(self, office: Folding) -> None:
        office.breached(1)
        office.waits(40 * MINUTE)
        assert (office.folded(), len(office.roots)) == ({}, 1)

    def test_is_nothing_for_those_who_were_answered_meanwhile_in_time(self, office: Folding) -> None:
        office.desk.rules = rules(policy(stages=(Stage("50%", share=WHOLE // 2),)))
        office.desk.poll(*(ask(f"m{n}", 0, by=f"c{n}", thread=f"t{n}") for n in range(3)), minute=1)
        office.desk.passes(31)
        office.sends()
        office.desk.poll(*(reply(f"r{n}", 40, to=f"m{n}", thread=f"t{n}") for n in range(3)), minute=41)
        office.desk.sweep()
        office.waits(HOUR)
        assert (office.folded(), office.roots) == ({}, [])

    def test_goes_into_the_opening_digest_where_one_is_open(self, office: Folding) -> None:
        office.breached(3)
        office.waits(20 * MINUTE)
        office.opens("opening", 80, until=at(140))
        office.waits(20 * MINUTE)
        assert (office.folded(), len(office.roots)) == ({"opening": 3}, 1)


class TestWhatIsListed:
    def test_comes_after_the_digest_and_waits_for_it(self, office: Folding) -> None:
        office.breached(2)
        office.desk.now += 10 * MINUTE
        office.notifier.dies = ("post", "after")
        with pytest.raises(KilledError):
            office.sends()
        office.starts()
        office.sends()
        assert len(office.roots) == 1
        office.waits(2 * MINUTE)
        assert "found late" in office.roots[0].text
        assert (office.folded(), len(office.roots)) == ({}, 3)

    def test_waits_for_a_digest_that_others_opened_before_it(self, office: Folding) -> None:
        office.desk.poll(ask("late", 2, by="z", thread="z"), minute=2)
        office.breached(2)
        office.desk.now += 10 * MINUTE
        office.notifier.dies = ("post", "after")
        with pytest.raises(KilledError):
            office.sends()
        office.starts()
        office.desk.passes(DUE + 11.1)
        office.sends()
        assert len(office.roots) == 1
        office.waits(2 * MINUTE)
        assert (office.folded(), len(office.roots)) == ({}, 4)

    def test_and_is_beyond_what_is_looked_at_in_one_go_is_not_sent_unseen(
        self, office: Folding, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(folding, "AT_ONCE", 4)
        office.breached(10)
        office.desk.now += 10 * MINUTE
        office.waits(2 * MINUTE)
        assert (office.folded(), len(office.roots)) == ({"catch_up": 10}, 1)

    def test_is_folded_when_it_is_answered_before_its_turn(self, office: Folding) -> None:
        office.breached(2)
        office.desk.now += 10 * MINUTE
        office.notifier.dies = ("post", "after")
        with pytest.raises(KilledError):
            office.sends()
        office.starts()
        office.desk.poll(reply("r0", DUE + 10, to="m0", thread="t0"))
        office.desk.sweep()
        office.waits(2 * MINUTE)
        assert (office.folded(), len(office.roots)) == ({"catch_up": 1}, 2)

    def test_is_folded_when_it_is_answered_after_the_digest_spoke(self, office: Folding) -> None:
        office.breached(2)
        office.desk.now += 10 * MINUTE
        for destination, (letters, stale) in office.dispatcher.ready().items():
            office.dispatcher.serve(destination, letters, stale)
        assert len(office.roots) == 1
        office.desk.poll(reply("r0", DUE + 10, to="m0", thread="t0"))
        office.desk.sweep()
        office.waits(2 * MINUTE)
        assert (office.folded(), len(office.roots)) == ({"catch_up": 1}, 2)

    def test_after_the_digest_spoke_is_shown_in_it_by_an_edit(self, office: Folding) -> None:
        office.desk.poll(ask("late", 2, by="z", thread="z"), minute=2)
        office.breached(2)
        office.desk.now += 10 * MINUTE
        office.waits(MINUTE)
        assert "2 breaches found late" in office.roots[0].text
        office.desk.passes(office.desk.minute)
        office.waits(MINUTE)
        assert "3 breaches found late" in office.roots[0].text
        assert (len(office.roots), office.replies) == (4, [])


class TestHistory:
    def test_is_never_told_by_itself(self, office: Folding) -> None:
        office.breached(2)
        with office.desk.store.write() as tx:
            tx.execute(update(timer).where(timer.c.wait == 1).values(history=True))
        office.desk.now += 10 * MINUTE
        office.waits(2 * MINUTE)
        assert (office.folded(), len(office.roots)) == ({"catch_up": 1}, 2)


class TestOtherWords:
    def test_are_never_folded(self, office: Folding) -> None:
        office.desk.store.notify("rules:1", "The rules have a fault.", [Reader("desk", "#desk")], office.desk.now)
        office.breached(4)
        office.sends()
        assert (office.folded(), len(office.roots)) == ({"storm": 4}, 2)


class TestTheKeys:
    @pytest.mark.parametrize(
        ("written", "read"),
        [
            ("", DigestsConfig()),
            ("digests: {storm: {more_than: 40}}", DigestsConfig(StormConfig(40, 5 * MINUTE))),
            ("digests: {storm: {within: 1h}, catch_up_after: 2m}", DigestsConfig(StormConfig(20, HOUR), 2 * MINUTE)),
            ("digests: {storm: off}", DigestsConfig(None)),
        ],
    )
    def test_say_when_many_alerts_become_one_message(self, tmp_path: Path, written: str, read: DigestsConfig) -> None:
        (tmp_path / "config.yaml").write_text(f"{CHANNEL}notify:\n  timezone: UTC\n  {written}\n", encoding="utf-8")
        assert load_config(tmp_path / "config.yaml", CONNECTORS, ENVIRON).notify.digests == read
