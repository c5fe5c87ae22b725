"""The pretend mail server is as strict as a real one, and has the same traps; asked by Python's own imaplib."""

from __future__ import annotations

import imaplib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slamon.model import HOUR
from slamon.sim._email.words import BadCommandError, decoded, encoded, in_set, tokens
from slamon.sim.email import PretendMail
from slamon.sim.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

NOON = 1_795_348_800_000


@pytest.fixture
def mail() -> Iterator[PretendMail]:
    with PretendMail(lambda: NOON) as each:
        yield each


@pytest.fixture
def imap(mail: PretendMail) -> Iterator[imaplib.IMAP4]:
    each = imaplib.IMAP4("127.0.0.1", mail.port, timeout=5)
    yield each
    each.shutdown()


@pytest.fixture
def known(mail: PretendMail, imap: imaplib.IMAP4) -> imaplib.IMAP4:
    imap.login(mail.user, mail.password)
    return imap


def ask(imap: imaplib.IMAP4, name: str, *arguments: str) -> tuple[str, list[bytes]]:
    """The kind of the tagged answer and its data, whatever imaplib thinks of the state."""
    imaplib.Commands[name] = ("NONAUTH", "AUTH", "SELECTED", "LOGOUT")
    try:
        kind, data = imap._simple_command(name, *arguments)
    except imaplib.IMAP4.error as error:
        return "BAD", [str(error).encode()]
    return kind, data


class TestSigningIn:
    def test_a_wrong_password_is_refused(self, mail: PretendMail, imap: imaplib.IMAP4) -> None:
        with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
            imap.login(mail.user, "another")

    def test_auth_plain_is_taken(self, mail: PretendMail, imap: imaplib.IMAP4) -> None:
        words = f"\0{mail.user}\0{mail.password}".encode()
        assert imap.authenticate("PLAIN", lambda _: words)[0] == "OK"

    def test_a_wrong_token_gets_a_challenge_before_the_refusal(self, mail: PretendMail, imap: imaplib.IMAP4) -> None:
        challenges: list[bytes] = []

        def answer(challenge: bytes) -> bytes:
            challenges.append(challenge)
            return f"user={mail.user}\1auth=Bearer wrong\1\1".encode() if len(challenges) == 1 else b""

        with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
            imap.authenticate("XOAUTH2", answer)
        assert b'"status"' in challenges[1]

    @pytest.mark.parametrize("name", ["LIST", "STATUS", "EXAMINE", "SELECT"])
    def test_nothing_is_shown_before(self, imap: imaplib.IMAP4, name: str) -> None:
        assert ask(imap, name, '""', '"*"')[0] == "BAD"

    def test_a_way_that_is_not_offered_is_refused(self, mail: PretendMail, imap: imaplib.IMAP4) -> None:
        mail.capabilities = ["IMAP4rev1"]
        with pytest.raises(imaplib.IMAP4.error, match="Unsupported"):
            imap.authenticate("PLAIN", lambda _: b"\0a\0b")


class TestRefusals:
    def test_an_unknown_command_is_bad(self, known: imaplib.IMAP4) -> None:
        assert ask(known, "THREAD")[0] == "BAD"

    @pytest.mark.parametrize("name", ["STATUS", "EXAMINE", "SELECT"])
    def test_a_folder_that_is_not_there(self, known: imaplib.IMAP4, name: str) -> None:
        kind, data = ask(known, name, "Nowhere", *(["(UIDNEXT)"] if name == "STATUS" else []))
        assert (kind, b"[NONEXISTENT]" in data[0]) == ("NO", True)

    def test_a_folder_that_may_not_be_opened(self, mail: PretendMail, known: imaplib.IMAP4) -> None:
        mail.folders["Archive"].right = False
        kind, data = ask(known, "EXAMINE", "Archive")
        assert (kind, b"[NOPERM]" in data[0]) == ("NO", True)

    @pytest.mark.parametrize("items", ["(UIDNEXT SIZE)", "UIDNEXT", "((UIDNEXT))"])
    def test_unknown_items_of_status(self, known: imaplib.IMAP4, items: str) -> None:
        assert ask(known, "STATUS", "INBOX", items)[0] == "BAD"

    @pytest.mark.parametrize("item", ["(UID COLOUR)", "BODY.PEEK[2", "BODY.PEEK[HEADER.FIELDS ()]", "BODY[x]", "(UID"])
    def test_unknown_items_of_fetch(self, mail: PretendMail, known: imaplib.IMAP4, item: str) -> None:
        mail.customer_writes("ann", "hello?")
        known.select("INBOX", readonly=True)
        with pytest.raises(imaplib.IMAP4.error, match="BAD"):
            known.uid("FETCH", "1", item)

    @pytest.mark.parametrize(
        "criteria", ["COLOUR red", "UID x", "SINCE 2026-11-22", "SINCE 01-Foo-2026", "OR ALL", "HEADER", "NOT", "(ALL"]
    )
    def test_unknown_criteria_of_search(self, known: imaplib.IMAP4, criteria: str) -> None:
        known.select("INBOX", readonly=True)
        with pytest.raises(imaplib.IMAP4.error, match="BAD"):
            known.uid("SEARCH", criteria)

    @pytest.mark.parametrize("name", ["UID SEARCH", "CLOSE"])
    def test_without_a_folder_open(self, known: imaplib.IMAP4, name: str) -> None:
        assert ask(known, name, *(["ALL"] if name != "CLOSE" else []))[0] == "BAD"


class TestFolders:
    def test_all_are_listed_with_their_marks(self, known: imaplib.IMAP4) -> None:
        _, found = known.list()
        assert rb'(\Sent) "/" "Sent"' in found

    def test_status_tells_how_far_a_folder_has_come(self, mail: PretendMail, known: imaplib.IMAP4) -> None:
        mail.customer_writes("ann", "hello?")
        _, found = known.status("inbox", "(MESSAGES UIDNEXT UIDVALIDITY)")
        assert found == [b'"INBOX" (MESSAGES 1 UIDNEXT 2 UIDVALIDITY 1700000000)']

    def test_a_moved_mail_has_another_uid_and_its_old_time(self, mail: PretendMail) -> None:
        asked = mail.customer_writes("ann", "hello?", at=NOON - HOUR)
        mail.customer_writes("bob", "me too", folder="Archive")
        mail.move(asked, "Archive")
        ((folder, moved),) = mail.places(asked)
        assert (folder.name, moved.uid, moved.at) == ("Archive", 2, NOON - HOUR)
        assert mail.folders["INBOX"].next_uid == 2

    def test_reading_only_marks_nothing_and_closes_nothing_away(self, mail: PretendMail, known: imaplib.IMAP4) -> None:
        asked = mail.customer_writes("ann", "hello?")
        mail.flag(asked, "\\Deleted")
        known.select("INBOX", readonly=True)
        known.uid("FETCH", "1", "BODY[]")
        known.close()
        assert mail.places(asked)[0][1].flags == {"\\Deleted"}

    def test_opened_for_writing_it_does_both(self, mail: PretendMail, known: imaplib.IMAP4) -> None:
        asked, gone = mail.customer_writes("ann", "hello?"), mail.customer_writes("bob", "bye")
        mail.flag(gone, "\\Deleted")
        known.select("INBOX")
        known.uid("FETCH", "1", "BODY.PEEK[]")
        assert mail.places(asked)[0][1].flags == set()
        known.uid("FETCH", "1", "BODY[TEXT]")
        known.close()
        assert (mail.places(asked)[0][1].flags, mail.places(gone)) == ({"\\Seen"}, [])

    @given(st.text(max_size=30))
    @settings(deadline=None)
    def test_names_come_back_from_modified_utf_7(self, name: str) -> None:
        if all(not 0xD800 <= ord(char) <= 0xDFFF for char in name):
            assert decoded(encoded(name)) == name

    def test_they_look_as_the_standard_has_them(self) -> None:
        assert encoded("~peter/mail/台北/日本語") == "~peter/mail/&U,BTFw-/&ZeVnLIqe-"
        assert encoded("A & B") == "A &- B"


class TestSearch:
    @pytest.fixture(autouse=True)
    def _three(self, mail: PretendMail, known: imaplib.IMAP4) -> None:
        for number, ago in enumerate((72, 48, 0), start=1):
            mail.customer_writes("ann", "hello?", at=NOON - ago * HOUR, headers={"Message-ID": f"<m{number}@x>"})
        mail.flag("m2@x", "\\Deleted")
        known.select("INBOX", readonly=True)

    @pytest.mark.parametrize(
        ("criteria", "found"),
        [
            ("ALL", b"1 2 3"),
            ("UID 2", b"2"),
            ("UID 2:*", b"2 3"),
            ("UID 9:*", b"3"),
            ("UNDELETED", b"1 3"),
            ("DELETED", b"2"),
            ("SINCE 20-Nov-2026", b"2 3"),
            ("BEFORE 20-Nov-2026", b"1"),
            ('HEADER MESSAGE-ID "m2@x"', b"2"),
            ('HEADER Message-ID "M2@X"', b"2"),
            ('HEADER MESSAGE-ID "@x"', b"1 2 3"),
            ('OR HEADER MESSAGE-ID "m1@x" OR HEADER MESSAGE-ID "m2@x" UID 3', b"1 2 3"),
            ('UNDELETED OR HEADER MESSAGE-ID "m1@x" HEADER MESSAGE-ID "m2@x"', b"1"),
            ("NOT (UID 1:2 UNDELETED)", b"2 3"),
            ("UNSEEN UID 1", b"1"),
        ],
    )
    def test_each_criterion(self, known: imaplib.IMAP4, criteria: str, found: bytes) -> None:
        assert known.uid("SEARCH", criteria)[1] == [found]


class TestFetch:
    def fetched(self, known: imaplib.IMAP4, item: str, uid: str = "1") -> bytes:
        known.select("INBOX", readonly=True)
        _, found = known.uid("FETCH", uid, f"({item})")
        return b"".join(b"".join(part) if isinstance(part, tuple) else part or b"" for part in found)

    def test_times_sizes_and_flags(self, mail: PretendMail, known: imaplib.IMAP4) -> None:
        mail.append("INBOX", b"A: b\r\n\r\nx", NOON, {"\\Answered"})
        assert self.fetched(known, "UID FLAGS INTERNALDATE RFC822.SIZE") == (
            b'1 (UID 1 FLAGS (\\Answered) INTERNALDATE "22-Nov-2026 12:00:00 +0000" RFC822.SIZE 9)'
        )

    def test_only_the_fields_that_were_asked_for_folded_as_they_stand(
        self, mail: PretendMail, known: imaplib.IMAP4
    ) -> None:
        mail.append("INBOX", b"To: a@x,\r\n b@x\r\nFrom: c@x\r\nSubject: no\r\n\r\nx")
        assert b"To: a@x,\r\n b@x\r\nFrom: c@x\r\n\r\n" in self.fetched(known, "BODY.PEEK[HEADER.FIELDS (FROM TO)]")

    def test_a_stretch_is_cut_as_asked_and_says_where_it_begins(self, mail: PretendMail, known: imaplib.IMAP4) -> None:
        mail.append("INBOX", b"A: b\r\n\r\n0123456789")
        assert self.fetched(known, "BODY.PEEK[TEXT]<2.3>").endswith(b"BODY[TEXT]<2> {3}234)")
        assert self.fetched(known, "BODY.PEEK[TEXT]<20.3>").endswith(b"{0})")

    def test_parts_by_their_numbers(self, mail: PretendMail, known: imaplib.IMAP4) -> None:
        letter = mail.letter("ann@x", ["care@acme.example"], "hello", "hello?")
        letter.add_attachment(b"PNG", "image", "png", filename="a.png")
        mail.put("INBOX", letter)
        assert b"hello?" in self.fetched(known, "BODY.PEEK[1]<0.99>")
        assert b"UE5H" in self.fetched(known, "BODY.PEEK[2]<0.99>")
        assert self.fetched(known, "BODY.PEEK[3]<0.99>").endswith(b"NIL)")

    def test_a_returned_mail_shows_its_header(self, mail: PretendMail, known: imaplib.IMAP4) -> None:
        answer = mail.brand_replies(mail.customer_writes("ann", "hello?"), "here")
        mail.bounce(answer)
        shown = self.fetched(known, "BODY.PEEK[3.HEADER]<0.8192>", "2")
        assert f"Message-ID: <{answer}>".encode() in shown
        assert b"Action: failed" in self.fetched(known, "BODY.PEEK[2]<0.8192>", "2")

    def test_mails_that_are_gone_are_missing(self, mail: PretendMail, known: imaplib.IMAP4) -> None:
        asked = mail.customer_writes("ann", "hello?")
        mail.expunge(asked)
        assert self.fetched(known, "UID") == b""


class TestFaults:
    def test_a_fault_hits_its_command_and_no_other(self, mail: PretendMail, known: imaplib.IMAP4) -> None:
        mail.faults.add(Fault(path="STATUS", body="NO [UNAVAILABLE] later"))
        assert known.noop()[0] == "OK"
        assert known.status("INBOX", "(UIDNEXT)") == ("NO", [b"[UNAVAILABLE] later"])
        assert known.status("INBOX", "(UIDNEXT)")[0] == "OK"

    def test_a_farewell_closes_the_connection(self, mail: PretendMail, known: imaplib.IMAP4) -> None:
        mail.faults.add(Fault(path="NOOP", body="* BYE idle for too long"))
        with pytest.raises(imaplib.IMAP4.abort, match="idle"):
            known.noop()

    def test_a_cut_connection_is_one(self, mail: PretendMail, known: imaplib.IMAP4) -> None:
        mail.cut()
        with pytest.raises(imaplib.IMAP4.abort):
            known.noop()

    def test_the_ledger_shows_what_was_asked_but_no_password(self, mail: PretendMail, known: imaplib.IMAP4) -> None:
        known.select("INBOX", readonly=True)
        known.uid("SEARCH", "ALL")
        assert list(mail.ledger) == ["CAPABILITY", "LOGIN", "EXAMINE INBOX", "UID SEARCH ALL"]


class TestWords:
    def test_literals_quotes_and_lists_are_told_apart(self) -> None:
        assert str(tokens(b'a "b \\" c" {3} (d (e)) BODY.PEEK[X (Y)]<0.1>', [b"f g"])) == (
            "['a', Text(value=b'b \" c'), Text(value=b'f g'), ['d', ['e']], 'BODY.PEEK[X (Y)]<0.1>']"
        )

    @given(st.binary(max_size=60))
    @settings(deadline=None)
    def test_no_line_is_too_odd(self, line: bytes) -> None:
        try:
            tokens(line, [b"x"] * 60)
        except (BadCommandError, ValueError, IndexError):
            return

    def test_a_set_with_a_star_always_holds_the_largest(self) -> None:
        assert [5 in each for each in in_set("9:*", 5)] == [True]
        with pytest.raises(BadCommandError):
            in_set("0:4", 5)
