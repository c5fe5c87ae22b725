"""The folder of rules → one rule set, or every fault in it."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING

from slamon.errors import Fault, FaultsError, UsageError
from slamon.fields import did_you_mean
from slamon.rules.calendars import read_calendars
from slamon.rules.facts import Scope
from slamon.rules.policies import read_channel
from slamon.shape import Reader
from slamon.sla.calendar import ALWAYS
from slamon.sla.policy import HOUR_AROUND_THE_CLOCK, RuleSet
from slamon.yamlfile import load

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from slamon.rules.facts import ChannelFacts
    from slamon.sla.calendar import Calendar
    from slamon.sla.policy import ChannelRules

CALENDARS, DEFAULT = "calendars", "default"


def load_rules(
    folder: Path,
    channels: Mapping[str, ChannelFacts] | None = None,
    audiences: Collection[str] | None = None,
) -> RuleSet:
    """Read and check every rule file of a folder; a folder that does not exist holds the built-in default.

    Where `channels` or `audiences` is `None` they are unknown, and names of them are taken as they stand.

    :raises UsageError: the folder or a file cannot be read.
    :raises FaultsError: all faults of all files.
    """
    faults: list[Fault] = []
    readers = _read_all(folder, faults)
    calendars: dict[str, Calendar | None] = {ALWAYS.name: ALWAYS}
    if CALENDARS in readers:
        calendars = read_calendars(readers[CALENDARS])
    found = {
        name: read_channel(reader, _scope(name, readers, channels, audiences, calendars), f"{name}.yaml")
        for name, reader in readers.items()
        if name != CALENDARS
    }
    if channels is not None:
        for name in found.keys() - {DEFAULT} - channels.keys():
            readers[name].blame((), f"there is no channel `{name}`", did_you_mean(name, channels))
    faults += [fault for reader in readers.values() for fault in reader.faults]
    if faults:
        raise FaultsError(sorted(faults, key=lambda fault: (fault.file, fault.line, fault.column)))
    return _rule_set(found, readers)


def _rule_set(found: dict[str, ChannelRules | None], readers: dict[str, Reader]) -> RuleSet:
    content = json.dumps({name: reader.document.data for name, reader in readers.items()}, sort_keys=True)
    version = sha256(content.encode()).hexdigest()[:12]
    sound = {name: rules for name, rules in found.items() if rules}
    return RuleSet(version, sound, sound.pop(DEFAULT, HOUR_AROUND_THE_CLOCK))


def _read_all(folder: Path, faults: list[Fault]) -> dict[str, Reader]:
    readers = {}
    for path in _files(folder):
        if path.suffix == ".yml":
            faults.append(Fault(str(path), 1, 1, "is not read", f"name it {path.stem}.yaml"))
            continue
        try:
            readers[path.stem] = Reader(load(path))
        except FaultsError as error:
            faults += error.faults
    return readers


def _files(folder: Path) -> list[Path]:
    try:
        if not folder.exists():
            return []
        files = [path for path in folder.iterdir() if path.suffix in {".yaml", ".yml"} and path.is_file()]
    except OSError as error:
        raise UsageError(f"cannot read {folder}: {error.strerror}") from None
    return sorted(path for path in files if not path.name.startswith("."))


def _scope(
    name: str,
    readers: Mapping[str, Reader],
    channels: Mapping[str, ChannelFacts] | None,
    audiences: Collection[str] | None,
    calendars: Mapping[str, Calendar | None],
) -> Scope:
    known = channels or {}
    if name == DEFAULT:
        served = {channel: facts for channel, facts in known.items() if channel not in readers}
    else:
        served = {name: known[name]} if name in known else {}
    return Scope(channels, served, audiences, calendars)
