"""`slamon run`: the daemon."""

from __future__ import annotations

import os
import signal
import sys
import threading
from typing import TYPE_CHECKING

import click

from slamon.cli._options import config_option, log_level_option

if TYPE_CHECKING:
    from pathlib import Path

    from slamon.app import App

LOOK_EVERY = 1.0
"""Seconds between two looks of the supervisor."""
UNTRUSTED = 70
"""EX_SOFTWARE of sysexits.h: whatever restarts the process may do so at once."""


@click.command("run")
@config_option
@log_level_option
def command(config: Path, log_level: str) -> None:
    """Watch all channels until stopped (SIGTERM or Ctrl-C; a second signal ends at once).

    Exit code 0: stopped as asked; 1: faults in configuration or rules; 2: the environment; 70: a loop fell silent.
    """
    from slamon import logs  # noqa: PLC0415 - `--help` is not to wait for imports
    from slamon.app import App, load  # noqa: PLC0415 - as above

    logs.configure(log_level)
    app = App(*load(config))
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: _asked(stop))
    app.start()
    log = logs.get("slamon")
    log.info(logs.STARTED, address=app.web.address, channels=len(app.pollers), pid=os.getpid())
    silent = _supervise(app, stop)
    log.info(logs.STOPPING, reason=f"the {silent} fell silent" if silent else "asked to")
    app.stop()
    log.info(logs.STOPPED)
    sys.stderr.flush()
    # Not sys.exit: it would wait for threads that hang in a platform's answer.
    os._exit(UNTRUSTED if silent else 0)


def _asked(stop: threading.Event) -> None:
    if stop.is_set():
        os._exit(0)
    stop.set()


def _supervise(app: App, stop: threading.Event) -> str:
    """Wait for a signal, or for a loop that fell silent; :returns: its name, empty for a signal."""
    while not stop.wait(LOOK_EVERY):
        silent = app.scheduler.silent()
        if silent:
            return silent
    return ""
