"""The pretend YouTube: the parts of the Data API v3 that slamon reads, over comments that tests move.

Left out are searching, videos and playlists, and everything that writes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slamon.sim._youtube import query, shape
from slamon.sim._youtube.access import READ_ONLY, SCOPE, Credentials, Gate
from slamon.sim._youtube.network import Studio
from slamon.sim._youtube.query import RefusedError
from slamon.sim.server import Answer, PretendServer, Request, Served

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import TypeAlias

    from slamon.model import Instant
    from slamon.sim._youtube.network import Account, Comment

    Endpoint: TypeAlias = Callable[[Request, bool], dict[str, Any]]

THREAD_FILTERS = ("allThreadsRelatedToChannelId", "videoId", "channelId", "id")
MOST_CHANNELS = 50


class PretendYouTube(Served, Studio):
    """YouTube on loopback, for one brand and its team. Use it as a context manager; `Studio` has the verbs.

    `short_pages`: no page of threads holds more, whatever is asked for. `fractions`: times as in older records.
    """

    def __init__(  # noqa: PLR0913 - all but the clock have good defaults
        self,
        clock: Callable[[], Instant],
        *,
        brand: str = "acme",
        team: Sequence[str] = (),
        credentials: Credentials | None = None,
        daily_units: int = 10_000,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        super().__init__(clock, brand)
        self.team = tuple(self.account(handle) for handle in team)
        self.credentials = credentials or Credentials()
        self.gate = Gate(self.credentials, daily_units)
        self.short_pages: int | None = None
        self.fractions = False
        self.server = PretendServer(clock, host, port)
        self.faults = self.server.faults
        self._add_routes()

    @property
    def token_url(self) -> str:
        """Where access tokens are renewed."""
        return f"{self.server.url}/token"

    def customer_comments(
        self, handle: str, text: str, reply_to: str | None = None, at: Instant | None = None, video: str | None = None
    ) -> str:
        """Comment as a customer, under the brand's first video unless told otherwise; return the new id."""
        return self.comment(handle, text, reply_to=reply_to, at=at, video=video)

    def brand_replies(self, to: str, text: str, by: str | None = None, at: Instant | None = None) -> str:
        """Reply to a comment as the brand, or as `by` of its team; return the new id."""
        return self.comment(by or self.brand.handle, text, reply_to=to, at=at)

    def _add_routes(self) -> None:
        self._endpoint("commentThreads", self._threads, {SCOPE})
        self._endpoint("comments", self._comments, {SCOPE})
        self._endpoint("channels", self._channels, {SCOPE, READ_ONLY})

        @self.server.route("POST", "/token")
        def token(request: Request) -> Answer:
            with self.lock:
                return self.gate.renew(request, self.clock())

    def _endpoint(self, name: str, endpoint: Endpoint, needs: set[str]) -> None:
        @self.server.route("GET", f"/youtube/v3/{name}")
        def answer(request: Request) -> Answer:
            try:
                with self.lock:
                    owner = self.gate.enter(request, self.clock(), needs=frozenset(needs))
                    document = endpoint(request, owner)
            except RefusedError as error:
                return Answer.json(error.body, error.status, error.headers)
            if request.headers.get("if-none-match") == document["etag"]:
                return Answer(304)
            return Answer.json(document, headers={"etag": document["etag"]})

    def _threads(self, request: Request, owner: bool) -> dict[str, Any]:  # noqa: FBT001 - as every endpoint
        asked = request.query
        query.checked(asked, query.THREADS)
        chosen = query.one_filter(asked, THREAD_FILTERS)
        query.without_id_only(asked, chosen)
        look = query.look(asked, "threads", owner=owner, fractions=self.fractions)
        if chosen == "id":
            found = [each for ident in query.ids(asked) if (each := self._top(ident))]
            return shape.page("commentThread", [shape.thread(self, look, each) for each in found], len(found))
        tops = [(f"{each.published:015d} {each.id}", each) for each in self._tops(chosen, asked[chosen], look.status)]
        size = query.size(asked)
        page, token = query.cut(asked, tops, min(size, self.short_pages or size))
        return shape.page("commentThread", [shape.thread(self, look, each) for each in page], size, token)

    def _comments(self, request: Request, owner: bool) -> dict[str, Any]:  # noqa: FBT001
        asked = request.query
        query.checked(asked, query.COMMENTS)
        chosen = query.one_filter(asked, ("id", "parentId"))
        query.without_id_only(asked, chosen)
        look = query.look(asked, "comments", owner=owner, fractions=self.fractions)
        if chosen == "id":
            found = [each for ident in query.ids(asked) if (each := self._shown(ident))]
            return shape.page("comment", [shape.comment(self, look, each) for each in found], len(found))
        if self._top(asked["parentId"]) is None:
            words = "The comment identified by the parentId parameter could not be found."
            raise RefusedError(404, "commentNotFound", words, "youtube.comment")
        newest_first = self.replies(asked["parentId"])[::-1]
        size = query.size(asked)
        replies = [(f"{each.published:015d} {each.id}", each) for each in newest_first]
        page, token = query.cut(asked, replies, size)
        return shape.page("comment", [shape.comment(self, look, each) for each in page], size, token)

    def _channels(self, request: Request, owner: bool) -> dict[str, Any]:  # noqa: FBT001
        asked = request.query
        query.checked(asked, query.CHANNELS)
        chosen = query.one_filter(asked, ("id", "forHandle", "mine"))
        look = query.look(asked, "channels", owner=owner, fractions=False)
        size = query.size(asked, MOST_CHANNELS)
        if chosen == "mine" and not owner:
            raise RefusedError(401, "authorizationRequired", "The request uses the mine parameter.", "youtube.channel")
        open_ones = [each for each in self._found(chosen, asked) if each is not None and not each.closed]
        return shape.page("channel", [shape.channel(look, each) for each in open_ones], size)

    def _found(self, chosen: str, asked: Mapping[str, str]) -> list[Account | None]:
        if chosen == "mine":
            return [self.brand]
        if chosen == "forHandle":
            return [self.named(asked["forHandle"].removeprefix("@"))]
        return [self.accounts.get(each) for each in query.ids(asked)]

    def _tops(self, chosen: str, value: str, status: str) -> list[Comment]:
        """Top comments that a filter selects, newest first."""
        if chosen == "videoId":
            video = self.videos.get(value)
            if video is None:
                words = "The video identified by the videoId parameter could not be found."
                raise RefusedError(404, "videoNotFound", words, "youtube.commentThread")
            self._comments_on(video.id)
            return [each for each in self.threads(video.channel, status) if each.video == value]
        account = self.accounts.get(value)
        if account is None or account.closed:
            words = f"The channel identified by the {chosen} parameter could not be found."
            raise RefusedError(404, "channelNotFound", words, "youtube.commentThread")
        return list(self.threads(value, status)) if chosen != "channelId" else []

    def _top(self, ident: str) -> Comment | None:
        found = self._shown(ident)
        return found if found and found.top else None

    def _shown(self, ident: str) -> Comment | None:
        """A comment that is published; asking for one of a video without comments is refused as a whole."""
        found = self.comments.get(ident)
        if found is None or found.status != "published" or found.appears_at > self.clock():
            return None
        self._comments_on(found.video)
        return found

    def _comments_on(self, video: str) -> None:
        if not self.videos[video].comments_on:
            words = "The video identified by the videoId parameter has disabled comments."
            raise RefusedError(403, "commentsDisabled", words, "youtube.commentThread")
