"""A Slack that does nothing but accept: `python -m bench.slack` prints its port, and answers as fast as Python can.

slamon's own pretend Slack checks what it is sent, which takes longer than what is measured here.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.request import urlopen

if TYPE_CHECKING:
    from collections.abc import Iterator

_accepted: dict[int, int] = {}
"""Wait → the first request about it, in nanoseconds since 1970."""


@contextmanager
def running() -> Iterator[str]:
    """Run it in a process of its own; yields its address."""
    with subprocess.Popen([sys.executable, "-m", "bench.slack"], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.kill()


def accepted(url: str) -> dict[int, int]:
    """When the first request about each wait was accepted, in nanoseconds since 1970."""
    with urlopen(f"{url}/accepted") as answer:
        return {int(wait): at for wait, at in json.load(answer).items()}


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            names = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:-2])
            body = await reader.readexactly(int(names.get(b"content-length", b"0")))
            writer.write(_answered(head.split(b" ", 2)[1], body))
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


def _answered(path: bytes, body: bytes) -> bytes:
    at = time.time_ns()
    if path == b"/accepted":
        return _page(_accepted)
    asked = json.loads(body)
    if "metadata" in asked:
        _accepted.setdefault(asked["metadata"]["event_payload"]["wait"], at)
    ts = f"{at // 1_000_000_000}.{at // 1_000 % 1_000_000:06d}"
    return _page({"ok": True, "channel": asked.get("channel"), "ts": asked.get("ts", ts)})


def _page(data: object) -> bytes:
    body = json.dumps(data).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


async def _main() -> None:
    server = await asyncio.start_server(_serve, "127.0.0.1", 0, backlog=1_000)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main())
