"""For those who run slamon: whether it can read, tell, decide and count."""

from __future__ import annotations

import itself_process
import itself_reading
import itself_telling
from shapes import Board

BOARD = Board(
    "slamon-itself",
    "slamon: itself",
    "Whether slamon can read the platforms, tell people, go over the deadlines, and count.",
    (
        itself_process.STATE,
        itself_reading.READING,
        itself_reading.PLATFORMS,
        itself_telling.TELLING,
        itself_process.DECIDING,
        itself_process.PROCESS,
    ),
)
