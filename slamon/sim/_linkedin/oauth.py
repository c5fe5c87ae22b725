"""The pretend LinkedIn's host of tokens: one is renewed, or told of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.model import SECOND
from slamon.sim._linkedin.access import ACCESS_LIFE, ALL_SCOPES, Access, Grant
from slamon.sim.server import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slamon.model import Instant


def renew(access: Access, form: Mapping[str, str], now: Instant) -> Answer:
    """What the host of tokens answers to a refresh token: a new access token; the old one lives on until it ends."""
    ends = access.refreshes.get(form.get("refresh_token", ""))
    if form.get("grant_type") != "refresh_token":
        return _oauth("invalid_request", "A required parameter is missing")
    if (form.get("client_id"), form.get("client_secret")) != access.client:
        return _oauth("invalid_client", "Client authentication failed", 401)
    if ends is None or now >= ends:
        return _oauth(
            "invalid_grant", "The provided authorization grant or refresh token is invalid, expired or revoked"
        )
    token = f"renewed-{len(access.grants)}"
    access.grants[token] = Grant(ALL_SCOPES, now + ACCESS_LIFE, now)
    return Answer.json(
        {
            "access_token": token,
            "expires_in": ACCESS_LIFE // SECOND,
            "refresh_token": form["refresh_token"],
            "refresh_token_expires_in": (ends - now) // SECOND,
            "scope": ",".join(sorted(ALL_SCOPES)),
        }
    )


def introspect(access: Access, form: Mapping[str, str], now: Instant) -> Answer:
    """What the host of tokens tells of one; of a stranger's, only that it is not active."""
    if (form.get("client_id"), form.get("client_secret")) != access.client:
        return _oauth("invalid_client", "Client authentication failed", 401)
    token = form.get("token", "")
    ends, grant = access.refreshes.get(token), access.grants.get(token)
    if ends is None and grant is None:
        return Answer.json({"active": False})
    until = ends if grant is None else grant.expires_at
    good = now < (until or 0) and not (grant and grant.revoked)
    return Answer.json(
        {
            "active": good,
            "status": "active" if good else "expired",
            "client_id": access.client[0],
            "scope": ",".join(sorted(grant.scopes if grant else ALL_SCOPES)),
            "created_at": (grant.created_at if grant else now) // SECOND,
            "authorized_at": (grant.created_at if grant else now) // SECOND,
            "expires_at": (until or 0) // SECOND,
        }
    )


def _oauth(code: str, words: str, status: int = 400) -> Answer:
    return Answer.json({"error": code, "error_description": words}, status)
