from __future__ import annotations

from promtool_cases.objectives import FAST, burns, promises
from promtool_cases.shape import Book, Case, Look

SLOW = "SlamonObjectiveBurnsSlowly"
# A scrape every ten minutes: 144 are a day.


DAY = burns("1d", "20%", "5%", "14%", "10 days")
THREE_DAYS = burns("3d", "20%", "5%", "5%", "28 days")

CASES = (
    Case(
        "One of five is late, for days, and then none is",
        promises("0+4x600", "0+1x470 470x130"),
        (
            Look("3d6h", SLOW, (DAY, THREE_DAYS)),
            Look("3d6h", FAST),
            Look("3d8h", SLOW, (burns("3d", "19.63%", "5%", "5%", "28 days"),)),
            Look("3d14h", SLOW),
        ),
    ),
    Case(
        "One of twenty-five is late: as many as may be, and not more",
        promises("0+2.4x600", "0+0.1x600"),
        (Look("3d6h", SLOW),),
    ),
    Case(
        "One of ten is late: too many for three days, not for one",
        promises("0+1.8x600", "0+0.2x600"),
        (Look("3d6h", SLOW, (burns("3d", "10%", "5%", "5%", "28 days"),)),),
    ),
    Case(
        "A weekend after a week with one of ten late: nothing is due, nothing is said",
        promises("0+1.8x432 777.6x300", "0+0.2x432 86.4x300"),
        (Look("2d23h", SLOW, (burns("3d", "10%", "5%", "5%", "28 days"),)), Look("3d20h", SLOW), Look("4d20h", SLOW)),
    ),
    Case(
        "One post a day, all late",
        promises("0x800", "0x143 1x144 2x144 3x144"),
        (Look("3d23h", SLOW), Look("3d23h", FAST)),
    ),
    Case(
        "Nine tenths of thirty posts a day are late: too few",
        promises("0+0.02x600", "0+0.19x600"),
        (Look("3d6h", SLOW),),
    ),
    Case(
        "Sixty posts in a day after quiet ones, all late", promises("0x600", "0x300 0+0.42x144"), (Look("3d2h", SLOW),)
    ),
    Case(
        "A hundred and forty-four posts in a day after quiet ones, half of them late",
        promises("0x300 0+0.5x200", "0x300 0+0.5x200"),
        (
            Look("2d12h", SLOW),
            Look("3d2h", SLOW, (burns("1d", "50%", "5%", "14%", "10 days"), burns("3d", "50%", "5%", "5%", "28 days"))),
        ),
    ),
    Case(
        "Two late of two hundred for 99%: a single person's bad luck",
        promises("0+0.4x500", "0x380 1x70 2x50", "0.99", "vip"),
        (Look("3d6h", SLOW),),
    ),
    Case(
        "Three late of two hundred for 99%",
        promises("0+0.4x500", "0x380 1x40 2x20 3x60", "0.99", "vip"),
        (Look("3d6h", SLOW, (burns("3d", "1.706%", "1%", "1%", "28 days", "vip"),)),),
    ),
    Case(
        "The same for days on a channel that is blind",
        promises("0+4x600", "0+1x600", blind="1x600"),
        (Look("3d6h", SLOW),),
    ),
)

BOOK = Book("objectives-slow", "Objectives over days: trends, weekends, a post a day.", "10m", "1h", CASES)
