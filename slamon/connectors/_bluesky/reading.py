"""One poll, or one second look, over the posts of a channel on Bluesky."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from slamon.connectors._bluesky import again, ids
from slamon.connectors._bluesky.cursor import MENTIONS, Cursor, Known, Place, version
from slamon.connectors._bluesky.mentions import Mentions
from slamon.connectors._bluesky.own import Own
from slamon.connectors._bluesky.posts import Around, messages, quoted
from slamon.connectors._bluesky.probe import check_notifications
from slamon.connectors._bluesky.team import Answered
from slamon.connectors.base import Page
from slamon.model import Author, Gone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from slamon.connectors._bluesky.api import Api
    from slamon.connectors._bluesky.ids import Json
    from slamon.connectors._bluesky.people import People
    from slamon.connectors.base import Identity
    from slamon.model import Instant, Message


@dataclass(frozen=True, slots=True)
class Tools:
    """What a connector keeps between reads."""

    api: Api
    people: People
    clock: Callable[[], Instant]
    ours: dict[str, Author] = field(default_factory=dict)
    """The account and its team, as they call themselves."""
    elsewhere: set[str] = field(default_factory=set)
    """Those of them who live in another house than the account."""


@dataclass(slots=True)
class Reading:
    """Reads posts from where `old` ended; what it remembers of them is in `places` and `answered` at its end."""

    tools: Tools
    identity: Identity
    old: Cursor
    start: Instant
    """Where a list is begun that was never read."""
    places: dict[str, Place] = field(default_factory=dict)
    answered: dict[str, int] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)

    def mentions(self) -> Iterator[Page]:
        """What was told to the account, and what became of that which is told no more.

        :raises PlatformError: it cannot be read; or nothing is new, and the account keeps people out of the list.
        """
        api, reading = self.tools.api, Mentions(self.old.places.get(MENTIONS), self.start)
        silent = True
        for posts in reading.read(api, self.tools.clock()):
            silent = silent and not posts
            yield from self._page(posts, reading.now, reading.known)
        found = again.look(api, reading.vanished())
        hidden = again.hidden_replies(api, found.views.values(), self.identity.ours)
        shown = [uri for uri, view in found.views.items() if uri in hidden or _is_edited(reading.known[uri], view)]
        yield from self._second_look(found, shown, hidden, reading.known)
        if silent:
            check_notifications(api)
        self.places[MENTIONS] = reading.next_place({uri: reading.known[uri] for uri in found.left})

    def team(self) -> Iterator[Page]:
        """Replies to the team."""
        counts = Answered(self.old.answered)
        for posts in counts.read(self.tools.api):
            yield from self._page(posts, self.tools.clock(), {})
        self.answered = counts.counts

    def own(self) -> Iterator[Page]:
        """What each of ours posted, and deleted."""
        for did in (self.identity.account, *self.identity.team):
            reading = Own(self.tools.ours.get(did) or Author(did), self.old.places.get(did), self.start)
            for posts in reading.read(self.tools.api, self.tools.clock(), self.tools.elsewhere):
                yield from self._page(posts, reading.now, reading.known)
            missing = reading.missing()
            found = again.look_at_home(self.tools.api, missing)
            if found.gone:
                yield Page(gone=self._gone(found))
            self.places[did] = reading.next_place({uri: reading.known[uri] for uri in missing if uri not in found.gone})
        self._watch_team()

    def looked_for(self, waiting: Mapping[str, Instant]) -> Iterator[Page]:
        """These posts as they are now; with each stands an instant before which it was not written."""
        known = {uri: each for place in self.old.places.values() for uri, each in place.known.items()}
        left = list(waiting)
        while left:
            found = again.look(self.tools.api, left)
            hidden = again.hidden_replies(self.tools.api, found.views.values(), self.identity.ours)
            for page in self._second_look(found, list(found.views), hidden, known):
                said = [_not_before(waiting[each.id], each, self.tools.clock()) for each in page.messages]
                yield replace(page, messages=said)
            left = found.left

    def _page(self, posts: Sequence[Any], now: Instant, known: Mapping[str, Known]) -> Iterator[Page]:
        """The posts as messages, with what is counted of them and of their authors."""
        new = [post for post in posts if ids.address(post) not in self.seen]
        if not new:
            return
        uris = [uri for post in new if (uri := ids.address(post))]
        self.seen.update(uris)
        strangers = [uri for uri in uris if ids.author_of(uri) not in self.identity.ours]
        originals = [uri for post in new if (uri := self._answers_by_quote(post))]
        views = self.tools.api.posts(list(dict.fromkeys(strangers + originals)))
        self.tools.people.meet(did for uri in strangers if (did := ids.author_of(uri)))
        around = Around(self.identity.ours, now, self.tools.people.completed, views)
        good, bad = messages(new, around)
        yield Page(_steady(good, new, known, now), rejects=bad)

    def _answers_by_quote(self, post: Any) -> str | None:  # noqa: ANN401 - any JSON
        """The address of a post by others that one of ours quotes: its thread is where the answer belongs."""
        uri, original = ids.address(post), quoted(post)
        ours = self.identity.ours
        if not uri or not original or ids.author_of(uri) not in ours or ids.author_of(original) in ours:
            return None
        return original

    def _second_look(
        self, found: again.Again, uris: Sequence[str], hidden: frozenset[str], known: Mapping[str, Known]
    ) -> Iterator[Page]:
        if not uris and not found.gone:
            return
        shown = [found.views[uri] for uri in uris]
        self.tools.people.meet(did for view in shown if (did := ids.author_of(view["uri"])))
        now = self.tools.clock()
        around = Around(self.identity.ours, now, self.tools.people.completed, found.views, hidden)
        good, bad = messages(shown, around)
        yield Page(_steady(good, shown, known, now), gone=self._gone(found), rejects=bad)

    def _gone(self, found: again.Again) -> list[Gone]:
        now = self.tools.clock()
        return [Gone(uri, now) for uri in found.gone]

    def _watch_team(self) -> None:
        team = frozenset(self.identity.team)
        written = [uri for did in team for uri in self.places[did].known]
        self.answered = Answered(self.answered).next_counts(written, team, self.tools.clock()) if team else {}


def _is_edited(before: Known, view: Json) -> bool:
    return before.version != version(view.get("cid"))


def _not_before(first: Instant, said: Message, now: Instant) -> Message:
    """A record that was edited may claim to be older than it is: the store keeps the earlier time."""
    return said if said.created_at >= first else replace(said, created_at=now)


def _steady(said: Sequence[Message], posts: Sequence[Any], known: Mapping[str, Known], now: Instant) -> list[Message]:
    """An edited post keeps the time at which it was first seen to be written: the new record may tell any other."""
    versions = {uri: version(post.get("cid")) for post in posts if (uri := ids.address(post))}
    return [_kept(message, known.get(message.id), versions.get(message.id, ""), now) for message in said]


def _kept(message: Message, before: Known | None, newest: str, now: Instant) -> Message:
    if before is None:
        return message
    if before.version != newest:
        message = replace(message, edited_at=message.created_at if message.created_at > before.at else now)
    return replace(message, created_at=before.at)
