"""Word lists on what people really write, and on what nobody should be able to stop them with."""
# ruff: noqa: RUF001 - texts stand here as people write them

from __future__ import annotations

from functools import cache

import pytest

from slamon.rules.words import read_words
from slamon.sla.words import (
    ANY,
    WordList,
    is_question,
    language_of,
    only_emoji,
    only_names,
)

SHIPPED = read_words(None)


@cache
def shipped(name: str) -> WordList:
    found = SHIPPED.get(name)
    assert found is not None
    return found


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
