"""Tries every way by which people are told, with messages that are marked as a test; the store has no part in it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from slamon.errors import UsageError
from slamon.fields import did_you_mean
from slamon.model import MINUTE, SECOND
from slamon.notifiers.alertmanager import Firing
from slamon.notifiers.base import Outcome, SendError
from slamon.notifiers.samples import TEST, WORDS, samples
from slamon.notifiers.webhook import document
from slamon.relay import routes_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from slamon.model import Instant
    from slamon.notifiers._slack_probe import Step
    from slamon.notifiers.base import Content, Notifier
    from slamon.notify import NotifyConfig
    from slamon.notify.audiences import Audience
    from slamon.relay import Routes

LONGEST_PAUSE = 30 * SECOND
"""That Slack may ask for before a try is given up."""
ALERT = "SlamonTest"


@dataclass(frozen=True, slots=True)
class Tried:
    """One message on one way; `error` is empty where it arrived."""

    to: str
    where: str
    what: str
    error: str = ""


def chosen(notify: NotifyConfig, to: str | None) -> Sequence[Audience]:
    """The audiences to try: one, or all.

    :raises UsageError: there is no such audience, or none at all.
    """
    if notify.slack is None or not notify.audiences:
        raise UsageError(
            "nobody can be told: write `notify: {slack: {token: {env: SLACK_BOT_TOKEN}}, "
            'audiences: {desk: {slack: "#social-desk"}}}` into the configuration; docs/slack.md says how'
        )
    if to is None:
        return list(notify.audiences.values())
    if to not in notify.audiences:
        raise UsageError(f"there is no audience {to}; {did_you_mean(to, notify.audiences)}")
    return [notify.audiences[to]]


def drill(
    notify: NotifyConfig,
    audiences: Sequence[Audience],
    notifier: Notifier,
    now: Callable[[], Instant],
    sleep: Callable[[float], None],
) -> Iterator[Tried]:
    """Send one of each kind to these audiences, and one on each second route; says what came of each."""
    for audience in audiences:
        yield from _slack(audience, notifier, now(), sleep)
    routes = routes_of(notify)
    if routes and routes.webhook:
        yield Tried("second route", "webhook", "alert", _webhook(routes, now()))
    if routes and routes.alertmanager:
        yield from _alertmanager(routes, now())


def probe_slack(notify: NotifyConfig, sleep: Callable[[float], None]) -> Iterator[Step]:
    """Try in Slack what slamon has to do in each destination, and look up whom messages wake.

    :raises UsageError: Slack is not configured.
    """
    from slamon.notifiers import _slack_probe as probing  # noqa: PLC0415 - without Slack its library is not loaded
    from slamon.notifiers.slack import Slack  # noqa: PLC0415 - as above

    audiences, slack = chosen(notify, None), notify.slack
    if slack is None:
        return
    notifier = Slack(slack.token.get(), slack.api_url, notify.timezone)
    for destination in dict.fromkeys(audience.slack for audience in audiences):
        yield from probing.probe(notifier, destination, sleep)
    for name in dict.fromkeys(name for audience in audiences for name in _woken(audience)):
        yield probing.found(notifier, name)


def _woken(audience: Audience) -> list[str]:
    shifts = audience.shifts.shifts if audience.shifts else ()
    return [*([audience.mention] if audience.mention else []), *audience.others, *(p for s in shifts for p in s.wake)]


def _slack(audience: Audience, notifier: Notifier, now: Instant, sleep: Callable[[float], None]) -> Iterator[Tried]:
    try:
        place = notifier.resolve(audience.slack)
    except SendError as error:
        yield Tried(audience.name, audience.slack, "all", str(error))
        return
    for what, content in samples(now).items():
        yield Tried(audience.name, audience.slack, what, _sent(notifier, place, content, sleep))


def _sent(notifier: Notifier, place: str, content: Content, sleep: Callable[[float], None]) -> str:
    """What went wrong; a pause that is asked for is taken once."""
    for last in (False, True):
        try:
            notifier.post(place, content, uuid.uuid4().hex)
        except SendError as error:
            pause = error.retry_after or SECOND
            if error.outcome is not Outcome.PACE or last or pause > LONGEST_PAUSE:
                return str(error)
            sleep(pause / SECOND)
        else:
            return ""
    raise AssertionError  # pragma: no cover - the second try returns


def _webhook(routes: Routes, now: Instant) -> str:
    said = document(samples(now)["breached"], "test")
    try:
        if routes.webhook:
            routes.webhook.deliver(f"test-{uuid.uuid4().hex}", said, now)
    except SendError as error:
        return str(error)
    return ""


def _alertmanager(routes: Routes, now: Instant) -> Iterator[Tried]:
    """A harmless alert; it ends by itself."""
    labels = {**routes.labels, "alertname": ALERT, "severity": "info"}
    firing = Firing(labels, {"summary": f"{TEST}: {WORDS}"}, now - MINUTE)
    for number, error in enumerate(routes.alertmanager.push([firing], (), now) if routes.alertmanager else (), 1):
        yield Tried("second route", f"alertmanager {number}", "alert", str(error) if error else "")
