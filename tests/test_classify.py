from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from said import SETTINGS, aside, ask, reply
from slamon.model import Author, Kind, Message, Role
from slamon.sla.classify import FoldSettings, classify
from slamon.sla.thread import Thread


def roles(*messages: Message, settings: FoldSettings = SETTINGS) -> dict[str, Role]:
    return classify(Thread(messages), settings).roles


def answers(*messages: Message, settings: FoldSettings = SETTINGS) -> dict[str, tuple[str, ...]]:
    return classify(Thread(messages), settings).answers


FLAT = replace(SETTINGS, flat_replies=True)


class TestWhoIsAddressed:
    def test_a_mention_in_words_of_ones_own_addresses_the_brand(self) -> None:
        assert roles(ask("1", 0)) == {"1": Role.CUSTOMER}

    def test_a_mention_that_the_reply_prefix_carries_on_does_not(self) -> None:
        carried = aside("2", 1, by="ben", carried=("acme",), in_reply_to="1")
        assert roles(ask("1", 0), carried)["2"] is Role.BYSTANDER

    @pytest.mark.parametrize("kind", [Kind.DIRECT_MESSAGE, Kind.EMAIL, Kind.TICKET, Kind.STORY_REPLY])
    def test_whatever_is_private_addresses_the_brand(self, kind: Kind) -> None:
        assert roles(aside("1", 0, by="anna", kind=kind))["1"] is Role.CUSTOMER

    def test_a_post_on_a_surface_of_the_brand_addresses_it(self) -> None:
        assert roles(aside("1", 0, by="anna", addressed=True))["1"] is Role.CUSTOMER

    def test_a_quote_of_the_brand_addresses_it(self) -> None:
        assert roles(aside("1", 0, by="anna", quotes_author="acme", kind=Kind.QUOTE))["1"] is Role.CUSTOMER

    def test_a_comment_right_under_a_post_of_the_brand_addresses_it(self) -> None:
        assert roles(reply("1", 0), aside("2", 1, by="anna", in_reply_to="1"))["2"] is Role.CUSTOMER

    def test_a_comment_under_a_brand_post_that_was_never_read_addresses_it(self) -> None:
        comment = aside("2", 1, by="anna", in_reply_to="1", in_reply_to_author="acme")
        assert roles(comment)["2"] is Role.CUSTOMER

    def test_a_reply_to_ones_own_addressing_message_addresses_the_brand(self) -> None:
        assert roles(ask("1", 0), aside("2", 1, by="anna", in_reply_to="1"))["2"] is Role.CUSTOMER

    def test_a_reply_to_another_customer_does_not(self) -> None:
        assert roles(ask("1", 0), aside("2", 1, by="ben", in_reply_to="1"))["2"] is Role.BYSTANDER

    def test_a_reply_to_a_bystander_does_not(self) -> None:
        chain = (ask("1", 0), aside("2", 1, by="ben", in_reply_to="1"), aside("3", 2, by="anna", in_reply_to="2"))
        assert roles(*chain)["3"] is Role.BYSTANDER

    def test_where_the_brand_has_spoken_whoever_follows_addresses_it(self) -> None:
        thread = (ask("1", 0), aside("2", 1, by="ben", in_reply_to="1"), reply("3", 2, to="2"))
        assert roles(*thread, aside("4", 3, by="carl", in_reply_to="2"))["4"] is Role.CUSTOMER

    def test_unless_it_opens_with_another_customers_name(self) -> None:
        thread = (ask("1", 0), ask("2", 1, by="ben", in_reply_to="1"), reply("3", 2, to="2"))
        to_ben = aside("4", 3, by="carl", in_reply_to="2", opens_with="ben")
        assert roles(*thread, to_ben)["4"] is Role.BYSTANDER

    def test_opening_with_ones_own_name_is_no_such_thing(self) -> None:
        thread = (ask("1", 0), ask("2", 1, by="ben", in_reply_to="1"), reply("3", 2, to="2"))
        assert roles(*thread, aside("4", 3, by="ben", in_reply_to="2", opens_with="ben"))["4"] is Role.CUSTOMER

    def test_another_branch_in_which_the_brand_is_silent_stays_among_customers(self) -> None:
        thread = (ask("1", 0), ask("2", 1, by="ben", in_reply_to="1"), reply("3", 2, to="2"))
        assert roles(*thread, aside("4", 3, by="carl", in_reply_to="1"))["4"] is Role.BYSTANDER

    def test_an_admin_may_watch_bystanders_too(self) -> None:
        watching = replace(SETTINGS, watch_bystanders=True)
        assert roles(ask("1", 0), aside("2", 1, by="ben", in_reply_to="1"), settings=watching)["2"] is Role.CUSTOMER

    def test_only_what_was_said_before_counts(self) -> None:
        aside_first = aside("2", 1, by="ben", in_reply_to="1")
        later = reply("3", 2, to="2")
        assert roles(ask("1", 0), aside_first, later)["2"] is Role.BYSTANDER


class TestWhoSpeaks:
    def test_team_members_speak_for_the_brand(self) -> None:
        assert roles(ask("1", 0), ask("2", 1, by="acmehelp", in_reply_to="1"))["2"] is Role.BRAND

    def test_what_the_platform_marks_as_automatic_is_automation(self) -> None:
        assert roles(ask("1", 0), reply("2", 1, to="1", automated=True))["2"] is Role.AUTOMATION

    def test_staff_are_known_by_id_or_by_handle_in_any_case(self) -> None:
        settings = replace(SETTINGS, staff=frozenset({"77", "bea"}))
        by_handle = replace(ask("2", 1), author=Author("78", "Bea"))
        assert set(roles(ask("1", 0, by="77"), by_handle, settings=settings).values()) == {Role.STAFF}

    def test_a_role_that_the_source_gives_is_final(self) -> None:
        given = (ask("1", 0, role=Role.BYSTANDER), aside("2", 1, by="acme", role=Role.CUSTOMER))
        assert roles(*given) == {"1": Role.BYSTANDER, "2": Role.CUSTOMER}


class TestWhomTheBrandAnswers:
    def test_the_author_of_the_message_it_replies_to(self) -> None:
        assert answers(ask("1", 0), ask("2", 1, by="ben"), reply("3", 2, to="1"))["3"] == ("anna",)

    def test_the_nearest_customer_up_the_chain_through_the_brands_own_messages(self) -> None:
        thread = (ask("1", 0), ask("2", 1, by="ben"), reply("3", 2, to="1"), reply("4", 3, to="3"))
        assert answers(*thread)["4"] == ("anna",)

    def test_up_the_chain_through_an_automatic_reply_too(self) -> None:
        thread = (ask("1", 0), ask("2", 1, by="ben"), reply("3", 2, to="1", automated=True), reply("4", 3, to="3"))
        assert answers(*thread)["4"] == ("anna",)

    def test_a_reply_to_any_id_of_an_edited_message(self) -> None:
        assert answers(ask("1", 0, aliases=("1b",)), ask("2", 1, by="ben"), reply("3", 2, to="1b"))["3"] == ("anna",)

    def test_everyone_it_mentions_who_wrote_before(self) -> None:
        thread = (ask("1", 0), ask("2", 1, by="ben"), reply("3", 2, to="1", mentions=("ben", "carl")))
        assert answers(*thread)["3"] == ("anna", "ben")

    def test_a_mention_of_somebody_who_writes_later_answers_nobody(self) -> None:
        thread = (ask("1", 0), reply("2", 1, to="1", mentions=("ben",)), ask("3", 2, by="ben"))
        assert answers(*thread)["2"] == ("anna",)

    def test_without_a_link_the_only_customer_so_far(self) -> None:
        assert answers(ask("1", 0), reply("2", 1))["2"] == ("anna",)

    def test_a_link_that_leads_to_nobody_counts_as_none(self) -> None:
        assert answers(ask("1", 0), reply("2", 1, to="never read"))["2"] == ("anna",)

    def test_without_link_and_mention_among_several_nobody_and_that_is_counted(self) -> None:
        found = classify(Thread([ask("1", 0), ask("2", 1, by="ben"), reply("3", 2)]), SETTINGS)
        assert (found.answers["3"], found.undirected) == ((), 1)

    def test_a_post_of_the_brand_that_nobody_preceded_is_not_undirected(self) -> None:
        assert classify(Thread([reply("1", 0)]), SETTINGS).undirected == 0

    def test_a_quote_of_a_customers_post_answers_its_author(self) -> None:
        assert answers(ask("1", 0), ask("2", 1, by="ben"), reply("3", 2, quotes_author="ben"))["3"] == ("ben",)

    def test_answering_itself_answers_nobody_new(self) -> None:
        assert answers(ask("1", 0), ask("2", 1, by="ben"), reply("3", 2, to="3"))["3"] == ()


class TestFlatReplies:
    """Where the platform hangs every reply on the top comment."""

    BRANCH = (
        reply("0", 0),
        ask("1", 1, in_reply_to="0"),
        ask("2", 2, by="ben", in_reply_to="1"),
        ask("9", 3, by="carl", in_reply_to="0"),
    )

    def test_the_leading_mention_says_who_is_meant(self) -> None:
        said = reply("3", 4, to="1", opens_with="anna", mentions=("anna",))
        assert answers(*self.BRANCH, said, settings=FLAT)["3"] == ("anna",)

    def test_else_it_is_the_latest_customer_before_it_in_that_branch(self) -> None:
        assert answers(*self.BRANCH, reply("3", 4, to="1"), settings=FLAT)["3"] == ("ben",)

    def test_elsewhere_it_is_the_author_of_the_message_replied_to(self) -> None:
        assert answers(*self.BRANCH, reply("3", 4, to="1"))["3"] == ("anna",)


class TestHiddenAuthors:
    def test_each_branch_of_a_hidden_author_is_a_customer(self) -> None:
        thread = (reply("0", 0), ask("1", 1, by="", in_reply_to="0"), ask("2", 2, by="", in_reply_to="1"))
        found = classify(Thread([*thread, ask("3", 3, by="", in_reply_to="0")]), SETTINGS)
        assert found.customers == {"1": "anon:1", "2": "anon:1", "3": "anon:3"}

    def test_a_reply_to_one_ends_only_that_ones_wait(self) -> None:
        thread = (reply("0", 0), ask("1", 1, by="", in_reply_to="0"), ask("2", 2, by="", in_reply_to="0"))
        assert answers(*thread, reply("3", 3, to="2"))["3"] == ("anon:2",)


class TestMail:
    """In mail, mentions are To and Cc."""

    def mail(self, id_: str, minute: float, **more: Any) -> Message:
        return ask(id_, minute, kind=Kind.EMAIL, **more)

    def test_an_answer_to_the_customer_answers_him(self) -> None:
        thread = (self.mail("1", 0), reply("2", 1, to="1", kind=Kind.EMAIL, mentions=("anna",)))
        assert answers(*thread) == {"2": ("anna",)}

    def test_his_mail_forwarded_to_a_colleague_is_a_note(self) -> None:
        thread = (self.mail("1", 0), reply("2", 1, to="1", kind=Kind.EMAIL, mentions=("warehouse",)))
        assert answers(*thread) == {"2": ()}

    def test_a_note_does_not_answer_the_only_customer_without_a_link_either(self) -> None:
        thread = (self.mail("1", 0), reply("2", 1, kind=Kind.EMAIL, mentions=("warehouse",)))
        assert answers(*thread) == {"2": ()}

    def test_an_answer_to_several_customers_answers_each_with_the_one_it_replies_to_first(self) -> None:
        asked = (self.mail("1", 0), self.mail("2", 1, by="ben", in_reply_to="1"))
        thread = (*asked, reply("3", 2, to="2", kind=Kind.EMAIL, mentions=("anna", "ben")))
        assert answers(*thread)["3"] == ("ben", "anna")

    def test_of_a_mail_without_known_recipients_the_link_counts(self) -> None:
        thread = (self.mail("1", 0), reply("2", 1, to="1", kind=Kind.EMAIL))
        assert answers(*thread) == {"2": ("anna",)}
