"""The practice range as a process of its own: `python -m slamon.sim`.

The first line on standard output is a JSON object of addresses and tokens: `x`, `x_token`, `slack` (its page),
`slack_api`, `slack_token`, `slack_app_token`. With `--tell`, every later line is something that happened: `at` (epoch
milliseconds), `where`, `what`. Ends on SIGTERM, on SIGINT, and, with `--lifeline`, when standard input ends.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from slamon.sim._tidings import SlackWatch, of_act
from slamon.sim.slack import PretendSlack
from slamon.sim.world import BRAND, TEAM, World, story
from slamon.sim.x import PretendX

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slamon.model import Instant

SLACK_TOKEN = "xoxb-pretend-range"  # noqa: S105 - it opens nothing but this range
CHANNELS = ("#social-desk", "#social-oncall")
USERS = {"lead@acme.example": "U0LEAD0001"}
GROUPS = {"social-oncall": "S0ONCALL01"}
WATCH_SECONDS = 0.2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until told to stop."""
    options = _options(arguments)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    if options.lifeline:
        threading.Thread(target=_lifeline, args=(stop,), daemon=True).start()
    # The demo polls every two seconds, which is more than X allows an app.
    x = PretendX(now, brand=BRAND, team=[TEAM], limits={"mentions": 100_000, "lookup": 100_000}, port=options.x_port)
    slack = PretendSlack(
        clock=now, token=SLACK_TOKEN, channels=CHANNELS, users=USERS, groups=GROUPS, port=options.slack_port
    )
    with x, slack:
        _say(
            {
                "x": x.url,
                "x_token": x.token,
                "slack": slack.url,
                "slack_api": slack.api_url,
                "slack_token": SLACK_TOKEN,
                "slack_app_token": slack.methods.app_token,
            }
        )
        _serve(x, slack, options, stop)
    return 0


def now() -> Instant:
    """The wall clock in epoch milliseconds: this is the edge where it is read."""
    return time.time_ns() // 1_000_000


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m slamon.sim", description="A pretend X and a pretend Slack.")
    parser.add_argument("--seed", type=int, default=1, help="of the world's story")
    parser.add_argument("--no-world", action="store_true", help="nobody writes but through the control API")
    parser.add_argument("--tell", action="store_true", help="print what happens, a JSON object a line")
    parser.add_argument("--lifeline", action="store_true", help="end when standard input ends")
    parser.add_argument("--x-port", type=int, default=0)
    parser.add_argument("--slack-port", type=int, default=0)
    return parser.parse_args(arguments)


def _serve(x: PretendX, slack: PretendSlack, options: argparse.Namespace, stop: threading.Event) -> None:
    actor = threading.Thread(target=_play, args=(x, options, stop), daemon=True)
    if not options.no_world:
        actor.start()
    watch = SlackWatch(slack.workspace, GROUPS)
    while not stop.wait(WATCH_SECONDS):
        for tiding in watch.news() if options.tell else ():
            _say(tiding)


def _play(x: PretendX, options: argparse.Namespace, stop: threading.Event) -> None:
    world = World(x, lambda act, whose: _say(of_act(act, whose, now())) if options.tell else None)
    world.run(story(options.seed), now, stop.wait)


def _lifeline(stop: threading.Event) -> None:
    """Stop when the parent is gone; a process that it named by a line `watch PID` would be an orphan, and goes too."""
    told = b""
    # Not sys.stdin: a thread that holds its lock at the end of the process would crash the interpreter.
    while part := os.read(0, 4_096):
        told += part
    for word in told.split():
        if word.isdigit() and not stop.is_set():
            with suppress(ProcessLookupError):
                os.kill(int(word), signal.SIGTERM)
    stop.set()


def _say(news: dict[str, str | int]) -> None:
    with suppress(BrokenPipeError):  # the reader is gone: the lifeline ends us
        sys.stdout.write(json.dumps(news) + "\n")
        sys.stdout.flush()
