"""Writes the boards in dashboards/ from the board_*.py beside it. Run it after a change: `python grafana/generate.py`.

Classic dashboard JSON of schema 38, which Grafana 10 introduced and later versions load and migrate by themselves.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import around
import board_channel
import board_itself
import board_now
import board_objectives
from draw import layout

if TYPE_CHECKING:
    from shapes import Board, Json

BOARDS = (board_now.BOARD, board_channel.BOARD, board_objectives.BOARD, board_itself.BOARD)
FOLDER = Path(__file__).resolve().parent / "dashboards"
SCHEMA = 38


def dashboard(board: Board) -> Json:
    """The whole of a board."""
    asks_policies = any(
        "$policy" in query.expr for row in board.rows for panel in row.panels for query in panel.queries
    )
    return {
        "uid": board.uid,
        "title": board.title,
        "description": board.description,
        "tags": ["slamon"],
        "schemaVersion": SCHEMA,
        "version": 1,
        "editable": True,
        "graphTooltip": 1,
        "refresh": board.refresh,
        "time": {"from": board.since, "to": "now"},
        "timezone": "",
        "fiscalYearStartMonth": 0,
        "annotations": {"list": around.marks()},
        "links": around.links(),
        "templating": {"list": [*around.variables(policies=asks_policies), *board.variables]},
        "panels": list(layout(board.rows)),
    }


def main(folder: Path = FOLDER) -> None:
    """Write every board."""
    for board in BOARDS:
        target = folder / f"{board.uid}.json"
        target.write_text(json.dumps(dashboard(board), indent=2) + "\n")
        print(f"wrote {target}")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
