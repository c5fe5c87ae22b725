from __future__ import annotations

from promtool_cases.shape import Book, Case, Fires, Look

SURGE = "SlamonArrivalsSurge"
# A scrape every quarter of an hour: 672 are a week, 2688 are four.


def arrivals(values: str, blind: str = "0x2800") -> dict[str, str]:
    return {
        'slamon_waits_received_total{channel="acme-x"}': values,
        'slamon_channel_blind{channel="acme-x"}': blind,
    }


def surge(count: int) -> Fires:
    return Fires(
        "warning",
        "Many customers write on acme-x",
        f"{count} began to wait within an hour: more than three times what is usual at this hour of the week.",
        {"channel": "acme-x"},
        "slamon-channel",
        "?var-channel=acme-x",
    )


STEADY = "0+2x2688"  # eight an hour
CASES = (
    Case(
        "Thirty an hour where eight are usual",
        arrivals(f"{STEADY} 5384+10x28"),
        (Look("28d", SURGE), Look("28d4h", SURGE, (surge(40),))),
    ),
    Case(
        "Twenty-four an hour: three times as many, and not more",
        arrivals(f"{STEADY} 5382+6x28"),
        (Look("28d4h", SURGE),),
    ),
    Case(
        "Sixteen an hour where one is usual: too few to tell", arrivals("0+0.25x2688 676+4x28"), (Look("28d4h", SURGE),)
    ),
    Case("Twenty-four an hour where nobody wrote", arrivals("0x2688 6+6x28"), (Look("28d4h", SURGE, (surge(24),)),)),
    Case(
        "A channel of three days has no week to compare with",
        arrivals("0+2x288 586+10x28"),
        (Look("3d4h", SURGE),),
    ),
    Case("One week alone is none", arrivals("0+2x672 1354+10x28"), (Look("7d4h", SURGE),)),
    Case("Two weeks are enough", arrivals("0+2x1344 2698+10x28"), (Look("14d4h", SURGE, (surge(40),)),)),
    Case(
        "Every Monday at this hour many write",
        arrivals("0+2x671 1344+10x24 1584+2x647 2888+10x24 3128+2x647 4432+10x24"),
        (Look("21d4h", SURGE),),
    ),
    Case(
        "What is received within an hour after the channel was blind was written before; what comes later is a surge",
        arrivals("0+2x2672 5344x16 5364+20x40", "0x2672 1x29 0x40"),
        (Look("28d4h", SURGE), Look("28d6h", SURGE), Look("28d8h", SURGE, (surge(80),))),
    ),
)

BOOK = Book("arrivals", "Surges of arrivals, with and without weeks to compare with.", "15m", "2h", CASES)
