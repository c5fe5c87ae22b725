"""The queue page in a real browser: what it shows by itself, how one acts, whom it leaves out."""

from __future__ import annotations

import re
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from queue_page import TOKEN, Stand
from slamon.model import HOUR, MINUTE, SECOND
from slamon.web.people.words import line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs chromium (Debian package chromium)")
PATIENCE = 10_000
"""Milliseconds that anything may take; nothing is measured by it."""
PHONE = {"width": 320, "height": 640}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only where there is a browser

    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with Stand(tmp_path_factory.mktemp("stand")) as opened:
        yield opened


@contextmanager
def tab(browser: Browser, desk: Stand, **how: Any) -> Iterator[Page]:
    """A tab in which nothing may be refused, fail, or come from elsewhere."""
    context = browser.new_context(base_url=desk.url, **how)
    context.set_default_timeout(PATIENCE)
    page, wrong = context.new_page(), []
    page.on("console", lambda said: wrong.append(said.text) if said.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda asked: None if asked.url.startswith(desk.url) else wrong.append(asked.url))
    yield page
    context.close()
    # What the server refuses is an error to the console, too: those tests ask for it.
    assert [words for words in wrong if "Failed to load resource" not in words] == []


@pytest.fixture
def page(browser: Browser, desk: Stand) -> Iterator[Page]:
    with tab(browser, desk) as opened:
        yield opened


def shown(page: Page) -> list[str]:
    return page.locator("#rows .customer").all_inner_texts()


def signs_in(page: Page) -> None:
    page.get_by_role("link", name="Sign in").click()
    page.get_by_label("Token").fill(TOKEN)
    page.get_by_label("Token").press("Enter")
    page.get_by_text("Signed in as duty").wait_for()


class TestByItself:
    def test_a_new_wait_and_its_breach_appear_without_loading_anew(self, desk: Stand, page: Page) -> None:
        from playwright.sync_api import expect  # noqa: PLC0415 - as above

        page.goto("/")
        page.evaluate("window.same = true")
        page.get_by_text("Nobody waits.").wait_for()
        desk.asks()
        page.get_by_role("link", name="@ann", exact=True).wait_for()
        expect(page.locator("#w1")).to_have_attribute("data-status", "on_track")
        desk.passes(HOUR + desk.every)  # with the next reading it is certain
        expect(page.locator("#w1")).to_have_attribute("data-status", "breached")
        expect(page.get_by_role("status").first).to_have_text("Just broken: the promise to @ann on acme.")
        expect(page).to_have_title("(1) Queue · slamon")
        desk.answers(1)
        page.get_by_text("Nobody waits.").wait_for()
        assert page.evaluate("window.same")

    def test_the_countdown_runs_by_the_clock_of_the_server(self, desk: Stand, page: Page) -> None:
        page.clock.install(time=0)  # the browser believes that it is 1970
        desk.asks(followers=20_000)
        desk.passes(26 * MINUTE)
        page.goto("/")
        due = page.locator("#w1 time[data-due]")
        assert re.fullmatch("in 4 min|in 3 min 5. s", due.inner_text())
        page.get_by_role("button", name="Pause").click()
        page.clock.run_for(10 * SECOND)
        assert re.fullmatch("in 3 min (50|4.) s", due.inner_text())
        page.clock.run_for(4 * MINUTE)
        assert due.inner_text() == "due, being checked"

    def test_the_script_says_spans_as_the_server_does(self, desk: Stand, page: Page) -> None:
        page.clock.install(time=0)
        desk.asks()
        for span in (0, 59 * SECOND, 299 * SECOND, 300 * SECOND, HOUR, 47 * HOUR, 48 * HOUR, 51 * HOUR + MINUTE):
            page.goto("/conversations/1")
            at = desk.now - span
            words = page.evaluate(
                "at => { const t = document.createElement('time'); t.dataset.since = at; document.body.append(t); }", at
            )
            page.clock.run_for(SECOND)
            from slamon.notifiers.text import duration  # noqa: PLC0415 - beside its only use

            words = page.locator("time").last.inner_text()
            assert words in {duration(span), duration(span + SECOND), duration(span + 2 * SECOND)}

    def test_what_one_is_doing_is_left_alone(self, desk: Stand, page: Page) -> None:
        from playwright.sync_api import expect  # noqa: PLC0415 - as above

        desk.asks()
        desk.asks(by="bob")
        page.goto("/")
        signs_in(page)
        page.locator("#w2 summary").click()
        page.get_by_label("Text or customer").fill("half a wo")
        desk.asks("and another thing", conversation="t2", by="bob")
        expect(page.locator("#w2 .text")).to_have_text("and another thing")
        assert page.get_by_label("Text or customer").input_value() == "half a wo"
        assert page.evaluate("document.activeElement.id") == "text"
        page.locator("#w2 .choices button").first.focus()
        desk.passes(HOUR + desk.every)
        expect(page.locator("#w2")).to_have_attribute("data-status", "breached")
        assert page.locator("#w2 details").get_attribute("open") is not None
        assert page.evaluate("document.activeElement.textContent") == "for 15 minutes"

    def test_paused_it_holds_still(self, desk: Stand, page: Page) -> None:
        page.goto("/")
        page.get_by_role("button", name="Pause").click()
        desk.asks()
        page.get_by_text("Paused: new waits are not shown.").wait_for()
        assert shown(page) == []
        page.get_by_role("button", name="Go on").click()
        page.get_by_role("link", name="@ann", exact=True).wait_for()

    def test_a_server_that_is_gone_is_said_and_found_again(self, desk: Stand, page: Page) -> None:
        page.goto("/")
        page.context.set_offline(True)
        page.get_by_text("slamon does not answer").wait_for()
        page.context.set_offline(False)
        desk.asks()
        page.get_by_role("link", name="@ann", exact=True).wait_for()
        assert page.locator("#link").inner_text() == ""


class TestActing:
    def test_acknowledge_and_undo(self, desk: Stand, page: Page) -> None:
        desk.asks()
        page.goto("/?channel=acme")
        signs_in(page)
        assert page.url.endswith("/?channel=acme")
        page.get_by_role("button", name="Acknowledge @ann").click()
        page.get_by_text("Wait 1 is acknowledged for 4 h").wait_for()
        assert "did=" not in page.url
        assert page.locator("#w1 .hands").inner_text() == "duty has it until 17:00"
        page.get_by_role("button", name="Undo").click()
        page.get_by_text("Taken back: wait 1 is no longer acknowledged.").wait_for()
        assert page.locator("#w1 .hands").count() == 0

    def test_by_the_keyboard_alone(self, desk: Stand, page: Page) -> None:
        desk.asks()
        page.goto("/")
        keys = page.keyboard

        def tab_to(name: str) -> None:
            for _ in range(40):
                keys.press("Tab")
                if page.evaluate(NAME) == name:
                    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
                    return
            pytest.fail(f"{name} cannot be reached")

        keys.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        tab_to("Sign in")
        keys.press("Enter")
        page.wait_for_url("**/sign-in**")
        keys.type(TOKEN)
        keys.press("Enter")
        page.get_by_text("Signed in as duty").wait_for()
        tab_to("Snooze @ann")
        keys.press("Enter")
        tab_to("for 15 minutes")
        keys.press("Escape")
        assert page.locator("#w1 details").get_attribute("open") is None
        assert page.evaluate("document.activeElement.ariaLabel") == "Snooze @ann"
        page.locator(".brand").focus()
        tab_to("Acknowledge @ann")
        keys.press("Enter")
        page.get_by_text("Wait 1 is acknowledged").wait_for()
        assert page.evaluate("document.activeElement.id") == "told"

    def test_dismissing_from_the_list_opens_the_form(self, desk: Stand, page: Page) -> None:
        desk.asks()
        page.goto("/")
        signs_in(page)
        page.get_by_role("link", name="Dismiss @ann").click()
        page.get_by_label("Why?").fill("by phone")
        page.get_by_label("it was answered elsewhere").check()
        page.get_by_role("button", name="Dismiss wait 1").click()
        page.get_by_text("Wait 1 is closed: answered elsewhere").wait_for()

    def test_without_javascript_everything_can_be_read_and_done(self, browser: Browser, desk: Stand) -> None:
        desk.asks()
        with tab(browser, desk, java_script_enabled=False) as page:
            page.goto("/")
            assert page.locator("#w1 time[data-due]").inner_text() == "in 59 min"
            page.get_by_label("Status", exact=True).select_option("at risk")
            page.get_by_role("button", name="Show").click()
            page.get_by_text("No open wait fits.").wait_for()
            page.get_by_role("link", name="Show all").first.click()
            signs_in(page)
            page.locator("#w1 summary").click()
            page.get_by_role("button", name="for 1 hour").click()
            page.get_by_text("Wait 1 is snoozed for 1 h").wait_for()
            page.get_by_role("link", name="@ann", exact=True).click()
            page.get_by_text("Held to everyone.").wait_for()


NAME = "(document.activeElement.ariaLabel || document.activeElement.innerText || '').trim()"
SPILT = """all => all.filter(one =>
  one.getBoundingClientRect().height > 60 || getComputedStyle(one).overflow !== "hidden").length"""
NASTY = (
    "<img src=x onerror=alert(1)><script>alert(2)</script>",
    "Z" + "\u0300\u0316\u0489" * 100,
    "x" * 2_000,
    "\u202egnp.exe \u2066 abc",
    "مرحبا، أين طلبي رقم 1234؟",
    "\N{RAINBOW}" * 300,
    "a\n\n\nb\tc\x1b[31m",
)


class TestHowItLooks:
    def test_strangers_words_are_shown_as_text_in_their_own_box(self, desk: Stand, page: Page) -> None:
        desk.records([{"text": text, "author": f"c{n}", "brand": "acme"} for n, text in enumerate(NASTY)])
        page.goto("/")
        assert page.locator("#rows .text").evaluate_all("all => all.map(one => one.textContent)") == [
            line(text, 280) for text in NASTY
        ]
        assert page.locator("#rows script, #rows img").count() == 0
        assert page.locator("#rows .text").evaluate_all(SPILT) == 0

    @pytest.mark.parametrize("path", ["/", "/conversations/3", "/sign-in", "/conversations/none"])
    def test_a_phone_needs_no_scrolling_sideways(self, path: str, browser: Browser, desk: Stand) -> None:
        desk.records([{"text": text, "author": f"c{n}", "brand": "acme"} for n, text in enumerate(NASTY)])
        desk.passes(HOUR)
        with tab(browser, desk, viewport=PHONE) as page:
            page.goto(path)
            if path == "/":
                signs_in(page)
            assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_all_words_stand_out_from_their_ground(self, scheme: Any, browser: Browser, desk: Stand) -> None:
        desk.asks()
        desk.asks(by="star", followers=20_000)
        desk.passes(40 * MINUTE)
        desk.asks(by="new")
        with tab(browser, desk, color_scheme=scheme, reduced_motion="reduce") as page:
            page.goto("/")
            signs_in(page)
            page.get_by_role("button", name="Acknowledge @ann").click()
            page.get_by_text("Wait 1 is acknowledged").wait_for()
            for path in ("", "/conversations/1", "/sign-in", "/conversations/none"):
                if path:
                    page.goto(path)
                assert page.evaluate(FAINT) == []

    def test_a_screen_reader_finds_its_way(self, desk: Stand, page: Page) -> None:
        desk.asks()
        page.goto("/")
        for role in ("banner", "navigation", "main", "contentinfo", "search", "table"):
            assert page.get_by_role(role).count() >= 1, role
        assert page.get_by_role("heading", level=1).inner_text() == "Who is waiting"
        heads = ["Status", "Due", "Customer", "Promise", "Waits for", "In whose hands"]
        assert page.get_by_role("columnheader").all_inner_texts() == heads
        page.set_viewport_size({"width": 320, "height": 640})
        assert page.get_by_role("cell").count() == len(heads)
        assert page.get_by_role("table", name="Open waits, nearest deadline first").count() == 1
        assert page.locator("html").get_attribute("lang") == "en"


FAINT = """() => {
  const parse = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const lum = ([r, g, b]) => [r, g, b].map((v) => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const ground = (one) => {
    for (; one; one = one.parentElement) {
      const [r, g, b, a = 1] = parse(getComputedStyle(one).backgroundColor);
      if (a > 0) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const faint = [];
  for (const one of document.querySelectorAll("body *")) {
    if (![...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim())) continue;
    if (!one.checkVisibility() || one.closest(".unseen, noscript, .skip, option")) continue;
    const [light, dark] = [lum(parse(getComputedStyle(one).color)), lum(ground(one))].sort((a, b) => b - a);
    const ratio = (light + .05) / (dark + .05);
    if (ratio < 4.5) faint.push(`${one.tagName}.${one.className}: ${ratio.toFixed(2)}`);
  }
  return faint;
}"""


class TestALongQueue:
    def test_ten_thousand_waits_do_not_choke_the_browser(self, desk: Stand, page: Page) -> None:
        desk.asks()
        desk.plants(10_000)
        page.goto("/")
        assert page.locator("#shown").inner_text() == "1 to 50 of 10,000 or more"
        assert page.locator("#rows tr").count() == 50
        assert page.evaluate("document.querySelectorAll('*').length") < 2_500
        page.get_by_role("link", name="Next page").click()
        page.wait_for_url(re.compile("after="))
        assert shown(page)[0] == "@c49"
        page.get_by_label("Text or customer").fill("post 9999")
        page.get_by_role("button", name="Show").click()
        page.get_by_text("1 to 1 of 1").wait_for()
        assert shown(page) == ["@c9999"]
