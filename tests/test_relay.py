"""While Slack cannot be used, people hear by another way; Slack is told all the same once it works again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from desk import policy, rules
from road import Road, road
from said import ask, reply
from slamon.audiences import Audience
from slamon.dispatcher.line import MENDABLE
from slamon.events import AlertSent, Relayed
from slamon.model import HOUR, MINUTE, SECOND
from slamon.notifiers.base import Outcome, SendError
from slamon.relay.letters import ROUTE
from slamon.relay.trouble import TRIED, Watch
from slamon.sim.faults import Fault
from slamon.sim.slack import refuse
from slamon.store import facts
from slamon.store import relay as stored

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.store.store import Store


@pytest.fixture
def both(store: Store) -> Iterator[Road]:
    with road(store) as found:
        yield found


@pytest.fixture
def lite(sqlite_url: str) -> Iterator[Road]:
    """On one kind of database: what is tested does not depend on it."""
    from slamon.store.store import Store  # noqa: PLC0415 - the name above is for annotations only

    opened = Store(sqlite_url)
    with road(opened) as found:
        yield found
    opened.close()


def down_from(at: Road, minute: float) -> None:
    """Anna asks; Slack goes down then."""
    at.desk.poll(ask("1", 0, text="where is my parcel?"), minute=1)
    at.desk.move(minute)
    at.goes_down()


class TestWithSlackDown:
    def test_a_breach_is_told_by_webhook_and_alertmanager_after_five_minutes(self, both: Road) -> None:
        down_from(both, 55)
        both.passes(10.5)
        assert both.delivered == [("alert", "breached")]
        assert both.firing == [("SlamonSlackUnusable", ""), ("SlamonWaitBreached", "1")]

    def test_nothing_is_told_there_before_that(self, both: Road) -> None:
        down_from(both, 58)
        both.passes(4.9)
        assert (both.delivered, both.firing) == ([], [])

    def test_slack_hears_of_it_too_when_it_works_again_and_the_alertmanager_that_it_is_over(self, both: Road) -> None:
        down_from(both, 55)
        both.passes(12)
        both.comes_up()
        both.passes(2)
        assert [letter.state for letter in both.desk.letters()] == ["superseded", "sent"]
        assert (both.firing, both.resolved) == ([], ["SlamonSlackUnusable", "SlamonWaitBreached"])

    def test_an_answer_closes_it_on_both(self, both: Road) -> None:
        down_from(both, 55)
        both.passes(12)
        both.desk.poll(reply("2", 66, to="1", by="acmehelp"))
        both.passes(1)
        assert both.delivered == [("alert", "breached"), ("closed", "missed")]
        assert (both.firing, both.resolved) == ([("SlamonSlackUnusable", "")], ["SlamonWaitBreached"])

    def test_a_restart_neither_opens_anew_nor_tells_anew(self, both: Road) -> None:
        down_from(both, 55)
        both.passes(12)
        taken = len(both.webhook.taken)
        both.starts()
        both.passes(2)
        assert (len(both.webhook.taken), both.webhook.repeats) == (taken, 0)
        assert both.firing == [("SlamonSlackUnusable", ""), ("SlamonWaitBreached", "1")]

    def test_a_restart_just_before_the_route_opens_does_not_put_that_off(self, both: Road) -> None:
        down_from(both, 55)
        both.passes(4.5)
        assert both.delivered == []
        both.starts()
        both.passes(0.8)
        assert both.delivered == [("alert", "breached")]

    def test_what_was_answered_while_slamon_was_down_is_resolved_after_the_restart(self, both: Road) -> None:
        down_from(both, 55)
        both.passes(12)
        both.desk.poll(reply("2", 66, to="1", by="acmehelp"))
        both.starts()
        both.passes(0.5)
        assert both.resolved == ["SlamonWaitBreached"]

    def test_a_warning_is_a_warning_and_gives_way_to_the_breach(self, lite: Road) -> None:
        down_from(lite, 40)
        lite.passes(14)
        assert ("SlamonWaitAtRisk", "1") in lite.firing
        lite.passes(8)
        assert lite.firing == [("SlamonSlackUnusable", ""), ("SlamonWaitBreached", "1")]
        assert lite.delivered == [("alert", "at_risk"), ("alert", "breached")]

    def test_a_refused_token_opens_it_too(self, lite: Road) -> None:
        lite.desk.poll(ask("1", 0), minute=1)
        lite.desk.move(55)
        lite.slack.faults.add(refuse("token_revoked", calls=None))
        lite.passes(12)
        assert lite.delivered == [("alert", "breached")]

    def test_an_alert_is_confirmed_each_minute_and_ends_by_itself_when_slamon_is_gone(self, lite: Road) -> None:
        down_from(lite, 55)
        lite.passes(10.5)
        said = len(lite.alertmanager.server.ledger)
        lite.passes(5)
        assert len(lite.alertmanager.server.ledger) - said == 5
        lite.desk.now += 6 * MINUTE
        assert lite.firing == []

    def test_labels_never_change_while_it_stands(self, lite: Road) -> None:
        down_from(lite, 40)
        lite.passes(14)
        lite.desk.rules = rules(policy("renamed"), version="two")
        lite.desk.store.rematch("two")
        lite.passes(3)
        with lite.desk.store.read() as tx:
            wait = facts.of_wait(tx, 1)
        assert wait is not None
        named = [a["labels"]["policy"] for a in lite.alertmanager.alerts.values() if "policy" in a["labels"]]
        assert (wait.policy, named) == ("renamed", ["everyone"])

    def test_what_the_breach_says(self, lite: Road) -> None:
        down_from(lite, 55)
        lite.passes(10.5)
        (breach,) = (a for a in lite.alertmanager.firing if a["labels"]["alertname"] == "SlamonWaitBreached")
        assert breach["labels"] == {
            "alertname": "SlamonWaitBreached",
            "severity": "critical",
            "channel": "acme-x",
            "platform": "x",
            "policy": "everyone",
            "target": "first_response",
            "audience": "desk",
            "wait": "1",
            "team": "social",
        }
        assert "where is my parcel?" in breach["annotations"]["description"]
        (delivery,) = lite.webhook.taken.values()
        assert delivery["version"] == 1
        assert delivery["stage"] == {"name": "100%", "repeat": 0, "audience": "desk", "accuses": True}
        assert delivery["alert"]["text"] == "where is my parcel?"
        assert delivery["alert"]["limit_seconds"] == 3_600


class TestQuietHours:
    class Asleep(Audience):
        def quiet_until(self, at: int) -> int:
            return at + HOUR

    def test_hold_a_new_alert_back_on_both_and_let_it_go_at_their_end(self, lite: Road) -> None:
        lite.desk.poll(ask("1", 0), ask("2", 10, by="ben"), minute=11)
        lite.desk.move(55)
        lite.goes_down()
        lite.passes(12)
        line = lite.office.dispatcher.line
        line.paused_until = 2**62  # the first route judges nothing meanwhile
        awake, line.world = line.world, replace(line.world, audiences={"desk": self.Asleep("desk", "#desk", "@social")})
        lite.passes(8)
        of_ben = [row["alert"]["status"] for row in lite.webhook.taken.values() if row["alert"]["customer"] == "ben"]
        assert (lite.desk.status("ben"), of_ben) == ("breached", ["at_risk"])
        assert [wait for name, wait in lite.firing if name == "SlamonWaitBreached"] == ["1"]
        line.world = awake
        lite.passes(1)
        assert [wait for name, wait in lite.firing if name == "SlamonWaitBreached"] == ["1", "2"]


class TestAReceiverInTrouble:
    def test_gets_each_alert_once_when_it_is_back(self, both: Road) -> None:
        down_from(both, 55)
        both.webhook.server.faults.add(Fault(path="/alerts", calls=None, status=500))
        both.passes(15)
        assert both.webhook.taken == {}
        both.webhook.server.faults.clear()
        both.passes(1.5)
        assert (both.delivered, both.webhook.repeats) == ([("alert", "breached")], 0)

    def test_whose_answer_is_lost_gets_the_same_delivery_again(self, lite: Road) -> None:
        down_from(lite, 55)
        lite.webhook.server.faults.add(Fault(path="/alerts", accept=True, drop="before"))
        lite.passes(12)
        assert (lite.delivered, lite.webhook.repeats) == ([("alert", "breached")], 1)

    def test_that_refuses_one_alert_hears_the_others(self, lite: Road) -> None:
        lite.desk.poll(ask("1", 0), ask("2", 0, by="ben"), minute=1)
        lite.desk.move(55)
        lite.goes_down()
        lite.webhook.server.faults.add(Fault(path="/alerts", status=422))
        lite.passes(10.2)
        assert {row["alert"]["customer"] for row in lite.webhook.taken.values()} >= {"ben"}
        refused, taken = list(lite.webhook.server.ledger)[:2]
        assert (refused.status, taken.status, refused.at) == (422, 204, taken.at)

    def test_is_given_up_for_an_alert_that_it_refuses_again_and_again(self, lite: Road) -> None:
        down_from(lite, 55)
        lite.webhook.server.faults.add(Fault(path="/alerts", calls=None, status=422))
        lite.passes(30)
        asked = len(lite.webhook.server.ledger)
        lite.passes(10)
        assert len(lite.webhook.server.ledger) == asked

    def test_of_two_alertmanagers_leaves_the_other_told(self, lite: Road) -> None:
        lite.more_urls = ["http://127.0.0.1:9"]
        lite.starts()
        down_from(lite, 55)
        lite.passes(10.5)
        assert ("SlamonWaitBreached", "1") in lite.firing
        heard = {(event.notifier, event.outcome) for event in lite.events if isinstance(event, Relayed)}
        assert heard == {("alertmanager", "sent"), ("alertmanager", "not_sent"), ("webhook", "sent")}

    def test_is_complained_of_once_a_minute(self, lite: Road, logged: list[Any]) -> None:
        down_from(lite, 55)
        lite.alertmanager.server.faults.add(Fault(path="/api/v2/alerts", calls=None, status=500))
        lite.passes(8.9)
        told = [line for line in logged if line["event"] == "relay_failed"]
        assert (len(told), len(lite.alertmanager.server.ledger) > 20) == (4, True)

    def test_whose_secrets_are_in_no_log(self, lite: Road, logged: list[Any]) -> None:
        down_from(lite, 55)
        lite.webhook.server.faults.add(Fault(path="/alerts", calls=None, status=401))
        lite.passes(11)
        assert logged
        assert "canary" not in repr(logged)


class TestAlways:
    def test_both_hear_what_slack_hears_and_nothing_from_before(self, both: Road) -> None:
        both.desk.poll(ask("1", 0), minute=1)
        both.desk.passes(49)
        both.always = True
        both.starts()
        both.settles()
        both.passes(12)
        assert both.delivered == [("alert", "breached")]
        assert both.firing == [("SlamonWaitBreached", "1")]
        assert [letter.state for letter in both.desk.letters()] == ["sent", "sent"]

    def test_an_answer_closes_it_there_too(self, both: Road) -> None:
        both.always = True
        both.starts()
        both.settles()
        both.desk.poll(ask("1", 0), minute=1)
        both.desk.move(58)
        both.passes(3)
        both.desk.poll(reply("2", 61, to="1", by="acmehelp"))
        both.passes(0.5)
        assert both.delivered == [("alert", "at_risk"), ("alert", "breached"), ("closed", "missed")]
        assert both.firing == []


class TestWhenTheRouteCloses:
    def test_what_it_did_not_carry_is_left_to_slack(self, lite: Road) -> None:
        down_from(lite, 55)
        lite.webhook.server.faults.add(Fault(path="/alerts", calls=None, status=500))
        lite.passes(12)
        lite.comes_up()
        lite.passes(2)
        lite.webhook.server.faults.clear()
        lite.passes(5)
        assert lite.webhook.taken == {}
        with lite.desk.store.read() as tx:
            assert stored.due(tx, ROUTE, lite.desk.now, 10) == []

    def test_with_nothing_left_to_send_slack_itself_is_asked(self, lite: Road) -> None:
        down_from(lite, 55)
        lite.passes(12)
        lite.desk.poll(reply("2", 50, to="1", by="acmehelp"))
        lite.passes(3)
        assert ("SlamonSlackUnusable", "") in lite.firing
        lite.comes_up()
        lite.passes(2)
        assert lite.firing == []


def sent(outcome: str, *, wait: int = 1, purpose: str = "post", code: str = "") -> AlertSent:
    return AlertSent("slack", "desk", purpose, outcome, 0.1, wait=wait, code=code)


class Case:
    def __init__(self) -> None:
        self.now = 0
        self.error: SendError | None = SendError(Outcome.NOT_SENT, "no connection", code="no_connection")
        self.asked = 0
        self.watch = Watch(lambda: self.now, 5 * MINUTE, self._asks)

    def _asks(self) -> None:
        self.asked += 1
        if self.error:
            raise self.error

    def goes_on(self, minutes: float, *events: AlertSent) -> bool:
        """The same is heard again and again; whether the second route is open at the end."""
        for _ in range(int(minutes * MINUTE / (10 * SECOND))):
            self.now += 10 * SECOND
            for event in events:
                self.watch.hear(event)
            found = self.watch.look()
        return found is not None and found.open


class TestWhetherSlackIsUsable:
    @pytest.mark.parametrize("outcome", ["not_sent", "unknown", "bad_credential"])
    def test_failures_for_five_minutes_mean_that_it_is_not(self, outcome: str) -> None:
        case = Case()
        events = sent(outcome), sent(outcome, wait=2)
        assert (case.goes_on(5, *events), case.goes_on(1, *events)) == (False, True)

    @pytest.mark.parametrize("outcome", ["bad_place", "bad_content", "gone", "pace", "superseded", "failed"])
    def test_what_one_place_or_message_meets_says_nothing(self, outcome: str) -> None:
        assert not Case().goes_on(20, sent(outcome), sent(outcome, wait=2))

    def test_one_letter_that_fails_alone_may_be_that_letters_fault(self) -> None:
        case = Case()
        case.error = None
        assert not case.goes_on(20, sent("unknown"))
        assert case.asked

    def test_one_letter_that_fails_while_slack_is_silent_is_slacks_fault(self) -> None:
        assert Case().goes_on(6, sent("unknown"))

    def test_one_good_send_ends_it(self) -> None:
        case = Case()
        case.goes_on(6, sent("unknown"), sent("unknown", wait=2))
        case.watch.hear(sent("sent"))
        assert case.watch.look() is None

    def test_a_good_look_ends_nothing(self) -> None:
        case = Case()
        case.goes_on(6, sent("unknown"), sent("unknown", wait=2))
        case.watch.hear(sent("found", purpose="look"))
        assert case.watch.look() is not None

    def test_a_token_that_may_not_look_is_no_trouble(self) -> None:
        assert not Case().goes_on(20, sent("bad_credential", purpose="look", code="missing_scope"))

    def test_two_failures_hours_apart_are_not_hours_of_trouble(self) -> None:
        case = Case()
        case.watch.hear(sent("unknown"))
        case.now += 5 * HOUR
        case.watch.hear(sent("unknown", wait=2))
        found = case.watch.look()
        assert found is not None
        assert (found.since, found.open) == (case.now, False)

    def test_silence_after_a_failure_opens_nothing(self) -> None:
        case = Case()
        case.watch.hear(sent("unknown"))
        assert not case.goes_on(20)

    def test_the_longest_pause_between_two_tries_is_no_silence(self) -> None:
        assert TRIED > MENDABLE + 30 * SECOND
