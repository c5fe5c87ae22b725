"""TLS: who is let in, what is shown, and that nobody who hangs keeps anybody waiting."""

from __future__ import annotations

import os
import shutil
import ssl
from contextlib import ExitStack
from http.client import HTTPSConnection
from typing import TYPE_CHECKING

import pytest

from slamon.errors import UsageError
from slamon.web.protocol import MOST_CONNECTIONS
from webrig import PLAIN_TLS, SERVER, TLS, WITH_CLIENTS, ask, connect, serving, trusting, users, write

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator
    from pathlib import Path

    from slamon.web import WebServer

MANY = 200
GET = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"


def serial(server: WebServer) -> str:
    """Of the certificate that is shown to a new client."""
    with trusting().wrap_socket(connect(server), server_hostname="localhost") as client:
        return str((client.getpeercert() or {})["serialNumber"])


def hangs(client: socket.socket) -> bool:
    """Whether it is still connected, and nothing was said to it but what belongs to TLS."""
    client.settimeout(0)
    try:
        return bool(client.recv(1))
    except (BlockingIOError, ssl.SSLWantReadError):
        return True


def replace(folder: Path, **files: str) -> None:
    """Put other files of tests/tls in the place of some, each at once, as who renews certificates does."""
    for place, name in files.items():
        shutil.copy(TLS / name, folder / "new")
        os.replace(folder / "new", folder / place.replace("_", "."))  # noqa: PTH105 - what it is called


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    """One for all tests that only ask."""
    with serving(write(tmp_path_factory.mktemp("web"), PLAIN_TLS)) as started:
        yield started


class TestEncrypted:
    def test_pages_are_served_over_tls(self, server: WebServer) -> None:
        answer = ask(server, "/metrics", tls=trusting())
        assert (answer.status, answer.body) == (200, b"slamon_up 1\n")
        assert server.url == f"https://{server.address}"

    def test_several_requests_of_one_connection_are_answered(self, server: WebServer) -> None:
        connection = HTTPSConnection(server.address, timeout=10, context=trusting())
        for path in ("/metrics", "/-/healthy", "/metrics"):
            connection.request("GET", path)
            assert connection.getresponse().read()
        connection.close()

    def test_the_first_request_may_come_with_the_last_word_of_the_handshake(self, server: WebServer) -> None:
        """As fast clients send it: in one packet."""
        back, forth = ssl.MemoryBIO(), ssl.MemoryBIO()
        mine = trusting().wrap_bio(back, forth, server_hostname="localhost")
        with connect(server) as raw:
            while True:
                try:
                    mine.do_handshake()
                    break
                except ssl.SSLWantReadError:
                    raw.sendall(forth.read())
                    back.write(raw.recv(65_536))
            mine.write(GET)
            raw.sendall(forth.read())
            heard = b""
            while b"slamon_up" not in heard:
                try:
                    heard += mine.read(65_536)
                except ssl.SSLWantReadError:
                    back.write(raw.recv(65_536))
        assert heard.startswith(b"HTTP/1.1 200")

    @pytest.mark.parametrize("said", [GET, b"\0" * 100, b"\x16\x03\x01\xff\xff" + b"x" * 500])
    def test_what_is_no_tls_is_cut_off_and_the_server_lives(self, server: WebServer, said: bytes) -> None:
        with connect(server, said) as client:
            while client.recv(1_000):
                pass
        assert ask(server, "/-/healthy", tls=trusting()).status == 200

    @pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
    def test_http_1_is_agreed_on_in_both_versions(self, server: WebServer, version: ssl.TLSVersion) -> None:
        context = trusting()
        context.minimum_version = context.maximum_version = version
        context.set_alpn_protocols(["h2", "http/1.1"])
        with context.wrap_socket(connect(server), server_hostname="localhost") as client:
            assert client.selected_alpn_protocol() == "http/1.1"

    @pytest.mark.parametrize(
        ("host", "status"),
        [
            ("slamon.acme.example", 200),
            ("SLAMON.acme.example:9877", 200),
            ("a.desk.acme.example", 200),
            ("a.b.desk.acme.example", 421),
            ("desk.acme.example", 421),
            ("evil.example", 421),
            ("10.0.0.5", 421),
        ],
    )
    def test_names_of_the_certificate_are_served(self, server: WebServer, host: str, status: int) -> None:
        assert ask(server, "/metrics", tls=trusting(), Host=host).status == status


class TestKnownClients:
    def test_without_a_certificate_that_fits_nobody_comes_in(self, tmp_path: Path) -> None:
        with serving(write(tmp_path, WITH_CLIENTS)) as server:
            for context in (trusting(), trusting("stranger-client")):
                with pytest.raises(OSError, match=r"(?i)certificate|ca|reset|closed|eof|pipe"):
                    ask(server, "/metrics", tls=context)
            assert ask(server, "/metrics", tls=trusting("client")).status == 200

    @pytest.mark.parametrize(
        ("allowed", "welcome"),
        [
            ("[ops@acme.example]", True),
            ("[else.example, prometheus.acme.example]", True),
            ("[prometheus]", False),
            ("[acme.example]", False),
            ("[]", False),
        ],
    )
    def test_one_of_the_allowed_names_stands_in_it(self, tmp_path: Path, allowed: str, welcome: bool) -> None:  # noqa: FBT001 - a case
        text = WITH_CLIENTS.replace("client_ca_file", f"client_allowed_sans: {allowed}, client_ca_file")
        with serving(write(tmp_path, text)) as server:
            if welcome:
                assert ask(server, "/metrics", tls=trusting("client")).status == 200
            else:
                with pytest.raises(OSError, match=r"(?i)reset|closed|eof|pipe|remote"):
                    ask(server, "/metrics", tls=trusting("client"))


class TestChanges:
    def test_a_renewed_certificate_is_shown_from_the_next_connection_on(self, tmp_path: Path) -> None:
        with serving(write(tmp_path, PLAIN_TLS)) as server:
            first = serial(server)
            old = HTTPSConnection(server.address, timeout=10, context=trusting())
            old.request("GET", "/metrics")
            old.getresponse().read()
            replace(tmp_path, server_key="second.key")  # for a moment the two do not fit together
            assert serial(server) == first
            replace(tmp_path, server_pem="second.pem")
            assert serial(server) != first
            old.request("GET", "/metrics")
            assert old.getresponse().status == 200
            old.close()

    @pytest.mark.parametrize(
        "text", ["", "tls_server_config: {cert_file: gone.pem, key_file: server.key}\n", "]", "x: 1"]
    )
    def test_a_broken_change_is_told_once_and_changes_nothing(
        self, tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with serving(write(tmp_path, PLAIN_TLS)) as server:
            first = serial(server)
            (tmp_path / "web.yml").write_text(text)
            assert [serial(server) for _ in range(3)] == [first] * 3
            told = "".join(capsys.readouterr())
            assert told.count("web_file_refused") == 1
            assert "web.yml:1" in told

    def test_a_file_that_was_missing_is_found_when_it_comes(self, tmp_path: Path) -> None:
        with serving(write(tmp_path, PLAIN_TLS)) as server:
            first = serial(server)
            (tmp_path / "web.yml").write_text("tls_server_config: {cert_file: late.pem, key_file: second.key}\n")
            assert serial(server) == first
            replace(tmp_path, late_pem="second.pem")
            assert serial(server) != first

    def test_what_others_reach_never_loses_its_lock(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        with serving(write(tmp_path, PLAIN_TLS + users(alice="wonderland")), listen="0.0.0.0:0") as server:
            for text in (PLAIN_TLS, users(alice="wonderland")):
                (tmp_path / "web.yml").write_text(text)
                assert ask(server, "/metrics", tls=trusting()).status == 401
        assert "".join(capsys.readouterr()).count("can be reached by other machines") == 2


class TestAddresses:
    @pytest.mark.parametrize(
        ("text", "why"),
        [("", "without TLS"), (users(alice="x"), "without TLS"), (PLAIN_TLS, "without sign-in")],
    )
    def test_an_address_that_others_reach_needs_tls_and_sign_in(self, tmp_path: Path, text: str, why: str) -> None:
        path = write(tmp_path, text) if text else None
        with (
            pytest.raises(UsageError, match=f"can be reached by other machines: {why}.*127.0.0.1"),
            serving(path, listen="0.0.0.0:0"),
        ):
            pass

    @pytest.mark.parametrize("text", [PLAIN_TLS + users(alice="x"), WITH_CLIENTS])
    def test_with_both_it_is_served_by_any_address_and_no_other_name(self, tmp_path: Path, text: str) -> None:
        with serving(write(tmp_path, text), listen="0.0.0.0:0") as server:
            hosts = {
                "10.0.0.5:9877": 200,
                "[2001:db8::1]": 200,
                "localhost": 200,
                "evil.example": 421,
                "10.0.0.5.evil": 421,
            }
            for host, status in hosts.items():
                assert ask(server, "/-/healthy", tls=trusting("client"), Host=host).status == status

    def test_ipv6_is_served(self, tmp_path: Path) -> None:
        with serving(write(tmp_path, PLAIN_TLS), listen="[::1]:0") as server:
            connection = HTTPSConnection("::1", int(server.address.rpartition(":")[2]), timeout=10, context=trusting())
            connection.request("GET", "/metrics")
            assert connection.getresponse().status == 200
            connection.close()


class TestSlowClients:
    def test_hundreds_who_never_shake_hands_delay_no_scrape(self, tmp_path: Path) -> None:
        with serving(write(tmp_path, PLAIN_TLS)) as server, ExitStack() as clients:
            hanging = [clients.enter_context(connect(server, b"\x16\x03\x01" if n % 2 else b"")) for n in range(MANY)]
            assert ask(server, "/metrics", tls=trusting()).status == 200
            assert all(map(hangs, hanging))

    @pytest.mark.parametrize(
        "said",
        [
            b"",
            b"GET /metrics HTTP/1.1\r\nHost: local",
            b"POST /api/v1/who HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nx",
        ],
    )
    def test_hundreds_who_never_ask_to_the_end_delay_no_scrape(self, tmp_path: Path, said: bytes) -> None:
        context = trusting()
        with serving(write(tmp_path, PLAIN_TLS)) as server, ExitStack() as clients:
            hanging = []
            for _ in range(MANY):
                client = clients.enter_context(context.wrap_socket(connect(server), server_hostname="localhost"))
                client.sendall(said)
                hanging.append(client)
            assert ask(server, "/metrics", tls=trusting()).status == 200
            assert all(map(hangs, hanging))

    def test_a_client_that_never_reads_keeps_its_answer_out_of_nobodys_way(self, tmp_path: Path) -> None:
        page = b"x" * 30_000_000
        with serving(write(tmp_path, PLAIN_TLS), render=lambda *_: (page, "text/plain")) as server:
            with ExitStack() as clients:
                for _ in range(3):
                    client = trusting().wrap_socket(connect(server), server_hostname="localhost")
                    clients.enter_context(client).sendall(GET)
                answer = ask(server, "/metrics", tls=trusting(), Connection="close")
            assert (answer.status, len(answer.body)) == (200, len(page))

    def test_half_open_handshakes_count_and_the_oldest_make_room(self, tmp_path: Path) -> None:
        with serving(write(tmp_path, PLAIN_TLS)) as server, ExitStack() as clients:
            hanging = [clients.enter_context(connect(server)) for _ in range(MOST_CONNECTIONS + 20)]
            assert [client.recv(1) for client in hanging[:20]] == [b""] * 20
            assert ask(server, "/metrics", tls=trusting()).status == 200
            assert all(map(hangs, hanging[21:]))

    def test_who_shook_hands_and_asks_nothing_is_cut_off(self, tmp_path: Path) -> None:
        with (
            serving(write(tmp_path, PLAIN_TLS), patience=0.05) as server,
            trusting().wrap_socket(connect(server), server_hostname="localhost") as client,
        ):
            assert client.recv(1) == b""

    def test_a_handshake_that_takes_too_long_is_cut_off(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("slamon.web.handshake.HANDSHAKE", 0.05)
        with serving(write(tmp_path, PLAIN_TLS)) as server, connect(server, b"\x16") as client:
            assert client.recv(1) == b""

    def test_stopping_waits_for_nobody_who_hangs(self, tmp_path: Path) -> None:
        with ExitStack() as clients, serving(write(tmp_path, PLAIN_TLS)) as server:
            for _ in range(5):
                clients.enter_context(connect(server))
                client = clients.enter_context(trusting().wrap_socket(connect(server), server_hostname="localhost"))
                client.sendall(GET)
                assert client.recv(1)


def test_a_list_of_ciphers_is_kept_to(tmp_path: Path) -> None:
    text = SERVER + ", max_version: TLS12, cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384]}\n"
    with serving(write(tmp_path, text)) as server:
        with trusting().wrap_socket(connect(server), server_hostname="localhost") as client:
            assert (client.cipher() or ("",))[0] == "ECDHE-ECDSA-AES256-GCM-SHA384"
        other = trusting()
        other.set_ciphers("ECDHE-ECDSA-AES128-GCM-SHA256")
        other.maximum_version = ssl.TLSVersion.TLSv1_2
        with pytest.raises(OSError, match=r"(?i)handshake|eof|reset"), connect(server) as raw:
            other.wrap_socket(raw, server_hostname="localhost")
