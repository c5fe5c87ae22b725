"""What is served over HTTP, wired together: metrics, health, pages, the JSON interface; and who stands before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from slamon.asking import Door
from slamon.web import Guard, Pages, WebServer
from slamon.web.address import Address
from slamon.web.api.acts import Acts
from slamon.web.api.routes import Api, Nowhere
from slamon.web.entry.standing import Standing
from slamon.web.people.for_people import for_people
from slamon.web.people.site import World

if TYPE_CHECKING:
    from collections.abc import Callable

    from slamon.acting import Acting
    from slamon.config import Config
    from slamon.model import Instant
    from slamon.store.overview import SeenChannel
    from slamon.web import Health
    from slamon.web.api.reading import Reading
    from slamon.web.pages import Part, Reload, Render


@dataclass(frozen=True, slots=True)
class Served:
    """What of the daemon is served."""

    render: Render
    health: Callable[[], Health]
    reload: Reload
    reading: Reading
    acting: Acting
    seconds: Callable[[], float]
    """A clock that never goes back."""
    blind: Callable[[SeenChannel, Instant], bool | None]
    """Whether a channel was not read for too long; `None`: nobody watches it."""


def web_server(config: Config, of: Served) -> WebServer:
    """The server as configured, not yet started."""
    guard = Guard(
        people=config.notify.people.http,
        readers=config.web.tokens,
        names=config.web.names,
        web=Standing(config.web.file) if config.web.file else None,
        seconds=of.seconds,
    )
    door, reading = Door(of.acting, "http"), of.reading
    world = World(
        store=reading.store,
        rules=reading.rules,
        audiences=reading.audiences,
        blind=of.blind,
        now=reading.now,
        zone=ZoneInfo(config.notify.timezone),
        seconds=of.seconds,
    )
    people, guard = for_people(world, door, guard, config.listen[1])
    parts: list[Part] = [*people, Api(reading), Acts(door), Nowhere()]
    pages = Pages(of.render, of.health, of.reload, parts)
    return WebServer(str(Address(*config.listen)), pages, guard)
