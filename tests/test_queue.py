"""The queue page and a conversation's page, as any client reads them."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from threading import Event
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from queue_page import Visitor, stand
from slamon.model import HOUR, MINUTE, SECOND
from slamon.store.listing import Asked, listing
from slamon.web.people.frame import POLICY
from slamon.web.people.lately import MOST, Lately
from slamon.web.people.words import Words, line, link, paragraphs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from queue_page import Stand

NASTY = [
    *("<", ">", "&", '"', "'", "</p>", "<script>", "<!--", "]]>", "&amp;", "&#x41;", "{{ 1 }}", "{% raw %}", "\u202e"),
    *("\u2066", "\0", "\x1b[31m", "\r\n", "\n\n", "\t", "\ufeff", "e\u0301" * 20, "مرحبا", "x" * 90, " ", "\u2028"),
    "\N{RAINBOW}\u200d\N{WAVING WHITE FLAG}",
    "\ud800",
]
WORDS = st.lists(st.sampled_from(NASTY) | st.text(max_size=20), max_size=12).map("".join)


@pytest.fixture
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with stand(tmp_path_factory.mktemp("stand")) as opened:
        yield opened


@pytest.fixture
def visitor(desk: Stand) -> Visitor:
    return Visitor(desk)


class TestTheQueue:
    def test_waits_stand_nearest_deadline_first_with_all_that_matters(self, desk: Stand, visitor: Visitor) -> None:
        desk.asks(by="ann")
        desk.asks("hello?", by="star", followers=20_000)
        page = visitor.get()
        assert page.status == 200
        assert page.texts("customer") == ["@star", "@ann"]
        assert page.texts("c-promise") == ["acmevip, first response", "acmeeveryone, first response"]
        assert page.texts("text") == ["hello?", "where is my parcel?"]
        assert "in 29 min" in page.text
        desk.passes(40 * MINUTE)
        assert [words.split()[1] for words in visitor.get().texts("c-status")] == ["breached", "at"]
        assert "10 min late" in visitor.get().text

    def test_every_status_has_a_word_and_a_shape_of_its_own(self, desk: Stand, visitor: Visitor) -> None:
        desk.asks()
        shown = [" ".join(text.split()) for text in visitor.get().texts("count")]
        assert shown == ["■ 0 breached", "? 0 unverified", "◆ 0 at risk", "● 1 on track"]

    @pytest.mark.parametrize(
        ("query", "who"),
        [
            ("", ["@ann", "@bob", "@layla"]),
            ("?channel=other", ["@bob"]),
            ("?channel=nobody", []),
            ("?policy=vip", []),
            ("?policy=everyone&channel=acme", ["@ann", "@layla"]),
            ("?status=on_track", ["@ann", "@bob", "@layla"]),
            ("?status=breached", []),
            ("?text=PARCEL", ["@ann"]),
            ("?text=bob", ["@bob"]),
            ("?text=%D8%B7%D9%84%D8%A8%D9%8A", ["@layla"]),
            ("?channel=&policy=&status=&text=", ["@ann", "@bob", "@layla"]),
        ],
    )
    def test_filters_stand_in_the_address(self, query: str, who: list[str], desk: Stand, visitor: Visitor) -> None:
        desk.asks(by="ann")
        desk.asks("a router", by="bob", brand="other")
        desk.asks("أين طلبي", by="layla")
        page = visitor.get(f"/{query}")
        assert page.texts("customer") == who
        assert ("No open wait fits." in page.text) == (not who)

    def test_pages_of_fifty_hold_each_wait_once(self, desk: Stand, visitor: Visitor) -> None:
        desk.records([{"text": f"post {n}", "author": f"c{n}", "brand": "acme"} for n in range(120)])
        seen, path, ranges = [], "/?policy=everyone", []
        while path:
            page = visitor.get(path.replace("&amp;", "&"))
            seen.append(page.texts("customer"))
            ranges.append(page.texts("shown")[0])
            path = "".join(re.findall(r'href="([^"]+)" rel="next"', page.body))
        assert [len(part) for part in seen] == [50, 50, 20]
        assert [who for part in seen for who in part] == [f"@c{n}" for n in range(120)]
        assert ranges == ["1 to 50 of 120", "51 to 100 of 120", "101 to 120 of 120"]

    def test_a_page_that_never_was_is_no_page(self, visitor: Visitor) -> None:
        page = visitor.get("/?after=x")
        assert (page.status, "Begin at its first page" in page.text) == (400, True)

    def test_an_empty_queue_says_why(self, desk: Stand, visitor: Visitor) -> None:
        assert "Nobody waits." in visitor.get().text
        assert "All channels were read at" in visitor.get().text
        desk.polls = False
        desk.passes(2 * HOUR)
        assert "As far as can be seen, nobody waits." in visitor.get().text

    def test_blind_channels_are_named_above_everything_else(self, desk: Stand, visitor: Visitor) -> None:
        desk.asks()
        assert "cannot be seen" not in visitor.get().text
        desk.polls = False
        desk.passes(2 * HOUR)
        text = visitor.get().text
        assert "2 channels cannot be seen acme: last read 13:00, 2 h ago other: last read 13:00" in text
        assert text.index("cannot be seen") < text.index("@ann")

    def test_one_that_was_never_read_is_named_as_that(self, desk: Stand, visitor: Visitor) -> None:
        with desk.app.store.write() as tx:
            tx.exec_driver_sql("UPDATE channel SET read_at = NULL WHERE name = 'other'")
        assert "A channel cannot be seen other: never read yet" in visitor.get().text
        assert "Nobody is known to wait yet." in visitor.get().text

    def test_only_posts_on_the_web_are_linked(self) -> None:
        for good in ("https://x.example/1", "http://x.example/?a=b#c"):
            assert link(good) == good
        for bad in (
            "javascript:alert(1)",
            "data:text/html,x",
            "//x.example",
            "https:",
            "",
            "ftp://x.example",
            "http://[",
            "JaVaScRiPt:1",
        ):
            assert link(bad) == ""


class TestWhatIsNew:
    def test_an_unchanged_page_is_not_sent_again(self, desk: Stand, visitor: Visitor) -> None:
        desk.asks()
        tag = visitor.get().tag
        desk.passes(7 * MINUTE)  # read again meanwhile
        same = visitor.get(If_None_Match=f'"{tag}"')
        assert (same.status, same.body, same.header("Slamon-Now")) == (304, "", str(desk.now))
        desk.passes(30 * MINUTE)
        assert visitor.get(If_None_Match=f'"{tag}"').status == 200

    @pytest.mark.parametrize("what", ["answer", "text", "sign-in", "blind"])
    def test_whatever_shows_is_new(self, what: str, desk: Stand, visitor: Visitor) -> None:
        desk.asks()
        tag = visitor.get().tag
        desk.polls = what != "blind"
        changes: dict[str, Callable[[], object]] = {
            "answer": lambda: desk.answers(1),
            "text": lambda: desk.asks("please", conversation="t1"),
            "sign-in": visitor.signs_in,
            "blind": lambda: desk.passes(20 * MINUTE),
        }
        changes[what]()
        assert visitor.get(If_None_Match=f'"{tag}"').status == 200

    def test_a_conversation_is_not_sent_again_either(self, desk: Stand, visitor: Visitor) -> None:
        desk.asks()
        tag = visitor.get("/conversations/1").tag
        desk.passes(7 * MINUTE)
        assert visitor.get("/conversations/1", If_None_Match=f'"{tag}"').status == 304
        desk.answers(1)
        assert visitor.get("/conversations/1", If_None_Match=f'"{tag}"').status == 200

    def test_however_many_look_the_store_is_asked_once(self) -> None:
        clock, made = [100.0], iter(range(1_000))
        lately: Lately[int] = Lately(lambda: clock[0])
        assert [lately.of("a", 0.75, lambda: next(made)) for _ in range(5)] == [0] * 5
        assert lately.of("b", 0.75, lambda: next(made)) == 1
        clock[0] += 0.75
        assert lately.of("a", 0.75, lambda: next(made)) == 2
        lately.forget()
        assert lately.of("a", 0.75, lambda: next(made)) == 3
        for n in range(2 * MOST):
            lately.of(n, 0.75, lambda: next(made))
        assert len(lately._known) == MOST

    def test_what_was_read_before_an_action_is_not_kept_behind_it(self) -> None:
        lately: Lately[str] = Lately(lambda: 1.0)

        def read() -> str:
            lately.forget()
            return "old"

        assert lately.of("a", 0.75, read) == "old"
        assert lately.of("a", 0.75, lambda: "new") == "new"


class TestStrangersWords:
    @settings(
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
        deadline=None,
        max_examples=12,
    )
    @given(texts=st.lists(WORDS, min_size=1, max_size=8), name=WORDS)
    def test_whatever_they_write_is_text(self, texts: list[str], name: str, desk: Stand, visitor: Visitor) -> None:
        before = desk.asked
        desk.records(
            [
                {
                    "text": text.encode("utf-8", "replace").decode(),
                    "author": name.replace("\ud800", "") or "x",
                    "brand": "acme",
                }
                for text in texts
            ]
        )
        with desk.app.store.read() as tx:
            found = {int(one.messages[0].id): one for one in listing(tx, Asked(limit=10_000)).waits if one.messages}
        for number in range(before + 1, desk.asked + 1):
            if number not in found:
                continue
            said = found[number].messages[-1].text
            page = visitor.get(f"/conversations/{found[number].id}")
            assert page.texts("said") == ([paragraphs(said)] if paragraphs(said) else [])
        shown = visitor.get().texts("text")
        with desk.app.store.read() as tx:
            first = listing(tx, Asked(limit=50)).waits
        assert shown == [cut for one in first if (cut := line(one.messages[-1].text, 280))]

    @given(WORDS, st.integers(2, 300))
    def test_a_line_is_one_line_that_runs_nowhere(self, text: str, room: int) -> None:
        cut = line(text, room)
        assert len(cut) <= room
        assert not set(cut) & set("\n\r\0\x1b\u202e\u2066\u2028\ud800")
        assert cut == line(cut, room)

    def test_what_is_cut_is_cut_between_visible_characters(self) -> None:
        assert line("ab🏳️‍🌈cd", 4) == "ab…"
        assert line("Z" + "\u0300" * 400, 5) == "Z\u0300\u0300\u0300…"


class TestAConversation:
    def test_it_says_what_explain_says(self, desk: Stand, visitor: Visitor) -> None:
        desk.asks()
        desk.passes(70 * MINUTE)
        desk.answers(1)
        text = visitor.get("/conversations/1").text
        for words in (
            "@ann on acme",
            "✗ late",
            "answered 14:10:03 CET by @acme, after 1 h 10 min",
            "Held to everyone.",
            "vip: author.followers: >= 10000 does not hold",
            "Promised within 1 h",
            "Counted late",
            "nobody hears of it",
            "on its way",
            "the answer to wait 1",
        ):
            assert words in text

    @pytest.mark.parametrize("name", ["1", "t1", "ann", "@ann", "%40ann"])
    def test_it_is_found_by_all_its_names(self, name: str, desk: Stand, visitor: Visitor) -> None:
        desk.asks()
        assert "@ann on acme" in visitor.get(f"/conversations/{name}").text

    def test_a_name_with_slashes_is_a_name(self, desk: Stand, visitor: Visitor) -> None:
        desk.asks(conversation="at://did:plc:x/post/3k")
        assert visitor.get("/conversations/at%3A%2F%2Fdid%3Aplc%3Ax%2Fpost%2F3k").status == 200

    def test_looking_for_names_holds_up_nobody_who_looks_at_the_queue(
        self, desk: Stand, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        found = Event()
        monkeypatch.setattr("slamon.web.people.site.explain", lambda *_: [] if found.wait(20) else None)
        desk.asks(by="ann")
        with ThreadPoolExecutor(3) as people:
            looking = [people.submit(Visitor(desk).get, f"/conversations/@nobody{n}") for n in range(3)]
            try:
                assert visitor.get().texts("customer") == ["@ann"]
                assert not any(look.done() for look in looking)
            finally:
                found.set()
        assert [look.result().status for look in looking] == [404] * 3

    def test_one_that_nobody_knows_is_not_found(self, visitor: Visitor) -> None:
        page = visitor.get("/conversations/<b>nobody")
        assert (page.status, "Nothing is known" in page.text, "<b>" in page.body) == (404, True, False)

    def test_a_thread_in_which_nobody_waits_says_why(self, desk: Stand, visitor: Visitor) -> None:
        desk.records(
            [{"text": "look at that", "author": "carl", "role": "bystander", "brand": "acme", "conversation": "t"}]
        )
        text = visitor.get("/conversations/t").text
        assert "Nobody waits here" in text
        assert "Nobody in it addresses the brand." in text


class TestHeaders:
    @pytest.mark.parametrize("path", ["/", "/conversations/1", "/conversations/none", "/sign-in", "/?after=x"])
    def test_nothing_but_our_own_may_be_loaded_and_nothing_kept(self, path: str, visitor: Visitor) -> None:
        page = visitor.get(path)
        assert page.header("Content-Security-Policy") == POLICY
        assert "unsafe" not in POLICY
        assert (page.header("Cache-Control"), page.header("X-Content-Type-Options")) == ("no-store", "nosniff")
        assert page.header("Referrer-Policy") == "same-origin"
        assert not re.findall(r"<style|style=|<script>| on[a-z]+=", page.body)

    def test_style_and_script_are_kept_for_ever_under_names_of_their_content(self, visitor: Visitor) -> None:
        names = set(re.findall(r'"(/static/[^"]+)"', visitor.get().body))
        assert len(names) == 3
        for name in names:
            page = visitor.get(name)
            assert (page.status, "immutable" in page.header("Cache-Control")) == (200, True)
            assert re.fullmatch(r"/static/\w+\.[0-9a-f]{16}\.(css|js|svg)", name)
        for wrong in ("/static/page.css", "/static/../page.py", "/static/%2e%2e%2fsite.py"):
            assert visitor.get(wrong).status == 404

    def test_every_field_has_a_label_and_every_page_one_heading(self, desk: Stand, visitor: Visitor) -> None:
        desk.asks()
        visitor.signs_in()
        for path in ("/", "/conversations/1", "/sign-in?back=/", "/conversations/none"):
            body = Visitor(desk).get(path).body if "sign-in" in path else visitor.get(path).body
            fields = Fields()
            fields.feed(body)
            assert not fields.unnamed, path
            assert body.count("<h1") == 1
            assert len(fields.ids) == len(set(fields.ids))


class Fields(HTMLParser):
    """Finds what one can fill in without knowing what it is."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.wanted: list[str] = []
        self.labels: set[str] = set()
        self.inside = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        self.ids += [known["id"] or ""] if "id" in known else []
        self.inside += tag == "label"
        self.labels |= {known.get("for") or ""} if tag == "label" else set()
        if tag in {"input", "select"} and known.get("type") != "hidden" and not self.inside:
            self.wanted.append(known.get("id") or "?")

    def handle_endtag(self, tag: str) -> None:
        self.inside -= tag == "label"

    @property
    def unnamed(self) -> set[str]:
        return set(self.wanted) - self.labels


class TestWords:
    @pytest.mark.parametrize(
        ("left", "late", "words"),
        [
            (12 * MINUTE + 30 * SECOND, False, "in 12 min"),
            (0, False, "in 0 s"),
            (-1, False, "due, being checked"),
            (-1, True, "0 s late"),
            (-90 * SECOND, True, "1 min 30 s late"),
        ],
    )
    def test_when_it_is_due(self, left: int, late: bool, words: str) -> None:  # noqa: FBT001 - a row of the table
        now = 1_700_000_000_000
        assert Words(ZoneInfo("UTC"), now).due(now + left, late=late) == words

    def test_instants_of_any_year_have_a_machine_readable_form(self) -> None:
        far = datetime(2999, 12, 31, tzinfo=UTC)
        at = (far - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
        assert Words(ZoneInfo("UTC"), 0).iso(at) == "2999-12-31T00:00:00+00:00"
