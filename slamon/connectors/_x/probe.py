"""What `slamon probe` says of a channel on X: each right it needs, proved by a read that is as small as can be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slamon.connectors._x.answers import listing
from slamon.connectors._x.lists import SMALLEST, search
from slamon.connectors._x.queries import as_sent
from slamon.connectors.base import Finding, Proof, failed
from slamon.errors import PlatformError, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.connectors._x.inbox import Inbox
    from slamon.connectors._x.tokens import UserToken
    from slamon.connectors._x.wording import Asking
    from slamon.connectors.x import X

REFUSED = frozenset({Verdict.CREDENTIAL, Verdict.REFRESH})


class _Probe:
    """One look at all rights, in the order in which each needs the one before it."""

    def __init__(self, x: X, asking: Asking, inbox: Inbox, user: UserToken | None) -> None:
        self.x = x
        self.asking = asking
        self.inbox = inbox
        self.user = user
        self.account: str | None = None
        self.refused: PlatformError | None = None
        """What X said of a token that it does not take."""

    def accounts(self) -> Finding:
        identity = self.x.identify()
        self.account = identity.account
        return Finding("users.read", Proof.OK, f"@{identity.handle} is account {identity.account}")

    def posts(self) -> Finding:
        if self.account is None:
            return Finding("tweet.read", Proof.FAILED, "not tried: the account is not known")
        name, last = ("mentions", "mentions") if "mentions" in self.x.settings.watch else ("posts", "tweets")
        read = self._read(name, f"/2/users/{self.account}/{last}?max_results=5")
        for query in self.x.settings.search[:1]:
            read += self._read("search", f"{search(as_sent(query))}&max_results={SMALLEST}")
        refused = ", ".join(self.asking.refused())
        lacking = f"; the server does not know {refused}, which is left out or said otherwise" if refused else ""
        return Finding("tweet.read", Proof.OK, f"posts can be read: {read} on the first page{lacking}")

    def _read(self, name: str, path: str) -> int:
        return len(listing(name, self.asking.get(name, path)).posts)

    def messages(self) -> Finding:
        return Finding("dm.read", Proof.OK, f"direct messages can be read: {self.inbox.probe()} on a page of one")

    def renewal(self) -> Finding:
        if self.refused is not None:
            return failed("offline.access", self.refused)
        if self.x.expiries():
            return Finding("offline.access", Proof.OK, "the token has been renewed")
        text = "not tried: a refresh token is used up by each renewal, and the first comes within two hours"
        return Finding("offline.access", Proof.UNKNOWN, text)


def findings(x: X, asking: Asking, inbox: Inbox, user: UserToken | None) -> Iterator[Finding]:
    """A line for each right that the channel needs."""
    probe = _Probe(x, asking, inbox, user)
    tries = {"users.read": probe.accounts, "tweet.read": probe.posts}
    if "messages" in x.settings.watch:
        tries["dm.read"] = probe.messages
    if user is not None:
        tries["offline.access"] = probe.renewal
    where = {each.name: each.where for each in x.permissions}
    for name, attempt in tries.items():
        try:
            yield attempt()
        except PlatformError as error:
            probe.refused = error if error.verdict in REFUSED else probe.refused
            yield failed(name, error, where[name])
