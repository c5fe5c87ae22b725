"""A report to read in a terminal, or to paste into a page: tables in Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import regex

from slamon.notifiers.text import WEEKDAYS, one_line
from slamon.report.flow import by_day
from slamon.report.formats.words import (
    FATES,
    corrections,
    number,
    percent,
    reached,
    span,
    span_words,
    title,
    when,
    whole,
)
from slamon.sla.fate import Fate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from zoneinfo import ZoneInfo

    from slamon.report.sheet import Cut, Sheet

SPECIAL = regex.compile(r"([\\`*_\[\]<>|~&$#])")
# What renderers make links and mentions of by themselves, backslash or not: an invisible joint takes it apart.
LINKED = regex.compile(r"[@#]|://|\bwww\.|\b(?:mailto|xmpp):", regex.IGNORECASE)
JOINT = "\N{WORD JOINER}"
ADDRESS = regex.compile(r"https?://[A-Za-z0-9._~/%?=&#:+,@!-]+")


def text(said: str) -> str:
    """What strangers wrote as plain text: no table, link, picture, mention or tag comes of it."""
    apart = LINKED.sub(lambda found: found[0][0] + JOINT + found[0][1:], one_line(said))
    return SPECIAL.sub(r"\\\1", apart)


def link(address: str) -> str:
    """An address of the web as a link; anything else as text."""
    return f"<{address}>" if ADDRESS.fullmatch(address) else text(address)


def written(sheet: Sheet, zone: ZoneInfo) -> str:
    """The text."""
    return "\n".join(_lines(sheet, zone)) + "\n"


def _channels(names: Sequence[str]) -> str:
    return f"{len(names)} channel{'' if len(names) == 1 else 's'}"


def _lines(sheet: Sheet, zone: ZoneInfo) -> Iterator[str]:
    head = sheet.head
    yield f"# {text(title(sheet))}"
    yield ""
    yield f"{span_words(sheet, zone)}. Counted are the {head.cohort}."
    yield f"Made {when(head.made_at, zone)}; rules {text(head.rules)}; {_channels(head.channels)}."
    if head.blind:
        blind = ", ".join(f"{text(one.name)} for {span(one.blind_ms)}" for one in head.blind)
        yield f"Could not be read for a while: {blind}."
    cuts = [sheet.total, *sheet.labels, *sheet.channels]
    promised = [*cuts, *(cut for cut in sheet.policies if cut.policy or cut.waits)]
    yield from _section("In time", _kept(promised))
    yield "In time: met of due. Due: met, missed, or open past due. Spread: p90 over p50. Times are of the answered."
    yield from _section("Where everything went", _balance(cuts))
    yield from _section("Objectives", _objectives(sheet.policies))
    yield from _section("Times to the answer", _times(promised))
    yield (
        "Clock: around the clock; open time: while the calendar is open. “With these” counts those without an answer, "
        "too, with the time that they have waited (Kaplan-Meier); “not reached” means that so many have none yet."
    )
    yield from _section("Further figures", _further(cuts, zone))
    yield from _section("In and out of opening hours", _hours(promised))
    yield from _section("Arrivals by hour of the week", _week(sheet.total, share=False))
    yield from _section("In time by hour of the week, in per cent", _week(sheet.total, share=True))
    yield from _section("Day by day", _flow(sheet, zone))
    yield from _section("Longest past due", _worst(sheet, zone))
    yield from _section("Who answered", _answerers(sheet))


def _section(name: str, rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A table under its heading; nothing where it has no rows below its head."""
    head, *body = rows
    if not body:
        return
    widths = [max(len(row[n]) for row in (head, *body)) for n in range(len(head))]
    yield from ("", f"## {name}", "")
    for place, row in enumerate((head, *body)):
        cells = (cell.ljust(width) if n == 0 else cell.rjust(width) for n, (cell, width) in _numbered(row, widths))
        yield f"| {' | '.join(cells)} |"
        if place == 0:
            yield f"| {' | '.join(_rule(n, width) for n, width in enumerate(widths))} |"
    yield ""


def _numbered(row: Sequence[str], widths: Sequence[int]) -> Iterator[tuple[int, tuple[str, int]]]:
    return enumerate(zip(row, widths, strict=True))


def _rule(n: int, width: int) -> str:
    return "-" * width if n == 0 else "-" * (width - 1) + ":"


def _name(cut: Cut) -> str:
    return text(cut.name if cut.by in {"total", "channel", "policy"} else f"{cut.by} {cut.name}")


def _kept(cuts: Iterable[Cut]) -> Iterator[Sequence[str]]:
    yield ("", "received", "in time", "met", "due", "answered at all", "p50", "p90", "spread")
    for cut in cuts:
        of, times = cut.response, cut.response.wall.answered
        yield (
            _name(cut),
            whole(cut.received),
            percent(of.in_time),
            whole(of.met),
            whole(of.due),
            percent(cut.response_rate),
            span(times.p50_ms),
            span(times.p90_ms),
            number(times.spread),
        )


def _balance(cuts: Iterable[Cut]) -> Iterator[Sequence[str]]:
    yield ("", "received", *("= " * (not n) + FATES[fate.value] for n, fate in enumerate(Fate)))
    for cut in cuts:
        yield (_name(cut), whole(cut.received), *(whole(cut.balance[fate.value]) for fate in Fate))


def _objectives(cuts: Iterable[Cut]) -> Iterator[Sequence[str]]:
    yield ("", "target", "objective", "in time", "due", "late allowed", "late")
    for cut in cuts:
        for one in cut.objectives:
            name, share = _name(cut), percent(one.objective)
            numbers = (whole(one.due), whole(one.late_allowed), whole(one.late_used))
            yield (name, one.target, share, percent(one.in_time), *numbers)


def _times(cuts: Iterable[Cut]) -> Iterator[Sequence[str]]:
    yield (
        "",
        "counted",
        "answered",
        "p50",
        "p90",
        "p99",
        "no answer yet",
        "p50 with these",
        "p90 with these",
        "p99 with these",
    )
    for cut in cuts:
        of = cut.response
        for counted, times in (("clock", of.wall), ("open time", of.business)):
            done, both, days = times.answered, times.with_waiting, counted == "clock"
            answered = (span(each, days=days) for each in (done.p50_ms, done.p90_ms, done.p99_ms))
            waiting = (reached(both, each, days=days) for each in (both.p50_ms, both.p90_ms, both.p99_ms))
            yield (_name(cut), counted, whole(done.answered), *answered, whole(both.waiting), *waiting)


def _further(cuts: Iterable[Cut], zone: ZoneInfo) -> Iterator[Sequence[str]]:
    yield (
        "",
        "oldest open since",
        "waits a conversation",
        "handed over",
        "of answers",
        "seen in private",
        "p50 to private answer",
        "suspected automatic",
        "without a promise",
        "corrections",
    )
    for cut in cuts:
        hand = cut.hand_over
        yield (
            _name(cut),
            "none of these" if cut.oldest_open_at is None else when(cut.oldest_open_at, zone),
            number(cut.rounds.per_conversation),
            whole(hand.waits),
            percent(hand.share),
            whole(hand.answered_in_private),
            span(hand.p50_ms),
            whole(cut.suspected),
            whole(cut.unmatched),
            corrections(cut),
        )


def _hours(cuts: Iterable[Cut]) -> Iterator[Sequence[str]]:
    yield ("", "hours", "arrivals", "answers", "due", "in time", "p50")
    for cut in cuts:
        for name, of in (("open", cut.in_hours), ("closed", cut.out_of_hours)):
            numbers = (whole(of.arrivals), whole(of.answers), whole(of.due))
            yield (_name(cut), name, *numbers, percent(of.in_time), span(of.p50_ms))


def _week(cut: Cut, *, share: bool) -> Iterator[Sequence[str]]:
    yield ("", *(f"{hour:02}" for hour in range(24)))
    if cut.week is None or not any(map(any, cut.week.arrivals)):
        return
    for n, day in enumerate(WEEKDAYS):
        if share:
            met, due = cut.week.met[n], cut.week.due[n]
            yield (day, *(str(100 * m // d) if d else "" for m, d in zip(met, due, strict=True)))
        else:
            yield (day, *(str(arrivals or "") for arrivals in cut.week.arrivals[n]))


def _flow(sheet: Sheet, zone: ZoneInfo) -> Iterator[Sequence[str]]:
    yield ("", "arrivals", "answers", "waiting at the end")
    for day in by_day(sheet.flow, zone):
        name = when(day.from_at, zone).rpartition(" ")[0]
        yield (name, whole(day.arrivals), whole(day.answers), whole(day.backlog))


def _worst(sheet: Sheet, zone: ZoneInfo) -> Iterator[Sequence[str]]:
    yield ("wait", "late by", "status", "channel / policy", "customer", "since", "text", "link")
    for one in sheet.worst:
        yield (
            str(one.wait),
            span(one.late_ms),
            one.status,
            f"{text(one.channel)} / {text(one.policy)}",
            text(one.customer),
            when(one.started_at, zone),
            text(one.text),
            link(one.permalink),
        )


def _answerers(sheet: Sheet) -> Iterator[Sequence[str]]:
    yield ("account", "signs", "channel", "answers", "in time", "p50")
    for one in sheet.answerers:
        signs, numbers = text(one.signature) or "not known", (whole(one.answers), percent(one.in_time))
        yield (text(one.account), signs, text(one.channel), *numbers, span(one.p50_ms))
