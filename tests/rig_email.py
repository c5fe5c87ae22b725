"""A mailbox for the contract suite: the pretend mail server of the practice range, over IMAP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connector_contract import NOON, SECRET, Rig, all_messages
from slamon.connectors._email.poll import PAGE_SIZE
from slamon.connectors.base import OpenThread
from slamon.connectors.email import Email
from slamon.connectors.http import Timeouts
from slamon.model import HOUR
from slamon.sim.email import PretendMail

if TYPE_CHECKING:
    from typing import Self

    from slamon.model import Instant, Message

ACCOUNT, TEAM = "care@acme.example", "anna@acme.example"
ANN, BOB = "ann@customers.example", "bob@customers.example"
PATIENCE = Timeouts(connect=5.0, read=20.0, whole=40.0)
QUICK = Timeouts(connect=5.0, read=1.0, whole=2.0)
"""For servers that fall silent."""


class EmailRig(Rig):
    http = False
    edits = False
    patience = PATIENCE

    def __init__(self) -> None:
        super().__init__()
        self.mail = PretendMail(self.clock, address=ACCOUNT, team=[TEAM], password=SECRET)

    def __enter__(self) -> Self:
        self.mail.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.mail.close()

    def connector(self, **keys: Any) -> Email:
        given = {
            "account": ACCOUNT,
            "team": [TEAM],
            "host": "127.0.0.1",
            "port": self.mail.port,
            "security": "plain",
            "credentials": {"password": {"env": "SECRET"}},
        }
        settings = Email.Settings.model_validate(given | keys, context={"environ": {"SECRET": SECRET}})
        return Email(settings, self.context(), self.patience)  # type: ignore[arg-type]

    def customer(self, text: str, *, by: str = "ann", reply_to: str | None = None, at: Instant | None = None) -> str:
        return self.mail.customer_writes(by, text, reply_to=reply_to, at=at)

    def ours(self, text: str, reply_to: str, *, team: bool = False) -> str:
        return self.mail.brand_replies(reply_to, text, by=TEAM if team else None)

    def bystander(self, text: str, reply_to: str) -> str:
        return self.mail.customer_writes("zoe", text, reply_to=reply_to, to=("ann@customers.example", ACCOUNT))

    def delete(self, message: str) -> None:
        self.mail.expunge(message)

    def page_size(self) -> int:
        return PAGE_SIZE


def reading(rig: EmailRig, **keys: Any) -> list[Message]:
    """What a first poll with these keys finds."""
    connector = rig.connector(**keys)
    try:
        return all_messages(connector.fetch(connector.identify(), None))
    finally:
        connector.close()


def commands(rig: EmailRig) -> list[str]:
    """What was asked since the last call, by verb."""
    verbs = [" ".join(line.split()[: 2 if line.upper().startswith("UID") else 1]) for line in rig.mail.ledger]
    rig.mail.ledger.clear()
    return verbs


def waiting(*ids: str) -> OpenThread:
    """A thread of Ann's in which these mails wait."""
    return OpenThread(ids[0], ANN, ids, NOON - HOUR)
