"""Word lists on what people really write, and on what nobody should be able to stop them with."""
# ruff: noqa: RUF001 - texts stand here as people write them

from __future__ import annotations

import time
from functools import cache
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from admin import write
from slamon.errors import FaultsError
from slamon.rules import load_rules
from slamon.rules.words import BUILT_IN, MOST_IN_PHRASE, read_words
from slamon.shape import Reader
from slamon.sla.texts import matchable
from slamon.sla.words import (
    ANY,
    Lists,
    WordList,
    Words,
    entry_key,
    is_question,
    language_of,
    only_emoji,
    only_names,
)
from slamon.yamlfile import parse

if TYPE_CHECKING:
    from pathlib import Path

SHIPPED = read_words(None)
LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "nl")
NEGATIONS = {
    "no",
    "not",
    "never",
    "don't",
    "nothing",
    "nicht",
    "kein",
    "keine",
    "nie",
    "nichts",
    "nein",
    "pas",
    "jamais",
    "rien",
    "aucun",
    "non",
    "nunca",
    "nada",
    "sin",
    "mai",
    "niente",
    "nessuno",
    "não",
    "sem",
    "niet",
    "geen",
    "nooit",
    "niks",
    "nee",
    "but",
    "aber",
    "mais",
    "pero",
    "ma",
    "mas",
    "maar",
}


@cache
def shipped(name: str) -> WordList:
    found = SHIPPED.get(name)
    assert found is not None
    return found


def changed(text: str) -> Words:
    reader = Reader(parse(text.encode(), "words.yaml"))
    words = read_words(reader)
    assert reader.faults == []
    return words


# ---- whole messages


@pytest.mark.parametrize(
    "text",
    [
        "Thanks!",
        "thx",
        "@acme Thank you so much!! 🙏",
        "Hi team, thank you for your help, have a great day!",
        "No problem, thanks",
        "Problem solved, thank you :)",
        "Ok thanks",
        "Great, thanks!",
        "thank youuuuu",
        "THANKSSSSS",
        "th\u200ban\u202eks",
        "ｔｈａｎｋｓ",
        "Danke schön!",
        "Danke schoen",
        "Vielen Dank für die schnelle Antwort 😊",
        "Super, danke euch!",
        "merci",
        "Merci beaucoup pour votre réponse rapide !",
        "tres bien merci",
        "¡Muchas gracias por su ayuda!",
        "muchisimas gracias",
        "Grazie mille, buona giornata",
        "Boa tarde, muito obrigada pela resposta",
        "Valeu 👍🏽",
        "Heel erg bedankt voor de snelle reactie",
    ],
)
def test_thanks_in_many_tongues_are_nothing_but_thanks(text: str) -> None:
    assert shipped("thanks").is_all_of(text)


@pytest.mark.parametrize(
    "text",
    [
        "full-day outage, thanks",
        "no thanks",
        "No, thank you",
        "thanks for nothing",
        "thanks but it still does not work",
        "thanks, when will it arrive",
        "thanks https://acme.example/status/1",
        "thanks www.acme.example",
        "thanks 🙄",
        "thanks :(",
        "thanks 50",
        "thank god it is friday",
        "nein danke",
        "Danke für nichts",
        "danke, aber das hilft nicht",
        "merci de me rappeler",
        "non merci",
        "gracias por nada",
        "fui obrigada a pagar",
        "nee bedankt",
        "谢谢",
        "ok",
        "",
        "🙏",
        "!!!",
        "@acme",
    ],
)
def test_whatever_else_is_said_keeps_the_message(text: str) -> None:
    assert not shipped("thanks").is_all_of(text)


@pytest.mark.parametrize(
    "text",
    [
        "Great service!",
        "Love it ❤️",
        "not bad at all",
        "so goooood",
        "You guys are the best 😍😍",
        "Super Service, gerne wieder!",
        "Ganz toll gemacht 👏",
        "Das ist großartig",
        "GROSSARTIG",
        "Trop bien, j’adore !",
        "Me encanta ❤",
        "Complimenti, ottimo servizio",
        "Vocês são demais! Adorei",
        "Echte toppers! 🔥",
        "This made my day, thank you @acme team 💙",
        "Klasse Service, danke!",
        "muchas gracias, excelente atención",
    ],
)
def test_praise_is_nothing_but_praise(text: str) -> None:
    assert shipped("praise").is_all_of(text)


@pytest.mark.parametrize(
    "text",
    [
        "great, another delay",
        "not great",
        "Great service 🙄",
        "great phone but the screen is cracked",
        "would be nice",
        "nicht gut",
        "na toll",
        "je ne recommande pas",
        "where is my great parcel",
    ],
)
def test_praise_with_anything_beside_it_is_none(text: str) -> None:
    assert not shipped("praise").is_all_of(text)


def test_a_text_that_is_longer_than_what_is_read_of_it_is_never_nothing_but() -> None:
    thanks = shipped("thanks")

    assert thanks.is_all_of("thanks " * 1_000)
    assert not thanks.is_all_of("thanks !! " * 1_000 + "but it is broken")


# ---- words in a text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("complaint", "My parcel never arrived"),
        ("complaint", "This is UNACCEPTABLE"),
        ("complaint", "it still doesn’t work"),
        ("complaint", "😡😡"),
        ("complaint", "Das Teil ist kaputt."),
        ("complaint", "Die Stoerung dauert an"),
        ("complaint", "so eine Scheiße"),
        ("complaint", "Ça ne marche pas"),
        ("complaint", "tres decu"),
        ("complaint", "pésimo servicio"),
        ("complaint", "Il pacco non è arrivato"),
        ("complaint", "ainda nao chegou"),
        ("complaint", "werkt nog steeds niet"),
        ("complaint", "thanks for nothing"),
        ("urgency", "need this ASAP"),
        ("urgency", "es ist dringend!"),
        ("urgency", "c'est urgent"),
        ("urgency", "so schnell wie möglich bitte"),
        ("praise", "my order came, great"),
        ("thanks", "where is it? thanks"),
    ],
)
def test_a_word_or_phrase_is_found_in_a_text(name: str, text: str) -> None:
    assert shipped(name).found_in(text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("complaint", "No problem, thanks"),
        ("complaint", "kein Problem"),
        ("complaint", "pas de souci"),
        ("complaint", "problemlos"),
        ("complaint", "Boa tarde"),
        ("complaint", "where is my order"),
        ("complaint", "the Bugatti is latent"),
        ("praise", "have a great day"),
        ("praise", "not good"),
        ("praise", "Guten Tag"),
        ("praise", "@great_service where is it"),
        ("praise", "https://acme.example/great/love"),
        ("thanks", "no thanks"),
        ("urgency", "nicht dringend"),
        ("urgency", "not urgent"),
    ],
)
def test_what_only_looks_like_a_word_is_not_found(name: str, text: str) -> None:
    assert not shipped(name).found_in(text)


def test_scripts_without_spaces_are_searched_for_their_characters() -> None:
    words = WordList(
        "w", {"zh": ["谢谢", "退款"], "th": ["ขอบคุณ"], "ja": ["ありがとう"], "ko": ["환불"]}, {"zh": ["不谢谢"]}
    )

    assert words.found_in("请尽快退款，已经等了三周")
    assert words.found_in("ขอบคุณมากครับ")
    assert words.found_in("환불해 주세요")
    assert words.is_all_of("谢谢！！")
    assert not words.is_all_of("谢谢你们")
    assert words.is_all_of("ありがとう😊")
    assert not words.found_in("不谢谢")


def test_the_longest_phrase_counts() -> None:
    words = WordList("w", {ANY: ["good", "good morning vietnam"]}, {ANY: ["good morning"]})

    assert not words.found_in("good morning")
    assert words.found_in("good morning vietnam")
    assert words.found_in("good morning, this is good")


def test_the_colour_of_a_skin_makes_no_difference() -> None:
    words = WordList("w", {ANY: ["👍🏽"]})

    assert words.found_in("👍🏿")
    assert words.is_all_of("👍")


def test_a_list_of_many_words_costs_a_text_no_more() -> None:
    words = WordList("w", {ANY: [f"a {n}" for n in range(10_000)]})
    begin = time.process_time()

    assert not words.found_in("a " * 5_000)
    assert time.process_time() - begin < 2, "walking the list at each word takes minutes"


# ---- languages


def test_a_language_that_is_known_chooses_the_words() -> None:
    words = WordList("w", {"de": ["die"], "en": ["dying"], ANY: ["sos"]})
    text = "die Katze sitzt auf dem Dach"

    assert words.found_in(text, "de-AT")
    assert not words.found_in(text, "en")
    assert words.found_in(text, "")
    assert words.found_in(text, "und")
    assert words.found_in(text, "fi"), "a language without words of its own has all words"
    assert words.found_in("sos, die Katze sitzt auf dem Dach", "en")


def test_the_language_of_a_short_text_is_not_believed() -> None:
    words = WordList("w", {"de": ["danke"], "nl": ["bedankt"]})

    assert words.found_in("Danke!", "nl")
    assert not words.found_in("danke danke danke danke", "nl")


@pytest.mark.parametrize(
    ("tag", "language"),
    [("de-AT", "de"), ("pt_BR", "pt"), ("in", "id"), ("iw", "he"), ("qme", ""), ("und", ""), ("zxx", ""), ("qu", "qu")],
)
def test_tags_name_a_language_or_none(tag: str, language: str) -> None:
    assert language_of(tag) == language


# ---- signs


@pytest.mark.parametrize(
    "text",
    [
        "where is it?",
        "真的吗？",
        "أين طلبي؟",
        "πού είναι η παραγγελία μου;",
        "πού είναι;\nευχαριστώ",
        "¿donde esta",
        "really?!",
        "(is it?)",
        "❓",
        "did you see https://acme.example/a?",
        "https://acme.example/a?b=c and when?thanks",
        "Ուր է՞ պատվերը",
    ],
)
def test_a_question_mark_of_any_script_asks(text: str) -> None:
    assert is_question(text)


@pytest.mark.parametrize(
    "text",
    [
        "thanks; bye",
        "https://acme.example/?id=3",
        "see acme.example/track?id=3.",
        "www.acme.example?x=1",
        "λάθος;όχι",
        "",
    ],
)
def test_a_link_or_a_semicolon_asks_nothing(text: str) -> None:
    assert not is_question(text)


@pytest.mark.parametrize(
    "text",
    ["😀", "👩‍👩‍👧‍👦👍🏽", "🏴󠁧󠁢󠁥󠁮󠁧󠁿 🇩🇪!", ":-) ;)", "<3 <3", "@acme 😍😍", "1️⃣", "¯\\_(ツ)_/¯", "❤️…", "xD"],
)
def test_emoji_and_emoticons_alone_are_only_emoji(text: str) -> None:
    assert only_emoji(text)


@pytest.mark.parametrize("text", ["", " ", "...", "?", "@acme", "ok 😀", "😀 5", "https://a.example 😀", "谢谢😀"])
def test_a_text_with_words_or_without_anything_is_not_only_emoji(text: str) -> None:
    assert not only_emoji(text)


@pytest.mark.parametrize("text", ["@anna", "@anna @tom.b!", "@anna, @ben@social.example 😂", ".@anna", "＠anna"])
def test_friends_that_are_tagged_are_only_names(text: str) -> None:
    assert only_names(text)


@pytest.mark.parametrize("text", ["", "@anna look", "me@acme.example", "😂", "@", "anna", "@anna...kaputt"])
def test_anything_else_is_not_only_names(text: str) -> None:
    assert not only_names(text)


# ---- hostile text

LETTERS = st.sampled_from(
    [
        *"aAbzé?@.:;/\\'()<>=-_^#0 \n\0",
        "ß",
        "İ",
        "ſ",
        "\u0301",
        "\u0316",
        "\u200b",
        "\u200d",
        "\u202e",
        "\ufe0f",
        "\u0e33",
        "ﷺ",
        "👩‍👩‍👧‍👦",
        "🏳️‍🌈",
        "👍🏽",
        "😡",
        "谢",
        "ｆ",
        "＠",
        "；",
        "http://",
        "www.",
        "@a.b",
        ":)",
        "<3",
        "thanks ",
        "not ",
        "\ud7ff",
    ]
)


@given(st.text(max_size=60) | st.lists(LETTERS, max_size=60).map("".join), st.sampled_from([1, 400]))
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_no_text_raises_and_all_answers_agree(piece: str, times: int) -> None:
    text = piece * times
    for name in BUILT_IN:
        words = shipped(name)
        weight = words.weigh(text)
        assert words.is_all_of(text) == (weight.own and not weight.rest)
        assert words.found_in(text) == weight.own
    assert isinstance(is_question(text), bool)
    assert not (only_emoji(text) and shipped("thanks").is_all_of(text))
    assert not only_names("") or only_names(text)


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "a ",
        "a.",
        "a.a/",
        "-",
        "@",
        "@a",
        "@a.",
        "@a@",
        "www.",
        "https://",
        "?",
        "a?",
        "α;",
        "α ",
        ":",
        ":(",
        "<",
        "(",
        "\u0301",
        "\u0301\u0316",
        "a\u0315\u0300\u05ae",
        "\u200b",
        "👩‍",
        "😀",
        "谢",
        "'",
        "a'",
        "thanks ",
        "oooo",
        "ﷺ",
        "1\u20e3",
    ],
)
def test_no_text_of_twenty_thousand_characters_takes_long(piece: str) -> None:
    text = (piece * 20_000)[:20_000]
    begin = time.process_time()
    for name in ("thanks", "complaint"):
        shipped(name).weigh(text)
        shipped(name).found_in(text)
    for look in (matchable, is_question, only_emoji, only_names):
        look(text)

    assert time.process_time() - begin < 1, "a tenth of it is usual; quadratic ways take minutes"


def test_a_letter_keeps_no_more_marks_than_any_script_has() -> None:
    assert len(matchable("e" + "\u0315\u0300\u05ae" * 3_000)) <= 31


# ---- what is shipped


@pytest.mark.parametrize("name", BUILT_IN)
def test_each_shipped_list_speaks_seven_languages(name: str) -> None:
    assert {*LANGUAGES, ANY} == shipped(name).by_language.keys()
    assert all(len(set(words)) == len(words) for words in shipped(name).by_language.values())


@pytest.mark.parametrize("name", BUILT_IN)
def test_each_shipped_word_can_be_found(name: str) -> None:
    words = shipped(name)
    for lists in (words.by_language, words.without):
        for entry in (entry for entries in lists.values() for entry in entries):
            assert entry_key(entry), entry
            assert entry_key(entry).count(" ") < MOST_IN_PHRASE
    taken = {entry_key(entry) for entries in words.without.values() for entry in entries}
    for language, entries in words.by_language.items():
        for entry in entries:
            assert words.found_in(entry) or entry_key(entry) in taken, (language, entry)


def test_no_word_that_is_left_aside_turns_a_sentence_round() -> None:
    for name in ("greetings", "filler"):
        for language, entries in shipped(name).by_language.items():
            assert not {entry_key(entry) for entry in entries} & NEGATIONS, language


def test_no_shipped_word_of_thanks_or_praise_complains() -> None:
    for name in ("thanks", "praise", "greetings", "filler"):
        for language, entries in shipped(name).by_language.items():
            wrong = [entry for entry in entries if shipped("complaint").found_in(entry)]
            assert not wrong, (name, language)


# ---- words.yaml


def test_an_admins_words_extend_the_shipped_ones() -> None:
    words = changed("words: {praise: {en: [stonking], de: [leiwand]}, greetings: [ahoy], filler: [Sarah]}")
    praise, thanks = words.get("praise"), words.get("thanks")

    assert praise is not None
    assert thanks is not None
    assert praise.is_all_of("Ahoy Sarah! Stonking, great service")
    assert praise.found_in("des is LEIWAND")
    assert thanks.is_all_of("Thanks Sarah")


def test_an_admin_can_have_lists_of_his_own() -> None:
    words = changed("words: {recall: [batch 7, Charge 7], vip-words: {any: [press]}}")

    assert {"recall", "vip-words", *BUILT_IN} == set(words.names)
    assert words.joined(["recall", "vip-words"]).found_in("is this BATCH-7?")
    assert words.get("other") is None


def test_words_can_be_taken_out_and_phrases_excepted() -> None:
    words = changed("without: {praise: [great], complaint: {en: [late bird]}, filler: [team]}")
    praise, complaint, thanks = words.get("praise"), words.get("complaint"), words.get("thanks")

    assert praise is not None
    assert complaint is not None
    assert thanks is not None
    assert not praise.found_in("great")
    assert not praise.is_all_of("great, love it")
    assert not complaint.found_in("the late bird")
    assert complaint.found_in("it is late")
    assert not thanks.is_all_of("thanks crew team")


def test_an_admins_word_outdoes_a_shipped_exception() -> None:
    words = changed("words: {complaint: {en: [no problem]}}").get("complaint")

    assert words is not None
    assert words.found_in("no problem")


def test_more_words_than_anybody_needs_are_a_fault(tmp_path: Path) -> None:
    text = "words:\n  many: [" + ", ".join(f"w{n}" for n in range(10_001)) + "]\n"

    with pytest.raises(FaultsError) as caught:
        load_rules(write(tmp_path, {"words.yaml": text}))
    assert [fault.message for fault in caught.value.faults] == ["more than 10000 words stand in this file up to here"]


def test_lists_are_not_loaded_before_a_rule_asks_for_one() -> None:
    asked = []

    def load() -> Lists:
        asked.append(1)
        return Lists({"w": {ANY: ["a"]}}, {})

    words = Words(load)
    assert asked == []
    assert words.names == ("w",)
    assert words.get("w") is words.get("w")
    assert asked == [1]
