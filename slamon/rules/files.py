"""The folder of rules → one rule set, or every fault in it. Files as bytes give the same rule set as the folder."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from slamon.errors import Fault, FaultsError, UsageError
from slamon.fields import did_you_mean, mistake
from slamon.rules._patience import LimitedPatience
from slamon.rules.calendars import read_calendars
from slamon.rules.facts import Scope
from slamon.rules.policies import read_channel
from slamon.rules.words import read_words
from slamon.shape import Reader
from slamon.sla.calendar import ALWAYS
from slamon.sla.policy import HOUR_AROUND_THE_CLOCK, RuleSet
from slamon.yamlfile import LARGEST, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from slamon.rules.facts import ChannelFacts
    from slamon.sla.calendar import Calendar
    from slamon.sla.conditions_text import Patience
    from slamon.sla.policy import ChannelRules

CALENDARS, DEFAULT, WORDS = "calendars", "default", "words"
SHARED = (CALENDARS, WORDS)
"""Files that belong to no channel and hold no policies."""


def load_rules(
    folder: Path,
    channels: Mapping[str, ChannelFacts] | None = None,
    audiences: Collection[str] | None = None,
    patience: Patience | None = None,
) -> RuleSet:
    """Read and check every rule file of a folder; a folder that does not exist holds the built-in default.

    Where `channels` or `audiences` is `None` they are unknown, and names of them are taken as they stand. `patience` is
    that of the rules in force before, if there are any: what it remembers and counts goes on.

    :raises UsageError: the folder or a file cannot be read.
    :raises FaultsError: all faults of all files.
    """
    files = _Files(_names(folder), partial(_read, folder), str(folder))
    return _load(files, channels, audiences, patience or LimitedPatience())


def load_files(
    files: Mapping[str, bytes],
    channels: Mapping[str, ChannelFacts] | None = None,
    audiences: Collection[str] | None = None,
    folder: str = "",
) -> RuleSet:
    """As `load_rules`, from `RuleSet.files`; faults name files as if they stood in `folder`.

    :raises FaultsError: all faults of all files.
    """

    def read(name: str) -> bytes:
        if name not in files:
            raise FileNotFoundError(2, "No such file or directory")
        return files[name]

    return _load(_Files(_at_top(files), read, folder), channels, audiences, LimitedPatience())


class _Files:
    """What stands in the folder, and all that was read of it."""

    def __init__(self, names: Iterable[str], read: Callable[[str], bytes], folder: str) -> None:
        self.names = sorted(name for name in names if not name.startswith("."))
        self.taken: dict[str, bytes] = {}
        self._read = read
        self._folder = folder

    def shown(self, name: str) -> str:
        """As faults name it."""
        return str(Path(self._folder) / name)

    def take(self, name: str) -> bytes:
        if name not in self.taken:
            self.taken[name] = self._read(name)
        return self.taken[name]

    def attached(self, name: str) -> bytes:
        """A file that a rule names: beside it, or in a folder below.

        :raises PydanticCustomError: it cannot be read, lies elsewhere, or is larger than 1 MiB.
        """
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or not path.parts:
            raise mistake(f"the file {name[:100]} does not lie in the folder of the rules", "put it beside the rules")
        try:
            content = self.take(str(path))
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "not a path"
            raise mistake(f"the file {self.shown(name)[:200]} cannot be read: {reason}") from None
        if len(content) > LARGEST:
            raise mistake(f"the file {self.shown(name)[:200]} is larger than 1 MiB")
        return content


def _load(
    files: _Files,
    channels: Mapping[str, ChannelFacts] | None,
    audiences: Collection[str] | None,
    patience: Patience,
) -> RuleSet:
    faults: list[Fault] = []
    readers = _read_all(files, faults)
    calendars = _calendars(files, readers)
    words = read_words(readers.get(WORDS))
    found = {}
    for name in readers.keys() - set(SHARED):
        served = _served(name, readers, channels)
        scope = Scope(channels, served, audiences, calendars, words, files.attached, patience=patience)
        found[name] = read_channel(readers[name], scope, f"{name}.yaml")
    if channels is not None:
        for name in found.keys() - {DEFAULT} - channels.keys():
            readers[name].blame((), f"there is no channel `{name}`", did_you_mean(name, channels))
    faults += [fault for reader in readers.values() for fault in reader.faults]
    if faults:
        raise FaultsError(sorted(faults, key=lambda fault: (fault.file, fault.line, fault.column)))
    return replace(_rule_set(found, readers, files.taken), patience=patience)


def _calendars(files: _Files, readers: Mapping[str, Reader]) -> dict[str, Calendar | None] | None:
    """The calendars by name; `None` where nobody can tell what they are."""
    if CALENDARS in readers:
        found = read_calendars(readers[CALENDARS], files.attached)
        return found if len(found) > 1 or not readers[CALENDARS].faults else None
    return None if f"{CALENDARS}.yaml" in files.names else {ALWAYS.name: ALWAYS}


def _rule_set(found: dict[str, ChannelRules | None], readers: dict[str, Reader], taken: dict[str, bytes]) -> RuleSet:
    content = {name: reader.document.data for name, reader in readers.items()}
    others = {name: sha256(data).hexdigest() for name, data in taken.items() if PurePosixPath(name).stem not in readers}
    version = sha256(json.dumps(content | others, sort_keys=True).encode()).hexdigest()[:12]
    sound = {name: rules for name, rules in found.items() if rules}
    default = sound.pop(DEFAULT, HOUR_AROUND_THE_CLOCK)
    return RuleSet(version, sound, default, dict(taken))


def _read_all(files: _Files, faults: list[Fault]) -> dict[str, Reader]:
    readers = {}
    for name in files.names:
        path = PurePosixPath(name)
        if path.suffix == ".yml":
            faults.append(Fault(files.shown(name), 1, 1, "is not read", f"name it {path.stem}.yaml"))
            continue
        try:
            readers[path.stem] = Reader(parse(_content(files, name), files.shown(name)))
        except FaultsError as error:
            faults += error.faults
    return readers


def _content(files: _Files, name: str) -> bytes:
    try:
        return files.take(name)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a path"
        raise UsageError(f"cannot read {files.shown(name)}: {reason}") from None


def _names(folder: Path) -> list[str]:
    try:
        if not folder.exists():
            return []
        return _at_top(path.name for path in folder.iterdir() if path.is_file())
    except OSError as error:
        raise UsageError(f"cannot read {folder}: {error.strerror}") from None


def _at_top(names: Iterable[str]) -> list[str]:
    return [name for name in names if "/" not in name and PurePosixPath(name).suffix in {".yaml", ".yml"}]


def _read(folder: Path, name: str) -> bytes:
    with (folder / name).open("rb") as file:
        return file.read(LARGEST + 1)


def _served(
    name: str, readers: Mapping[str, Reader], channels: Mapping[str, ChannelFacts] | None
) -> Mapping[str, ChannelFacts]:
    """The channels that a file is for."""
    known = channels or {}
    if name == DEFAULT:
        return {channel: facts for channel, facts in known.items() if channel not in readers}
    return {name: known[name]} if name in known else {}
