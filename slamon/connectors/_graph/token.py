"""What Meta says of a token (by public samples of `debug_token`), and the proof that a request comes from its app."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from slamon.connectors._graph.answers import bad, count
from slamon.connectors.base import Expiry
from slamon.model import MAX_INSTANT, SECOND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slamon.model import Instant


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """What `debug_token` says of a token."""

    valid: bool
    kind: str
    """`PAGE`, `USER`, …; empty where it is not said."""
    profile: str
    """The id of the Page of a Page token; empty where it is not said."""
    scopes: frozenset[str]
    expires_at: Instant | None
    """`None`: never, or unknown."""
    data_access_expires_at: Instant | None
    """When reading data of people ends unless the person behind the token signs in again."""

    def expiries(self) -> Sequence[Expiry]:
        """What ends by itself."""
        named = (("access token", self.expires_at), ("data access", self.data_access_expires_at))
        return [Expiry(name, at) for name, at in named if at is not None]


def token_facts(document: Any) -> TokenFacts:  # noqa: ANN401 - any JSON
    """The answer of `debug_token`.

    :raises PlatformError: it is none.
    """
    data = document.get("data") if isinstance(document, dict) else None
    if not isinstance(data, dict):
        raise bad("debug_token", "is no inspection of a token")
    scopes = data.get("scopes")
    kind, profile = data.get("type"), data.get("profile_id")
    return TokenFacts(
        valid=data.get("is_valid") is True,
        kind=kind if isinstance(kind, str) else "",
        profile=profile if isinstance(profile, str) else "",
        scopes=frozenset(scope for scope in scopes if isinstance(scope, str))
        if isinstance(scopes, list)
        else frozenset(),
        expires_at=_ends(data.get("expires_at")),
        data_access_expires_at=_ends(data.get("data_access_expires_at")),
    )


def proof(secret: str, token: str) -> str:
    """`appsecret_proof` for a request that is made with `token`: each token has its own."""
    return hmac.new(secret.encode(), token.encode(), "sha256").hexdigest()


def _ends(value: Any) -> Instant | None:  # noqa: ANN401 - any JSON
    seconds = count(value)
    return seconds * SECOND if seconds and seconds <= MAX_INSTANT // SECOND else None
