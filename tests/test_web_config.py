"""`web` in config.yaml, what needs a lock, and what `slamon check` says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from admin import CHANNEL, CONNECTORS, ENVIRON
from admin import write as write_config
from slamon.checks import Checked
from slamon.cli._check_web import web_lines, with_expiry
from slamon.config import Config, read_config
from slamon.model import DAY
from slamon.notify.people import ONE_WAY
from slamon.store import schema
from slamon.webfile import Tls, expired, expiry, read_web
from slamon.webfile.settings import HOST_HOW
from stage import CONFIG, Desk
from webrig import PLAIN_TLS, WITH_CLIENTS, ask, basic, trusting, users, write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FAR = 4_733_510_400_000
"""2120-01-01, when the certificates of the tests end."""


def read(folder: Path, text: str) -> Tls:
    tls = read_web(write(folder, text)).web.tls
    assert tls is not None
    return tls


class TestExpiry:
    def test_an_expired_certificate_is_a_fault_of_the_check_and_stops_no_daemon(self, tmp_path: Path) -> None:
        tls = read(tmp_path, PLAIN_TLS.replace("server.pem", "expired.pem"))
        (fault,) = expired(tmp_path / "web.yml", tls, tls.shown.expires)
        assert fault.message == "the certificate expired at 2021-01-01 00:00 UTC"
        assert expired(tmp_path / "web.yml", tls, tls.shown.expires - 1) == []

    def test_one_that_expires_soon_is_to_be_renewed(self, tmp_path: Path) -> None:
        tls = read(tmp_path, PLAIN_TLS)
        assert expiry(tls, FAR - 14 * DAY) == "good until 2120-01-01 00:00 UTC: renew it now"
        assert expiry(tls, FAR - 14 * DAY - 1) == "good until 2120-01-01 00:00 UTC"


class TestConfiguration:
    """`web` in config.yaml."""

    def config(self, folder: Path, head: str, web: str = PLAIN_TLS, **more: Any) -> tuple[Config, list[str]]:
        write(folder, web)
        path = write_config(folder, {"config.yaml": head + CHANNEL}) / "config.yaml"
        environ = {**ENVIRON, "PROM": "p" * 20, "SHORT": "p", "DUTY": "d" * 20}
        reading = read_config(path, CONNECTORS, environ, **more)
        return reading.config, [str(fault).removeprefix(f"{folder}/") for fault in reading.faults]

    def test_file_tokens_and_names(self, tmp_path: Path) -> None:
        head = "web: {file: web.yml, tokens: {prometheus: {env: PROM}}, names: [Slamon.acme.example]}\n"
        config, told = self.config(tmp_path, head)
        assert told == []
        assert (config.web.file, config.web.names) == (tmp_path / "web.yml", ("slamon.acme.example",))
        assert config.web.tokens["prometheus"].get() == "p" * 20
        assert "pppp" not in repr(config)

    @pytest.mark.parametrize(
        ("web", "fault"),
        [
            ("{files: web.yml}", "config.yaml:1:7: unknown key `files` (did you mean `file`?)"),
            ("{file: gone.yml}", "gone.yml:1:1: cannot read {}/gone.yml: No such file or directory"),
            (
                "{tokens: {a: {env: SHORT}}}",
                f"config.yaml:1:19: the token of `a` is shorter than 20 characters ({ONE_WAY})",
            ),
            ("{names: ['https://a.example']}", f"config.yaml:1:15: should be a host name ({HOST_HOW})"),
        ],
    )
    def test_mistakes(self, tmp_path: Path, web: str, fault: str) -> None:
        assert self.config(tmp_path, f"web: {web}\n")[1] == [fault.format(tmp_path)]

    def test_a_token_that_reads_is_none_that_acts(self, tmp_path: Path) -> None:
        head = "notify: {people: {http: {duty: {env: DUTY}}}}\nweb: {tokens: {prometheus: {env: DUTY}}}\n"
        (told,) = self.config(tmp_path, head)[1]
        assert told.startswith("config.yaml:2:28: `prometheus` has a token of `notify.people.http`")

    def test_faults_of_web_yml_come_after_those_of_the_file_itself(self, tmp_path: Path) -> None:
        told = self.config(tmp_path, "web: {file: web.yml}\nlisten: 1\n", "x: 1\n")[1]
        assert [fault.split(":")[0] for fault in told] == ["config.yaml", "web.yml"]

    @pytest.mark.parametrize("listen", ["0.0.0.0:9877", '"[::]:9877"', "10.0.0.5:80", '"[2001:db8::1]:80"'])
    @pytest.mark.parametrize(
        ("head", "web", "good"),
        [
            ("", "", "without TLS"),
            ("web: {tokens: {p: {env: PROM}}}\n", "", "without TLS"),
            ("web: {file: web.yml}\n", users(a="x"), "without TLS"),
            ("web: {file: web.yml}\n", PLAIN_TLS, "without sign-in"),
            (
                "web: {file: web.yml}\n",
                WITH_CLIENTS.replace("RequireAnd", "").replace("ClientCert,", "ClientCertIfGiven,"),
                "without sign-in",
            ),
            ("web: {file: web.yml}\n", PLAIN_TLS + users(a="x"), ""),
            ("web: {file: web.yml}\n", WITH_CLIENTS, ""),
            ("web: {file: web.yml, tokens: {p: {env: PROM}}}\n", PLAIN_TLS, ""),
        ],
    )
    def test_what_others_reach_needs_tls_and_sign_in(
        self, tmp_path: Path, listen: str, head: str, web: str, good: str
    ) -> None:
        told = self.config(tmp_path, f"listen: {listen}\n{head}", web)[1]
        assert len(told) == (1 if good else 0)
        if good:
            assert f"can be reached from other machines: {good}" in told[0]
            assert "or listen on 127.0.0.1" in told[0]

    def test_who_only_reads_the_database_needs_neither_key_nor_token(self, tmp_path: Path) -> None:
        head = "listen: 0.0.0.0:1\nweb: {file: gone.yml, tokens: {p: {env: UNSET}}}\n"
        assert self.config(tmp_path, head, unsealed=False)[1] == []


class TestWhatCheckSays:
    def lines(self, tmp_path: Path, head: str, web: str) -> list[str]:
        config, told = TestConfiguration().config(tmp_path, head, web)
        assert told == []
        return list(web_lines(config, FAR - 100 * DAY))

    def test_nothing_where_nothing_is_configured(self, tmp_path: Path) -> None:
        assert self.lines(tmp_path, "", "") == []

    def test_who_comes_in_and_how(self, tmp_path: Path) -> None:
        head = "web: {file: web.yml, tokens: {prometheus: {env: PROM}}, names: [a.example]}\n"
        only = "only for clients with a certificate of their own"
        names = "localhost, 127.0.0.1, [::1], slamon.acme.example, *.desk.acme.example"
        assert self.lines(tmp_path, head, WITH_CLIENTS + users(alice="x")) == [
            f"TLS (HTTP/1.1) with a certificate for {names}, good until 2120-01-01 00:00 UTC; {only}",
            "may read and act: alice",
            "may read: prometheus",
            "served as a.example, beside the address and the names in a certificate",
        ]

    def test_that_all_may_read_where_only_acting_needs_a_token(self, tmp_path: Path) -> None:
        head = "notify: {people: {http: {duty: {env: DUTY}}}}\n"
        assert self.lines(tmp_path, head, "") == ["may read and act: duty", "may read: whoever reaches the port"]

    def test_an_expired_certificate_is_a_fault(self, tmp_path: Path) -> None:
        text = PLAIN_TLS.replace("server.pem", "expired.pem")
        config, told = TestConfiguration().config(tmp_path, "web: {file: web.yml}\n", text)
        assert told == []
        (fault,) = with_expiry(Checked((), config), FAR).faults
        assert str(fault).startswith(f"{tmp_path}/web.yml:1:1: the certificate expired at 2021-01-01")


class TestTheDaemon:
    @pytest.fixture
    def desk(self, tmp_path: Path) -> Iterator[Desk]:
        with Desk(tmp_path) as desk:
            yield desk

    def test_over_tls_a_user_acts_under_a_name_and_prometheus_scrapes_by_a_token(self, desk: Desk) -> None:
        config = CONFIG.format(account="acme", x=desk.x.url, slack=desk.slack.api_url)
        config += "web: {file: web.yml, tokens: {prometheus: {file: prom-token}}}\n"
        desk.write("config.yaml", f"listen: 0.0.0.0:0\n{config}")
        desk.write("prom-token", "p" * 20)
        write(desk.folder, PLAIN_TLS + users(alice="wonderland"))
        desk.restart()
        desk.asks()
        desk.settles()
        desk.app.web.start()
        assert str(desk.app.status()["url"]).startswith("https://")
        server, tls, path = desk.app.web, trusting(), "/api/v1/waits/1/acknowledge"
        told = {shown: ask(server, "/metrics", shown, tls=tls).status for shown in ("", f"Bearer {'p' * 20}")}
        assert told == {"": 401, f"Bearer {'p' * 20}": 200}
        assert ask(server, path, f"Bearer {'p' * 20}", tls=tls, method="POST").status == 403
        assert ask(server, path, basic("alice", "wonderland"), tls=tls, method="POST").status == 200
        with desk.app.store.read() as tx:
            assert tx.execute(select(schema.action.c.by_id)).scalars().all() == ["alice"]
