"""Plain text out of HTML as platforms send it: a message, not a page. Bounded, linear, and never a fault of its writer.

Not a browser: what is hidden by a style sheet is read, and broken tags are taken as browsers mostly take them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING

from slamon.model import TEXT_CAP, URL_CAP

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

HTML_CAP = 20 * TEXT_CAP
"""Characters of HTML that are looked at."""
TAG_CAP = 2 * URL_CAP
"""Characters of one tag; a longer one ends at its first `>`."""
LINKS_CAP = 500
_BLANK = 2
"""Line breaks that make an empty line; more are none."""
_NEAR = 10
"""Characters before a quote among which the `=` stands that makes it the beginning of a value."""

_PARAGRAPHS = frozenset({"p", "blockquote", "pre", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6", "hr"})
_LINES = frozenset(
    {"div", "li", "tr", "dt", "dd", "dl", "section", "article", "header", "footer", "figure", "figcaption", "address"}
)
_RAW = frozenset({"script", "style", "title"})
"""Elements whose content is no text; it goes on to their end tag, whatever stands in it."""
_VOID = frozenset({"br", "img", "hr", "wbr", "input", "meta", "link", "col", "source", "embed", "area", "base"})
_SPACES = re.compile(r"[ \t\n\r\f]+")
_NAME = re.compile(r"/?([A-Za-z][A-Za-z0-9:-]{0,40})")
_STOP = re.compile(r"[<>\"']")
_ATTRIBUTE = re.compile(r"([^\s\"'>/=]+)\s*(=\s*)?")
_UNQUOTED = re.compile(r"[^\s\"'>]*")


@dataclass(frozen=True, slots=True)
class Link:
    """What stands between `<a>` and `</a>`: a stretch of the plain text, and where it leads."""

    start: int
    end: int
    href: str


@dataclass(frozen=True, slots=True)
class Plain:
    """The words of a piece of HTML."""

    text: str
    links: tuple[Link, ...] = ()


def plain_text(html: str, *, cap: int = TEXT_CAP) -> str:
    """The words of `html`: entities decoded once, a line for `<br>`, an empty line between paragraphs."""
    return read_html(html, cap=cap).text


def read_html(html: str, *, cap: int = TEXT_CAP, leave_out: Collection[str] = ()) -> Plain:
    """The words of `html` and its links; elements with a class of `leave_out` are left out with all they hold."""
    writer = _Writer(cap)
    _Reader(html[:HTML_CAP], writer, frozenset(leave_out)).read()
    return writer.done()


class _Writer:
    """Puts words together as a person would see them."""

    def __init__(self, cap: int) -> None:
        self._cap = cap
        self._parts: list[str] = []
        self._length = 0
        self._breaks = 0
        self._space = False
        self._href: str | None = None
        self._link_from: int | None = None
        self._links: list[Link] = []

    @property
    def full(self) -> bool:
        return self._length >= self._cap

    def words(self, text: str, *, as_it_is: bool = False) -> None:
        """`text`, with white space as one space, or as it stands (inside of `pre`)."""
        shown = text.replace("\r\n", "\n") if as_it_is else _SPACES.sub(" ", text)
        bare = shown.lstrip(" ") if not as_it_is else shown
        self._space = self._space or len(bare) < len(shown)
        if not bare:
            return
        trimmed = bare.rstrip(" ") if not as_it_is else bare
        self._separate()
        if self._href is not None and self._link_from is None:
            self._link_from = self._length
        self._put(trimmed)
        self._space = len(trimmed) < len(bare)

    def line(self) -> None:
        """What follows begins a line at the least."""
        self._breaks = max(self._breaks, 1)

    def further_line(self) -> None:
        """As `<br>`: one more line."""
        self._breaks = min(self._breaks + 1, _BLANK)

    def paragraph(self) -> None:
        """What follows stands behind an empty line."""
        self._breaks = _BLANK

    def link(self, href: str) -> None:
        """A link begins; one that was open ends."""
        self.end_link()
        self._href = href

    def end_link(self) -> None:
        """The open link ends, if there is one."""
        if self._href is not None and self._link_from is not None and len(self._links) < LINKS_CAP:
            self._links.append(Link(self._link_from, self._length, self._href))
        self._href = self._link_from = None

    def done(self) -> Plain:
        """All that was written."""
        self.end_link()
        text = "".join(self._parts)[: self._cap]
        kept = tuple(link for link in self._links if link.end <= len(text))
        return Plain(text, kept)

    def _separate(self) -> None:
        if self._length and self._breaks:
            self._put("\n" * self._breaks)
        elif self._length and self._space:
            self._put(" ")
        self._breaks, self._space = 0, False

    def _put(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)


class _Reader:
    """Goes through the HTML once, from tag to tag."""

    def __init__(self, html: str, writer: _Writer, leave_out: frozenset[str]) -> None:
        self._html = html
        self._writer = writer
        self._leave_out = leave_out
        self._missing: set[str] = set()
        """What was searched to the end once and stands nowhere behind: no text is searched twice in vain."""
        self._pre = 0
        self._left_out = ""
        """The name of the element that is left out just now."""
        self._depth = 0

    def read(self) -> None:
        here = 0
        while here < len(self._html) and not self._writer.full:
            opening = self._html.find("<", here)
            if opening < 0:
                self._words(self._html[here:])
                return
            self._words(self._html[here:opening])
            here = self._markup(opening)

    def _markup(self, at: int) -> int:
        """Take what begins with the `<` at `at`; :returns: where it goes on."""
        html = self._html
        if html.startswith("<!--", at):
            end = self._find("-->", at + 4)
            return end + 3 if end >= 0 else self._end_of_tag(at)
        if html[at + 1 : at + 2] in {"!", "?"}:
            return self._end_of_tag(at)
        named = _NAME.match(html, at + 1)
        if named is None:
            self._words("<")
            return at + 1
        end = self._end_of_tag(at)
        if end >= len(html) and html[-1:] != ">":
            self._words(html[at:])
            return end
        return self._tag(named[1].lower(), html[named.end() : end - 1], end, closing=html[at + 1] == "/")

    def _tag(self, name: str, rest: str, end: int, *, closing: bool) -> int:
        if name in _RAW and not closing:
            return self._behind_raw(name, end)
        if self._left_out:
            self._go_through(name, closing=closing)
            return end
        attributes = dict(_attributes(rest)) if rest.strip() and not closing else {}
        if self._is_left_out(name, attributes):
            self._left_out, self._depth = name, 1
        self._effect(name, attributes, closing=closing)
        return end

    def _effect(self, name: str, attributes: Mapping[str, str], *, closing: bool) -> None:
        writer = self._writer
        if name == "br":
            writer.further_line()
        elif name in _PARAGRAPHS:
            writer.paragraph()
            self._pre = max(0, self._pre + (-1 if closing else 1)) if name == "pre" else self._pre
        elif name in _LINES:
            writer.line()
        elif name == "a" and closing:
            writer.end_link()
        elif name == "a":
            writer.link(attributes.get("href", "")[:URL_CAP])
        elif name == "img" and not self._left_out:
            self._words(attributes.get("alt", ""))

    def _is_left_out(self, name: str, attributes: Mapping[str, str]) -> bool:
        classes = attributes.get("class", "").split() if self._leave_out else ()
        return name not in _VOID and not self._leave_out.isdisjoint(classes)

    def _go_through(self, name: str, *, closing: bool) -> None:
        """Inside of what is left out: count until it ends. A paragraph also ends where the next one begins."""
        if name != self._left_out:
            return
        self._depth += -1 if closing or name == "p" else 1
        if self._depth <= 0:
            self._left_out = ""
            self._effect(name, {}, closing=True)

    def _behind_raw(self, name: str, at: int) -> int:
        end = self._find(f"</{name}", at)
        return self._end_of_tag(end) if end >= 0 else len(self._html)

    def _end_of_tag(self, at: int) -> int:
        """Behind the `>` that ends the tag at `at`: not one inside of a quoted value, unless there is no other."""
        here, limit = at + 1, min(len(self._html), at + TAG_CAP)
        while found := _STOP.search(self._html, here, limit):
            here = found.end()
            if found[0] == ">":
                return here
            if found[0] == "<":  # another tag begins: this one was never ended properly
                break
            if self._html[max(at, here - _NEAR) : here - 1].rstrip().endswith("="):
                closed = self._find(found[0], here)
                here = closed + 1 if 0 <= closed < limit else here
        end = self._find(">", at)
        return end + 1 if end >= 0 else len(self._html)

    def _find(self, what: str, at: int) -> int:
        if what in self._missing:
            return -1
        found = self._html.find(what, at)
        if found < 0:
            self._missing.add(what)
        return found

    def _words(self, html: str) -> None:
        if html and not self._left_out:
            self._writer.words(_decoded(html), as_it_is=bool(self._pre))


def _decoded(html: str) -> str:
    try:
        return unescape(html) if "&" in html else html
    except ValueError:  # a number of more digits than Python converts
        return html


def _attributes(rest: str) -> Iterator[tuple[str, str]]:
    """Name and value of each attribute of a tag; of two with one name, the last."""
    here = 0
    while found := _ATTRIBUTE.search(rest, here):
        here = found.end()
        value = ""
        if found[2] is not None:
            value, here = _value(rest, here)
        yield found[1].lower(), _decoded(value)


def _value(rest: str, at: int) -> tuple[str, int]:
    quote = rest[at : at + 1]
    end = rest.find(quote, at + 1) if quote in {'"', "'"} else -1
    if end >= 0:
        return rest[at + 1 : end], end + 1
    found = _UNQUOTED.match(rest, at + (quote in {'"', "'"}))
    return (found[0], found.end()) if found else ("", at + 1)
