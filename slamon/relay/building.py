"""The second routes as the configuration names them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from slamon.notifiers.alertmanager import Alertmanager, Login
from slamon.notifiers.webhook import Webhook
from slamon.notify.slack import UNUSABLE_AFTER
from slamon.relay.routes import Routes

if TYPE_CHECKING:
    from slamon.notify import NotifyConfig
    from slamon.notify.second_route import AlertmanagerConfig, WebhookConfig


def routes_of(notify: NotifyConfig) -> Routes | None:
    """What is configured; `None` where nothing is."""
    second, slack = notify.second_route, notify.slack
    if second.alertmanager is None and second.webhook is None:
        return None
    return Routes(
        always=second.always,
        after=slack.unusable_after if slack else UNUSABLE_AFTER,
        zone=ZoneInfo(notify.timezone),
        alertmanager=_alertmanager(second.alertmanager) if second.alertmanager else None,
        labels=second.alertmanager.labels if second.alertmanager else {},
        webhook=_webhook(second.webhook) if second.webhook else None,
    )


def _alertmanager(said: AlertmanagerConfig) -> Alertmanager:
    login = Login(
        basic=(said.basic_auth[0], said.basic_auth[1].get()) if said.basic_auth else None,
        bearer=said.bearer_token.get() if said.bearer_token else "",
        headers=tuple((name, value.get()) for name, value in said.headers.items()),
    )
    return Alertmanager(said.urls, login, said.ca_file)


def _webhook(said: WebhookConfig) -> Webhook:
    return Webhook(said.url, said.secret.get(), said.ca_file)
