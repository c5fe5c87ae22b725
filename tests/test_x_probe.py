"""`slamon probe` of a channel on X: which right is there, which is missing, and where to get it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from rig_x import MessagesRig, SearchRig, XRig
from slamon.connectors.base import Proof
from slamon.connectors.x import X
from slamon.yamlfile import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.connectors.base import Connector, Finding

PAGE = Path(__file__).parents[1].joinpath("docs/connectors/x.md").read_text(encoding="utf-8")


class Whole(MessagesRig):
    def keys(self) -> dict[str, Any]:
        return super().keys() | {"watch": ["mentions", "messages", "search"], "search": ["gizmo"]}


@pytest.fixture
def rig() -> Iterator[Whole]:
    with Whole() as each:
        yield each


@pytest.fixture
def connector(rig: Whole) -> Iterator[Connector]:
    made = rig.connector()
    yield made
    made.close()


def proofs(connector: Connector) -> dict[str, Proof]:
    return {finding.permission: finding.proof for finding in connector.probe()}


def finding(connector: Connector, name: str) -> Finding:
    return next(each for each in connector.probe() if each.permission == name)


def test_everything_that_is_watched_is_read_in_the_smallest_pages(rig: Whole, connector: Connector) -> None:
    rig.customer("hello?")
    assert proofs(connector) == {
        "users.read": Proof.OK,
        "tweet.read": Proof.OK,
        "dm.read": Proof.OK,
        "offline.access": Proof.UNKNOWN,
    }
    asked = {taken.request.path: taken.request.query.get("max_results") for taken in rig.x.server.ledger}
    assert asked == {
        "/2/users/by": None,
        "/2/users/me": None,
        f"/2/users/{rig.x.brand.id}/mentions": "5",
        "/2/tweets/search/recent": "10",
        "/2/dm_events": "1",
    }


def test_only_what_is_watched_is_tried() -> None:
    with SearchRig() as rig:
        made = rig.connector()
        assert set(proofs(made)) == {"users.read", "tweet.read"}
        assert [taken.request.path.rsplit("/", 1)[-1] for taken in rig.x.server.ledger] == ["by", "tweets", "recent"]
        made.close()


def test_a_token_that_was_renewed_proves_that_it_can_be(rig: Whole) -> None:
    signed = rig.x.sign_in()
    own = {"client_id": "pretend-client", "refresh_token": {"env": "R"}}
    keys = {"account": "acme", "base_url": rig.x.url, "credentials": own}
    made = X(X.Settings.model_validate(keys, context={"environ": {"R": signed.refresh}}), rig.context())  # type: ignore[arg-type]
    assert proofs(made)["offline.access"] is Proof.OK
    made.close()


def test_a_missing_scope_is_named_although_x_only_says_forbidden(rig: Whole, connector: Connector) -> None:
    rig.x.refuse("no-scope", path="/2/dm_events")
    lacking = finding(connector, "dm.read")
    assert lacking.proof is Proof.MISSING
    assert "dm.read" in lacking.said
    assert "dm.read" in lacking.hint
    assert proofs(connector)["dm.read"] is Proof.OK


def test_a_scope_that_was_never_asked_for_is_found_missing(rig: Whole) -> None:
    signed = rig.x.sign_in(scopes=["tweet.read", "users.read", "offline.access"])
    own = {"client_id": "pretend-client", "refresh_token": {"env": "R"}, "access_token": {"env": "A"}}
    keys = {"account": "acme", "base_url": rig.x.url, "watch": ["messages"], "credentials": own}
    environ = {"R": signed.refresh, "A": signed.access}
    made = X(X.Settings.model_validate(keys, context={"environ": environ}), rig.context())  # type: ignore[arg-type]
    assert proofs(made)["dm.read"] is Proof.MISSING
    made.close()


def test_an_account_that_does_not_exist_leaves_posts_untried(rig: Whole, connector: Connector) -> None:
    rig.x.faults.clear()
    rig.x.refuse("unavailable", path="/2/users/by")
    found = {each.permission: each for each in connector.probe()}
    assert found["users.read"].proof is Proof.FAILED
    assert "not tried" in found["tweet.read"].said


@pytest.mark.parametrize("kind", [XRig, SearchRig, MessagesRig])
def test_it_writes_nothing(kind: type[XRig]) -> None:
    with kind() as rig:
        made = rig.connector()
        list(made.probe())
        assert {taken.request.method for taken in rig.x.server.ledger} == {"GET"}
        made.close()


class TestThePage:
    @pytest.mark.parametrize("name", sorted(X.endpoints))
    def test_every_call_is_on_it(self, name: str) -> None:
        assert f"`{name}` |" in PAGE

    @pytest.mark.parametrize("name", [each.name for each in X.permissions])
    def test_every_right_is_on_it(self, name: str) -> None:
        assert f"`{name}`" in PAGE

    @pytest.mark.parametrize("name", sorted(X.kinds))
    def test_every_kind_is_on_it(self, name: str) -> None:
        assert f"`{name}`" in PAGE

    def test_what_it_tells_to_write_can_be_read(self) -> None:
        blocks = [parse(block.encode(), "page").data for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)]
        channels = [block["channels"][0] if "channels" in block else block for block in blocks]
        assert len(channels) == 3
        base = {"account": "acme", "credentials": {"bearer_token": {"env": "T"}}}
        for channel in channels:
            own = {key: value for key, value in channel.items() if key in X.Settings.model_fields}
            assert X.Settings.model_validate(base | own, context={"environ": {}, "unsealed": False})

    def test_every_credential_is_on_it(self) -> None:
        keys = X.Settings.model_fields["credentials"].annotation
        assert keys is not None
        for name in keys.model_fields:
            assert f"| `credentials.{name}`" in PAGE
