"""What people and machines send to, and from, a pretend mailbox. Verbs return the new Message-ID, without brackets."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from itertools import count
from typing import TYPE_CHECKING

from slamon.model import SECOND
from slamon.sim._email.box import Mailbox

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from email.message import Message

    from slamon.model import Instant

CUT = "=_cut_here"
REPORT = """\
Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@mx.acme.example>
To: {to}
Message-ID: <{ident}>
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="{cut}"

"""
AUTO_REPLY = {"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All"}


class Letters(Mailbox):
    """Writes mails as mail programs do."""

    address: str

    def __init__(self, clock: Callable[[], Instant]) -> None:
        super().__init__(clock)
        self._numbers = count(1)

    def customer_writes(  # noqa: PLR0913 - what a mail has
        self,
        by: str,
        words: str,
        *,
        subject: str = "A question",
        reply_to: str | None = None,
        at: Instant | None = None,
        headers: Mapping[str, str] | None = None,
        folder: str = "INBOX",
        to: Sequence[str] = (),
    ) -> str:
        """`by` (a name, or an address) writes to the account; what `reply_to` names is answered."""
        sender = by if "@" in by else f"{by.capitalize()} <{by}@customers.example>"
        mail = self.letter(sender, to or (self.address,), subject, words, reply_to, headers)
        return self.put(folder, mail, at)

    def brand_replies(
        self,
        to: str,
        words: str,
        *,
        by: str | None = None,
        at: Instant | None = None,
        headers: Mapping[str, str] | None = None,
        recipients: Sequence[str] = (),
    ) -> str:
        """The account, or `by`, answers the mail `to`; the copy lies in Sent."""
        asked = self.places(to)[0][1].header
        heads = recipients or (str(asked.get("reply-to") or asked["from"]),)
        subject = f"Re: {asked['subject']}"
        return self.put("Sent", self.letter(by or self.address, heads, subject, words, to, headers), at)

    def bounce(self, of: str, *, action: str = "failed", at: Instant | None = None, address: str | None = None) -> str:
        """A mail server reports that the mail `of` did not reach its recipient."""
        lost = self.places(of)[0][1]
        to = address or str(lost.header["to"]).rpartition("<")[2].strip("<> ")
        status = ("Reporting-MTA: dns; mx.acme.example", "", f"Final-Recipient: rfc822; {to}", f"Action: {action}")
        parts = (
            ("text/plain", "I could not deliver your message."),
            ("message/delivery-status", "\n".join(status)),
            ("message/rfc822", lost.raw.decode("ascii", "replace").replace("\r\n", "\n")),
        )
        body = "".join(f"--{CUT}\nContent-Type: {kind}\n\n{words}\n" for kind, words in parts)
        ident = f"m{next(self._numbers)}@mail.example"
        raw = REPORT.format(to=self.address, ident=ident, cut=CUT) + f"{body}--{CUT}--\n"
        self.append("INBOX", raw.encode().replace(b"\n", b"\r\n"), at)
        return ident

    def letter(
        self,
        sender: str,
        to: Sequence[str],
        subject: str,
        words: str,
        reply_to: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> EmailMessage:
        """A mail in plain text; with `reply_to`, it names that one and all above it."""
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = sender, ", ".join(to), subject
        if reply_to is not None:
            asked = self.places(reply_to)
            above = str(asked[0][1].header.get("references") or "") if asked else ""
            mail["In-Reply-To"] = f"<{reply_to}>"
            mail["References"] = f"{' '.join(above.split())} <{reply_to}>".strip()
        for name, value in (headers or {}).items():
            mail[name] = value
        mail.set_content(words)
        return mail

    def put(self, folder: str, mail: Message, at: Instant | None = None) -> str:
        """Lay a mail into a folder, with a Message-ID and a Date where it has none."""
        when = self.clock() if at is None else at
        if "message-id" not in mail:
            mail["Message-ID"] = f"<m{next(self._numbers)}@mail.example>"
        if "date" not in mail:
            mail["Date"] = format_datetime(datetime.fromtimestamp(when // SECOND, UTC))
        raw = mail.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        self.append(folder, raw, when)
        return str(mail["message-id"]).strip().strip("<>")
