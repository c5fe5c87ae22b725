"""The word lists that are shipped, and what an admin's words.yaml makes of them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest

from admin import write
from slamon.errors import FaultsError
from slamon.rules import load_rules
from slamon.rules.words import BUILT_IN, MOST_IN_PHRASE, read_words
from slamon.shape import Reader
from slamon.sla.words import ANY, Lists, WordList, Words, entry_key
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
