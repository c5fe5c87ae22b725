"""What belongs together, what did not arrive, what was thrown away and what only filed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from connector_contract import NOON, Reader
from rig_email import ACCOUNT, ANN, EmailRig, commands, reading, waiting
from slamon.model import DAY, Message, Role, Side

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.connectors.base import Page


@pytest.fixture
def rig() -> Iterator[EmailRig]:
    with EmailRig() as each:
        yield each


@pytest.fixture
def reader(rig: EmailRig) -> Iterator[Reader]:
    each = Reader(rig)
    yield each
    each.close()


class TestThreads:
    def threads(self, messages: list[Message]) -> set[str]:
        return {message.thread for message in messages}

    def test_a_long_exchange_is_one_thread_and_each_names_the_one_it_answers(
        self, rig: EmailRig, reader: Reader
    ) -> None:
        first = rig.customer("hello?")
        second = rig.ours("how can I help?", first)
        third = rig.customer("my parcel!", reply_to=second)
        reader.poll()
        assert self.threads(list(reader.messages.values())) == {first}
        assert [reader.messages[each].in_reply_to for each in (first, second, third)] == [None, first, second]

    def test_the_order_of_arrival_does_not_matter(self, rig: EmailRig, reader: Reader) -> None:
        first = rig.customer("hello?")
        second = rig.ours("how can I help?", first)
        third = rig.customer("my parcel!", reply_to=second)
        kept = [(folder, mail) for each in (first, second) for folder, mail in rig.mail.places(each)]
        for folder, mail in kept:
            folder.mails.remove(mail)
        reader.poll()
        for folder, mail in kept:
            rig.mail.append(folder.name, mail.raw, mail.at)
        reader.poll()
        assert {each: reader.messages[each].thread for each in (first, second, third)} == dict.fromkeys(
            (first, second, third), first
        )

    @pytest.mark.parametrize("references", [True, False], ids=["repeats it as its only reference", "has no references"])
    def test_a_mail_that_names_only_its_parent_is_looked_up(self, rig: EmailRig, *, references: bool) -> None:
        first = rig.customer("hello?", at=NOON - 30 * DAY)
        second = rig.mail.brand_replies(first, "how can I help?", at=NOON - 29 * DAY)
        mail = rig.mail.letter(ANN, [ACCOUNT], "Re: hello?", "my parcel!", second)
        del mail["References"]
        if references:
            mail["References"] = f"<{second}>"
        rig.mail.put("INBOX", mail)
        assert [(message.thread, message.in_reply_to) for message in reading(rig)] == [(first, second)]

    def test_what_is_known_is_not_looked_up(self, rig: EmailRig, reader: Reader) -> None:
        first = rig.customer("hello?")
        reader.poll()
        commands(rig)
        rig.ours("on it", first)
        reader.poll()
        assert commands(rig).count("UID SEARCH") == 1

    def test_a_parent_that_nobody_has_gives_its_name(self, rig: EmailRig) -> None:
        rig.mail.customer_writes("ann", "hello?", headers={"In-Reply-To": "<lost@nowhere.example>"})
        (message,) = reading(rig)
        assert (message.thread, message.in_reply_to) == ("lost@nowhere.example", "lost@nowhere.example")

    def test_a_mail_without_an_id_has_the_same_one_each_time(self, rig: EmailRig, reader: Reader) -> None:
        mail = rig.mail.letter(ANN, [ACCOUNT], "hello", "hello?")
        mail["Date"] = "Sun, 22 Nov 2026 11:00:00 +0000"
        rig.mail.append("INBOX", mail.as_bytes().replace(b"\n", b"\r\n"))
        reader.poll()
        rig.mail.renumber("INBOX")
        reader.poll()
        assert len(reader.messages) == 1
        assert next(iter(reader.messages)).startswith("no-id:")

    def test_mails_that_answer_each_other_in_a_ring_end_somewhere(self, rig: EmailRig) -> None:
        for own, other in (("a@x", "b@x"), ("b@x", "a@x")):
            rig.mail.customer_writes(
                "ann", own, headers={"Message-ID": f"<{own}>", "References": f"<{other}>", "In-Reply-To": f"<{other}>"}
            )
        assert self.threads(reading(rig)) == {"a@x"}


class TestBounces:
    def failed(self, reader: Reader) -> dict[str, bool]:
        reader.poll()
        return {each.id: each.failed for each in reader.messages.values() if each.side is Side.OURS}

    def test_an_answer_that_did_not_arrive_has_failed(self, rig: EmailRig, reader: Reader) -> None:
        answer = rig.ours("here", rig.customer("hello?"))
        assert self.failed(reader) == {answer: False}
        rig.mail.bounce(answer)
        assert self.failed(reader) == {answer: True}

    def test_also_within_one_poll(self, rig: EmailRig, reader: Reader) -> None:
        answer = rig.ours("here", rig.customer("hello?"))
        rig.mail.bounce(answer)
        assert self.failed(reader) == {answer: True}

    def test_a_delay_is_no_failure(self, rig: EmailRig, reader: Reader) -> None:
        answer = rig.ours("here", rig.customer("hello?"))
        rig.mail.bounce(answer, action="delayed")
        assert self.failed(reader) == {answer: False}

    def test_a_failure_at_somebody_else_is_none(self, rig: EmailRig, reader: Reader) -> None:
        answer = rig.ours("here", rig.customer("hello?"))
        rig.mail.bounce(answer, address="boss@acme.example")
        assert self.failed(reader) == {answer: False}

    def test_the_report_itself_starts_nothing(self, rig: EmailRig, reader: Reader) -> None:
        report = rig.mail.bounce(rig.ours("here", rig.customer("hello?")))
        reader.poll()
        assert reader.messages[report].role is Role.BYSTANDER


class TestGone:
    def look(self, reader: Reader, *ids: str) -> list[Page]:
        pages = list(reader.connector.recheck(reader.identity, reader.cursor, [waiting(*ids)]))
        for page in pages:
            reader.keep(page)
        return pages

    def test_a_mail_that_was_filed_elsewhere_is_not(self, rig: EmailRig, reader: Reader) -> None:
        asked = rig.customer("hello?")
        reader.poll()
        rig.mail.move(asked, "Archive")
        self.look(reader, asked)
        assert reader.gone == {}

    @pytest.mark.parametrize("marked", [True, False])
    def test_a_mail_in_the_trash_is(self, rig: EmailRig, reader: Reader, *, marked: bool) -> None:
        rig.mail.folders["Trash"].marks = ("\\Trash",) if marked else ()
        asked = rig.customer("hello?")
        reader.poll()
        rig.mail.move(asked, "Trash")
        self.look(reader, asked)
        assert reader.gone == {asked: rig.now}

    def test_a_mail_that_is_marked_for_deletion_is(self, rig: EmailRig, reader: Reader) -> None:
        asked = rig.customer("hello?")
        reader.poll()
        rig.mail.flag(asked, "\\Deleted")
        self.look(reader, asked)
        assert reader.gone == {asked: rig.now}

    def test_where_a_folder_cannot_be_read_nothing_is_said(self, rig: EmailRig, reader: Reader) -> None:
        asked = rig.customer("hello?")
        reader.poll()
        rig.mail.expunge(asked)
        rig.mail.folders["Archive"].right = False
        assert self.look(reader, asked)[-1].complete
        assert reader.gone == {}

    def test_a_mail_that_moves_while_it_is_looked_for_is_not(self, rig: EmailRig, reader: Reader) -> None:
        asked = rig.customer("hello?")
        rig.mail.move(asked, "Archive")
        connector = rig.connector(folders=["INBOX", "Archive"])
        places = iter(("Junk", "INBOX"))

        def moved(line: str) -> None:
            # Once the inbox was searched, the mail goes there; before that, it was where was not looked yet.
            if line.startswith("UID SEARCH") and (to := next(places, None)):
                rig.mail.move(asked, to)

        rig.mail.seen = moved
        pages = list(connector.recheck(reader.identity, reader.cursor, [waiting(asked)]))
        connector.close()
        assert [gone for page in pages for gone in page.gone] == []

    def test_a_mail_among_unwanted_ones_is_hidden(self, rig: EmailRig, reader: Reader) -> None:
        asked = rig.customer("cheap watches")
        reader.poll()
        rig.mail.move(asked, "Junk")
        self.look(reader, asked)
        assert (reader.gone, reader.messages[asked].hidden) == ({}, True)

    def test_only_that_one_is(self, rig: EmailRig, reader: Reader) -> None:
        asked = rig.mail.customer_writes("ann", "cheap watches", headers={"Message-ID": "<1@x>"})
        reader.poll()
        rig.mail.customer_writes("bob", "cheaper watches", headers={"Message-ID": "<11@x>"}, folder="Junk")
        rig.mail.move(asked, "Junk")
        self.look(reader, asked)
        assert set(reader.messages) == {asked}

    def test_an_id_that_is_part_of_another_is_told_apart(self, rig: EmailRig, reader: Reader) -> None:
        short = rig.mail.customer_writes("ann", "hello?", headers={"Message-ID": "<1@x>"})
        rig.mail.customer_writes("bob", "hello?", headers={"Message-ID": "<11@x>"})
        reader.poll()
        rig.mail.expunge(short)
        self.look(reader, short)
        assert set(reader.gone) == {short}

    @pytest.mark.parametrize("ident", ['a"b@x', "a\\b@x", "a{3}@x", "(a@x", "*%@x", "a{5}"])
    def test_ids_that_look_like_imap_are_looked_for_too(self, rig: EmailRig, reader: Reader, ident: str) -> None:
        rig.mail.append("INBOX", f"From: {ANN}\r\nMessage-ID: <{ident}>\r\n\r\nhello?".encode())
        reader.poll()
        self.look(reader, ident)
        assert reader.gone == {}
        rig.mail.expunge(ident)
        self.look(reader, ident)
        assert set(reader.gone) == {ident}

    def test_a_mail_without_an_id_is_unknown(self, rig: EmailRig, reader: Reader) -> None:
        rig.mail.append("INBOX", b"From: ann@customers.example\r\n\r\nhello?")
        reader.poll()
        rig.mail.folders["INBOX"].mails.clear()
        self.look(reader, *reader.messages)
        assert reader.gone == {}

    def test_a_poll_notices_that_a_folder_shrank(self, rig: EmailRig, reader: Reader) -> None:
        asked, other = rig.customer("hello?"), rig.customer("anybody?", by="bob")
        reader.poll()
        rig.mail.expunge(asked)
        new = rig.customer("new", by="cy")
        reader.poll()
        assert set(reader.gone) == {asked}
        assert {other, new} <= set(reader.messages)

    def test_many_that_wait_are_looked_for_by_twenty(self, rig: EmailRig, reader: Reader) -> None:
        ids = [rig.customer("hello?", by=f"c{number}") for number in range(45)]
        reader.poll()
        commands(rig)
        self.look(reader, *ids)
        assert commands(rig).count("UID SEARCH") == 3
