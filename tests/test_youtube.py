"""YouTube is asked with the right credential, at a known cost, and each of its refusals has its verdict."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from connector_contract import NOON, SECRET, Reader, altered
from rig_youtube import CLIENT, ENVIRON, KEY, YouTubeRig
from slamon.connectors._vault import Memory
from slamon.connectors._youtube.answers import next_reset, problem
from slamon.connectors.base import Context, Proof
from slamon.connectors.http import Timeouts
from slamon.connectors.youtube import API, SCOPE, YouTube
from slamon.errors import PlatformError, Verdict
from slamon.model import DAY, HOUR, MAX_INSTANT, MINUTE, SECOND
from slamon.sim._youtube.access import READ_ONLY, TOKEN_SECONDS
from slamon.sim.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.sim.youtube import PretendYouTube

PAGE = Path(__file__).parents[1] / "docs/connectors/youtube.md"


@pytest.fixture
def rig() -> Iterator[YouTubeRig]:
    with YouTubeRig(Timeouts()) as each:
        yield each


@pytest.fixture
def youtube(rig: YouTubeRig) -> PretendYouTube:
    return rig.youtube


@pytest.fixture
def reader(rig: YouTubeRig) -> Iterator[Reader]:
    each = Reader(rig)
    yield each
    each.close()


@pytest.fixture
def signed_in(rig: YouTubeRig) -> Iterator[Reader]:
    """Reads with an OAuth client."""
    each = Reader(rig)
    each.connector.close()
    each.connector = rig.connector(credentials=CLIENT)
    yield each
    each.close()


def read(reader: Reader) -> None:
    list(reader.connector.fetch(reader.identity, None))


def refused(reader: Reader) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        read(reader)
    return caught.value


class TestSettings:
    def settings(self, **keys: Any) -> Any:
        written = {"account": "acme", "credentials": KEY, **keys}
        return YouTube.Settings.model_validate(written, context={"environ": ENVIRON})

    def test_google_itself_is_the_default(self) -> None:
        found = self.settings()
        assert (found.base_url, found.token_url) == (
            "https://youtube.googleapis.com",
            "https://oauth2.googleapis.com/token",
        )

    @pytest.mark.parametrize("account", ["acme", "Acme.Corp-2", "größe", "UCabcdefghijklmnopqrstuv"])
    def test_a_handle_or_an_id_is_an_account(self, account: str) -> None:
        assert self.settings(account=account).account == account

    @pytest.mark.parametrize(
        "keys",
        [
            {"account": "@acme"},
            {"account": "https://youtube.com/@acme"},
            {"team": ["a b"]},
            {"credentials": {}},
            {"credentials": {**KEY, **CLIENT}},
            {"credentials": {"client_id": "x"}},
            {"watch": ["held"]},
            {"watch": []},
            {"watch": ["videos"]},
            {"daily_units": 0},
            {"base_url": "http://youtube.googleapis.com"},
            {"token_url": "http://oauth2.googleapis.com/token"},
            {"vidoes": []},
        ],
        ids=str,
    )
    def test_what_cannot_work_is_refused(self, keys: dict[str, Any]) -> None:
        with pytest.raises(ValidationError):
            self.settings(**keys)

    def test_what_is_held_can_be_watched_with_a_client(self) -> None:
        assert self.settings(watch=["comments", "held"], credentials=CLIENT).watch == ("comments", "held")

    def test_no_secret_is_shown(self) -> None:
        shown = repr(self.settings()) + repr(self.settings(credentials=CLIENT))
        assert not [secret for secret in ENVIRON.values() if secret in shown]


class TestPage:
    def test_it_names_every_key_permission_call_and_kind(self) -> None:
        page = PAGE.read_text(encoding="utf-8")
        keys = {f"| `{key}" for key in YouTube.Settings.model_fields}
        names = {f"`{name}`" for name in YouTube.endpoints | {each.value for each in YouTube.kinds}}
        permissions = {each.name for each in YouTube.permissions}
        assert [each for each in keys | names | permissions if each not in page] == []


class TestDays:
    @pytest.mark.parametrize(
        ("now", "reset"),
        [
            ("2026-11-22T12:00:00+00:00", "2026-11-23T08:00:00+00:00"),
            ("2026-07-01T06:59:59+00:00", "2026-07-01T07:00:00+00:00"),
            ("2026-07-01T07:00:00+00:00", "2026-07-02T07:00:00+00:00"),
            ("2026-03-08T08:30:00+00:00", "2026-03-09T07:00:00+00:00"),  # 23 hours long
            ("2026-11-01T07:30:00+00:00", "2026-11-02T08:00:00+00:00"),  # 25 hours long
        ],
    )
    def test_the_quota_begins_anew_at_midnight_in_california(self, now: str, reset: str) -> None:
        assert next_reset(instant(now)) == instant(reset)

    @given(st.integers(0, MAX_INSTANT - 2 * DAY))
    def test_that_is_always_ahead_and_at_most_a_long_day(self, now: int) -> None:
        reset = next_reset(now)
        local = datetime.fromtimestamp(reset / SECOND, UTC).astimezone(ZoneInfo("America/Los_Angeles"))
        assert 0 < reset - now <= 25 * HOUR
        assert (local.hour, local.minute, local.second) == (0, 0, 0)


class TestQuota:
    def test_what_is_left_is_counted_by_call(self, reader: Reader) -> None:
        before = reader.connector.quotas()[0]
        read(reader)
        (after,) = reader.connector.quotas()
        assert (before.limit, before.remaining, after.remaining) == (10_000, 9_998, 9_997)
        assert set(after.endpoints) == YouTube.endpoints - {"token"}
        assert after.resets_at == next_reset(NOON)

    def test_a_refused_call_costs_as_much_and_one_that_never_arrived_nothing(
        self, youtube: PretendYouTube, reader: Reader
    ) -> None:
        left = reader.connector.quotas()[0].remaining
        youtube.faults.add(Fault(status=500))
        refused(reader)
        assert reader.connector.quotas()[0].remaining == left - 1
        youtube.faults.add(Fault(drop="before"))
        refused(reader)
        assert reader.connector.quotas()[0].remaining == left - 1

    def test_channels_with_one_key_share_it_and_a_restart_forgets_nothing(
        self, rig: YouTubeRig, reader: Reader
    ) -> None:
        vault = Memory()
        context = Context("other", rig.clock, DAY, vault=vault)
        one, other = (YouTube(reader.connector.settings, context) for _ in range(2))
        one.identify()
        assert (one.payer, one.quotas()) == (other.payer, other.quotas())
        assert other.quotas()[0].remaining == 9_998
        one.close()
        other.close()

    def test_the_next_day_all_of_it_is_there_again(self, rig: YouTubeRig, reader: Reader) -> None:
        read(reader)
        rig.now = next_reset(NOON)
        assert reader.connector.quotas()[0].remaining == 10_000

    def test_when_it_is_used_up_nothing_is_asked_until_midnight_in_california(
        self, youtube: PretendYouTube, reader: Reader
    ) -> None:
        youtube.gate.daily_units = 0
        error = refused(reader)
        assert (error.verdict, error.code, error.until) == (Verdict.WAIT, "quotaExceeded", next_reset(NOON))

    def test_the_key_is_named_by_a_fingerprint(self, reader: Reader) -> None:
        assert reader.connector.payer.startswith("youtube:")
        assert SECRET not in reader.connector.payer

    def test_another_quota_can_be_told(self, rig: YouTubeRig) -> None:
        connector = rig.connector(daily_units=1_000_000)
        assert connector.quotas()[0].limit == 1_000_000
        connector.close()


def google(status: int, reason: str, *, details: list[Any] | None = None) -> Fault:
    error = {"code": status, "message": "no", "errors": [{"message": "no", "domain": "x", "reason": reason}]}
    return Fault(status=status, body=json.dumps({"error": {**error, **({"details": details} if details else {})}}))


class TestRefusals:
    @pytest.mark.parametrize(
        ("status", "reason", "verdict"),
        [
            (400, "keyInvalid", Verdict.CREDENTIAL),
            (400, "invalidPageToken", Verdict.RETRY),
            (400, "processingFailure", Verdict.RETRY),
            (400, "missingRequiredParameter", Verdict.BAD_REQUEST),
            (400, "incompatibleParameters", Verdict.BAD_REQUEST),
            (401, "authError", Verdict.CREDENTIAL),
            (403, "quotaExceeded", Verdict.WAIT),
            (403, "rateLimitExceeded", Verdict.WAIT),
            (403, "userRateLimitExceeded", Verdict.WAIT),
            (403, "forbidden", Verdict.PERMISSION),
            (403, "accessNotConfigured", Verdict.PERMISSION),
            (403, "authenticatedUserAccountSuspended", Verdict.PERMISSION),
            (404, "channelNotFound", Verdict.NOT_FOUND),
            (503, "backendError", Verdict.RETRY),
        ],
    )
    def test_each_reason_has_its_verdict(
        self, youtube: PretendYouTube, reader: Reader, status: int, reason: str, verdict: Verdict
    ) -> None:
        youtube.faults.add(google(status, reason))
        error = refused(reader)
        assert (error.verdict, error.code) == (verdict, reason)

    def test_too_many_at_once_are_waited_out_for_a_minute_not_a_day(
        self, youtube: PretendYouTube, reader: Reader
    ) -> None:
        youtube.faults.add(google(403, "rateLimitExceeded"))
        assert refused(reader).until == NOON + MINUTE

    def test_a_wrong_key_is_known_by_the_newer_details(self, youtube: PretendYouTube, reader: Reader) -> None:
        youtube.credentials.api_key = "another"
        error = refused(reader)
        assert (error.verdict, error.code) == (Verdict.CREDENTIAL, "API_KEY_INVALID")

    def test_a_closed_channel_is_not_taken_for_a_silent_one(self, youtube: PretendYouTube, reader: Reader) -> None:
        youtube.close_account("acme")
        assert refused(reader).verdict is Verdict.NOT_FOUND

    @pytest.mark.parametrize(
        "document",
        [
            None,
            [],
            {},
            {"error": 5},
            {"error": {}},
            {"error": {"errors": [5], "details": {}}},
            {"error": {"errors": {}}},
        ],
        ids=str,
    )
    def test_an_error_of_an_odd_shape_has_no_code(self, document: Any) -> None:
        assert problem(document).code == ""

    def test_a_daily_limit_of_the_newer_front_end_is_the_quota(self) -> None:
        details = [{"reason": "RATE_LIMIT_EXCEEDED", "metadata": {"quota_unit": "1/d/{project}"}}]
        assert problem({"error": {"code": 429, "message": "x", "details": details}}).code == "quotaExceeded"


class TestKey:
    def test_it_stands_in_a_header_and_in_no_address(self, youtube: PretendYouTube, reader: Reader) -> None:
        read(reader)
        for taken in youtube.server.ledger:
            assert taken.request.headers["x-goog-api-key"] == SECRET
            assert SECRET not in str(taken.request.query)

    def test_it_can_be_sent_as_a_parameter(self, rig: YouTubeRig, youtube: PretendYouTube) -> None:
        connector = rig.connector(credentials={**KEY, "api_key_in": "query"})
        connector.identify()
        connector.close()
        request = youtube.server.ledger[-1].request
        assert (request.query["key"], "x-goog-api-key" in request.headers) == (SECRET, False)

    def test_it_never_expires(self, reader: Reader) -> None:
        assert reader.connector.expiries() == ()


class TestClient:
    def test_an_access_token_is_fetched_once_and_used(self, youtube: PretendYouTube, signed_in: Reader) -> None:
        read(signed_in)
        read(signed_in)
        paths = [taken.request.path for taken in youtube.server.ledger]
        assert paths.count("/token") == 1
        assert youtube.server.ledger[-1].request.headers["authorization"].startswith("Bearer ya29.")

    def test_it_is_renewed_before_it_ends(self, rig: YouTubeRig, youtube: PretendYouTube, signed_in: Reader) -> None:
        read(signed_in)
        rig.now += TOKEN_SECONDS * SECOND - MINUTE
        read(signed_in)
        assert [taken.status for taken in youtube.server.ledger if taken.status != 200] == []

    def test_one_that_was_refused_is_renewed_once(self, youtube: PretendYouTube, signed_in: Reader) -> None:
        read(signed_in)
        youtube.gate.forget_tokens()
        read(signed_in)
        assert [taken.status for taken in youtube.server.ledger].count(401) == 1

    def test_its_end_is_told_as_one_that_slamon_puts_off(self, signed_in: Reader) -> None:
        read(signed_in)
        (expiry,) = signed_in.connector.expiries()
        assert (expiry.at, expiry.renewed) == (NOON + TOKEN_SECONDS * SECOND, True)

    def test_a_revoked_refresh_token_is_a_credential_that_a_person_renews(
        self, youtube: PretendYouTube, signed_in: Reader
    ) -> None:
        youtube.credentials.refresh_token = ""
        error = refused(signed_in)
        assert (error.verdict, error.code) == (Verdict.CREDENTIAL, "invalid_grant")
        assert "sign in" in str(error).lower()

    def test_a_token_endpoint_that_is_down_is_tried_again(self, youtube: PretendYouTube, signed_in: Reader) -> None:
        youtube.faults.add(Fault(path="/token", status=503))
        assert refused(signed_in).verdict is Verdict.RETRY

    @pytest.mark.parametrize("odd", [None, 5, "", [], {}])
    def test_an_odd_answer_of_it_is_a_bad_answer(self, youtube: PretendYouTube, signed_in: Reader, odd: Any) -> None:
        altered(youtube.server, lambda document: document.update(access_token=odd, expires_in=odd))
        assert refused(signed_in).verdict is Verdict.BAD_ANSWER

    def test_what_a_renewal_costs_is_not_counted(self, signed_in: Reader) -> None:
        read(signed_in)
        assert signed_in.connector.quotas()[0].remaining == 9_999


class TestIdentity:
    def test_handles_become_ids_and_ids_are_checked(self, rig: YouTubeRig, youtube: PretendYouTube) -> None:
        connector = rig.connector(account=youtube.brand.id, team=["ACMEHELP"])
        identity = connector.identify()
        connector.close()
        assert (identity.account, identity.handle, identity.team) == (youtube.brand.id, "acme", (youtube.team[0].id,))

    def test_those_that_nobody_has_are_named(self, rig: YouTubeRig) -> None:
        connector = rig.connector(team=["acmehelp", "nobody-here", "UC0000000000000000000000"])
        with pytest.raises(PlatformError, match="nobody-here, UC0000000000000000000000") as caught:
            connector.identify()
        connector.close()
        assert caught.value.verdict is Verdict.NOT_FOUND


class TestProbe:
    def test_with_a_key_only_the_api_is_proved(self, reader: Reader) -> None:
        assert [(each.permission, each.proof) for each in reader.connector.probe()] == [(API, Proof.OK)]

    def test_with_a_client_the_scope_is_proved_too(self, signed_in: Reader) -> None:
        proofs = {each.permission: each.proof for each in signed_in.connector.probe()}
        assert proofs == {API: Proof.OK, SCOPE: Proof.OK}

    def test_a_scope_that_was_not_granted_is_missing_and_where_to_get_it_is_told(
        self, youtube: PretendYouTube, signed_in: Reader
    ) -> None:
        youtube.credentials.scopes = frozenset({READ_ONLY})
        (finding,) = [each for each in signed_in.connector.probe() if each.proof is Proof.MISSING]
        assert "grants" in finding.hint or "enable" in finding.hint

    def test_somebody_elses_channel_shows_nothing_that_is_held(
        self, youtube: PretendYouTube, signed_in: Reader
    ) -> None:
        read(signed_in)
        youtube.faults.add(Fault(calls=3), google(403, "forbidden"))
        proofs = {each.permission: each.proof for each in signed_in.connector.probe()}
        assert proofs == {API: Proof.OK, SCOPE: Proof.MISSING}

    def test_it_writes_nothing(self, youtube: PretendYouTube, signed_in: Reader) -> None:
        list(signed_in.connector.probe())
        asked = {(taken.request.method, taken.request.path) for taken in youtube.server.ledger}
        assert {path for method, path in asked if method != "GET"} == {"/token"}


def instant(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp()) * SECOND


def test_the_default_interval_leaves_half_of_a_day_for_threads() -> None:
    polls = timedelta(days=1) / timedelta(milliseconds=YouTube.default_every)
    assert polls <= 10_000 / 2
