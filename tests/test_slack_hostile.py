"""Whatever people are called and write: Slack takes every message, and nobody is woken by it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from slack_golden import elements, shown, texts
from slack_parts import DIGESTS, NASTY, STATES
from slamon.notifiers._slack_blocks import Form, render, render_reply
from slamon.notifiers._slack_parts import weight
from slamon.notifiers.base import Alert, Digest, Notice
from slamon.notifiers.text import width
from slamon.sim._slack_checks import refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from slamon.notifiers._slack_parts import Rendered
    from slamon.notifiers.base import Content

Strangers: TypeAlias = tuple[str, str, str, str, str]
BERLIN = ZoneInfo("Europe/Berlin")
POST, LAST = "https://x.com/anna/status/1?a=1&b=2", "https://acme.slack.com/archives/C1/p1"
WORD = st.one_of(
    st.text(max_size=80),
    st.sampled_from(NASTY),
    st.text(alphabet="<>&!@#|*_~`\n\u202e\u200dé👍🏽", max_size=400),
    st.integers(1, 9_000).map(lambda n: "<" * n),
)
LINK = st.sampled_from(
    [
        POST,
        "",
        "javascript:alert(1)",
        "https://evil.example/<!channel>",
        "https://a.example/|x",
        "https://b.example/",
        "https://long.example/" + "&" * 900,
        "https://long.example/" + "a" * 5_000,
    ]
)
STRANGERS = st.tuples(WORD, WORD, WORD, WORD, WORD)
FAST = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
UNSEEN = re.compile("[\ud800-\udfff\u202a-\u202e\u2066-\u2069\x00-\x09\x0b-\x1f]")
OURS = re.compile(
    r"<!subteam\^S0SOCIAL>|To acknowledge: `slamon ack \d+`|<https://acme\.slack\.com/archives/C1/p1\|[\w' ]+>"
)
REPLIES: tuple[Callable[..., Rendered], ...] = (render, render_reply)


def alert_of(alert: Alert, words: Strangers, url: str) -> Alert:
    """Every word in it is hostile; ids, numbers and what slamon made of addresses in Slack are not."""
    name, handle, text, person, place = words
    told = replace(alert, customer=name, handle=handle, text=text, answered_by=handle, channel=place, policy=place)
    told = replace(
        told, stage=place, acknowledged_by=alert.acknowledged_by and (person or "x"), closed_why=text, permalink=url
    )
    told = replace(told, snoozed_by=alert.snoozed_by and (person or "x"), closed_by=alert.closed_by and person)
    return replace(told, others=tuple(alert_of(one, words, url) for one in alert.others) * 3)


def digest_of(digest: Digest, words: Strangers, url: str) -> Digest:
    name, handle, text, person, place = words
    rows = tuple(alert_of(one, words, url) for one in digest.rows)
    facts = ((place, name), (handle, person)) * 20
    return replace(
        digest,
        title=name,
        facts=facts,
        rows=rows,
        note=text,
        acknowledged_by=person or "x",
    )


CONTENTS = st.one_of(
    st.builds(alert_of, st.sampled_from(list(STATES.values())), STRANGERS, LINK),
    st.builds(digest_of, st.sampled_from(list(DIGESTS.values())), STRANGERS, LINK),
    st.builds(Notice, WORD),
)


def all_of(content: Content, *, buttons: bool = True) -> list[Rendered]:
    """In each form, as a message and as a reply."""
    told = content if isinstance(content, Notice) else replace(content, buttons=buttons)
    return [how(told, BERLIN, form) for how in REPLIES for form in Form]


def without_ours(rendered: Rendered) -> dict[str, Any]:
    """What is left beside whom the message is meant to wake."""
    said: dict[str, Any] = json.loads(json.dumps(shown(rendered)).replace("<!subteam^S0SOCIAL>", ""))
    return said


@FAST
@given(CONTENTS, st.booleans())
def test_slack_takes_every_message(content: Content, buttons: bool) -> None:  # noqa: FBT001 - drawn
    for rendered in all_of(content, buttons=buttons):
        assert refusal({"text": rendered.text, "blocks": rendered.blocks}) == ("", [])
        assert width(rendered.text) <= 4_000
        assert weight(rendered.blocks) <= 12_000


@FAST
@given(CONTENTS)
def test_nobody_is_woken_but_whom_the_message_names(content: Content) -> None:
    for rendered in all_of(content):
        said = json.dumps(without_ours(rendered), ensure_ascii=False)
        assert not re.search("<[!@#]", said)


@FAST
@given(CONTENTS)
def test_nothing_is_a_link_but_the_post_and_the_last_message(content: Content) -> None:
    for rendered in all_of(content):
        for marked in re.findall("<([^>]*)>", without_ours(rendered)["text"]):
            assert re.fullmatch(r"https?://[!-~]+", marked)
            assert marked.replace("&amp;", "&") in {POST, "https://b.example/"}
        for one in elements(rendered.blocks):
            assert one.get("url", POST) in {POST, "https://b.example/"}


@FAST
@given(CONTENTS)
def test_whatever_is_in_slacks_markup_was_written_by_slamon_alone(content: Content) -> None:
    for rendered in all_of(content):
        for text in texts(rendered.blocks):
            if text["type"] == "mrkdwn":
                assert OURS.fullmatch(text["text"])


@FAST
@given(CONTENTS)
def test_no_control_no_turned_direction_and_no_broken_entity_is_left(content: Content) -> None:
    for rendered in all_of(content):
        for said in (rendered.text, *(text["text"] for text in texts(rendered.blocks))):
            assert not UNSEEN.search(said)
            assert not re.search(r"&(?!amp;|lt;|gt;)", said)


@pytest.mark.parametrize("nasty", NASTY)
def test_nor_is_any_in_a_state_or_a_digest_all_of_whose_words_are_nasty(nasty: str) -> None:
    strangers = (nasty,) * 5
    contents: list[Content] = [alert_of(state, strangers, POST) for state in STATES.values()]
    for content in [*contents, digest_of(DIGESTS["storm-open"], strangers, POST)]:
        for rendered in all_of(content):
            for said in (rendered.text, *(text["text"] for text in texts(rendered.blocks))):
                assert not UNSEEN.search(said)


@FAST
@given(CONTENTS)
def test_no_word_formats_the_fallback_text(content: Content) -> None:
    for rendered in all_of(content):
        said = re.sub("<[^>]*>", "", rendered.text)
        assert not set("*~`") & set(said)
        assert not re.search(r"(^|\W)_|_(\W|$)", said)


@FAST
@given(STRANGERS, st.sampled_from([*STATES.values(), *DIGESTS.values()]))
def test_the_last_resort_has_no_word_of_a_stranger(strangers: Strangers, content: Alert | Digest) -> None:
    def said(words: Strangers) -> str:
        made = alert_of if isinstance(content, Alert) else digest_of
        told = made(content, (*words[:4], "acme-x"), POST)  # type: ignore[arg-type]
        return render(told, BERLIN, Form.LINE).text

    assert said(strangers) == said(("a", "b", "c", "d", "e"))
    assert render(Notice(strangers[0]), BERLIN, Form.LINE) == render(Notice("a"), BERLIN, Form.LINE)


@FAST
@given(STRANGERS, st.sampled_from(list(STATES.values())))
def test_only_what_can_be_clicked_depends_on_whether_clicks_are_heard(strangers: Strangers, state: Alert) -> None:
    alert = replace(alert_of(state, strangers, POST), others=())
    with_, without = (render(replace(alert, buttons=on), BERLIN) for on in (True, False))
    assert with_.text == without.text
    kept = [[block for block in one.blocks if block["type"] not in {"actions", "context"}] for one in (with_, without)]
    assert kept[0] == kept[1]
