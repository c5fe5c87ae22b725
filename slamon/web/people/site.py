"""The pages for people: the queue at /, /conversations/NAME, /sign-in; acting by their forms."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.responses import Response
from starlette.routing import Route

from slamon.errors import UsageError
from slamon.explain import explain, quiet
from slamon.web.answers import within
from slamon.web.entry.who import who
from slamon.web.people import conversation, queue
from slamon.web.people.assets import assets
from slamon.web.people.forms import Proof
from slamon.web.people.frame import HEADERS, NOW, Frame, page
from slamon.web.people.lately import Lately
from slamon.web.people.told import Told, told
from slamon.web.people.words import Words

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from zoneinfo import ZoneInfo

    from starlette.requests import Request

    from slamon.model import Instant
    from slamon.sla.policy import RuleSet
    from slamon.store.overview import SeenChannel
    from slamon.store.store import Store
    from slamon.web.people.queue import Filters, Queue

AGE = 0.75
"""Seconds that a page of the queue may be old; with the browser's second, a new breach shows within two."""
SEARCH_AGE = 5.0
"""The same of a search, which reads all words that wait."""
WAITS = 20
"""Waits that one conversation's page shows, the newest."""
LONGEST_NAME = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What the pages show."""

    store: Store
    rules: Callable[[], RuleSet]
    audiences: Collection[str | None]
    """Those that anybody hears of, the default one as `None`."""
    blind: Callable[[SeenChannel, Instant], bool | None]
    """Whether a channel was not read for too long; `None`: nobody watches it."""
    now: Callable[[], Instant]
    zone: ZoneInfo
    seconds: Callable[[], float]
    """A clock that never goes back."""
    door: Callable[[], str] = str
    """Where one signs in; empty where there is nothing to sign in to, or the browser does it by itself."""
    proof: Proof = field(default_factory=Proof)


class Site:
    """Answers those who look, in threads of its own."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.assets = assets()
        self.lately: Lately[Queue] = Lately(world.seconds)
        self._pool = ThreadPoolExecutor(2, thread_name_prefix="pages")
        self._searches = ThreadPoolExecutor(1, thread_name_prefix="pages-search")

    def routes(self) -> list[Route]:
        """Where they are."""
        return [
            Route("/", self.queue),
            Route("/conversations/{name:path}", self.conversation),
            Route("/static/{name}", self.assets.serve),
        ]

    def close(self) -> None:
        """Take no more work; what runs is not waited for."""
        for pool in (self._pool, self._searches):
            pool.shutdown(wait=False, cancel_futures=True)

    def frame(self, request: Request, here: str = "/") -> Frame:
        """What stands around a page for whoever asks."""
        asks, world = who(request), self.world
        return Frame(
            Words(world.zone, world.now()),
            self.assets.names,
            asks,
            world.proof.of(asks.name) if asks else "",
            here,
            world.door(),
            session=asks is not None and "authorization" not in request.headers,
        )

    async def queue(self, request: Request) -> Response:
        """Who waits; 304 where nothing but the time changed."""
        filters = queue.filters_of(request.query_params)
        frame = self.frame(request, filters.path(after=filters.after, first=filters.first if filters.after else 0))
        did = request.query_params.get("did", "")

        def work() -> Response:
            try:
                found = self.lately.of(filters, SEARCH_AGE if filters.text else AGE, lambda: self._read(filters, frame))
            except UsageError:
                return refused(frame, 400, "There is no such page of the queue. Begin at its first page.")
            done = self._told(did, frame)
            tag = found.tag(frame.who, frame.door)
            return unchanged(request, frame, tag) or page("queue.html", frame, queue=found, told=done, tag=tag)

        return await self._answered(frame, work, searches=bool(filters.text))

    async def conversation(self, request: Request) -> Response:
        """Why a conversation stands where it stands."""
        name = request.path_params["name"][:LONGEST_NAME]
        frame = self.frame(request, f"/conversations/{quote(name, safe='')}")
        did = request.query_params.get("did", "")

        def work() -> Response:
            world, rules = self.world, self.world.rules()
            found = explain(world.store, rules, name, frame.words.now, world.audiences, WAITS)
            silent = [] if found else quiet(world.store, rules, name)
            if not found and not silent:
                return refused(frame, 404, "Nothing is known of such a conversation.")
            done = self._told(did, frame)
            tag = conversation.tag(found, silent, frame.who, frame.door)
            shown = conversation.conversations(found, silent, frame.words)
            return unchanged(request, frame, tag) or page(
                "conversation.html", frame, conversations=shown, told=done, tag=tag, cut=len(found) == WAITS
            )

        # A handle is looked for in all messages: nobody who looks at the queue waits for that.
        return await self._answered(frame, work, searches=not name.isdecimal())

    def _read(self, filters: Filters, frame: Frame) -> Queue:
        world = self.world
        with world.store.read() as tx:
            return queue.read(tx, filters, world.rules(), frame.words, world.blind)

    def _told(self, did: str, frame: Frame) -> Told | None:
        if not did or not frame.acts:
            return None
        with self.world.store.read() as tx:
            return told(tx, did, frame)

    async def _answered(self, frame: Frame, work: Callable[[], Response], *, searches: bool) -> Response:
        """What `work` answers, or that it could not."""
        answer = await within(self._searches if searches else self._pool, work)
        return answer or refused(frame, 503, "The page could not be made; the log says why. Load it again.")


def refused(frame: Frame, status: int, words: str) -> Response:
    """A page that says why there is no other."""
    return page("refused.html", frame, status, code=status, said=words)


def unchanged(request: Request, frame: Frame, tag: str) -> Response | None:
    """304, where that is the page the browser has."""
    if request.headers.get("if-none-match") != f'"{tag}"':
        return None
    return Response(status_code=304, headers={**HEADERS, NOW: str(frame.words.now)})
