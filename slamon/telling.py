"""Everything by which people are told and answer back, wired together: the half of the composition root that speaks."""

from __future__ import annotations

import os
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from slamon.acting import Acting
from slamon.audiences import build
from slamon.dispatcher import Dispatcher, Sending
from slamon.occasions import Occasions, Watched, World, occasions_of
from slamon.relay import Relay, routes_of
from slamon.store.outbox import Reader

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from slamon.answering import Line
    from slamon.audiences import Audience
    from slamon.config import Config
    from slamon.events import Listener
    from slamon.model import Instant
    from slamon.notifiers.base import Notifier
    from slamon.notify import NotifyConfig
    from slamon.occasions import LastErrors
    from slamon.sla.policy import RuleSet
    from slamon.store.store import Store


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What it is given of the rest of slamon."""

    store: Store
    now: Callable[[], Instant]
    seconds: Callable[[], float]
    """Monotonic."""
    rules: Callable[[], RuleSet]
    hear: Listener
    wake: Callable[[], None]
    up_since: Instant
    tried: Callable[[], bool]
    """Whether each channel was read once, well or not."""
    barred: Callable[[str], bool]
    """Whether it is known that a channel cannot be read until a person does something."""
    last_errors: LastErrors


class Telling:
    """Who is told, by what, when; and what hears them. Parts are `None` where the configuration leaves them out."""

    def __init__(self, config: Config, around: Surroundings) -> None:
        self.config = config
        self.around = around
        self.notifier = self._notifier()
        self.audiences = self._audiences()
        self.dispatcher = self._dispatcher(self.notifier) if self.notifier else None
        self.relay = self._relay()
        named = self._named()
        self.acting = Acting(around.store, around.rules, named, around.now, around.wake, around.hear)
        self.acting.zone = ZoneInfo(config.notify.timezone)
        self.occasions = self._occasions()
        self.line = self._line()

    def _notifier(self) -> Notifier | None:
        slack = self.config.notify.slack
        if slack is None or not self.config.notify.audiences:
            return None
        from slamon.notifiers.slack import Slack  # noqa: PLC0415 - without Slack its library is not loaded

        buttons = slack.app_token is not None
        return Slack(slack.token.get(), slack.api_url, self.config.notify.timezone, buttons=buttons)

    def _audiences(self) -> dict[str | None, Audience]:
        """By name; the default one under `None`. Nobody where nothing can be sent."""
        audiences: dict[str | None, Audience] = {}
        for name, audience in self.config.notify.audiences.items() if self.notifier else ():
            audiences[name] = build(audience)
            if audience.default:
                audiences[None] = audiences[name]
        return audiences

    def _named(self) -> dict[str, Audience]:
        return {audience.name: audience for audience in self.audiences.values()}

    def _dispatcher(self, notifier: Notifier) -> Dispatcher:
        around, slack, named = self.around, self.config.notify.slack, self._named()
        owner = f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
        fallback = named.get(slack.fallback or "") if slack else None
        world = Sending(around.now, around.seconds, around.rules, around.hear, owner, named, fallback)
        return Dispatcher(around.store, notifier, world, self.config.notify.digests)

    def _relay(self) -> Relay | None:
        routes = routes_of(self.config.notify)
        return Relay(self.dispatcher, routes) if routes and self.dispatcher else None

    def _occasions(self) -> Occasions:
        around, notify = self.around, self.config.notify
        spans = {channel.name: channel.blind_after for channel in self.config.channels}
        world = World(
            around.store,
            around.now,
            around.rules,
            self.audiences,
            ZoneInfo(notify.timezone),
            list(spans),
            around.tried,
            around.up_since,
        )
        return occasions_of(world, Watched(spans, around.barred, around.last_errors), notify.digests)

    def _line(self) -> Line | None:
        """What hears the clicks in Slack; nothing where no app token is configured."""
        around, notify, slack = self.around, self.config.notify, self.config.notify.slack
        if slack is None or slack.app_token is None or self.notifier is None:
            return None
        from slamon import answering  # noqa: PLC0415 - without Slack its library is not loaded
        from slamon.notifiers._slack_people import People  # noqa: PLC0415 - as above
        from slamon.notifiers._slack_talk import Talk  # noqa: PLC0415 - as above
        from slamon.notifiers.slack import Slack  # noqa: PLC0415 - as above

        talk = Talk(Slack(slack.token.get(), slack.api_url, notify.timezone))
        people = People(talk, notify.people.may_act, around.seconds)
        place = answering.Around(around.store, self.acting, talk, people, around.now, default_readers(notify))
        way = answering.Way(slack.app_token.get(), slack.api_url, around.hear, around.now, around.seconds)
        return answering.Line(answering.Answering(place), way)


def default_readers(notify: NotifyConfig) -> Sequence[Reader]:
    """Who hears of what is about no wait."""
    if notify.slack is None:
        return ()
    return [Reader(name, audience.slack) for name, audience in notify.audiences.items() if audience.default]
