"""A wait as stored → the alert a notifier renders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.model import BY_HAND, Kind, Status
from slamon.notifiers.base import Alert
from slamon.sla.handling import UNHANDLED

if TYPE_CHECKING:
    from slamon.model import Instant
    from slamon.sla.handling import Handling
    from slamon.sla.policy import ChannelRules
    from slamon.store.facts import WaitFacts


def mark(wait: WaitFacts) -> tuple[object, ...]:
    """What a rendered message depends on: equal marks, equal messages but for the clock."""
    texts = tuple((said.id, said.text, said.gone_at) for said in wait.messages)
    return (wait.status, wait.stage, wait.policy, wait.due_at, wait.answered_at, wait.reason, wait.acted, texts)


def build(
    wait: WaitFacts, rules: ChannelRules, now: Instant, mention: str = "", handled: Handling = UNHANDLED
) -> Alert:
    """The alert of a wait as it stands at `now`; `mention` is the resolved id of whom to wake."""
    ended = handled.ended if wait.status is Status.CANCELLED and wait.reason in BY_HAND else None
    first = wait.messages[0] if wait.messages else None
    newest = wait.messages[-1] if wait.messages else None
    author = wait.author
    private = newest is not None and newest.kind.private
    show_text = "none" if private and rules.show_text == "full" else rules.show_text
    return Alert(
        wait=wait.id,
        channel=wait.channel,
        platform=wait.platform,
        kind=newest.kind if newest else Kind.MENTION,
        customer=(author.name or author.handle or author.id) if author else wait.customer,
        handle=author.handle if author else "",
        followers=author.followers if author else None,
        text=newest.text if newest and show_text != "none" else "",
        show_text=show_text,
        permalink=first.permalink if first else "",
        messages=len(wait.messages),
        policy=wait.policy,
        target=wait.target,
        status=wait.status,
        started_at=wait.started_at,
        due_at=wait.due_at,
        target_length=wait.length,
        now=now,
        answered_at=wait.answered_at,
        answered_by=wait.answered_by,
        cancelled=wait.status is Status.CANCELLED,
        verified=wait.status is not Status.UNVERIFIED,
        last_read_at=wait.read_at,
        stage=wait.stage,
        mention=mention,
        closed_by=ended.by if ended else "",
        closed_how=ended.how if ended else "",
        closed_why=ended.why if ended else "",
        acknowledged_by=handled.acknowledged.by if handled.acknowledged else "",
        acknowledged_until=handled.acknowledged.until if handled.acknowledged else None,
        snoozed_by=handled.snoozed.by if handled.snoozed else "",
        snoozed_until=handled.snoozed.until if handled.snoozed else None,
    )
