"""web.yml, read and checked as a whole."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from slamon.errors import Fault, FaultsError, UsageError
from slamon.notify.people import NAME
from slamon.shape import Reader
from slamon.webfile.keys import HttpKeys, WebKeys
from slamon.webfile.tls import named, read_tls
from slamon.yamlfile import load

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from slamon.webfile.tls import Tls

HASH = re.compile(r"\$2[aby]\$(0[4-9]|[12][0-9]|3[01])\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{31}")
DEAREST = 16
"""Each step doubles the time of a check; 2**16 takes some seconds."""
HASH_HOW = "from `htpasswd -nBC 10 NAME`, what stands behind the colon"
VISIBLE = re.compile(r"[\x20-\x7e]*")


@dataclass(frozen=True, slots=True)
class WebFile:
    """A web.yml."""

    tls: Tls | None = None
    users: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    """Hashes by name."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Set in each answer that does not set them itself."""


@dataclass(frozen=True, slots=True)
class WebReading:
    """What could be understood of a file, and all that could not."""

    web: WebFile
    faults: Sequence[Fault]
    files: tuple[Path, ...]
    """Which it consists of: itself, and those that it names."""


def read_web(path: Path) -> WebReading:
    """Read a web.yml and what it names; what is wrong is told as faults."""
    try:
        reader = Reader(load(path))
    except FaultsError as error:
        return WebReading(WebFile(), error.faults, (path,))
    except UsageError as error:
        return WebReading(WebFile(), [Fault(str(path), 1, 1, str(error))], (path,))
    top = reader.read(WebKeys, ()) or WebKeys()
    tls = None if top.tls_server_config is None else read_tls(reader, path.parent)
    http = None if top.http_server_config is None else reader.read(HttpKeys, ("http_server_config",))
    web = WebFile(tls, _users(reader, top.basic_auth_users or {}), _headers(reader, http))
    faults = sorted(reader.faults, key=lambda fault: (fault.line, fault.column))
    return WebReading(web, faults, (path, *named(reader, path.parent)))


def _users(reader: Reader, users: Mapping[str, str]) -> Mapping[str, bytes]:
    for name, hashed in users.items():
        where, found = ("basic_auth_users", name), HASH.fullmatch(hashed)
        if not NAME.fullmatch(name):
            reader.blame(where, f"`{name[:60]}` is no name", "letters, digits, `.`, `_`, `@` and `-`", key=True)
        if not found:
            reader.blame(where, "this is no bcrypt hash of a password", HASH_HOW)
        elif int(found[1]) > DEAREST:
            reader.blame(where, f"a cost of {found[1]} takes minutes to check", "10 to 12 is usual")
    return {name: hashed.encode() for name, hashed in users.items() if HASH.fullmatch(hashed)}


def _headers(reader: Reader, keys: HttpKeys | None) -> Mapping[str, str]:
    given = keys.headers.model_dump(by_alias=True) if keys and keys.headers else {}
    for name, value in given.items():
        if not VISIBLE.fullmatch(value):
            reader.blame(("http_server_config", "headers", name), "a header is one line of ASCII")
    return {name: value.strip() for name, value in given.items() if value.strip()}
