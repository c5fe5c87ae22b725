"""Who asks: users and passwords, tokens, sessions; what each of them may, and what guessing comes to."""

from __future__ import annotations

import asyncio
import json
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import bcrypt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from slamon.secret import Secret
from slamon.web import Health
from slamon.web.entry import passwords
from slamon.web.entry.passwords import WAITING, Passwords
from slamon.web.entry.throttle import FAILURES, MOST, Failures, SlowDownError, neighbourhood
from slamon.web.entry.who import Who
from webrig import Clock, ask, basic, connect, hashed, serving, users, write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from slamon.web import WebServer

PASSWORD = "canary-wonderland"
DUTY = "canary-duty-0123456789"
PROMETHEUS = "canary-prom-0123456789"
TOKENS: dict[str, Any] = {"people": {"duty": Secret(DUTY)}, "readers": {"prometheus": Secret(PROMETHEUS)}}
WHO = "/api/v1/who"


def said(server: WebServer, shown: str | None = None, **headers: str) -> Any:
    """Who that is, as pages are told; the status where there was no page."""
    answer = ask(server, WHO, shown, **headers)
    return json.loads(answer.body)["who"] if answer.status == 200 else answer.status


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    """Users and both kinds of tokens; for tests that guess nothing."""
    path = write(tmp_path_factory.mktemp("web"), users(alice=PASSWORD, carol="gr\xfcn"))
    with serving(path, **TOKENS) as server:
        yield server


class TestWhoComesIn:
    @pytest.mark.parametrize(
        ("shown", "who"),
        [
            (basic("alice", PASSWORD), {"name": "alice", "may_act": True}),
            (basic("alice", PASSWORD).replace("Basic", "basic"), {"name": "alice", "may_act": True}),
            (basic("carol", "gr\xfcn"), {"name": "carol", "may_act": True}),
            (f"Bearer {DUTY}", {"name": "duty", "may_act": True}),
            (f"bearer  {PROMETHEUS}", {"name": "prometheus", "may_act": False}),
        ],
    )
    def test_it_is_known_by_name(self, shown: str, who: object, guarded: WebServer) -> None:
        assert said(guarded, shown) == who

    @pytest.mark.parametrize(
        "shown",
        [
            None,
            basic("alice", PASSWORD + "x"),
            basic("alice", ""),
            basic("alice", PASSWORD.encode() + b"\0"),
            basic("ALICE", PASSWORD),
            basic("mallory", PASSWORD),
            basic("", ""),
            basic("al\udcffice".encode("utf-8", "replace").decode(), PASSWORD),
            "Basic",
            "Basic !!!",
            "Basic YWxpY2U=",
            f"Basic {DUTY}",
            "Bearer",
            f"Bearer {DUTY}x",
            f"Bearer {DUTY}, Bearer {DUTY}",
            DUTY,
            "Digest x",
        ],
    )
    def test_nobody_else_does(self, shown: str | None, tmp_path: Path) -> None:
        with serving(write(tmp_path, users(alice=PASSWORD)), **TOKENS) as server:
            answer = ask(server, "/metrics", shown)
        assert (answer.status, answer.challenges) == (
            401,
            ['Basic realm="slamon", charset="UTF-8"', 'Bearer realm="slamon"'],
        )
        assert b"slamon_up" not in answer.body

    def test_programs_are_refused_in_json(self, guarded: WebServer) -> None:
        answer = ask(guarded, WHO)
        assert (answer.status, answer.headers["Content-Type"]) == (401, "application/json")
        assert json.loads(answer.body) == {"error": "sign in first"}

    def test_two_ways_at_once_are_none(self, guarded: WebServer) -> None:
        shown = f"Authorization: Bearer {PROMETHEUS}\r\n" * 2
        with connect(guarded, f"GET /who HTTP/1.1\r\nHost: localhost\r\n{shown}\r\n".encode()) as client:
            assert client.recv(12) == b"HTTP/1.1 401"

    def test_a_password_counts_up_to_72_bytes_as_everywhere_with_bcrypt(self, tmp_path: Path) -> None:
        with serving(write(tmp_path, users(bob="b" * 72))) as server:
            assert said(server, basic("bob", "b" * 500))["name"] == "bob"
            assert said(server, basic("bob", "b" * 71)) == 401

    @pytest.mark.parametrize("kind", [b"2y", b"2a", b"2b"])
    def test_hashes_of_all_usual_tools_are_taken(self, kind: bytes, tmp_path: Path) -> None:
        path = write(tmp_path, f"basic_auth_users: {{alice: '{hashed(PASSWORD, kind)}'}}\n")
        with serving(path) as server:
            assert said(server, basic("alice", PASSWORD))["name"] == "alice"

    @pytest.mark.parametrize("path", ["/-/healthy", "/-/ready"])
    @pytest.mark.parametrize("shown", [None, "Bearer wrong", basic("mallory", "x")])
    def test_who_watches_the_process_needs_no_sign_in(self, path: str, shown: str | None, guarded: WebServer) -> None:
        assert ask(guarded, path, shown).status == 200

    @pytest.mark.parametrize("path", ["/", "/metrics", "/who", "/nowhere", "/-/healthyx", "/-/reload", "//-/healthy"])
    def test_all_else_does(self, path: str, guarded: WebServer) -> None:
        assert ask(guarded, path).status == 401

    @settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
    @given(raw=st.binary(max_size=60).filter(lambda raw: not raw.strip() or raw.strip(b" \t") == raw))
    def test_whatever_is_shown_is_answered(self, raw: bytes, guarded: WebServer) -> None:
        visible = bytes(byte for byte in raw if byte in b"\t" or 0x20 <= byte < 0x7F or byte >= 0x80)
        head = b"GET /who HTTP/1.1\r\nHost: localhost\r\nAuthorization: " + visible + b"\r\n\r\n"
        with connect(guarded, head) as client:
            assert client.recv(12) in {b"HTTP/1.1 401", b"HTTP/1.1 429"}


class TestWhatEachMay:
    def test_a_reading_token_reads_and_does_nothing(self, guarded: WebServer) -> None:
        shown = f"Bearer {PROMETHEUS}"
        assert [ask(guarded, "/metrics", shown, method=method).status for method in ("GET", "HEAD")] == [200, 200]
        for path in (WHO, "/-/reload", "/metrics"):
            assert ask(guarded, path, shown, method="POST").status == 403

    def test_without_users_and_reading_tokens_all_may_read_and_none_is_known(self) -> None:
        with serving(people=TOKENS["people"]) as server:
            assert ask(server, "/metrics").status == 200
            answer = json.loads(ask(server, WHO).body)
            assert answer == {"who": None, "may_read": True}
            assert said(server, f"Bearer {DUTY}") == {"name": "duty", "may_act": True}
            assert said(server, "Bearer wrong") == 401

    def test_what_a_proxy_hands_on_that_was_meant_for_itself_is_no_fault(self) -> None:
        with serving(people=TOKENS["people"]) as server:
            assert ask(server, "/metrics", basic("alice", "of-the-proxy")).status == 200

    def test_pages_that_are_open_say_little_to_strangers(self, tmp_path: Path) -> None:
        with serving(write(tmp_path, users(alice=PASSWORD)), open_paths=frozenset({WHO}), open_below="/wh") as server:
            assert json.loads(ask(server, WHO).body) == {"who": None, "may_read": False}
            assert ask(server, "/who").status == 200
            assert ask(server, "/metrics").status == 401

    def test_why_it_is_not_ready_is_for_those_who_may_read(self, tmp_path: Path) -> None:
        path = write(tmp_path, users(alice=PASSWORD))
        with serving(
            path, health=lambda: Health(healthy=True, ready=False, reasons=("acme-x: not read yet",))
        ) as server:
            assert ask(server, "/-/ready").body == b"not ready\n"
            assert ask(server, "/-/ready", basic("alice", PASSWORD)).body == b"not ready\nacme-x: not read yet\n"

    def test_a_session_is_as_good_as_a_token_and_what_is_shown_goes_before_it(self) -> None:
        sessions = {"s=1": Who("duty", may_act=True)}
        with serving(sessions=sessions.get, **TOKENS) as server:
            assert said(server, Cookie="s=1") == {"name": "duty", "may_act": True}
            assert said(server, Cookie="s=2") == 401
            assert said(server, f"Bearer {PROMETHEUS}", Cookie="s=1")["name"] == "prometheus"
            assert said(server, "Bearer wrong", Cookie="s=1") == 401

    def test_users_change_without_a_restart(self, tmp_path: Path) -> None:
        path = write(tmp_path, users(alice=PASSWORD))
        with serving(path) as server:
            assert said(server, basic("alice", PASSWORD))["name"] == "alice"
            path.write_text(users(alice="another", bob="b"))
            assert [said(server, basic("alice", PASSWORD)), said(server, basic("bob", "b"))["name"]] == [401, "bob"]
            path.write_text(users(bob="b"))
            assert said(server, basic("alice", "another")) == 401

    def test_headers_of_the_file_are_set_where_the_page_sets_none(self, tmp_path: Path) -> None:
        text = "http_server_config: {headers: {Strict-Transport-Security: max-age=9, Content-Security-Policy: x}}\n"
        with serving(write(tmp_path, text)) as server:
            answer = ask(server, "/metrics")
            assert answer.headers["Strict-Transport-Security"] == "max-age=9"
            assert answer.headers["Content-Security-Policy"] == "default-src 'none'"
            assert ask(server, "/who").headers["Content-Security-Policy"] == "x"
            assert ask(server, "/who", Host="evil.example").headers["Strict-Transport-Security"] == "max-age=9"

    def test_further_names_are_served(self) -> None:
        with serving(names=("slamon.acme.example",)) as server:
            hosts = {"slamon.acme.example": 200, "SLAMON.ACME.EXAMPLE:443": 200, "acme.example": 421, "10.0.0.1": 421}
            assert {host: ask(server, "/metrics", Host=host).status for host in hosts} == hosts


class TestGuessing:
    def guess(self, server: WebServer, user: str, times: int = 1) -> list[int]:
        return [ask(server, "/metrics", basic(user, f"guess {n}")).status for n in range(times)]

    def test_it_is_slowed_down_for_that_user_only(self, tmp_path: Path) -> None:
        clock = Clock()
        with serving(write(tmp_path, users(alice=PASSWORD, bob="b", carol="c")), seconds=clock) as server:
            assert said(server, basic("carol", "c"))["name"] == "carol"
            assert self.guess(server, "alice", FAILURES + 2) == [401] * FAILURES + [429] * 2
            assert ask(server, "/metrics", basic("alice", PASSWORD)).headers["Retry-After"] == "61"
            assert self.guess(server, "carol", FAILURES + 1)[-1] == 429
            assert said(server, basic("carol", "c"))["name"] == "carol"  # it was right before
            assert said(server, basic("bob", "b"))["name"] == "bob"
            clock.now += 60
            assert said(server, basic("alice", PASSWORD))["name"] == "alice"

    def test_all_who_do_not_exist_are_one(self, tmp_path: Path) -> None:
        with serving(write(tmp_path, users(alice=PASSWORD))) as server:
            shown = [self.guess(server, f"nobody-{n}")[0] for n in range(FAILURES + 1)]
            assert shown == [401] * FAILURES + [429]
            assert said(server, basic("alice", PASSWORD))["name"] == "alice"

    def test_guessing_tokens_locks_out_no_token_and_no_user(self, tmp_path: Path) -> None:
        with serving(write(tmp_path, users(alice=PASSWORD)), **TOKENS) as server:
            shown = [ask(server, "/metrics", f"Bearer {n}").status for n in range(FAILURES + 1)]
            assert shown == [401] * FAILURES + [429]
            assert said(server, f"Bearer {PROMETHEUS}")["name"] == "prometheus"
            assert said(server, basic("alice", PASSWORD))["name"] == "alice"

    def test_no_secret_and_no_name_is_logged(self, tmp_path: Path, capsys: Any, caplog: Any) -> None:
        with serving(write(tmp_path, users(alice=PASSWORD)), **TOKENS) as server:
            for shown in (basic("alice", "canary-1"), basic("canary-2", "x"), "Bearer canary-3"):
                assert ask(server, "/metrics", shown).status == 401
        told = caplog.text + "".join(capsys.readouterr())
        assert told.count("http_password_refused") == 2
        assert told.count("http_token_refused") == 1
        assert "canary" not in told

    def test_checks_that_hang_delay_no_token_no_health_and_nobody_who_was_right_before(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        free, begun = threading.Event(), threading.Event()
        real = bcrypt.checkpw

        def hang(password: bytes, hash_: bytes) -> bool:
            if password.startswith(b"guess"):
                begun.set()
                free.wait(10)
            return real(password, hash_)

        monkeypatch.setattr(bcrypt, "checkpw", hang)
        names = {f"user-{n}": "x" for n in range(WAITING)}
        with serving(write(tmp_path, users(alice=PASSWORD, **names)), **TOKENS) as server, ExitStack() as clients:
            clients.callback(free.set)
            assert said(server, basic("alice", PASSWORD))["name"] == "alice"
            for name in names:
                head = f"GET /who HTTP/1.1\r\nHost: localhost\r\nAuthorization: {basic(name, 'guess')}\r\n\r\n"
                clients.enter_context(connect(server, head.encode()))
            assert begun.wait(10)
            assert ask(server, "/-/healthy").status == 200
            assert said(server, f"Bearer {PROMETHEUS}")["name"] == "prometheus"
            assert said(server, basic("alice", PASSWORD))["name"] == "alice"
            assert not free.is_set()


class TestChecks:
    """Of `Passwords` itself, with a count of how often bcrypt is asked."""

    @pytest.fixture
    def asked(self, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
        asked: list[bytes] = []
        real = bcrypt.checkpw

        def count(password: bytes, hash_: bytes) -> bool:
            asked.append(hash_)
            return real(password, hash_)

        monkeypatch.setattr(bcrypt, "checkpw", count)
        return asked

    USERS = {"alice": hashed("a").encode(), "bob": hashed("a").encode()}  # noqa: RUF012 - never changed

    def test_what_was_right_is_not_checked_again_until_the_hash_changes(self, asked: list[bytes]) -> None:
        async def story() -> list[bool]:
            checks = Passwords(Clock())
            found = [await checks.right(self.USERS, "alice", b"a", "here") for _ in range(3)]
            found.append(await checks.right(self.USERS, "bob", b"a", "here"))
            found.append(await checks.right({"alice": hashed("b").encode()}, "alice", b"a", "here"))
            checks.close()
            return found

        assert asyncio.run(story()) == [True, True, True, True, False]
        assert len(asked) == 3

    def test_a_name_that_is_none_costs_as_much_as_the_dearest(self, asked: list[bytes]) -> None:
        async def story() -> bool:
            checks = Passwords(Clock())
            dear = {"alice": self.USERS["alice"], "dear": self.USERS["bob"].replace(b"$04$", b"$05$")}
            return await checks.right(dear, "nobody", b"a", "here")

        assert asyncio.run(story()) is False
        assert [hash_[:7] for hash_ in asked] == [b"$2b$05$"]

    def test_nobody_is_nobody_whatever_bcrypt_says(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(bcrypt, "checkpw", lambda _password, _hash: True)
        assert asyncio.run(Passwords(Clock()).right(self.USERS, "nobody", b"a", "here")) is False

    def test_who_shows_the_same_at_once_waits_for_one_check(self, asked: list[bytes]) -> None:
        async def story() -> list[bool]:
            checks = Passwords(Clock())
            return await asyncio.gather(*(checks.right(self.USERS, "alice", b"a", "here") for _ in range(50)))

        assert asyncio.run(story()) == [True] * 50
        assert len(asked) == 1

    def test_more_than_can_wait_are_told_to_come_again(self, asked: list[bytes]) -> None:
        async def story() -> list[object]:
            checks = Passwords(Clock())
            tries = (checks.right(self.USERS, "alice", b"x", f"place {n}") for n in range(WAITING + 5))
            return await asyncio.gather(*tries, return_exceptions=True)

        found = asyncio.run(story())
        assert [type(answer) for answer in found] == [bool] * WAITING + [SlowDownError] * 5
        assert len(asked) == WAITING

    def test_what_is_remembered_has_an_end(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(passwords, "REMEMBERED", 1)

        async def story() -> int:
            checks = Passwords(Clock())
            for name in ("alice", "bob", "alice"):
                assert await checks.right(self.USERS, name, b"a", "here")
            return len(checks._good)

        assert asyncio.run(story()) == 1


class TestFailures:
    def test_those_who_failed_longest_ago_are_forgotten(self) -> None:
        failures = Failures(Clock())
        for _ in range(FAILURES):
            failures.add("first")
        with pytest.raises(SlowDownError):
            failures.let_through("first")
        for n in range(MOST):
            failures.add(n)
        failures.let_through("first")

    @pytest.mark.parametrize(
        ("client", "place"),
        [
            (("10.0.0.5", 1), "10.0.0.5"),
            (("2001:db8:0:1:aaaa::1", 1), "2001:db8:0:1::/64"),
            (("2001:db8:0:1:bbbb::2", 1), "2001:db8:0:1::/64"),
            (("::ffff:10.0.0.5", 1), "10.0.0.5"),
            (("testclient", 1), ""),
            (None, ""),
        ],
    )
    def test_one_network_of_ipv6_is_one_place(self, client: tuple[str, int] | None, place: str) -> None:
        assert neighbourhood(client) == place
