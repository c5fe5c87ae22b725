"""Panels as Grafana wants them: classic JSON that Grafana 10 to 13 load."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from promql import NEVER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapes import Json, Link, Panel, Query, Row

WIDTH = 24
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
REDUCED = {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}}
OPTIONS: dict[str, Json] = {
    "timeseries": {
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
        "tooltip": {"mode": "multi", "sort": "desc"},
    },
    "stat": {**REDUCED, "colorMode": "value", "graphMode": "none", "justifyMode": "auto", "textMode": "auto"},
    "bargauge": {
        **REDUCED,
        "displayMode": "basic",
        "orientation": "horizontal",
        "showUnfilled": True,
        "valueMode": "color",
        "minVizWidth": 8,
        "minVizHeight": 16,
    },
    "heatmap": {
        "calculate": False,
        "yAxis": {"unit": "s", "axisPlacement": "left"},
        "rowsFrame": {"layout": "auto"},
        "color": {"mode": "scheme", "scheme": "Blues", "steps": 32, "exponent": 0.5, "fill": "blue", "reverse": False},
        "cellGap": 1,
        "showValue": "never",
        "legend": {"show": True},
        "exemplars": {"color": "rgba(255,0,255,0.7)"},
        "filterValues": {"le": 1e-9},
    },
    "state-timeline": {
        "mergeValues": True,
        "showValue": "auto",
        "rowHeight": 0.8,
        "alignValue": "left",
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": False, "calcs": []},
        "tooltip": {"mode": "single", "sort": "none"},
    },
}
"""By kind of panel."""


def layout(rows: tuple[Row, ...]) -> Iterator[Json]:
    """Panels from left to right, in lines as high as their first panel, each row under its heading."""
    ids, y = count(1), 0
    for row in rows:
        heading = {"type": "row", "title": row.title, "collapsed": False, "panels": []}
        yield {"id": next(ids), **heading, "gridPos": at(0, y)}
        x, y, high = 0, y + 1, row.panels[0].height
        for panel in row.panels:
            if x + panel.width > WIDTH:
                x, y, high = 0, y + high, panel.height
            yield {"id": next(ids), "gridPos": at(x, y, panel.width, panel.height), **shown(panel, row.links)}
            x += panel.width
        y += high


def at(x: int, y: int, width: int = WIDTH, height: int = 1) -> Json:
    """A place on the grid."""
    return {"x": x, "y": y, "w": width, "h": height}


def shown(panel: Panel, links: tuple[Link, ...]) -> Json:
    """A panel but for its id and place."""
    return {
        "type": panel.type,
        "title": panel.title,
        "description": panel.description,
        "datasource": SOURCE,
        "links": [led(link) for link in (*panel.links, *links)],
        "targets": [asked(query, ref) for ref, query in zip("ABCDEF", panel.queries, strict=False)],
        "transformations": list(panel.transformations),
        "fieldConfig": {
            "defaults": defaults(panel),
            "overrides": [*map(painted, panel.colours.items()), *panel.columns],
        },
        "options": {**OPTIONS.get(panel.type, {}), **panel.options},
    }


def led(link: Link) -> Json:
    """A link; one that leaves Grafana opens beside it."""
    return {"title": link.title, "url": link.url, "targetBlank": not link.url.startswith("/")}


def asked(query: Query, ref: str) -> Json:
    """One query of a panel."""
    return {
        "refId": ref,
        "datasource": SOURCE,
        "editorMode": "code",
        "expr": query.expr,
        "legendFormat": query.legend or "__auto",
        "instant": query.instant,
        "range": not query.instant,
        "format": query.format,
    }


def defaults(panel: Panel) -> Json:
    """Unit, limits, colours, words for values, and what to say of an empty answer."""
    low, high = panel.limits
    steps = [{"color": colour, "value": value if place else None} for place, (value, colour) in enumerate(panel.steps)]
    bounds = {name: bound for name, bound in (("min", low), ("max", high)) if bound is not None}
    return {
        "unit": panel.unit,
        "noValue": panel.empty,
        "color": {"mode": "palette-classic" if panel.type == "timeseries" else "thresholds"},
        "thresholds": {"mode": "absolute", "steps": steps},
        "mappings": list(worded(panel)),
        "links": [led(link) for link in panel.data_links],
        "custom": drawn(panel),
        **bounds,
    }


def worded(panel: Panel) -> Iterator[Json]:
    """Values as words and colours."""
    if panel.mappings:
        words = panel.mappings.items()
        yield {
            "type": "value",
            "options": {
                value: {"text": text, "color": colour, "index": place}
                for place, (value, (text, colour)) in enumerate(words)
            },
        }
    if panel.never:
        result = {"text": panel.never, "color": "green", "index": len(panel.mappings)}
        yield {"type": "range", "options": {"from": NEVER / 10, "to": NEVER * 10, "result": result}}


def drawn(panel: Panel) -> Json:
    """How lines and cells look."""
    if panel.type == "table":
        return {"align": "auto", "cellOptions": {"type": "auto"}, "inspect": False}
    if panel.type == "state-timeline":
        return {"lineWidth": 0, "fillOpacity": 80}
    if panel.type != "timeseries":
        return {}
    stacking = {"mode": "normal" if panel.stack else "none", "group": "A"}
    return {"lineWidth": 1, "fillOpacity": 30 if panel.stack else 0, "showPoints": "never", "stacking": stacking}


def painted(pair: tuple[str, str]) -> Json:
    """A fixed colour for the line of that name."""
    name, colour = pair
    properties = [{"id": "color", "value": {"mode": "fixed", "fixedColor": colour}}]
    return {"matcher": {"id": "byName", "options": name}, "properties": properties}
