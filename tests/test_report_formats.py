"""The forms of a report: nothing that a stranger wrote becomes a formula, a link, a tag or a line of its own."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import unicodedata
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slamon.model import DAY, HOUR
from slamon.report.counts import CellCount
from slamon.report.figures import cut
from slamon.report.formats import written
from slamon.report.formats.as_csv import COLUMNS, harmless
from slamon.report.formats.as_json import as_data
from slamon.report.formats.as_markdown import link, text
from slamon.report.formats.words import percent
from slamon.report.sheet import Answerer, Blind, Flow, Head, Objective, Point, Sheet, Worst
from slamon.sla.fate import Fate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ZONE = ZoneInfo("Europe/Berlin")
MANUAL = Path(__file__).resolve().parent.parent / "docs" / "reports.md"
CHROMIUM = shutil.which("chromium")
SIGNS = "=+-@"
HOSTILE = st.one_of(
    st.text(max_size=30),
    st.text(alphabet="=+-@\t\r\n \"';,|\u00a0\u200b\ufeff\uff1d\uff0b\uff0d\uff20\ufe62\ufe63\u2212A1(", max_size=12),
)
NASTY = (
    '<script>alert(1)</script> | [a](javascript:x) ![i](//e) `x` **b** https://evil.example www.evil.example @all & "q"'
)


def sheet(words: str = "where is it?", permalink: str = "https://x.example/1") -> Sheet:
    """A report of one wait, in which a stranger said all that a stranger can say."""
    cell = CellCount()
    cell.fates[Fate.OPEN] = cell.waits = 1
    cell.waits_since(0)
    cell.week.arrivals[8] = cell.week.due[8] = 1
    parts = [cut(cell, by, "acme-x", "acme-x", "everyone") for by in ("total", "channel", "policy", "market")]
    total, channel, policy, label = parts
    objective = Objective("first_response", 0.9, 28 * DAY, 10, 0.8, 1, 2)
    head = Head(0, DAY, 2 * DAY, "Europe/Berlin", "waits", "abc", ["acme-x"], [words], [Blind("acme-x", HOUR)])
    worst = Worst(
        1, "acme-x", "everyone", "first_response", "breached", words, words, permalink, 0, HOUR, None, 23 * HOUR
    )
    return Sheet(
        head=head,
        total=total,
        channels=[channel],
        policies=[replace(policy, objectives=[objective])],
        labels=[label],
        flow=Flow("hour", [Point(n * HOUR, n % 3, n % 2, n) for n in range(24)]),
        worst=[worst],
        answerers=[Answerer("acme-x", words, words, 3, 2, 0.5, HOUR)],
    )


class TestShares:
    @pytest.mark.parametrize(
        ("share", "words"),
        [(None, "no data"), (1.0, "100.0 %"), (0.9999, "99.9 %"), (0.29, "29.0 %"), (2 / 3, "66.6 %"), (0.0, "0.0 %")],
    )
    def test_are_never_rounded_up(self, share: float | None, words: str) -> None:
        assert percent(share) == words


class TestCsv:
    @given(HOSTILE)
    def test_no_cell_begins_as_a_formula_however_it_is_dressed(self, said: str) -> None:
        rows = list(csv.reader(io.StringIO(written("csv", sheet(said), ZONE), newline=""), strict=True))
        assert rows[0] == list(COLUMNS)
        assert {len(row) for row in rows} == {len(COLUMNS)}
        for value in (value for row in rows for value in row):
            for piece in re.split(r"[;,\t\r\n\"'|]", value)[:1]:
                assert not _formula(piece), value
            assert not value.startswith(("\t", "\r", "\n"))

    @given(HOSTILE)
    def test_nor_does_a_piece_behind_any_separator(self, said: str) -> None:
        for piece in re.split(r"[;,\t\r\n|\"]", harmless(said)):
            assert not _formula(piece), (said, harmless(said))

    @given(st.text(alphabet=st.characters(categories=("L", "N")), max_size=20))
    def test_plain_words_stay_as_they_are(self, said: str) -> None:
        assert harmless(said) == said

    def test_lines_end_as_the_standard_has_it(self) -> None:
        text = written("csv", sheet(), ZONE)
        assert text.endswith("\r\n")
        assert "\n" not in text.replace("\r\n", "")

    def test_every_figure_of_the_json_is_a_row(self) -> None:
        data = as_data(sheet(), ZONE)
        rows = list(csv.DictReader(io.StringIO(written("csv", sheet(), ZONE), newline="")))
        total = {row["figure"] for row in rows if (row["section"], row["by"]) == ("figures", "total")}
        skipped = ("by", "channel", "policy", "name", "week", "objectives")
        assert total == {path for path in _paths(data["total"]) if path.split(".")[0] not in skipped}
        assert len([row for row in rows if row["section"] == "week"]) == 3 * 3 * 168
        assert {row["section"] for row in rows} >= {"report", "flow", "worst", "answers", "objective"}


def _formula(cell: str) -> bool:
    """Whether a spreadsheet may calculate it: a sign behind anything that is not seen."""
    for char in cell:
        if char.isspace() or unicodedata.category(char)[0] in "CZ":
            continue
        return unicodedata.normalize("NFKC", char)[0] in SIGNS or char == "\u2212"
    return False


def _paths(of: Mapping[str, Any], before: str = "") -> Iterator[str]:
    for name, value in of.items():
        if isinstance(value, dict):
            yield from _paths(value, f"{before}{name}.")
        else:
            yield before + name


class TestMarkdown:
    @given(st.one_of(HOSTILE, st.text(alphabet="<>[]()|`*_\\#!&@:/w.~$ ab", max_size=30)))
    def test_no_sign_of_a_stranger_means_anything(self, said: str) -> None:
        shown = text(said)
        assert "\n" not in shown
        assert not re.search(r"(?<!\\)(?:\\\\)*[`*_\[\]<>|~&$#]", shown.replace("\\\\", ""))
        assert not re.search(r"://|www\.|mailto:|@[\w.]", shown, re.IGNORECASE)

    @given(st.text(max_size=40))
    def test_tables_keep_their_columns(self, said: str) -> None:
        for table in re.split(r"\n\n+", written("markdown", sheet(said), ZONE)):
            rows = [line for line in table.split("\n") if line.startswith("|")]
            assert len({len(re.findall(r"(?<!\\)\|", row.replace("\\\\", ""))) for row in rows}) <= 1, table

    def test_a_renderer_makes_nothing_of_it(self) -> None:
        markdown_it = pytest.importorskip("markdown_it")
        page = markdown_it.MarkdownIt("commonmark").enable("table").render(written("markdown", sheet(NASTY), ZONE))
        assert "<script" not in page
        assert "<img" not in page
        assert "<strong" not in page
        assert re.findall(r'href="([^"]*)"', page) == ["https://x.example/1"]
        assert "alert(1)" in page

    @pytest.mark.parametrize("address", ["javascript:alert(1)", "https://a/ b", "https://a|b", "https://a>b", ""])
    def test_only_addresses_of_the_web_are_links(self, address: str) -> None:
        assert not link(address).startswith("<")
        assert link("https://x.example/a?b=c#d") == "<https://x.example/a?b=c#d>"


class Page(HTMLParser):
    """What a browser would make of the file."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


class TestHtml:
    @given(
        st.one_of(HOSTILE.filter(bool), st.sampled_from([NASTY, '" onload="x', "</style>", "</title><b>", "{{ 7*7 }}"]))
    )
    def test_what_strangers_wrote_is_text(self, said: str) -> None:
        plain, hostile = Page(written("html", sheet("x"), ZONE)), Page(written("html", sheet(said), ZONE))
        assert [tag for tag, _ in plain.tags if tag != "bdi"] == [tag for tag, _ in hostile.tags if tag != "bdi"]
        names = [set(attributes) for _, attributes in hostile.tags]
        assert not any(name.startswith("on") or name == "style" for found in names for name in found)

    def test_its_style_is_the_one_that_its_policy_allows_and_nothing_is_fetched(self) -> None:
        page = written("html", sheet(), ZONE)
        (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
        policy = Page(page).all("meta")[1]["content"] or ""
        assert f"'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'" in policy
        assert policy.startswith("default-src 'none'")
        assert not re.search(r"<(?:script|link|img|iframe|object)|url\(|@import", page)

    @pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "", " https://a"])
    def test_only_addresses_of_the_web_are_links(self, address: str) -> None:
        assert Page(written("html", sheet(permalink=address), ZONE)).all("a") == []
        (found,) = Page(written("html", sheet(), ZONE)).all("a")
        assert (found["href"], found["rel"]) == ("https://x.example/1", "noopener noreferrer nofollow")

    def test_every_plot_has_a_title_and_words(self) -> None:
        page = Page(written("html", sheet(), ZONE))
        for plot in page.all("svg"):
            if "aria-hidden" not in plot:
                assert plot["role"] == "img"
                title, desc = (plot["aria-labelledby"] or "").split()
                ids = {attributes.get("id") for tag, attributes in page.tags if tag in {"title", "desc"}}
                assert {title, desc} <= ids

    @pytest.mark.skipif(CHROMIUM is None, reason="needs chromium")
    def test_a_browser_shows_it_without_a_complaint_or_a_request(self, tmp_path: Path) -> None:
        sync_api = pytest.importorskip("playwright.sync_api")
        path = tmp_path / "report.html"
        path.write_text(written("html", sheet(NASTY), ZONE), encoding="utf-8")
        with sync_api.sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 390, "height": 800}, color_scheme="dark")
            said: list[str] = []
            asked: list[str] = []
            page.on("console", lambda line: said.append(line.text))
            page.on("dialog", lambda dialog: said.append(dialog.message))
            page.on("request", lambda request: asked.append(request.url))
            page.goto(path.as_uri())
            width = page.evaluate("document.documentElement.scrollWidth")
            back = page.evaluate("getComputedStyle(document.body).backgroundColor")
            browser.close()
        assert (said, asked, width) == ([], [path.as_uri()], 390)
        assert back == "rgb(18, 23, 29)"


class TestJson:
    def test_spans_are_seconds_and_instants_have_a_zone(self) -> None:
        data = json.loads(written("json", sheet(), ZONE))
        assert data["head"]["from_at"] == "1970-01-01T01:00:00.000+01:00"
        assert data["worst"][0]["late_seconds"] == 23 * 3_600
        assert data["worst"][0]["answered_at"] is None
        assert data["total"]["response"]["wall"]["answered"]["p50_seconds"] is None

    def test_the_manual_explains_every_figure_and_no_other(self) -> None:
        manual = MANUAL.read_text(encoding="utf-8")
        told = set(re.findall(r"^\| `([\w.]+)` \|", manual, re.MULTILINE))
        data = as_data(sheet(), ZONE)
        maps = ("cut.targets", "cut.balance", "cut.corrections", "cut.week")
        keys = {_general(path) for part in ("head", "total") for path in _paths({part: data[part]})}
        keys |= {f"flow.{name}" for name in ("step", *data["flow"]["points"][0])}
        keys |= {f"worst.{name}" for name in data["worst"][0]}
        keys |= {f"answerers.{name}" for name in data["answerers"][0]}
        keys |= {f"objectives.{name}" for name in data["policies"][0]["objectives"][0]}
        keys -= {key for key in keys if key.startswith(maps)} | {"cut.objectives"}
        assert told == keys | set(maps)
        for fate in Fate:
            assert f"`{fate.value}`" in manual


def _general(path: str) -> str:
    """Both ways of counting time, and all places of promises, are explained once."""
    path = path.replace(".business.", ".wall.").replace("total.out_of_hours.", "total.in_hours.")
    return path.replace("total.response.", "promises.").replace("total.", "cut.")
