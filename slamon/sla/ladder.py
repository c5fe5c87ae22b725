"""The fixed ladder of response times, in seconds: one for all histograms, so that series can be summed."""

from __future__ import annotations

from bisect import bisect_left

RUNGS = (1, 5, 15, 30, 60, 300, 900, 1_800, 3_600, 7_200, 14_400, 28_800, 86_400, 172_800, 604_800)


def rung(millis: int) -> int:
    """The index of the first rung at or above `millis`; `len(RUNGS)` beyond the last."""
    return bisect_left(RUNGS, millis / 1_000)
