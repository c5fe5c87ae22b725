"""One channel, or several: what came, what became of it, how long it took."""

from __future__ import annotations

import channel_figures
import channel_flow
from promql import OFFSETS
from shapes import Board

BOARD = Board(
    "slamon-channel",
    "slamon: channel",
    "What customers wrote, what became of it, how long answers took, and what reading costs.",
    (channel_figures.BALANCE, channel_flow.FLOW, channel_flow.SPEED, channel_figures.WEEK, channel_flow.BESIDE),
    variables=(OFFSETS,),
)
