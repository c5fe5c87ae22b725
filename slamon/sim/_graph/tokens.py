"""Tokens of the pretend Graph API: whose each is, what it may do, and how `debug_token` tells of it."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from slamon.model import SECOND
from slamon.sim._graph.refusals import METHOD, GraphError, lacks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slamon.model import Instant

APP_ID = "990011223344"


@dataclass(slots=True, kw_only=True)
class GraphToken:
    """One token; tests change it as a person or Meta would."""

    value: str
    node: str
    """What `me` is with it."""
    kind: str = "PAGE"
    """As `debug_token` names it: `PAGE`, `USER`."""
    scopes: set[str] = field(default_factory=set)
    tasks: set[str] = field(default_factory=set)
    """What the person behind it may do on the Page: MODERATE, MESSAGING."""
    expires_at: Instant | None = None
    data_access_expires_at: Instant | None = None
    refused: str = ""
    """Name of the refusal that everything gets with it, of `REFUSALS`."""

    def need(self, scope: str) -> None:
        """Refuse, aloud, where a scope is missing."""
        if scope not in self.scopes:
            raise lacks(scope)


class Tokens:
    """All tokens of one app."""

    def __init__(self, app_id: str = APP_ID, app_secret: str = "pretend-app-secret") -> None:  # noqa: S107
        self.app_id = app_id
        self.app_secret = app_secret
        self.proof_required = False
        self._known: dict[str, GraphToken] = {}

    def add(self, token: GraphToken) -> GraphToken:
        """Know a token from now on."""
        self._known[token.value] = token
        return token

    @property
    def app_token(self) -> str:
        """What the app asks as itself with."""
        return f"{self.app_id}|{self.app_secret}"

    def of(self, query: Mapping[str, str], headers: Mapping[str, str], now: Instant) -> GraphToken:
        """The token of a request, good and rightly signed.

        :raises GraphError: none, an unknown or expired one, or a wrong `appsecret_proof`.
        """
        value = token_in(query, headers)
        if not value:
            raise GraphError(104, "An access token is required to request this resource.")
        token = self._known.get(value)
        if token is None:
            raise GraphError(190, "Invalid OAuth access token - Cannot parse access token")
        if token.expires_at is not None and now >= token.expires_at:
            raise GraphError(190, "Error validating access token: Session has expired.", subcode=463)
        self._check_proof(token, query.get("appsecret_proof"))
        return token

    def inspected(self, query: Mapping[str, str], headers: Mapping[str, str]) -> dict[str, Any]:
        """The answer of `debug_token`."""
        if token_in(query, headers) != self.app_token:
            raise GraphError(100, "(#100) You must provide an app access token, or a user access token of the app")
        token = self._known.get(query.get("input_token", ""))
        if token is None:
            why = {"code": 190, "message": "Invalid OAuth access token."}
            return {"data": {"error": why, "is_valid": False, "scopes": []}}
        data: dict[str, Any] = {
            "app_id": self.app_id,
            "type": token.kind,
            "application": "Pretend",
            "expires_at": _seconds(token.expires_at),
            "data_access_expires_at": _seconds(token.data_access_expires_at),
            "is_valid": not token.refused,
            "scopes": sorted(token.scopes),
            "granular_scopes": [{"scope": scope} for scope in sorted(token.scopes)],
            "user_id": "4455667788",
        }
        return {"data": {**data, "profile_id": token.node} if token.kind == "PAGE" else data}

    def _check_proof(self, token: GraphToken, given: str | None) -> None:
        if given is None and self.proof_required:
            raise GraphError(100, "API calls from the server require an appsecret_proof argument", kind=METHOD)
        right = hmac.new(self.app_secret.encode(), token.value.encode(), "sha256").hexdigest()
        if given is not None and given != right:
            raise GraphError(100, "Invalid appsecret_proof provided in the API argument", kind=METHOD)


def token_in(query: Mapping[str, str], headers: Mapping[str, str]) -> str:
    """The token of a request: from its query or form, else from its header."""
    if "access_token" in query:
        return query["access_token"]
    scheme, _, value = headers.get("authorization", "").partition(" ")
    return value if scheme.lower() in {"bearer", "oauth"} else ""


def _seconds(at: Instant | None) -> int:
    return 0 if at is None else at // SECOND
