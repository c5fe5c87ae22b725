"""Store, rules and question → the sheet. One reading transaction: all figures are of the same state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.alerts import build
from slamon.digests.said import loads
from slamon.notifiers.text import called, one_line
from slamon.report import figures
from slamon.report.asked import known
from slamon.report.counting import Counting, Terms
from slamon.report.counts import CellCount
from slamon.report.flow import FlowCount
from slamon.report.percentiles import nearest_rank
from slamon.report.sheet import Answerer, Blind, Head, Sheet, Worst
from slamon.store import cohort, facts
from slamon.store.cohort import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from slamon.model import Instant, Millis
    from slamon.report.asked import Asked
    from slamon.report.sheet import Cut
    from slamon.sla.policy import RuleSet
    from slamon.store.store import Store

    Progress = Callable[[int, int], None]
    Labels = Mapping[str, Mapping[str, str]]

UNLABELLED = "(none)"
TEXT_ROOM = 140
STEP = 1_000
"""Waits between two signs of life."""
COHORT = "waits that began in this time, as they stand when the report is made; history is left out"


def report(store: Store, rules: RuleSet, labels: Labels, asked: Asked, progress: Progress | None = None) -> Sheet:
    """The whole report. `labels`: what is configured of each channel.

    :raises UsageError: a channel or a policy that nobody knows.
    """
    with store.read() as tx:
        names = cohort.channels(tx)
        chosen = _chosen(names, rules, labels, asked)
        of = None if len(chosen) == len(names) else [number for number in names if number in chosen]
        maker = _Maker(tx, Terms(rules, asked.zone, asked.now, names), labels, asked)
        maker.read(Span(asked.first, asked.stop, asked.now, of), progress)
        return maker.sheet(chosen)


def _chosen(names: Mapping[int, str], rules: RuleSet, labels: Labels, asked: Asked) -> dict[int, str]:
    """The channels that the report is of."""
    known("--channel", asked.channels, {*names.values(), *labels})
    policies = {policy.name for name in names.values() for policy in rules.of(name).policies}
    known("--policy", asked.policies, policies)
    wanted = (asked.labels or {}).items()
    return {
        number: name
        for number, name in names.items()
        if (not asked.channels or name in asked.channels) and wanted <= labels.get(name, {}).items()
    }


class _Maker:
    def __init__(self, tx: Connection, terms: Terms, labels: Labels, asked: Asked) -> None:
        self.tx, self.terms, self.labels, self.asked = tx, terms, labels, asked
        self.counting = Counting(terms, FlowCount(asked.first, asked.stop, asked.zone), asked.policies)

    def read(self, span: Span, progress: Progress | None) -> None:
        """Count everything of the span."""
        tx, counting = self.tx, self.counting
        size = cohort.size(tx, span) if progress else 0
        for n, row in enumerate(cohort.waits(tx, span)):
            counting.count(row)
            if progress and n % STEP == 0:
                progress(n, size)
        if progress:
            progress(size, size)
        if not self.asked.policies:  # a message that started no wait is held to none
            for channel, fate, n in cohort.no_reply(tx, span):
                counting.cell(channel, "").fates[fate] += n
        longest = max((self.terms.abandoned_after(number) for number in self.terms.names), default=0)
        for carried in cohort.carried(tx, span, span.first - longest):
            counting.carry(carried)
        if counting.handed:
            counting.go_on(cohort.handed_over(tx, span), cohort.private_answers(tx, span.first))
        self.rounds = cohort.rounds(tx, span)

    # --- cuts

    def sheet(self, chosen: Mapping[int, str]) -> Sheet:
        """What was counted, as figures."""
        by_policy = self._by_policy()
        by_channel = self._by_channel()
        total = _sum(by_channel.values())
        return Sheet(
            head=self._head(chosen),
            total=figures.cut(total, "total", "All"),
            channels=[
                figures.cut(cell, "channel", self.terms.names[number], self.terms.names[number])
                for number, cell in by_channel.items()
            ],
            policies=by_policy,
            labels=self._by_labels(by_channel),
            flow=self.counting.flow.flow(),
            worst=self._worst(),
            answerers=self._answerers(),
        )

    def _by_policy(self) -> list[Cut]:
        for channel, policy, conversations, waits in self.rounds:
            if policy is not None and (cell := self.counting.cells.get((channel, policy))):
                cell.conversations, cell.rounds = conversations, waits
        found = []
        for (channel, policy), cell in self._cells():
            name = self.terms.names[channel]
            cut = figures.cut(cell, "policy", f"{name} / {policy or '(no policy)'}", name, policy)
            found.append(figures.with_objectives(cut, self.terms.policy(channel, policy)))
        return found

    def _cells(self) -> list[tuple[tuple[int, str], CellCount]]:
        """By channel, the policies as the rules have them."""
        return sorted(
            self.counting.cells.items(), key=lambda cell: (self.terms.names[cell[0][0]], self._place(cell[0]))
        )

    def _place(self, key: tuple[int, str]) -> tuple[int, str]:
        rules = self.terms.rules.of(self.terms.names[key[0]])
        order = [policy.name for policy in rules.policies]
        return (order.index(key[1]) if key[1] in order else len(order), key[1])

    def _by_channel(self) -> dict[int, CellCount]:
        narrowed = bool(self.asked.policies)
        found: dict[int, CellCount] = {}
        for (channel, _), cell in self._cells():
            found.setdefault(channel, CellCount()).add(cell, conversations=narrowed)
        for channel, policy, conversations, waits in self.rounds:
            if policy is None and channel in found and not narrowed:
                found[channel].conversations, found[channel].rounds = conversations, waits
        return found

    def _by_labels(self, by_channel: Mapping[int, CellCount]) -> list[Cut]:
        found = []
        for label in self.asked.by:
            if not any(label in of for of in self.labels.values()):
                continue
            groups: dict[str, list[CellCount]] = {}
            for channel, cell in by_channel.items():
                value = self.labels.get(self.terms.names[channel], {}).get(label, UNLABELLED)
                groups.setdefault(value, []).append(cell)
            found += [figures.cut(_sum(groups[value]), label, value) for value in sorted(groups)]
        return found

    # --- beside them

    def _head(self, chosen: Mapping[int, str]) -> Head:
        asked = self.asked
        return Head(
            from_at=asked.first,
            until_at=asked.stop,
            made_at=asked.now,
            timezone=asked.zone.key,
            cohort=COHORT,
            rules=self.terms.rules.version,
            channels=sorted(chosen.values()),
            only=asked.only,
            blind=_blind(cohort.blindness(self.tx, asked.first, asked.stop), set(chosen.values()), asked),
        )

    def _worst(self) -> list[Worst]:
        worst = self.counting.worst
        known = facts.of_waits(self.tx, [number for number, _, _ in worst]) if worst else {}
        found = []
        for number, target, late in worst:
            wait = next((one for one in known.get(number, ()) if one.target == target), None)
            if wait is None:
                continue
            alert = build(wait, self.terms.rules.of(wait.channel), self.asked.now)  # shows what alerts may show
            found.append(
                Worst(
                    wait=number,
                    channel=wait.channel,
                    policy=wait.policy,
                    target=wait.target.value,
                    status=wait.status.value,
                    customer=one_line(called(wait.author)) if wait.author else wait.customer,
                    text=_cut(one_line(alert.text)),
                    permalink=alert.permalink,
                    started_at=wait.started_at,
                    due_at=wait.due_at,
                    answered_at=wait.answered_at,
                    late_ms=late,
                )
            )
        return found

    def _answerers(self) -> list[Answerer]:
        found = []
        for (channel, account, signature), count in self.counting.answerers.items():
            middle = nearest_rank(sorted(count.wall), 50)
            name, in_time = self.terms.names[channel], figures.share(count.met, count.due)
            found.append(Answerer(name, one_line(account), signature, count.answers, count.due, in_time, middle))
        return sorted(found, key=lambda one: (one.channel, -one.answers, one.account, one.signature))


def _sum(cells: Iterable[CellCount]) -> CellCount:
    total = CellCount()
    for cell in cells:
        total.add(cell, conversations=True)
    return total


def _cut(text: str) -> str:
    return text if len(text) <= TEXT_ROOM else text[: TEXT_ROOM - 1].rstrip() + "…"


def _blind(notices: Sequence[cohort.Blindness], channels: set[str], asked: Asked) -> list[Blind]:
    """How long notices of blindness stood within the span, by channel, or by platform where they were about several."""
    spans: dict[str, list[tuple[Instant, Instant]]] = {}
    for notice in notices:
        if notice.channel is not None and notice.channel not in channels:
            continue
        name = notice.channel or f"several channels of {loads(notice.said).about.get('platform', 'one platform')}"
        end = asked.now if notice.closed_at is None else notice.closed_at
        spans.setdefault(name, []).append((max(notice.opened_at, asked.first), min(end, asked.stop)))
    return [Blind(name, _union(found)) for name, found in sorted(spans.items())]


def _union(spans: Iterable[tuple[Instant, Instant]]) -> Millis:
    """The time that at least one of them covers: the same notice goes to several readers."""
    total, reached = 0, 0
    for first, stop in sorted(spans):
        total += max(0, stop - max(first, reached))
        reached = max(reached, stop)
    return total
