"""One case of a rule test on the daemon's own engine: a real store, a real evaluator, a clock that the case moves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from slamon.audiences import Audience
from slamon.evaluator import Evaluator, Watch
from slamon.model import SECOND
from slamon.practice.script import DEFAULT_AUDIENCE, script
from slamon.reload.diff import changes
from slamon.reload.waits import Rematch, jobs
from slamon.sla.marking import marked
from slamon.sla.settings import fold_settings
from slamon.store import rehearsed
from slamon.store.ruling import Ruling
from slamon.store.save import Batch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slamon.model import Instant
    from slamon.practice.script import Delivery, Script
    from slamon.rules.cases import Case
    from slamon.sla.fold import FoldSettings
    from slamon.sla.policy import RuleSet
    from slamon.store.rehearsed import Needless, Stood
    from slamon.store.store import Store

SWEEPS = 1_000
"""More at one instant than any case needs."""


@dataclass(frozen=True, slots=True)
class Played:
    """What came of a case, as it stands at its end."""

    script: Script
    rules: RuleSet
    """Those in force at the end."""
    timers: Sequence[Stood]
    needless: Sequence[Needless]


class Audiences(Mapping[str | None, Audience]):
    """Everybody a rule may name, whether or not a configuration says where to find them."""

    def __init__(self, default: str = DEFAULT_AUDIENCE) -> None:
        self.default = default

    def __getitem__(self, name: str | None) -> Audience:
        return Audience(name or self.default, name or self.default)

    def __iter__(self) -> Iterator[str | None]:
        return iter((None,))

    def __len__(self) -> int:
        return 1


def play(
    store: Store, case: Case, rules: Sequence[tuple[Instant, RuleSet]], default: str, platform: str | None
) -> Played:
    """Play a case in a store that nobody else uses.

    :param rules: the rule sets, each with the instant from which it is in force; the first one from the beginning.
    :param default: the name of the audience of stages that name none.
    :param platform: that of the channel, where a configuration says so.
    """
    rehearsed.empty(store)
    stage = _Stage(store, case, script(case, platform), Audiences(default))
    return stage.play(rules)


class _Stage:
    def __init__(self, store: Store, case: Case, told: Script, audiences: Audiences) -> None:
        self.store = store
        self.case = case
        self.script = told
        self.now: Instant = max(min(told.deliveries) - SECOND, 0)
        self.channel = store.register(case.channel, told.platform).id
        self.evaluator = Evaluator(
            store,
            {case.channel: Watch(30 * SECOND, 0)},
            audiences,
            up_since=self.now,
            recheck=self._recheck,
            hear=lambda _event: None,
        )
        self.rules: RuleSet

    def play(self, rules: Sequence[tuple[Instant, RuleSet]]) -> Played:
        self.rules = rules[0][1]
        following = dict(rules[1:])
        self.store.begin_poll(self.channel, self.now)
        self._read()
        instants = sorted({*self.script.deliveries, *following, self.case.at})
        for at in instants:
            if at > self.case.at:
                break
            self._passes(at)
            if at in following:
                self._reload(following[at])
            if at in self.script.deliveries:
                self._deliver(self.script.deliveries[at])
            self._read()
            self._sweep()
        with self.store.read() as tx:
            return Played(self.script, self.rules, rehearsed.stood(tx), rehearsed.needless(tx))

    def _passes(self, at: Instant) -> None:
        """Let time pass up to just before `at`; whatever falls due on the way is decided at its instant."""
        while (due := self.store.next_at()) is not None and due < at:
            self.now = max(due, self.now)
            self._read()
            self._sweep()
        self.now = at

    def _read(self) -> None:
        """A complete read that brings nothing new: the channel is never blind."""
        self.store.complete_poll(self.channel, None, self.now, self.now)

    def _deliver(self, news: Delivery) -> None:
        rules, told = self.rules.of(self.case.channel), self.script
        name, platform = self.case.channel, told.platform
        messages = marked(news.messages, rules.marking, channel=name, platform=platform, ours=told.ours)
        settings = self._settings()
        self.store.save(Batch(self.channel, messages), settings, self.now)
        self.store.save(Batch(self.channel, gone=news.gone), settings, self.now)

    def _settings(self) -> FoldSettings:
        rules, told = self.rules.of(self.case.channel), self.script
        return fold_settings(rules, channel=self.case.channel, platform=told.platform, ours=told.ours)

    def _reload(self, rules: RuleSet) -> None:
        """As the daemon does: waits that the change may concern are decided anew."""
        before, channels = self.rules, {self.case.channel: self.channel}
        self.rules = replace(rules, past={**before.past, before.version: before})
        todo = jobs([changes(before, rules, channels)], rules, channels, ())
        Rematch(Ruling(self.store), rules.version, lambda: True).run(todo)

    def _recheck(self, channel: str, waits: Sequence[int]) -> None:
        """Somebody looks at once, and sees all there is to see."""
        del channel
        self.store.checked(waits, self.now, self.now)

    def _sweep(self) -> None:
        for _ in range(SWEEPS):
            self.evaluator.sweep(self.rules, lambda: self.now, lambda: 0.0)
            following = self.store.next_at()
            if following is None or following > self.now:
                return
        raise AssertionError("the sweeps do not come to an end")
