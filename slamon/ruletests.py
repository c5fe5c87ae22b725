"""What `slamon test-rules` does: reads cases, plays each on the daemon's own engine, and says what differs."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, TypeAlias

from slamon.errors import Fault, FaultsError, UsageError
from slamon.practice.chronicle import chronicle
from slamon.practice.engine import play
from slamon.practice.expectations import compare, found_in
from slamon.practice.script import DEFAULT_AUDIENCE
from slamon.rules import load_rules
from slamon.rules.case_rules import CALENDARS
from slamon.rules.cases import read_cases
from slamon.rules.files import load_files
from slamon.store import rehearsed
from slamon.store.store import Store
from slamon.yamlfile import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from slamon.model import Instant
    from slamon.practice.expectations import Found, Mismatch
    from slamon.rules import ChannelFacts
    from slamon.rules.case_rules import Reload
    from slamon.rules.cases import Case
    from slamon.sla.policy import RuleSet

Progress: TypeAlias = "Callable[[int, int], None]"
"""Told how many cases of how many are played."""


@dataclass(frozen=True, slots=True)
class Setting:
    """The rules that are tried, and what a configuration says beside them."""

    folder: Path
    rules: RuleSet
    channels: Mapping[str, ChannelFacts] | None = None
    """`None`: no configuration, nothing is known of them."""
    audiences: Collection[str] | None = None
    default: str = DEFAULT_AUDIENCE
    """The audience of stages that name none."""

    def platform(self, channel: str) -> str | None:
        """That of a channel, where the configuration says it."""
        facts = (self.channels or {}).get(channel)
        return facts.platform or None if facts else None


@dataclass(frozen=True, slots=True)
class Result:
    """One case, played."""

    case: Case
    mismatches: Sequence[Mismatch]
    found: Sequence[Found]
    story: Sequence[str]
    """How it went; empty where it went as expected."""

    @property
    def passed(self) -> bool:
        """Whether all is as expected."""
        return not self.mismatches


@dataclass(slots=True)
class Report:
    """All cases, and the faults of those that could not be played."""

    results: list[Result] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    @property
    def passed(self) -> int:
        """How many cases went as expected."""
        return sum(result.passed for result in self.results)

    @property
    def failed(self) -> int:
        """How many did not."""
        return len(self.results) - self.passed

    @property
    def good(self) -> bool:
        """Whether every case could be played, and went as expected."""
        return not self.faults and not self.failed


def files_in(folder: Path) -> list[Path]:
    """The files of cases that belong to a folder of rules.

    :raises UsageError: there is none.
    """
    found = _listed(folder / "tests")
    if not found:
        raise UsageError(f"there are no rule tests in {folder / 'tests'}: write a file there, or name one")
    return found


def expanded(paths: Sequence[Path]) -> list[Path]:
    """The files named, and those in the folders named."""
    return [file for path in paths for file in (_listed(path) if path.is_dir() else [path])]


def _listed(folder: Path) -> list[Path]:
    found = (path for end in ("*.yaml", "*.yml") for path in folder.glob(end))
    return sorted(path for path in found if path.is_file() and not path.name.startswith("."))


def faults_in(paths: Sequence[Path], folder: Path) -> list[Fault]:
    """The faults of these files by themselves, for rules that cannot be tried."""
    return [fault for path in paths for fault in read_cases(path, folder).faults]


def run(paths: Sequence[Path], setting: Setting, word: str = "", progress: Progress | None = None) -> Report:
    """Play the cases of these files; with `word`, those whose name contains it.

    :raises UsageError: a file cannot be read, or there is no such case.
    """
    files = [read_cases(path, setting.folder, setting.channels) for path in paths]
    report = Report(faults=[fault for file in files for fault in file.faults])
    cases = [case for file in files for case in file.cases if word.casefold() in case.name.casefold()]
    if not cases and not report.faults:
        raise UsageError(f"no case is named like `{word[:60]}`" if word else "there is no case in any file")
    tell = progress or _silent
    with _store() as store:
        for n, case in enumerate(cases):
            tell(n, len(cases))
            _try(store, case, setting, report)
        tell(len(cases), len(cases))
    return report


@contextmanager
def _store() -> Iterator[Store]:
    """A store of its own in a temporary folder, gone at the end."""
    with TemporaryDirectory(prefix="slamon-test-rules-") as folder:
        store = Store(f"sqlite:///{Path(folder) / 'cases.db'}")
        try:
            rehearsed.hurry(store)
            yield store
        finally:
            store.close()


def _try(store: Store, case: Case, setting: Setting, report: Report) -> None:
    try:
        rules = list(_rule_sets(case, setting))
    except FaultsError as error:
        report.faults += error.faults
        return
    played = play(store, case, rules, setting.default, setting.platform(case.channel))
    found = found_in(case, played)
    mismatches = compare(case, found, setting.default)
    report.results.append(Result(case, mismatches, found, chronicle(case, played) if mismatches else ()))


def _rule_sets(case: Case, setting: Setting) -> Iterator[tuple[Instant, RuleSet]]:
    """The rules tried, then each that is loaded on the way.

    :raises FaultsError: of such rules, each at the line of the case that names them.
    """
    rules = setting.rules
    yield 0, rules
    for reload in sorted(case.reloads, key=lambda reload: reload.at):
        try:
            rules = _reloaded(rules, reload, setting)
        except FaultsError as error:
            raise FaultsError([_placed(fault, reload) for fault in error.faults]) from None
        yield reload.at, rules


def _placed(fault: Fault, reload: Reload) -> Fault:
    place = reload.place
    if reload.folder is not None:
        return fault
    return Fault(place.file, place.line, place.column, f"in {Path(fault.file).name}: {fault.message}", fault.hint)


def _reloaded(before: RuleSet, reload: Reload, setting: Setting) -> RuleSet:
    """The next rules: those of a folder, which needs no calendars of its own, or the ones before with other files."""
    if reload.folder is not None and (reload.folder / CALENDARS).exists():
        return load_rules(reload.folder, setting.channels, setting.audiences)
    files = dict(before.files)
    if reload.folder is not None:
        own = {path.name: path.read_bytes() for path in reload.folder.glob("*.yaml") if path.is_file()}
        files = {name: data for name, data in files.items() if name == CALENDARS or not name.endswith(".yaml")} | own
    new, shown = dict(reload.files), str(reload.folder or "")
    if CALENDARS in new and CALENDARS in files:
        new[CALENDARS] = _merged(files[CALENDARS], new[CALENDARS])
    return load_files(files | new, setting.channels, setting.audiences, shown)


def _merged(before: bytes, after: bytes) -> bytes:
    """Calendars written in a case take the place of those of the same names; the others stay."""
    data: list[Any] = [parse(content, CALENDARS).data for content in (before, after)]
    if not all(isinstance(one, dict) and isinstance(one.get("calendars"), dict) for one in data):
        return after
    return json.dumps({"calendars": data[0]["calendars"] | data[1]["calendars"]}, ensure_ascii=False).encode()


def _silent(_done: int, _all: int) -> None:
    """Tell nobody."""


__all__ = ["DEFAULT_AUDIENCE", "Progress", "Report", "Result", "Setting", "expanded", "faults_in", "files_in", "run"]
