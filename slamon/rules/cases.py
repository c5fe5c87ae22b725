"""A file of rules/tests/ → its cases, frozen, and every fault in it. A case with a fault is left out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from slamon.errors import FaultsError
from slamon.fields import did_you_mean
from slamon.rules.case_keys import (
    AnnouncedKeys,
    CaseFileKeys,
    CaseKeys,
    EditKeys,
    ExpectKeys,
    MessageKeys,
    parse_moment,
)
from slamon.rules.case_rules import SHARED, Others, Place, Reload, listed, place_of
from slamon.shape import Reader
from slamon.yamlfile import load

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import tzinfo

    from slamon.errors import Fault
    from slamon.model import Instant, Kind, Role
    from slamon.shape import Keys
    from slamon.yamlfile import Where

_STRAIGHT = ("language", "rating", "reach", "app", "permalink", "advertised", "automated", "failed", "hidden")
"""Keys of a message that are facts of the same name in `model.Message`."""


class Change(NamedTuple):
    """What happens to a message after it was written: another text, hidden, or deleted."""

    at: Instant
    text: str | None = None
    hidden: bool = False
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """A message as the case tells it; `None` is what it leaves open."""

    id: str
    role: Role
    at: Instant
    text: str
    name: str | None = None
    followers: int | None = None
    verified: str = ""
    kind: Kind | None = None
    thread: str | None = None
    in_reply_to: str | None = None
    mentions: tuple[str, ...] | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    """Further fields of `model.Message`."""
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """A line under `expect`: the keys written and their values; under `announced`, rows of the same kind."""

    place: Place
    keys: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """One case."""

    name: str
    place: Place
    channel: str
    messages: tuple[Said, ...]
    at: Instant
    """It is judged then; what lies behind it has not happened."""
    zone: tzinfo
    """In which it is told."""
    rows: tuple[Row, ...]
    reloads: tuple[Reload, ...] = ()
    platform: str | None = None
    account: str | None = None


@dataclass(frozen=True, slots=True)
class CaseFile:
    """One file: the cases without faults, and all faults of the others."""

    path: Path
    cases: tuple[Case, ...]
    faults: tuple[Fault, ...] = ()


def read_cases(path: Path, rules: Path, channels: Collection[str] | None = None) -> CaseFile:
    """The cases of a file; `rules` is the folder of the rules that they try.

    Where `channels` is `None` they are unknown, and their names are taken as they stand.

    :raises UsageError: the file cannot be read.
    """
    try:
        reader = Reader(load(path))
    except FaultsError as error:
        return CaseFile(path, (), tuple(error.faults))
    if _only_rules(reader.document.data):
        return CaseFile(path, ())
    keys = reader.read(CaseFileKeys, ())
    reading = _Reading(reader, path, rules, channels)
    cases = [reading.case(("cases", i)) for i in range(len(keys.cases))] if keys else []
    return CaseFile(path, tuple(case for case in cases if case), tuple(reader.faults))


def _only_rules(data: object) -> bool:
    """Whether it is a file of rules, which lies there for a `reload` to name."""
    return isinstance(data, dict) and "cases" not in data and bool({"policies", *SHARED} & data.keys())


class _Reading:
    """One file while it is read."""

    def __init__(self, reader: Reader, path: Path, rules: Path, channels: Collection[str] | None) -> None:
        self.reader = reader
        self.others = Others(reader, (path.parent, rules, rules.parent, Path()))
        self.channels = channels
        self.names: set[str] = set()

    def case(self, where: Where) -> Case | None:
        """The case at `where`; `None` where anything of it is at fault."""
        reader, before = self.reader, len(self.reader.faults)
        keys = reader.read(CaseKeys, where)
        raw = reader.document.at(where)
        raw = raw if isinstance(raw, dict) else {}
        if keys is not None:
            self._name(where, keys)
        messages = [self._message((*where, "messages", i)) for i in _indexes(raw.get("messages"))]
        if "expect" in raw and raw["expect"] is None:
            reader.blame((*where, "expect"), "`expect` has no value", "`[]`: nobody waits")
        rows = tuple(self._rows((*where, "expect"), ExpectKeys)) if raw.get("expect") is not None else ()
        channel = str(raw.get("channel"))
        reloads = tuple(self.others.read((*where, "reload"), channel)) if raw.get("reload") is not None else ()
        if keys is None or len(reader.faults) > before:
            return None
        said = _numbered([message for message in messages if message])
        first = keys.at or parse_moment(reader.document.at((*where, "messages", 0, "at")))
        return Case(
            name=keys.name,
            place=place_of(self.reader, where),
            channel=keys.channel,
            messages=said,
            at=keys.at.at if keys.at else _last(said, reloads, rows),
            zone=first.zone,
            rows=rows,
            reloads=reloads,
            platform=keys.platform,
            account=keys.account,
        )

    def _name(self, where: Where, keys: CaseKeys) -> None:
        if keys.name in self.names:
            self.reader.blame((*where, "name"), f"a second case is named `{keys.name[:60]}`")
        self.names.add(keys.name)
        if self.channels is not None and keys.channel not in self.channels:
            hint = did_you_mean(keys.channel, self.channels)
            self.reader.blame((*where, "channel"), f"there is no channel `{keys.channel[:60]}`", hint)

    def _message(self, where: Where) -> Said | None:
        keys = self.reader.read(MessageKeys, where)
        if keys is None:
            return None
        changes = list(self._changes(where, keys))
        for at, key in ((keys.gone_at, "gone_at"), (keys.hidden_at, "hidden_at")):
            if at is not None and at.at < keys.at.at:
                self.reader.blame((*where, key), f"`{key}` lies before the message was written")
        return Said(
            id=keys.id or "",
            role=keys.sender,
            at=keys.at.at,
            text=keys.text,
            name=keys.name,
            followers=keys.followers,
            verified=keys.verified,
            kind=keys.kind,
            thread=keys.thread,
            in_reply_to=keys.in_reply_to,
            mentions=keys.mentions,
            facts={key: getattr(keys, key) for key in _STRAIGHT},
            changes=tuple(sorted(changes, key=lambda change: change.at)),
        )

    def _changes(self, where: Where, keys: MessageKeys) -> Iterator[Change]:
        for edit in listed(self.reader, (*where, "edited")) if keys.edited is not None else ():
            edited = self.reader.read(EditKeys, edit)
            if edited:
                yield Change(edited.at.at, text=edited.text)
        if keys.hidden_at:
            yield Change(keys.hidden_at.at, hidden=True)
        if keys.gone_at:
            yield Change(keys.gone_at.at, gone=True)

    def _rows(self, where: Where, model: type[Keys]) -> Iterator[Row]:
        """The rows at `where`; of an announcement, its stage alone may stand there."""
        for at in listed(self.reader, where):
            value = self.reader.document.at(at)
            if model is AnnouncedKeys and isinstance(value, str):
                yield Row(place_of(self.reader, at), {"stage": value})
                continue
            read = self.reader.read(model, at)
            if read is None:
                continue
            if not value:
                self.reader.blame(at, "this row says nothing", "write at least one key")
            written = {name: getattr(read, name) for name in sorted(read.model_fields_set, key=list(value).index)}
            if "announced" in written:
                told = written["announced"]
                written["announced"] = (
                    () if told in (None, "none") else tuple(self._rows((*at, "announced"), AnnouncedKeys))
                )
            yield Row(place_of(self.reader, at), written)


def _indexes(value: object) -> range:
    return range(len(value) if isinstance(value, list) else 0)


def _numbered(messages: Sequence[Said]) -> tuple[Said, ...]:
    """The messages, those without an id named by their place in the list."""
    taken = {said.id for said in messages}
    named = []
    for n, said in enumerate(messages, 1):
        ident = said.id or (str(n) if str(n) not in taken else f"#{n}")
        named.append(replace(said, id=ident))
    return tuple(named)


def _last(messages: Sequence[Said], reloads: Sequence[Reload], rows: Sequence[Row]) -> Instant:
    """The last instant at which anything happens, or is expected to have happened."""
    instants = [at for said in messages for at in (said.at, *(change.at for change in said.changes))]
    instants += [reload.at for reload in reloads]
    for row in rows:
        instants += [found.at for key in ("answered", "started") if (found := row.keys.get(key))]
        told = [row.keys.get("at") for row in row.keys.get("announced", ())]
        instants += [found.at + 1 for found in told if found]  # a breach is told a millisecond after due
    return max(instants)
