"""Where panels lead."""

from __future__ import annotations

from shapes import Link

DOCS = "https://github.com/slamon/slamon/blob/main/"


def board(uid: str, title: str, only: str = "") -> Link:
    """Another board with the same time and variables, or with `only` this one."""
    kept = only or "${__all_variables}"
    return Link(title, f"/d/{uid}?${{__url_time_range}}&{kept}")


def docs(title: str, page: str) -> Link:
    """A page of the documentation."""
    return Link(title, DOCS + page)


NOW = board("slamon-now", "Board: Now")
CHANNEL = board("slamon-channel", "Board: Channel")
OBJECTIVES = board("slamon-objectives", "Board: Objectives")
ITSELF = board("slamon-itself", "Board: slamon itself")
THIS_CHANNEL = board(
    "slamon-channel",
    "Board: Channel, of this one",
    "${datasource:queryparam}&var-channel=${__field.labels.channel}",
)
QUEUE = Link("Queue page", "${slamon_url}/")
THIS_QUEUE = Link("Queue page, of this channel", "${slamon_url}/?channel=${__field.labels.channel}")
AT_RISK = Link("Queue page, at risk", "${slamon_url}/?status=at_risk")
PAST_DUE = Link("Queue page, past due", "${slamon_url}/?status=breached&status=unverified")
METRICS = docs("What the metrics mean", "exporters/README.md")
OPERATIONS = docs("Operations", "docs/operations.md")
RUNBOOKS = docs("What to do", "docs/runbooks.md")
