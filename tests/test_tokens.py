"""Access tokens that expire: renewed in time, once for all channels, and stored before they are used."""

from __future__ import annotations

from threading import Barrier, Thread
from typing import TYPE_CHECKING

import pytest

from slamon.connectors._meter import Meter
from slamon.connectors._vault import Memory, fingerprint
from slamon.connectors.base import Context
from slamon.connectors.tokens import Token, Tokens
from slamon.errors import PlatformError, StoreError, Verdict
from slamon.logs import redact
from slamon.model import DAY, HOUR, MINUTE
from slamon.store.vault import StoreVault

if TYPE_CHECKING:
    from slamon.connectors._vault import Vault
    from slamon.store.store import Store

NOON = 1_795_348_800_000


class World:
    """A platform that rotates: each renewal takes the newest refresh token and kills it."""

    def __init__(self, vault: Vault | None = None) -> None:
        self.now = NOON
        self.vault = vault or Memory()
        self.newest = "refresh-token-0"
        self.renewals = 0

    def tokens(self, access: str = "", refresh: str = "refresh-token-0") -> Tokens:
        context = Context("acme", lambda: self.now, DAY, vault=self.vault)
        return Tokens(context, f"x:{fingerprint(refresh)}", Token(access, None, refresh), self.renew)

    def renew(self, old: Token) -> Token:
        if old.refresh != self.newest:
            raise PlatformError(Verdict.CREDENTIAL, "the refresh token is no longer valid")
        self.renewals += 1
        self.newest = f"refresh-token-{self.renewals}"
        return Token(f"access-token-{self.renewals}", self.now + 2 * HOUR, self.newest)


class TestRenewing:
    def test_a_missing_access_token_is_fetched(self) -> None:
        assert World().tokens().access() == "access-token-1"

    def test_one_that_is_good_is_used_again(self) -> None:
        world = World()
        tokens = world.tokens()
        assert {tokens.access() for _ in range(3)} == {"access-token-1"}
        assert world.renewals == 1

    def test_it_is_renewed_minutes_before_it_expires(self) -> None:
        world = World()
        tokens = world.tokens()
        tokens.access()
        world.now += 2 * HOUR - 6 * MINUTE
        assert tokens.access() == "access-token-1"
        world.now += MINUTE
        assert tokens.access() == "access-token-2"

    def test_it_is_renewed_when_the_platform_refuses_it(self) -> None:
        world = World()
        tokens = world.tokens()
        tokens.refused(tokens.access())
        assert tokens.access() == "access-token-2"

    def test_a_refusal_of_one_that_was_replaced_meanwhile_renews_nothing(self) -> None:
        world = World()
        tokens = world.tokens()
        old = tokens.access()
        tokens.refused(old)
        tokens.refused(old)
        assert world.renewals == 2

    def test_a_configured_access_token_is_used_as_long_as_it_is_good(self) -> None:
        world = World()
        assert world.tokens("configured-token").access() == "configured-token"
        assert world.renewals == 0

    def test_a_refused_renewal_is_for_a_person(self) -> None:
        with pytest.raises(PlatformError) as caught:
            World().tokens(refresh="refresh-of-yesterday").access()
        assert caught.value.verdict is Verdict.CREDENTIAL


class TestRotation:
    def test_after_a_restart_the_rotated_token_is_in_force(self, store: Store) -> None:
        world = World(StoreVault(store))
        world.tokens().access()
        world.vault = StoreVault(store)
        world.now += 3 * HOUR
        assert world.tokens().access() == "access-token-2"

    def test_a_new_configured_token_wins(self) -> None:
        world = World()
        world.tokens().access()
        world.newest = "refresh-token-by-hand"
        assert world.tokens(refresh="refresh-token-by-hand").access() == "access-token-2"

    def test_nothing_is_used_that_could_not_be_stored(self) -> None:
        world = World()

        def full(_key: str, _value: str) -> None:
            raise StoreError("the disk is full")

        world.vault.put = full  # type: ignore[method-assign, assignment]
        with pytest.raises(StoreError):
            world.tokens().access()

    def test_channels_that_find_it_expired_together_renew_it_once(self, store: Store) -> None:
        world = World(StoreVault(store))
        channels, together = [world.tokens() for _ in range(8)], Barrier(8)
        found: list[str] = []

        def ask(tokens: Tokens) -> None:
            together.wait()
            found.append(tokens.access())

        crowd = [Thread(target=ask, args=(tokens,)) for tokens in channels]
        for thread in crowd:
            thread.start()
        for thread in crowd:
            thread.join()
        assert (set(found), world.renewals) == ({"access-token-1"}, 1)

    def test_no_token_is_ever_shown(self) -> None:
        world = World()
        world.tokens().access()
        assert redact(f"{world.tokens()!r} access-token-1 refresh-token-1 refresh-token-0").count("***") == 3
        assert "secret" not in repr(Token("secret-access", None, "secret-refresh"))

    def test_both_ends_are_known(self) -> None:
        configured = Token("a" * 8, NOON + DAY, "b" * 8, NOON + 30 * DAY)
        tokens = Tokens(Context("acme", lambda: NOON, DAY), "k", configured, World().renew)
        assert [(each.credential, each.at - NOON, each.renewed) for each in tokens.expiries()] == [
            ("access token", DAY, True),
            ("refresh token", 30 * DAY, False),
        ]


class TestVault:
    def test_what_was_put_is_there_for_the_next_process(self, store: Store) -> None:
        StoreVault(store).put("a", "1")
        vault = StoreVault(store)
        vault.put("b", "2")
        vault.put("b", "3")
        assert [StoreVault(store).get(key) for key in "abc"] == ["1", "3", None]


class TestMeter:
    def meter(self, vault: Vault, now: int = NOON) -> Meter:
        context = Context("acme", lambda: now, DAY, vault=vault)
        return Meter(context, "app", ("units", 100), lambda at: at - at % DAY + DAY, {"list": 1, "search": 30})

    def test_calls_take_what_they_cost_until_the_next_window(self) -> None:
        vault = Memory()
        for endpoint in ("list", "search", "token"):
            self.meter(vault).spent(endpoint)
        left = self.meter(vault).quota()
        assert (left.remaining, left.limit, left.costs) == (69, 100, (("search", 30),))
        assert self.meter(vault, left.resets_at - 1).quota().remaining == 69
        assert self.meter(vault, left.resets_at).quota().remaining == 100

    def test_more_than_there_is_leaves_nothing(self) -> None:
        vault = Memory()
        for _ in range(5):
            self.meter(vault).spent("search")
        assert self.meter(vault).quota().remaining == 0

    def test_a_clock_that_was_set_back_starts_anew(self) -> None:
        vault = Memory()
        self.meter(vault, NOON + 40 * DAY).spent("search")
        assert self.meter(vault).quota().remaining == 100
