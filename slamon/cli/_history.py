"""What commands over a recorded or stored history share: the instant to judge at, a folder of rules, a bar."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from slamon.model import Instant
    from slamon.sla.policy import RuleSet

    Progress = Callable[[int, int], None]


def judged_at(at: str | None) -> Instant | None:
    """What `--at` says.

    :raises UsageError: no instant with a zone.
    """
    from slamon.errors import UsageError
    from slamon.replay import instant

    try:
        return instant(at) if at else None
    except ValueError as error:
        raise UsageError(f"--at {at} {error}; write 2026-11-21T15:45:00+01:00, or Z for UTC") from None


def rules_in(folder: Path | None, option: str = "--rules") -> RuleSet:
    """The rules in a folder. Which channels and audiences there are is not asked: a history may have had others.

    :raises SlamonError: there is no such folder, or all its faults.
    """
    from slamon.errors import UsageError
    from slamon.rules import load_rules
    from slamon.sla.policy import RuleSet

    if folder is None:
        return RuleSet("built in")
    if not folder.is_dir():
        raise UsageError(f"{option} {folder} is no folder")
    return load_rules(folder)


@contextmanager
def progress(label: str) -> Iterator[Progress | None]:
    """A bar on the terminal; nothing where nobody watches."""
    if not sys.stderr.isatty():
        yield None
        return
    with click.progressbar(length=1, label=label, file=sys.stderr) as bar:

        def show(done: int, size: int) -> None:
            bar.length = size
            bar.update(done - bar.pos)

        yield show
