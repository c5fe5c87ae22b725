"""`slamon run`: the daemon."""

from __future__ import annotations

import gc
import os
import signal
import threading
from typing import TYPE_CHECKING

import click

from slamon.cli._options import config_option, log_level_option

if TYPE_CHECKING:
    from collections.abc import Callable
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
    """Watch all channels until stopped (SIGTERM or Ctrl-C; a second signal ends at once). SIGHUP reloads the rules.

    Exit code 0: stopped as asked; 1: faults in configuration or rules; 2: the environment; 70: a loop fell silent.
    """
    from slamon import logs
    from slamon.app import App
    from slamon.loading import load

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: _asked(stop))
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until there is something to reload, it must not end the watch
    logs.configure(log_level)
    app = App(*load(config))
    signal.signal(signal.SIGHUP, lambda *_: app.reloader.ask("signal"))
    try:
        app.start()
    except BaseException:
        app.stop()
        raise
    log = logs.get("slamon")
    log.info(logs.STARTED, address=app.web.address, channels=len(app.pollers), pid=os.getpid())
    silent = supervise(Look(app), stop)
    log.info(logs.STOPPING, reason=f"the {silent} fell silent" if silent else "asked to")
    app.stop()
    log.info(logs.STOPPED)
    # Not sys.exit: it would wait for threads that hang in a platform's answer.
    os._exit(UNTRUSTED if silent else 0)


class Look:
    """One look of the supervisor at the loops.

    Once each channel was read, what is there by then is there to stay: it is taken out of the garbage collector's
    walks, each of which stopped all threads for 0.4 s with 10,000 channels.
    """

    def __init__(self, app: App) -> None:
        self._app = app
        self._kept = False

    def __call__(self) -> str:
        """Which loop fell silent; empty for none."""
        if not self._kept and self._app.tried():
            self._kept = True
            gc.collect()
            gc.freeze()
        return self._app.scheduler.silent()


def _asked(stop: threading.Event) -> None:
    if stop.is_set():
        os._exit(0)
    stop.set()


def supervise(silent: Callable[[], str], stop: threading.Event, every: float = LOOK_EVERY) -> str:
    """Wait for `stop`, or for a loop that fell silent; :returns: its name, empty for `stop`.

    Two looks must agree: a machine that was paused wakes with old beats, and the loops beat at once.
    """
    before = ""
    while not stop.wait(every):
        now = silent()
        if now and now == before:
            return now
        before = now
    return ""
