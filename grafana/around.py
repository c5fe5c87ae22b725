"""What stands around the panels of every board: variables, annotations, links to the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from draw import SOURCE
from promql import CHANNEL, own

if TYPE_CHECKING:
    from shapes import Json

SLAMON_URL = "http://127.0.0.1:9877"
"""Where people open the queue page, until somebody writes another address there."""
ROLLED = 'market=~"$market",brand=~"$brand",desk=~"$desk"'


def variables(*, policies: bool) -> list[Json]:
    """The data source, the channels to look at, and their policies; hidden where no panel asks for those."""
    label = "label_values(slamon_channel_info, {0})".format
    return [
        {
            "name": "datasource",
            "label": "Data source",
            "description": "The Prometheus that scrapes slamon.",
            "type": "datasource",
            "query": "prometheus",
            "hide": 0,
        },
        *(chosen(name, name.capitalize(), label(name), all_value=".*") for name in ("market", "brand", "desk")),
        # Without a value of its own, "All" is the list of channels that the three before leave.
        chosen("channel", "Channel", f"label_values(slamon_channel_info{{{ROLLED}}}, channel)"),
        chosen(
            "policy",
            "Policy",
            f"label_values(slamon_waits{{{CHANNEL}}}, policy)",
            all_value=".*",
            hidden=not policies,
        ),
        {
            "name": "slamon_url",
            "label": "Queue page",
            "description": "Where people open slamon's queue page.",
            "type": "constant",
            "query": SLAMON_URL,
            "current": {"selected": True, "text": SLAMON_URL, "value": SLAMON_URL},
            "options": [{"selected": True, "text": SLAMON_URL, "value": SLAMON_URL}],
            "hide": 2,
        },
    ]


def chosen(name: str, label: str, query: str, all_value: str | None = None, *, hidden: bool = False) -> Json:
    """A variable whose values are those of a label: several, or all."""
    return {
        "name": name,
        "label": label,
        "description": f"{label}: one, several or all.",
        "type": "query",
        "datasource": SOURCE,
        "definition": query,
        "query": {"query": query, "refId": name},
        "refresh": 2,
        "sort": 1,
        "multi": True,
        "includeAll": True,
        **({"allValue": all_value} if all_value else {}),
        "current": {"selected": True, "text": ["All"], "value": ["$__all"]},
        "hide": 2 if hidden else 0,
    }


def marks() -> list[Json]:
    """What happened to slamon, on every time line. A value above 0 is drawn; the others are the instants themselves."""
    return [
        {
            "name": "Annotations & Alerts",
            "builtIn": 1,
            "type": "dashboard",
            "datasource": {"type": "grafana", "uid": "-- Grafana --"},
            "enable": True,
            "hide": True,
            "iconColor": "rgba(0, 211, 255, 1)",
        },
        marked(
            "Rules loaded",
            "max by (version) (slamon_rules_loaded_timestamp_seconds * on (job, instance) "
            "group_left (version) slamon_rules_info) * 1000",
            "blue",
            "version {{version}}",
            instants=True,
        ),
        marked(
            "slamon started", f"({own('process_start_time_seconds')}) * 1000", "orange", "{{instance}}", instants=True
        ),
        marked(
            "Channel blind",
            f"max by (channel) (slamon_channel_blind{{{CHANNEL}}})",
            "red",
            "{{channel}} was not read: nobody could be called late",
        ),
    ]


def marked(name: str, expr: str, colour: str, text: str, *, instants: bool = False) -> Json:
    """One annotation; with `instants`, the answers are epoch milliseconds at which to draw it."""
    return {
        "name": name,
        "datasource": SOURCE,
        "enable": True,
        "hide": False,
        "iconColor": colour,
        "target": {"refId": "Anno", "expr": expr, "interval": ""},
        "titleFormat": name,
        "textFormat": text,
        "tagKeys": "",
        "useValueForTime": instants,
    }


def links() -> list[Json]:
    """To the other boards with the same time and variables, and to the queue page."""
    both = {"asDropdown": False, "icon": "external link", "tooltip": ""}
    return [
        {
            **both,
            "type": "dashboards",
            "title": "slamon",
            "tags": ["slamon"],
            "url": "",
            "includeVars": True,
            "keepTime": True,
            "targetBlank": False,
        },
        {
            **both,
            "type": "link",
            "title": "Queue page",
            "tags": [],
            "url": "${slamon_url}/",
            "includeVars": False,
            "keepTime": False,
            "targetBlank": True,
        },
    ]
