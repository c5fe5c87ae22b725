"""Other rules that a case loads on its way: a folder, or rules written in place."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from slamon.errors import FaultsError
from slamon.rules.case_keys import ReloadKeys
from slamon.yamlfile import parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from slamon.model import Instant
    from slamon.shape import Reader
    from slamon.yamlfile import Where

CALENDARS, WORDS, DEFAULT = "calendars.yaml", "words.yaml", "default.yaml"
SHARED = ("calendars", "words")
"""Keys that begin a file which no channel owns."""
_HOW = "name a folder, or write `policies`, `calendars`, or files by name"


class Place(NamedTuple):
    """Where something stands in its file, for people: from 1."""

    file: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Reload:
    """Other rules from an instant on: those of a folder, or the ones in force with these files instead of theirs."""

    at: Instant
    place: Place
    folder: Path | None = None
    files: Mapping[str, bytes] = field(default_factory=dict)


def place_of(reader: Reader, where: Where) -> Place:
    """Where a piece stands."""
    fault = reader.document.fault(where, "")
    return Place(fault.file, fault.line, fault.column)


def listed(reader: Reader, where: Where) -> Iterator[Where]:
    """Each piece of a list; one that stands alone is a list of one."""
    value = reader.document.at(where)
    if isinstance(value, list):
        yield from ((*where, i) for i in range(len(value)))
    else:
        yield where


class Others:
    """Reads what stands under `reload` in one file of cases."""

    def __init__(self, reader: Reader, folders: Sequence[Path]) -> None:
        self.reader = reader
        self.folders = folders
        """To which the name of a folder may be relative."""

    def read(self, where: Where, channel: str) -> Iterator[Reload]:
        """All that stand at `where`, for a case of that channel."""
        for at in listed(self.reader, where):
            keys = self.reader.read(ReloadKeys, at)
            if keys is None:
                continue
            place = (*at, "rules")
            if isinstance(keys.rules, str) and keys.rules and "\n" not in keys.rules:
                yield from self._named(keys, place, channel)
            else:
                files = self._files(keys.rules, place, f"{channel}.yaml")
                yield Reload(keys.at.at, place_of(self.reader, place), files=files)

    def _named(self, keys: ReloadKeys, where: Where, channel: str) -> Iterator[Reload]:
        """A folder of rules, or one file of them."""
        for base in self.folders:
            found = base / keys.rules
            try:
                if found.is_dir():
                    yield Reload(keys.at.at, place_of(self.reader, where), folder=found)
                    return
                if found.is_file():
                    name = found.name if found.name in {CALENDARS, WORDS, DEFAULT} else f"{channel}.yaml"
                    yield Reload(keys.at.at, place_of(self.reader, where), files={name: found.read_bytes()})
                    return
            except (OSError, ValueError):
                break
        self.reader.blame(where, f"there is no folder `{keys.rules[:100]}`", "relative to this file, or to the rules")

    def _files(self, rules: Any, where: Where, own: str) -> dict[str, bytes]:  # noqa: ANN401 - as it stands in the file
        """Rules written in place → files by name."""
        if isinstance(rules, str) and rules:
            try:
                rules = parse(rules.encode(), own).data
            except FaultsError as error:
                self.reader.blame(where, error.faults[0].message, error.faults[0].hint)
                return {}
        if isinstance(rules, list):
            return {own: _yaml({"policies": rules})}
        if not isinstance(rules, dict) or not rules:
            self.reader.blame(where, "`rules` should be a folder, or rules in place", _HOW)
            return {}
        files = {}
        if "policies" in rules:
            files[own] = _yaml({key: rules[key] for key in rules if key not in SHARED})
            rules = {key: rules[key] for key in rules if key in SHARED}
        for name, content in rules.items():
            stem = name.removesuffix(".yaml")
            files[f"{stem}.yaml"] = self._file(stem, content, (*where, name))
        return files

    def _file(self, stem: str, content: Any, where: Where) -> bytes:  # noqa: ANN401 - as it stands in the file
        if isinstance(content, str):
            return content.encode()
        if isinstance(content, list):
            return _yaml({"policies": content})
        if not isinstance(content, dict):
            self.reader.blame(where, "should be the content of a file", _HOW)
            return b""
        if stem in SHARED and stem not in content:
            return _yaml({stem: content})
        return _yaml(content)


def _yaml(data: object) -> bytes:
    """JSON is YAML: each text in quotes, so that nothing is read as something else."""
    return json.dumps(data, ensure_ascii=False).encode()
