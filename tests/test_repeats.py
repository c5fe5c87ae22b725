from __future__ import annotations

from dataclasses import replace
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest

from said import ask, reply
from slamon.model import Mark, Role
from slamon.repeats import REMEMBERED, Repeats

if TYPE_CHECKING:
    from slamon.model import Message

MACRO = "Hello, we are sorry to hear that. Please restart the app and try again. ^JH"


def said(number: int, text: str = MACRO, **more: Any) -> Message:
    """A reply in a thread of its own."""
    return replace(reply(f"r{number}", number, text=text, thread=f"t{number}"), **more)


def repeated(repeats: Repeats, *messages: Message, times: int = 3) -> list[bool]:
    return [Mark.REPEATED in message.marks for message in repeats.marked(messages, times)]


def test_a_text_is_repeated_from_the_thread_on_that_makes_it_so_many() -> None:
    assert repeated(Repeats(), *map(said, range(5))) == [False, False, True, True, True]


def test_names_links_case_and_gaps_make_no_other_text() -> None:
    texts = [f"@anna {MACRO} https://x.y/1", f"@bob  {MACRO.upper()}", MACRO.replace("JH", "AB")]

    assert repeated(Repeats(), *(said(n, text) for n, text in enumerate(texts))) == [False, False, True]


def test_other_texts_are_not_repeated() -> None:
    similar = MACRO.replace("restart the app", "send us your order number")
    texts = ["Your parcel 4711 left Berlin this morning.", "Please restart the app.", MACRO, similar]

    assert repeated(Repeats(), *(said(n, text) for n, text in enumerate(texts)), times=2) == [False] * 4


def test_one_thread_counts_once() -> None:
    assert repeated(Repeats(), *(said(n, thread="t") for n in range(5)), times=2) == [False] * 5


def test_a_message_that_is_read_again_does_not_repeat_itself_and_keeps_its_verdict() -> None:
    repeats = Repeats()
    messages = [said(1), said(2)]

    assert repeated(repeats, *messages, times=2) == [False, True]
    assert repeated(repeats, *messages, *messages, times=2) == [False, True, False, True]


def test_an_edited_text_is_judged_anew() -> None:
    repeats = Repeats()

    assert repeated(repeats, said(1), said(2), times=2) == [False, True]
    assert repeated(repeats, said(2, "Your parcel left Berlin this morning."), times=2) == [False]


def test_only_people_of_ours_are_compared() -> None:
    bots = [said(1, automated=True), said(2, marks=frozenset({Mark.AUTOMATION})), said(3, role=Role.AUTOMATION)]
    customers = [ask(f"q{n}", n, text=MACRO, thread=f"q{n}") for n in range(3)]

    assert repeated(Repeats(), *bots, *customers, said(4), times=2) == [False] * 7


def test_replies_without_words_are_not_compared() -> None:
    assert repeated(Repeats(), *(said(n, "@anna https://x.y/pic") for n in range(3)), times=2) == [False] * 3


def test_other_marks_stay() -> None:
    repeats = Repeats()

    *_, last = repeats.marked([said(1), said(2, marks=frozenset({Mark.HOLDING}))], 2)

    assert last.marks == {Mark.HOLDING, Mark.REPEATED}


def test_the_oldest_replies_are_forgotten() -> None:
    repeats = Repeats()
    repeats.marked([said(1)], 2)
    repeats.marked([said(n, f"{n * 7919:x} {n * 104729:b}") for n in range(2, REMEMBERED + 2)], 2)

    assert len(repeats) == REMEMBERED
    assert repeated(repeats, said(9_999), times=2) == [False]


@pytest.mark.parametrize("text", ["a" * 300, "e\u0301" * 4_000, "\U0001f600" * 9_000])
def test_endless_texts_are_compared_by_their_beginning(text: str) -> None:
    first, second = said(1, text + "x" * 300), said(2, text + "y" * 9_000)

    assert repeated(Repeats(), first, second, times=2) == [False, True]


def test_polls_and_rechecks_may_use_it_side_by_side() -> None:
    repeats = Repeats()
    found: list[bool] = []
    workers = [
        Thread(target=lambda k=k: found.extend(repeated(repeats, *(said(n) for n in range(k, 200, 4)), times=200)))
        for k in range(4)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert len(repeats) == 200
    assert sum(found) == 1
