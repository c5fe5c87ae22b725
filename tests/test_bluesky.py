"""Bluesky's lists are read so that no post is lost: sessions, paging without a since, deletions, what hides things."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from connector_contract import NOON, SECRET, Reader, all_messages, altered
from rig_bluesky import PostsRig
from slamon.connectors._bluesky import ids
from slamon.connectors._bluesky.answers import budget, problem
from slamon.connectors._bluesky.cursor import Cursor, Known, Log, Place
from slamon.connectors._bluesky.own import WATCHED
from slamon.connectors._bluesky.session import LOGIN_PAUSE, claims
from slamon.connectors.base import OpenThread, Proof
from slamon.connectors.bluesky import Bluesky
from slamon.connectors.http import Timeouts
from slamon.errors import PlatformError, Verdict
from slamon.model import DAY, HOUR, MINUTE, SECOND, Kind, Side
from slamon.sim._bluesky.access import ACCESS_LASTS, REFRESH_LASTS
from slamon.sim.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.connectors.base import Page
    from slamon.model import Instant
    from slamon.sim.bluesky import PretendBluesky

ANN = "did:plc:ann"


class TestCursor:
    def test_what_is_written_is_read(self) -> None:
        uri = ids.post_uri(ANN, "3kabc")
        cursor = Cursor({"mentions": Place(5, {uri: Known(4, "abcdefgh")}), ANN: Place(6)}, Log("3rev", 7), {uri: 2})
        assert Cursor.parse(cursor.text()) == cursor

    @pytest.mark.parametrize(
        "text",
        [
            None, "", "5", "null", "[]", "{", '{"places": 5}', '{"places": {"mentions": 5}}',
            '{"places": {"mentions": ["x", {}]}}', '{"places": {"mentions": [-1, {}]}}', '{"log": ["", 5]}',
            '{"log": [5, 5]}', '{"answered": {"x": 1}}', "[" * 100_000,
        ],
        ids=lambda text: str(text)[:40],
    )  # fmt: skip
    def test_what_is_no_cursor_starts_from_the_lookback(self, text: str | None) -> None:
        assert Cursor.parse(text) == Cursor()

    def test_one_odd_entry_leaves_the_others_alone(self) -> None:
        text = json.dumps({"places": {"mentions": [5, {f"{ANN}/3k": [1, "a"], "x": [1, "a"], f"{ANN}/3l": 5}]}})
        assert Cursor.parse(text).places["mentions"].known == {ids.post_uri(ANN, "3k"): Known(1, "a")}


class TestWords:
    @pytest.mark.parametrize(
        ("document", "code"),
        [
            ({"error": "ExpiredToken", "message": "Token has expired"}, "ExpiredToken"),
            ({"error": "InvalidToken", "message": "Token could not be verified"}, "InvalidToken"),
            ({"error": "InvalidToken", "message": "Bad token method"}, "NoDirectMessages"),
            ({"error": "InvalidToken", "message": "Bad token scope"}, "NoDirectMessages"),
            ({"error": "InvalidRequest", "message": "Could not find repo: did:plc:x"}, "RepoNotFound"),
            ({"error": 5, "message": []}, ""),
            ([], ""),
            (None, ""),
        ],
    )
    def test_a_problem_is_known_by_its_name_or_where_that_is_weak_by_its_words(self, document: Any, code: str) -> None:
        assert problem(document).code == code

    HEADERS = {"ratelimit-limit": "3000", "ratelimit-remaining": "2990", "ratelimit-reset": "9"}  # noqa: RUF012 - constant

    def test_all_calls_share_one_budget_but_logins(self) -> None:
        shared, login = budget("posts", self.HEADERS), budget("login", self.HEADERS)
        assert shared
        assert login
        assert (shared.endpoint, shared.remaining, shared.resets_at) == ("requests", 2_990, 9 * SECOND)
        assert set(shared.endpoints) == Bluesky.endpoints - {"login", "refresh"}
        assert (login.endpoint, login.endpoints) == ("login", ())

    @pytest.mark.parametrize("value", ["", "many", "-1", "1" * 40])
    def test_a_budget_that_is_not_told_is_not_zero(self, value: str) -> None:
        assert budget("posts", self.HEADERS | {"ratelimit-remaining": value}) is None

    @given(st.text())
    def test_no_token_raises(self, token: str) -> None:
        assert claims(token) == {}

    def test_a_token_says_whose_it_is_and_when_it_ends(self, bluesky: PretendBluesky) -> None:
        token = bluesky.sessions.begin(bluesky.brand, direct=True)["accessJwt"]
        assert claims(token) == {"sub": bluesky.brand, "exp": (NOON + ACCESS_LASTS) // SECOND}


class TestSettings:
    KEYS: dict[str, Any] = {"account": "acme.bsky.social", "credentials": {"app_password": {"env": "P"}}}  # noqa: RUF012 - constant

    def settings(self, **keys: Any) -> Any:
        return Bluesky.Settings.model_validate(self.KEYS | keys, context={"environ": {"P": "abcd-0815-efgh"}})

    def test_the_password_is_never_shown(self) -> None:
        assert "abcd-0815-efgh" not in repr(self.settings()) + str(self.settings())

    def test_bluesky_itself_and_all_surfaces_are_the_default(self) -> None:
        settings = self.settings()
        assert (settings.base_url, settings.watch) == ("https://bsky.social", ("mentions", "messages"))

    def test_handles_stand_in_small_letters_and_ids_as_they_are(self) -> None:
        assert self.settings(account="Acme.BSKY.social").account == "acme.bsky.social"
        assert self.settings(account="did:web:Acme.example").account == "did:web:Acme.example"

    @pytest.mark.parametrize(
        "keys",
        [
            {"account": "@acme.bsky.social"},
            {"account": "acme"},
            {"account": "did:plc:"},
            {"team": ["acmehelp"]},
            {"team": "acmehelp.bsky.social"},
            {"watch": []},
            {"watch": ["likes"]},
            {"base_url": "http://bsky.social"},
            {"chat_service": "https://api.bsky.chat"},
            {"chat_service": "did:web:api.bsky.chat"},
            {"visible_after": "5"},
            {"credentials": {}},
            {"tem": []},
        ],
        ids=str,
    )
    def test_what_cannot_work_is_refused(self, keys: dict[str, Any]) -> None:
        with pytest.raises(ValidationError):
            self.settings(**keys)


class PatientRig(PostsRig):
    timeouts = Timeouts()


@pytest.fixture
def rig() -> Iterator[PostsRig]:
    with PatientRig() as each:
        yield each


@pytest.fixture
def bluesky(rig: PostsRig) -> PretendBluesky:
    return rig.bluesky


@pytest.fixture
def reader(rig: PostsRig) -> Iterator[Reader]:
    each = Reader(rig)
    yield each
    each.close()


def asked(bluesky: PretendBluesky, method: str = "") -> list[str]:
    """The queries of the requests so far for that method; the methods of all of them without one."""
    paths = [(taken.request.path.rsplit(".", 1)[-1], taken.request.raw_query) for taken in bluesky.server.ledger]
    return [query for name, query in paths if name == method] if method else [name for name, _ in paths]


def calls_of(bluesky: PretendBluesky, reader: Reader) -> list[str]:
    before = len(bluesky.server.ledger)
    reader.poll()
    return asked(bluesky)[before:]


def look(reader: Reader, *waiting: str, since: Instant = NOON - DAY) -> list[Page]:
    thread = OpenThread("at://anything", "ann", waiting, since)
    pages = list(reader.connector.recheck(reader.identity, reader.cursor, [thread]))
    for page in pages:
        reader.keep(page)
    return pages


class TestSession:
    def test_it_is_begun_once_and_kept(self, rig: PostsRig, bluesky: PretendBluesky, reader: Reader) -> None:
        for _ in range(3):
            reader.poll()
            rig.now += MINUTE
        assert asked(bluesky).count("createSession") == 1

    def test_it_is_kept_across_restarts_and_shared_by_channels(self, rig: PostsRig, bluesky: PretendBluesky) -> None:
        context = rig.context()
        for _ in range(2):
            connector = rig.made(context)
            connector.identify()
            connector.close()
        assert asked(bluesky).count("createSession") == 1

    def test_it_is_renewed_before_it_ends(self, rig: PostsRig, bluesky: PretendBluesky, reader: Reader) -> None:
        reader.poll()
        (ends,) = reader.connector.expiries()
        assert (ends.credential, ends.at, ends.renewed) == ("access token", NOON + ACCESS_LASTS, True)
        for _ in range(3):
            rig.now += ACCESS_LASTS - MINUTE
            reader.poll()
        assert [name for name in asked(bluesky) if name.endswith("Session")] == [
            "createSession",
            "getSession",
            *["refreshSession"] * 3,
        ]

    def test_a_session_that_ended_early_is_renewed_when_it_is_refused(
        self, bluesky: PretendBluesky, reader: Reader
    ) -> None:
        bluesky.faults.add(Fault(path="/xrpc/app.bsky.notification", status=400, body='{"error": "ExpiredToken"}'))
        reader.poll()
        assert asked(bluesky).count("refreshSession") == 1

    def test_without_a_body_for_bluesky_takes_none(
        self, bluesky: PretendBluesky, rig: PostsRig, reader: Reader
    ) -> None:
        rig.now += ACCESS_LASTS
        reader.poll()
        (renewal,) = (taken for taken in bluesky.server.ledger if taken.request.path.endswith("refreshSession"))
        assert (renewal.request.body, renewal.status) == (b"", 200)

    def test_after_its_end_another_is_begun_for_the_same_account(
        self, rig: PostsRig, bluesky: PretendBluesky, reader: Reader
    ) -> None:
        bluesky.rename("acme", "acme.example.org")
        rig.now += REFRESH_LASTS
        reader.poll()
        logins = [taken for taken in bluesky.server.ledger if taken.request.path.endswith("createSession")]
        assert [json.loads(taken.request.body)["identifier"] for taken in logins] == ["acme.bsky.social", bluesky.brand]

    def test_a_wrong_password_is_tried_once_in_five_minutes(self, rig: PostsRig, bluesky: PretendBluesky) -> None:
        bluesky.passwords.clear()
        connector = rig.made(rig.context())
        for wait in (0, MINUTE, LOGIN_PAUSE - 2 * MINUTE, MINUTE):
            rig.now += wait
            with pytest.raises(PlatformError, match="make a new app password") as caught:
                connector.identify()
            assert caught.value.verdict is Verdict.CREDENTIAL
        connector.close()
        assert asked(bluesky).count("createSession") == 2

    def test_sessions_that_are_refused_at_once_do_not_use_up_the_logins(
        self, rig: PostsRig, bluesky: PretendBluesky, reader: Reader
    ) -> None:
        for _ in range(5):
            bluesky.sessions.revoke_all()
            with pytest.raises(PlatformError) as caught:
                reader.poll()
            assert caught.value.verdict is Verdict.CREDENTIAL
            rig.now += SECOND
        assert asked(bluesky).count("createSession") == 1

    def test_too_many_logins_are_waited_for(self, rig: PostsRig, bluesky: PretendBluesky) -> None:
        for _ in range(30):
            bluesky.budgets.login("acme.bsky.social", NOON)
        connector = rig.made(rig.context())
        with pytest.raises(PlatformError) as caught:
            connector.identify()
        quotas = {quota.endpoint: quota for quota in connector.quotas()}
        connector.close()
        assert (caught.value.verdict, caught.value.until) == (Verdict.WAIT, NOON + 5 * MINUTE)
        assert (quotas["login"].limit, quotas["login"].remaining) == (30, 0)

    def test_no_token_is_shown_in_an_error(self, bluesky: PretendBluesky, reader: Reader) -> None:
        token = bluesky.server.ledger[-1].request.headers["authorization"].removeprefix("Bearer ")
        body = json.dumps({"error": "Odd", "message": f"{token} and {SECRET}"})
        bluesky.faults.add(Fault(status=418, body=body))
        with pytest.raises(PlatformError, match=r"\*\*\*") as caught:
            reader.poll()
        assert token not in str(caught.value)
        assert SECRET not in str(caught.value)

    @pytest.mark.parametrize("body", ["{}", "[]", '{"accessJwt": "a", "refreshJwt": 5}', '{"accessJwt": ""}'])
    def test_a_session_without_tokens_is_a_bad_answer(self, rig: PostsRig, bluesky: PretendBluesky, body: str) -> None:
        bluesky.faults.add(Fault(status=200, body=body))
        connector = rig.made(rig.context())
        with pytest.raises(PlatformError) as caught:
            connector.identify()
        connector.close()
        assert caught.value.verdict is Verdict.BAD_ANSWER


class TestIdentity:
    def test_handles_become_ids(self, bluesky: PretendBluesky, reader: Reader) -> None:
        assert (reader.identity.account, reader.identity.team) == (bluesky.brand, bluesky.team)

    def test_a_renamed_account_is_the_same_and_called_by_its_new_name(
        self, bluesky: PretendBluesky, reader: Reader
    ) -> None:
        bluesky.rename("acme", "acme.example.org")
        again = reader.connector.identify()
        assert (again.account, again.handle) == (bluesky.brand, "acme.example.org")
        hello = bluesky.post("ann", "hello?", names=["acme.example.org"])
        reader.poll()
        assert hello in reader.messages

    def test_accounts_that_nobody_has_are_named(self, rig: PostsRig) -> None:
        connector = rig.made(rig.context(), team=["acmehelp.bsky.social", "nobody.example.org", "did:plc:nobody"])
        with pytest.raises(PlatformError, match=r"nobody\.example\.org, did:plc:nobody") as caught:
            connector.identify()
        connector.close()
        assert caught.value.verdict is Verdict.NOT_FOUND

    def test_a_team_of_thirty_is_asked_for_in_two_calls(self, rig: PostsRig, bluesky: PretendBluesky) -> None:
        team = [bluesky.account(f"agent{number}").handle for number in range(30)]
        connector = rig.made(rig.context(), team=team)
        assert len(connector.identify().team) == 30
        connector.close()
        assert asked(bluesky).count("getProfiles") == 2

    def test_an_account_that_is_switched_off_is_told_so(self, bluesky: PretendBluesky, reader: Reader) -> None:
        bluesky.account("acme", active=False)
        with pytest.raises(PlatformError, match="deactivated") as caught:
            reader.connector.identify()
        assert caught.value.verdict is Verdict.NOT_FOUND

    def test_channels_at_one_host_share_its_budget(self, rig: PostsRig, reader: Reader) -> None:
        other = rig.made(rig.context(), account="other.bsky.social")
        assert other.payer == reader.connector.payer
        assert SECRET not in other.payer
        other.close()


class TestMentions:
    def test_priority_and_reasons_are_always_asked_for(self, bluesky: PretendBluesky, reader: Reader) -> None:
        bluesky.keep_out(priority=True)
        reader.poll()
        (query,) = asked(bluesky, "listNotifications")
        assert query == "reasons=mention&reasons=reply&reasons=quote&priority=false&limit=100"

    def test_mention_reply_and_quote_are_seen(self, bluesky: PretendBluesky, reader: Reader) -> None:
        news = bluesky.post("acme", "we are open")
        mention = bluesky.customer_posts("ann", "hi @acme")
        reply = bluesky.customer_posts("bob", "no", reply_to=news)
        quote = bluesky.quote("cyd", news, "look")
        reader.poll()
        kinds = {key: message.kind for key, message in reader.messages.items()}
        assert kinds == {news: Kind.MENTION, mention: Kind.MENTION, reply: Kind.MENTION, quote: Kind.QUOTE}
        assert reader.messages[reply].thread == news

    def test_a_quiet_poll_costs_a_call_for_each_list_and_one_that_proves_the_silence(
        self, bluesky: PretendBluesky, reader: Reader
    ) -> None:
        assert calls_of(bluesky, reader) == ["listNotifications", "getPreferences", "listRecords", "listRecords"]

    def test_a_new_post_costs_two_more_and_a_known_author_one(
        self, rig: PostsRig, bluesky: PretendBluesky, reader: Reader
    ) -> None:
        rig.customer("hello?")
        expected = ["listNotifications", "getPosts", "getProfiles", "listRecords", "listRecords"]
        assert calls_of(bluesky, reader) == expected
        rig.customer("again?")
        expected.remove("getProfiles")
        assert calls_of(bluesky, reader) == expected

    def test_followers_and_reach_come_with_them(self, rig: PostsRig, bluesky: PretendBluesky, reader: Reader) -> None:
        bluesky.account("ann", followers=12_000)
        hello = rig.customer("hello?")
        bluesky.like("bob", hello)
        reader.poll()
        assert (reader.messages[hello].author.followers, reader.messages[hello].reach) == (12_000, 1)

    def test_the_first_poll_reads_the_lookback(self, rig: PostsRig, reader: Reader) -> None:
        rig.customer("too long ago", at=NOON - 8 * DAY)
        inside = rig.customer("last week", at=NOON - 6 * DAY)
        reader.poll()
        assert set(reader.messages) == {inside}

    def test_a_later_poll_reads_no_further_than_it_must(
        self, rig: PostsRig, bluesky: PretendBluesky, reader: Reader
    ) -> None:
        for number in range(350):
            rig.customer(f"number {number}", by=f"c{number % 9}", at=NOON - DAY + number * SECOND)
        reader.poll()
        assert (len(reader.messages), len(asked(bluesky, "listNotifications"))) == (350, 4)
        rig.now += MINUTE
        new = rig.customer("new")
        assert calls_of(bluesky, reader) == ["listNotifications", "getPosts", "getProfiles", *["listRecords"] * 2]
        assert (new in reader.messages, len(reader.messages)) == (True, 351)

    def test_after_a_long_absence_it_reads_down_to_where_it_was(self, rig: PostsRig, reader: Reader) -> None:
        reader.poll()
        ids_of = [rig.customer(f"number {n}", by=f"c{n % 9}", at=NOON + n * MINUTE) for n in range(350)]
        rig.now += 20 * DAY
        reader.poll()
        assert set(ids_of) <= set(reader.messages)

    def test_a_post_with_an_older_time_turns_up_below_known_ones_and_is_seen(
        self, rig: PostsRig, bluesky: PretendBluesky, reader: Reader
    ) -> None:
        for number in range(20):
            rig.customer(f"number {number}", by="bob")
        reader.poll()
        rig.now += 20 * MINUTE
        late = bluesky.post("ann", "@acme via a bridge", stated="2026-11-22T11:00:00Z")
        assert [message.id for message in all_messages(reader.poll())] == [late]
        assert reader.messages[late].created_at == NOON - HOUR

    def test_one_that_appears_late_is_not_lost(self, rig: PostsRig, bluesky: PretendBluesky, reader: Reader) -> None:
        slow = bluesky.customer_posts("ann", "@acme slow", appears_after=5 * SECOND)
        rig.customer("quick", by="bob")
        reader.poll()
        rig.now += MINUTE
        for number in range(120):
            rig.customer(f"number {number}", by="bob")
        reader.poll()
        assert slow in reader.messages

    def test_of_posts_of_one_millisecond_none_is_lost_between_two_pages(self, rig: PostsRig, reader: Reader) -> None:
        posts = [rig.customer(f"number {n}", by=f"c{n}", at=NOON - age) for age in (MINUTE, HOUR) for n in range(60)]
        reader.poll()
        assert set(posts) - set(reader.messages) == set()

    def test_more_of_one_millisecond_than_a_page_holds_do_not_stop_it(self, rig: PostsRig, reader: Reader) -> None:
        for number in range(230):
            rig.customer(f"number {number}", by=f"c{number % 9}", at=NOON - HOUR)
        below = rig.customer("below", at=NOON - 2 * HOUR)
        reader.poll()
        assert below in reader.messages

    def test_pages_of_likes_alone_are_gone_through_as_far_as_needed_and_no_further(
        self, rig: PostsRig, bluesky: PretendBluesky, reader: Reader
    ) -> None:
        news = bluesky.post("acme", "we are open", at=NOON - 6 * DAY)
        reader.poll()
        hello = rig.customer("hello?", at=NOON - MINUTE)
        for number in range(1_500):
            bluesky.like("bob", news, at=NOON - MINUTE + number + 1)
        for number in range(3_000):
            bluesky.like("bob", news, at=NOON - 3 * DAY + number * SECOND)
        before = len(asked(bluesky, "listNotifications"))
        reader.poll()
        assert hello in reader.messages
        assert len(asked(bluesky, "listNotifications")) - before == 2

    def test_what_is_ours_is_not_a_customers_post(self, bluesky: PretendBluesky, reader: Reader) -> None:
        by_team = bluesky.post("acmehelp", "thank @acme for that")
        assert [message.id for message in all_messages(reader.poll())] == [by_team]
        assert reader.messages[by_team].side is Side.OURS

    def test_a_deleted_one_is_gone(self, rig: PostsRig, reader: Reader) -> None:
        hello, other = rig.customer("hello?"), rig.customer("anybody?", by="bob")
        reader.poll()
        rig.now += MINUTE
        rig.delete(hello)
        reader.poll()
        assert reader.gone == {hello: rig.now}
        assert other in reader.messages
        rig.delete(other)
        reader.poll()
        assert set(reader.gone) == {hello, other}

    @pytest.mark.parametrize("verb", ["blocks us", "is blocked", "is muted", "is suspended", "lost its first post"])
    def test_who_is_hidden_from_us_has_deleted_nothing(
        self, bluesky: PretendBluesky, reader: Reader, verb: str
    ) -> None:
        news = bluesky.post("acme", "we are open")
        hello = bluesky.customer_posts("ann", "hello?", reply_to=news)
        reader.poll()
        bluesky.account("ann", home=False)
        match verb:
            case "blocks us":
                bluesky.block("ann", "acme")
            case "is blocked":
                bluesky.block("acme", "ann")
            case "is muted":
                bluesky.mute("acme", "ann")
            case "is suspended":
                bluesky.account("ann", active=False)
            case _:
                bluesky.delete(news)
        reader.poll()
        look(reader, hello)
        assert hello not in reader.gone
        before = len(bluesky.server.ledger)
        reader.poll()
        assert "getRecord" not in asked(bluesky)[before:], "it is looked for once"

    def test_a_reply_that_we_hide_is_hidden_and_comes_back_when_it_is_shown(
        self, bluesky: PretendBluesky, reader: Reader
    ) -> None:
        news = bluesky.post("acme", "we are open")
        rude = bluesky.customer_posts("ann", "thieves", reply_to=news)
        reader.poll()
        bluesky.hide(rude)
        reader.poll()
        assert (reader.messages[rude].hidden, reader.gone) == (True, {})
        bluesky.show(rude)
        reader.poll()
        assert not reader.messages[rude].hidden

    def test_what_is_hidden_in_an_older_thread_is_found_too(self, bluesky: PretendBluesky, reader: Reader) -> None:
        old = bluesky.post("acme", "years ago", at=NOON - 300 * DAY)
        rude = bluesky.customer_posts("ann", "thieves", reply_to=old)
        for number in range(130):
            news = bluesky.post("acme", f"news {number}", at=NOON - 200 * DAY + number * HOUR)
            bluesky.hide(bluesky.customer_posts("bob", "spam", reply_to=news, at=NOON - 100 * DAY))
        reader.poll()
        bluesky.hide(rude)
        reader.poll()
        assert reader.messages[rude].hidden

    def test_an_edited_post_keeps_its_time_whatever_the_new_record_claims(
        self, rig: PostsRig, bluesky: PretendBluesky, reader: Reader
    ) -> None:
        hello = rig.customer("helo?")
        reader.poll()
        rig.now += MINUTE
        bluesky.edit(hello, "@acme hello?", stated="2026-01-01T00:00:00Z")
        reader.poll()
        message = reader.messages[hello]
        assert (message.text, message.created_at, message.edited_at) == ("@acme hello?", NOON, rig.now)
        look(reader, hello, since=NOON)
        assert reader.messages[hello].created_at == NOON
        bluesky.edit(hello, "@acme hello!", stated="2025-01-01T00:00:00Z")
        reader.poll()
        assert (reader.messages[hello].text, reader.messages[hello].created_at) == ("@acme hello!", NOON)

    def test_one_that_is_not_remembered_is_never_made_older_by_a_second_look(
        self, rig: PostsRig, bluesky: PretendBluesky, reader: Reader
    ) -> None:
        hello = rig.customer("helo?")
        reader.poll()
        bluesky.edit(hello, "@acme hello?", stated="2026-01-01T00:00:00Z")
        reader.cursor = None
        look(reader, hello, since=NOON)
        assert reader.messages[hello].created_at >= NOON

    def test_an_account_that_keeps_people_out_of_its_list_is_told_so(
        self, bluesky: PretendBluesky, reader: Reader
    ) -> None:
        bluesky.keep_out("reply", follows_only=True)
        with pytest.raises(PlatformError, match=r"keep reply .*Settings, Notifications") as caught:
            reader.poll()
        assert caught.value.verdict is Verdict.PERMISSION

    @pytest.mark.parametrize(
        "fault",
        [
            Fault(status=501, body='{"error": "MethodNotImplemented", "message": "Method Not Implemented"}'),
            Fault(status=400, body='{"error": "InvalidRequest", "message": "odd"}'),
        ],
        ids=["501", "400"],
    )
    def test_a_server_that_knows_no_preferences_is_read_all_the_same(
        self, bluesky: PretendBluesky, reader: Reader, fault: Fault
    ) -> None:
        bluesky.faults.add(
            Fault(path="/xrpc/app.bsky.notification.getPreferences", status=fault.status, body=fault.body)
        )
        assert reader.poll()[-1].complete


class TestOwnPosts:
    def test_they_are_read_without_a_credential_from_a_key_on(self, bluesky: PretendBluesky, reader: Reader) -> None:
        reader.poll()
        own = [taken.request for taken in bluesky.server.ledger if taken.request.path.endswith("listRecords")]
        assert [request.headers.get("authorization") for request in own] == [None, None]
        assert f"cursor={ids.key_at(NOON - 7 * DAY)}" in own[0].raw_query

    def test_all_of_them_are_seen_whatever_their_number(self, bluesky: PretendBluesky, reader: Reader) -> None:
        posts = [bluesky.post("acme", f"news {number}", at=NOON - DAY + number * SECOND) for number in range(240)]
        reader.poll()
        assert set(posts) == set(reader.messages)
        assert len(asked(bluesky, "listRecords")) == 4

    def test_one_with_the_key_of_a_slow_clock_is_not_lost(
        self, rig: PostsRig, bluesky: PretendBluesky, reader: Reader
    ) -> None:
        reader.poll()
        rig.now += HOUR
        reader.poll()
        slow = bluesky.post("acme", "on it", key=ids.key_at(rig.now - 5 * MINUTE))
        reader.poll()
        assert slow in reader.messages

    def test_a_deleted_answer_is_gone_within_a_day(self, rig: PostsRig, reader: Reader) -> None:
        answer = rig.ours("on it", rig.customer("hello?"), team=True)
        reader.poll()
        rig.now += 20 * HOUR
        reader.poll()
        rig.delete(answer)
        reader.poll()
        assert reader.gone == {answer: rig.now}

    def test_a_recheck_sees_it_too(self, rig: PostsRig, reader: Reader) -> None:
        answer = rig.ours("on it", asked_post := rig.customer("hello?"))
        reader.poll()
        rig.delete(answer)
        look(reader, asked_post)
        assert set(reader.gone) == {answer}

    def test_a_poll_with_many_known_posts_is_still_one_call_an_account(
        self, rig: PostsRig, bluesky: PretendBluesky, reader: Reader
    ) -> None:
        for number in range(200):
            bluesky.post("acme", f"news {number}", at=NOON - 12 * HOUR + number * MINUTE)
        reader.poll()
        assert len(Cursor.parse(reader.cursor).places[bluesky.brand].known) == WATCHED
        rig.now += HOUR
        reader.poll()
        before = len(asked(bluesky, "listRecords"))
        assert all_messages(reader.poll()) == []
        assert len(asked(bluesky, "listRecords")) - before == 2

    def test_an_account_that_is_switched_off_has_deleted_nothing(
        self, rig: PostsRig, bluesky: PretendBluesky, reader: Reader
    ) -> None:
        bluesky.account("acmehelp", home=False)
        answer = rig.ours("on it", rig.customer("hello?"), team=True)
        reader.poll()
        assert answer in reader.messages
        bluesky.posts, kept = {key: post for key, post in bluesky.posts.items() if key != answer}, bluesky.posts
        bluesky.account("acmehelp", active=False)
        with pytest.raises(PlatformError):
            reader.poll()
        assert reader.gone == {}
        bluesky.posts = kept

    def test_a_team_member_of_another_house_is_read_as_the_network_shows_him(
        self, rig: PostsRig, bluesky: PretendBluesky, reader: Reader
    ) -> None:
        bluesky.account("acmehelp", home=False)
        hello = rig.customer("hello?")
        times = [NOON - 12 * HOUR + number * MINUTE for number in range(130)]
        answers = [bluesky.brand_replies(hello, "on it", "acmehelp", at) for at in times]
        bluesky.repost("acmehelp", hello)
        reader.poll()
        assert set(answers) <= set(reader.messages)
        assert calls_of(bluesky, reader).count("getAuthorFeed") == 1
        assert asked(bluesky, "listRecords")[-1].count(bluesky.brand[-8:]) == 1, "his house is asked once and no more"
        bluesky.delete(answers[-1])
        reader.poll()
        assert set(reader.gone) == {answers[-1]}

    @pytest.mark.parametrize("error", [(404, "XRPCNotSupported"), (501, "MethodNotImplemented"), (401, "AuthMissing")])
    def test_so_is_everybody_where_a_host_shows_no_repositories(
        self, rig: PostsRig, bluesky: PretendBluesky, reader: Reader, error: tuple[int, str]
    ) -> None:
        answer = rig.ours("on it", rig.customer("hello?"))
        body = json.dumps({"error": error[1], "message": "no"})
        path = "/xrpc/com.atproto.repo.listRecords"
        bluesky.faults.add(Fault(path=path, status=error[0], body=body, calls=None))
        assert reader.poll()[-1].complete
        assert answer in reader.messages

    def test_what_he_passes_on_does_not_cut_his_feed_short(
        self, rig: PostsRig, bluesky: PretendBluesky, reader: Reader
    ) -> None:
        bluesky.account("acmehelp", home=False)
        old = bluesky.post("acmehelp", "years ago", at=NOON - 300 * DAY)
        posts = [bluesky.post("acmehelp", f"number {n}", at=NOON - HOUR + n * SECOND) for n in range(130)]
        bluesky.repost("acmehelp", old)
        bluesky.repost("acmehelp", rig.customer("hello?"))
        reader.poll()
        assert (set(posts) - set(reader.messages), old in reader.messages) == (set(), False)

    def test_our_quote_of_a_customer_is_an_answer_where_the_customer_wrote(
        self, bluesky: PretendBluesky, reader: Reader
    ) -> None:
        news = bluesky.post("acme", "we are open", at=NOON - MINUTE)
        hello = bluesky.customer_posts("ann", "why?", reply_to=news)
        answer = bluesky.quote("acme", hello, "since we like it")
        reader.poll()
        assert (reader.messages[answer].thread, reader.messages[answer].in_reply_to) == (news, hello)

    def test_a_new_member_of_the_team_is_read_from_the_lookback(self, rig: PostsRig) -> None:
        old = rig.ours("on it", rig.customer("hello?", at=NOON - 2 * DAY), team=True)
        alone = rig.made(rig.context(), team=[])
        cursor = list(alone.fetch(alone.identify(), None))[-1].cursor
        alone.close()
        together = rig.made(rig.context())
        found = all_messages(together.fetch(together.identify(), cursor))
        together.close()
        assert [message.id for message in found] == [old]


class TestRepliesToTheTeam:
    def test_they_are_found_although_the_account_is_not_told(
        self, rig: PostsRig, bluesky: PretendBluesky, reader: Reader
    ) -> None:
        hello = rig.customer("hello?")
        answer = rig.ours("on it", hello, team=True)
        reader.poll()
        back = bluesky.customer_posts("ann", "still not here", reply_to=answer)
        calls = calls_of(bluesky, reader)
        assert (reader.messages[back].thread, reader.messages[back].in_reply_to_author) == (hello, bluesky.team[0])
        assert calls.count("getPostThread") == 1
        assert "getPostThread" not in calls_of(bluesky, reader), "only where the number of replies has changed"

    def test_who_blocks_us_or_answers_for_us_is_left_out(
        self, rig: PostsRig, bluesky: PretendBluesky, reader: Reader
    ) -> None:
        answer = rig.ours("on it", rig.customer("hello?"), team=True)
        reader.poll()
        bluesky.customer_posts("zoe", "hm", reply_to=answer)
        bluesky.block("zoe", "acme")
        ours = bluesky.brand_replies(answer, "indeed")
        back = bluesky.customer_posts("ann", "thanks", reply_to=answer)
        new = {message.id for message in all_messages(reader.poll())}
        assert new == {ours, back}

    def test_they_are_watched_for_three_days(self, rig: PostsRig, bluesky: PretendBluesky, reader: Reader) -> None:
        rig.ours("on it", rig.customer("hello?"), team=True)
        reader.poll()
        rig.now += 2 * DAY
        reader.poll()
        assert "getPosts" in calls_of(bluesky, reader)
        rig.now += 2 * DAY
        reader.poll()
        assert "getPosts" not in calls_of(bluesky, reader)

    def test_without_a_team_they_cost_nothing(self, rig: PostsRig, bluesky: PretendBluesky) -> None:
        rig.ours("on it", rig.customer("hello?"))
        connector = rig.made(rig.context(), team=[])
        identity = connector.identify()
        cursor = list(connector.fetch(identity, None))[-1].cursor
        before = len(bluesky.server.ledger)
        list(connector.fetch(identity, cursor))
        connector.close()
        assert asked(bluesky)[before:] == ["listNotifications", "getPreferences", "listRecords"]


class TestRecheck:
    def test_it_costs_a_call_an_account_and_one_for_twenty_five_posts(
        self, rig: PostsRig, bluesky: PretendBluesky, reader: Reader
    ) -> None:
        waiting = [rig.customer("hello?", by=f"c{number}") for number in range(26)]
        reader.poll()
        before = len(bluesky.server.ledger)
        look(reader, *waiting)
        assert asked(bluesky)[before:] == ["listRecords", "listRecords", "getPosts", "getPosts"]

    def test_of_many_deleted_ones_none_is_forgotten(self, rig: PostsRig, reader: Reader) -> None:
        waiting = [rig.customer("hello?", by=f"c{number}") for number in range(60)]
        reader.poll()
        for each in waiting:
            rig.delete(each)
        assert look(reader, *waiting)[-1].complete
        assert set(reader.gone) == set(waiting)

    def test_many_that_were_deleted_between_two_polls_are_all_told_in_the_end(
        self, rig: PostsRig, bluesky: PretendBluesky, reader: Reader
    ) -> None:
        waiting = [rig.customer("hello?", by=f"c{number}") for number in range(60)]
        reader.poll()
        for each in waiting:
            rig.delete(each)
        assert calls_of(bluesky, reader).count("getRecord") == 25
        for _ in range(2):
            reader.poll()
        assert set(reader.gone) == set(waiting)

    def test_what_we_hid_since_is_hidden(self, bluesky: PretendBluesky, reader: Reader) -> None:
        rude = bluesky.customer_posts("ann", "thieves", reply_to=bluesky.post("acme", "we are open"))
        reader.poll()
        bluesky.hide(rude)
        look(reader, rude)
        assert reader.messages[rude].hidden

    def test_it_tells_what_is_counted_by_now(self, rig: PostsRig, bluesky: PretendBluesky, reader: Reader) -> None:
        hello = rig.customer("hello?")
        reader.poll()
        bluesky.like("bob", hello)
        look(reader, hello)
        assert reader.messages[hello].reach == 1

    def test_before_the_first_poll_it_reads_from_the_oldest_wait(self, rig: PostsRig, reader: Reader) -> None:
        hello = rig.customer("hello?", at=NOON - HOUR)
        answer = rig.ours("on it", hello)
        assert answer in {message.id for message in all_messages(look(reader, hello, since=NOON - HOUR))}

    def test_it_may_run_beside_a_poll(self, rig: PostsRig, reader: Reader) -> None:
        hello = rig.customer("hello?")
        reader.poll()
        answer = rig.ours("on it", hello)
        poll = reader.connector.fetch(reader.identity, reader.cursor)
        first = next(poll)
        looked = {message.id for message in all_messages(look(reader, hello))}
        assert answer in looked & {message.id for message in [*first.messages, *all_messages(poll)]}


class TestRefusals:
    @pytest.mark.parametrize(
        ("status", "error", "verdict"),
        [
            (400, "InvalidRequest", Verdict.BAD_REQUEST),
            (400, "AccountTakedown", Verdict.CREDENTIAL),
            (401, "AuthMissing", Verdict.REFRESH),
            (403, "Forbidden", Verdict.PERMISSION),
            (404, "XRPCNotSupported", Verdict.NOT_FOUND),
            (429, "RateLimitExceeded", Verdict.WAIT),
            (501, "MethodNotImplemented", Verdict.BAD_REQUEST),
            (502, "UpstreamFailure", Verdict.RETRY),
            (504, "UpstreamTimeout", Verdict.RETRY),
        ],
    )
    def test_each_has_its_verdict(
        self, bluesky: PretendBluesky, reader: Reader, status: int, error: str, verdict: Verdict
    ) -> None:
        body = json.dumps({"error": error, "message": "no"})
        bluesky.faults.add(Fault(path="/xrpc/app.bsky.notification", status=status, body=body, calls=2))
        with pytest.raises(PlatformError) as caught:
            reader.poll()
        assert (caught.value.verdict, caught.value.code) == (verdict, error)

    def test_a_used_up_budget_is_waited_for_until_bluesky_says(self, bluesky: PretendBluesky, reader: Reader) -> None:
        bluesky.exhaust()
        with pytest.raises(PlatformError) as caught:
            reader.poll()
        assert caught.value.verdict is Verdict.WAIT
        assert caught.value.until == pytest.approx(NOON + 5 * MINUTE, abs=2 * SECOND)
        (quota,) = (each for each in reader.connector.quotas() if each.endpoint == "requests")
        assert (quota.limit, quota.remaining) == (3_000, 0)

    def test_the_newest_word_on_the_budget_is_told(self, bluesky: PretendBluesky, reader: Reader) -> None:
        reader.poll()
        (quota,) = (each for each in reader.connector.quotas() if each.endpoint == "requests")
        assert quota.remaining == 3_000 - len(bluesky.server.ledger)

    @pytest.mark.parametrize("key", ["cursor", "notifications"])
    def test_a_list_of_another_shape_is_a_bad_answer(self, bluesky: PretendBluesky, reader: Reader, key: str) -> None:
        def spoil(document: Any) -> None:
            if "notifications" in document:
                document[key] = 5

        altered(bluesky.server, spoil)
        with pytest.raises(PlatformError) as caught:
            reader.poll()
        assert caught.value.verdict is Verdict.BAD_ANSWER


class TestProbe:
    def test_each_right_is_proved(self, rig: PostsRig) -> None:
        connector = rig.made(rig.context(), watch=["mentions", "messages"])
        proofs = {finding.permission: finding.proof for finding in connector.probe()}
        connector.close()
        assert proofs == {each.name: Proof.OK for each in connector.permissions}

    def test_each_missing_right_is_named_with_the_way_to_it(self, rig: PostsRig, bluesky: PretendBluesky) -> None:
        bluesky.passwords[SECRET] = False
        bluesky.keep_out("quote")
        connector = rig.made(rig.context(), watch=["mentions", "messages"])
        found = {finding.permission: finding for finding in connector.probe()}
        connector.close()
        lacking = [finding for finding in found.values() if finding.proof is Proof.MISSING]
        assert [finding.permission for finding in lacking] == [
            "notifications from everyone",
            "access to direct messages",
        ]
        assert "Settings, Notifications" in lacking[0].hint
        assert "Allow access to your direct messages" in lacking[1].hint

    def test_a_wrong_password_fails_all(self, rig: PostsRig, bluesky: PretendBluesky) -> None:
        bluesky.passwords.clear()
        connector = rig.made(rig.context(), watch=["mentions", "messages"])
        proofs = [finding.proof for finding in connector.probe()]
        connector.close()
        assert proofs == [Proof.FAILED] * 3
        assert asked(bluesky) == ["createSession"]

    def test_it_writes_nothing_and_remembers_nothing(self, bluesky: PretendBluesky, reader: Reader) -> None:
        list(reader.connector.probe())
        assert {taken.request.method for taken in bluesky.server.ledger if taken.status == 200} == {"GET", "POST"}
        assert [name for name in asked(bluesky) if name == "createSession"] == ["createSession"]
        assert all(
            taken.request.method == "GET" or taken.request.path.endswith("createSession")
            for taken in bluesky.server.ledger
        )
