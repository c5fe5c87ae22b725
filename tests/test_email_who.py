"""Who wrote a mail, for us or to us, and whether a person did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from connector_contract import Reader, all_messages
from rig_email import ACCOUNT, ANN, BOB, TEAM, EmailRig, reading
from slamon.connectors.email import SKIPPED
from slamon.model import Message, Role, Side
from slamon.sim._email.letters import AUTO_REPLY

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


class TestWho:
    def judged(self, rig: EmailRig, headers: dict[str, str], sender: str = ANN, **keys: Any) -> list[Message]:
        rig.mail.put("INBOX", rig.mail.letter(sender, [ACCOUNT], "hello", "hello?", None, headers))
        return reading(rig, **keys)

    def test_an_address_of_ours_in_the_inbox_proves_nothing(self, rig: EmailRig) -> None:
        asked = rig.customer("hello?")
        forged = rig.mail.letter(ACCOUNT, [ANN], "Re: hello", "all is well", asked)
        rig.mail.put("INBOX", forged)
        assert {message.id for message in reading(rig)} == {asked}

    def test_what_passed_dmarc_at_a_trusted_server_is_ours(self, rig: EmailRig) -> None:
        asked = rig.customer("hello?")
        result = {"Authentication-Results": "mx.acme.example; dmarc=pass (p=reject) header.from=acme.example"}
        rig.mail.put("INBOX", rig.mail.letter(f"Anna <{TEAM}>", [ANN, ACCOUNT], "Re: hello", "here", asked, result))
        (answer,) = [m for m in reading(rig, trusted_authserv=["mx.acme.example"]) if m.id != asked]
        assert (answer.side, answer.author.id, answer.in_reply_to) == (Side.OURS, TEAM, asked)
        assert [message.id for message in reading(rig)] == [asked]

    def test_all_that_was_sent_is_ours_under_whichever_address(self, rig: EmailRig) -> None:
        rig.mail.put("Sent", rig.mail.letter("Info <info@acme.example>", [ANN], "hello", "here"))
        assert [message.side for message in reading(rig)] == [Side.OURS]

    def test_a_customers_mail_that_was_filed_among_sent_mail_stays_the_customers(self, rig: EmailRig) -> None:
        asked = rig.mail.customer_writes("ann", "hello?", folder="Sent")
        (message,) = reading(rig)
        assert (message.id, message.side, message.author.id) == (asked, Side.OTHER, ANN)

    def test_a_mail_among_colleagues_is_a_note(self, rig: EmailRig) -> None:
        asked = rig.customer("hello?")
        note = rig.mail.letter(ACCOUNT, [f"Anna <{TEAM}>"], "Fwd: hello?", "can you take this?", asked)
        ident = rig.mail.put("Sent", note)
        roles = {message.id: message.role for message in reading(rig)}
        assert roles == {asked: None, ident: Role.STAFF}

    def test_recipients_are_mentions_in_lower_case_hidden_ones_of_ours_included(self, rig: EmailRig) -> None:
        mail = rig.mail.letter(ACCOUNT, ["Ann <Ann@Customers.example>"], "hello", "here")
        mail["Cc"], mail["Bcc"] = f"x@y.example, {ACCOUNT.upper()}", BOB
        rig.mail.put("Sent", mail)
        (message,) = reading(rig)
        assert message.mentions == (ANN, "x@y.example", ACCOUNT, BOB)

    def test_the_address_for_answers_names_the_customer_too(self, rig: EmailRig) -> None:
        (message,) = self.judged(rig, {"Reply-To": "Ann <ann@home.example>"})
        assert (message.author.id, message.author.handle) == (ANN, "ann@home.example")

    def test_a_form_writes_for_whom_it_names(self, rig: EmailRig) -> None:
        headers = {"Reply-To": "Bob <Bob@customers.example>", "Auto-Submitted": "auto-generated", "Precedence": "bulk"}
        (message,) = self.judged(rig, headers, "form@acme.example", forms=["form@acme.example"])
        assert (message.author.id, message.role, message.automated) == (BOB, None, False)

    def test_a_form_under_our_own_address_does_as_well(self, rig: EmailRig) -> None:
        (message,) = self.judged(rig, {"Reply-To": BOB}, ACCOUNT, forms=[ACCOUNT])
        assert (message.author.id, message.side) == (BOB, Side.OTHER)

    def test_a_form_that_names_nobody_has_an_unknown_customer(self, rig: EmailRig) -> None:
        (message,) = self.judged(rig, {}, "form@acme.example", forms=["form@acme.example"])
        assert message.author.id == ""

    def test_the_program_that_wrote_a_mail_is_told(self, rig: EmailRig) -> None:
        (message,) = self.judged(rig, {"X-Mailer": "Zendesk Mailer"})
        assert message.app == "Zendesk Mailer"


class TestAutomatic:
    @pytest.mark.parametrize(
        ("headers", "reason"),
        [
            ({"Auto-Submitted": "auto-replied; owner-email=x"}, "auto-submitted"),
            ({"Auto-Submitted": "Auto-Generated (vacation)"}, "auto-submitted"),
            ({"Precedence": "bulk"}, "precedence"),
            ({"Precedence": "list"}, "precedence"),
            ({"List-Id": "<news.shop.example>"}, "list-id"),
            ({"List-Unsubscribe": "<https://shop.example/off>"}, "list-unsubscribe"),
            ({"Feedback-ID": "1:2:3:shop"}, "feedback-id"),
            ({"X-Autoreply": "yes"}, "x-autoreply"),
            ({"X-Autorespond": "vacation"}, "x-autorespond"),
            ({"Return-Path": "<>"}, "return-path"),
            ({"X-Failed-Recipients": ANN}, "x-failed-recipients"),
        ],
        ids=str,
    )
    def test_each_header_is_known_and_counted(self, rig: EmailRig, headers: dict[str, str], reason: str) -> None:
        rig.mail.customer_writes("ann", "I am away", headers=headers)
        connector = rig.connector()
        (message,) = all_messages(connector.fetch(connector.identify(), None))
        assert (message.role, message.automated) == (Role.BYSTANDER, True)
        assert connector.skipped() == {reason: 1}
        assert reason in SKIPPED
        connector.close()

    @pytest.mark.parametrize("subject", ["Automatic reply: your offer", "Automatische Antwort: Angebot"])
    def test_the_subject_is_the_last_resort(self, rig: EmailRig, subject: str) -> None:
        rig.mail.customer_writes("ann", "I am away", subject=subject)
        assert [message.automated for message in reading(rig)] == [True]

    @pytest.mark.parametrize(
        ("subject", "headers"),
        [
            ("Re: Automatic reply: your offer", {}),
            ("hello", {"Auto-Submitted": "no"}),
            ("hello", {"X-Auto-Response-Suppress": "All"}),
            ("hello", {"Precedence": "normal"}),
        ],
        ids=str,
    )
    def test_people_are_not_taken_for_machines(self, rig: EmailRig, subject: str, headers: dict[str, str]) -> None:
        rig.mail.customer_writes("ann", "hello?", subject=subject, headers=headers)
        (message,) = reading(rig)
        assert (message.role, message.automated) == (None, False)

    @pytest.mark.parametrize(
        "headers",
        [
            {"List-Id": "Care <care.acme.example>", "Precedence": "list", "List-Unsubscribe": "<https://g.example/u>"},
            {"Mailing-list": f"list {ACCOUNT}; contact owner@acme.example", "Precedence": "list"},
            {"List-Post": f"<https://groups.example/post>, <mailto:{ACCOUNT}>", "List-Id": "<x.groups.example>"},
        ],
        ids=str,
    )
    def test_the_list_headers_of_a_group_that_we_are_ourselves_do_not_count(
        self, rig: EmailRig, headers: dict[str, str]
    ) -> None:
        rig.mail.customer_writes("ann", "hello?", headers=headers)
        assert [message.role for message in reading(rig)] == [None]

    def test_our_own_automatic_answers_are_automation(self, rig: EmailRig) -> None:
        asked = rig.customer("hello?")
        rig.mail.brand_replies(asked, "we have your mail", headers=AUTO_REPLY)
        sides = {message.side: (message.automated, message.role) for message in reading(rig)}
        assert sides == {Side.OTHER: (False, None), Side.OURS: (True, None)}

    def test_what_people_write_in_a_help_desk_is_not(self, rig: EmailRig) -> None:
        asked = rig.customer("hello?")
        headers = {**AUTO_REPLY, "X-Mailer": "Acme Desk 5.1"}
        rig.mail.brand_replies(asked, "here you are", headers=headers)
        rig.mail.customer_writes("bob", "your ticket", headers=headers)
        found = {message.author.id: message.automated for message in reading(rig, helpdesk=["acme desk"])}
        assert found == {ANN: False, ACCOUNT: False, BOB: True}

    def test_of_automatic_mail_no_text_is_fetched(self, rig: EmailRig) -> None:
        rig.mail.customer_writes("ann", "x" * 1_000, subject="away", headers=AUTO_REPLY)
        assert [message.text for message in reading(rig)] == ["away"]
