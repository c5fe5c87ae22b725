"""One line of figures from the daemon's own /metrics, for the demo's ticker."""

from __future__ import annotations

import http.client
import re
from collections import Counter
from contextlib import closing

SAMPLE = re.compile(
    r'^(slamon_waits|slamon_sla_settled_total)\{[^}]*?(?:status|outcome)="(\w+)"[^}]*\} (\S+)', re.MULTILINE
)
PATIENCE_SECONDS = 2.0


def ready(port: int) -> bool:
    """Whether the daemon answers and says that it is ready."""
    return _get(port, "/-/ready") is not None


def figures(port: int) -> str:
    """The state of the queue in words; empty while the daemon does not answer."""
    page = _get(port, "/metrics")
    return "" if page is None else told(page)


def told(page: str) -> str:
    """A page of metrics as one line for a person."""
    counts = Counter[str]()
    for name, value, number in SAMPLE.findall(page):
        counts[value if name == "slamon_sla_settled_total" else f"waits {value}"] += round(float(number))
    waiting = sum(number for name, number in counts.items() if name.startswith("waits "))
    late = counts["waits breached"] + counts["waits unverified"]
    return (
        f"{waiting} waiting, {counts['waits at_risk']} of them at risk, {late} late"
        f" | counted so far: {counts['in_time']} in time, {counts['late']} late"
    )


def _get(port: int, path: str) -> str | None:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)) as connection:
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            text = answer.read().decode()
        except (OSError, http.client.HTTPException):
            return None
    return text if answer.status == http.client.OK else None
