"""Which mails no person wrote, and by which header that is known.

By RFC 3834 and IANA's list of `Auto-Submitted`, RFC 3464 for bounces; the `X-` headers as mail programs write them.
`X-Auto-Response-Suppress` alone says nothing: people's mails from Exchange and from help desks carry it too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from slamon.connectors._email.headers import Header

REPLY_HEADERS = ("x-autoreply", "x-autorespond", "x-auto-reply", "x-autoreply-from", "x-mail-autoreply")
PRECEDENCES = frozenset({"bulk", "junk", "auto_reply"})
DAEMONS = frozenset({"mailer-daemon", "postmaster"})
LIST_HEADERS = ("list-id", "list-post", "mailing-list")
SUBJECTS = (
    "automatic reply:",
    "auto reply:",
    "auto-reply:",
    "autoreply:",
    "out of office:",
    "automatische antwort:",
    "abwesenheitsnotiz:",
    "réponse automatique",
    "respuesta automática:",
    "risposta automatica:",
    "automatisch antwoord:",
)
"""Beginnings of subjects, for programs that write no header: the last resort."""
FIELDS = (
    *REPLY_HEADERS,
    *LIST_HEADERS,
    "auto-submitted",
    "precedence",
    "list-unsubscribe",
    "feedback-id",
    "return-path",
    "content-type",
    "x-failed-recipients",
)
REASONS = frozenset({"auto-submitted", "return-path", "content-type", "x-failed-recipients", "from", "precedence"}) | {
    *REPLY_HEADERS,
    "list-id",
    "list-unsubscribe",
    "feedback-id",
    "subject",
}
"""Everything that `automatic` answers."""


def automatic(header: Header, ours: Collection[str]) -> str:
    """The header by which this mail is known to be automatic; empty for what a person wrote."""
    submitted = header.first("auto-submitted").split(";")[0].split("(")[0].strip().lower()
    if submitted and submitted != "no":
        return "auto-submitted"
    return _bounced(header) or _answered(header) or _sent_to_many(header, ours) or _by_subject(header)


def is_bounce(header: Header) -> bool:
    """Whether it reports what became of another mail."""
    kind = header.first("content-type").lower()
    report = kind.startswith("multipart/report") and "disposition-notification" not in kind
    return report or bool(header.all("x-failed-recipients"))


def _bounced(header: Header) -> str:
    if header.first("return-path").replace(" ", "") == "<>":
        return "return-path"
    if header.first("content-type").lower().startswith("multipart/report"):
        return "content-type"
    if header.all("x-failed-recipients"):
        return "x-failed-recipients"
    return "from" if header.sender()[0].split("@")[0] in DAEMONS else ""


def _answered(header: Header) -> str:
    named = (name for name in REPLY_HEADERS if header.first(name).lower() not in {"", "no", "false"})
    found = next(named, "")
    return found or ("precedence" if header.first("precedence").lower() in PRECEDENCES else "")


def _sent_to_many(header: Header, ours: Collection[str]) -> str:
    """Lists; but a mailbox that is a group itself puts its own list headers into every customer's mail."""
    told = " ".join(value.lower() for name in LIST_HEADERS for value in header.all(name))
    if any(address in told or address.replace("@", ".") in told for address in ours):
        return ""
    if header.all("list-id"):
        return "list-id"
    if header.first("precedence").lower() == "list":
        return "precedence"
    return next((name for name in ("list-unsubscribe", "feedback-id") if header.all(name)), "")


def _by_subject(header: Header) -> str:
    return "subject" if header.words("subject").lower().startswith(SUBJECTS) else ""
