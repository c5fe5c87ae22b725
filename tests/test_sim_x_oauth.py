"""Signing in to the pretend X: tokens end after two hours, and a refresh token works once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

from slamon.model import HOUR, SECOND
from slamon.sim.x import PretendX
from x_client import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = "pretend-secret-0815"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def x(clock: Clock) -> Iterator[PretendX]:
    with PretendX(clock) as pretend:
        yield pretend


def renewed(x: PretendX, refresh: str, **form: str) -> requests.Response:
    whole = {"grant_type": "refresh_token", "refresh_token": refresh, "client_id": "pretend-client"} | form
    return requests.post(f"{x.url}/2/oauth2/token", data=whole, timeout=5)


def status(x: PretendX, access: str) -> int:
    headers = {"authorization": f"Bearer {access}"}
    return requests.get(f"{x.url}/2/users/me", headers=headers, timeout=5).status_code


def test_an_access_token_ends_after_two_hours(x: PretendX, clock: Clock) -> None:
    signed = x.sign_in()
    clock.now += 2 * HOUR - SECOND
    assert status(x, signed.access) == 200
    clock.now += SECOND
    assert status(x, signed.access) == 401


def test_a_renewal_brings_a_new_pair_and_ends_the_old_one(x: PretendX) -> None:
    signed = x.sign_in()
    answer = renewed(x, signed.refresh).json()
    assert (answer["token_type"], answer["expires_in"]) == ("bearer", 7200)
    assert answer["scope"] == "dm.read offline.access tweet.read users.read"
    assert (status(x, answer["access_token"]), status(x, signed.access)) == (200, 401)
    assert renewed(x, answer["refresh_token"]).status_code == 200


def test_a_refresh_token_works_once(x: PretendX) -> None:
    signed = x.sign_in()
    renewed(x, signed.refresh)
    again = renewed(x, signed.refresh)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_request")


def test_without_the_scope_there_is_no_refresh_token(x: PretendX) -> None:
    assert x.sign_in(scopes=["tweet.read", "users.read"]).refresh == ""
    assert renewed(x, "").status_code == 400


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"client_id": "another"}, "invalid_client"),
        ({"refresh_token": "made-up"}, "invalid_request"),
    ],
)
def test_anything_else_is_refused(x: PretendX, form: dict[str, str], code: str) -> None:
    answer = renewed(x, x.sign_in().refresh, **form)
    assert answer.status_code in {400, 401}
    assert answer.json()["error"] == code


def test_only_a_form_is_read(x: PretendX) -> None:
    body = {"grant_type": "refresh_token", "refresh_token": x.sign_in().refresh, "client_id": "pretend-client"}
    assert requests.post(f"{x.url}/2/oauth2/token", json=body, timeout=5).status_code == 400


def test_a_confidential_app_must_show_its_secret(clock: Clock) -> None:
    with PretendX(clock, client_secret=SECRET) as x:
        signed = x.sign_in()
        refused = renewed(x, signed.refresh)
        assert (refused.status_code, refused.json()["error"]) == (401, "unauthorized_client")
        form = {"grant_type": "refresh_token", "refresh_token": signed.refresh}
        answer = requests.post(f"{x.url}/2/oauth2/token", data=form, auth=("pretend-client", SECRET), timeout=5)
        assert answer.status_code == 200


def test_a_token_is_that_of_its_account(x: PretendX) -> None:
    headers = {"authorization": f"Bearer {x.sign_in('zoe').access}"}
    answer = requests.get(f"{x.url}/2/users/me", headers=headers, timeout=5)
    assert answer.json()["data"]["username"] == "zoe"
