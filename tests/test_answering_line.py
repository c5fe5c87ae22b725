"""From a click to its answer, over a real socket to the pretend Slack."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from desk import Desk
from office import opened
from room import Room
from slamon.answering import Line, Way
from slamon.answering.answering import LANES, ROOM
from slamon.events import SocketChanged
from slamon.model import SECOND
from slamon.notifiers._slack_socket import Patience

if TYPE_CHECKING:
    from collections.abc import Iterator

    from slamon.events import Event
    from slamon.store.store import Store

HASTY = Patience(ping=0.05, silence=1.5, greeting=1.0, first=0.01, longest=0.05, refused=0.05)


@pytest.fixture
def room(store: Store) -> Iterator[Room]:
    with opened(Desk(store)) as office:
        room = Room(office)
        room.slack.sockets.instead = None
        yield room


@contextmanager
def up(room: Room) -> Iterator[list[Event]]:
    """A line that is connected."""
    heard: list[Event] = []

    def hear(event: Event) -> None:
        heard.append(event)

    way = Way(room.slack.methods.app_token, room.slack.api_url, hear, lambda: room.desk.now, time.monotonic)
    line = Line(room.answering, way, HASTY)
    line.start()
    try:
        assert room.slack.sockets.waits_for(lambda: room.slack.sockets.connected == 1)
        yield heard
    finally:
        line.stop()


def answered(room: Room, times: int = 1) -> bool:
    return room.slack.sockets.waits_for(lambda: len(room.slack.whispers) >= times)


def test_a_click_reaches_the_message(room: Room) -> None:
    with up(room):
        room.slack.clicks(room.root, "acknowledge")
        assert answered(room)
        room.slack.clicks(room.slack.whispers[0], "undo")
        assert answered(room, 2)
        room.slack.reacts(room.root, "eyes", by="U0BEN")
        assert answered(room, 3)
    assert room.standing == [("acknowledge", "Ben")]
    assert "Ben" in room.shown


def test_after_silence_clicks_arrive_again_and_what_was_set_meanwhile_is_found(room: Room) -> None:
    with up(room) as heard:
        assert room.slack.sockets.waits_for(lambda: room.slack.looks == 1)
        room.slack.sockets.goes_silent()
        room.slack.reacts(room.root, "eyes")  # its event is lost
        assert room.slack.sockets.waits_for(lambda: room.slack.sockets.opened == 2)
        assert room.slack.sockets.waits_for(lambda: room.standing == [("acknowledge", "Ann")])
        room.slack.clicks(room.root, "snooze_1h", by="U0BEN")
        assert answered(room)
    told = [(one.connected, one.reason) for one in heard if isinstance(one, SocketChanged)]
    assert told[:3] == [(True, ""), (False, "silent"), (True, "")]
    assert room.standing == [("acknowledge", "Ann"), ("snooze", "Ben")]


def test_what_one_person_does_is_done_in_order(room: Room) -> None:
    with up(room):
        assert room.slack.sockets.waits_for(lambda: room.slack.looks == 1)  # else it may find the last emoji first
        for _ in range(5):
            room.slack.reacts(room.root, "eyes")
            room.slack.unreacts(room.root, "eyes")
            room.desk.now += SECOND
        room.slack.reacts(room.root, "zzz")
        assert room.slack.sockets.waits_for(lambda: room.standing == [("snooze", "Ann")])
    assert room.standing == [("snooze", "Ann")]


def test_a_flood_of_clicks_is_bounded(room: Room) -> None:
    for n in range(LANES * ROOM * 2):
        room.answering.take({"type": "interactive", "payload": {}, "n": n})
        room.slack.sockets.instead = room.answering.take
    for _ in range(ROOM + 5):
        room.slack.clicks(room.root, "acknowledge")
    assert sum(lane.qsize() for lane in room.answering._lanes) == ROOM


def test_the_line_tells_since_when_it_is_up(room: Room) -> None:
    way = Way(room.slack.methods.app_token, room.slack.api_url, _nobody, lambda: 7, time.monotonic)
    line = Line(room.answering, way, HASTY)
    assert line.state() == {"connected_since": None, "last_heard_at": None}
    line.start()
    room.slack.sockets.waits_for(lambda: room.slack.sockets.connected == 1)
    room.slack.clicks(room.root, "acknowledge")
    assert answered(room)
    assert line.state() == {"connected_since": 7, "last_heard_at": 7}
    line.stop()


def _nobody(event: Event) -> None:
    """Hears nothing."""
