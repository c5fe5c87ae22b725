"""Instants and calendars as tests write them down."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from slamon.model import SECOND
from slamon.sla.calendars import Weekly

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str, zone: ZoneInfo = BERLIN, fold: int = 0) -> int:
    """The instant of a local time; `fold=1` is the second one where the clocks show it twice."""
    return int(datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).timestamp()) * SECOND


def office(begin: int, end: int, zone: ZoneInfo = BERLIN) -> Weekly:
    """Monday to Friday, between full hours."""
    return Weekly("office", zone, [(day, begin * 60, end * 60) for day in range(5)])


def daily(begin: int, end: int, zone: ZoneInfo = BERLIN) -> Weekly:
    """The same window every day; edges are minutes since midnight."""
    return Weekly("daily", zone, [(day, begin, end) for day in range(7)])
