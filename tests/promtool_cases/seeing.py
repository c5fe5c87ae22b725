from __future__ import annotations

from promtool_cases.shape import Book, Case, Fires, Look

BLIND, UNREAD, REFUSED, FAIL = "SlamonChannelBlind", "SlamonChannelUnread", "SlamonPollsRefused", "SlamonPollsFail"
QUOTA, ENDS, ENDED = "SlamonQuotaNearlySpent", "SlamonCredentialEnds", "SlamonCredentialEnded"
OF_X = {"channel": "acme-x"}
ON = "slamon-channel", "?var-channel=acme-x"
FORGOTTEN, UNMATCHED, QUARANTINED = "SlamonOldestWaitFarPastDue", "SlamonWaitsUnmatched", "SlamonPostsQuarantined"


def polls(outcome: str, failed: str, all_: str, read: str = "0x200") -> dict[str, str]:
    return {
        f'slamon_poll_failures_total{{channel="acme-x",purpose="poll",outcome="{outcome}"}}': failed,
        'slamon_polls_total{channel="acme-x",purpose="poll"}': all_,
        'slamon_channel_last_success_timestamp_seconds{channel="acme-x"}': read,
    }


def quota(remaining: str, reset: str = "90000x100", limit: str = "1000x100") -> dict[str, str]:
    whose = 'channel="acme-x",endpoint="mentions"'
    return {
        f"slamon_api_quota_remaining{{{whose}}}": remaining,
        f"slamon_api_quota_limit{{{whose}}}": limit,
        f"slamon_api_quota_reset_timestamp_seconds{{{whose}}}": reset,
    }


def ends(at: int) -> dict[str, str]:
    return {'slamon_credential_expires_timestamp_seconds{channel="acme-x",credential="refresh token"}': f"{at}x10"}


def credential(severity: str, left: str) -> Fires:
    return Fires(
        severity,
        f"The refresh token of acme-x ends in {left}",
        "Nothing is read after that, and slamon cannot renew it. Put a new one in its place.",
        {**OF_X, "credential": "refresh token"},
        *ON,
    )


def forgotten(began: int, breached: str, targets: str = "first_response") -> dict[str, str]:
    return {
        'slamon_oldest_wait_timestamp_seconds{channel="acme-x"}': f"{began}x100",
        f'slamon_waits{{channel="acme-x",policy="vip",target="{targets}",status="breached"}}': breached,
        'slamon_waits{channel="acme-x",policy="everyone",target="first_response",status="on_track"}': "4x100",
    }


FAILING = Fires(
    "warning",
    "Most polls of acme-x fail (retry)",
    "80% of the polls of the last hour ended with retry, and the last complete read is a quarter of an hour old.",
    {**OF_X, "outcome": "retry"},
    *ON,
)
NO_TOKEN = Fires(
    "critical",
    "The platform refuses to let slamon read acme-x (credential)",
    "100% of the polls of the last hour were refused, and the last complete read is a quarter of an hour old. "
    "Only a person can mend that: a token, a permission, or a bill.",
    {**OF_X, "outcome": "credential"},
    *ON,
)
SPENT = Fires(
    "warning",
    "The budget of acme-x for mentions is nearly spent",
    "9.9% of it are left, and it is not whole again soon. The last tenth is kept for looks "
    "before an alert: "
    "polls stop until then, and the channel may turn blind.",
    {**OF_X, "endpoint": "mentions"},
    *ON,
)

CASES = (
    Case(
        "A channel is blind for a while, by one instance after the other",
        {
            'slamon_channel_blind{channel="acme-x",instance="a:9877"}': "0x10 1x25 _x200",
            'slamon_channel_blind{channel="acme-x",instance="b:9877"}': "_x36 1x65 0x20",
            'slamon_channel_blind{channel="acme-mail",instance="a:9877"}': "0x120",
        },
        (
            Look("14m", BLIND),
            Look(
                "17m",
                BLIND,
                (
                    Fires(
                        "warning",
                        "slamon cannot read acme-x",
                        "The last complete read of acme-x is too old to call anybody late, or there was none "
                        "yet. What falls due "
                        "meanwhile is told as unverified.",
                        OF_X,
                        *ON,
                    ),
                ),
            ),
            Look("1h9m", UNREAD),
            Look(
                "1h15m",
                UNREAD,
                (
                    Fires(
                        "critical",
                        "acme-x cannot be read for an hour and more",
                        "Customers who write on acme-x now are not seen. slamon goes on trying, and reads on "
                        "where it stopped.",
                        OF_X,
                        *ON,
                    ),
                ),
            ),
            Look("1h50m", BLIND),
            Look("1h50m", UNREAD),
        ),
    ),
    Case(
        "The token is refused",
        polls("credential", "0x120 1+1x59 60x60", "0+1x240", "0+60x120 7200x60 10860+60x60"),
        (
            Look("2h13m", REFUSED),
            Look(
                "2h40m",
                REFUSED,
                (
                    Fires(
                        "critical",
                        "The platform refuses to let slamon read acme-x (credential)",
                        "66.67% of the polls of the last hour were refused, and the last complete read is a "
                        "quarter of an hour "
                        "old. Only a person can mend that: a token, a permission, or a bill.",
                        {**OF_X, "outcome": "credential"},
                        *ON,
                    ),
                ),
            ),
            Look("2h40m", FAIL),
            Look("3h10m", REFUSED),
        ),
    ),
    Case(
        "The platform does not answer",
        polls("retry", "0+1x100", "0+1x100"),
        (
            Look("10m", FAIL),
            Look(
                "35m",
                FAIL,
                (
                    Fires(
                        "warning",
                        "Most polls of acme-x fail (retry)",
                        "100% of the polls of the last hour ended with retry, and the last complete read is a "
                        "quarter of an hour "
                        "old.",
                        {**OF_X, "outcome": "retry"},
                        *ON,
                    ),
                ),
            ),
            Look("35m", REFUSED),
        ),
    ),
    Case(
        "The platform does not answer, after a good day",
        polls("retry", "0x300 1+1x59", "0+1x360", "0+60x300 18000x60"),
        (Look("5h34m", FAIL), Look("5h48m", FAIL, (FAILING,))),
    ),
    Case(
        "The token is refused from the start",
        polls("credential", "0+1x60", "0+1x60"),
        (Look("18m", REFUSED), Look("22m", REFUSED, (NO_TOKEN,))),
    ),
    Case(
        "Two of five polls are refused, and none is complete",
        polls("permission", "0+2x100", "0+5x100"),
        (Look("1h", REFUSED),),
    ),
    Case("Two of five polls fail, and none is complete", polls("retry", "0+2x100", "0+5x100"), (Look("1h", FAIL),)),
    Case(
        "Two of five polls fail, between good ones",
        polls("retry", "0+2x100", "0+5x100", "0+60x100"),
        (Look("1h", FAIL),),
    ),
    Case(
        "Every poll is partial, but reads on", polls("partial", "0+1x100", "0+1x100", "0+60x100"), (Look("1h", FAIL),)
    ),
    Case(
        "slamon restarts: its counters begin anew",
        polls("retry", "500+1x30 _x3 0x60", "1000+1x30 _x3 0+1x60", "0+60x200"),
        (Look("50m", FAIL), Look("1h20m", FAIL)),
    ),
    Case("A channel that is not polled", polls("retry", "3x100", "3x100"), (Look("1h20m", FAIL),)),
    Case(
        "A budget is nearly spent",
        quota("400x10 99x60"),
        (
            Look("9m", QUOTA),
            Look("13m", QUOTA),
            Look(
                "25m",
                QUOTA,
                (SPENT,),
            ),
        ),
    ),
    Case("A fifth of a budget is left", quota("200x60"), (Look("40m", QUOTA),)),
    Case("A budget is nearly spent, and so is its window", quota("99x60", "240+60x60"), (Look("40m", QUOTA),)),
    Case(
        "A budget is nearly spent, ten minutes before it is whole again",
        quota("99x60", "600+60x60"),
        (Look("40m", QUOTA, (SPENT,)),),
    ),
    Case("Nothing was heard since the window ended", quota("0x60", "600x60"), (Look("40m", QUOTA),)),
    Case("A budget of nothing", quota("0x60", limit="0x60"), (Look("40m", QUOTA),)),
    Case("A credential has fifteen days left", ends(1_296_300), (Look("5m", ENDS), Look("5m", ENDED))),
    Case("It has ten days left", ends(864_300), (Look("5m", ENDS, (credential("warning", "10d 0h 0m 0s"),)),)),
    Case("It has three days left", ends(259_500), (Look("5m", ENDS, (credential("warning", "3d 0h 0m 0s"),)),)),
    Case(
        "It has one day left",
        ends(86_700),
        (Look("5m", ENDS, (credential("critical", "1d 0h 0m 0s"),)), Look("5m", ENDED)),
    ),
    Case(
        "It has ended",
        ends(100),
        (
            Look("5m", ENDS),
            Look(
                "5m",
                ENDED,
                (
                    Fires(
                        "critical",
                        "The refresh token of acme-x has ended",
                        "It ended by itself, and slamon cannot renew it. Put a new one in its place.",
                        {**OF_X, "credential": "refresh token"},
                        *ON,
                    ),
                ),
            ),
        ),
    ),
    Case(
        "A clock is wrong",
        {'slamon_clock_skew_seconds{platform="x"}': "-40x60", 'slamon_clock_skew_seconds{platform="reddit"}': "-20x60"},
        (
            Look("10m", "SlamonClockSkewed"),
            Look(
                "20m",
                "SlamonClockSkewed",
                (
                    Fires(
                        "warning",
                        "The clocks of x and of slamon differ by 40s",
                        "Deadlines count from the platform's times, and fall due by slamon's clock. One of "
                        "both is wrong.",
                        {"platform": "x"},
                    ),
                ),
            ),
        ),
    ),
    Case(
        "Somebody was forgotten for a week",
        forgotten(-600_000, "1x100"),
        (
            Look("10m", FORGOTTEN),
            Look(
                "20m",
                FORGOTTEN,
                (
                    Fires(
                        "warning",
                        "Somebody waits on acme-x for 6d 23h 0m 0s",
                        "No promise is longer than 2 days, and three days more are over. Has it been forgotten?",
                        OF_X,
                        "slamon-now",
                        "?var-channel=acme-x",
                    ),
                ),
            ),
        ),
    ),
    Case("A long wait, and nobody is late", forgotten(-600_000, "0x100"), (Look("20m", FORGOTTEN),)),
    Case("Somebody is late for four days", forgotten(-345_600, "1x100"), (Look("20m", FORGOTTEN),)),
    Case(
        "Nobody's customers, and posts that make no sense",
        {
            'slamon_unmatched_waits{channel="acme-x"}': "0x10 1x20 0x20",
            'slamon_quarantined_messages{channel="acme-x"}': "0x10 1x20 0x20",
        },
        (
            Look("20m", UNMATCHED),
            Look(
                "27m",
                UNMATCHED,
                (
                    Fires(
                        "warning",
                        "Customers wait on acme-x whom no policy covers",
                        "They are held to nothing, and nobody is told of them: 1 now.",
                        OF_X,
                        *ON,
                    ),
                ),
            ),
            Look("40m", UNMATCHED),
            Look("20m", QUARANTINED),
            Look(
                "27m",
                QUARANTINED,
                (
                    Fires(
                        "warning",
                        "Posts on acme-x could not be understood",
                        "They are kept aside and count nowhere: 1 now. A customer may wait in one.",
                        OF_X,
                        *ON,
                    ),
                ),
            ),
            Look("40m", QUARANTINED),
        ),
    ),
)

BOOK = Book(
    "seeing", "What slamon sees: channels, budgets, credentials, clocks, customers who wait.", "1m", "1m", CASES
)
