"""Plain text comes out of HTML as a person would read it, whatever the HTML."""

from __future__ import annotations

import html
import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from slamon.connectors._html import HTML_CAP, LINKS_CAP, TAG_CAP, Link, plain_text, read_html
from slamon.model import TEXT_CAP

if TYPE_CHECKING:
    from types import FrameType

MARKUP = st.lists(
    st.sampled_from(
        [
            "<", ">", "/", "=", '"', "'", "&", ";", "#", "!--", "-->", "<p>", "</p>", "<a href=", "<br", "<pre>",
            "</pre>", "<script>", "</script", '<span class="q">', "</span>", "<img alt=", "&amp;", "&#x", "&lt", "x",
            " ", "\n", "\t", "\0", "\ud800", "\xa0", "日", "0", "9" * 50, "class",
        ]
    )
).map("".join)  # fmt: skip


class TestWords:
    @pytest.mark.parametrize(
        ("source", "text"),
        [
            ("plain", "plain"),
            ("", ""),
            ("<p>one</p><p>two</p>", "one\n\ntwo"),
            ("<p>one</p>\n\n<p>two</p>", "one\n\ntwo"),
            ("one<br>two<br/>three<br />four", "one\ntwo\nthree\nfour"),
            ("one<br><br><br><br>two", "one\n\ntwo"),
            ("<br>one<br>", "one"),
            ("<div>one</div><div>two</div>three", "one\ntwo\nthree"),
            ("<ul><li>one</li><li>two</li></ul>after", "one\ntwo\n\nafter"),
            ("before<blockquote>said</blockquote>after", "before\n\nsaid\n\nafter"),
            ("a <b>bold</b> word", "a bold word"),
            ("a<b> bold</b>word", "a boldword"),
            ("one \n\t two", "one two"),
            (" <p> one </p> ", "one"),
            ("<pre>one\n  two</pre>", "one\n  two"),
            ("<PRE>a  b</PRE>c  d", "a  b\n\nc d"),
            ("one\xa0two", "one\xa0two"),
            ("<p>one<p>two", "one\n\ntwo"),
            ("a<hr>b", "a\n\nb"),
        ],
    )
    def test_lines_and_paragraphs_are_kept_and_other_white_space_is_one_space(self, source: str, text: str) -> None:
        assert plain_text(source) == text

    @pytest.mark.parametrize(
        ("source", "text"),
        [
            ("a &amp; b", "a & b"),
            ("&amp;lt;b&amp;gt;", "&lt;b&gt;"),
            ("&amp;amp;", "&amp;"),
            ("&lt;script&gt;", "<script>"),
            ("&#39;&#x27;&quot;&apos;", "''\"'"),
            ("&#128640;", "🚀"),
            ("&nbsp;x", "\xa0x"),
            ("&unknown; &", "&unknown; &"),
            ("&#xD800;", "\ufffd"),
            ("&#" + "9" * 5_000 + ";", "&#" + "9" * 5_000 + ";"),
            ("&am<b></b>p;", "&amp;"),
        ],
    )
    def test_entities_are_decoded_once(self, source: str, text: str) -> None:
        assert plain_text(source) == text

    @pytest.mark.parametrize(
        ("source", "text"),
        [
            ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
            ("a <3 b", "a <3 b"),
            ("end <", "end <"),
            ("end <b", "end <b"),
            ('<a title="x > y" href="u">z</a>', "z"),
            ("<a title='x > y'>z</a>", "z"),
            ('<a title="x>z</a> w', "z w"),
            ('<p title=">one</p>', "one"),
            ("<b <i>x</i>", "x"),
            ("a<!-- hidden <b> -->b", "ab"),
            ("a<!-- never ends > b", "a b"),
            ("<!DOCTYPE html>a<?xml ?>b", "ab"),
            ("a<script>if (1 < 2) alert('</p>')</script>b", "ab"),
            ("a<style>p { }</style>b<title>t</title>c", "abc"),
            ("a<script>never ends", "a"),
            ('<img src="x" alt=":cat:"> hi', ":cat: hi"),
            ("<img alt='a &amp; b'>", "a & b"),
            ("<img alt=cat>", "cat"),
            ("</p></b></nothing>x", "x"),
        ],
    )
    def test_broken_and_odd_markup_is_read_as_far_as_it_goes(self, source: str, text: str) -> None:
        assert plain_text(source) == text

    @given(st.text())
    @settings(deadline=None)
    def test_what_was_escaped_comes_back_word_for_word(self, text: str) -> None:
        assert plain_text(html.escape(text)).split() == html.unescape(html.escape(text)).split()


class TestLeftOut:
    @pytest.mark.parametrize(
        ("source", "text"),
        [
            ('<p class="q">RE: <span>x</span></p><p>hi</p>', "hi"),
            ('one <span class="other q">RE <span>x</span> y</span>two', "one two"),
            ('<p class="q">RE: x<p>hi</p>', "hi"),
            ('<div class="q"><div>x</div>y</div>z', "z"),
            ('<p class="quiet">stays</p>', "stays"),
            ('<br class="q">stays', "stays"),
            ('<p>hi</p><p class="q">never ends', "hi"),
            ('<p class="q"><img alt="x"><a href="u">y</a></p>z', "z"),
        ],
    )
    def test_elements_of_a_class_are_left_out_with_all_they_hold(self, source: str, text: str) -> None:
        found = read_html(source, leave_out={"q"})
        assert (found.text, found.links) == (text, ())


class TestLinks:
    @pytest.mark.parametrize(
        ("source", "links"),
        [
            ('see <a href="u">here</a>.', (Link(4, 8, "u"),)),
            ("<p>a</p><p><a href='u?a=1&amp;b=2'> b </a></p>", (Link(3, 4, "u?a=1&b=2"),)),
            ("<a href=u>@<span>shop</span></a>", (Link(0, 5, "u"),)),
            ("<a href=u>one<a href=v>two</a>", (Link(0, 3, "u"), Link(3, 6, "v"))),
            ("<a href=u></a>x", ()),
            ("<a href=u>never ends", (Link(0, 10, "u"),)),
            ("<a>x</a>", (Link(0, 1, ""),)),
        ],
    )
    def test_a_link_is_a_stretch_of_the_text(self, source: str, links: tuple[Link, ...]) -> None:
        assert read_html(source).links == links

    def test_no_more_than_some_hundred_links_are_kept(self) -> None:
        assert len(read_html("<a href=u>x</a>" * (LINKS_CAP + 50)).links) == LINKS_CAP


class TestHostile:
    def test_text_is_cut(self) -> None:
        assert len(plain_text("<p>x</p>" * 50_000)) == TEXT_CAP
        assert plain_text("<b>abc</b>def", cap=4) == "abcd"

    def test_a_link_beyond_the_cut_is_left_out(self) -> None:
        assert read_html("abc<a href=u>def</a>", cap=4).links == ()

    def test_no_more_than_the_cap_is_looked_at(self) -> None:
        assert plain_text("<br>" * (HTML_CAP // 4) + "behind") == ""

    def test_a_tag_that_is_too_long_ends_at_its_first_bracket(self) -> None:
        assert plain_text(f'<a href="{"x" * TAG_CAP}>">z') == '">z'

    @given(MARKUP)
    @settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
    def test_whatever_comes_is_read_without_a_fault(self, source: str) -> None:
        found = read_html(source, leave_out={"q"})
        assert len(found.text) <= TEXT_CAP
        assert all(0 <= link.start <= link.end <= len(found.text) for link in found.links)

    @pytest.mark.parametrize(
        "part",
        [
            "<", "<a ", '<a x="', '<a x=">" ', "<a x='>", "<!--", "<!-- >", "<script>", "&#x", "&", "<p>", "</p>",
            "<a href=u>", '<a x="<>" ', "<a x='><\">\" ", '<p class="q">', "<pre>", '="', "<i x=<i x=",
        ],
    )  # fmt: skip
    def test_twice_the_text_takes_twice_the_steps(self, part: str) -> None:
        for size in (1_500, 8_000):
            short, long = (steps(part * (length // len(part))) for length in (size, 2 * size))
            assert long <= 2.5 * short + 100


class Searched(str):
    """Counts the characters that are looked at to find something in it."""

    __slots__ = ("seen",)
    seen: list[int]

    def __getitem__(self, place: Any) -> str:
        part = super().__getitem__(place)
        if not isinstance(place, slice) or place.start:
            return part
        whole = Searched(part)
        whole.seen = self.seen
        return whole

    def find(self, what: str, start: Any = 0, end: Any = None) -> int:
        found = super().find(what, start, end)
        self.seen.append((found if found >= 0 else len(self)) - start)
        return found


def steps(source: str) -> int:
    """How many lines of our module run for `source`, and how many characters they search."""
    count = 0

    def trace(frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal count
        if "_html.py" not in frame.f_code.co_filename:
            return None
        count += event == "line"
        return trace

    text = Searched(source)
    text.seen = []
    before = sys.gettrace()
    sys.settrace(trace)
    try:
        read_html(text, leave_out={"q"})
    finally:
        sys.settrace(before)
    return count + sum(text.seen)
