"""Alerts to Alertmanager: rendered, and told to the real one."""

from __future__ import annotations

import shutil
import socket
import subprocess
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from time import monotonic, time_ns
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from slack_parts import BREACHED, LATE, NASTY, STARTED, UNVERIFIED, WAITING
from slamon.model import MINUTE, SECOND
from slamon.notifiers.alertmanager import AT_ONCE, Alertmanager, Ended, Firing, Login, of_wait, slack_unusable
from slamon.sim.alertmanager import LABEL, PretendAlertmanager

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from slamon.notifiers.base import Alert

BERLIN = ZoneInfo("Europe/Berlin")
BINARY = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
needs_alertmanager = pytest.mark.skipif(
    BINARY is None, reason="needs Alertmanager (Debian package prometheus-alertmanager)"
)
WITHIN = 30.0


def rendered(alert: Alert, **own: str) -> Firing:
    return of_wait(alert, "desk", STARTED, own, BERLIN)


class TestWhatIsSaid:
    def test_a_breach_began_when_it_was_due(self) -> None:
        made = rendered(BREACHED)
        assert (made.labels["alertname"], made.labels["severity"]) == ("SlamonWaitBreached", "critical")
        assert made.starts_at == BREACHED.due_at

    def test_a_warning_began_with_its_stage(self) -> None:
        made = rendered(WAITING)
        assert (made.labels["alertname"], made.labels["severity"]) == ("SlamonWaitAtRisk", "warning")
        assert made.starts_at == STARTED

    def test_what_could_not_be_verified_is_a_breach_that_says_so(self) -> None:
        made = rendered(UNVERIFIED)
        assert made.labels["alertname"] == "SlamonWaitBreached"
        assert "not read since" in made.annotations["description"]

    def test_labels_are_the_same_whatever_time_it_is_and_whatever_the_customer_writes(self) -> None:
        later = replace(BREACHED, now=BREACHED.now + MINUTE, text="hello?", customer="Anna B", acknowledged_by="Ben")
        assert rendered(later).labels == rendered(BREACHED).labels

    def test_an_admins_labels_come_on_top_and_never_win(self) -> None:
        made = rendered(BREACHED, team="social", channel="mine")
        assert (made.labels["team"], made.labels["channel"]) == ("social", "acme-x")

    def test_text_is_shown_as_the_channel_says(self) -> None:
        assert "parcel" in rendered(BREACHED).annotations["description"]
        assert "parcel" not in rendered(replace(BREACHED, show_text="none")).annotations["description"]

    @given(st.one_of(st.text(), st.sampled_from(NASTY)))
    def test_hostile_words_stay_within_what_alertmanager_takes(self, text: str) -> None:
        made = rendered(replace(BREACHED, customer=text, text=text, permalink=text, policy=text, handle=text))
        for name, value in {**made.labels, **made.annotations}.items():
            assert LABEL.fullmatch(name)
            value.encode()
            assert len(value) <= 4_000


class TestTelling:
    @pytest.fixture
    def server(self) -> Iterator[PretendAlertmanager]:
        with PretendAlertmanager(lambda: BREACHED.now) as server:
            yield server

    def test_many_alerts_go_in_batches(self, server: PretendAlertmanager) -> None:
        many = [rendered(replace(BREACHED, wait=number)) for number in range(AT_ONCE + 1)]
        assert Alertmanager([server.url]).push(many, (), BREACHED.now) == [None]
        assert ([len(taken.request.json()) for taken in server.server.ledger], len(server.firing)) == (
            [AT_ONCE, 1],
            AT_ONCE + 1,
        )

    def test_each_of_several_gets_all_of_them(self, server: PretendAlertmanager) -> None:
        gone = "http://127.0.0.1:9"
        answers = Alertmanager([gone, server.url], timeout=2.0).push([rendered(BREACHED)], (), BREACHED.now)
        assert [error and error.code for error in answers] == ["no_connection", None]
        assert len(server.firing) == 1

    @pytest.mark.parametrize(
        ("login", "header"),
        [
            (Login(basic=("slamon", "canary")), "Basic c2xhbW9uOmNhbmFyeQ=="),
            (Login(bearer="canary"), "Bearer canary"),
        ],
    )
    def test_it_signs_in(self, server: PretendAlertmanager, login: Login, header: str) -> None:
        Alertmanager([server.url], login).push([rendered(BREACHED)], (), BREACHED.now)
        (taken,) = server.server.ledger
        assert taken.request.headers["authorization"] == header

    def test_further_headers_are_sent(self, server: PretendAlertmanager) -> None:
        Alertmanager([server.url], Login(headers=(("X-Scope-OrgID", "acme"),))).push([rendered(LATE)], (), STARTED)
        (taken,) = server.server.ledger
        assert taken.request.headers["x-scope-orgid"] == "acme"

    def test_one_that_was_resolved_is_the_same_alert(self, server: PretendAlertmanager) -> None:
        made = rendered(BREACHED)
        manager = Alertmanager([server.url])
        manager.push([made], (), BREACHED.now)
        manager.push((), [Ended(made.labels, made.starts_at, BREACHED.now)], BREACHED.now)
        assert (server.firing, len(server.resolved)) == ([], 1)


class Real:
    """A real Alertmanager."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.slamon = Alertmanager([url])

    def alerts(self, **more: str) -> list[Any]:
        return list(requests.get(self.url + "/api/v2/alerts", params=more, timeout=5).json())

    def wait_for(self, holds: Callable[[list[Any]], bool]) -> list[Any]:
        until = monotonic() + WITHIN
        for _ in count():
            found = self.alerts()
            if holds(found):
                return found
            if monotonic() > until:
                break
        pytest.fail(f"Alertmanager still has {found}")


def now() -> int:
    return time_ns() // 1_000_000 // SECOND * SECOND


@contextmanager
def running(folder: Path) -> Iterator[Real]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "am.yml").write_text("{route: {receiver: none, group_by: [channel]}, receivers: [{name: none}]}")
    assert BINARY
    words = [BINARY, f"--config.file={folder / 'am.yml'}", f"--storage.path={folder / 'data'}"]
    words += [f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address="]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(words, stdout=log, stderr=log)
    real = Real(f"http://127.0.0.1:{port}")
    try:
        until = monotonic() + WITHIN
        while not _ready(real.url):
            assert process.poll() is None, (folder / "log").read_text()
            assert monotonic() < until, (folder / "log").read_text()
        yield real
    finally:
        process.kill()
        process.wait()


def _ready(url: str) -> bool:
    try:
        return requests.get(url + "/-/ready", timeout=1).ok
    except requests.RequestException:
        return False


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Real]:
    with running(tmp_path_factory.mktemp("alertmanager")) as server:
        yield server


def since_now(alert: Alert, wait: int) -> Alert:
    at = now()
    return replace(alert, wait=wait, channel=f"channel-{wait}", due_at=at - MINUTE, now=at)


def of(found: list[Any], made: Firing) -> list[Any]:
    return [alert for alert in found if alert["labels"] == dict(made.labels)]


@pytest.mark.peer
@needs_alertmanager
class TestAgainstTheRealOne:
    def test_an_alert_is_there_once_with_its_labels_however_often_it_is_said(self, real: Real) -> None:
        made = rendered(since_now(BREACHED, 101), team="social")
        for _ in range(3):
            assert real.slamon.push([made], (), now()) == [None]
        found = real.wait_for(lambda alerts: bool(of(alerts, made)))
        (alert,) = of(found, made)
        assert (alert["status"]["state"] in {"active", "unprocessed"}, alert["labels"]["team"]) == (True, "social")
        assert alert["annotations"]["summary"] == made.annotations["summary"]
        assert alert["startsAt"].startswith(datetime.fromtimestamp(made.starts_at / SECOND, UTC).strftime("%FT%T"))

    def test_a_new_process_says_the_same_alert_and_resolves_it(self, real: Real) -> None:
        made = rendered(since_now(BREACHED, 102))
        real.slamon.push([made], (), now())
        real.wait_for(lambda alerts: len(of(alerts, made)) == 1)
        another = Alertmanager([real.url])
        another.push([made], (), now())
        assert len(of(real.alerts(), made)) == 1
        assert another.push((), [Ended(made.labels, made.starts_at, now())], now()) == [None]
        real.wait_for(lambda alerts: not of(alerts, made))

    def test_a_silence_by_label_holds(self, real: Real) -> None:
        made = rendered(since_now(BREACHED, 103))
        matcher = {"name": "channel", "value": "channel-103", "isRegex": False}
        stamp = "%Y-%m-%dT%H:%M:%SZ"
        silence = {
            "matchers": [matcher],
            "startsAt": datetime.fromtimestamp(now() / SECOND, UTC).strftime(stamp),
            "endsAt": datetime.fromtimestamp(now() / SECOND + 600, UTC).strftime(stamp),
            "createdBy": "ann",
            "comment": "known",
        }
        requests.post(real.url + "/api/v2/silences", json=silence, timeout=5).raise_for_status()
        real.slamon.push([made], (), now())
        found = real.wait_for(lambda alerts: any(a["status"]["silencedBy"] for a in of(alerts, made)))
        assert of(found, made)[0]["status"]["state"] == "suppressed"

    def test_a_warning_and_the_word_that_slack_is_unusable_are_taken_too(self, real: Real) -> None:
        warning = of_wait(since_now(WAITING, 104), "desk", now() - MINUTE, {}, BERLIN)
        trouble = slack_unusable(now() - MINUTE, "http_503", {"team": "social"}, BERLIN, now())
        assert real.slamon.push([warning, trouble], (), now()) == [None]
        real.wait_for(lambda alerts: bool(of(alerts, warning) and of(alerts, trouble)))

    @pytest.mark.parametrize("text", NASTY, ids=range(len(NASTY)))
    def test_no_hostile_word_makes_it_refuse_an_alert(self, real: Real, text: str) -> None:
        made = rendered(replace(since_now(BREACHED, 105), customer=text, text=text, permalink=text, policy=text))
        assert real.slamon.push([made], (), now()) == [None]
