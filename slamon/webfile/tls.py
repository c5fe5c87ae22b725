"""`tls_server_config` as what a server works with; every fault in it."""

from __future__ import annotations

import ssl
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, NoReturn

from slamon.webfile import certificate
from slamon.webfile.keys import ECDHE, TlsKeys

if TYPE_CHECKING:
    from slamon.shape import Reader
    from slamon.webfile.certificate import Certificate

TOP = "tls_server_config"
LARGEST = 1_048_576
VERSIONS = {"TLS12": ssl.TLSVersion.TLSv1_2, "TLS13": ssl.TLSVersion.TLSv1_3}
WORDS = {
    "KEY_VALUES_MISMATCH": "the key does not belong to the certificate",
    "KEY_TYPE_MISMATCH": "the key does not belong to the certificate",
    "EE_KEY_TOO_SMALL": "the key is too short to be safe",
    "NO_SHARED_CIPHER": "none of `cipher_suites` fits the certificate",
    "CA_MD_TOO_WEAK": "the certificate is signed in a way that is no longer safe",
}


@dataclass(frozen=True, slots=True)
class Tls:
    """How connections are encrypted."""

    context: ssl.SSLContext = field(repr=False, compare=False)
    shown: Certificate
    clients: bool
    """Whether nobody comes in without a certificate that was verified."""
    allowed: frozenset[str] | None
    """One of these names must stand in it."""


def read_tls(reader: Reader, base: Path) -> Tls | None:
    """What stands there; `None` and faults where that does not work."""
    told = len(reader.faults)
    keys = reader.read(TlsKeys, (TOP,))
    if keys is None:
        return None
    if len(reader.faults) == told:
        _check(reader, keys)
    texts = _Texts(reader, keys, base)
    cert, key, client_ca = texts.read("cert"), texts.read("key"), texts.read("client_ca")
    if len(reader.faults) > told or not cert or not key:
        return None
    context = _context(keys)
    shown = _load(reader, context, cert, key)
    if shown is None or (client_ca and not _trust(reader, context, client_ca)):
        return None
    context.verify_mode = _mode(keys)
    allowed = None if keys.client_allowed_sans is None else frozenset(keys.client_allowed_sans)
    return Tls(context, shown, context.verify_mode is ssl.CERT_REQUIRED, allowed)


def named(reader: Reader, base: Path) -> tuple[Path, ...]:
    """The files that are named there."""
    data = reader.document.data
    keys = data.get(TOP) if isinstance(data, dict) else None
    files = [keys.get(f"{name}_file") for name in ("cert", "key", "client_ca")] if isinstance(keys, dict) else []
    return tuple(base / file for file in files if isinstance(file, str))


def _check(reader: Reader, keys: TlsKeys) -> None:
    trusts = keys.client_ca_file or keys.client_ca
    wants = keys.client_auth_type != "NoClientCert"
    if trusts and not wants:
        reader.blame((TOP,), "`client_ca_file` is of no use", "write client_auth_type: RequireAndVerifyClientCert")
    if wants and not trusts:
        reader.blame((TOP, "client_auth_type"), "nobody is named who signs clients' certificates", "add client_ca_file")
    if keys.client_allowed_sans is not None and _mode(keys) is not ssl.CERT_REQUIRED:
        hint = "write client_auth_type: RequireAndVerifyClientCert"
        reader.blame((TOP, "client_allowed_sans"), "not every client shows a certificate", hint)
    if keys.min_version > keys.max_version:
        reader.blame((TOP, "min_version"), "`min_version` is above `max_version`")
    if keys.cipher_suites and not set(keys.cipher_suites) & ECDHE.keys() and keys.min_version == "TLS12":
        reader.blame((TOP, "cipher_suites"), "none of these is for TLS 1.2", "write min_version: TLS13 instead")


@dataclass(frozen=True, slots=True)
class Pem:
    """What stands in a file or in web.yml itself."""

    text: str = field(repr=False)
    file: Path | None

    def place(self, stack: ExitStack) -> Path:
        """Its file; OpenSSL takes nothing else from Python. One that is made for that is ours alone, and soon gone."""
        if self.file:
            return self.file
        made = stack.enter_context(NamedTemporaryFile("w", prefix="slamon-"))  # noqa: SIM115 - the stack closes it
        made.write(self.text)
        made.flush()
        return Path(made.name)


class _Texts:
    """Reads them."""

    def __init__(self, reader: Reader, keys: TlsKeys, base: Path) -> None:
        self._reader = reader
        self._keys = keys
        self._base = base

    def read(self, name: str) -> Pem | None:
        """What `name` or `name`_file leads to."""
        inline, file = getattr(self._keys, name), getattr(self._keys, f"{name}_file")
        if inline and file:
            self._reader.blame((TOP, name), f"`{name}` and `{name}_file` stand both here", "leave out one of them")
        elif not inline and not file and name != "client_ca" and not self._misread(name):
            self._reader.blame((TOP,), f"`{name}_file` is missing")
        text = self._file(name, self._base / file) if file else inline
        kind = "PRIVATE KEY-----" if name == "key" else "-----BEGIN CERTIFICATE-----"
        if text is not None and kind not in text:
            what = "key" if name == "key" else "certificate"
            self._reader.blame((TOP, f"{name}_file" if file else name), f"there is no {what} in PEM form")
            return None
        return Pem(text, self._base / file if file else None) if text else None

    def _misread(self, name: str) -> bool:
        """Whether something stands there that was blamed already."""
        return not {name, f"{name}_file"}.isdisjoint(self._reader.document.at((TOP,)))

    def _file(self, name: str, path: Path) -> str | None:
        try:
            with path.open("rb") as opened:
                return opened.read(LARGEST).decode()
        except UnicodeDecodeError:
            return ""
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "not a path"
            self._reader.blame((TOP, f"{name}_file"), f"cannot read {path}: {reason}")
            return None


def _mode(keys: TlsKeys) -> ssl.VerifyMode:
    modes = {"VerifyClientCertIfGiven": ssl.CERT_OPTIONAL, "RequireAndVerifyClientCert": ssl.CERT_REQUIRED}
    return modes.get(keys.client_auth_type, ssl.CERT_NONE)


def _context(keys: TlsKeys) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version, context.maximum_version = VERSIONS[keys.min_version], VERSIONS[keys.max_version]
    context.options |= ssl.OP_NO_RENEGOTIATION
    if not keys.prefer_server_cipher_suites:
        context.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE
    if wanted := [ECDHE[name] for name in keys.cipher_suites or () if name in ECDHE]:
        context.set_ciphers(":".join(wanted))
    context.set_alpn_protocols(["http/1.1"])
    return context


def _load(reader: Reader, context: ssl.SSLContext, cert: Pem, key: Pem) -> Certificate | None:
    try:
        with ExitStack() as stack:
            context.load_cert_chain(cert.place(stack), key.place(stack), password=_no_password)
        return certificate.read(context, cert.text)
    except _EncryptedError:
        why = "the key has a password; slamon needs one without"
    except (ssl.SSLError, ValueError) as error:
        reason = getattr(error, "verify_message", None) or getattr(error, "reason", None) or "not PEM"
        why = WORDS.get(reason, f"certificate and key cannot be used: {reason.replace('_', ' ').lower()}")
    reader.blame((TOP, "key_file" if key.file else "key"), why)
    return None


def _trust(reader: Reader, context: ssl.SSLContext, signers: Pem) -> bool:
    try:
        context.load_verify_locations(cadata=signers.text)
    except (ssl.SSLError, ValueError):
        where = (TOP, "client_ca_file" if signers.file else "client_ca")
        reader.blame(where, "there is a certificate in it that cannot be read")
        return False
    return True


class _EncryptedError(Exception):
    """The key has a password."""


def _no_password() -> NoReturn:
    """Without this, OpenSSL would ask for one on the terminal, and the daemon would hang."""
    raise _EncryptedError
