"""Whatever a server or a stranger sends is a verdict at worst, and spoils no other mail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from connector_contract import NOON, SECRET, Reader
from rig_email import PATIENCE, QUICK, EmailRig, commands, reading
from slamon.errors import PlatformError, Verdict
from slamon.sim.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def rig() -> Iterator[EmailRig]:
    with EmailRig() as each:
        yield each


@pytest.fixture
def reader(rig: EmailRig) -> Iterator[Reader]:
    each = Reader(rig)
    yield each
    each.close()


class TestTrouble:
    @pytest.mark.parametrize(
        ("path", "body", "verdict"),
        [
            ("GREETING", "* BYE [UNAVAILABLE] come back later", Verdict.WAIT),
            ("GREETING", "* BYE Too many connections from your address", Verdict.WAIT),
            ("GREETING", "* BYE shutting down", Verdict.RETRY),
            ("GREETING", "* HELLO", Verdict.BAD_ANSWER),
            ("AUTHENTICATE", "NO [AUTHENTICATIONFAILED] wrong", Verdict.CREDENTIAL),
            ("AUTHENTICATE", "NO Invalid credentials", Verdict.CREDENTIAL),
            ("AUTHENTICATE", "NO [AUTHORIZATIONFAILED] not yours", Verdict.PERMISSION),
            ("AUTHENTICATE", "NO [UNAVAILABLE] the directory is down", Verdict.WAIT),
            ("AUTHENTICATE", "NO [LIMIT] too many sessions", Verdict.WAIT),
            ("STATUS", "NO [NONEXISTENT] no such mailbox", Verdict.NOT_FOUND),
            ("STATUS", "NO [NOPERM] not yours", Verdict.PERMISSION),
            ("STATUS", "NO whatever", Verdict.NOT_FOUND),
            ("STATUS", "BAD what?", Verdict.BAD_REQUEST),
            ("STATUS", "NO [THROTTLED] slow down", Verdict.WAIT),
            ("EXAMINE", "NO [INUSE] being repaired", Verdict.WAIT),
            ("SEARCH", "BAD [BADCHARSET] what?", Verdict.BAD_REQUEST),
            ("SEARCH", "NO [SERVERBUG] oops", Verdict.RETRY),
            ("FETCH", "NO [OVERQUOTA] bandwidth", Verdict.WAIT),
            ("FETCH", "NO oops", Verdict.RETRY),
            ("FETCH", "* BYE Session invalidated", Verdict.RETRY),
            ("FETCH", "* garbage {", Verdict.BAD_ANSWER),
            ("LIST", "NO not for you", Verdict.PERMISSION),
        ],
    )
    def test_each_refusal_has_its_verdict(
        self, rig: EmailRig, reader: Reader, path: str, body: str, verdict: Verdict
    ) -> None:
        rig.customer("hello?")
        rig.mail.faults.add(Fault(path=path, body=body))
        with pytest.raises(PlatformError) as caught:
            reader.poll()
        assert caught.value.verdict is verdict
        assert (caught.value.until is not None) == (verdict is Verdict.WAIT)
        reader.poll()
        assert len(reader.messages) == 1

    def test_the_wait_that_the_server_names_is_kept(self, rig: EmailRig, reader: Reader) -> None:
        words = "NO Request is throttled. Suggested Backoff Time: 92415 milliseconds"
        rig.mail.faults.add(Fault(path="STATUS", body=words))
        with pytest.raises(PlatformError) as caught:
            reader.poll()
        assert (caught.value.verdict, caught.value.until) == (Verdict.WAIT, NOON + 92_415)

    @pytest.mark.parametrize("path", ["GREETING", "CAPABILITY", "AUTHENTICATE", "STATUS", "EXAMINE", "SEARCH", "FETCH"])
    @pytest.mark.parametrize("how", [{"drop": "before"}, {"drop": "middle"}, {"hang": True}], ids=str)
    def test_a_server_that_falls_silent_is_tried_again(
        self, rig: EmailRig, reader: Reader, path: str, how: dict[str, Any]
    ) -> None:
        rig.customer("hello?")
        rig.mail.faults.add(Fault(path=path, **how))
        rig.patience = QUICK if "hang" in how else PATIENCE
        with pytest.raises(PlatformError) as caught:
            reading(rig)
        rig.mail.faults.clear()
        assert caught.value.verdict is Verdict.RETRY
        reader.poll()
        assert len(reader.messages) == 1

    def test_a_server_that_is_not_there_is_tried_again(self, rig: EmailRig) -> None:
        connector = rig.connector()
        rig.mail.close()
        with pytest.raises(PlatformError) as caught:
            list(connector.fetch(connector.identify(), None))
        connector.close()
        assert (caught.value.verdict, caught.value.code) == (Verdict.RETRY, "connection")

    def test_an_answer_that_drips_ends_in_time(self, rig: EmailRig, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("slamon.connectors._email.wire.monotonic", lambda: float(rig.mail.dripped))
        rig.mail.drip = True
        with pytest.raises(PlatformError) as caught:
            reading(rig)
        assert (caught.value.verdict, caught.value.code) == (Verdict.RETRY, "timeout")

    def test_starttls_that_is_not_offered_gets_no_password(self, rig: EmailRig) -> None:
        with pytest.raises(PlatformError, match="STARTTLS") as caught:
            reading(rig, security="starttls", host="localhost")
        assert caught.value.verdict is Verdict.RETRY
        assert commands(rig) == ["CAPABILITY"]

    def test_tls_that_is_none_gets_no_password(self, rig: EmailRig) -> None:
        with pytest.raises(PlatformError) as caught:
            reading(rig, security="tls")
        assert caught.value.verdict is Verdict.RETRY
        assert not [line for line in rig.mail.ledger if "LOGIN" in line or "AUTHENTICATE" in line]

    def test_calls_are_counted_by_their_names_and_outcomes(self, rig: EmailRig, reader: Reader) -> None:
        rig.customer("hello?")
        rig.mail.faults.add(Fault(path="STATUS", body="NO [THROTTLED] slow down"))
        with pytest.raises(PlatformError):
            reader.poll()
        reader.poll()
        assert {call.endpoint for call in rig.calls} <= reader.connector.endpoints
        assert ("status", "NO") in {(call.endpoint, call.code) for call in rig.calls}

    def test_no_log_shows_them_either(self, rig: EmailRig, reader: Reader, caplog: pytest.LogCaptureFixture) -> None:
        rig.customer("private words")
        with caplog.at_level("DEBUG"):
            reader.poll()
        assert len(reader.messages) == 1
        assert "private" not in caplog.text
        assert SECRET not in caplog.text

    def test_no_error_shows_the_password_or_what_a_customer_wrote(self, rig: EmailRig, reader: Reader) -> None:
        told = []
        rig.customer("private words")
        for path, body in (("AUTHENTICATE", f"NO {SECRET} is wrong"), ("FETCH", "NO private words")):
            rig.mail.faults.add(Fault(path=path, body=body))
            with pytest.raises(PlatformError) as caught:
                reader.poll()
            told.append(str(caught.value))
        assert SECRET not in "".join(told)
        assert "private" not in "".join(told)


class TestHostile:
    def put(self, rig: EmailRig, raw: bytes) -> None:
        rig.mail.append("INBOX", raw)

    @pytest.mark.parametrize(
        "raw",
        [
            b"",
            b"\r\n",
            b"\0\0\0",
            b"no header at all",
            b"From: \xff\xfe\r\nSubject: =?x?y?z?=\r\n\r\n\xff",
            b"From: a@b\r\nFrom: c@d\r\nContent-Type: multipart/mixed\r\n\r\n--\r\n",
            b"From: " + b"(" * 5_000 + b"\r\n\r\nx",
            b"From: a@b\r\nMessage-ID: <" + b"x" * 7_000 + b"@y>\r\n\r\nx",
            b"From: a@b\r\nMessage-ID: <\xe2\x80\xae@y>\r\nReferences: <\0@z>\r\n\r\nx",
            b"From: a@b\r\nContent-Type: text/plain; charset=punycode\r\nContent-Transfer-Encoding: base64\r\n\r\n====",
            b"From: a@b\r\nContent-Type: text/html\r\n\r\n" + b"<" * 50_000,
        ],
        ids=str,
    )
    def test_one_odd_mail_spoils_no_other(self, rig: EmailRig, reader: Reader, raw: bytes) -> None:
        before = rig.customer("before")
        self.put(rig, raw)
        after = rig.customer("after", by="bob")
        last = reader.poll()[-1]
        assert {before, after} <= set(reader.messages)
        assert last.complete

    def test_a_header_of_ten_megabytes_is_read_to_its_cap(self, rig: EmailRig, reader: Reader) -> None:
        self.put(
            rig, b"From: a@b\r\nMessage-ID: <big@x>\r\nTo: " + (b"x@y," * 250 + b"\r\n ") * 10_000 + b"\r\n\r\nhello?"
        )
        reader.poll()
        assert len(reader.messages["big@x"].mentions) <= 100

    def test_a_thousand_recipients_do_not_push_the_id_out_of_sight(self, rig: EmailRig, reader: Reader) -> None:
        crowd = b",\r\n ".join(b"someone%d@customers.example" % number for number in range(1_000))
        self.put(rig, b"To: " + crowd + b"\r\nFrom: a@b\r\nMessage-ID: <crowd@x>\r\n\r\nhello?")
        reader.poll()
        assert set(reader.messages) == {"crowd@x"}

    def test_a_mail_of_thousands_of_parts_has_no_text_and_spoils_no_other(self, rig: EmailRig, reader: Reader) -> None:
        part = b"--x\r\nContent-Type: text/plain; name=" + b"n" * 60 + b"\r\n\r\nhi\r\n"
        head = (
            b"From: a@b\r\nMessage-ID: <parts@x>\r\nSubject: many\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
        )
        self.put(rig, head + part * 3_000 + b"--x--\r\n")
        other = rig.customer("hello?")
        reader.poll()
        assert reader.messages["parts@x"].text == "many"
        assert "hello?" in reader.messages[other].text

    def test_a_mail_nested_too_deep_has_no_text_and_spoils_no_other(self, rig: EmailRig, reader: Reader) -> None:
        rig.mail.structures["deep@x"] = b"(" * 5_000 + b'"text" "plain"' + b")" * 5_000
        self.put(rig, b"From: a@b\r\nMessage-ID: <deep@x>\r\nSubject: deep\r\n\r\nhello?")
        other = rig.customer("hello?")
        reader.poll()
        assert reader.messages["deep@x"].text == "deep"
        assert "hello?" in reader.messages[other].text

    def test_of_a_long_text_only_the_beginning_is_fetched(self, rig: EmailRig, reader: Reader) -> None:
        self.put(rig, b"From: a@b\r\nMessage-ID: <long@x>\r\n\r\n" + b"word " * 1_000_000)
        reader.poll()
        assert 0 < len(reader.messages["long@x"].text) <= 20_000


class TestOddAnswers:
    @pytest.fixture
    def rig(self) -> Iterator[EmailRig]:
        with EmailRig() as each:
            each.patience = QUICK  # some of these announce more than they send
            yield each

    @pytest.mark.parametrize(
        "line",
        [
            b"* 1 FETCH (UID 1 BODY[1]<0> {99999999999}\r\n",
            b"* 1 FETCH (UID 1 BODY[1]<0> {5}\r\nab",
            b"* 1 FETCH (UID x)\r\n",
            b"* 1 FETCH ((((\r\n",
            b"* 1 FETCH " + b"x" * 400_000 + b"\r\n",
            b"x" * 400_000 + b"\r\n",
            b"\x80\x81\r\n",
            b"* 1 FETCH (UID 1 INTERNALDATE {3}\r\nabc)\r\n",
            b"* 1 FETCH (UID 1 INTERNALDATE 5 FLAGS 7 BODY[HEADER] NIL)\r\n",
            b'* 1 FETCH (UID 1 BODYSTRUCTURE ("a"))\r\n* 1 FETCH (UID 1 BODYSTRUCTURE 5)\r\n',
            b"* 1 FETCH (UID 1 BODYSTRUCTURE (() ()))\r\n",
            b"* 4294967296 FETCH (UID 4294967297)\r\n",
        ],
        ids=lambda line: str(line[:40]),
    )
    def test_whatever_a_server_says_to_a_fetch_is_a_verdict_at_worst(
        self, rig: EmailRig, reader: Reader, line: bytes
    ) -> None:
        rig.customer("hello?")
        for which in range(3):
            rig.mail.says = {"FETCH": [None] * which + [line]}
            reader.cursor = None
            try:
                reader.poll()
            except PlatformError as error:
                assert error.verdict in {Verdict.BAD_ANSWER, Verdict.RETRY}  # noqa: PT017 - pages are as good

    @pytest.mark.parametrize(
        ("verb", "line"),
        [
            ("STATUS", b"* STATUS INBOX (UIDNEXT x UIDVALIDITY NIL)\r\n"),
            ("STATUS", b"* STATUS\r\n"),
            ("STATUS", b'* STATUS "INBOX" (UIDNEXT)\r\n'),
            ("SEARCH", b"* SEARCH x y\r\n"),
            ("SEARCH", b"* SEARCH 1 99999999999999999999 -4\r\n"),
            ("EXAMINE", b"* x EXISTS\r\n* OK [UIDVALIDITY x]\r\n"),
            ("LIST", b'* LIST () "/"\r\n'),
            ("LIST", b'* LIST (\\Sent) "/" "a\rb"\r\n* LIST 5 5 5\r\n'),
            ("LIST", b'* LIST (\\Sent) "/" "&AAAA"\r\n'),
        ],
    )
    def test_nor_to_anything_else(self, rig: EmailRig, reader: Reader, verb: str, line: bytes) -> None:
        rig.customer("hello?")
        rig.mail.says = {verb: [line]}
        try:
            reader.poll()
        except PlatformError as error:
            assert error.verdict in set(Verdict)  # noqa: PT017 - pages are as good
