"""The account's own token on X: two hours, renewed once, the new refresh token kept before anything is done with it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from connector_contract import LOOKBACK, NOON
from rig_x import QUICK
from slamon.connectors._vault import Memory
from slamon.connectors.base import Context, Expiry
from slamon.connectors.x import X
from slamon.errors import PlatformError, Verdict
from slamon.model import HOUR, MINUTE
from slamon.sim.faults import Fault
from slamon.sim.x import PretendX
from x_client import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.connectors.base import Identity

SECRET = "pretend-secret-0815"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def x(clock: Clock) -> Iterator[PretendX]:
    with PretendX(clock) as pretend:
        yield pretend


@pytest.fixture
def vault() -> Memory:
    return Memory()


class Channel:
    """A channel that signs in as the account; another one with the same vault is the same process restarted."""

    def __init__(self, x: PretendX, vault: Memory, environ: dict[str, str], **credentials: Any) -> None:
        own = {"client_id": "pretend-client"} | {name: {"env": name} for name in environ} | credentials
        keys = {"account": "acme", "base_url": x.url, "watch": ["messages"], "credentials": own}
        settings = X.Settings.model_validate(keys, context={"environ": environ})
        context = Context("acme", x.clock, LOOKBACK, vault=vault)
        self.x = X(settings, context, QUICK)  # type: ignore[arg-type]
        self.cursor: str | None = None
        self.known: Identity | None = None

    def poll(self) -> None:
        self.known = self.known or self.x.identify()
        (*_, last) = self.x.fetch(self.known, self.cursor)
        self.cursor = last.cursor


@pytest.fixture
def channels() -> Iterator[list[Channel]]:
    made: list[Channel] = []
    yield made
    for each in made:
        each.x.close()


def renewals(x: PretendX) -> list[int | None]:
    """How each request for a new token ended."""
    return [taken.status for taken in x.server.ledger if taken.request.path == "/2/oauth2/token"]


class TestRenewal:
    def channel(
        self, x: PretendX, vault: Memory, channels: list[Channel], *, with_access: bool = True, **more: str
    ) -> Channel:
        signed = x.sign_in()
        given = {"refresh_token": signed.refresh} | ({"access_token": signed.access} if with_access else {}) | more
        channels.append(Channel(x, vault, given))
        return channels[-1]

    def test_without_an_access_token_one_is_fetched_first(
        self, x: PretendX, vault: Memory, channels: list[Channel]
    ) -> None:
        self.channel(x, vault, channels, with_access=False).poll()
        assert [taken.request.path for taken in x.server.ledger][:2] == ["/2/oauth2/token", "/2/users/by"]

    def test_a_good_one_is_used_as_it_is(self, x: PretendX, vault: Memory, channels: list[Channel]) -> None:
        self.channel(x, vault, channels).poll()
        assert renewals(x) == []

    def test_a_refused_one_is_renewed_once_and_the_request_sent_again(
        self, x: PretendX, clock: Clock, vault: Memory, channels: list[Channel]
    ) -> None:
        channel = self.channel(x, vault, channels)
        channel.poll()
        clock.now += 3 * HOUR
        channel.poll()
        assert renewals(x) == [200]
        assert [taken.status for taken in x.server.ledger][-3:] == [401, 200, 200]

    def test_one_that_is_about_to_end_is_renewed_before_it_is_refused(
        self, x: PretendX, clock: Clock, vault: Memory, channels: list[Channel]
    ) -> None:
        channel = self.channel(x, vault, channels, with_access=False)
        channel.poll()
        for _ in range(4):
            clock.now += 2 * HOUR - MINUTE
            channel.poll()
        assert renewals(x) == [200] * 5
        assert 401 not in {taken.status for taken in x.server.ledger}

    def test_the_new_refresh_token_is_kept_before_the_new_access_token_is_used(
        self, x: PretendX, vault: Memory, channels: list[Channel]
    ) -> None:
        channel = self.channel(x, vault, channels, with_access=False)
        kept: list[str | None] = []
        serve = x.server.serve

        def watched(request: Any) -> Any:
            if request.path != "/2/oauth2/token":
                kept.append(vault.get(channel.x.payer))
            return serve(request)

        x.server.serve = watched  # type: ignore[method-assign]
        channel.poll()
        assert kept[0] is not None
        assert json.loads(kept[0])["refresh"] not in {"", None}

    def test_a_restart_goes_on_with_the_newest_one(self, x: PretendX, vault: Memory, channels: list[Channel]) -> None:
        signed = x.sign_in()
        for _ in range(3):  # the configured refresh token was used up by the first of them
            channels.append(Channel(x, vault, {"refresh_token": signed.refresh}))
            channels[-1].poll()
            x.grants.revoke(json.loads(vault.get(channels[-1].x.payer) or "")["access"])
        assert renewals(x) == [200, 200, 200]

    def test_channels_with_one_credential_share_its_token(
        self, x: PretendX, vault: Memory, channels: list[Channel]
    ) -> None:
        signed = x.sign_in()
        channels += [Channel(x, vault, {"refresh_token": signed.refresh}) for _ in range(3)]
        for channel in channels:
            channel.poll()
        assert renewals(x) == [200]
        assert len({channel.x.payer for channel in channels}) == 1

    def test_a_newly_configured_one_wins_at_once(self, x: PretendX, vault: Memory, channels: list[Channel]) -> None:
        self.channel(x, vault, channels, with_access=False).poll()
        second = self.channel(x, vault, channels, with_access=False)
        second.poll()
        assert renewals(x) == [200, 200]
        assert len({channel.x.payer for channel in channels}) == 2

    def test_an_answer_without_a_new_refresh_token_keeps_the_old_one(
        self, x: PretendX, vault: Memory, channels: list[Channel]
    ) -> None:
        channel = self.channel(x, vault, channels, with_access=False)
        body = json.dumps({"access_token": x.user_token, "expires_in": "soon"})
        x.faults.add(Fault(path="/2/oauth2", status=200, body=body))
        channel.poll()
        kept = json.loads(vault.get(channel.x.payer) or "")
        assert (kept["access"], kept["expires_at"]) == (x.user_token, NOON + 2 * HOUR)
        assert kept["refresh"].startswith("pretend-refresh")

    @pytest.mark.parametrize("body", ["{}", '{"access_token": 5}', '{"access_token": ""}', "[]"])
    def test_an_answer_without_a_token_is_a_bad_answer(
        self, x: PretendX, vault: Memory, channels: list[Channel], body: str
    ) -> None:
        channel = self.channel(x, vault, channels, with_access=False)
        x.faults.add(Fault(path="/2/oauth2", status=200, body=body))
        with pytest.raises(PlatformError) as caught:
            channel.poll()
        assert (caught.value.verdict, renewals(x)) == (Verdict.BAD_ANSWER, [200])

    def test_a_used_up_refresh_token_needs_a_person_and_says_what_to_do(
        self, x: PretendX, channels: list[Channel]
    ) -> None:
        signed = x.sign_in()
        channels += [Channel(x, Memory(), {"refresh_token": signed.refresh}) for _ in range(2)]
        channels[0].poll()
        with pytest.raises(PlatformError, match="sign in as the account again") as caught:
            channels[1].poll()
        assert (caught.value.verdict, caught.value.code) == (Verdict.CREDENTIAL, "invalid_request")
        assert signed.refresh not in str(caught.value)

    @pytest.mark.parametrize(("status", "verdict"), [(429, Verdict.WAIT), (503, Verdict.RETRY)])
    def test_a_passing_trouble_of_the_renewal_is_passing(
        self, x: PretendX, vault: Memory, channels: list[Channel], status: int, verdict: Verdict
    ) -> None:
        channel = self.channel(x, vault, channels, with_access=False)
        x.faults.add(Fault(path="/2/oauth2", status=status))
        with pytest.raises(PlatformError) as caught:
            channel.poll()
        assert caught.value.verdict is verdict
        channel.poll()

    def test_a_token_that_is_refused_although_it_is_new_is_not_renewed_again_at_once(
        self, x: PretendX, vault: Memory, channels: list[Channel]
    ) -> None:
        channel = self.channel(x, vault, channels)
        x.refuse("unauthorized", calls=None, path="/2/users")
        with pytest.raises(PlatformError) as caught:
            channel.poll()
        assert caught.value.verdict is Verdict.REFRESH
        assert renewals(x) == [200]


class TestClients:
    def test_a_confidential_app_shows_its_secret_in_a_header(
        self, clock: Clock, vault: Memory, channels: list[Channel]
    ) -> None:
        with PretendX(clock, client_secret=SECRET) as x:
            given = {"refresh_token": x.sign_in().refresh, "client_secret": SECRET}
            channels.append(Channel(x, vault, given))
            channels[-1].poll()
            asked = next(taken.request for taken in x.server.ledger if "oauth2" in taken.request.path)
            assert asked.headers["authorization"].startswith("Basic ")
            assert set(asked.form()) == {"grant_type", "refresh_token"}

    def test_a_public_app_names_itself_in_the_form(self, x: PretendX, vault: Memory, channels: list[Channel]) -> None:
        channels.append(Channel(x, vault, {"refresh_token": x.sign_in().refresh}))
        channels[-1].poll()
        asked = next(taken.request for taken in x.server.ledger if "oauth2" in taken.request.path)
        assert "authorization" not in asked.headers
        assert asked.form()["client_id"] == "pretend-client"

    @pytest.mark.parametrize("secret", ["", "pretend-secret-of-another"])
    def test_a_wrong_client_needs_a_person(
        self, clock: Clock, vault: Memory, channels: list[Channel], secret: str
    ) -> None:
        with PretendX(clock, client_secret=SECRET) as x:
            given = {"refresh_token": x.sign_in().refresh} | ({"client_secret": secret} if secret else {})
            channels.append(Channel(x, vault, given))
            with pytest.raises(PlatformError) as caught:
                channels[-1].poll()
        assert (caught.value.verdict, caught.value.code) == (Verdict.CREDENTIAL, "unauthorized_client")


class TestExpiries:
    def test_of_a_configured_token_nobody_knows_when_it_ends(
        self, x: PretendX, vault: Memory, channels: list[Channel]
    ) -> None:
        signed = x.sign_in()
        channels.append(Channel(x, vault, {"refresh_token": signed.refresh, "access_token": signed.access}))
        assert channels[-1].x.expiries() == []

    def test_a_renewed_one_ends_after_two_hours_and_is_renewed_by_itself(
        self, x: PretendX, vault: Memory, channels: list[Channel]
    ) -> None:
        channels.append(Channel(x, vault, {"refresh_token": x.sign_in().refresh}))
        channels[-1].poll()
        assert channels[-1].x.expiries() == [Expiry("access token", NOON + 2 * HOUR, renewed=True)]


def settings(**credentials: Any) -> Any:
    environ = {"A": "value-of-a-0815", "B": "value-of-b-0815"}
    return X.Settings.model_validate(
        {"account": "acme", "credentials": credentials}, context={"environ": environ, "unsealed": True}
    )


A, B = {"env": "A"}, {"env": "B"}


class TestCredentials:
    @pytest.mark.parametrize(
        "credentials",
        [
            {"bearer_token": A},
            {"client_id": "id", "refresh_token": A},
            {"client_id": "id", "client_secret": B, "refresh_token": A, "access_token": B},
        ],
        ids="+".join,
    )
    def test_either_kind_will_do(self, credentials: dict[str, Any]) -> None:
        assert "0815" not in repr(settings(**credentials))

    @pytest.mark.parametrize(
        ("credentials", "words"),
        [
            ({}, "needs `bearer_token`"),
            ({"client_id": "id"}, "needs `bearer_token`"),
            ({"refresh_token": A}, "needs `bearer_token`"),
            ({"access_token": A}, "needs `bearer_token`"),
            ({"bearer_token": A, "refresh_token": B, "client_id": "id"}, "one kind of token"),
            ({"bearer_token": A, "access_token": B}, "one kind of token"),
            ({"client_id": "", "refresh_token": A}, "at least 1"),
            ({"client_id": "id", "refresh_token": "in-the-file"}, "must not stand in the file"),
        ],
        ids=str,
    )
    def test_a_mixture_is_refused(self, credentials: dict[str, Any], words: str) -> None:
        with pytest.raises(ValidationError, match=words):
            settings(**credentials)

    def test_commands_that_need_no_secret_read_the_channel_all_the_same(self) -> None:
        keys = {"account": "acme", "watch": ["messages"], "credentials": {"client_id": "id", "refresh_token": A}}
        assert X.Settings.model_validate(keys, context={"environ": {}, "unsealed": False})

    def test_who_pays_is_told_by_a_name_that_tells_nothing(self, channels: list[Channel], x: PretendX) -> None:
        tokens = ("first-token-0815", "first-token-0815", "other-token-0815")
        channels.extend(Channel(x, Memory(), {"refresh_token": token}) for token in tokens)
        names = [channel.x.payer for channel in channels]
        assert names[0] == names[1] != names[2]
        assert all(name.startswith("x:") and "0815" not in name for name in names)

    def test_an_app_token_pays_for_all_its_channels(self) -> None:
        context = Context("one", lambda: NOON, LOOKBACK)
        made = [X(settings(bearer_token=A), replace(context, channel=name)) for name in ("one", "two")]
        made.append(X(settings(bearer_token=B), context))
        names = [each.payer for each in made]
        for each in made:
            each.close()
        assert names[0] == names[1] != names[2]
