"""The Graph API's words: refusals by code, budgets in percent, lists with cursors, times and odd values."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from slamon.connectors._graph.answers import count, instant, link, listing, nested, text
from slamon.connectors._graph.batch import Ask, parts_of, written
from slamon.connectors._graph.errors import GONE, NO_SUCH_FIELD, TOO_MUCH, VERDICTS, Waits, problem, refused
from slamon.connectors._graph.settings import GraphSettings
from slamon.connectors._graph.token import proof, token_facts
from slamon.connectors._graph.usage import Usage
from slamon.errors import PlatformError, Verdict
from slamon.model import DAY, HOUR, MINUTE, SECOND
from slamon.sim._graph.refusals import REFUSALS
from slamon.sim._graph.shape import iso

NOW = 1_795_348_800_000
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def error(code: int, subcode: int | None = None, words: str = "no") -> dict[str, Any]:
    return {"error": {"message": words, "type": "OAuthException", "code": code, "error_subcode": subcode}}


def verdict(document: Any, status: int = 400) -> Verdict:
    return refused("feed", status, document, now=NOW).verdict


class TestRefusals:
    @pytest.mark.parametrize(
        ("codes", "expected"),
        [
            ((4, 17, 32, 341, 368, 613, 80001, 80002, 80006, 80008), Verdict.WAIT),
            ((102, 190), Verdict.REFRESH),
            ((3, 10, 200, 230, 299), Verdict.PERMISSION),
            ((1, 2), Verdict.RETRY),
            ((12, 100, 2500), Verdict.BAD_REQUEST),
            ((104,), Verdict.CREDENTIAL),
            ((803,), Verdict.NOT_FOUND),
        ],
    )
    def test_a_refusal_is_judged_by_its_code_and_not_by_its_status(
        self, codes: tuple[int, ...], expected: Verdict
    ) -> None:
        for code in codes:
            assert {verdict(error(code), status) for status in (400, 401, 403, 404, 500)} == {expected}, code

    def test_what_is_not_shown_is_told_from_other_mistakes_by_its_subcode(self) -> None:
        assert (problem(error(100, 33)).code, verdict(error(100, 33))) == (GONE, Verdict.NOT_FOUND)
        assert (problem(error(100, 1)).code, problem(error(10, 33)).code) == ("#100", "#10")

    @pytest.mark.parametrize(
        ("code", "words", "expected"),
        [
            (1, "Please reduce the amount of data you're asking for, then retry", TOO_MUCH),
            (1, "An unknown error occurred", "#1"),
            (100, "(#100) Tried accessing nonexisting field (x) on node type (Page)", NO_SUCH_FIELD),
            (100, "Invalid appsecret_proof provided in the API argument", "#100/proof"),
        ],
    )
    def test_some_are_known_by_their_words(self, code: int, words: str, expected: str) -> None:
        assert problem(error(code, words=words)).code == expected

    def test_a_wrong_signature_is_no_expired_token(self) -> None:
        assert verdict(REFUSALS["proof"].document()) is Verdict.CREDENTIAL

    @pytest.mark.parametrize(
        ("subcode", "word"), [(463, "expired"), (460, "password"), (492, "role"), (458, "removed")]
    )
    def test_why_a_token_is_refused_is_said_in_words(self, subcode: int, word: str) -> None:
        assert word in str(refused("feed", 400, error(190, subcode, "x"), now=NOW))

    @pytest.mark.parametrize(
        ("status", "expected"),
        [(400, Verdict.BAD_REQUEST), (403, Verdict.PERMISSION), (404, Verdict.NOT_FOUND), (500, Verdict.RETRY)],
    )
    @pytest.mark.parametrize(
        "document",
        [None, {}, [], "no", {"error": 5}, {"error": {}}, {"error": {"code": True}}, {"error": {"code": "190"}}],
    )
    def test_without_a_code_the_status_decides(self, document: Any, status: int, expected: Verdict) -> None:
        assert verdict(document, status) is expected

    def test_no_code_of_metas_can_be_taken_for_a_status(self) -> None:
        assert verdict(error(429)) is Verdict.BAD_REQUEST
        assert all(key.startswith("#") for key in VERDICTS)

    @given(JSON)
    def test_reading_a_refusal_never_raises(self, document: Any) -> None:
        assert refused("feed", 400, {"error": document}, now=NOW).verdict in set(Verdict)


class TestWaiting:
    def parked(self, waits: Waits, name: str = "throttled", named: Any = None) -> int:
        told = waits.parked(refused("feed", 400, REFUSALS[name].document(), now=NOW), NOW, named)
        assert told.until is not None
        return told.until - NOW

    def test_without_an_estimate_the_wait_begins_at_five_minutes_and_grows_to_an_hour(self) -> None:
        waits = Waits()
        assert [self.parked(waits) // MINUTE for _ in range(6)] == [5, 10, 20, 40, 60, 60]

    def test_a_good_answer_makes_the_next_refusal_a_first_one(self) -> None:
        waits = Waits()
        self.parked(waits)
        waits.answered()
        assert self.parked(waits) == 5 * MINUTE

    def test_an_estimate_of_metas_is_believed(self) -> None:
        usage = Usage(lambda: NOW, ["feed"])
        usage.heard("feed", business("pages", 97, minutes=17))
        assert self.parked(Waits(), named=usage.blocked()) == 17 * MINUTE

    def test_who_was_blocked_as_abusive_waits_for_hours(self) -> None:
        assert self.parked(Waits(), "abusive") >= 4 * HOUR

    def test_any_other_refusal_stays_as_it_is(self) -> None:
        refusal = refused("feed", 400, error(190), now=NOW)
        assert Waits().parked(refusal, NOW, None) is refusal


def business(kind: str, percent: int, minutes: int = 0, **more: Any) -> dict[str, str]:
    entry = {"type": kind, "call_count": percent, "total_cputime": 23, "total_time": 23, **more}
    entry["estimated_time_to_regain_access"] = minutes
    return {"x-business-use-case-usage": json.dumps({"100200300400500": [entry]})}


class TestBudgets:
    def heard(self, *told: dict[str, str]) -> dict[str, tuple[int, int]]:
        usage = Usage(lambda: NOW, ["feed", "batch"])
        for headers in told:
            usage.heard("feed", headers)
        assert all(quota.percent and quota.limit == 100 for quota in usage.quotas())
        assert all(quota.endpoints == ("batch", "feed") for quota in usage.quotas())
        return {quota.endpoint: (quota.remaining, (quota.resets_at - NOW) // MINUTE) for quota in usage.quotas()}

    def test_the_highest_of_the_three_shares_counts(self) -> None:
        app = {"x-app-usage": '{"call_count":28,"total_time":25,"total_cputime":61}'}
        assert self.heard(app) == {"app": (39, 60)}

    def test_the_page_and_the_business_header_tell_of_budgets_of_their_own(self) -> None:
        page = {"x-page-usage": '{"call_count":85,"total_cputime":56,"total_time":60}'}
        assert self.heard({**page, **business("pages", 97)}) == {"page": (15, 60), "pages": (3, 60)}

    def test_named_minutes_say_that_nothing_is_left(self) -> None:
        assert self.heard(business("pages", 99, minutes=12)) == {"pages": (0, 12)}

    def test_more_than_all_is_nothing_left(self) -> None:
        assert self.heard(business("instagram", 140)) == {"instagram": (0, 60)}

    def test_budgets_that_are_none_of_ours_and_unknown_keys_are_left_out(self) -> None:
        assert self.heard(business("ads_insights", 99), business("messenger", 31, ads_api_access_tier="x")) == {
            "messenger": (69, 60)
        }

    def test_absence_is_no_word_and_takes_none_back(self) -> None:
        assert self.heard({}) == {}
        assert self.heard(business("pages", 40), {}) == {"pages": (60, 60)}

    def test_time_is_told_in_the_platforms_time_and_kept_in_ours(self) -> None:
        usage = Usage(lambda: NOW, ["feed"])
        told = usage.heard("feed", {**business("pages", 100, 5), "date": "Sun, 22 Nov 2026 13:00:00 GMT"})
        (kept,) = usage.quotas()
        assert (kept.resets_at - NOW, told and told.resets_at) == (5 * MINUTE, 1_795_352_400_000 + 5 * MINUTE)

    @pytest.mark.parametrize("text", ["", "{", "5", "null", "[]", '{"a": 5}', '{"a": [5, {}]}', '{"call_count": "9"}'])
    def test_what_is_no_budget_is_none(self, text: str) -> None:
        names = ("x-app-usage", "x-page-usage", "x-business-use-case-usage")
        assert self.heard(dict.fromkeys(names, text)) == {}

    @given(JSON)
    def test_reading_a_header_never_raises(self, document: Any) -> None:
        names = ("x-app-usage", "x-page-usage", "x-business-use-case-usage")
        usage = Usage(lambda: NOW, ["feed"])
        usage.heard("feed", dict.fromkeys(names, json.dumps(document)))
        assert all(0 <= quota.remaining <= 100 for quota in usage.quotas())
        assert all(NOW <= quota.resets_at <= NOW + DAY for quota in usage.quotas())


class TestLists:
    def test_only_a_page_that_names_a_next_one_has_a_cursor(self) -> None:
        cursors = {"before": "b", "after": "a"}
        more = listing("feed", {"data": [], "paging": {"cursors": cursors, "next": "https://graph.example/x"}})
        last = listing("feed", {"data": [{"id": "1"}], "paging": {"cursors": cursors}})
        assert (more.after, last.after) == ("a", None)

    @pytest.mark.parametrize("paging", [None, 5, [], {}, {"cursors": None}, {"next": None}])
    def test_without_paging_it_is_the_last_one(self, paging: Any) -> None:
        assert listing("feed", {"data": [], "paging": paging}).after is None

    def test_a_cursor_that_stands_in_the_link_alone_is_taken_from_there(self) -> None:
        document = {"data": [], "paging": {"next": "https://graph.example/v25.0/1/feed?access_token=x&after=QVFI"}}
        assert listing("feed", document, "https://graph.example").after == "QVFI"

    def test_a_link_to_another_host_is_refused(self) -> None:
        document = {"data": [], "paging": {"next": "https://evil.example/?after=QVFI"}}
        with pytest.raises(PlatformError) as caught:
            listing("feed", document, "https://graph.example")
        assert caught.value.code == "other_host"

    @pytest.mark.parametrize("after", [None, 5, "", [], {}])
    def test_a_next_page_without_a_cursor_is_a_bad_answer(self, after: Any) -> None:
        with pytest.raises(PlatformError) as caught:
            listing("feed", {"data": [], "paging": {"cursors": {"after": after}, "next": "x"}})
        assert caught.value.verdict is Verdict.BAD_ANSWER

    @pytest.mark.parametrize("document", [None, [], {}, {"data": None}, {"data": {}}, "x"])
    def test_what_has_no_list_is_a_bad_answer(self, document: Any) -> None:
        with pytest.raises(PlatformError) as caught:
            listing("feed", document)
        assert caught.value.verdict is Verdict.BAD_ANSWER

    def test_a_nested_page_that_goes_on_says_that_it_was_cut(self) -> None:
        inner = {
            "data": [{"id": "1"}],
            "paging": {"cursors": {"after": "a"}, "next": "x"},
            "summary": {"total_count": 9},
        }
        found = nested({"comments": inner}, "comments")
        assert found is not None
        assert (found.after, found.total) == ("a", 9)
        assert nested({}, "comments") is None

    @given(JSON)
    def test_reading_a_nested_page_never_raises(self, value: Any) -> None:
        nested({"comments": value}, "comments")


class TestValues:
    @pytest.mark.parametrize(
        ("value", "seconds"),
        [
            ("2026-03-02T09:14:55+0000", 1_772_442_895),
            ("2026-03-02T10:14:55+0100", 1_772_442_895),
            ("2026-03-02T09:14:55+00:00", 1_772_442_895),
            ("2026-03-02T09:14:55Z", 1_772_442_895),
            (1_772_442_895, 1_772_442_895),
        ],
    )
    def test_times_of_every_spelling_are_the_same_instant(self, value: Any, seconds: int) -> None:
        assert instant(value) == seconds * SECOND

    @pytest.mark.parametrize("value", [None, True, -1, 1 << 60, 5.5, "", "2026-03-02T09:14:55", "soon", [], {}])
    def test_what_is_no_time_with_a_zone_is_refused(self, value: Any) -> None:
        with pytest.raises(ValueError, match="time"):
            instant(value)

    @given(st.integers(0, 32_503_679_999))
    def test_a_time_as_the_api_writes_it_comes_back(self, seconds: int) -> None:
        assert instant(iso(seconds * SECOND)) == seconds * SECOND

    @given(st.text())
    def test_any_text_is_a_time_or_a_value_error(self, value: str) -> None:
        try:
            assert instant(value) >= 0
        except ValueError:
            return

    def test_missing_texts_are_empty_and_odd_ones_refused(self) -> None:
        assert (text(None), text("a\0b")) == ("", "ab")
        with pytest.raises(ValueError, match="no text"):
            text(5)

    def test_counts_and_links_are_taken_only_where_they_are_some(self) -> None:
        assert [count(value) for value in (3, 0, -1, True, "3", None)] == [3, 0, None, None, None, None]
        assert link("https://www.facebook.com/1") == "https://www.facebook.com/1"
        assert [link(value) for value in ("javascript:x", "http://a", "https://a\n", 5, None)] == [""] * 5


class TestTokens:
    def test_a_proof_is_the_documented_one(self) -> None:
        expected = "86b22c0a66b774e210858da24d12b68a8f039996db8ca4d5e1157fa3d7bfa9b3"
        assert proof("app-secret", "EAAG-test-token") == expected

    def test_an_inspection_is_read(self) -> None:
        data = {
            "type": "PAGE",
            "is_valid": True,
            "scopes": ["a", 5],
            "expires_at": 0,
            "data_access_expires_at": 1_772_442_895,
            "profile_id": "1",
        }
        facts = token_facts({"data": data})
        assert (facts.valid, facts.kind, facts.profile, facts.scopes) == (True, "PAGE", "1", frozenset({"a"}))
        assert [(each.credential, each.at) for each in facts.expiries()] == [("data access", 1_772_442_895_000)]

    @pytest.mark.parametrize("document", [None, [], {}, {"data": []}, {"data": 5}])
    def test_what_is_no_inspection_is_a_bad_answer(self, document: Any) -> None:
        with pytest.raises(PlatformError) as caught:
            token_facts(document)
        assert caught.value.verdict is Verdict.BAD_ANSWER

    @given(JSON)
    def test_odd_parts_of_an_inspection_are_left_out(self, value: Any) -> None:
        facts = token_facts({"data": dict.fromkeys(("type", "scopes", "expires_at", "profile_id", "is_valid"), value)})
        assert facts.valid is (value is True)


class TestBatches:
    def test_each_part_is_a_path_below_the_version_with_its_parameters(self) -> None:
        parts = json.loads(written([Ask("/1_2/comments", {"fields": "id,from{id}", "limit": 5}), Ask("/3")], "v25.0"))
        assert [part["relative_url"] for part in parts] == [
            "v25.0/1_2/comments?fields=id%2Cfrom%7Bid%7D&limit=5",
            "v25.0/3",
        ]
        assert {part["method"] for part in parts} == {"GET"}

    def test_bodies_are_texts_to_be_read_again_and_null_is_not_finished(self) -> None:
        assert parts_of([{"code": 200, "body": '{"id":"1"}'}, None], 2) == [(200, {"id": "1"}), None]

    @pytest.mark.parametrize(
        "part",
        [
            5,
            "x",
            {},
            {"code": 200},
            {"code": "200", "body": "{}"},
            {"code": 200, "body": {}},
            {"code": 5, "body": "{}"},
        ],
    )
    def test_an_odd_part_is_a_bad_answer(self, part: Any) -> None:
        with pytest.raises(PlatformError) as caught:
            parts_of([part], 1)
        assert caught.value.verdict is Verdict.BAD_ANSWER

    @pytest.mark.parametrize("body", ["", "{", "5", "<html>", "[" * 100 + "]" * 100, '{"a": NaN}'])
    def test_a_body_that_is_no_document_is_a_bad_answer(self, body: str) -> None:
        with pytest.raises(PlatformError) as caught:
            parts_of([{"code": 200, "body": body}], 1)
        assert caught.value.verdict is Verdict.BAD_ANSWER

    @pytest.mark.parametrize("document", [None, {}, [], [None, None]])
    def test_there_is_a_part_for_each_that_was_asked(self, document: Any) -> None:
        with pytest.raises(PlatformError):
            parts_of(document, 1)


class TestSettings:
    def read(self, **keys: Any) -> GraphSettings:
        credentials = {"access_token": {"env": "TOKEN"}}
        environ = {"TOKEN": "page-token-1", "APP": "app-secret-1"}
        return GraphSettings.model_validate({"credentials": credentials, **keys}, context={"environ": environ})

    def test_little_is_needed(self) -> None:
        settings = self.read()
        assert (settings.graph_version, settings.base_url) == ("v25.0", "https://graph.facebook.com")

    @pytest.mark.parametrize(
        "keys",
        [
            {"graph_version": "25"},
            {"graph_version": "v25.0/evil"},
            {"base_url": "http://graph.example.com"},
            {"nonsense": 1},
            {"credentials": {"access_token": {"env": "TOKEN"}, "app_id": "12"}},
            {"credentials": {"access_token": {"env": "TOKEN"}, "app_id": "x", "app_secret": {"env": "APP"}}},
            {"credentials": {"access_token": "page-token-1"}},
        ],
    )
    def test_what_could_only_be_a_mistake_is_refused(self, keys: dict[str, Any]) -> None:
        with pytest.raises(ValidationError):
            self.read(**keys)

    def test_an_id_that_yaml_read_as_a_number_is_taken(self) -> None:
        secrets = {"access_token": {"env": "TOKEN"}, "app_id": 12, "app_secret": {"env": "APP"}}
        assert self.read(credentials=secrets).credentials.app_id == "12"
