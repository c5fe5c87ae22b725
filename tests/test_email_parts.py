"""What a mail says is read out of whatever stands in it: headers, texts, structures, reports, results of DMARC."""

from __future__ import annotations

import base64
import quopri
from email.header import Header as EncodedHeader
from email.message import EmailMessage
from email.utils import formataddr
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from slamon.connectors._email.automatic import REASONS, automatic, is_bounce
from slamon.connectors._email.bounces import bounce, sections
from slamon.connectors._email.dmarc import passed
from slamon.connectors._email.errors import trouble
from slamon.connectors._email.folders import elsewhere, marked, sent_folders
from slamon.connectors._email.headers import Header, decoded_words
from slamon.connectors._email.imap import Folder
from slamon.connectors._email.reading import id_criteria, is_searchable, since_day
from slamon.connectors._email.structure import parts, text_part
from slamon.connectors._email.text import own_words, part_text
from slamon.connectors._email.threads import Links, Threads
from slamon.model import storable

CARE = "care@acme.example"
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def header(**fields: str | bytes) -> Header:
    lines = [
        name.replace("_", "-").encode() + b": " + (value if isinstance(value, bytes) else value.encode())
        for name, value in fields.items()
    ]
    return Header.parse(b"\r\n".join(lines) + b"\r\n\r\n")


class TestHeader:
    @pytest.mark.parametrize(
        ("value", "address", "name"),
        [
            ("ann@customers.example", "ann@customers.example", ""),
            ("Ann <Ann@Customers.Example>", "ann@customers.example", "Ann"),
            ('"Buyer, Ann" <ann@x>', "ann@x", "Buyer, Ann"),
            ("=?utf-8?q?J=C3=BCrgen?= <j@x>", "j@x", "Jürgen"),
            ("=?utf-8?b?SsO8?= =?utf-8?b?cmdlbg==?= <j@x>", "j@x", "Jürgen"),
            ("Jürgen <j@x>", "j@x", "Jürgen"),
            (b"J\xfcrgen <j@x>", "j@x", "Jürgen"),
            ("Müller, Hans <hans@x>", "hans@x", "Hans"),
            ("ann@x (Ann)", "ann@x", "Ann"),
            ("undisclosed-recipients:;", "", ""),
            ("nobody", "", ""),
            ("", "", ""),
            ("<>", "", ""),
        ],
    )
    def test_a_sender_is_read_however_it_is_written(self, value: str | bytes, address: str, name: str) -> None:
        assert header(From=value).sender() == (address, name)

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ("care@acme.example", True),
            ("Care <care@acme.example>", True),
            ('"care@acme.example" <care@acme.example>', True),
            ("care@acme.example <evil@x>", False),
            ("care@acme.example, evil@x", False),
            ("care@acme.example<evil@x>", False),
            ("<care@acme.example> <evil@x>", False),
            ('"a" <evil@x>, care@acme.example', False),
        ],
    )
    def test_two_senders_are_not_taken_for_one(self, value: str, *, expected: bool) -> None:
        assert header(From=value).has_one_sender is expected

    def test_a_second_line_of_senders_is_noticed(self) -> None:
        assert not Header.parse(b"From: care@acme.example\r\nFrom: evil@x\r\n\r\n").has_one_sender

    def test_folded_lines_and_several_ids_are_read(self) -> None:
        found = header(References="<a@x>\r\n <b@x>\t<c@x> (a comment) garbage <d e@x>")
        assert found.ids("references") == ["a@x", "b@x", "c@x"]

    @pytest.mark.parametrize(
        ("value", "expected"), [("<a@x>", "a@x"), ("a@x", "a@x"), (" <A@X> ", "A@X"), ("<a@x> <b@x>", "a@x")]
    )
    def test_an_id_is_taken_as_it_is(self, value: str, expected: str) -> None:
        assert header(Message_ID=value).message_id() == expected

    def test_without_an_id_two_mails_have_two(self) -> None:
        first, second = header(From="a@x", Date="1"), header(From="a@x", Date="2")
        assert first.message_id() != second.message_id()
        assert first.message_id() == header(From="a@x", Date="1").message_id()

    def test_an_id_that_cannot_be_stored_is_the_same_each_time(self) -> None:
        long = header(Message_ID=f"<{'x' * 600}@y>").message_id()
        assert (len(long) < 100, long) == (True, header(Message_ID=f"<{'x' * 600}@y>").message_id())

    @given(st.binary(max_size=500))
    @patient
    def test_nothing_in_a_header_is_too_odd(self, data: bytes) -> None:
        for block in (data, *(name + b": " + data for name in (b"From", b"To", b"Subject", b"References"))):
            found = Header.parse(block)
            address, name = found.sender()
            texts = [address, name, found.message_id(), found.words("subject")]
            texts += found.addresses("to", "cc") + found.ids("references")
            assert all(isinstance(text, str) for text in texts)
            assert all(storable(text) for text in (*found.addresses("to"), found.message_id(), name, address))
            assert automatic(found, {CARE}) in REASONS | {""}

    @given(st.text(st.characters(exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp")), min_size=1, max_size=40))
    @patient
    def test_encoded_words_come_back(self, text: str) -> None:
        assert decoded_words(EncodedHeader(text, "utf-8").encode()) == text

    @given(
        st.text(st.characters(min_codepoint=33, max_codepoint=0x2FF), max_size=20).filter(lambda text: "?" not in text)
    )
    @patient
    def test_names_come_back(self, name: str) -> None:
        assert header(From=formataddr((name, "ann@x"))).sender()[0] == "ann@x"


class TestAutomatic:
    def test_an_ordinary_mail_is_none(self) -> None:
        assert automatic(header(From="a@x", To=CARE, Subject="hello"), {CARE}) == ""

    def test_a_daemon_is_known_by_its_name(self) -> None:
        assert automatic(header(From="MAILER-DAEMON@x"), {CARE}) == "from"

    def test_a_read_receipt_is_automatic_and_no_bounce(self) -> None:
        receipt = header(Content_Type="multipart/report; report-type=disposition-notification")
        assert (automatic(receipt, {CARE}), is_bounce(receipt)) == ("content-type", False)

    def test_a_list_that_only_looks_like_ours_is_one(self) -> None:
        assert automatic(header(List_Id="<news.shop.example>", From="a@x"), {CARE}) == "list-id"


class TestDmarc:
    def test_a_pass_for_the_senders_domain_counts(self) -> None:
        assert self.says("mx.acme.example; spf=pass smtp.mailfrom=x; dmarc=pass (p=none) header.from=acme.example")

    @pytest.mark.parametrize(
        "value",
        [
            "",
            "mx.acme.example; dmarc=fail header.from=acme.example",
            "mx.acme.example; dmarc=pass header.from=evil.example",
            "mx.acme.example; dmarc=pass header.from=acme.example.evil.example",
            "mx.acme.example; dmarc=pass",
            "mx.acme.example; dmarc=passed header.from=acme.example",
            "mx.acme.example; dkim=pass header.d=acme.example",
            "mx.evil.example; dmarc=pass header.from=acme.example",
            "evil; x=mx.acme.example; dmarc=pass header.from=acme.example",
            'mx.acme.example; spf=pass smtp.mailfrom="; dmarc=pass header.from=acme.example ;"@x',
            "mx.acme.example; spf=fail (; dmarc=pass header.from=acme.example ;)",
            "mx.acme.example; spf=fail (( ; dmarc=pass header.from=acme.example ;)",
            'mx.acme.example; spf=fail " ; dmarc=pass header.from=acme.example',
            "mx.acme.example; dmarc=fail header.from=acme.example; dmarc=pass header.from=acme.example",
        ],
    )
    def test_anything_else_does_not(self, value: str) -> None:
        assert not self.says(value)

    def test_what_stands_in_quotes_or_brackets_does_no_harm(self) -> None:
        assert self.says(
            'mx.acme.example (Postfix; x); spf=fail reason="not; listed" smtp.mailfrom="a b"@x; '
            "dmarc=pass (p=none (really)) header.from=acme.example"
        )

    def test_the_newest_result_decides(self) -> None:
        no = b"Authentication-Results: mx.acme.example; dmarc=fail header.from=acme.example\r\n"
        yes = b"Authentication-Results: mx.acme.example; dmarc=pass header.from=acme.example\r\n"
        sender = b"From: care@acme.example\r\n"
        assert not passed(Header.parse(no + yes + sender), ["mx.acme.example"])
        assert passed(Header.parse(yes + no + sender), ["mx.acme.example"])

    def test_a_result_of_a_server_without_dmarc_leaves_it_to_the_next(self) -> None:
        dkim = b"Authentication-Results: mx.acme.example; dkim=pass header.d=acme.example\r\n"
        yes = b"Authentication-Results: mx.acme.example 1; dmarc=pass header.from=acme.example\r\n"
        assert passed(Header.parse(dkim + yes + b"From: care@acme.example\r\n"), ["MX.acme.example"])

    def test_a_sender_that_can_be_read_in_two_ways_is_none(self) -> None:
        assert not self.says("mx.acme.example; dmarc=pass header.from=acme.example", "care@acme.example <evil@x>")

    @given(st.text(max_size=200))
    @patient
    def test_no_words_of_a_stranger_make_a_pass(self, words: str) -> None:
        quoted = words.replace("\\", "").replace('"', "").replace("\r", " ").replace("\n", " ")
        assert not self.says(
            f'mx.acme.example; spf=pass smtp.mailfrom="{quoted}"@x; dmarc=fail header.from=acme.example'
        )

    def says(self, value: str, sender: str = CARE) -> bool:
        found = header(Authentication_Results=value, From=sender)
        return passed(found, ["mx.acme.example"])


class TestText:
    @pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "windows-1252", "utf-16", "koi8-r", "gb18030"])
    @pytest.mark.parametrize("encoding", ["8bit", "base64", "quoted-printable", "BASE64", "x-unknown"])
    def test_every_encoding_is_undone(self, charset: str, encoding: str) -> None:
        words = {"koi8-r": "где посылка?", "gb18030": "我的包裹在哪里"}.get(charset, "Wo ist das Päckchen?")
        data = words.encode(charset)
        wire = {"base64": base64.encodebytes, "quoted-printable": quopri.encodestring}.get(encoding.lower(), bytes)(
            data
        )
        assert part_text(wire, encoding, charset, html=False) == words

    @pytest.mark.parametrize(
        "charset", ["", "x-unknown", "us-ascii", "zlib", "hex", "punycode", "idna", "a" * 99, "\0"]
    )
    def test_a_charset_that_is_none_is_guessed(self, charset: str) -> None:
        assert part_text("Päckchen".encode(), "8bit", charset, html=False) == "Päckchen"
        assert part_text("Päckchen".encode("latin-1"), "8bit", charset, html=False) == "Päckchen"

    def test_a_text_that_was_cut_ends_before_the_cut(self) -> None:
        data = "Päckchen ü".encode()[:-1]
        assert part_text(data, "8bit", "utf-8", html=False) == "Päckchen "
        wire = base64.b64encode(b"where is my parcel?")
        assert [part_text(wire[:end], "base64", "utf-8", html=False) for end in (9, 10, 11, 12)] == [
            "where ",
            "where i",
            "where is",
            "where is ",
        ]

    def test_html_becomes_plain(self) -> None:
        html = "<html><head><title>x</title><style>p{}</style></head><body><p>Wo &amp; <b>wann</b>?</p><br>Gruß</body>"
        assert part_text(html.encode(), "8bit", "utf-8", html=True).split() == ["Wo", "&", "wann?", "Gruß"]

    def test_what_a_program_marks_as_quoted_is_left_out_unless_nothing_else_is_there(self) -> None:
        quote = '<div class="gmail_quote">On Monday you wrote: hello</div>'
        assert part_text(f"<p>thanks</p>{quote}".encode(), "8bit", "", html=True) == "thanks"
        assert "hello" in part_text(quote.encode(), "8bit", "", html=True)

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("thanks\n\n> where is it?\n> on its way", "thanks"),
            ("hello\n-- \nAnn Buyer\nCustomers Ltd", "hello"),
            ("> only a quote", "> only a quote"),
            ("-- \nAnn", "-- \nAnn"),
            ("a > b", "a > b"),
            ("", ""),
        ],
    )
    def test_quotes_and_signatures_are_left_out(self, text: str, expected: str) -> None:
        assert own_words(text) == expected

    @given(st.binary(max_size=300), st.sampled_from(["base64", "quoted-printable", "7bit", "x"]), st.text(max_size=12))
    @patient
    def test_no_bytes_are_too_odd(self, data: bytes, encoding: str, charset: str) -> None:
        for html in (False, True):
            assert isinstance(part_text(data, encoding, charset, html=html), str)


def leaf(kind: str, sub: str, size: int = 10, disposition: Any = None) -> tuple[Any, ...]:
    lines = (1,) if kind == "text" else ()
    node = (kind.encode(), sub.encode(), (b"CHARSET", b"UTF-8"), None, None, b"7BIT", size, *lines)
    return (*node, None, disposition, None, None)


class TestStructure:
    def test_the_only_part_is_the_first(self) -> None:
        (part,) = parts(leaf("TEXT", "PLAIN"))
        assert (part.section, part.kind, part.charset, part.encoding) == ("1", "text/plain", "utf-8", "7bit")

    def test_plain_text_goes_before_html_wherever_it_stands(self) -> None:
        inner = ([leaf("text", "html"), leaf("text", "plain")], b"alternative")
        found = parts(([inner, leaf("image", "png")], b"mixed"))
        chosen = text_part(found)
        assert [part.section for part in found] == ["1.1", "1.2", "2"]
        assert chosen is not None
        assert chosen.section == "1.2"

    def test_neither_an_attachment_nor_an_empty_part_is_the_text(self) -> None:
        attached = leaf("text", "plain", 10, (b"ATTACHMENT", (b"FILENAME", b"log.txt")))
        found = parts(([attached, leaf("text", "plain", 0), leaf("text", "html")], b"mixed"))
        chosen = text_part(found)
        assert chosen is not None
        assert chosen.kind == "text/html"

    def test_a_mail_within_a_mail_is_not_read(self) -> None:
        inside = (b"message", b"rfc822", None, None, None, b"7bit", 99, (None,) * 10, leaf("text", "plain"), 3)
        assert text_part(parts(([inside], b"mixed"))) is None

    def test_no_more_than_fifty_parts_are_looked_at(self) -> None:
        assert len(parts(([leaf("text", "plain")] * 60, b"mixed"))) == 50
        assert len(parts(([([leaf("text", "plain")] * 40, b"mixed")] * 5, b"mixed"))) == 50

    def test_nor_deeper_than_twenty(self) -> None:
        node: Any = leaf("text", "plain")
        for _ in range(21):
            node = ([node], b"mixed")
        assert parts(node) == []

    odd = st.recursive(
        st.none() | st.integers() | st.binary(max_size=8),
        lambda inner: st.lists(inner, max_size=4).map(tuple) | st.tuples(st.lists(inner, max_size=3), inner),
        max_leaves=20,
    )

    @given(odd)
    @patient
    def test_no_structure_is_too_odd(self, node: Any) -> None:
        text_part(parts(node))


class TestBounces:
    STATUS = b"Reporting-MTA: dns; mx\r\n\r\nFinal-Recipient: rfc822; Ann@X.example\r\nAction: failed\r\n"
    RETURNED = b"Message-ID: <r1@acme.example>\r\n\r\n"

    def test_who_was_not_reached_and_by_what(self) -> None:
        found = bounce(header(From="x"), self.STATUS, self.RETURNED)
        assert found is not None
        assert (set(found.ids), set(found.addresses)) == ({"r1@acme.example"}, {"ann@x.example"})

    def test_without_the_mail_itself_what_the_report_answers_counts(self) -> None:
        found = bounce(header(X_Failed_Recipients="ann@x.example", In_Reply_To="<r1@acme.example>"), b"", b"")
        assert found is not None
        assert (set(found.ids), set(found.addresses)) == ({"r1@acme.example"}, {"ann@x.example"})

    @pytest.mark.parametrize("action", [b"delayed", b"relayed", b"delivered", b"expanded", b""])
    def test_only_what_failed_for_good_counts(self, action: bytes) -> None:
        assert bounce(header(From="x"), self.STATUS.replace(b"failed", action), self.RETURNED) is None

    def test_of_several_recipients_each_has_a_fate_of_its_own(self) -> None:
        status = self.STATUS + b"\r\nFinal-Recipient: rfc822; bob@x.example\r\nAction: delivered\r\n"
        found = bounce(header(From="x"), status, self.RETURNED)
        assert found is not None
        assert found.addresses == {"ann@x.example"}

    def test_sections_are_found_by_their_kind(self) -> None:
        nodes = [leaf("text", "plain"), leaf("message", "delivery-status"), leaf("message", "rfc822")]
        assert sections(parts((nodes, b"report"))) == ("2", "3.HEADER")
        assert sections(parts(([leaf("text", "plain"), leaf("text", "rfc822-headers")], b"report"))) == (None, "2")

    @given(st.binary(max_size=300), st.binary(max_size=300))
    @patient
    def test_no_report_is_too_odd(self, status: bytes, returned: bytes) -> None:
        bounce(header(From="x"), status, returned)


class TestThreads:
    @given(st.permutations(range(6)), st.lists(st.integers(0, 4), min_size=6, max_size=6))
    @patient
    def test_with_full_references_the_order_of_arrival_does_not_matter(
        self, order: list[int], above: list[int]
    ) -> None:
        chains: list[list[str]] = [["m0@x"]]
        for number in range(1, 6):
            chains.append([*chains[min(above[number], number - 1)], f"m{number}@x"])
        threads = Threads()
        for number in order:
            *references, own = chains[number]
            assert threads.of(Links(own, references, references[-1] if references else None), lambda _: None) == "m0@x"

    def test_a_parent_is_asked_for_only_where_the_mail_names_no_more(self) -> None:
        asked: list[str] = []

        def look_up(ident: str) -> Links | None:
            asked.append(ident)
            return {"b@x": Links("b@x", ["a@x"], "a@x"), "a@x": Links("a@x")}.get(ident)

        threads = Threads()
        assert threads.of(Links("d@x", ["a@x", "c@x"], "c@x"), look_up) == "a@x"
        assert asked == []
        assert threads.of(Links("f@x", ["b@x"], "b@x"), look_up) == "a@x"
        assert asked == ["b@x", "a@x"]
        assert threads.of(Links("e@x", ["b@x"], "b@x"), look_up) == "a@x"
        assert asked == ["b@x", "a@x"]

    def test_of_several_answered_mails_the_nearest_is_the_parent(self) -> None:
        found = Links.of(header(Message_ID="<d@x>", In_Reply_To="<b@x> <c@x>", References="<a@x> <b@x> <c@x>"))
        assert (found.own, found.above, found.parent) == ("d@x", ["a@x", "b@x", "c@x"], "c@x")

    def test_a_mail_that_answers_itself_answers_nobody(self) -> None:
        found = Links.of(header(Message_ID="<a@x>", In_Reply_To="<a@x>", References="<a@x>"))
        assert (found.above, found.parent) == ([], None)


class TestFolders:
    def folder(self, name: str, *marks: str) -> Folder:
        return Folder(name, frozenset(marks))

    def test_marks_go_before_names(self) -> None:
        folders = [self.folder("Sent"), self.folder("[Gmail]/Gesendet", r"\sent")]
        assert sent_folders(folders) == ["[Gmail]/Gesendet"]

    def test_a_place_that_holds_no_mail_is_no_folder(self) -> None:
        assert marked([self.folder("Sent", r"\noselect")], r"\sent", frozenset({"sent"})) == []

    def test_elsewhere_is_all_that_is_neither_watched_nor_trash(self) -> None:
        folders = [self.folder(name) for name in ("inbox", "Sent", "Trash", "Archive", "Junk")]
        assert elsewhere(folders, ["INBOX", "Sent"]) == ["Archive", "Junk"]


class TestCriteria:
    def test_ids_are_joined_in_the_order_that_imap_has_for_or(self) -> None:
        assert id_criteria(["a@x"]) == 'HEADER MESSAGE-ID "a@x"'
        assert id_criteria(["a@x", 'b"@x', "c@x"]) == (
            'OR HEADER MESSAGE-ID "a@x" OR HEADER MESSAGE-ID "b\\"@x" HEADER MESSAGE-ID "c@x"'
        )

    @pytest.mark.parametrize("ident", ["no-id:abc", "sha256:abc", "ü@x", "a\nb@x", "\u202e@x"])
    def test_what_a_server_cannot_be_asked_for_is_not(self, ident: str) -> None:
        assert not is_searchable(ident)

    def test_a_day_is_that_before_for_servers_live_in_zones(self) -> None:
        assert since_day(1_795_348_800_000) == "SINCE 21-Nov-2026"
        assert since_day(0) == "SINCE 01-Jan-1970"


class TestErrors:
    @given(st.text(max_size=300), st.sampled_from([ValueError, TimeoutError, RecursionError, KeyError, OSError]))
    @patient
    def test_every_failure_has_a_verdict_and_a_code_of_a_closed_set(self, text: str, kind: type[Exception]) -> None:
        code, error = trouble("fetch", kind(text), 0)
        assert code in {"timeout", "connection", "bad_answer", "BYE", "BAD", "NO"}
        assert len(str(error)) < 300


def test_a_mail_as_the_standard_library_writes_it_is_read() -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Jürgen Größe <j@x.example>", CARE, "Über " * 40
    found = Header.parse(mail.as_bytes())
    assert found.sender() == ("j@x.example", "Jürgen Größe")
    assert found.words("subject").split() == ["Über"] * 40
