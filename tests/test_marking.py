from __future__ import annotations

from dataclasses import replace
from random import Random  # noqa: TC003 - hypothesis evaluates annotations
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
import regex
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from said import ask, reply
from slamon.model import Author, Mark, Message, Role, Side
from slamon.rules._patience import LimitedPatience
from slamon.sla.conditions_text import TextMatches
from slamon.sla.marking import NOTHING_MARKED, Marking, NoReply, mark, marked
from slamon.sla.words import Lists, Words

if TYPE_CHECKING:
    from slamon.sla.subject import Subject

OURS = frozenset({"acme", "acmehelp"})
PATIENCE = LimitedPatience()
WORDS = Words(
    lambda: Lists(
        {
            "thanks": {"en": ["thanks", "thank you"], "de": ["danke", "vielen dank"], "ja": ["ありがとう"]},
            "complaint": {"en": ["broken", "outage"], "de": ["kaputt"], "any": ["sos"]},
            "greetings": {"en": ["hi", "hello"]},
            "filler": {"en": ["so much"]},
        },
        {},
    )
)
NO_REPLY = Marking(no_reply=tuple(map(NoReply, ("thanks", "emoji", "friends"))), words=WORDS)


def patterns(*texts: str) -> tuple[TextMatches, ...]:
    return tuple(TextMatches("", regex.compile(text, regex.IGNORECASE), PATIENCE) for text in texts)


def of_reply(marking: Marking, text: str = "On its way.", **more: Any) -> set[str]:
    said = replace(reply("r", 1, text=text), **more)
    return set(mark(said, marking, ours=OURS))


def of_post(text: str, marking: Marking = NO_REPLY, **more: Any) -> set[str]:
    said = replace(ask("q", 0, text=text), **{"mentions": (), **more})
    return set(mark(said, marking, ours=OURS))


# --- ours: automation, hand-over, holding


def test_a_reply_by_a_listed_author_is_automatic_by_id_or_handle_in_any_case() -> None:
    marking = Marking(authors=frozenset({"acme_bot", "uc7x"}))

    assert of_reply(marking, author=Author("900", "Acme_Bot")) == {Mark.AUTOMATION}
    assert of_reply(marking, author=Author("UC7x")) == {Mark.AUTOMATION}
    assert of_reply(marking) == set()


def test_a_listed_bot_that_nobody_counted_among_us_is_automatic_all_the_same() -> None:
    marking = Marking(authors=frozenset({"acme_bot"}), no_reply=NO_REPLY.no_reply, words=WORDS)
    bot = Author("900", "acme_bot")

    assert of_reply(marking, author=bot, side=Side.OTHER) == {Mark.AUTOMATION}
    assert of_reply(marking, "thanks!", author=bot, side=Side.OTHER, role=Role.CUSTOMER) == {"thanks"}


def test_a_reply_written_with_a_listed_app_is_automatic_and_suites_are_people() -> None:
    marking = Marking(apps=frozenset({"chatbot pro"}))

    assert of_reply(marking, app="Chatbot Pro") == {Mark.AUTOMATION}
    assert of_reply(marking, app="Hootsuite Inc.") == set()
    assert of_reply(marking, app="") == set()


def test_a_customer_with_the_same_app_or_text_is_not_marked() -> None:
    marking = Marking(apps=frozenset({"chatbot pro"}), automatic=patterns("got your message"))

    assert of_post("I got your message", marking, app="Chatbot Pro") == set()


def test_a_pattern_finds_automation_behind_the_names_that_a_reply_opens_with() -> None:
    marking = Marking(automatic=patterns("^We got your message"))

    assert of_reply(marking, "We got your message!") == {Mark.AUTOMATION}
    assert of_reply(marking, "@anna @bob.b, we got your message") == {Mark.AUTOMATION}
    assert of_reply(marking, "Sorry! We got your message late") == set()


def test_a_pattern_may_name_the_names_that_a_reply_opens_with() -> None:
    assert of_reply(Marking(automatic=patterns(r"^@\w+ ticket")), "@anna Ticket 5") == {Mark.AUTOMATION}


@pytest.mark.parametrize(
    "text",
    [
        "Please send us a DM with your order number.",
        "@anna please send us a direct\u200b message",
        "PLEASE SEND US A \uff24\uff2d",
    ],
)
def test_a_reply_that_asks_to_go_on_elsewhere_is_a_hand_over(text: str) -> None:
    assert of_reply(Marking(hand_over=patterns("send us a (DM|direct message)")), text) == {Mark.HAND_OVER}


def test_a_reply_that_only_promises_an_answer_is_a_holding_text() -> None:
    marking = Marking(holding=patterns("we are looking into (it|this)", "wir prüfen das"))

    assert of_reply(marking, "Thanks Anna, we are looking into this.") == {Mark.HOLDING}
    assert of_reply(marking, "Hallo, wir prüfen das gerade.") == {Mark.HOLDING}
    assert of_reply(marking, "It is fixed.") == set()


def test_a_machine_hands_over_and_holds_too() -> None:
    marking = Marking(frozenset({"acme_bot"}), hand_over=patterns("a colleague"), holding=patterns("will answer"))

    found = of_reply(marking, "A colleague will answer.", author=Author("acme_bot", "acme_bot"))

    assert found == {Mark.AUTOMATION, Mark.HAND_OVER, Mark.HOLDING}


@pytest.mark.parametrize("role", [Role.STAFF, Role.BYSTANDER, Role.CUSTOMER])
def test_who_is_said_to_be_no_brand_is_no_machine_of_it(role: Role) -> None:
    marking = Marking(frozenset({"acme"}), hand_over=patterns("."))

    assert of_reply(marking, role=role) == set()
    assert of_reply(marking, role=Role.BRAND, side=Side.OTHER) == {Mark.AUTOMATION, Mark.HAND_OVER}


def test_a_team_member_who_came_as_another_is_ours() -> None:
    marking = Marking(holding=patterns("moment"))

    assert of_reply(marking, "One moment", author=Author("acmehelp"), side=Side.OTHER) == {Mark.HOLDING}


# --- theirs: what needs no reply


@pytest.mark.parametrize("text", ["Thanks!", "@acme hi, thank you so much 🙏", "Vielen Dank!", "ありがとう"])
def test_nothing_but_thanks_needs_no_reply(text: str) -> None:
    assert of_post(text) == {"thanks"}


@pytest.mark.parametrize(
    "text",
    [
        "full-day outage, thanks",
        "thanks, order 4711",
        "Thanks?",
        "thanks, where is it",
        "Danke https://x.y/pic",
        "hi 🙏",
    ],
)
def test_thanks_with_anything_else_keep_the_wait(text: str) -> None:
    assert of_post(text) == set()


@pytest.mark.parametrize("text", ["👍", "❤️❤️❤️", "🎉 🎉", "👨‍👩‍👧", "👍🏽", "@acme 😂"])
def test_emoji_alone_need_no_reply(text: str) -> None:
    assert of_post(text) == {"emoji"}


@pytest.mark.parametrize("text", ["❓", "👍 ok then fix it", "🔥 4711", "🤔?", "5"])
def test_emoji_that_ask_or_say_more_keep_the_wait(text: str) -> None:
    assert of_post(text) == set()


@pytest.mark.parametrize("text", ["", "   ", "\n", "\u200b", "\u2060\ufeff"])
def test_a_post_without_text_is_a_post(text: str) -> None:
    anything = Marking(no_reply=(*NO_REPLY.no_reply, NoReply("all", (Always(),))), words=WORDS)

    assert of_post(text, anything) == set()


def test_a_tag_of_friends_needs_no_reply() -> None:
    assert of_post("@bob @carla", mentions=("17", "18")) == {"friends"}
    assert of_post("@bob") == {"friends"}


@pytest.mark.parametrize(
    "more",
    [
        {"text": "@acme", "mentions": ("acme",)},
        {"text": "@acme"},
        {"text": "@ACMEhelp @bob"},
        {"text": "@Acme_Care @bob", "mentions": ("acme", "bob")},
        {"text": "@Acme_Care", "carried": ("acme",)},
        {"text": "@acme.", "mentions": ()},
        {"text": "@bob @acme@social.example"},
        {"text": "@bob look at this"},
        {"text": "@bob is that true?"},
    ],
)
def test_who_names_the_brand_or_says_more_waits(more: dict[str, Any]) -> None:
    assert of_post(**{"mentions": (), **more}) == set()


def test_the_name_that_a_reply_prefix_carries_on_is_not_named_by_the_author() -> None:
    assert of_post("@acme @bob", carried=("acme",), mentions=("bob",)) == {"friends"}


@pytest.mark.parametrize("role", [Role.STAFF, Role.BYSTANDER, Role.BRAND, Role.AUTOMATION])
def test_who_is_said_to_be_no_customer_needs_no_reason(role: Role) -> None:
    assert of_post("thanks", role=role) == set()
    assert of_post("thanks", role=Role.CUSTOMER, side=Side.OURS) == {"thanks"}


def test_a_reason_that_is_not_asked_for_is_not_given() -> None:
    thanks = Marking(no_reply=(NoReply("thanks"),), words=WORDS)

    assert of_post("👍", thanks) == set()
    assert of_post("thanks", thanks) == {"thanks"}


class Always:
    words: str = "always"
    reads_thread: ClassVar[bool] = False

    def holds(self, subject: Subject) -> bool:
        return bool(subject.messages)


class Never(Always):
    def holds(self, subject: Subject) -> bool:
        return not subject.messages


class OnChannel(Always):
    def holds(self, subject: Subject) -> bool:
        return (subject.channel, subject.platform) == ("acme-x", "x")


def test_a_reason_of_ones_own_holds_where_all_its_conditions_do() -> None:
    both = Marking(no_reply=(NoReply("a", (Always(), Always())), NoReply("b", (Always(), Never()))), words=WORDS)

    assert of_post("win free crypto", both) == {"a"}


def test_conditions_see_the_channel_and_the_message_by_itself() -> None:
    here = Marking(no_reply=(NoReply("here", (OnChannel(),)),), words=WORDS)

    assert mark(ask("q", 0, text="hello"), here, channel="acme-x", platform="x") == {"here"}
    assert mark(ask("q", 0, text="hello"), here, channel="acme-y", platform="x") == set()


def test_a_complaint_is_found_in_the_language_of_the_message() -> None:
    anything = Marking(no_reply=(NoReply("all", (Always(),)),), words=WORDS)
    text = "alles kaputt hier bei mir heute"

    assert of_post(text, anything, language="de") == set()
    assert of_post(text, anything, language="en") == {"all"}


def test_thanks_are_found_in_the_language_of_the_message() -> None:
    assert of_post("vielen dank danke danke", language="de") == {"thanks"}
    assert of_post("vielen dank danke danke", language="en") == set()


@pytest.mark.parametrize("text", ["want free crypto?", "my crypto is broken", "SOS crypto", "crypto\u061f", "¿crypto"])
def test_a_question_or_a_complaint_keeps_the_wait_whatever_the_rule(text: str) -> None:
    anything = Marking(no_reply=(NoReply("all", (Always(),)),), words=WORDS)

    assert of_post("free crypto here", anything) == {"all"}
    assert of_post(text, anything) == set()


def test_what_a_person_kept_stays_kept_and_gets_no_reason() -> None:
    kept = frozenset({Mark.KEPT, "thanks"})

    assert of_post("thanks", marks=kept) == {Mark.KEPT}
    assert of_reply(Marking(holding=patterns("moment")), "One moment", marks=kept) == {Mark.KEPT, Mark.HOLDING}


def test_marks_of_rules_that_are_gone_are_gone_and_those_of_other_messages_stay() -> None:
    stale = replace(reply("r", 1), marks=frozenset({Mark.REPEATED, Mark.HOLDING}))
    dropped, kept = (ask(id_, 0, marks=frozenset({"thanks", *more})) for id_, more in (("a", ()), ("b", (Mark.KEPT,))))

    found = marked([stale, dropped, kept], NOTHING_MARKED)

    assert [set(message.marks) for message in found] == [{Mark.REPEATED}, set(), {Mark.KEPT}]
    assert mark(stale, Marking(holding=patterns("moment"))) == {Mark.REPEATED}


# --- all messages of a page


def test_rules_that_mark_nothing_cost_nothing() -> None:
    messages = [ask("q", 0, text="thanks"), reply("r", 1)]

    assert NOTHING_MARKED.idle
    assert Marking(words=WORDS).idle
    assert marked(messages, NOTHING_MARKED) is messages


@pytest.mark.parametrize(
    "marking",
    [
        Marking(authors=frozenset({"a"})),
        Marking(apps=frozenset({"a"})),
        Marking(automatic=patterns("a")),
        Marking(hand_over=patterns("a")),
        Marking(holding=patterns("a")),
        NO_REPLY,
    ],
)
def test_each_rule_is_work(marking: Marking) -> None:
    assert not marking.idle


def test_only_messages_whose_marks_change_are_made_anew() -> None:
    thanks, question = ask("q1", 0, text="thanks", mentions=()), ask("q2", 1, text="where is it?")
    stale = replace(question, id="q3", marks=frozenset({"thanks"}))

    found = marked([thanks, question, stale], NO_REPLY, ours=OURS)

    assert [set(message.marks) for message in found] == [{"thanks"}, set(), set()]
    assert found[1] is question


# --- hostile text


def test_a_pattern_that_explodes_has_found_nothing() -> None:
    marking = Marking(holding=patterns(r"(a|aa|a?b?)+$", "moment"))

    assert of_reply(marking, "a" * 5_000 + "! one moment") == {Mark.HOLDING}


TEXTS = st.text(max_size=60) | st.lists(
    st.sampled_from(
        ["thanks", "danke", "@acme", "@bob", "👍", "?", "broken", "http://x.y", "\u200d", "\u202e", " ", "a"]
    ),
    max_size=8,
).map(" ".join)
MESSAGES = st.builds(
    Message,
    id=st.sampled_from(["1", "2", "3"]),
    thread=st.just("t"),
    author=st.builds(Author, st.sampled_from(["", "acme", "7", "BOT"]), st.sampled_from(["", "Bob", "acme_Bot"])),
    side=st.sampled_from(Side),
    created_at=st.just(0),
    text=TEXTS,
    role=st.none() | st.sampled_from(Role),
    mentions=st.lists(st.sampled_from(["acme", "bob", ""]), max_size=2).map(tuple),
    carried=st.lists(st.sampled_from(["acme", "bob"]), max_size=1).map(tuple),
    language=st.sampled_from(["", "en", "de", "qme", "x-y"]),
    app=st.sampled_from(["", "Bot"]),
    marks=st.frozensets(st.sampled_from([Mark.KEPT.value, "thanks"])),
)
EVERYTHING = Marking(
    frozenset({"bot", "acme_bot"}),
    frozenset({"bot"}),
    patterns("danke"),
    patterns("@"),
    patterns("a"),
    (*NO_REPLY.no_reply, NoReply("all", (Always(),))),
    WORDS,
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(MESSAGES, max_size=6), st.randoms(use_true_random=False))
def test_a_mark_depends_on_its_message_alone(messages: list[Message], order: Random) -> None:
    alone = [mark(message, EVERYTHING, ours=OURS) for message in messages]
    places = list(range(len(messages)))
    order.shuffle(places)

    together = marked([messages[i] for i in places], EVERYTHING, ours=OURS)

    assert [message.marks for message in together] == [alone[i] for i in places]
    assert marked(together, EVERYTHING, ours=OURS) == together


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(MESSAGES)
def test_kept_blank_and_asking_posts_never_get_a_reason(message: Message) -> None:
    found = mark(message, EVERYTHING, ours=OURS) - set(Mark)

    assert not found or (message.text.strip() and "?" not in message.text and Mark.KEPT not in message.marks)
