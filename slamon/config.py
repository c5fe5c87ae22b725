"""config.yaml: where to look, where to tell, where to keep. Checked as a whole, then frozen."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from slamon.config_keys import ChannelKeys, ConfigKeys, is_loopback
from slamon.errors import FaultsError
from slamon.fields import did_you_mean, duration_words, nearest
from slamon.model import MINUTE
from slamon.notify import NotifyConfig, read_notify
from slamon.shape import Reader
from slamon.webfile import WebConfig, read_settings, unguarded
from slamon.yamlfile import load

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pydantic import BaseModel

    from slamon.errors import Fault
    from slamon.model import Millis
    from slamon.yamlfile import Where


@dataclass(frozen=True, slots=True)
class ConnectorInfo:
    """What the configuration must know of a connector."""

    settings: type[BaseModel]
    default_every: Millis
    least_every: Millis
    keeps_texts: Millis | None = None
    """How long its platform's terms allow to keep what others wrote."""
    keeps_names: Millis | None = None


@dataclass(frozen=True, slots=True)
class ChannelConfig:
    """One channel; `settings` is an instance of its connector's model."""

    name: str
    connector: str
    every: Millis
    blind_after: Millis
    verify_within: Millis
    settings: BaseModel
    keep_texts: Millis | None = None
    """What customers wrote is dropped after so long; `None`: it stays."""
    keep_names: Millis | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    """Those of `market`, `brand` and `desk` that are given."""


@dataclass(frozen=True, slots=True)
class Config:
    """A checked configuration; paths are ready to use."""

    path: Path
    base: Path
    """The folder that paths in the file are relative to."""
    database: str = field(repr=False)
    """The URL as written."""
    listen: tuple[str, int]
    rules: Path
    channels: tuple[ChannelConfig, ...]
    notify: NotifyConfig
    web: WebConfig = field(default_factory=WebConfig)

    @property
    def database_url(self) -> str:
        """The database as a URL whose path does not depend on the working directory."""
        prefix = "sqlite:///"
        if not self.database.startswith(prefix):
            return self.database
        return prefix + str((self.base / self.database.removeprefix(prefix)).resolve())


@dataclass(frozen=True, slots=True)
class Reading:
    """What could be understood of a file, and all that could not."""

    config: Config
    faults: list[Fault]
    names: frozenset[str]
    """Every channel's name, also of those with faults."""


def load_config(
    path: Path, connectors: Mapping[str, ConnectorInfo], environ: Mapping[str, str] | None = None
) -> Config:
    """Read and check a configuration; secrets are resolved from `environ` (by default this process's) and files.

    :raises UsageError: the file cannot be read.
    :raises FaultsError: all faults of the file.
    """
    reading = read_config(path, connectors, environ)
    if reading.faults:
        raise FaultsError(reading.faults)
    return reading.config


def read_config(
    path: Path,
    connectors: Mapping[str, ConnectorInfo],
    environ: Mapping[str, str] | None = None,
    *,
    unsealed: bool = True,
) -> Reading:
    """As `load_config`, but with faults beside what is sound: `check` goes on to the rules with it.

    Without `unsealed`, tokens are left where they are.

    :raises UsageError: the file cannot be read.
    :raises FaultsError: it is no YAML.
    """
    base = path.parent
    reader = Reader(load(path), _context(base, environ, unsealed=unsealed))
    top = reader.read(ConfigKeys, ()) or ConfigKeys()
    channels = _Channels(reader, connectors)
    if reader.document.data is not None and not top.channels and not reader.faults:
        reader.blame((), "no channel is watched", "write a list under `channels`")
    found = tuple(channel for i in range(len(top.channels)) if (channel := channels.read(("channels", i))))
    notify = read_notify(reader) if top.notify is not None else NotifyConfig()
    if "rules" in top.model_fields_set and not (base / top.rules).is_dir():
        reader.blame(("rules",), f"there is no folder {base / top.rules}")
    web = _web(reader, top, notify)
    config = Config(path, base, top.database, top.listen, base / top.rules, found, notify, web)
    faults = sorted(reader.faults, key=lambda fault: (fault.file != str(path), fault.line, fault.column))
    return Reading(config, faults, frozenset(channels.lines))


def _context(base: Path, environ: Mapping[str, str] | None, *, unsealed: bool) -> dict[str, Any]:
    return {"base": base, "environ": os.environ if environ is None else environ, "unsealed": unsealed}


def _web(reader: Reader, top: ConfigKeys, notify: NotifyConfig) -> WebConfig:
    """What is said of the pages; who could be reached by other machines has to have a lock on the door."""
    context: dict[str, Any] = reader.context or {}
    before = len(reader.faults)
    config, web = WebConfig(), None
    if top.web is not None:
        config, web = read_settings(reader, context["base"], notify.people.http)
    host, _ = top.listen
    unread = config.file and not context["unsealed"]
    if len(reader.faults) == before and not unread and not is_loopback(host):
        found = unguarded(web, config.tokens)
        if found:
            reader.blame(("listen",), f"{host} can be reached from other machines: {found[0]}", found[1])
    return config


class _Channels:
    def __init__(self, reader: Reader, connectors: Mapping[str, ConnectorInfo]) -> None:
        self.reader = reader
        self.connectors = connectors
        self.lines: dict[str, int] = {}
        """The line in which each name was first given."""

    def read(self, where: Where) -> ChannelConfig | None:
        raw = self.reader.document.at(where)
        if not isinstance(raw, dict):
            self.reader.blame(where, "should be a channel", "write `- name: …` and its keys below")
            return None
        info = self._connector(raw, where)
        names = set(info.settings.model_fields) if info else set()
        strays = [key for key in raw if key not in names and (info or nearest(key, ChannelKeys.model_fields, 0.75))]
        own = [key for key in raw if key in ChannelKeys.model_fields or key in strays]
        keys = self.reader.read(ChannelKeys, where, only=own, also=names)
        self._name(raw, where)
        settings = (
            self.reader.read(info.settings, where, only=[k for k in raw if k in names and k not in own])
            if info
            else None
        )
        if keys is None or info is None or settings is None:
            return None
        every = keys.every or info.default_every
        blind_after = keys.blind_after or max(3 * every, 5 * MINUTE)
        self._spans(keys, info, where)
        return ChannelConfig(
            keys.name,
            keys.connector,
            every,
            blind_after,
            keys.verify_within,
            settings,
            keys.keep_texts or info.keeps_texts,
            keys.keep_names or info.keeps_names,
            keys.labels.model_dump(exclude_none=True) if keys.labels else {},
        )

    def _connector(self, raw: dict[str, Any], where: Where) -> ConnectorInfo | None:
        name = raw.get("connector")
        if isinstance(name, str) and name not in self.connectors:
            hint = did_you_mean(name, self.connectors)
            self.reader.blame((*where, "connector"), f"there is no connector `{name[:60]}`", hint)
        return self.connectors.get(name) if isinstance(name, str) else None

    def _name(self, raw: dict[str, Any], where: Where) -> None:
        name, spot = raw.get("name"), (*where, "name")
        if not isinstance(name, str):
            return
        if name in self.lines:
            self.reader.blame(spot, f"a second channel is named `{name[:60]}`", f"first in line {self.lines[name]}")
        self.lines.setdefault(name, self.reader.document.places.get(spot, (1, 1))[0])

    def _spans(self, keys: ChannelKeys, info: ConnectorInfo, where: Where) -> None:
        every = keys.every or info.default_every
        if every < info.least_every:
            least = duration_words(info.least_every)
            message = f"the platform of `{keys.connector}` must not be asked more often than every {least}"
            self.reader.blame((*where, "every"), message)
        for key in ("keep_texts", "keep_names"):
            allowed, wanted = getattr(info, key.replace("keep", "keeps")), getattr(keys, key)
            if wanted and allowed and wanted > allowed:
                message = f"the terms of `{keys.connector}` allow at most {duration_words(allowed)}"
                self.reader.blame((*where, key), message)
        if keys.blind_after and keys.blind_after <= every:
            self.reader.blame(
                (*where, "blind_after"), "the channel would be blind between any two reads", "at least 3 times `every`"
            )
