"""YAML files as plain data with the place of every key and value. YAML 1.2: `NO`, `on` and `17:00` stay text.

The parser's events become data in one loop, without recursion: limits hold before anything is built, since the
usual way (compose, then construct) can be made to crash the interpreter by nesting.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias

import yaml

from slamon.errors import Fault, FaultsError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Where: TypeAlias = tuple[str | int, ...]
"""The way to a value: keys and list indexes from the top."""

LARGEST = 4 * 1_048_576
DEEPEST = 50
MOST_ALIASED = 100

_PARSER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_STR = "tag:yaml.org,2002:str"
_COLLECTION_TAGS = {None, "!", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"}
_WORDS = {"": None, "~": None, **dict.fromkeys(("null", "Null", "NULL"))} | {
    word: word.lower() == "true" for word in ("true", "True", "TRUE", "false", "False", "FALSE")
}
_NUMBER_START = frozenset("0123456789+-.")
_INT = re.compile(r"[-+]?[0-9]{1,4000}|0o[0-7]{1,1000}|0x[0-9a-fA-F]{1,1000}")  # Python refuses to read longer ones
_FLOAT = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*)(?:[eE][-+]?[0-9]+)?|[-+]?[0-9]+[eE][-+]?[0-9]+"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_HINTS = (
    ("cannot start any token", "put the text in quotes; indent with spaces, never with tabs"),
    (
        "mapping values are not allowed",
        "text with a colon and a space in it needs quotes; else look at the indentation",
    ),
    ("did not find expected", "look at the indentation, brackets and quotes here and just above"),
    ("could not find expected ':'", "a key needs a colon and a space after it"),
    ("unexpected end of stream", "a quote or a bracket is not closed"),
)


@dataclass(frozen=True, slots=True)
class Document:
    """One file: its data, where each piece stands, and the faults that did not stop the reading."""

    file: str
    data: Any
    places: Mapping[Where, tuple[int, int]]
    """Line and column of each value, from 1."""
    keys: Mapping[Where, tuple[int, int]]
    """Line and column of the key that leads to a value."""
    faults: tuple[Fault, ...] = ()

    def at(self, where: Where) -> Any:  # noqa: ANN401 - whatever stands there
        """The data at `where`, which must exist."""
        value = self.data
        for step in where:
            value = value[step]
        return value

    def fault(self, where: Where, message: str, hint: str = "", *, key: bool = False) -> Fault:
        """A fault at a value, or at its key; at the nearest place around it when it stands behind an alias."""
        if key and where in self.keys:
            return Fault(self.file, *self.keys[where], message, hint)
        while where and where not in self.places:
            where = where[:-1]
        return Fault(self.file, *self.places.get(where, (1, 1)), message, hint)


def load(path: Path) -> Document:
    """Read and parse one file.

    :raises UsageError: it cannot be read.
    :raises FaultsError: it is no YAML, or larger or deeper than anybody writes by hand.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a path"
        raise UsageError(f"cannot read {path}: {reason}") from None
    return parse(content, str(path))


def parse(content: bytes, file: str) -> Document:
    """As `load`, from bytes; `file` is the name that faults carry.

    :raises FaultsError: as `load`.
    """
    text = _text(content, file)
    builder = _Builder(file)
    try:
        for event in yaml.parse(text, Loader=_PARSER):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        problem = error.problem or "cannot be parsed"
        hint = next((hint for sign, hint in _HINTS if sign in problem), "")
        _stop(file, _spot(error.problem_mark or error.context_mark), f"this is no YAML: {problem}", hint)
    except yaml.YAMLError:
        _stop(file, (1, 1), "this is no YAML")
    return Document(file, builder.data, builder.places, builder.keys, tuple(builder.faults))


def dump(data: Any) -> str:  # noqa: ANN401 - whatever plain data there is
    """`data` as YAML for people: in blocks, in the given order, text of several lines as it is."""
    text: str = yaml.dump(data, Dumper=_Writer, sort_keys=False, allow_unicode=True, width=110)
    return text


class _Writer(yaml.SafeDumper):
    """Lists stand under their key, not beside it."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - as the library has it
        super().increase_indent(flow, indentless=False)


def _lines_as_they_are(writer: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return writer.represent_scalar(_STR, text, style="|" if "\n" in text else None)


_Writer.add_representer(str, _lines_as_they_are)


def _stop(file: str, spot: tuple[int, int], message: str, hint: str = "") -> NoReturn:
    raise FaultsError([Fault(file, *spot, message, hint)])


def _spot(mark: Any) -> tuple[int, int]:  # noqa: ANN401 - the C parser has a mark class of its own
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def _text(content: bytes, file: str) -> str:
    if len(content) > LARGEST:
        _stop(file, (1, 1), "the file is larger than 4 MiB")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        good = content[: error.start].decode()
        _stop(file, _end_of(good), "the file is not UTF-8 text", "save it as UTF-8")
    if strange := _UNPRINTABLE.search(text):
        _stop(file, _end_of(text[: strange.start()]), f"the character U+{ord(strange[0]):04X} cannot stand in YAML")
    return text


def _end_of(text: str) -> tuple[int, int]:
    return text.count("\n") + 1, len(text) - text.rfind("\n")


def _scalar(value: str) -> Any:  # noqa: ANN401 - a plain scalar by the core schema of YAML 1.2
    if value in _WORDS:
        return _WORDS[value]
    if value[0] in _NUMBER_START:
        if _INT.fullmatch(value):
            return int(value, 0 if value[:2] in {"0o", "0x"} else 10)
        if _FLOAT.fullmatch(value):
            return float(value.lower().replace(".inf", "inf").replace(".nan", "nan"))
    return value


@dataclass(slots=True)
class _Open:
    """A list or a mapping that is not closed yet."""

    value: dict[str, Any] | list[Any]
    where: Where
    anchor: str | None
    nodes_before: int
    key: str | None = None
    """The key whose value comes next."""
    dropped: bool = False
    """That key stood there before: the first one counts."""


@dataclass(slots=True)
class _Builder:
    file: str
    data: Any = None
    places: dict[Where, tuple[int, int]] = field(default_factory=dict)
    keys: dict[Where, tuple[int, int]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    documents: int = 0
    nodes: int = 0
    aliased: int = 0
    stack: list[_Open] = field(default_factory=list)
    anchors: dict[str, tuple[Any, int]] = field(default_factory=dict)
    """Data and number of nodes of what was anchored."""

    def take(self, event: Any) -> None:  # noqa: ANN401 - yaml's events share no useful base
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._open(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._close()
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event)
        elif isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                _stop(self.file, _spot(event.start_mark), "a second document begins here", "one file, one document")

    def _wants_key(self) -> bool:
        return bool(self.stack) and isinstance(self.stack[-1].value, dict) and self.stack[-1].key is None

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        if self._wants_key():
            self._key(event)
            return
        self.nodes += 1
        if event.tag not in {None, "!", _STR}:
            self._refuse_tag(event)
        plain = event.tag is None and event.implicit[0]
        self._put(_scalar(event.value) if plain else event.value, event, self._where(), event.anchor, 1)

    def _key(self, event: yaml.ScalarEvent) -> None:
        top = self.stack[-1]
        where = (*top.where, event.value)
        top.key = event.value
        top.dropped = event.value in top.value
        if top.dropped:
            self._note(event, f"the key `{event.value[:60]}` stands here twice", f"first in line {self.keys[where][0]}")
        else:
            self.keys[where] = _spot(event.start_mark)

    def _where(self) -> Where:
        if not self.stack:
            return ()
        top = self.stack[-1]
        if isinstance(top.value, list):
            return (*top.where, len(top.value))
        return (*top.where, top.key or "", "\0dropped") if top.dropped else (*top.where, top.key or "")

    def _put(self, value: Any, event: Any, where: Where, anchor: str | None, nodes: int) -> None:  # noqa: ANN401 - any data
        if event is not None:
            self.places[where] = _spot(event.start_mark)
        if anchor is not None:
            self.anchors[anchor] = (value, nodes)
        if not self.stack:
            self.data = value
            return
        top = self.stack[-1]
        if isinstance(top.value, list):
            top.value.append(value)
            return
        if not top.dropped:
            top.value[top.key or ""] = value
        top.key = None

    def _open(self, event: yaml.CollectionStartEvent) -> None:
        spot = _spot(event.start_mark)
        if self._wants_key():
            _stop(self.file, spot, "a key must be plain text", "text that begins with { or [ needs quotes")
        if len(self.stack) >= DEEPEST:
            _stop(self.file, spot, f"nested deeper than {DEEPEST} levels")
        if event.tag not in _COLLECTION_TAGS:
            self._refuse_tag(event)
        where = self._where()
        self.places[where] = spot
        self.nodes += 1
        value: dict[str, Any] | list[Any] = {} if isinstance(event, yaml.MappingStartEvent) else []
        self.stack.append(_Open(value, where, event.anchor, self.nodes - 1))

    def _close(self) -> None:
        done = self.stack.pop()
        self._put(done.value, None, done.where, done.anchor, self.nodes - done.nodes_before)

    def _alias(self, event: yaml.AliasEvent) -> None:
        if self._wants_key():
            _stop(self.file, _spot(event.start_mark), "a key must be plain text")
        if event.anchor not in self.anchors:
            self._note(event, f"the anchor &{event.anchor} is not defined before this place")
        value, nodes = self.anchors.get(event.anchor or "", (None, 1))
        self.nodes += nodes
        self.aliased += nodes
        if self.aliased > MOST_ALIASED:
            _stop(self.file, _spot(event.start_mark), f"aliases stand for more than {MOST_ALIASED} values")
        self._put(value, event, self._where(), None, nodes)

    def _refuse_tag(self, event: Any) -> None:  # noqa: ANN401 - a scalar's or a collection's event
        tag = event.tag.replace("tag:yaml.org,2002:", "!!")
        self._note(event, f"the tag {tag[:60]} is not supported", "leave it out")

    def _note(self, event: Any, message: str, hint: str = "") -> None:  # noqa: ANN401 - any event
        self.faults.append(Fault(self.file, *_spot(event.start_mark), message, hint))
