"""What LinkedIn's refusals, tokens and budgets mean for a channel, and what its keys may hold."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from connector_contract import NOON, SECRET, Reader
from rig_linkedin import QUICK, LinkedInRig, Other
from slamon.connectors._vault import Memory
from slamon.connectors.base import Context, Finding, Permission, Proof
from slamon.connectors.linkedin import LinkedIn
from slamon.errors import PlatformError, Verdict
from slamon.model import DAY, HOUR, MINUTE, SECOND
from slamon.sim.faults import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.sim.linkedin import PretendLinkedIn


@pytest.fixture
def rig() -> Iterator[LinkedInRig]:
    with LinkedInRig() as each:
        yield each


@pytest.fixture
def reader(rig: LinkedInRig) -> Iterator[Reader]:
    each = Reader(rig)
    yield each
    each.close()


@pytest.fixture
def linkedin(rig: LinkedInRig) -> PretendLinkedIn:
    return rig.linkedin


class TestRefusals:
    @pytest.mark.parametrize(
        ("name", "verdict"),
        [
            ("invalid-token", Verdict.CREDENTIAL),
            ("expired-token", Verdict.CREDENTIAL),
            ("revoked-token", Verdict.CREDENTIAL),
            ("denied", Verdict.PERMISSION),
            ("no-version", Verdict.BAD_REQUEST),
            ("day", Verdict.WAIT),
            ("throttled", Verdict.WAIT),
            ("unavailable", Verdict.RETRY),
        ],
    )
    def test_each_shape_has_its_verdict(
        self, linkedin: PretendLinkedIn, reader: Reader, name: str, verdict: Verdict
    ) -> None:
        linkedin.refuse(name, calls=None)
        with pytest.raises(PlatformError) as caught:
            reader.poll()
        assert caught.value.verdict is verdict
        assert (caught.value.until is not None) == (verdict is Verdict.WAIT)

    def test_a_refused_token_says_how_to_get_another(
        self, rig: LinkedInRig, linkedin: PretendLinkedIn, reader: Reader
    ) -> None:
        for name in ("invalid-token", "revoked-token"):
            linkedin.refuse(name)
            with pytest.raises(PlatformError, match="signs in to your app again"):
                reader.poll()
        assert "token" not in {call.endpoint for call in rig.calls}

    def test_a_version_that_ended_says_which_key_to_change(self, rig: LinkedInRig) -> None:
        with Other(rig, version="202501") as reader, pytest.raises(PlatformError, match=r"202501.*set `version`"):
            reader.poll()

    def test_a_day_that_is_used_up_is_waited_for(self, rig: LinkedInRig, reader: Reader) -> None:
        rig.linkedin.access.limits["member"] = 0
        assert refused_until(reader) == NOON + 12 * HOUR + MINUTE

    def test_a_refusal_that_names_no_day_is_tried_once_more_before_the_day_is_given_up(
        self, linkedin: PretendLinkedIn, reader: Reader
    ) -> None:
        linkedin.refuse("throttled", calls=2)
        assert [refused_until(reader), refused_until(reader)] == [NOON + 10 * MINUTE, NOON + 12 * HOUR + MINUTE]
        reader.poll()
        linkedin.refuse("throttled")
        assert refused_until(reader) == NOON + 10 * MINUTE

    def test_a_wait_that_linkedin_names_itself_is_kept(self, linkedin: PretendLinkedIn, reader: Reader) -> None:
        linkedin.faults.add(Fault(path="/rest/", status=429, headers={"retry-after": "7200"}, body="{}"))
        assert refused_until(reader) == NOON + 2 * HOUR
        linkedin.faults.add(Fault(path="/rest/", status=503, headers={"retry-after": "30"}, body="{}"))
        assert refused_until(reader) == NOON + 30 * SECOND

    def test_a_page_whose_comments_are_refused_is_refused(
        self, rig: LinkedInRig, linkedin: PretendLinkedIn, reader: Reader
    ) -> None:
        rig.customer("hello?")
        linkedin.take_scope("r_organization_social_feed", "r_organization_social")
        with pytest.raises(PlatformError) as caught:
            reader.poll()
        assert caught.value.verdict is Verdict.PERMISSION


def refused_until(reader: Reader) -> int | None:
    with pytest.raises(PlatformError) as caught:
        reader.poll()
    return caught.value.until


CLIENT = {"client_id": "pretend-client", "client_secret": {"env": "CLIENT"}}
RENEWABLE = {"access_token": {"env": "TOKEN"}, "refresh_token": {"env": "REFRESH"}, **CLIENT}
ENVIRON = {"TOKEN": SECRET, "REFRESH": "pretend-refresh-token", "CLIENT": "pretend-client-secret"}


def connector(rig: LinkedInRig, vault: Memory | None = None, **keys: Any) -> LinkedIn:
    """A connector with further keys, and with a vault that outlives it."""
    made = rig.connector(**keys)
    made.close()
    context = Context("acme", rig.clock, 7 * DAY, on_call=rig.calls.append, vault=vault or Memory())
    return LinkedIn(made.settings, context, QUICK)


def ends(rig: LinkedInRig, **keys: Any) -> dict[str, tuple[int, bool]]:
    """What is told of the ends of credentials, once the channel was started."""
    made = connector(rig, **keys)
    made.identify()
    found = {each.credential: (each.at, each.renewed) for each in made.expiries()}
    made.close()
    return found


class TestTokens:
    def test_a_token_that_ended_is_renewed_and_kept(self, rig: LinkedInRig, linkedin: PretendLinkedIn) -> None:
        vault = Memory()
        linkedin.expire_token()
        for _ in range(2):
            made = connector(rig, vault, credentials=RENEWABLE)
            identity = made.identify()
            assert list(made.fetch(identity, None))[-1].complete
            made.close()
        assert [call.endpoint for call in rig.calls].count("token") == 1

    def test_without_an_access_token_one_is_made_first(self, rig: LinkedInRig) -> None:
        keys = {name: value for name, value in RENEWABLE.items() if name != "access_token"}
        made = connector(rig, credentials=keys)
        assert made.identify().handle == "acme"
        made.close()

    def test_a_token_is_renewed_before_the_day_on_which_it_ends(self, rig: LinkedInRig) -> None:
        made = connector(rig, credentials=RENEWABLE | {"expires": "2026-11-22"})
        made.identify()
        made.close()
        assert "token" in [call.endpoint for call in rig.calls]

    def test_a_refresh_token_that_is_refused_says_how_to_get_another(
        self, rig: LinkedInRig, linkedin: PretendLinkedIn
    ) -> None:
        linkedin.expire_token()
        linkedin.access.refreshes.clear()
        made = connector(rig, credentials=RENEWABLE)
        with pytest.raises(PlatformError, match=r"refresh token \(invalid_grant\).*signs in to") as caught:
            made.identify()
        made.close()
        assert caught.value.verdict is Verdict.CREDENTIAL

    def test_trouble_at_the_host_of_tokens_is_no_bad_credential(
        self, rig: LinkedInRig, linkedin: PretendLinkedIn
    ) -> None:
        linkedin.expire_token()
        linkedin.faults.add(Fault(path="/oauth/", status=503, calls=None))
        made = connector(rig, credentials=RENEWABLE)
        with pytest.raises(PlatformError) as caught:
            made.identify()
        made.close()
        assert caught.value.verdict is Verdict.RETRY

    @pytest.mark.parametrize("body", ["{}", "[]", '{"access_token": 5}', '{"access_token": ""}'])
    def test_an_answer_without_a_token_is_a_bad_one(
        self, rig: LinkedInRig, linkedin: PretendLinkedIn, body: str
    ) -> None:
        linkedin.expire_token()
        linkedin.faults.add(Fault(path="/oauth/v2/accessToken", status=200, body=body))
        made = connector(rig, credentials=RENEWABLE)
        with pytest.raises(PlatformError) as caught:
            made.identify()
        made.close()
        assert caught.value.verdict is Verdict.BAD_ANSWER


class TestExpiries:
    def test_linkedin_tells_when_tokens_end_where_it_can_be_asked(self, rig: LinkedInRig) -> None:
        assert ends(rig, credentials=RENEWABLE) == {
            "access token": (NOON + 60 * DAY, True),
            "refresh token": (NOON + 365 * DAY, False),
        }

    def test_without_a_refresh_token_a_person_is_needed(self, rig: LinkedInRig) -> None:
        keys = {"access_token": {"env": "TOKEN"}, **CLIENT}
        assert ends(rig, credentials=keys) == {"access token": (NOON + 60 * DAY, False)}

    def test_a_configured_day_counts_from_its_first_instant(self, rig: LinkedInRig) -> None:
        keys = {"access_token": {"env": "TOKEN"}, "expires": "2027-01-20"}
        assert ends(rig, credentials=keys) == {"access token": (1_800_403_200_000, False)}

    def test_nothing_is_told_where_nothing_is_known(self, rig: LinkedInRig) -> None:
        assert ends(rig) == {}

    @pytest.mark.parametrize(
        ("body", "at"),
        [
            ('{"active": true, "expires_at": 1800403200}', 1_800_403_200_000),
            ('{"active": true, "expires_at": 1800403200000}', 1_800_403_200_000),
            ('{"active": true, "expires_at": "soon", "scope": 5}', None),
            ('{"active": true, "expires_at": true}', None),
            ("[]", None),
        ],
    )
    def test_seconds_and_milliseconds_are_told_apart(
        self, rig: LinkedInRig, linkedin: PretendLinkedIn, body: str, at: int | None
    ) -> None:
        linkedin.faults.add(Fault(path="/oauth/v2/introspectToken", status=200, body=body))
        found = ends(rig, credentials={"access_token": {"env": "TOKEN"}, **CLIENT})
        assert found == ({} if at is None else {"access token": (at, False)})

    @pytest.mark.parametrize("status", [400, 401, 429, 503])
    def test_a_channel_starts_although_it_could_not_ask(
        self, rig: LinkedInRig, linkedin: PretendLinkedIn, status: int
    ) -> None:
        linkedin.faults.add(Fault(path="/oauth/v2/introspectToken", status=status, body="{}"))
        assert ends(rig, credentials={"access_token": {"env": "TOKEN"}, **CLIENT}) == {}

    def test_what_a_renewed_token_is_told_of_wins(self, rig: LinkedInRig, linkedin: PretendLinkedIn) -> None:
        linkedin.expire_token()
        rig.now += DAY
        assert ends(rig, credentials=RENEWABLE)["access token"] == (rig.now + 60 * DAY, True)


class TestBudget:
    def test_each_call_counts_for_the_member_and_for_the_app(self, rig: LinkedInRig) -> None:
        made = connector(rig, credentials=RENEWABLE, calls_per_day=1_000)
        list(made.fetch(made.identify(), None))
        spent = [call for call in rig.calls if call.endpoint not in {"token", "introspection"}]
        quotas = {quota.endpoint: quota for quota in made.quotas()}
        made.close()
        assert len(spent) == 3
        assert {name: (each.limit, each.remaining) for name, each in quotas.items()} == {
            "member": (1_000, 997),
            "app": (500, 497),
        }
        assert quotas["member"].resets_at == NOON + 12 * HOUR
        assert set(quotas["member"].endpoints) == made.endpoints - {"token", "introspection"}

    def test_without_an_app_to_name_only_the_members_budget_is_known(self, reader: Reader) -> None:
        assert [quota.endpoint for quota in reader.connector.quotas()] == ["member"]

    def test_the_day_begins_anew_at_midnight(self, rig: LinkedInRig, reader: Reader) -> None:
        reader.poll()
        rig.now += 12 * HOUR
        assert [quota.remaining for quota in reader.connector.quotas()] == [100]

    def test_channels_of_one_member_share_the_payer_and_no_token_is_in_it(self, rig: LinkedInRig) -> None:
        one, other = connector(rig), connector(rig, account="5")
        assert one.payer == other.payer
        assert SECRET not in one.payer
        one.close()
        other.close()


class TestProbe:
    def findings(self, rig: LinkedInRig, **keys: Any) -> dict[str, Finding]:
        made = connector(rig, **keys)
        found = {each.permission: each for each in made.probe()}
        made.close()
        return found

    def test_everything_is_there(self, rig: LinkedInRig) -> None:
        found = self.findings(rig)
        assert {name: each.proof for name, each in found.items()} == {
            "ADMINISTRATOR": Proof.OK,
            "r_organization_social_feed": Proof.OK,
            "rw_organization_admin": Proof.OK,
        }

    def test_a_weak_role_makes_empty_lists_worth_nothing(self, rig: LinkedInRig) -> None:
        rig.customer("hello?")
        rig.withdraw()
        found = self.findings(rig)
        assert (found["ADMINISTRATOR"].proof, found["ADMINISTRATOR"].hint) == (Proof.MISSING, where("ADMINISTRATOR"))
        assert found["r_organization_social_feed"].proof is Proof.UNKNOWN
        assert found["rw_organization_admin"].proof is Proof.UNKNOWN

    def test_a_missing_scope_is_named_with_the_place_to_get_it(
        self, rig: LinkedInRig, linkedin: PretendLinkedIn
    ) -> None:
        linkedin.take_scope("rw_organization_admin")
        rig.customer("hello?")
        found = self.findings(rig)
        assert found["ADMINISTRATOR"].proof is Proof.UNKNOWN
        assert found["r_organization_social_feed"].proof is Proof.OK
        lacking = found["rw_organization_admin"]
        assert (lacking.proof, lacking.hint) == (Proof.MISSING, where("rw_organization_admin"))

    def test_a_scope_that_was_not_granted_is_known_without_trying(
        self, rig: LinkedInRig, linkedin: PretendLinkedIn
    ) -> None:
        linkedin.access.grants[linkedin.token].scopes = frozenset({"r_organization_social", "rw_organization_admin"})
        keys = {"credentials": {"access_token": {"env": "TOKEN"}, **CLIENT}}
        assert self.findings(rig, **keys)["r_organization_social_feed"].proof is Proof.MISSING
        older = self.findings(rig, **keys, scopes={"comments": "r_organization_social"})
        assert older["r_organization_social_feed"].proof is Proof.OK

    def test_what_is_not_read_needs_no_proof(self, rig: LinkedInRig) -> None:
        found = self.findings(rig, watch=["comments"], comments_by="posts")
        assert set(found) == {"ADMINISTRATOR", "r_organization_social_feed"}

    def test_it_costs_four_calls_and_writes_nothing(self, rig: LinkedInRig, linkedin: PretendLinkedIn) -> None:
        self.findings(rig)
        assert [call.endpoint for call in rig.calls] == ["roles", "posts", "comments", "notifications"]
        assert {taken.request.method for taken in linkedin.server.ledger} == {"GET"}

    def test_no_text_of_a_member_stands_in_it(self, rig: LinkedInRig) -> None:
        rig.customer("my number is 0815")
        assert "0815" not in repr(self.findings(rig))


def where(permission: str) -> str:
    """Where it is got, as the connector says."""
    known: dict[str, Permission] = {each.name: each for each in LinkedIn.permissions}
    return known[permission].where


class TestSettings:
    KEYS: dict[str, Any] = {"account": "96072893", "credentials": {"access_token": {"env": "TOKEN"}}}  # noqa: RUF012 - constant

    def settings(self, **keys: Any) -> Any:
        return LinkedIn.Settings.model_validate(self.KEYS | keys, context={"environ": ENVIRON})

    def test_no_secret_is_ever_shown(self) -> None:
        shown = repr(self.settings(credentials=RENEWABLE))
        assert not any(secret in shown for secret in ENVIRON.values())

    @pytest.mark.parametrize("account", ["96072893", 96072893, "urn:li:organization:96072893"])
    def test_the_account_is_a_number_however_it_is_written(self, account: Any) -> None:
        assert self.settings(account=account).organization == "urn:li:organization:96072893"

    def test_linkedin_itself_is_the_default(self) -> None:
        settings = self.settings()
        assert (settings.base_url, settings.auth_url) == ("https://api.linkedin.com", "https://www.linkedin.com")

    @pytest.mark.parametrize(
        "keys",
        [
            {"account": "acme"},
            {"account": True},
            {"account": "0"},
            {"team": ["Ann"]},
            {"team": [5]},
            {"watch": []},
            {"watch": ["messages"]},
            {"comments_by": "magic"},
            {"posts": 0},
            {"follow": -1},
            {"version": "2026-07"},
            {"version": "202613"},
            {"page_size": 101},
            {"scopes": {"likes": "r"}},
            {"scopes": {"comments": "a b"}},
            {"base_url": "http://api.linkedin.com"},
            {"auth_url": "ftp://www.linkedin.com"},
            {"visible_after": "5"},
            {"keep_text": "never"},
            {"tem": []},
            {"credentials": {}},
            {"credentials": {"access_token": "AQX"}},
            {"credentials": {"refresh_token": {"env": "REFRESH"}}},
            {"credentials": {"access_token": {"env": "TOKEN"}, "expires": "soon"}},
        ],
        ids=str,
    )
    def test_what_cannot_work_is_refused(self, keys: dict[str, Any]) -> None:
        with pytest.raises(ValidationError):
            self.settings(**keys)


class TestDocs:
    PAGE = Path(__file__).parents[1].joinpath("docs/connectors/linkedin.md").read_text(encoding="utf-8")

    def test_every_key_is_documented(self) -> None:
        credentials = LinkedIn.Settings.model_fields["credentials"].annotation
        assert credentials is not None
        keys = [*LinkedIn.Settings.model_fields, *(f"credentials.{name}" for name in credentials.model_fields)]
        keys += ["scopes.comments", "scopes.notifications"]
        kept = [key for key in keys if key not in {"credentials", "scopes"}]
        assert {key for key in kept if f"| `{key}" not in self.PAGE} == set()

    def test_every_permission_call_and_kind_is_documented(self) -> None:
        names = [each.name for each in LinkedIn.permissions]
        named = [*names, *sorted(LinkedIn.endpoints), *sorted(LinkedIn.kinds)]
        assert {name for name in named if f"`{name}`" not in self.PAGE} == set()

    def test_how_long_anything_may_be_kept_is_said(self) -> None:
        assert f"{(LinkedIn.keeps_texts or 0) // HOUR} hours" in self.PAGE
        assert "keep_text" in self.PAGE
