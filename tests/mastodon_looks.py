"""What the tests of the connector to Mastodon share: servers that lack this or that, and what was asked of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from connector_contract import NOON
from rig_mastodon import MastodonRig
from slamon.connectors.base import OpenThread
from slamon.connectors.mastodon import Mastodon
from slamon.model import HOUR
from slamon.sim.mastodon import Flavour, PretendMastodon

if TYPE_CHECKING:
    from slamon.connectors.base import Identity


class SinceIgnored(MastodonRig):
    flavour = Flavour(honours=frozenset({"max_id"}))


class NothingHonoured(MastodonRig):
    flavour = Flavour(honours=frozenset(), links=False, conversations=False)


class AllTypes(MastodonRig):
    flavour = Flavour(honours=frozenset({"max_id", "since_id"}))
    keys = {"watch": ["mentions"]}  # noqa: RUF012 - constant


class BoostsAlways(MastodonRig):
    flavour = Flavour(leaves_out_boosts=False)


class OneByOne(MastodonRig):
    flavour = Flavour(notifications=(1, 1), conversations=False)


class NoConversations(MastodonRig):
    flavour = Flavour(conversations=False)


class Picky(MastodonRig):
    """Knows no quotes, and refuses what it does not know."""

    flavour = Flavour(quotes=False, strict=422, policy=False)


class Clumsy(MastodonRig):
    """Answers 500 to whatever it does not know, as Takahe does."""

    flavour = Flavour(
        quotes=False, strict=500, missing=500, policy=False, conversations=False, batches=False, lookup=False
    )


class Unfinished(MastodonRig):
    """Says that a call is not implemented; lists no private mentions of its own, and not whom a status names."""

    flavour = Flavour(
        quotes=False, missing=501, conversations=False, batches=False, lookup=False,
        private_own=False, names_people=False,
    )  # fmt: skip


class MentionsOnly(MastodonRig):
    keys = {"watch": ["mentions"]}  # noqa: RUF012 - constant


class MessagesOnly(MastodonRig):
    keys = {"watch": ["messages"]}  # noqa: RUF012 - constant


class QuotesOnly(MastodonRig):
    keys = {"watch": ["quotes"]}  # noqa: RUF012 - constant


class RemoteTeam(MastodonRig):
    keys = {"team": ["carla@other.example"]}  # noqa: RUF012 - constant

    def __init__(self) -> None:
        super().__init__()
        self.mastodon.account("carla@other.example", followed=True)


def with_rig(kind: type[MastodonRig]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("other", [kind], indirect=True)


def asked_for(mastodon: PretendMastodon, ending: str) -> list[dict[str, str]]:
    """The queries of the requests so far whose path ends so."""
    return [dict(taken.request.query) for taken in mastodon.server.ledger if taken.request.path.endswith(ending)]


def waits(*messages: str, by: str = "ann", thread: str = "1") -> list[OpenThread]:
    return [OpenThread(thread, by, messages, NOON - HOUR)]


def identity_of(rig: MastodonRig) -> Identity:
    connector = connected(rig)
    try:
        return connector.identify()
    finally:
        connector.close()


def connected(rig: MastodonRig) -> Mastodon:
    connector = rig.connector()
    assert isinstance(connector, Mastodon)
    return connector
