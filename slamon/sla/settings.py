"""What the fold of a channel's threads depends on, from its rules and its identity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.model import RESPONSES
from slamon.sla.classify import FoldSettings
from slamon.sla.subject import Subject
from slamon.sla.timer import held_to, target_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from slamon.model import Message
    from slamon.sla.policy import ChannelRules


def fold_settings(
    rules: ChannelRules, *, channel: str, platform: str, ours: frozenset[str], flat_replies: bool = False
) -> FoldSettings:
    """The one place where rules become settings of the fold: for polls, replays, rule tests alike."""
    return FoldSettings(
        ours=ours,
        staff=rules.staff,
        watch_bystanders=rules.watch_bystanders,
        flat_replies=flat_replies,
        new_conversation_after=rules.new_conversation_after,
        reposted_within=rules.reposted_within,
        suspect_within=rules.suspect_within,
        bot_answers=_bot_answers(rules, channel, platform),
        bot_closes_after=rules.bot_closes_after,
        waits_from_hand_over=rules.waits_from_hand_over,
        hidden_cancels=rules.hidden_cancels,
    )


def _bot_answers(
    rules: ChannelRules, channel: str, platform: str
) -> Callable[[Sequence[Message], int, Sequence[Message]], bool] | None:
    """Whether a machine's answer ends a wait. Policies are matched for it only where they differ in that."""
    said = {policy.ends(target, automatic=True) for policy in rules.policies for target in RESPONSES}
    if said == {False}:
        return None
    if said == {True}:
        return lambda _messages, _turn, _thread: True

    def answers(messages: Sequence[Message], turn: int, thread: Sequence[Message]) -> bool:
        subject = Subject(channel, platform, messages, thread)
        policy, _ = held_to(rules.policies, subject, turn, messages[0].created_at)
        return policy is not None and policy.ends(target_of(turn), automatic=True)

    return answers
