"""Calls to a server that speaks the Mastodon API, and what such a server turned out not to have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from slamon import logs
from slamon.connectors._mastodon import facts
from slamon.connectors._mastodon.answers import bad, listing
from slamon.connectors._mastodon.lists import account_path
from slamon.errors import PlatformError, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from slamon.connectors._answers import Answer
    from slamon.connectors._mastodon.answers import Listing
    from slamon.connectors._mastodon.lists import StatusList
    from slamon.connectors._mastodon.status import Json
    from slamon.connectors.http import Http

BATCH = 20
"""Statuses in one look-up by ids; Mastodon refuses more."""
SINGLES = 40
"""Statuses in one look that are asked for one by one, at most."""
UNKNOWN_HERE = frozenset({Verdict.NOT_FOUND, Verdict.BAD_REQUEST})
"""How a server says that it has no such call, or does not know a parameter."""
NOT_IMPLEMENTED = "501"
CONVINCING = 3
"""Refusals with 5xx, of a call that never worked, before it is believed that the server has no such call."""
CONVERSATIONS = "conversations"
BATCHES = "statuses"
PARAMETERS = "notifications with all parameters"
UNSEEN = {
    CONVERSATIONS: "private mentions that no notification tells of; each dialogue that waits costs a call",
    BATCHES: "nothing: statuses are looked up one by one",
    PARAMETERS: "quotes, and what the account's own settings filter",
}
"""Calls that not every server has, and what is not seen for want of them."""
MISSING = "mastodon_call_missing"
"""The log event for a call that a server does not have: said once, with what is not seen for want of it."""


class Api:
    """The calls by name, and what this server turned out to have of them. Safe from any thread."""

    def __init__(self, http: Http, channel: str) -> None:
        self._http = http
        self._channel = channel
        self._worked: set[str] = set()
        self._refused: dict[str, int] = {}
        self._lacking: set[str] = set()

    def has(self, call: str) -> bool:
        """Whether the server may have a call of `UNSEEN`, for all that is known."""
        return call not in self._lacking

    def works(self, call: str) -> None:
        """It does: from now on, a refusal is trouble and nothing else."""
        self._worked.add(call)

    def lacks(self, call: str, error: PlatformError) -> bool:
        """Whether a refusal says that the server has no such call; said aloud once that is sure.

        Some servers answer 500 to what they do not know. One that always did is believed after a few times.
        """
        if call in self._worked:
            return False
        if error.verdict in UNKNOWN_HERE or error.code == NOT_IMPLEMENTED:
            return self._is_sure(call)
        if not error.code.startswith("5"):
            return False
        self._refused[call] = self._refused.get(call, 0) + 1
        return self._refused[call] < CONVINCING or self._is_sure(call)

    def _is_sure(self, call: str) -> bool:
        if call not in self._lacking:
            self._lacking.add(call)
            logs.get(__name__).warning(MISSING, channel=self._channel, call=call, unseen=UNSEEN[call])
        return True

    def me(self) -> Json:
        """The account that the token belongs to."""
        return self._object("verify_credentials", "/api/v1/accounts/verify_credentials")

    def account_named(self, handle: str) -> Json | None:
        """The account of a handle; the server looks at other servers for one that it does not know yet.

        Not every server has the look-up, and some answer 500 for want of it: then it is searched for.
        """
        trouble: PlatformError | None = None
        try:
            known = self._found("lookup_account", "/api/v1/accounts/lookup?" + urlencode({"acct": handle}))
        except PlatformError as error:
            if error.verdict is not Verdict.BAD_REQUEST and not error.code.startswith("5"):
                raise
            known, trouble = None, error
        found = known or self._searched(handle)
        if found is None and trouble is not None and trouble.verdict is Verdict.RETRY:
            raise trouble
        return found

    def account(self, user: str) -> Json | None:
        """The account of an id; `None` for one that is gone."""
        return self._found("account", account_path(user))

    def policy(self) -> Json | None:
        """What becomes of notifications by strangers (4.3); `None` where the server has no such thing."""
        return self._found("notification_policy", "/api/v2/notifications/policy")

    def page(self, each: StatusList, more: Mapping[str, str]) -> tuple[Answer, Listing]:
        """One page of a list."""
        query = urlencode({**each.params, **more}, doseq=True)
        answer = self._http.get(each.endpoint, f"{each.path}?{query}" if query else each.path)
        return answer, listing(each.endpoint, answer)

    def statuses(self, ids: Sequence[str]) -> dict[str, Json | None]:
        """What the server shows of `ids`, by as few calls as it allows (4.3: 20 in one); `None`: it shows none.

        Where it has no such call, the first few are asked for one by one, and the others are left out.
        """
        batched = self.batches(ids)
        if batched is not None:
            return {ident: batched.get(ident) for ident in ids}
        return {ident: self.status(ident) for ident in ids[:SINGLES]}

    def batches(self, ids: Sequence[str]) -> dict[str, Json] | None:
        """Those of `ids` that the server shows in answer to twenty at once; `None` where it has no such call."""
        found: dict[str, Json] = {}
        try:
            for first in range(0, len(ids), BATCH):
                if not self.has(BATCHES):
                    return None
                found |= self._batch(ids[first : first + BATCH])
        except PlatformError as error:
            if not self.lacks(BATCHES, error):
                raise
            return None
        return found

    def status(self, ident: str) -> Json | None:
        """One status; `None` where the server shows none: deleted, or not for our eyes."""
        return self._found("status", f"/api/v1/statuses/{quote(ident, safe='')}")

    def context(self, ident: str) -> tuple[Sequence[Any], Sequence[Any]]:
        """What a status replies to, up to the first one, oldest first; and all that replies to it."""
        context = self._found("context", f"/api/v1/statuses/{quote(ident, safe='')}/context") or {}
        return facts.listed(context.get("ancestors")), facts.listed(context.get("descendants"))

    def _batch(self, ids: Sequence[str]) -> dict[str, Json]:
        answer = self._http.get("statuses", "/api/v1/statuses?" + urlencode({"id[]": ids}, doseq=True))
        if not isinstance(answer.json, list):
            raise bad("statuses", "is no list")
        self.works(BATCHES)
        return {str(each["id"]): each for each in answer.json if isinstance(each, dict) and "id" in each}

    def _searched(self, handle: str) -> Json | None:
        query = urlencode({"q": handle, "resolve": "true", "limit": 5})
        try:
            found = self._http.get("search_accounts", f"/api/v1/accounts/search?{query}").json
        except PlatformError as error:
            if error.verdict not in UNKNOWN_HERE and error.code != NOT_IMPLEMENTED:
                raise
            return None
        fit = (each for each in facts.listed(found) if isinstance(each, dict))
        return next((each for each in fit if facts.text(each.get("acct")).lower() == handle.lower()), None)

    def _object(self, endpoint: str, path: str) -> Json:
        answer = self._http.get(endpoint, path)
        if not isinstance(answer.json, dict):
            raise bad(endpoint, "is no object")
        return answer.json

    def _found(self, endpoint: str, path: str) -> Json | None:
        try:
            return self._object(endpoint, path)
        except PlatformError as error:
            if error.verdict is not Verdict.NOT_FOUND:
                raise
            return None
