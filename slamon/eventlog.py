"""The listener that writes events to the log: one complete line each, at the level that its outcome deserves."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any

from slamon import logs
from slamon.errors import Verdict
from slamon.events import (
    ActionTaken,
    AlertSent,
    ApiCalled,
    ChannelLeft,
    CredentialSeen,
    MessagesSkipped,
    PollEnded,
    PollsPaced,
    QuotaSeen,
    Relayed,
    RulesApplied,
    RulesLoaded,
    RulesReloaded,
    SocketChanged,
    SweepEnded,
)

if TYPE_CHECKING:
    from slamon.events import Event

NAMES: dict[type[Any], str] = {
    ApiCalled: "api_called",
    PollEnded: "poll_ended",
    QuotaSeen: "quota_seen",
    MessagesSkipped: "messages_skipped",
    PollsPaced: "polls_paced",
    CredentialSeen: "credential_seen",
    SweepEnded: "sweep_ended",
    AlertSent: "alert_sent",
    RulesLoaded: "rules_loaded",
    RulesReloaded: "rules_reloaded",
    RulesApplied: "rules_applied",
    ChannelLeft: "channel_left",
    Relayed: "relayed",
    ActionTaken: "action_taken",
    SocketChanged: "slack_socket_up",
}
"""Constant event names: dashboards over logs are built on them."""
SOCKET_DOWN = "slack_socket_down"

FIXED: dict[type[Any], int] = {
    QuotaSeen: logging.DEBUG,
    CredentialSeen: logging.DEBUG,
    MessagesSkipped: logging.DEBUG,
    RulesLoaded: logging.INFO,
    RulesApplied: logging.INFO,
    ChannelLeft: logging.WARNING,
    Relayed: logging.DEBUG,  # its failures are told by the relay itself, not each minute a hundred times
    ActionTaken: logging.INFO,
}
"""Levels of events that have no outcome."""

PASSING = frozenset({"partial", "superseded", "not_sent", "unknown", "pace", "gone", Verdict.RETRY, Verdict.WAIT})
"""Outcomes that the next attempt is expected to mend."""


class EventLog:
    """Writes each event as one line; nothing in an event is customer text, and ids are all it says of people."""

    def __init__(self) -> None:
        self._log = logs.get("slamon")

    def __call__(self, event: Event) -> None:
        """Write `event`, unless its level is filtered out."""
        level = level_of(event)
        if self._log.is_enabled_for(level):
            self._log.log(level, _name(event), **_fields(event))


def _name(event: Event) -> str:
    return SOCKET_DOWN if isinstance(event, SocketChanged) and not event.connected else NAMES[type(event)]


def level_of(event: Event) -> int:
    """The `logging` level: debug for routine, info for news, warning for what passes, error for what needs a person."""
    if isinstance(event, ApiCalled):
        return logging.DEBUG if re.fullmatch("2..", event.code) else logging.INFO
    plain = (QuotaSeen, MessagesSkipped, CredentialSeen, RulesLoaded, RulesApplied, ChannelLeft, ActionTaken, Relayed)
    if isinstance(event, plain):
        return FIXED[type(event)]
    if isinstance(event, PollsPaced | SocketChanged):
        return _level_of_change(event)
    if isinstance(event, RulesReloaded):
        return _level_of_reload(event)
    if event.outcome not in {"ok", "sent"}:
        return logging.WARNING if event.outcome in PASSING else logging.ERROR
    return _level_of_success(event)


def _level_of_change(event: PollsPaced | SocketChanged) -> int:
    if isinstance(event, SocketChanged):
        return logging.INFO if event.connected else logging.WARNING
    return logging.WARNING if event.interval > 2 * event.every else logging.DEBUG


def _level_of_reload(event: RulesReloaded) -> int:
    if event.outcome not in {"loaded", "unchanged"}:
        return logging.ERROR
    if event.config_changed:
        return logging.WARNING
    return logging.DEBUG if event.reason == "file" and event.outcome == "unchanged" else logging.INFO


def _level_of_success(event: PollEnded | SweepEnded | AlertSent) -> int:
    if isinstance(event, PollEnded) and event.rejected:
        return logging.WARNING
    quiet = (isinstance(event, PollEnded) and not (event.new or event.changed or event.gone)) or (
        isinstance(event, SweepEnded) and not event.announced
    )
    return logging.DEBUG if quiet else logging.INFO


def _fields(event: Event) -> dict[str, object]:
    values = ((name, getattr(event, name)) for name in type(event).__slots__)
    return {name: _short(value) for name, value in values if value is not None and value not in {"", ()}}


def _short(value: object) -> object:
    return round(value, 6) if isinstance(value, float) else value
