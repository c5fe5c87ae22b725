"""People sign in with a browser and act by forms: who may, what comes of it, and what a stranger's page can do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queue_page import OTHER, PEOPLE, TOKEN, WALL, Visitor, stand
from slamon.model import MINUTE
from slamon.web.entry.throttle import FAILURES
from slamon.web.entry.who import Who
from slamon.web.people import forms
from slamon.web.people.session import ENDS_AFTER, IDLE_AFTER, MOST, Sessions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from queue_page import Stand

ACK = "/waits/1/acknowledge"


@pytest.fixture
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with stand(tmp_path_factory.mktemp("stand")) as opened:
        opened.asks()
        yield opened


@pytest.fixture
def visitor(desk: Stand) -> Visitor:
    visitor = Visitor(desk)
    assert visitor.signs_in().status == 303
    return visitor


class TestActing:
    def test_a_wait_is_acknowledged_and_the_page_that_follows_says_so(self, desk: Stand, visitor: Visitor) -> None:
        done = visitor.does(ACK, back="/?status=on_track")
        assert (done.status, done.header("Location")) == (303, "/?status=on_track&did=1")
        page = visitor.get(done.header("Location"))
        assert "Wait 1 is acknowledged for 4 h, until 17:00 CET. Undo" in page.text
        assert "duty has it until 17:00" in page.text
        assert desk.metric("slamon_actions_total", verb="acknowledge", via="http") == 1

    def test_it_is_taken_back(self, visitor: Visitor) -> None:
        visitor.does(ACK)
        page = visitor.get(visitor.does("/actions/1/undo").header("Location"))
        assert "Taken back: wait 1 is no longer acknowledged." in page.text
        assert "has it" not in page.text
        assert "taken back" in visitor.get("/conversations/1").text
        again = visitor.does("/actions/1/undo")
        assert (again.status, "Action 1 was taken back before, by duty." in again.text) == (409, True)

    def test_it_is_snoozed_for_so_long(self, visitor: Visitor) -> None:
        visitor.does("/waits/1/snooze", **{"for": "15m"})
        assert "duty snoozed it until 13:15" in visitor.get().text

    def test_until_the_shift_ends_needs_a_shift(self, visitor: Visitor) -> None:
        page = visitor.does("/waits/1/snooze", **{"for": "shift"})
        assert (page.status, "Nobody who was told of it has shifts: say how long." in page.text) == (409, True)

    @pytest.mark.parametrize(
        ("how", "words"),
        [
            ("no_reply", "closed: no reply needed"),
            ("elsewhere", "closed: answered elsewhere"),
            ("mute", "closed: muted"),
            ("statement", "closed: answered by a statement"),
        ],
    )
    def test_it_is_dismissed_in_each_way(self, how: str, words: str, desk: Stand, visitor: Visitor) -> None:
        done = visitor.does("/waits/1/dismiss", reason="by phone", scope="", pattern="", **{"as": how, "for": ""})
        page = visitor.get(done.header("Location"))
        assert words in page.text
        assert "Nobody waits." in page.text
        desk.settles()
        assert "by phone" in visitor.get("/conversations/1").text

    def test_a_wider_scope_holds_for_what_is_to_come(self, desk: Stand, visitor: Visitor) -> None:
        visitor.does("/waits/1/dismiss", reason="a bot", scope="author", **{"for": "2h"})
        desk.asks("me again")
        assert "Nobody waits." in visitor.get().text
        desk.asks("me", by="bob")
        assert visitor.get().texts("customer") == ["@bob"]

    @pytest.mark.parametrize(
        "fields", [{}, {"reason": " "}, {"reason": "x", "scope": "match"}, {"reason": "x", "as": "y"}]
    )
    def test_what_cannot_be_done_is_said_in_words(self, fields: dict[str, str], visitor: Visitor) -> None:
        page = visitor.does("/waits/1/dismiss", **fields)
        assert page.status in {400, 409}
        assert page.texts("big")[0].endswith(".")
        assert "@ann" in visitor.get().text

    def test_waits_and_actions_that_never_were_are_not_found(self, visitor: Visitor) -> None:
        for path in (
            "/waits/99/acknowledge",
            "/actions/99/undo",
            "/waits/x/acknowledge",
            "/waits/0/snooze",
            f"/waits/{'9' * 5000}/snooze",
        ):
            assert visitor.does(path).status in {400, 404}

    def test_a_form_that_is_sent_twice_is_carried_out_once(self, desk: Stand, visitor: Visitor) -> None:
        page = visitor.get()
        fields = {"proof": page.field("proof"), "key": page.field("key"), "for": "15m"}
        assert [visitor.post("/waits/1/snooze", fields).header("Location") for _ in range(2)] == ["/?did=1"] * 2
        assert visitor.post("/waits/1/snooze", fields | {"for": "1h"}).header("Location") == "/?did=2"
        assert visitor.does("/waits/1/snooze", **{"for": "15m"}).header("Location") == "/?did=3"
        assert desk.metric("slamon_actions_total", verb="snooze", via="http") == 3

    def test_one_who_is_not_signed_in_sees_no_button_and_is_told_nothing(self, desk: Stand, visitor: Visitor) -> None:
        visitor.does(ACK)
        guest = Visitor(desk)
        for path in ("/?did=1", "/conversations/1"):
            assert "<button form" not in guest.get(path).body
            assert "proof" not in guest.get(path).body
        assert "is acknowledged for" not in guest.get("/?did=1").text


class TestWhoseFormItIs:
    def test_without_signing_in_nothing_is_done(self, desk: Stand, visitor: Visitor) -> None:
        page, guest = visitor.get(), Visitor(desk)
        answer = guest.post(ACK, {"proof": page.field("proof"), "key": "k"})
        assert (answer.status, "Sign in first" in answer.text) == (403, True)
        assert desk.metric("slamon_actions_total", verb="acknowledge", via="http") == 0

    @pytest.mark.parametrize("proof", ["", "0" * 64, "é", "another's"])
    def test_a_form_without_a_proof_is_not_ours(self, proof: str, desk: Stand, visitor: Visitor) -> None:
        if proof == "another's":
            other = Visitor(desk)
            other.signs_in(OTHER)
            proof = other.get().field("proof")
            assert proof
        answer = visitor.post(ACK, {"proof": proof, "key": "k"})
        assert (answer.status, "too old" in answer.text) == (403, True)
        assert desk.metric("slamon_actions_total", verb="acknowledge", via="http") == 0

    @pytest.mark.parametrize(
        "headers",
        [
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Sec_Fetch_Site": "cross-site"},
            {"Sec_Fetch_Site": "same-site"},
        ],
    )
    @pytest.mark.parametrize("path", [ACK, "/actions/1/undo", "/sign-in", "/sign-out"])
    def test_a_page_of_another_site_can_do_nothing(
        self, path: str, headers: dict[str, str], desk: Stand, visitor: Visitor
    ) -> None:
        page = visitor.get()
        answer = visitor.post(path, {"proof": page.field("proof"), "key": "k", "token": TOKEN}, **headers)
        assert (answer.status, answer.header("Set-Cookie")) == (403, "")
        assert "Signed in as duty" in visitor.get().text
        assert desk.metric("slamon_actions_total", verb="acknowledge", via="http") == 0

    def test_our_own_page_may(self, visitor: Visitor) -> None:
        page = visitor.get()
        ours = {"Origin": visitor.stand.url, "Sec_Fetch_Site": "same-origin"}
        assert visitor.post(ACK, {"proof": page.field("proof"), "key": "k"}, **ours).status == 303

    def test_looking_does_nothing(self, visitor: Visitor) -> None:
        for path in (ACK, "/actions/1/undo", "/sign-out"):
            assert visitor.get(path).status == 405
        assert "has it" not in visitor.get().text

    @pytest.mark.parametrize(
        ("body", "kind"),
        [
            (b"x=" + b"y" * forms.LARGEST, forms.KIND),
            (b"&".join(b"a=b" for _ in range(50)), forms.KIND),
            (b"proof=%ff", forms.KIND),
            (b"proof=%00", forms.KIND),
            (b"{}", "application/json"),
            (b"x", "text/plain"),
            (b"", "multipart/form-data; boundary=x"),
        ],
    )
    def test_what_no_form_sends_is_refused(self, body: bytes, kind: str, visitor: Visitor) -> None:
        for path in (ACK, "/sign-in"):
            assert visitor.ask("POST", path, body, {"Content-Type": kind}).status == 400

    @pytest.mark.parametrize(
        ("path", "goes"),
        [
            ("/?status=at_risk", "/?status=at_risk"),
            ("/conversations/at%3A%2F%2Fx", "/conversations/at%3A%2F%2Fx"),
            ("https://evil.example/", "/"),
            ("//evil.example", "/"),
            ("///evil.example", "/"),
            ("/\\evil.example", "/"),
            ("javascript:alert(1)", "/"),
            ("/\r\nSet-Cookie: a=b", "/"),
            ("", "/"),
            ("/é", "/%C3%A9"),
        ],
    )
    def test_nobody_is_sent_elsewhere(self, path: str, goes: str) -> None:
        assert forms.back(path) == goes

    @given(st.text(max_size=40).map(lambda text: "/" + text) | st.text(max_size=40))
    def test_whatever_a_form_says_the_way_back_is_here(self, path: str) -> None:
        back = forms.back(path)
        assert back.startswith("/")
        assert not re.match(r"/[/\\]", back)
        assert back.isascii()
        assert back.isprintable()


class TestSigningIn:
    def test_it_leads_back_to_where_one_came_from(self, desk: Stand) -> None:
        guest = Visitor(desk)
        link = re.findall(r'href="(/sign-in[^"]*)"', guest.get("/?text=a+b%26c").body)[0].replace("&amp;", "&")
        form = guest.get(link)
        back = form.field("back").replace("&amp;", "&")
        assert guest.post("/sign-in", {"token": TOKEN, "back": back}).header("Location") == "/?text=a+b%26c"
        assert guest.get(link).status == 303

    def test_the_cookie_can_be_read_by_the_server_alone(self, desk: Stand) -> None:
        cookie = Visitor(desk).signs_in().header("Set-Cookie")
        assert re.fullmatch(r"slamon-0=[\w-]{43}; Path=/; HttpOnly; SameSite=Strict", cookie)

    def test_a_wrong_token_is_no_way_in_and_is_not_repeated(self, desk: Stand, logged: list[dict[str, object]]) -> None:
        page = Visitor(desk).signs_in("canary-wrong-012345678")
        assert (page.status, page.header("Set-Cookie"), "There is no such token" in page.text) == (403, "", True)
        assert "canary-wrong" not in page.body + str(logged)
        assert [line["event"] for line in logged if "token" in str(line["event"])] == ["http_token_refused"]

    def test_too_many_wrong_tokens_are_told_to_slow_down(self, desk: Stand) -> None:
        guest = Visitor(desk)
        assert [guest.signs_in("wrong").status for _ in range(FAILURES + 1)] == [403] * FAILURES + [429]
        assert guest.signs_in(TOKEN).status == 429
        desk.passes(2 * MINUTE)
        assert guest.signs_in(TOKEN).status == 303

    def test_behind_a_proxy_that_speaks_tls_the_cookie_never_goes_in_the_clear(self, desk: Stand) -> None:
        visitor = Visitor(desk)
        from_there = {"Origin": f"https://{desk.address}"}
        answer = visitor.post("/sign-in", {"token": TOKEN, "back": "/"}, **from_there)
        assert answer.header("Set-Cookie").startswith("__Host-")
        assert answer.header("Set-Cookie").endswith("; Secure")
        assert "Signed in as duty" in visitor.get().text
        assert visitor.post("/sign-out", {}, **from_there).header("Set-Cookie").startswith("__Host-")
        assert "Signed in" not in visitor.get().text

    def test_one_signs_out_everywhere_that_cookie_went(self, desk: Stand, visitor: Visitor) -> None:
        stolen = Visitor(desk)
        stolen.cookie = visitor.cookie
        assert "Signed in as duty" in stolen.get().text
        assert "Max-Age=0" in visitor.post("/sign-out", {}).header("Set-Cookie")
        for one in (visitor, stolen):
            assert "Signed in" not in one.get().text

    def test_without_tokens_there_is_nothing_to_sign_in_to(self, tmp_path_factory: pytest.TempPathFactory) -> None:
        with stand(tmp_path_factory.mktemp("none"), "") as desk:
            assert "Sign in" not in Visitor(desk).get().text

    def test_a_token_shown_by_a_program_needs_no_session(self, desk: Stand) -> None:
        page = Visitor(desk).get(Authorization=f"Bearer {TOKEN}")
        assert "Signed in as duty" in page.text
        assert "Sign out" not in page.text


class TestWhereReadingNeedsSigningIn:
    @pytest.fixture
    def desk(self, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
        with stand(tmp_path_factory.mktemp("shut"), PEOPLE + "web: {tokens: {wall: {file: wall-token}}}\n") as opened:
            opened.asks()
            yield opened

    def test_people_are_led_to_the_page_for_it_and_programs_are_told(self, desk: Stand) -> None:
        guest = Visitor(desk)
        led = guest.get("/?text=a%26b", Accept="text/html,*/*")
        assert (led.status, led.header("Location")) == (303, "/sign-in?back=/%3Ftext%3Da%2526b")
        assert guest.get("/").status == 401
        assert guest.get("/conversations/1").status == 401
        form = guest.get(led.header("Location"))
        assert (form.status, form.field("back")) == (200, "/?text=a%26b")
        assert guest.get(re.findall(r'"(/static/[^"]+css)"', form.body)[0]).status == 200

    def test_who_may_only_read_sees_no_button_and_signs_out(self, desk: Stand) -> None:
        reader = Visitor(desk)
        assert reader.signs_in(WALL).status == 303
        page = reader.get()
        assert "Signed in as wall, to read" in page.text
        assert "Acknowledge" not in page.text
        assert reader.post(ACK, {"proof": page.field("proof"), "key": "k"}).status == 403
        assert reader.post("/sign-out", {}).status == 303
        assert reader.get("/").status == 401


class TestSessions:
    DUTY = Who("duty", may_act=True)

    def sessions(self) -> tuple[Sessions, list[float]]:
        clock = [1_000.0]
        return Sessions(lambda: clock[0], 9877), clock

    def begun(self, sessions: Sessions, *, secure: bool = False) -> str:
        return sessions.begin(self.DUTY, secure=secure).split(";")[0]

    def test_it_ends_after_two_hours_without_use(self) -> None:
        sessions, clock = self.sessions()
        cookie = self.begun(sessions)
        clock[0] += IDLE_AFTER - 1
        assert sessions.who(cookie) == self.DUTY
        clock[0] += IDLE_AFTER
        assert sessions.who(cookie) is None

    def test_it_ends_after_twelve_hours_whatever_is_done(self) -> None:
        sessions, clock = self.sessions()
        cookie, began = self.begun(sessions), clock[0]
        while clock[0] + IDLE_AFTER - 1 < began + ENDS_AFTER:
            clock[0] += IDLE_AFTER - 1
            assert sessions.who(cookie) == self.DUTY
        clock[0] = began + ENDS_AFTER
        assert sessions.who(cookie) is None

    def test_over_tls_the_cookie_is_bound_to_this_very_host(self) -> None:
        sessions, _ = self.sessions()
        header = sessions.begin(self.DUTY, secure=True)
        assert re.fullmatch(r"__Host-slamon-9877=[\w-]{43}; Path=/; HttpOnly; SameSite=Strict; Secure", header)
        assert sessions.who(f"other=1; {header.split(';')[0]}") == self.DUTY

    def test_no_more_are_kept_than_so_many(self) -> None:
        sessions, _ = self.sessions()
        cookies = [self.begun(sessions) for _ in range(MOST)]
        assert sessions.who(cookies[0]) == self.DUTY
        cookies.append(self.begun(sessions))
        assert [sessions.who(cookies[n]) for n in (0, 1, 2, MOST)] == [self.DUTY, None, self.DUTY, self.DUTY]

    def test_what_is_kept_is_not_what_is_shown(self) -> None:
        sessions, _ = self.sessions()
        value = self.begun(sessions).partition("=")[2]
        assert value.encode() not in sessions._open

    @given(st.text(max_size=60))
    def test_no_other_cookie_is_a_session(self, text: str) -> None:
        sessions, _ = self.sessions()
        self.begun(sessions)
        assert sessions.who(text) is None
        assert sessions.who(f"slamon-9877={text}") is None
