"""Mastodon's answers, limits, refusals and rights are understood as they are meant, one by one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from connector_contract import NOON, SECRET, Reader
from mastodon_looks import (
    RemoteTeam,
    connected,
    identity_of,
    with_rig,
)
from rig_mastodon import MastodonRig, OtherServerRig
from slamon.connectors._answers import Answer
from slamon.connectors._mastodon.answers import BUDGET, budget, listing, problem, shared
from slamon.connectors._mastodon.cursor import Mark
from slamon.connectors._mastodon.lists import FEDERATION, Entry, Reading
from slamon.connectors.base import Proof, Quota
from slamon.connectors.mastodon import Mastodon
from slamon.errors import PlatformError, Verdict
from slamon.model import DAY, HOUR, MINUTE, SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.connectors.base import Finding
    from slamon.sim.mastodon import PretendMastodon


PAGE = Path(__file__).parents[1] / "docs/connectors/mastodon.md"


@pytest.fixture
def rig() -> Iterator[MastodonRig]:
    with MastodonRig() as each:
        yield each


@pytest.fixture
def mastodon(rig: MastodonRig) -> PretendMastodon:
    return rig.mastodon


@pytest.fixture
def reader(rig: MastodonRig) -> Iterator[Reader]:
    each = Reader(rig)
    yield each
    each.close()


@pytest.fixture
def other(request: pytest.FixtureRequest) -> Iterator[tuple[Any, Reader]]:
    """A rig of the kind that the test names, and its reader."""
    with request.param() as rig:
        reader = Reader(rig)
        yield rig, reader
        reader.close()


class TestAnswers:
    @pytest.mark.parametrize(
        ("header", "older"),
        [
            ('<https://a/api?max_id=21&types%5B%5D=mention>; rel="next", <https://a/api?min_id=30>; rel="prev"', "21"),
            ('<https://a/api?min_id=30>; rel="prev", <https://a/api?limit=2&max_id=01HZX>; rel="next"', "01HZX"),
            ("<https://a/api?max_id=21>; rel=next", "21"),
            ('<https://a/api?min_id=30>; rel="prev"', None),
            ('<https://a/api?page=2>; rel="next"', None),
            ('<https://[bad/api?max_id=2>; rel="next"', None),
            ("nonsense", None),
            ("<" * 50_000, None),
        ],
    )
    def test_the_id_in_the_link_to_the_next_page_is_where_it_goes_on(self, header: str, older: str | None) -> None:
        page = listing("x", Answer([{"id": "5"}], {"link": header}, 200, None))
        assert (page.older_than, page.told) == (older, True)

    @pytest.mark.parametrize(
        ("entries", "older"),
        [([{"id": "7"}, {"id": "5"}], "5"), ([{"id": 7}, None, {}], "7"), ([], None), ([None], None)],
    )
    def test_without_links_it_goes_on_behind_the_last_entry(self, entries: list[Any], older: str | None) -> None:
        page = listing("x", Answer(entries, {}, 200, None))
        assert (page.older_than, page.told) == (older, False)

    @pytest.mark.parametrize(
        ("reset", "at"),
        [
            ("2026-08-01T13:55:00.940463Z", 1_785_592_500_940),
            ("1785592500", 1_785_592_500_000),
            ("1785592500940", 1_785_592_500_940),
            ("60", 60_000),
        ],
        ids=["mastodon", "seconds", "milliseconds", "to-go"],
    )
    def test_the_end_of_a_limit_is_read_in_every_way_in_which_servers_write_it(self, reset: str, at: int) -> None:
        headers = {"x-ratelimit-limit": "300", "x-ratelimit-remaining": "7", "x-ratelimit-reset": reset}
        headers["date"] = "Thu, 01 Jan 1970 00:00:00 GMT"
        assert budget("x", headers) == Quota(BUDGET, 300, 7, at)

    @pytest.mark.parametrize("part", ["limit", "remaining", "reset"])
    @pytest.mark.parametrize("value", ["", "many", "-1", "1" * 40, "\u0661"])
    def test_a_budget_that_is_not_told_is_not_zero(self, part: str, value: str) -> None:
        headers = {"x-ratelimit-limit": "300", "x-ratelimit-remaining": "7", "x-ratelimit-reset": "1785592500"}
        assert budget("x", headers | {f"x-ratelimit-{part}": value}) is None

    def test_all_calls_share_one_budget_and_the_smallest_word_counts(self) -> None:
        told = [Quota(BUDGET, 300, 290, NOON + 5), Quota(BUDGET, 300, 280, NOON + 5), Quota(BUDGET, 300, 1, NOON - 5)]
        assert shared(told, {"b", "a"}, NOON) == (Quota(BUDGET, 300, 280, NOON + 5, ("a", "b")),)
        assert shared(told, {"a"}, NOON + 9)[0].remaining == 290
        assert shared([], {"a"}, NOON) == ()

    @pytest.mark.parametrize(
        ("document", "words"),
        [
            ({"error": "no"}, "no"),
            ({"error": "no", "error_description": "really"}, "no: really"),
            ({"error": 5, "error_description": None}, ""),
            ([], ""),
            (None, ""),
        ],
    )
    def test_the_words_of_a_refusal_are_passed_on(self, document: Any, words: str) -> None:
        assert problem(document).words == words


class TestReadings:
    def test_it_ends_where_the_last_poll_ended_or_at_the_lookback(self) -> None:
        new = Reading(None, NOON)
        assert new.take([Entry("9", NOON + 5), Entry("8", NOON + 1)], NOON)
        assert not new.take([Entry("7", NOON - 1)], NOON)
        known = Reading(Mark("5", NOON), 0)
        assert not known.take([Entry("4", NOON - HOUR)], NOON)

    def test_one_entry_out_of_order_ends_nothing(self) -> None:
        assert Reading(None, NOON).take([Entry("9", NOON), Entry("8", NOON - DAY), Entry("7", NOON)], NOON)
        assert Reading(None, NOON).take([Entry("9", NOON), Entry("8", NOON), Entry("7", NOON - DAY)], NOON)

    def test_a_page_that_repeats_another_ends_it(self) -> None:
        page = [Entry("9", NOON)]
        new = Reading(None, NOON)
        assert new.take(page, NOON)
        assert not new.take(page, NOON)

    def test_it_never_goes_back(self) -> None:
        known = Reading(Mark("5", NOON), 0)
        known.take([Entry("4", NOON - HOUR)], NOON + DAY)
        assert known.goes_on() == Mark("5", NOON)

    def test_what_may_have_others_before_it_is_read_again(self) -> None:
        new = Reading(None, 0)
        new.take([Entry("9", NOON + 5), Entry("8", NOON)], NOON)
        assert new.goes_on() == Mark("8", NOON)

    def test_what_was_written_elsewhere_may_come_hours_late(self) -> None:
        new = Reading(None, 0)
        new.take([Entry("9", NOON, remote=True), Entry("8", NOON - FEDERATION, remote=True)], NOON)
        assert new.goes_on() == Mark("8", NOON - FEDERATION)


class TestSettings:
    KEYS: dict[str, Any] = {  # noqa: RUF012 - constant
        "account": "acme", "base_url": "https://mastodon.example", "credentials": {"access_token": {"env": "T"}},
    }  # fmt: skip

    def settings(self, **keys: Any) -> Any:
        return Mastodon.Settings.model_validate(self.KEYS | keys, context={"environ": {"T": "token-0815"}})

    def test_the_token_is_never_shown(self) -> None:
        assert "token-0815" not in repr(self.settings()) + str(self.settings())

    def test_everything_is_watched_unless_said_otherwise(self) -> None:
        assert self.settings().watch == ("mentions", "quotes", "messages")

    @pytest.mark.parametrize(
        "keys",
        [
            {"account": "@acme"},
            {"account": "acme@mastodon.example"},
            {"account": "acme/.."},
            {"team": ["@acmehelp"]},
            {"team": ["acme help"]},
            {"team": ["a@b@c"]},
            {"watch": []},
            {"watch": ["likes"]},
            {"base_url": "http://mastodon.example"},
            {"base_url": "mastodon.example"},
            {"visible_after": "5"},
            {"tem": []},
            {"credentials": {}},
        ],
        ids=str,
    )
    def test_what_cannot_work_is_refused(self, keys: dict[str, Any]) -> None:
        with pytest.raises(ValidationError):
            self.settings(**keys)

    @pytest.mark.parametrize("handle", ["acmehelp", "acme.help", "carla@other.example", "c@localhost:3000"])
    def test_handles_of_this_and_other_servers_are_fine(self, handle: str) -> None:
        assert self.settings(team=[handle]).team == (handle,)

    def test_a_server_is_asked_for_and_never_guessed(self) -> None:
        with pytest.raises(ValidationError):
            Mastodon.Settings.model_validate({"account": "acme", "credentials": {"access_token": {"env": "T"}}})


class TestManual:
    def test_it_names_every_key_permission_call_and_kind(self) -> None:
        page = PAGE.read_text(encoding="utf-8")
        names = {*Mastodon.Settings.model_fields} - {"credentials"} | {"credentials.access_token"}
        assert {name for name in names if f"| `{name}`" not in page} == set()
        others = {permission.name for permission in Mastodon.permissions} | Mastodon.endpoints
        others |= {kind.value for kind in Mastodon.kinds}
        assert {name for name in others if f"`{name}`" not in page} == set()


class TestIdentity:
    def test_handles_become_ids(self, mastodon: PretendMastodon, reader: Reader) -> None:
        assert (reader.identity.account, reader.identity.team) == (mastodon.brand.id, (mastodon.team[0].id,))

    def test_a_token_of_another_account_is_refused(self, rig: MastodonRig, mastodon: PretendMastodon) -> None:
        mastodon.brand = mastodon.account("somebody")
        with pytest.raises(PlatformError, match="@somebody, not to @acme") as caught:
            identity_of(rig)
        assert caught.value.verdict is Verdict.NOT_FOUND

    def test_capitals_make_no_other_account(self, rig: MastodonRig, mastodon: PretendMastodon) -> None:
        mastodon.brand = mastodon.account("acme", username="Acme")
        assert identity_of(rig).account == mastodon.brand.id

    def test_a_token_of_an_application_is_explained(self, rig: MastodonRig, mastodon: PretendMastodon) -> None:
        mastodon.owner = None
        with pytest.raises(PlatformError, match="belongs to an application") as caught:
            identity_of(rig)
        assert caught.value.verdict is Verdict.CREDENTIAL

    def test_every_handle_that_nobody_has_is_named(self) -> None:
        class Missing(MastodonRig):
            keys = {"team": ["nobody", "acmehelp", "gone@other.example"]}  # noqa: RUF012 - constant

        with Missing() as rig, pytest.raises(PlatformError, match=r"@nobody, @gone@other\.example") as caught:
            identity_of(rig)
        assert caught.value.verdict is Verdict.NOT_FOUND

    @with_rig(RemoteTeam)
    def test_a_team_may_be_on_other_servers(self, other: tuple[RemoteTeam, Reader]) -> None:
        rig, reader = other
        assert reader.identity.team == (rig.mastodon.account("carla@other.example").id,)

    @with_rig(OtherServerRig)
    def test_a_server_without_a_look_up_is_searched(self, other: tuple[OtherServerRig, Reader]) -> None:
        rig, reader = other
        assert reader.identity.team == (rig.mastodon.team[0].id,)
        assert "search_accounts" in {call.endpoint for call in rig.calls}

    def test_an_account_in_its_own_team_counts_once(self) -> None:
        class Twice(MastodonRig):
            keys = {"team": ["acme", "acmehelp"]}  # noqa: RUF012 - constant

        with Twice() as rig:
            assert len(identity_of(rig).team) == 1


class TestRefusals:
    @pytest.mark.parametrize(
        ("name", "verdict"),
        [
            ("token", Verdict.CREDENTIAL),
            ("revoked", Verdict.CREDENTIAL),
            ("scope", Verdict.PERMISSION),
            ("disabled", Verdict.PERMISSION),
            ("missing", Verdict.NOT_FOUND),
            ("application", Verdict.BAD_REQUEST),
            ("rate", Verdict.WAIT),
            ("unavailable", Verdict.RETRY),
        ],
    )
    def test_each_has_its_verdict(self, mastodon: PretendMastodon, reader: Reader, name: str, verdict: Verdict) -> None:
        mastodon.refuse(name, None)
        with pytest.raises(PlatformError) as caught:
            reader.poll()
        assert caught.value.verdict is verdict

    @pytest.mark.parametrize("kind", [MastodonRig, OtherServerRig])
    def test_a_used_up_budget_is_waited_for_until_the_server_says(self, kind: type[MastodonRig]) -> None:
        with kind() as rig:
            reader = Reader(rig)
            rig.mastodon.exhaust()
            with pytest.raises(PlatformError) as caught:
                reader.poll()
            reader.close()
        assert caught.value.until == pytest.approx(NOON + 5 * MINUTE, abs=3 * SECOND)

    def test_what_is_left_is_passed_on_for_all_calls_together(self) -> None:
        with MastodonRig() as rig:
            reader = Reader(rig)
            reader.poll()
            (quota,) = reader.connector.quotas()
            reader.close()
        assert (quota.endpoint, quota.endpoints) == (BUDGET, tuple(sorted(Mastodon.endpoints)))
        assert quota.limit - quota.remaining == len(rig.calls)

    def test_channels_with_one_token_share_it(self, rig: MastodonRig, reader: Reader) -> None:
        again = connected(rig)
        assert again.payer == reader.connector.payer
        assert SECRET not in again.payer
        again.close()

    def test_a_server_that_is_not_there_is_not_asked_more_plainly(
        self, rig: MastodonRig, mastodon: PretendMastodon, reader: Reader
    ) -> None:
        rig.calls.clear()
        mastodon.refuse("missing", None)
        with pytest.raises(PlatformError):
            reader.poll()
        assert [call.endpoint for call in rig.calls] == ["notifications"]


class TestProbe:
    def findings(self, rig: MastodonRig) -> dict[str, list[Finding]]:
        connector = connected(rig)
        found: dict[str, list[Finding]] = {}
        for finding in connector.probe():
            found.setdefault(finding.permission, []).append(finding)
        connector.close()
        return found

    @pytest.mark.parametrize("scope", ["read:accounts", "read:notifications", "read:statuses"])
    def test_each_missing_scope_is_named(self, rig: MastodonRig, mastodon: PretendMastodon, scope: str) -> None:
        mastodon.scopes -= {scope}
        found = self.findings(rig)
        assert found[scope][0].proof is Proof.MISSING
        assert scope in found[scope][0].hint
        if scope != "read:accounts":
            assert found["read:accounts"][0].proof is Proof.OK

    def test_a_policy_that_drops_mentions_is_told(self, rig: MastodonRig, mastodon: PretendMastodon) -> None:
        mastodon.policy["for_private_mentions"] = "drop"
        finding = self.findings(rig)["read:notifications"][1]
        assert (finding.proof, "for_private_mentions" in finding.said) == (Proof.UNKNOWN, True)

    def test_a_policy_that_filters_them_is_fine(self, rig: MastodonRig, mastodon: PretendMastodon) -> None:
        mastodon.policy["for_private_mentions"] = "filter"
        assert len(self.findings(rig)["read:notifications"]) == 1

    def test_an_automated_profile_of_our_own_is_told(self, rig: MastodonRig, mastodon: PretendMastodon) -> None:
        mastodon.brand = mastodon.account("acme", bot=True)
        assert self.findings(rig)["read:accounts"][1].proof is Proof.UNKNOWN

    def test_a_server_without_conversations_is_told(self) -> None:
        with OtherServerRig() as rig:
            proofs = [finding.proof for finding in self.findings(rig)["read:statuses"]]
        assert proofs == [Proof.OK, Proof.UNKNOWN]

    def test_an_applications_own_token_is_no_missing_scope(self, rig: MastodonRig, mastodon: PretendMastodon) -> None:
        mastodon.owner = None
        found = self.findings(rig)
        assert {finding.proof for each in found.values() for finding in each} == {Proof.FAILED}

    def test_it_writes_nothing(self, rig: MastodonRig, mastodon: PretendMastodon) -> None:
        self.findings(rig)
        assert {taken.request.method for taken in mastodon.server.ledger} == {"GET"}
