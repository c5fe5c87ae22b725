"""Reddit is asked by name and with a token that is renewed; budgets and refusals are read as it means them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from connector_contract import NOON, SECRET, Reader, altered
from rig_reddit import ENVIRON, PASSWORD, REFRESH, RedditMentionsRig
from slamon.connectors._reddit.answers import BUDGET, budget, newest, problem
from slamon.connectors._vault import Memory
from slamon.connectors.base import Context, Proof, Quota
from slamon.connectors.http import Timeouts
from slamon.connectors.reddit import Reddit
from slamon.errors import PlatformError, Verdict
from slamon.model import DAY, HOUR, MINUTE, SECOND
from slamon.sim._reddit.access import TOKEN_SECONDS, WINDOW
from slamon.sim.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.sim.reddit import PretendReddit

PAGE = Path(__file__).parents[1] / "docs/connectors/reddit.md"
DATE = {"date": "Sun, 22 Nov 2026 12:00:00 GMT"}


@pytest.fixture
def rig() -> Iterator[RedditMentionsRig]:
    with RedditMentionsRig(Timeouts()) as each:
        yield each


@pytest.fixture
def reddit(rig: RedditMentionsRig) -> PretendReddit:
    return rig.reddit


@pytest.fixture
def reader(rig: RedditMentionsRig) -> Iterator[Reader]:
    each = Reader(rig)
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
        written = {"account": "acme", "credentials": REFRESH, **keys}
        return Reddit.Settings.model_validate(written, context={"environ": ENVIRON})

    def test_reddit_itself_is_the_default(self) -> None:
        found = self.settings()
        assert (found.base_url, found.token_url) == (
            "https://oauth.reddit.com",
            "https://www.reddit.com/api/v1/access_token",
        )
        assert found.watch == ("mentions", "replies")

    @pytest.mark.parametrize(
        "keys",
        [
            {"account": "u/acme"},
            {"account": "ab"},
            {"team": ["a b c"]},
            {"subreddits": ["r/acme"]},
            {"own_subreddits": ["a"]},
            {"names": [""]},
            {"names": ["!"]},
            {"watch": []},
            {"watch": ["chat"]},
            {"credentials": {"client_id": "x"}},
            {"credentials": {**REFRESH, **PASSWORD}},
            {"user_agent": "bot"},
            {"user_agent": "with\nnewline-in-it"},
            {"base_url": "http://oauth.reddit.com"},
            {"token_url": "http://www.reddit.com/api/v1/access_token"},
            {"subredits": []},
        ],
        ids=str,
    )
    def test_what_cannot_work_is_refused(self, keys: dict[str, Any]) -> None:
        with pytest.raises(ValidationError):
            self.settings(**keys)

    def test_subreddits_alone_are_something_to_read(self) -> None:
        assert self.settings(watch=[], own_subreddits=["acme"]).watch == ()

    def test_an_installed_app_has_no_secret(self) -> None:
        keys = {"client_id": "x", "refresh_token": {"env": "REFRESH"}}
        assert self.settings(credentials=keys).credentials.client_secret is None

    def test_no_secret_is_shown(self) -> None:
        shown = repr(self.settings()) + repr(self.settings(credentials=PASSWORD))
        assert not [secret for secret in ENVIRON.values() if secret in shown]


class TestPage:
    def test_it_names_every_key_permission_call_and_kind(self) -> None:
        page = PAGE.read_text(encoding="utf-8")
        keys = {f"| `{key}" for key in Reddit.Settings.model_fields}
        names = {f"`{name}`" for name in Reddit.endpoints | {each.value for each in Reddit.kinds}}
        permissions = {f"`{each.name}`" for each in Reddit.permissions}
        assert [each for each in keys | names | permissions if each not in page] == []


class TestName:
    def test_every_request_says_who_asks_as_reddit_wants_it(self, reddit: PretendReddit, reader: Reader) -> None:
        read(reader)
        agents = {taken.request.headers["user-agent"] for taken in reddit.server.ledger}
        (agent,) = agents
        assert agent.startswith("python:slamon:")
        assert agent.endswith(" (by /u/acme)")

    def test_another_name_can_be_told(self, rig: RedditMentionsRig, reddit: PretendReddit) -> None:
        connector = rig.connector(user_agent="linux:acme-care:2.0 (by /u/acme_it)")
        connector.identify()
        connector.close()
        assert reddit.server.ledger[-1].request.headers["user-agent"] == "linux:acme-care:2.0 (by /u/acme_it)"

    def test_a_name_that_reddit_does_not_like_is_waited_out(self, rig: RedditMentionsRig) -> None:
        connector = rig.connector(user_agent="python-requests")
        with pytest.raises(PlatformError) as caught:
            connector.identify()
        connector.close()
        assert caught.value.verdict is Verdict.WAIT


class TestTokens:
    def test_one_is_fetched_once_and_used(self, reddit: PretendReddit, reader: Reader) -> None:
        read(reader)
        paths = [taken.request.path for taken in reddit.server.ledger]
        assert paths.count("/api/v1/access_token") == 1

    def test_a_script_app_signs_in_by_password(self, rig: RedditMentionsRig, reddit: PretendReddit) -> None:
        connector = rig.connector(credentials=PASSWORD)
        assert connector.identify().handle == "acme"
        connector.close()
        form = reddit.server.ledger[0].request.form()
        assert (form["grant_type"], form["username"]) == ("password", "acme")

    def test_a_wrong_password_is_answered_with_200_and_is_a_credential_all_the_same(
        self, rig: RedditMentionsRig, reddit: PretendReddit
    ) -> None:
        reddit.app.password = "another"
        connector = rig.connector(credentials=PASSWORD)
        with pytest.raises(PlatformError) as caught:
            connector.identify()
        connector.close()
        assert (caught.value.verdict, caught.value.code) == (Verdict.CREDENTIAL, "invalid_grant")

    def test_it_is_renewed_before_it_ends(self, rig: RedditMentionsRig, reddit: PretendReddit, reader: Reader) -> None:
        rig.now += TOKEN_SECONDS * SECOND - MINUTE
        read(reader)
        assert {taken.status for taken in reddit.server.ledger} == {200}

    def test_one_that_was_refused_is_renewed_once(self, reddit: PretendReddit, reader: Reader) -> None:
        reddit.gate.forget_tokens()
        read(reader)
        assert [taken.status for taken in reddit.server.ledger].count(401) == 1

    def test_a_revoked_grant_is_a_credential_that_a_person_renews(self, reddit: PretendReddit, reader: Reader) -> None:
        reddit.gate.forget_tokens()
        reddit.app.refresh_token = ""
        error = refused(reader)
        assert (error.verdict, error.code) == (Verdict.CREDENTIAL, "invalid_grant")
        assert "grant access again" in str(error)

    def test_a_wrong_secret_of_the_app_is_a_credential(self, reddit: PretendReddit, reader: Reader) -> None:
        reddit.gate.forget_tokens()
        reddit.app.client_secret = "another"
        assert refused(reader).verdict is Verdict.CREDENTIAL

    def test_a_rotated_refresh_token_is_kept_before_it_is_used(
        self, rig: RedditMentionsRig, reddit: PretendReddit, reader: Reader
    ) -> None:
        vault = Memory()
        connector = Reddit(reader.connector.settings, Context("x", rig.clock, DAY, vault=vault))
        altered(
            reddit.server, lambda document: "access_token" in document and document.update(refresh_token="newer-one")
        )
        connector.identify()
        reddit.app.refresh_token = "newer-one"
        reddit.gate.forget_tokens()
        connector.identify()
        connector.close()

    def test_its_end_is_told_as_one_that_slamon_puts_off(self, reader: Reader) -> None:
        (expiry,) = reader.connector.expiries()
        assert (expiry.at, expiry.renewed) == (NOON + TOKEN_SECONDS * SECOND, True)

    @pytest.mark.parametrize("odd", [None, 5, "", [], {}])
    def test_an_odd_answer_is_a_bad_answer(self, reddit: PretendReddit, reader: Reader, odd: Any) -> None:
        reddit.gate.forget_tokens()
        altered(reddit.server, lambda document: document.update(access_token=odd, expires_in=odd))
        assert refused(reader).verdict is Verdict.BAD_ANSWER


class TestBudget:
    def test_what_reddit_says_is_one_budget_of_all_calls(self, reader: Reader) -> None:
        read(reader)
        (quota,) = reader.connector.quotas()
        assert (quota.endpoint, quota.limit) == (BUDGET, 1_000)
        assert quota.remaining == 1_000 - len(reader.rig.calls) + sum(c.endpoint == "token" for c in reader.rig.calls)
        assert quota.resets_at == pytest.approx(NOON + WINDOW, abs=2 * SECOND)
        assert set(quota.endpoints) == Reddit.endpoints - {"token"}

    def test_all_channels_of_an_app_share_it(self, rig: RedditMentionsRig, reader: Reader) -> None:
        other = rig.connector(watch=["messages"])
        assert other.payer == reader.connector.payer
        assert SECRET not in other.payer
        other.close()

    def test_the_reset_is_seconds_to_go_and_remaining_has_a_fraction(self) -> None:
        told = {"x-ratelimit-used": "4", "x-ratelimit-remaining": "595.7", "x-ratelimit-reset": "116"}
        assert budget("inbox", told | DATE) == Quota(BUDGET, 599, 595, NOON + 116 * SECOND)

    @pytest.mark.parametrize("name", ["x-ratelimit-used", "x-ratelimit-remaining", "x-ratelimit-reset", "date"])
    @pytest.mark.parametrize("value", ["", "soon", "nan", "inf", "1" * 40])
    def test_one_that_is_not_told_is_not_zero(self, name: str, value: str) -> None:
        told = {"x-ratelimit-used": "4", "x-ratelimit-remaining": "595.7", "x-ratelimit-reset": "116"} | DATE
        assert budget("inbox", told | {name: value}) is None

    @given(st.text(max_size=14), st.text(max_size=14), st.text(max_size=14))
    def test_headers_of_any_kind_never_raise(self, used: str, remaining: str, reset: str) -> None:
        told = {"x-ratelimit-used": used, "x-ratelimit-remaining": remaining, "x-ratelimit-reset": reset}
        found = budget("inbox", told | DATE)
        assert found is None or (0 <= found.remaining <= found.limit and found.resets_at <= NOON + HOUR)

    def test_of_several_words_the_newest_holds(self) -> None:
        def word(remaining: int, resets_at: int) -> Quota:
            return Quota(BUDGET, 1_000, remaining, resets_at)

        told = [word(3, NOON), word(990, NOON + WINDOW), word(980, NOON + WINDOW - SECOND)]
        assert [quota.remaining for quota in newest(told, ())] == [980]
        assert newest([], ()) == ()


class TestRefusals:
    def test_a_used_up_window_is_waited_out(self, reddit: PretendReddit, reader: Reader) -> None:
        reddit.gate.exhaust(NOON)
        error = refused(reader)
        assert error.verdict is Verdict.WAIT
        assert error.until == pytest.approx(NOON + WINDOW, abs=2 * SECOND)

    def test_also_when_only_the_headers_say_how_long(self, reddit: PretendReddit, reader: Reader) -> None:
        reddit.gate.retry_after = False
        reddit.gate.exhaust(NOON)
        assert refused(reader).until == pytest.approx(NOON + WINDOW, abs=3 * SECOND)

    def test_and_when_nothing_does(self, reddit: PretendReddit, reader: Reader) -> None:
        reddit.faults.add(Fault(status=429, body="<html>whoa</html>"))
        assert refused(reader).until == NOON + MINUTE

    def test_a_missing_scope_is_a_permission(self, reddit: PretendReddit, reader: Reader) -> None:
        reddit.app.scopes -= {"privatemessages"}
        assert refused(reader).verdict is Verdict.PERMISSION

    @pytest.mark.parametrize("status", [500, 502, 503, 504, 520, 522])
    def test_its_bad_days_are_tried_again(self, reddit: PretendReddit, reader: Reader, status: int) -> None:
        reddit.faults.add(Fault(status=status, body="<html>"))
        assert refused(reader).verdict is Verdict.RETRY

    @pytest.mark.parametrize("state", ["shadow", "left"])
    def test_a_member_of_the_team_whom_reddit_hides_is_not_taken_for_silent(
        self, reddit: PretendReddit, reader: Reader, state: str
    ) -> None:
        reddit.user("acmehelp", **{state: True})
        assert refused(reader).verdict is Verdict.NOT_FOUND

    @pytest.mark.parametrize(
        ("document", "code"),
        [
            ({"message": "Forbidden", "error": 403}, ""),
            ({"message": "Forbidden", "error": 403, "reason": "private"}, "private"),
            (
                {"fields": ["id"], "explanation": "x", "message": "Bad Request", "reason": "USER_DOESNT_EXIST"},
                "USER_DOESNT_EXIST",
            ),
            ({"error": "invalid_grant"}, "invalid_grant"),
            ({"reason": 5, "error": [], "message": {}}, ""),
            ([], ""),
            (None, ""),
        ],
    )
    def test_a_problem_is_known_by_its_reason(self, document: Any, code: str) -> None:
        assert problem(document).code == code


class TestIdentity:
    def test_names_become_ids(self, reddit: PretendReddit, reader: Reader) -> None:
        ids = [f"t2_{reddit.user(name).id}" for name in ("acme", "acmehelp")]
        assert [reader.identity.account, *reader.identity.team] == ids

    def test_a_name_that_stands_twice_is_one_account(self, rig: RedditMentionsRig) -> None:
        connector = rig.connector(team=["ACME", "acmehelp", "AcmeHelp"])
        assert len(connector.identify().team) == 1
        connector.close()

    def test_the_credential_of_another_account_is_refused(self, rig: RedditMentionsRig) -> None:
        connector = rig.connector(account="somebody")
        with pytest.raises(PlatformError, match="another account") as caught:
            connector.identify()
        connector.close()
        assert caught.value.verdict is Verdict.CREDENTIAL

    @pytest.mark.parametrize(
        "keys", [{"team": ["nobody"]}, {"subreddits": ["nowhere"]}, {"own_subreddits": ["nowhere"]}]
    )
    def test_what_does_not_exist_is_named(self, rig: RedditMentionsRig, keys: dict[str, Any]) -> None:
        connector = rig.connector(**keys)
        with pytest.raises(PlatformError, match=r"nobody|nowhere") as caught:
            connector.identify()
        connector.close()
        assert caught.value.verdict is Verdict.NOT_FOUND

    def test_a_suspended_member_of_the_team_is_named(self, rig: RedditMentionsRig, reddit: PretendReddit) -> None:
        reddit.user("acmehelp", suspended=True)
        connector = rig.connector()
        with pytest.raises(PlatformError, match="u/acmehelp is suspended") as caught:
            connector.identify()
        connector.close()
        assert caught.value.verdict is Verdict.NOT_FOUND

    def test_a_subreddit_that_may_not_be_seen_is_a_permission(self, rig: RedditMentionsRig) -> None:
        rig.reddit.close_subreddit("gadgets")
        connector = rig.connector(subreddits=["gadgets"])
        with pytest.raises(PlatformError) as caught:
            connector.identify()
        connector.close()
        assert caught.value.verdict is Verdict.PERMISSION


class TestProbe:
    def test_every_scope_is_proved_by_a_read(self, rig: RedditMentionsRig, reader: Reader) -> None:
        rig.customer("hello?")
        proofs = {each.permission: each.proof for each in reader.connector.probe()}
        assert proofs == dict.fromkeys(("identity", "history", "read", "privatemessages"), Proof.OK)

    def test_an_empty_inbox_proves_nothing(self, reader: Reader) -> None:
        findings = {each.permission: each for each in reader.connector.probe()}
        assert findings["privatemessages"].proof is Proof.UNKNOWN
        assert "chat" in findings["privatemessages"].hint

    @pytest.mark.parametrize("scope", ["history", "read", "privatemessages"])
    def test_a_scope_that_was_not_granted_is_missing_and_where_to_get_it_is_told(
        self, reddit: PretendReddit, reader: Reader, scope: str
    ) -> None:
        reddit.app.scopes -= {scope}
        missing = {each.permission: each for each in reader.connector.probe() if each.proof is Proof.MISSING}
        assert scope in missing
        assert scope in missing[scope].hint

    def test_without_the_inbox_its_scope_is_not_needed(self, rig: RedditMentionsRig) -> None:
        connector = rig.connector(watch=[], own_subreddits=["acme"])
        assert "privatemessages" not in {each.permission for each in connector.probe()}
        connector.close()

    def test_it_writes_nothing(self, reddit: PretendReddit, reader: Reader) -> None:
        list(reader.connector.probe())
        asked = {(taken.request.method, taken.request.path) for taken in reddit.server.ledger}
        assert {path for method, path in asked if method != "GET"} == {"/api/v1/access_token"}
