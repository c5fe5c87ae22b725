"""A mailbox is read so that no mail is lost, and nothing in it is touched."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from connector_contract import NOON, Reader, all_messages
from rig_email import ACCOUNT, ANN, EmailRig, commands, reading, waiting
from slamon.connectors._email.cursor import Cursor, Position
from slamon.connectors.base import Proof
from slamon.errors import PlatformError, Verdict
from slamon.model import DAY, HOUR, MINUTE, SECOND, Side
from slamon.sim.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.connectors.email import Email


@pytest.fixture
def rig() -> Iterator[EmailRig]:
    with EmailRig() as each:
        yield each


@pytest.fixture
def reader(rig: EmailRig) -> Iterator[Reader]:
    each = Reader(rig)
    yield each
    each.close()


class TestCosts:
    def test_an_idle_poll_is_two_status(self, rig: EmailRig, reader: Reader) -> None:
        rig.customer("hello?")
        reader.poll()
        commands(rig)
        reader.poll()
        assert commands(rig) == ["STATUS", "STATUS"]

    def test_the_session_is_kept_between_polls(self, rig: EmailRig, reader: Reader) -> None:
        for _ in range(3):
            reader.poll()
        assert [call.endpoint for call in rig.calls].count("login") == 1

    def test_a_session_that_was_cut_meanwhile_is_replaced_unnoticed(self, rig: EmailRig, reader: Reader) -> None:
        reader.poll()
        rig.mail.cut()
        asked = rig.customer("hello?")
        reader.poll()
        assert asked in reader.messages
        assert {call.code for call in rig.calls} == {"OK"}

    def test_a_session_that_was_idle_for_long_is_replaced(self, rig: EmailRig, reader: Reader) -> None:
        reader.poll()
        rig.now += HOUR
        reader.poll()
        assert [call.endpoint for call in rig.calls].count("login") == 2

    def test_a_last_look_beside_a_poll_has_a_session_of_its_own(self, rig: EmailRig, reader: Reader) -> None:
        asked = rig.customer("hello?")
        poll = reader.connector.fetch(reader.identity, None)
        first = next(poll)
        answer = rig.ours("on it", asked)
        looked = all_messages(reader.connector.recheck(reader.identity, None, [waiting(asked)]))
        rest = all_messages(poll)
        assert answer in {message.id for message in looked}
        assert {message.id for message in (*first.messages, *rest)} == {asked, answer}

    def test_attachments_are_not_fetched(self, rig: EmailRig, reader: Reader) -> None:
        mail = rig.mail.letter("ann@customers.example", [ACCOUNT], "a picture", "here is what I got")
        mail.add_attachment(b"\0" * 50_000, "image", "png", filename="parcel.png")
        asked = rig.mail.put("INBOX", mail)
        reader.poll()
        assert reader.messages[asked].text == "a picture\n\nhere is what I got"
        fetched = [line for line in rig.mail.ledger if "BODY.PEEK[1" in line or "BODY.PEEK[2" in line]
        assert fetched == ["UID FETCH 1 (UID BODY.PEEK[1]<0.262144>)"]

    def test_nothing_is_asked_for_without_an_end(self, rig: EmailRig, reader: Reader) -> None:
        rig.customer("hello?")
        reader.poll()
        bodies = [word for line in rig.mail.ledger for word in line.split("BODY.PEEK")[1:]]
        assert bodies
        assert all("<0." in word for word in bodies)

    def test_nothing_is_opened_for_writing(self, rig: EmailRig, reader: Reader) -> None:
        rig.customer("hello?")
        reader.poll()
        assert not {"SELECT", "STORE", "APPEND", "EXPUNGE"} & set(commands(rig))


class TestPolls:
    def test_the_first_poll_reads_the_lookback(self, rig: EmailRig, reader: Reader) -> None:
        rig.customer("too long ago", at=NOON - 8 * DAY)
        inside = rig.customer("last week", at=NOON - 7 * DAY + MINUTE)
        reader.poll()
        assert set(reader.messages) == {inside}

    def test_old_mail_that_somebody_files_here_is_no_news(self, rig: EmailRig, reader: Reader) -> None:
        reader.poll()
        rig.customer("from last year", at=NOON - 300 * DAY)
        assert all_messages(reader.poll()) == []

    def test_what_came_while_nobody_read_is_read_however_long_that_was(self, rig: EmailRig, reader: Reader) -> None:
        reader.poll()
        rig.now += 20 * DAY
        asked = rig.customer("hello?", at=NOON + DAY)
        reader.poll()
        assert asked in reader.messages

    def test_a_new_uidvalidity_reads_the_lookback_anew(self, rig: EmailRig, reader: Reader) -> None:
        gone = [rig.customer("first"), rig.customer("second", by="bob")]
        reader.poll()
        for each in gone:
            rig.mail.expunge(each)
        rig.mail.renumber("INBOX")
        new = {rig.customer(f"number {number}", by=f"c{number}") for number in range(4)}
        reader.poll()
        assert new < set(reader.messages)
        assert Cursor.parse(reader.cursor).folders["INBOX"].validity == rig.mail.folders["INBOX"].validity

    def test_uids_that_went_back_without_a_word_are_noticed(self, rig: EmailRig, reader: Reader) -> None:
        for number in range(5):
            rig.customer(f"number {number}")
        reader.poll()
        box = rig.mail.folders["INBOX"]
        box.mails, box.next_uid = [], 1
        restored = rig.customer("after the restore")
        reader.poll()
        assert restored in reader.messages

    def test_the_newest_mail_is_not_read_again_although_the_server_names_it(
        self, rig: EmailRig, reader: Reader
    ) -> None:
        rig.customer("hello?")
        reader.poll()
        rig.mail.expunge(rig.customer("never mind", by="bob"))
        commands(rig)
        assert all_messages(reader.poll()) == []
        assert "UID FETCH" not in commands(rig)

    def test_a_mail_in_two_folders_is_one(self, rig: EmailRig) -> None:
        asked = rig.customer("hello?")
        raw = rig.mail.places(asked)[0][1].raw
        rig.mail.append("Archive", raw)
        found = reading(rig, folders=["INBOX", "Archive"])
        assert [message.id for message in found] == [asked]

    def test_drafts_are_no_answers(self, rig: EmailRig, reader: Reader) -> None:
        asked = rig.customer("hello?")
        rig.mail.flag(rig.ours("not sent yet", asked), "\\Draft")
        reader.poll()
        assert set(reader.messages) == {asked}

    def test_more_than_a_poll_may_read_is_left_to_the_next_one(
        self, rig: EmailRig, reader: Reader, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("slamon.connectors._email.poll.PAGE_LIMIT", 1)
        ids = {rig.customer(f"number {number}", by=f"c{number}") for number in range(30)}
        last = reader.poll()[-1]
        assert (last.complete, len(reader.messages)) == (False, 25)
        assert reader.poll()[-1].complete
        assert set(reader.messages) == ids

    def test_a_poll_that_dies_half_way_keeps_the_old_cursor_and_loses_nothing(
        self, rig: EmailRig, reader: Reader
    ) -> None:
        reader.poll()
        old = reader.cursor
        ids = {rig.customer(f"number {number}", by=f"c{number}") for number in range(30)}
        rig.mail.faults.add(Fault(path="FETCH", calls=4, delay=0.001), Fault(path="FETCH", drop="before"))
        with pytest.raises(PlatformError):
            reader.poll()
        assert reader.cursor == old
        assert 0 < len(reader.messages) < 30
        reader.poll()
        assert set(reader.messages) == ids

    def test_names_of_folders_may_hold_any_letter(self, rig: EmailRig) -> None:
        folder = rig.mail.folders["Archive"]
        rig.mail.folders["Kündigungen & Größe"] = folder
        folder.name = "Kündigungen & Größe"
        asked = rig.mail.customer_writes("ann", "hello?", folder=folder.name)
        assert [message.id for message in reading(rig, folders=["INBOX", folder.name])] == [asked]

    def test_sent_mail_is_found_by_its_mark_whatever_its_name(self, rig: EmailRig) -> None:
        folder = rig.mail.folders.pop("Sent")
        folder.name = "Versandt"
        rig.mail.folders["Versandt"] = folder
        asked = rig.customer("hello?")
        answer = rig.mail.letter(ACCOUNT, [ANN], "Re: hello?", "here", asked)
        rig.mail.put("Versandt", answer)
        assert {message.side for message in reading(rig)} == {Side.OTHER, Side.OURS}

    def test_without_marks_it_is_found_by_its_name(self, rig: EmailRig) -> None:
        folder = rig.mail.folders.pop("Sent")
        folder.name, folder.marks = "INBOX.Sent Items", ()
        rig.mail.folders[folder.name] = folder
        rig.mail.put(folder.name, rig.mail.letter(ACCOUNT, [ANN], "hello", "here"))
        assert [message.side for message in reading(rig)] == [Side.OURS]

    def test_where_there_is_none_that_is_said(self, rig: EmailRig) -> None:
        del rig.mail.folders["Sent"]
        with pytest.raises(PlatformError, match="`sent`") as caught:
            reading(rig)
        assert caught.value.verdict is Verdict.NOT_FOUND

    def test_a_folder_of_sent_mail_that_moves_is_found_again(self, rig: EmailRig, reader: Reader) -> None:
        reader.poll()
        folder = rig.mail.folders.pop("Sent")
        folder.name = "Sent Items"
        rig.mail.folders["Sent Items"] = folder
        with pytest.raises(PlatformError):
            reader.poll()
        assert reader.poll()[-1].complete


class TestCursor:
    def test_what_is_written_is_read(self) -> None:
        cursor = Cursor({"INBOX": Position(3, 7, 2)}, NOON)
        assert Cursor.parse(cursor.text()) == cursor

    @pytest.mark.parametrize(
        "text",
        [
            *(None, "", "5", "null", "{", "[]", "[" * 9_999),
            *('{"folders": 5}', '{"folders": {"a": 5}}', '{"folders": {"a": [1]}}'),
            *('{"folders": {"a": [1, -2, 3]}}', '{"folders": {"a": [1, 2, 3, 4]}}', '{"folders": {}, "at": "x"}'),
        ],
    )
    def test_what_is_no_cursor_starts_from_the_lookback(self, text: str | None) -> None:
        assert Cursor.parse(text) == Cursor()

    def test_a_folder_that_is_watched_no_longer_is_forgotten(self, reader: Reader) -> None:
        reader.cursor = Cursor({"Old": Position(1, 1, 1)}, NOON - SECOND).text()
        reader.poll()
        assert set(Cursor.parse(reader.cursor).folders) == {"INBOX", "Sent"}


class TestProbe:
    def proofs(self, connector: Email) -> dict[str, Proof]:
        found = {finding.permission: finding.proof for finding in connector.probe()}
        connector.close()
        return found

    def test_an_empty_folder_of_sent_mail_proves_nothing(self, rig: EmailRig) -> None:
        rig.customer("hello?")
        assert self.proofs(rig.connector()) == {"login": Proof.OK, "folders": Proof.OK, "sent": Proof.UNKNOWN}

    def test_a_folder_that_may_not_be_read_is_named(self, rig: EmailRig) -> None:
        rig.ours("here", rig.customer("hello?"))
        rig.mail.folders["INBOX"].right = False
        assert self.proofs(rig.connector()) == {"login": Proof.OK, "folders": Proof.MISSING, "sent": Proof.OK}

    def test_a_wrong_password_fails_all(self, rig: EmailRig) -> None:
        rig.mail.password = "another one"
        assert set(self.proofs(rig.connector()).values()) == {Proof.FAILED}

    def test_no_folder_of_sent_mail_fails_that(self, rig: EmailRig) -> None:
        del rig.mail.folders["Sent"]
        assert self.proofs(rig.connector())["sent"] is Proof.FAILED
