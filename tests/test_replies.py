from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from admin import POLICY, write
from said import ask, reply
from slamon.errors import FaultsError
from slamon.model import Author, Kind, Mark
from slamon.rules import ChannelFacts, load_rules, replies
from slamon.sla.marking import NOTHING_MARKED, mark

if TYPE_CHECKING:
    from pathlib import Path

    from slamon.sla.policy import ChannelRules

FULL = ChannelFacts("pretend", frozenset({"app"}), frozenset(Kind))
ACME = frozenset({"acme"})


def rules(folder: Path, text: str, served: ChannelFacts = FULL) -> ChannelRules:
    return load_rules(write(folder, {"acme-x.yaml": f"{text}\n{POLICY}"}), {"acme-x": served}, ()).of("acme-x")


def faults(folder: Path, text: str, served: ChannelFacts = FULL) -> list[str]:
    with pytest.raises(FaultsError) as caught:
        rules(folder, text, served)
    return [str(fault).partition("acme-x.yaml:")[2] for fault in caught.value.faults]


def of_reply(folder: Path, text: str, said: str, by: str = "acme", app: str = "") -> set[str]:
    return set(mark(reply("r", 1, text=said, by=by, app=app), rules(folder, text).marking, ours=ACME))


def of_post(folder: Path, text: str, said: str, **more: Any) -> set[str]:
    post = ask("q", 0, text=said, **{"mentions": (), **more})
    return set(mark(post, rules(folder, text).marking, channel="acme-x", platform="pretend", ours=ACME))


def test_a_file_that_says_nothing_of_single_messages_marks_none(tmp_path: Path) -> None:
    found = rules(tmp_path, "lookback: 1d")

    assert found.marking is NOTHING_MARKED
    assert (found.suspect_within, found.repeated) == (0, 0)


@pytest.mark.parametrize(
    "text", ["automation: acme_bot", 'automation: [other, "@ACME_bot"]', "automation: {author: acme_bot}"]
)
def test_automation_is_a_handle_a_list_or_a_mapping(text: str, tmp_path: Path) -> None:
    assert of_reply(tmp_path, text, "Hello", by="Acme_Bot") == {Mark.AUTOMATION}
    assert of_reply(tmp_path, text, "Hello") == set()


def test_automation_is_known_by_app_and_by_pattern(tmp_path: Path) -> None:
    text = 'automation: {app: "Chatbot Pro", pattern: ["^we got your message", "ticket #[0-9]+"]}'

    assert of_reply(tmp_path, text, "Hello", app="CHATBOT pro") == {Mark.AUTOMATION}
    assert of_reply(tmp_path, text, "@anna We got your message") == {Mark.AUTOMATION}
    assert of_reply(tmp_path, text, "Your Ticket #42") == {Mark.AUTOMATION}
    assert of_reply(tmp_path, text, "Hello") == set()


def test_what_makes_a_reply_suspected_is_handed_on(tmp_path: Path) -> None:
    found = rules(tmp_path, "automation: {suspect: {faster_than: 5s, repeated: 3}}")

    assert (found.suspect_within, found.repeated) == (5_000, 3)
    assert found.marking is NOTHING_MARKED


@pytest.mark.parametrize("key", ["hand_over", "holding"])
def test_hand_over_and_holding_are_one_expression_or_a_list(key: str, tmp_path: Path) -> None:
    assert of_reply(tmp_path, f"{key}: send us a (DM|message)", "Please send us a dm") == {key}
    assert of_reply(tmp_path, f"{key}: [nothing, send us a DM]", "Please send us a dm") == {key}
    assert of_reply(tmp_path, f"{key}: [nothing, send us a DM]", "It is on its way") == set()


def test_a_regular_expression_may_look_for_what_is_missing(tmp_path: Path) -> None:
    unsigned = r"""automation: {pattern: '^(?!.*\^[A-Z]{2}$)'}"""

    assert of_reply(tmp_path, unsigned, "We got your message") == {Mark.AUTOMATION}
    assert of_reply(tmp_path, unsigned, "It is on its way ^JH") == set()


@pytest.mark.parametrize("text", ["no_reply: thanks", "no_reply: [emoji, thanks]", "no_reply: [{reason: thanks}]"])
def test_no_reply_is_a_built_in_reason_or_a_list(text: str, tmp_path: Path) -> None:
    assert of_post(tmp_path, text, "Thanks!") == {"thanks"}
    assert of_post(tmp_path, text, "full-day outage, thanks") == set()


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Thanks!", "en"),
        ("@acme thank you so much 🙏", "en"),
        ("Vielen Dank!", "de"),
        ("Danke", ""),
        ("merci beaucoup", "fr"),
        ("muchas gracias 😊", "es"),
        ("Obrigado", "pt"),
        ("Grazie mille!!", "it"),
        ("Dank je wel!", "nl"),
    ],
)
def test_thanks_are_known_in_many_languages(text: str, language: str, tmp_path: Path) -> None:
    assert of_post(tmp_path, "no_reply: thanks", text, language=language) == {"thanks"}


@pytest.mark.parametrize(
    "text",
    [
        "full-day outage, thanks",
        "Thanks for nothing, my parcel is still missing",
        "thanks, but where is my parcel",
        "Danke, funktioniert immer noch nicht",
        "merci, mais je n'ai rien reçu",
        "gracias por nada",
        "thanks 😡",
    ],
)
def test_thanks_that_are_none_keep_the_wait(text: str, tmp_path: Path) -> None:
    assert of_post(tmp_path, "no_reply: [thanks, emoji, friends]", text) == set()


def test_a_reason_of_ones_own_has_conditions_as_a_policy(tmp_path: Path) -> None:
    text = "no_reply: [{reason: giveaway, when: {text: crypto|airdrop, kind: quote}}]"

    assert of_post(tmp_path, text, "Free AIRDROP now", kind=Kind.QUOTE) == {"giveaway"}
    assert of_post(tmp_path, text, "Free AIRDROP now") == set()
    assert of_post(tmp_path, text, "my airdrop is broken", kind=Kind.QUOTE) == set()


def test_a_built_in_reason_may_be_widened(tmp_path: Path) -> None:
    text = 'no_reply: [{reason: thanks, when: {text: "^cheers mate$"}}, thanks]'

    assert of_post(tmp_path, text, "cheers mate") == {"thanks"}


def test_word_lists_of_the_folder_are_those_of_the_reasons(tmp_path: Path) -> None:
    write(tmp_path, {"words.yaml": "words: {thanks: [gramercy]}\n"})

    assert of_post(tmp_path, "no_reply: thanks", "gramercy!") == {"thanks"}


def test_an_app_is_refused_only_where_it_is_known_to_be_missing(tmp_path: Path) -> None:
    text = "automation: {app: Chatbot}"

    assert rules(tmp_path, text, ChannelFacts("pretend")).marking.apps == {"chatbot"}
    assert faults(tmp_path, text, ChannelFacts("pretend", frozenset({"reach"}))) == [
        "1:14: can never be seen: `app` is not delivered by pretend (name the `author`, or a `pattern` of the text)"
    ]


def test_an_app_that_one_of_the_channels_delivers_is_kept(tmp_path: Path) -> None:
    write(tmp_path, {"default.yaml": f"automation: {{app: Chatbot}}\n{POLICY}"})
    served = {"acme-x": FULL, "acme-y": ChannelFacts("other", frozenset())}

    assert load_rules(tmp_path, served, ()).default.marking.apps == {"chatbot"}


def test_repetition_needs_the_package_that_compares_texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replies, "find_spec", {}.get)

    assert faults(tmp_path, "automation: {suspect: {repeated: 3}}") == [
        "1:24: `repeated` compares texts, for which a package is missing (pip install 'slamon[text]')"
    ]
    assert rules(tmp_path, "automation: {suspect: {faster_than: 3s}}").suspect_within == 3_000


def test_every_fault_is_found_at_once(tmp_path: Path) -> None:
    text = "automation: {pattern: '(a', suspect: {repeated: 1}}\nholding: [b, '']\nno_reply: [praise, {reason: x}]"

    assert [fault.partition(": ")[0] for fault in faults(tmp_path, text)] == ["1:23", "1:49", "2:14", "3:12", "3:20"]


def test_an_endless_list_is_refused(tmp_path: Path) -> None:
    text = f"holding: [{', '.join(['moment'] * 101)}]"

    assert faults(tmp_path, text) == ["1:10: `holding` has more than 100 entries (put several into one: (a|b))"]


def test_half_of_a_file_is_no_reason_to_stop(tmp_path: Path) -> None:
    """Where a whole key is of the wrong shape, what stands beside it is read all the same."""
    assert len(faults(tmp_path, "automation: [7]\nhand_over: {a: b}\nholding: 5\nno_reply: {when: 3}")) == 4


def test_who_is_listed_is_so_by_id_too(tmp_path: Path) -> None:
    marking = rules(tmp_path, "automation: [UC_x7]").marking

    assert mark(replace(reply("r", 1), author=Author("UC_x7", "Bot")), marking) == {Mark.AUTOMATION}
    assert mark(reply("r", 1), marking) == set()
