"""A mail as a message: who wrote it, to whom, for us or to us, by hand or by a machine.

Not everything from an address of ours is from us: it must lie in a folder of sent mail, or have passed DMARC at a
trusted server. What only claims to be ours is left out: the same mail may lie among what was sent, under the same id.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from slamon.connectors._email.automatic import automatic
from slamon.connectors._email.dmarc import passed
from slamon.connectors._email.text import own_words
from slamon.model import NAME_CAP, Author, Kind, Message, Role, Side, clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slamon.connectors._email.headers import Header
    from slamon.connectors._email.settings import EmailSettings
    from slamon.connectors._email.threads import Links
    from slamon.model import Instant

UNPROVEN = "unproven"
"""It claims to be ours and nothing proves it: left out, and counted beside the headers of automatic mail."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail as it was read, before its thread and its words are known."""

    header: Header
    at: Instant
    """Its INTERNALDATE."""
    links: Links
    sent: bool
    """It lies in a folder of sent mail."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What a letter is."""

    author: Author
    side: Side
    role: Role | None
    automated: bool
    skipped: str = ""
    """Why it starts and ends nothing: a header's name, or `unproven`. Its text is not fetched."""


def judge(letter: Letter, settings: EmailSettings) -> Judged:
    """Who wrote it, and whether it counts."""
    header, ours = letter.header, settings.ours
    address, name = header.sender()
    if letter.sent and (address in ours or _goes_out(header, settings)):
        return _our_own(letter, settings, address or settings.account, name)
    if address in settings.forms:
        return _by_form(header, settings)
    if address in ours:
        if passed(header, settings.trusted_authserv):
            return _our_own(letter, settings, address, name)
        return Judged(_author(address, name), Side.OTHER, Role.BYSTANDER, automated=False, skipped=UNPROVEN)
    reason = automatic(header, ours)
    role = Role.BYSTANDER if reason else None
    return Judged(_customer(header, ours), Side.OTHER, role, automated=bool(reason), skipped=reason)


def message(letter: Letter, judged: Judged, text: str, thread: str) -> Message:
    """The letter as the store keeps it."""
    header, links = letter.header, letter.links
    fields = ("to", "cc", "bcc") if letter.sent else ("to", "cc")
    return Message(
        id=links.own,
        thread=thread,
        author=judged.author,
        side=judged.side,
        role=judged.role,
        created_at=letter.at,
        kind=Kind.EMAIL,
        text=_text(header, text, opens=not links.above),
        in_reply_to=links.parent,
        mentions=tuple(header.addresses(*fields)),
        app=clean(program(header), NAME_CAP),
        automated=judged.automated,
    )


def program(header: Header) -> str:
    """What it was written with, as it says itself."""
    return header.words("x-mailer") or header.words("user-agent")


def _our_own(letter: Letter, settings: EmailSettings, address: str, name: str) -> Judged:
    header = letter.header
    # From one of us to others of us is a note among colleagues, wherever it is filed.
    role = None if _goes_out(header, settings) else Role.STAFF
    by_people = any(each.lower() in program(header).lower() for each in settings.helpdesk)
    reason = "" if by_people else automatic(header, settings.ours)
    return Judged(_author(address, name), Side.OURS, role, automated=bool(reason))


def _by_form(header: Header, settings: EmailSettings) -> Judged:
    """A form writes with headers of a machine what a person typed. Who that is stands in Reply-To, or is not known."""
    address = next((each for each in header.addresses("reply-to") if each not in settings.ours), "")
    return Judged(_author(address, ""), Side.OTHER, None, automated=False)


def _customer(header: Header, ours: frozenset[str]) -> Author:
    address, name = header.sender()
    answers: Sequence[str] = [each for each in header.addresses("reply-to") if each not in ours]
    # An answer goes there, and must be known as one to this customer.
    handle = answers[0] if len(answers) == 1 else address
    return Author(address, handle, name)


def _goes_out(header: Header, settings: EmailSettings) -> bool:
    return bool(set(header.addresses("to", "cc", "bcc")) - settings.ours)


def _author(address: str, name: str) -> Author:
    return Author(address, address, name)


def _text(header: Header, text: str, *, opens: bool) -> str:
    """The first mail's subject is part of what is said; later ones only repeat it."""
    words = own_words(text)
    subject = " ".join(header.words("subject").split())
    return "\n\n".join(filter(None, (subject, words))) if opens else words or subject
