"""slamon against dovecot: what lies in a real mailbox appears in `slamon waiting`, and leaves it again."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest

import test_connector_contract as contract
from connector_contract import SECRET, Reader
from dovecot import DOVECOT, HOUR, OPENSSL, Desk, Dovecot, DovecotRig, Meddler
from rig_email import ACCOUNT, EmailRig
from slamon.connectors._email.imap import Mail
from slamon.connectors._email.reading import bodies, letters, structures
from watched import Watched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(not (DOVECOT and OPENSSL), reason="apt-get install dovecot-imapd openssl"),
]

BOUNCE = """\
From: MAILER-DAEMON@mx.example
Message-ID: <bounce@mx.example>
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary="cut"

--cut
Content-Type: text/plain

I could not deliver your message.

--cut
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; ann@customers.example
Action: failed
Status: 5.1.1

--cut
Content-Type: message/rfc822

Message-ID: <{answer}>
Subject: Re: hello?
To: ann@customers.example

here you are

--cut--
"""


@pytest.fixture(scope="module")
def dovecot() -> Iterator[Dovecot]:
    with TemporaryDirectory(prefix="slamon-dovecot-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # the users of dovecot must get through
        server = Dovecot(folder)
        with server.running():
            yield server


@pytest.fixture
def desk(dovecot: Dovecot) -> Iterator[Desk]:
    each = Desk(dovecot)
    yield each
    each.close()


@pytest.fixture
def watched(dovecot: Dovecot, desk: Desk, tmp_path: Path) -> Watched:
    return watching(tmp_path, dovecot, desk)


def watching(folder: Path, dovecot: Dovecot, desk: Desk, **keys: Any) -> Watched:
    channel = {
        "connector": "email",
        "account": desk.address,
        "host": "127.0.0.1",
        "port": dovecot.plain,
        "security": "plain",
        "credentials": {"password": {"env": "MAIL_PASSWORD"}},
    }
    return Watched(folder, channel | keys, {"MAIL_PASSWORD": SECRET})


class TestWaiting:
    def test_a_mail_waits_until_an_answer_lies_in_sent(self, desk: Desk, watched: Watched) -> None:
        asked = desk.customer("where is my parcel?")
        assert watched.waiting() == {"where is my parcel?"}
        again = desk.customer("still nothing!", ago=HOUR * 0.75, reply_to=asked)
        assert watched.waiting() == {"still nothing!"}
        desk.answer("on its way", again)
        assert watched.waiting() == set()

    def test_a_deleted_mail_waits_no_longer(self, desk: Desk, watched: Watched) -> None:
        asked = desk.customer("never mind")
        assert watched.waiting() == {"never mind"}
        desk.delete(asked)
        assert watched.waiting() == set()

    def test_a_mail_that_was_filed_waits_on_until_it_is_thrown_away(self, desk: Desk, watched: Watched) -> None:
        asked = desk.customer("hello?")
        watched.waiting()
        desk.move(asked, "Archive")
        assert watched.waiting() == {"hello?"}
        other = desk.customer("anybody?")
        assert watched.waiting() == {"hello?", "anybody?"}
        desk.move(other, "Trash")
        assert watched.waiting() == {"hello?"}

    def test_automatic_mail_neither_starts_nor_ends_a_wait(self, desk: Desk, watched: Watched) -> None:
        asked = desk.customer("hello?")
        desk.answer("we have received your mail", asked, Auto_Submitted="auto-replied")
        assert watched.waiting() == {"hello?"}
        answer = desk.answer("here is your answer", asked)
        desk.customer("I am on holiday", reply_to=answer, ago=60, Auto_Submitted="auto-replied")
        desk.customer("our newest offers", List_Unsubscribe="<https://shop.example/off>")
        assert watched.waiting() == set()

    def test_nothing_is_marked_as_seen(self, desk: Desk, watched: Watched) -> None:
        desk.customer("hello?")
        assert watched.waiting() == {"hello?"}
        assert desk.unseen() == 1

    def test_html_and_umlauts_and_an_attachment_are_read_as_a_person_reads_them(
        self, desk: Desk, watched: Watched
    ) -> None:
        mail = desk.letter("Ann <ann@customers.example>", desk.address, "", "", {"Subject": "Größe"})
        mail.set_content("<p>Wo ist <b>mein</b> Paket &uuml;berhaupt?</p>", subtype="html", charset="iso-8859-1")
        mail.add_attachment(b"\0" * 200_000, "image", "png", filename="parcel.png")
        desk.put("INBOX", mail)
        assert watched.waiting() == {"Größe\n\nWo ist mein Paket überhaupt?"}

    def test_a_folder_that_was_made_anew_is_read_anew_and_nothing_twice(self, desk: Desk, watched: Watched) -> None:
        asked = desk.customer("hello?")
        desk.move(asked, "Archive")
        channel = json.loads((watched.folder / "config.yaml").read_text(encoding="utf-8"))
        channel["channels"][0]["folders"] = ["INBOX", "Archive"]
        (watched.folder / "config.yaml").write_text(json.dumps(channel), encoding="utf-8")
        assert watched.waiting() == {"hello?"}
        desk.imap.select("INBOX")
        desk.imap.delete("Archive")
        desk.imap.create("Archive")
        mail = desk.letter("Bob <bob@customers.example>", desk.address, "me too", "", {})
        desk.put("Archive", mail)
        assert watched.waiting() == {"me too"}


class TestDelivery:
    def test_an_answer_that_bounced_is_none(self, desk: Desk, watched: Watched) -> None:
        answer = desk.answer("here you are", desk.customer("hello?"))
        assert watched.waiting() == set()
        report = BOUNCE.format(answer=answer).replace("\n", "\r\n").encode()
        desk.file("INBOX", report, 60)
        assert watched.waiting() == {"hello?"}


class TestConnecting:
    def test_tls_with_a_certificate_of_our_own(self, dovecot: Dovecot, desk: Desk, tmp_path: Path) -> None:
        desk.customer("hello?")
        keys = {"host": "localhost", "port": dovecot.tls, "security": "tls", "ca_file": str(dovecot.certificate)}
        assert watching(tmp_path, dovecot, desk, **keys).waiting() == {"hello?"}

    def test_starttls(self, dovecot: Dovecot, desk: Desk, tmp_path: Path) -> None:
        desk.customer("hello?")
        keys = {"host": "localhost", "security": "starttls", "ca_file": str(dovecot.certificate)}
        assert watching(tmp_path, dovecot, desk, **keys).waiting() == {"hello?"}

    @pytest.mark.parametrize("security", ["tls", "starttls"])
    def test_a_certificate_that_nobody_vouches_for_gets_no_password(
        self, dovecot: Dovecot, desk: Desk, tmp_path: Path, security: str
    ) -> None:
        port = dovecot.tls if security == "tls" else dovecot.plain
        keys = {"host": "localhost", "port": port, "security": security}
        assert watching(tmp_path, dovecot, desk, **keys).once() == "retry"

    def test_what_was_slipped_in_before_tls_is_not_believed(self, dovecot: Dovecot, desk: Desk, tmp_path: Path) -> None:
        desk.customer("hello?")
        with Meddler(dovecot.plain, b"Begin TLS negotiation now.\r\n", b"* BYE go away\r\n") as port:
            keys = {"host": "localhost", "port": port, "security": "starttls", "ca_file": str(dovecot.certificate)}
            assert watching(tmp_path, dovecot, desk, **keys).waiting() == {"hello?"}

    def test_another_name_than_the_certificates_gets_no_password(
        self, dovecot: Dovecot, desk: Desk, tmp_path: Path
    ) -> None:
        keys = {"host": "127.0.0.1", "port": dovecot.tls, "security": "tls", "ca_file": str(dovecot.certificate)}
        assert watching(tmp_path, dovecot, desk, **keys).once() == "retry"

    def test_a_wrong_password_is_told_as_that(self, dovecot: Dovecot, desk: Desk, tmp_path: Path) -> None:
        watched = watching(tmp_path, dovecot, desk)
        watched.environ["MAIL_PASSWORD"] = "another one"
        assert watched.once() == "credential"

    def test_a_folder_that_is_not_there_is_told_as_that(self, dovecot: Dovecot, desk: Desk, tmp_path: Path) -> None:
        assert watching(tmp_path, dovecot, desk, folders=["Nowhere"]).once() == "not_found"

    def test_probe_proves_each_right(self, desk: Desk, watched: Watched) -> None:
        desk.answer("here", desk.customer("hello?"))
        assert "signed in" in json.dumps(watched.probe())


@pytest.fixture
def rig(dovecot: Dovecot) -> Iterator[DovecotRig]:
    DovecotRig.there = dovecot
    with DovecotRig() as each:
        yield each


@pytest.fixture
def reader(rig: DovecotRig) -> Iterator[Reader]:
    each = Reader(rig)
    yield each
    each.close()


class TestThePretendServer:
    """The practice range answers as dovecot does: what slamon tests elsewhere against it holds here."""

    @pytest.fixture
    def pretended(self, rig: DovecotRig) -> Iterator[DovecotRig]:
        with rig.mail:
            letter = rig.mail.letter("Ann <ann@customers.example>", [ACCOUNT], 'Größe & "Rest"', "wo?")
            letter.add_alternative("<p>wo?</p>", subtype="html")
            letter.add_attachment(b"\0" * 99, "image", "png", filename='a"b.png')
            rig.mail.put("INBOX", letter)
            rig.mail.bounce(rig.ours("here", rig.customer("hello?")))
            rig.mail.append("INBOX", b"From: a@x\r\n\r\nno id, no type\r\n")
            rig.mail.append("INBOX", b"From: a@x\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\nno parts\r\n")
            yield rig

    def both(self, rig: DovecotRig, ask: Callable[[Mail], Any]) -> list[Any]:
        found = []
        for port in (rig.there.plain, rig.mail.port):
            keys = {"port": port, "user": rig.box if port == rig.there.plain else rig.mail.user}
            settings: Any = EmailRig.connector(rig, **keys).settings
            mail = Mail(settings, rig.context(), rig.patience)
            mail.login(settings.login, SECRET)
            mail.examine("INBOX")
            found.append(ask(mail))
            mail.close()
        return found

    def test_letters_are_the_same(self, pretended: DovecotRig) -> None:
        there, here = self.both(pretended, lambda mail: letters(mail, "INBOX", range(1, 9), 0, sent=False))
        assert there == here
        assert len(there.letters) == 5

    def test_structures_are_the_same(self, pretended: DovecotRig) -> None:
        there, here = self.both(pretended, lambda mail: structures(mail, range(1, 9)))
        assert there == here

    @pytest.mark.parametrize("section", ["1", "1.1", "1.2", "2", "3.HEADER", "TEXT", "9"])
    def test_bodies_are_the_same(self, pretended: DovecotRig, section: str) -> None:
        there, here = self.both(pretended, lambda mail: bodies(mail, range(1, 9), section, 40))
        assert {uid: body for uid, body in there.items() if body} == {uid: body for uid, body in here.items() if body}

    @pytest.mark.parametrize(
        "criteria",
        ["UID 3:*", "UID 99:*", "UNDELETED SINCE 01-Jan-2026", 'OR HEADER MESSAGE-ID "m1@" UID 2', "SINCE 01-Jan-2030"],
    )
    def test_searches_are_the_same(self, pretended: DovecotRig, criteria: str) -> None:
        there, here = self.both(pretended, lambda mail: mail.search(criteria))
        assert there == here

    def test_counts_are_the_same(self, pretended: DovecotRig) -> None:
        there, here = self.both(pretended, lambda mail: mail.status("Sent"))
        assert (there.next_uid, there.mails) == (here.next_uid, here.mails)


class TestReadingThere(contract.TestReading):
    """The contract of every connector, with dovecot in the place of the pretend server."""

    test_an_edit_is_the_same_message_with_other_words_and_its_old_time = None  # type: ignore[assignment]
    """A mail is never edited."""


class TestRecheckThere(contract.TestRecheck):
    """As above."""


class TestProbeThere:
    def test_every_permission_is_proved(self, rig: DovecotRig, reader: Reader) -> None:
        contract.TestProbe().test_every_permission_is_proved(rig, reader)
