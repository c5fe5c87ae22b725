"""Writes dashboards/slamon.json from service.py and machinery.py. Run it after a change: `python grafana/generate.py`.

Classic dashboard JSON of schema 38, which Grafana 10 introduced and later versions load and migrate by themselves.
"""

from __future__ import annotations

import json
import sys
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import machinery
import service

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapes import Panel, Query, Row

Json: TypeAlias = dict[str, Any]

ROWS = (service.WAITING, service.PROMISES, machinery.CHANNELS, machinery.APIS, machinery.ALERTS, machinery.ITSELF)
BOARD = Path(__file__).resolve().parent / "dashboards/slamon.json"
SCHEMA = 38
WIDTH = 24
SOURCE = {"type": "prometheus", "uid": "${datasource}"}


def dashboard() -> Json:
    """The whole board; its uid never changes, so links to it stay good."""
    return {
        "uid": "slamon",
        "title": "slamon: customers waiting for an answer",
        "description": "Who waits, which promises are kept, and whether slamon can see, tell and count.",
        "tags": ["slamon"],
        "schemaVersion": SCHEMA,
        "version": 1,
        "editable": True,
        "graphTooltip": 1,
        "refresh": "30s",
        "time": {"from": "now-24h", "to": "now"},
        "timezone": "",
        "annotations": {"list": []},
        "links": [],
        "templating": {"list": variables()},
        "panels": list(layout(ROWS)),
    }


def variables() -> list[Json]:
    """The data source, and the channels to look at."""
    query = "label_values(slamon_channel_info, channel)"
    return [
        {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus", "hide": 0},
        {
            "name": "channel",
            "label": "Channel",
            "type": "query",
            "datasource": SOURCE,
            "definition": query,
            "query": {"query": query, "refId": "channel"},
            "refresh": 2,
            "sort": 1,
            "multi": True,
            "includeAll": True,
            "allValue": ".*",
            "current": {"selected": True, "text": ["All"], "value": ["$__all"]},
        },
    ]


def layout(rows: tuple[Row, ...]) -> Iterator[Json]:
    """Panels from left to right, in lines as high as their first panel, each row under its heading."""
    ids, y = count(1), 0
    for row in rows:
        yield {
            "id": next(ids),
            "type": "row",
            "title": row.title,
            "collapsed": False,
            "panels": [],
            "gridPos": at(0, y),
        }
        x, y, high = 0, y + 1, row.panels[0].height
        for panel in row.panels:
            if x + panel.width > WIDTH:
                x, y, high = 0, y + high, panel.height
            yield {"id": next(ids), "gridPos": at(x, y, panel.width, panel.height), **shown(panel)}
            x += panel.width
        y += high


def at(x: int, y: int, width: int = WIDTH, height: int = 1) -> Json:
    """A place on the grid."""
    return {"x": x, "y": y, "w": width, "h": height}


def shown(panel: Panel) -> Json:
    """A panel as Grafana wants it, but for its id and place."""
    return {
        "type": panel.type,
        "title": panel.title,
        "description": panel.description,
        "datasource": SOURCE,
        "targets": [asked(query, ref) for ref, query in zip("ABCDE", panel.queries, strict=False)],
        "fieldConfig": {"defaults": defaults(panel), "overrides": [painted(*pair) for pair in panel.colours.items()]},
        "options": {**OPTIONS.get(panel.type, {}), **panel.options},
    }


def asked(query: Query, ref: str) -> Json:
    """One query of a panel."""
    return {
        "refId": ref,
        "datasource": SOURCE,
        "expr": query.expr,
        "legendFormat": query.legend or "__auto",
        "instant": query.instant,
        "range": not query.instant,
        "format": query.format,
    }


def defaults(panel: Panel) -> Json:
    """Unit, limits, colours and what to say of an empty answer."""
    low, high = panel.limits
    steps = [{"color": colour, "value": value if at else None} for at, (value, colour) in enumerate(panel.steps)]
    found: Json = {"unit": panel.unit, "thresholds": {"mode": "absolute", "steps": steps}, "custom": drawn(panel)}
    found |= {"min": low} if low is not None else {}
    found |= {"max": high} if high is not None else {}
    found |= {"noValue": panel.empty} if panel.empty else {}
    found["color"] = {"mode": "palette-classic" if panel.type == "timeseries" else "thresholds"}
    if panel.mappings:
        found["mappings"] = [{"type": "value", "options": mapped(panel.mappings)}]
    return found


def drawn(panel: Panel) -> Json:
    """How lines look."""
    if panel.type != "timeseries":
        return {}
    stacking = {"mode": "normal" if panel.stack else "none", "group": "A"}
    return {"lineWidth": 1, "fillOpacity": 30 if panel.stack else 0, "showPoints": "never", "stacking": stacking}


def mapped(mappings: dict[str, tuple[str, str]]) -> Json:
    """Values as words and colours."""
    return {value: {"text": text, "color": colour} for value, (text, colour) in mappings.items()}


def painted(name: str, colour: str) -> Json:
    """A fixed colour for the line of that name."""
    colours = {"id": "color", "value": {"mode": "fixed", "fixedColor": colour}}
    return {"matcher": {"id": "byName", "options": name}, "properties": [colours]}


REDUCED = {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}}
OPTIONS: dict[str, Json] = {
    "timeseries": {
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
        "tooltip": {"mode": "multi", "sort": "desc"},
    },
    "stat": {**REDUCED, "colorMode": "value", "graphMode": "none", "textMode": "auto"},
    "bargauge": {**REDUCED, "displayMode": "basic", "orientation": "horizontal"},
    "heatmap": {
        "calculate": False,
        "yAxis": {"unit": "s"},
        "color": {"mode": "scheme", "scheme": "Blues", "steps": 32},
        "cellGap": 1,
    },
    "state-timeline": {"mergeValues": True, "showValue": "auto", "rowHeight": 0.8},
}


def main(target: Path = BOARD) -> None:
    """Write the board."""
    target.write_text(json.dumps(dashboard(), indent=2) + "\n")
    print(f"wrote {target}")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
