"""From a folder to letters: headers by the batch, then of each mail only the part that holds its words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from slamon.connectors._email import automatic, bounces
from slamon.connectors._email.dmarc import FIELD
from slamon.connectors._email.headers import Header
from slamon.connectors._email.messages import Letter
from slamon.connectors._email.structure import parts, text_part
from slamon.connectors._email.text import part_text
from slamon.connectors._email.threads import Links
from slamon.errors import PlatformError, Verdict
from slamon.model import DAY, ID_CAP, SECOND, TEXT_CAP, Reject, clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from slamon.connectors._email.imap import Mail
    from slamon.connectors._email.structure import Part
    from slamon.model import Instant

TEXT_BYTES = 256 * 1024
HEADER_BYTES = 8 * 1024
IDS = "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID IN-REPLY-TO REFERENCES)]"
_SAID = "FROM SENDER REPLY-TO SUBJECT DATE X-MAILER USER-AGENT " + " ".join(automatic.FIELDS).upper()
HEADERS = (
    f"{IDS}<0.{HEADER_BYTES}>",
    f"BODY.PEEK[HEADER.FIELDS ({_SAID})]<0.{HEADER_BYTES}>",
    f"BODY.PEEK[HEADER.FIELDS (TO CC BCC)]<0.{HEADER_BYTES}>",
    f"BODY.PEEK[HEADER.FIELDS ({FIELD.upper()})]<0.{HEADER_BYTES}>",
)
"""In groups, each cut by itself: a thousand recipients must not push the id of a mail out of what is read."""
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Found:
    """What a folder holds under these uids."""

    letters: Mapping[int, Letter]
    rejects: Sequence[Reject]


def letters(mail: Mail, folder: str, uids: Sequence[int], since: Instant, *, sent: bool) -> Found:
    """The headers of these mails; drafts, and what came before `since`, are left out."""
    if mail.selected != folder:
        mail.examine(folder)
    good: dict[int, Letter] = {}
    bad: list[Reject] = []
    answer = mail.fetch(uids, ("UID", "INTERNALDATE", "FLAGS", *HEADERS))
    for uid, items in sorted(answer.items()):
        letter = _letter(items, sent=sent)
        if letter is None:
            place = clean(f"{folder}:{uid}", ID_CAP)
            bad.append(Reject(place, "no header, or no time of arrival", clean(repr(_flat(items)), TEXT_CAP)))
        elif letter.at >= since and not _is_draft(items):
            good[uid] = letter
    return Found(good, bad)


def links(mail: Mail, folder: str, uids: Sequence[int]) -> dict[int, Links]:
    """Only the ids of these mails, in the folder that is open."""
    if mail.selected != folder:
        mail.examine(folder)
    found = mail.fetch(uids, ("UID", f"{IDS}<0.{HEADER_BYTES}>"))
    return {uid: Links.of(Header.parse(*_headers(items))) for uid, items in found.items()}


def texts(mail: Mail, uids: Sequence[int]) -> dict[int, str]:
    """The words of these mails in the folder that is open; of each only the part that holds them."""
    wanted: dict[str, dict[int, Part]] = {}
    for uid, found in structures(mail, uids).items():
        part = text_part(found)
        if part is not None:
            wanted.setdefault(part.section, {})[uid] = part
    words: dict[int, str] = {}
    for section, of in wanted.items():
        for uid, data in bodies(mail, list(of), section).items():
            part = of[uid]
            words[uid] = part_text(data, part.encoding, part.charset, html=part.kind == "text/html")
    return words


def report(mail: Mail, uid: int, letter: Letter) -> bounces.Bounce | None:
    """What a mail in the folder that is open says of a mail of ours that was not delivered."""
    status, returned = bounces.sections(structures(mail, [uid]).get(uid, []))
    read = [bodies(mail, [uid], part, HEADER_BYTES).get(uid, b"") if part else b"" for part in (status, returned)]
    return bounces.bounce(letter.header, *read)


def structures(mail: Mail, uids: Sequence[int]) -> dict[int, list[Part]]:
    """Of which parts these mails consist. A mail whose structure cannot be read has none, and spoils no other."""
    try:
        found = mail.fetch(uids, ("UID", "BODYSTRUCTURE"))
    except PlatformError as error:
        if error.verdict is not Verdict.BAD_ANSWER or not mail.alive:
            raise
        if len(uids) == 1:
            return {}
        return {uid: read for each in uids for uid, read in structures(mail, [each]).items()}
    return {uid: parts(items.get(b"BODYSTRUCTURE")) for uid, items in found.items()}


def bodies(mail: Mail, uids: Sequence[int], section: str, size: int = TEXT_BYTES) -> dict[int, bytes]:
    """The first bytes of a part of each of these mails."""
    found = mail.fetch(uids, ("UID", f"BODY.PEEK[{section}]<0.{size}>"))
    return {uid: body for uid, items in found.items() if (body := _body(items)) is not None}


def since_day(at: Instant) -> str:
    """A criterion for what arrived since then: IMAP knows days only, and those of the server's own zone."""
    day = datetime.fromtimestamp(max(at - DAY, 0) / SECOND, UTC)
    return f"SINCE {day.day:02d}-{_MONTHS[day.month - 1]}-{day.year}"


def id_criteria(ids: Iterable[str]) -> str:
    """A criterion for mails with one of these ids, or with an id that holds one."""
    each = [f"HEADER MESSAGE-ID {_quoted(ident)}" for ident in ids]
    return " ".join(["OR " + one for one in each[:-1]] + each[-1:])


def is_searchable(ident: str) -> bool:
    """Whether a server can be asked for it: what we made up ourselves, it does not know."""
    return ident.isascii() and ident.isprintable() and not ident.startswith(("no-id:", "sha256:"))


def _quoted(ident: str) -> str:
    return '"' + ident.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _letter(items: Mapping[bytes, Any], *, sent: bool) -> Letter | None:
    at, blocks = items.get(b"INTERNALDATE"), _headers(items)
    if not isinstance(at, datetime) or not blocks:
        return None
    header = Header.parse(*blocks)
    instant = _instant(at)
    return None if instant is None else Letter(header, instant, Links.of(header), sent)


def _instant(at: datetime) -> Instant | None:
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    elapsed = (aware - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    return elapsed if elapsed >= 0 else None


def _headers(items: Mapping[bytes, Any]) -> list[bytes]:
    found = sorted((key, value) for key, value in items.items() if key.startswith(b"BODY[HEADER"))
    return [_bytes(value) for _, value in found if value is not None]


def _body(items: Mapping[bytes, Any]) -> bytes | None:
    found = (value for key, value in items.items() if key.startswith(b"BODY[") and value is not None)
    return next((_bytes(value) for value in found), None)


def _bytes(value: Any) -> bytes:  # noqa: ANN401 - IMAPClient makes numbers of what looks like one
    return value if isinstance(value, bytes) else str(value).encode()


def _is_draft(items: Mapping[bytes, Any]) -> bool:
    flags = items.get(b"FLAGS")
    return isinstance(flags, tuple) and any(_bytes(flag).lower() == b"\\draft" for flag in flags)


def _flat(items: Mapping[bytes, Any]) -> list[bytes]:
    return [_bytes(value)[:HEADER_BYTES] for value in items.values()]
