"""The keys of web.yml. Source of the format: github.com/prometheus/exporter-toolkit, docs/web-configuration.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field

from slamon.fields import YesNo, mistake, nearest
from slamon.shape import Keys

if TYPE_CHECKING:
    from collections.abc import Mapping

ECDHE = {
    f"TLS_ECDHE_{signed}_WITH_{go}": f"ECDHE-{signed}-{openssl}"
    for signed in ("RSA", "ECDSA")
    for go, openssl in {
        "AES_128_GCM_SHA256": "AES128-GCM-SHA256",
        "AES_256_GCM_SHA384": "AES256-GCM-SHA384",
        "CHACHA20_POLY1305_SHA256": "CHACHA20-POLY1305",
        "AES_128_CBC_SHA": "AES128-SHA",
        "AES_256_CBC_SHA": "AES256-SHA",
    }.items()
}
"""Go's names for the ciphers of TLS 1.2, and OpenSSL's."""
TLS13 = {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"}
"""Always on where TLS 1.3 is: neither Go nor Python lets one choose among them."""


def _auth_type(value: object) -> str:
    if str(value) in {"RequestClientCert", "RequireAnyClientCert", "RequireClientCert"}:
        raise mistake("would take any certificate, also a forged one", "write RequireAndVerifyClientCert")
    if str(value) not in {"NoClientCert", "VerifyClientCertIfGiven", "RequireAndVerifyClientCert"}:
        raise mistake("should be `NoClientCert`, `VerifyClientCertIfGiven` or `RequireAndVerifyClientCert`")
    return str(value)


def _version(value: object) -> str:
    if str(value) in {"TLS10", "TLS11"}:
        raise mistake("is a version that is no longer safe", "write TLS12 or TLS13")
    if str(value) not in {"TLS12", "TLS13"}:
        raise mistake("should be `TLS12` or `TLS13`")
    return str(value)


def _cipher(value: object) -> str:
    if not isinstance(value, str) or value not in {*ECDHE, *TLS13}:
        near = nearest(str(value), map(str.lower, ECDHE)) or "tls_ecdhe_ecdsa_with_aes_128_gcm_sha256"
        raise mistake(f"`{str(value)[:60]}` is no cipher that is both known and safe", f"for example {near.upper()}")
    return value


class TlsKeys(Keys):
    """`tls_server_config`."""

    later: ClassVar[Mapping[str, str]] = {"curve_preferences": "leave it out: X25519 and P-256 come first anyway"}
    cert_file: str | None = Field(default=None, min_length=1, description="The certificate with its chain, as PEM")
    key_file: str | None = Field(default=None, min_length=1, description="Its key, as PEM, without a password")
    cert: str | None = Field(default=None, min_length=1, description="The certificate itself")
    key: str | None = Field(default=None, min_length=1, description="The key itself", repr=False)
    client_auth_type: Annotated[str, BeforeValidator(_auth_type)] = Field(
        default="NoClientCert",
        description="Whether clients show a certificate: `NoClientCert`, `VerifyClientCertIfGiven` or "
        "`RequireAndVerifyClientCert`",
    )
    client_ca_file: str | None = Field(default=None, min_length=1, description="Who signs clients' certificates")
    client_ca: str | None = Field(default=None, min_length=1, description="The same, itself")
    client_allowed_sans: tuple[str, ...] | None = Field(
        default=None, description="Names of which one must stand in it: DNS, e-mail, IP or URI"
    )
    min_version: Annotated[str, BeforeValidator(_version)] = Field(
        default="TLS12", description="The lowest version: `TLS12` or `TLS13`"
    )
    max_version: Annotated[str, BeforeValidator(_version)] = Field(default="TLS13", description="The highest")
    cipher_suites: tuple[Annotated[str, BeforeValidator(_cipher)], ...] | None = Field(
        default=None, description="Which ciphers TLS 1.2 may use, by Go's names; those of TLS 1.3 are always on"
    )
    prefer_server_cipher_suites: YesNo = Field(
        default=True, description="Whether the order of that list goes before the client's"
    )


class HeaderKeys(Keys):
    """`http_server_config.headers`; empty is as good as left out."""

    csp: str = Field(
        default="",
        alias="Content-Security-Policy",
        description="For answers without one; slamon's pages have their own",
    )
    hsts: str = Field(
        default="", alias="Strict-Transport-Security", description="Browsers come by TLS only, for so long"
    )
    nosniff: Literal["", "nosniff"] = Field(default="", alias="X-Content-Type-Options", description="`nosniff`")
    frames: Literal["", "deny", "sameorigin"] = Field(
        default="", alias="X-Frame-Options", description="`deny` or `sameorigin`"
    )
    xss: str = Field(default="", alias="X-XSS-Protection", description="Of no effect in today's browsers")


class HttpKeys(Keys):
    """`http_server_config`."""

    http2: YesNo = Field(default=True, description="Of no effect: slamon speaks HTTP/1.1, to which all clients agree")
    headers: HeaderKeys | None = Field(default=None, description="Headers of answers that do not set them themselves")


class WebKeys(Keys):
    """The whole file."""

    later: ClassVar[Mapping[str, str]] = {
        "rate_limit": "leave it out: one client could use it up for all; slamon limits connections and wrong passwords"
    }
    tls_server_config: Any = Field(default=None, description="TLS; without it, plain HTTP")
    http_server_config: Any = Field(default=None, description="Headers")
    basic_auth_users: dict[str, str] | None = Field(
        default=None, repr=False, description="Users who may read and act, with the bcrypt hash of their password"
    )


KEYS: tuple[tuple[str, type[Keys]], ...] = (
    ("", WebKeys),
    ("tls_server_config", TlsKeys),
    ("http_server_config", HttpKeys),
    ("http_server_config.headers", HeaderKeys),
)
"""Where each model stands, for the table in the manual."""
