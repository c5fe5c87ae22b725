from __future__ import annotations

from promtool_cases.shape import Book, Case, Fires, Look

FAST, MISSED, UNWATCHED = "SlamonObjectiveBurnsFast", "SlamonObjectiveMissed", "SlamonObjectiveUnwatched"
WINDOWS = {"1h": "hour", "6h": "six hours", "1d": "day", "3d": "three days"}


def promises(
    in_time: str, late: str, share: str = "0.95", policy: str = "complaint", blind: str = "0x900"
) -> dict[str, str]:
    """One policy of acme-x, held to its objective over 28 days."""
    whose = f'channel="acme-x",policy="{policy}"'
    return {
        f'slamon_sla_settled_total{{{whose},target="first_response",outcome="in_time"}}': in_time,
        f'slamon_sla_settled_total{{{whose},target="first_response",outcome="late"}}': late,
        f"slamon_objective_share{{{whose}}}": f"{share}x900",
        f"slamon_objective_window_seconds{{{whose}}}": "2419200x900",
        'slamon_channel_blind{channel="acme-x"}': blind,
    }


def whole(due: int, good: int, share: str = "0.95", settled: str = "0x900") -> dict[str, str]:
    """The same with what the store says of the last 28 days."""
    whose = 'channel="acme-x",policy="complaint",target="first_response"'
    return {
        **promises(settled, "0x900", share),
        f"slamon_objective_due{{{whose}}}": f"{due}x900",
        f"slamon_objective_good{{{whose}}}": f"{good}x900",
    }


def burns(window: str, share: str, allowed: str, at: str, lasts: str, policy: str = "complaint") -> Fires:
    """By its window, the alert about somebody now, or the one about the next working day."""
    severity, often = ("critical", "far too often") if window in {"1h", "6h"} else ("warning", "too often")
    objective = f"{100 - int(allowed.rstrip('%'))}% over 28 days"
    return Fires(
        severity,
        f"acme-x: promises of {policy} break {often}",
        f"In the last {WINDOWS[window]} {share} of the first_response promises of policy {policy} on acme-x "
        f"were late; over "
        f"28 days, {allowed} may be. At {at} late, all that may be late in 28 days is used up after {lasts}.",
        {"channel": "acme-x", "policy": policy, "target": "first_response", "objective": objective, "window": window},
        "slamon-objectives",
        f"?var-channel=acme-x&var-policy={policy}",
    )


def missed(share: str, allowed: str = "5%", objective: str = "95% over 28 days") -> Fires:
    return Fires(
        "warning",
        "acme-x: complaint misses its objective",
        f"Over the last 28 days {share} of the first_response promises of policy complaint on acme-x were late "
        f"or are late "
        f"now; {allowed} may be. Fewer than 100 were due in three days: too few to say how fast it goes.",
        {"channel": "acme-x", "policy": "complaint", "target": "first_response", "objective": objective},
        "slamon-objectives",
        "?var-channel=acme-x&var-policy=complaint",
    )


def unwatched(share: str) -> Fires:
    return Fires(
        "warning",
        "No alert watches the objective of complaint on acme-x",
        f"Policy complaint on acme-x has an objective of {share}, and these rules for Prometheus were made before "
        "that. Run `slamon generate rules` again.",
        {"channel": "acme-x", "policy": "complaint"},
        "slamon-objectives",
        "?var-channel=acme-x&var-policy=complaint",
    )


HOUR = burns("1h", "80%", "5%", "67.2%", "2 days 2 hours")
SIX_HOURS = burns("6h", "80%", "5%", "28%", "5 days")
# Two hours of nothing, an hour in which four of five are late, then all are in time again.
BURST = ("300x120 300.5+0.5x59 332+2x90", "40x120 42+2x59 160x90")

CASES = (
    Case(
        "A burst of late answers, and its end",
        promises(*BURST),
        (
            Look("1h50m", FAST),
            Look("2h58m", FAST, (HOUR, SIX_HOURS)),
            Look("3h10m", FAST, (burns("6h", "70.59%", "5%", "28%", "5 days"),)),
            Look("3h40m", FAST),
        ),
    ),
    Case(
        "Three of five are late: too many for six hours, not for one",
        promises("300x120 300.8+0.8x59", "40x120 41.2+1.2x59"),
        (Look("2h58m", FAST, (burns("6h", "60%", "5%", "28%", "5 days"),)),),
    ),
    Case(
        "One of four is late: too many for no hour",
        promises("300x120 301.5+1.5x59", "40x120 40.5+0.5x59"),
        (Look("2h58m", FAST),),
    ),
    Case("The same burst on a channel that is blind", promises(*BURST, blind="1x900"), (Look("2h58m", FAST),)),
    Case("A quiet night after a bad day", promises("300x900", "300x900"), (Look("5h", FAST), Look("7h", FAST))),
    Case(
        "Twenty posts an hour, all late", promises("0x900", "0+1x2 2x1 3+1x2 5x1 6+1x2 8x1 9+1x5"), (Look("12m", FAST),)
    ),
    Case(
        "All late at 80 due in an hour: too few for a share",
        promises("0x900", "0x120 1+1x79 80x90"),
        (Look("3h15m", FAST),),
    ),
    Case(
        "slamon restarts within a good day: the totals are kept in the store, nothing is scraped meanwhile",
        promises("1000+2x120 _x20 1242+2x120", "200x120 _x20 200x120"),
        (Look("2h21m", FAST), Look("2h40m", FAST), Look("4h", FAST)),
    ),
    Case(
        "A total that is new here starts at what the store has",
        promises("_x60 5000x120", "_x60 5000x120"),
        (Look("1h5m", FAST), Look("2h", FAST)),
    ),
    Case(
        "Every third scrape is missed within a burst",
        promises(
            "0x60 1 1 _ 2 3 _ 4 4 _ 5 6 _ 7 7 _ 8 9 _ 10 10 _ 11 12 _ 13+0x40",
            "0x60 8 16 _ 32 40 _ 56 64 _ 80 88 _ 104 112 _ 128 136 _ 152 160 _ 176 184 _ 200x40",
        ),
        (
            Look(
                "1h24m",
                FAST,
                (burns("1h", "93.88%", "5%", "67.2%", "2 days 2 hours"), burns("6h", "93.88%", "5%", "28%", "5 days")),
            ),
        ),
    ),
    Case(
        "An objective of 90% can be reached by a bad hour: 13.44 times the allowance would be 134%",
        promises("100x120 100.25+0.25x59", "100x120 101.75+1.75x59", "0.9", "everyone"),
        (
            Look(
                "2h58m",
                FAST,
                (
                    burns("1h", "87.5%", "10%", "80%", "3 days 12 hours", "everyone"),
                    burns("6h", "87.5%", "10%", "56%", "5 days", "everyone"),
                ),
            ),
        ),
    ),
    Case(
        "Half of them late is not yet a page for 90%",
        promises("100x120 101+1x59", "100x120 101+1x59", "0.9", "everyone"),
        (Look("2h58m", FAST),),
    ),
    Case(
        "A channel with so many series that it stands under other",
        {
            name.replace("acme-x", "other").replace("complaint", "other"): value
            for name, value in promises(*BURST).items()
        },
        (
            Look(
                "2h58m",
                FAST,
                tuple(
                    Fires(
                        each.severity,
                        each.summary.replace("acme-x", "other").replace("complaint", "other"),
                        each.description.replace("acme-x", "other").replace("complaint", "other"),
                        {key: "other" if key in {"channel", "policy"} else value for key, value in each.labels.items()},
                        each.board,
                        "?var-channel=other&var-policy=other",
                    )
                    for each in (HOUR, SIX_HOURS)
                ),
            ),
        ),
    ),
    Case("One late post on a quiet channel", whole(10, 9), (Look("1h", MISSED), Look("1h", FAST))),
    Case("Two late posts", whole(10, 8), (Look("1h", MISSED),)),
    Case("Three late posts", whole(10, 7), (Look("1h", MISSED, (missed("30%"),)),)),
    Case("One post a day, one of them late: 3.6% of 28", whole(28, 27), (Look("1h", MISSED),)),
    Case("Exactly as many late as may be", whole(60, 57), (Look("1h", MISSED),)),
    Case("Nothing was due", whole(0, 0), (Look("1h", MISSED),)),
    Case(
        "Late over 28 days where 150 were due since: the windows say how fast",
        whole(900, 800, settled="0+1x900"),
        (Look("2h30m", MISSED),),
    ),
    Case(
        "Late over 28 days where 60 were due since",
        whole(900, 800, settled="0+1x60 60x800"),
        (Look("2h30m", MISSED, (missed("11.11%"),)),),
    ),
    Case(
        "Late over 28 days on a channel that is blind now",
        {**whole(10, 7), 'slamon_channel_blind{channel="acme-x"}': "1x900"},
        (Look("1h", MISSED),),
    ),
    Case(
        "An objective that the rules were not made for",
        whole(10, 7, "0.97"),
        (
            Look("10m", UNWATCHED),
            Look("1h", MISSED),
            Look(
                "1h",
                UNWATCHED,
                (unwatched("97%"),),
            ),
        ),
    ),
    Case(
        "The share they were made for, over another time",
        {**whole(10, 10), 'slamon_objective_window_seconds{channel="acme-x",policy="complaint"}': "604800x900"},
        (Look("1h", UNWATCHED, (unwatched("95%"),)),),
    ),
    *(
        Case(f"An objective that they were made for: {share}", whole(10, 10, share), (Look("1h", UNWATCHED),))
        for share in ("0.9", "0.95", "0.99")
    ),
)

BOOK = Book("objectives", "Objectives within hours: bursts, quiet nights, restarts, low volume.", "1m", "2m", CASES)
