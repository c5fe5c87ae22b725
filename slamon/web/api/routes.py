"""The JSON interface for programs that read: /api/v1/waiting, conversations, channels, policies; its description.

Those that act stand in acts.py. All that is answered is described in openapi.py.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from starlette.responses import Response
from starlette.routing import Route

from slamon.digests.rows import handling_of
from slamon.explain import explain, quiet
from slamon.explaining import as_data, iso, quiet_data, waiting_data
from slamon.model import OPEN_STATUSES, RESPONSES, storable
from slamon.sla.handling import UNHANDLED
from slamon.store.facts import NUMBER_DIGITS
from slamon.store.listing import COUNTED, listing
from slamon.web.api import query
from slamon.web.api.openapi import document
from slamon.web.api.policies import policies_data
from slamon.web.api.resource import FROM_HERE, JSON, RefusedError, Resource, Turns, tagged

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from starlette.requests import Request

    from slamon.model import Instant
    from slamon.sla.handling import Held
    from slamon.store.facts import WaitFacts
    from slamon.store.snapshot import ChannelSnapshot, Snapshot
    from slamon.web.api.reading import Reading

ROOT = "/api/v1"
MOST_EXPLAINED = 20
"""Waits that are explained at once, the newest."""
LONGEST_NAME = 1_000


class Api:
    """Answers them, in threads of its own. What searches words has others: it holds up no look at the queue."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._looks = Turns(2, "api")
        self._searches = Turns(1, "api-search")

    def routes(self) -> list[Route]:
        """Where they are."""
        return [
            Route(f"{ROOT}/waiting", Resource(GET=self.waiting)),
            Route(f"{ROOT}/conversations/{{name:rest}}", Resource(GET=self.conversation)),
            Route(f"{ROOT}/channels", Resource(GET=self.channels)),
            Route(f"{ROOT}/policies", Resource(GET=self.policies)),
            Route(f"{ROOT}/openapi.json", Resource(GET=self.openapi)),
        ]

    def close(self) -> None:
        """Take no more work; what runs is not waited for."""
        self._looks.close()
        self._searches.close()

    async def waiting(self, request: Request) -> Response:
        """Who waits, nearest deadline first."""
        asked = query.asked(request)

        def work() -> dict[str, Any]:
            now = self._reading.now()
            with self._reading.store.read() as tx:
                found = listing(tx, asked)
                return {
                    "waiting": [_waiting(tx, wait, now) for wait in found.waits],
                    "next": found.next,
                    "total": found.total,
                    "total_is_minimum": found.total >= COUNTED,
                    "complete": found.complete,
                }

        return tagged(request, await (self._searches if asked.text.strip() else self._looks).take(work))

    async def conversation(self, request: Request) -> Response:
        """Why a conversation stands where it stands."""
        query.nothing(request)
        name = request.path_params["name"]
        if not 0 < len(name) <= LONGEST_NAME or not storable(name):
            raise RefusedError(404, "nothing is known of that name")
        turns = self._looks if _is_number(name) else self._searches
        found = await turns.take(lambda: self._explained(name))
        if not found["waits"] and not found["no_wait"]:
            raise RefusedError(404, "nothing is known of that name")
        return tagged(request, found)

    async def channels(self, request: Request) -> Response:
        """What is watched, when it was read, and who waits there."""
        wanted = query.channels(request)

        def work() -> dict[str, Any]:
            found = self._reading.snapshot()
            waiting = _counts(found)
            shown = (channel for channel in found.channels if not wanted or channel.name in wanted)
            return {"channels": [self._channel(one, waiting) for one in sorted(shown, key=lambda one: one.name)]}

        return tagged(request, await self._looks.take(work))

    async def policies(self, request: Request) -> Response:
        """What is promised in each channel."""
        wanted = query.channels(request)

        def work() -> dict[str, Any]:
            rules = self._reading.rules()
            names = sorted(name for name in self._reading.labels if not wanted or name in wanted)
            return {
                "rules": rules.version,
                "channels": [
                    {"channel": name, "source": rules.of(name).source, "policies": policies_data(rules.of(name))}
                    for name in names
                ],
            }

        return tagged(request, await self._looks.take(work))

    async def openapi(self, request: Request) -> Response:
        """The description of this interface."""
        query.nothing(request)
        return Response(_description(), headers=FROM_HERE, media_type=JSON)

    def _explained(self, name: str) -> dict[str, Any]:
        reading, rules = self._reading, self._reading.rules()
        found = explain(reading.store, rules, name, reading.now(), reading.audiences, MOST_EXPLAINED + 1)
        # Of a wait's number nothing else can be meant, and a search for authors of that name takes its time.
        silent = [] if found and _is_number(name) else quiet(reading.store, rules, name)
        return {
            "waits": [as_data(one) for one in found[-MOST_EXPLAINED:]],
            "no_wait": [quiet_data(one) for one in silent],
            "complete": len(found) <= MOST_EXPLAINED,
        }

    def _channel(self, channel: ChannelSnapshot, waiting: dict[str, dict[str, int]]) -> dict[str, Any]:
        return {
            "channel": channel.name,
            "platform": channel.platform,
            "labels": dict(self._reading.labels.get(channel.name, {})),
            "read_at": _iso(channel.read_at),
            "blind": channel.blind,
            "waiting": waiting[channel.name],
            "oldest_waiting_at": _iso(channel.oldest_waiting_at),
            "next_due_at": _iso(channel.next_due_at),
        }


class Nowhere:
    """Every other address below /api: last of all routes."""

    def routes(self) -> list[Route]:
        """Where it is."""
        return [Route("/api/{rest:rest}", _Missing())]

    def close(self) -> None:
        """It holds nothing."""


class _Missing(Resource):
    async def _answer(self, _: Request) -> Response:
        raise RefusedError(404, f"there is no such address; see {ROOT}/openapi.json")


def _waiting(tx: Connection, wait: WaitFacts, now: Instant) -> dict[str, Any]:
    handled = handling_of(tx, wait, now) if wait.acted else UNHANDLED
    return {
        **waiting_data(wait),
        "platform": wait.platform,
        "stage": wait.stage or None,
        "read_at": _iso(wait.read_at),
        "acknowledged": _held(handled.acknowledged),
        "snoozed": _held(handled.snoozed),
    }


def _held(one: Held | None) -> dict[str, Any] | None:
    return None if one is None else {"by": one.by, "at": iso(one.at), "until": _iso(one.until)}


def _counts(found: Snapshot) -> dict[str, dict[str, int]]:
    """By channel, waits by the status of the answer that they wait for; each has one such target."""
    empty = dict.fromkeys((*(status.value for status in OPEN_STATUSES), "no_policy"), 0)
    counts = {channel.name: {**empty} for channel in found.channels}
    for (channel, _, target, status), n in found.waits.items():
        if target in RESPONSES and channel in counts:
            counts[channel][status.value] += n
    for channel, n in found.unmatched.items():
        if channel in counts:
            counts[channel]["no_policy"] = n
    return counts


def _is_number(name: str) -> bool:
    return name.isascii() and name.isdigit() and len(name) <= NUMBER_DIGITS


def _iso(at: Instant | None) -> str | None:
    return None if at is None else iso(at)


@cache
def _description() -> bytes:
    return json.dumps(document()).encode()
