"""The pretend X of `polling`: a process of its own that answers after 100 ms and notes when it was asked.

`python -m bench.polled FOLDER CHANNELS`: prints its address; notes arrivals while FOLDER/measure exists; writes
FOLDER/arrivals.json on SIGTERM.
"""

from __future__ import annotations

import json
import signal
import sys
import threading
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from bench.polling import EVERY, phase
from slamon.app import wall_clock
from slamon.sim.x import PretendX

if TYPE_CHECKING:
    from slamon.sim.server import Answer, Request

ANSWERS_AFTER = 0.1
NEWS_EVERY = 0.6
"""Seconds: one poll in a hundred brings something."""


class Watched:
    """A pretend X that is slow, and knows who came when."""

    def __init__(self, folder: Path, channels: int) -> None:
        self.flag = folder / "measure"
        self.file = folder / "arrivals.json"
        self.x = PretendX(wall_clock, limits=dict.fromkeys(("mentions", "tweets", "users", "lookup"), 10**9))
        self.numbers = {self.x.user(f"brand{n}").id: n for n in range(channels)}
        self.arrivals: dict[str, list[int]] = defaultdict(list)
        self.serve = self.x.server.serve
        self.x.server.serve = self.answer  # type: ignore[method-assign]

    def answer(self, request: Request) -> Answer:
        at = wall_clock()
        who = request.path.split("/")[3] if request.path.endswith("/mentions") else ""
        if who and self.flag.exists():
            number = self.numbers[who]
            self.arrivals[str(number)].append((at - phase(number)) % EVERY)
        answer = self.serve(request)
        time.sleep(max(0.0, ANSWERS_AFTER - (wall_clock() - at) / 1_000))
        return answer

    def news(self, stop: threading.Event) -> None:
        """Somebody writes to one brand after the other."""
        number = 0
        while not stop.wait(NEWS_EVERY):
            self.x.customer_posts(f"ann{number}", f"@brand{number % len(self.numbers)} where is my parcel?")
            number += 7


def main(folder: Path, channels: int) -> None:
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    sys.setswitchinterval(0.0005)
    watched = Watched(folder, channels)
    with watched.x:
        print(watched.x.url, flush=True)
        watched.news(stop)
        watched.file.write_text(json.dumps(watched.arrivals))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
