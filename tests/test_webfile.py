"""web.yml: what of the exporter toolkit's format is understood, and what every mistake in it is answered with."""

from __future__ import annotations

import json
import re
import shutil
import ssl
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from slamon.webfile import KEYS, WebFile, read_web
from slamon.webfile.keys import ECDHE, WebKeys
from webrig import PLAIN_TLS, SERVER, TLS, WITH_CLIENTS, hashed, users, write

ROOT = Path(__file__).parents[1]
GOOD = "$2b$04$......................" + "." * 31
FAR = 4_733_510_400_000
"""2120-01-01, when the certificates of the tests end."""


def faults(folder: Path, text: str) -> list[str]:
    path = write(folder, text)
    return [str(fault).removeprefix(f"{path}:") for fault in read_web(path).faults]


def read(folder: Path, text: str) -> WebFile:
    reading = read_web(write(folder, text))
    assert list(reading.faults) == []
    return reading.web


class TestWhatIsUnderstood:
    def test_certificate_and_key_from_files_beside_it(self, tmp_path: Path) -> None:
        tls = read(tmp_path, PLAIN_TLS).tls
        assert tls is not None
        names = ("localhost", "127.0.0.1", "[::1]", "slamon.acme.example", "*.desk.acme.example")
        assert (tls.shown.names, tls.shown.expires, tls.clients, tls.allowed) == (names, FAR, False, None)
        assert tls.context.minimum_version == ssl.TLSVersion.TLSv1_2
        assert tls.context.verify_mode == ssl.CERT_NONE

    def test_certificate_and_key_in_the_file_itself(self, tmp_path: Path) -> None:
        inline = {name: (TLS / f"server.{end}").read_text() for name, end in (("cert", "pem"), ("key", "key"))}
        lines = [
            f"  {name}: |\n" + "".join(f"    {line}\n" for line in pem.split("\n")) for name, pem in inline.items()
        ]
        tls = read(tmp_path, "tls_server_config:\n" + "".join(lines)).tls
        assert tls is not None
        assert "localhost" in tls.shown.names

    def test_what_clients_have_to_show(self, tmp_path: Path) -> None:
        text = WITH_CLIENTS.replace("client_ca_file", "client_allowed_sans: [a, b], client_ca_file")
        tls = read(tmp_path, text).tls
        assert tls is not None
        assert (tls.clients, tls.allowed, tls.context.verify_mode) == (True, frozenset("ab"), ssl.CERT_REQUIRED)
        tls = read(tmp_path, WITH_CLIENTS.replace("RequireAndVerifyClientCert", "VerifyClientCertIfGiven")).tls
        assert tls is not None
        assert (tls.clients, tls.context.verify_mode) == (False, ssl.CERT_OPTIONAL)

    def test_versions_ciphers_and_their_order(self, tmp_path: Path) -> None:
        more = ", min_version: TLS12, max_version: TLS12, prefer_server_cipher_suites: false, cipher_suites: "
        names = "RSA_WITH_CHACHA20_POLY1305_SHA256", "ECDSA_WITH_AES_128_CBC_SHA"
        ciphers = ", ".join((*(f"TLS_ECDHE_{name}" for name in names), "TLS_AES_128_GCM_SHA256"))
        tls = read(tmp_path, f"{SERVER}{more}[{ciphers}]}}\n").tls
        assert tls is not None
        assert (tls.context.minimum_version, tls.context.maximum_version) == (ssl.TLSVersion.TLSv1_2,) * 2
        assert not tls.context.options & ssl.OP_CIPHER_SERVER_PREFERENCE
        older = [cipher["name"] for cipher in tls.context.get_ciphers() if cipher["protocol"] != "TLSv1.3"]
        assert older == ["ECDHE-RSA-CHACHA20-POLY1305", "ECDHE-ECDSA-AES128-SHA"]

    def test_every_cipher_that_is_offered_is_known_to_openssl(self) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        for name in ECDHE.values():
            context.set_ciphers(name)
            assert name in {cipher["name"] for cipher in context.get_ciphers()}

    def test_users_and_headers(self, tmp_path: Path) -> None:
        hash_ = hashed("x", b"2y")
        headers = "{X-Frame-Options: deny, X-XSS-Protection: '', Strict-Transport-Security: max-age=9}"
        text = f"basic_auth_users: {{alice: {hash_}}}\nhttp_server_config: {{http2: true, headers: {headers}}}\n"
        web = read(tmp_path, text)
        assert (web.tls, web.users) == (None, {"alice": hash_.encode()})
        assert web.headers == {"X-Frame-Options": "deny", "Strict-Transport-Security": "max-age=9"}
        assert hash_ not in repr(web)

    @pytest.mark.parametrize("text", ["basic_auth_users:\n", "http_server_config: {}\n", "tls_server_config:\n"])
    def test_what_is_empty_is_as_good_as_left_out(self, tmp_path: Path, text: str) -> None:
        assert read(tmp_path, text) == WebFile()


AES = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA"
HEADERS = (
    "Content-Security-Policy, Strict-Transport-Security, X-Content-Type-Options, X-Frame-Options, X-XSS-Protection"
)
INSTEAD = "write client_auth_type: RequireAndVerifyClientCert"
FAULTS = [
    ("", "1:1: the file is empty"),
    ("[]", "1:1: should be a mapping of keys to values"),
    ("basic_auth_user: {}", "1:1: unknown key `basic_auth_user` (did you mean `basic_auth_users`?)"),
    ("rate_limit: {burst: 1}", f"1:1: `rate_limit` is not supported yet ({WebKeys.later['rate_limit']})"),
    (
        SERVER + ", curve_preferences: [X25519]}",
        "1:66: `curve_preferences` is not supported yet (leave it out: X25519 and P-256 come first anyway)",
    ),
    ("tls_server_config: {cert_file: server.pem}", "1:20: `key_file` is missing"),
    ("tls_server_config: {key_file: server.key}", "1:20: `cert_file` is missing"),
    (SERVER + ", cert: x}", "1:72: `cert` and `cert_file` stand both here (leave out one of them)"),
    (
        "tls_server_config: {cert_file: gone.pem, key_file: server.key}",
        "1:32: cannot read {}/gone.pem: No such file or directory",
    ),
    ("tls_server_config: {cert_file: server.key, key_file: server.key}", "1:32: there is no certificate in PEM form"),
    ("tls_server_config: {cert_file: server.pem, key_file: server.pem}", "1:54: there is no key in PEM form"),
    ("tls_server_config: {cert_file: server.pem, key: x}", "1:49: there is no key in PEM form"),
    (
        "tls_server_config: {cert_file: server.pem, key_file: second.key}",
        "1:54: the key does not belong to the certificate",
    ),
    (
        "tls_server_config: {cert_file: server.pem, key_file: locked.key}",
        "1:54: the key has a password; slamon needs one without",
    ),
    (
        "tls_server_config: {cert_file: client.pem, key_file: client.key}",
        "1:54: certificate and key cannot be used: unsuitable certificate purpose",
    ),
    (
        SERVER + ", min_version: TLS11}",
        "1:79: `min_version` is a version that is no longer safe (write TLS12 or TLS13)",
    ),
    (SERVER + ", max_version: TLS14}", "1:79: `max_version` should be `TLS12` or `TLS13`"),
    (SERVER + ", min_version: TLS13, max_version: TLS12}", "1:79: `min_version` is above `max_version`"),
    (
        SERVER + ", cipher_suites: [TLS_AES_128_GCM_SHA256]}",
        "1:81: none of these is for TLS 1.2 (write min_version: TLS13 instead)",
    ),
    (
        SERVER + ", cipher_suites: [" + AES + "25]}",
        f"1:82: `{AES}25` is no cipher that is both known and safe (for example {AES}256)",
    ),
    (SERVER + ", client_ca_file: ca.pem}", f"1:20: `client_ca_file` is of no use ({INSTEAD})"),
    (
        SERVER + ", client_auth_type: RequireAndVerifyClientCert}",
        "1:84: nobody is named who signs clients' certificates (add client_ca_file)",
    ),
    (
        SERVER + ", client_auth_type: RequireAnyClientCert, client_ca_file: ca.pem}",
        "1:84: `client_auth_type` would take any certificate, also a forged one (write RequireAndVerifyClientCert)",
    ),
    (
        SERVER + ", client_auth_type: Require}",
        "1:84: `client_auth_type` should be `NoClientCert`, `VerifyClientCertIfGiven` or `RequireAndVerifyClientCert`",
    ),
    (SERVER + ", client_allowed_sans: [a]}", f"1:87: not every client shows a certificate ({INSTEAD})"),
    (
        "basic_auth_users: {alice: secret}",
        "1:27: this is no bcrypt hash of a password (from `htpasswd -nBC 10 NAME`, what stands behind the colon)",
    ),
    ("basic_auth_users: {'a:b': " + GOOD + "}", "1:20: `a:b` is no name (letters, digits, `.`, `_`, `@` and `-`)"),
    (
        "basic_auth_users: {alice: " + GOOD.replace("$04$", "$17$") + "}",
        "1:27: a cost of 17 takes minutes to check (10 to 12 is usual)",
    ),
    ("basic_auth_users: {alice: 5}", "1:27: `alice` should be text (put it in quotes)"),
    (
        "http_server_config: {headers: {X-Frame-Options: none}}",
        "1:49: `X-Frame-Options` should be ``, `deny` or `sameorigin`",
    ),
    (
        "http_server_config: {headers: {Server: x}}",
        f"1:32: unknown key `Server` (known: {HEADERS})",
    ),
    ('http_server_config: {headers: {Content-Security-Policy: "a\\r\\nb: c"}}', "1:57: a header is one line of ASCII"),
]


@pytest.mark.parametrize(("text", "fault"), FAULTS)
def test_a_mistake_is_told_with_its_place_and_what_to_write(tmp_path: Path, text: str, fault: str) -> None:
    shutil.copy(TLS / "locked.key", tmp_path)
    assert faults(tmp_path, text + "\n") == [fault.format(tmp_path)]


def test_all_mistakes_are_told_at_once_and_no_secret_with_them(tmp_path: Path) -> None:
    text = "basic_auth_users: {alice: canary}\ntls_server_config: {cert: canary, key: canary, min_version: x}\nx: 1\n"
    told = faults(tmp_path, text)
    assert [fault.split(":")[0] for fault in told] == ["1", "2", "2", "2", "3"]
    assert "canary" not in str(told)


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["tls_server_config", "http_server_config", "basic_auth_users", "x"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=9),
            lambda part: (
                st.lists(part, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["cert", "key", "headers", "min_version", "cipher_suites", "a"]), part
                )
            ),
            max_leaves=6,
        ),
    )
)
def test_whatever_stands_there_is_understood_or_told(tmp_path: Path, data: Any) -> None:
    path = tmp_path / "web.yml"
    path.write_text(json.dumps(data))  # JSON is YAML
    reading = read_web(path)
    assert reading.faults or isinstance(reading.web, WebFile)


def test_the_page_names_every_key() -> None:
    page = (ROOT / "docs" / "http.md").read_text()
    for _, model in KEYS:
        for name, key in model.model_fields.items():
            assert re.search(rf"[`.]{key.alias or name}[`.]", page), name


@pytest.mark.skipif(not shutil.which("promtool"), reason="needs promtool")
@pytest.mark.parametrize("text", [None, PLAIN_TLS + users(alice="x"), WITH_CLIENTS])
def test_promtool_takes_what_slamon_takes(tmp_path: Path, text: str | None) -> None:
    """With `None`, the sample that is shipped."""
    path = write(tmp_path, text or (ROOT / "exporters" / "web.yml").read_text())
    for name, source in {"slamon.crt": "server.pem", "slamon.key": "server.key"}.items():
        shutil.copy(TLS / source, tmp_path / name)
    assert list(read_web(path).faults) == []
    found = subprocess.run(["promtool", "check", "web-config", path], capture_output=True, text=True, check=False)
    assert (found.returncode, "SUCCESS" in found.stdout + found.stderr) == (0, True)
