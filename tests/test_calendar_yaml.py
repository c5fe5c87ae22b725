"""calendars.yaml as admins write it."""

from __future__ import annotations

import sys
from datetime import date
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from clocks import at
from slamon.fields import mistake
from slamon.model import HOUR
from slamon.rules._holidays import Holidays
from slamon.rules.calendars import read_calendars
from slamon.shape import Reader
from slamon.sla.calendar import ALWAYS, Calendar
from slamon.sla.calendars import Weekly
from slamon.yamlfile import parse

if TYPE_CHECKING:
    from collections.abc import Callable

EXAMPLE = """\
calendars:
  support:
    timezone: Europe/Berlin
    open: {mon-fri: ["08:00-12:30", "13:00-20:00"], sat: "10:00-16:00"}
    holidays: {country: DE, subdivision: BE}
    dates: {2026-12-24: closed, 2026-12-31: "08:00-12:00"}
  manila: {timezone: Asia/Manila, open: {mon-sun: "06:00-14:00"}}
  follow-the-sun: {union: [support, manila]}
  works-council: {calendar: support, ics: closures.ics}
"""
CLOSURES = b"""\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//acme//works council//EN
BEGIN:VEVENT
UID:1
SUMMARY:Works meeting
DTSTART;TZID=Europe/Berlin:20261123T090000
DTEND;TZID=Europe/Berlin:20261123T110000
END:VEVENT
END:VCALENDAR
"""


def no_file(name: str) -> bytes:
    raise mistake(f"`{name}` is not there")


def read(text: str, attached: Callable[[str], bytes] = no_file) -> dict[str, Calendar | None]:
    reader = Reader(parse(text.encode(), "calendars.yaml"))
    found = read_calendars(reader, attached)
    assert [str(fault) for fault in reader.faults] == []
    return found


def faults(text: str, attached: Callable[[str], bytes] = no_file) -> list[str]:
    reader = Reader(parse(text.encode(), "calendars.yaml"))
    read_calendars(reader, attached)
    return [str(fault).removeprefix("calendars.yaml:") for fault in reader.faults]


def one(body: str) -> Calendar:
    """The calendar with this text, in Berlin, from nine to five unless it says otherwise."""
    opens = "" if "open:" in body else '    open: {mon-fri: "09:00-17:00"}\n'
    found = read(f"calendars:\n  c:\n    timezone: Europe/Berlin\n{opens}{body}")["c"]
    assert found
    return found


def opened(calendar: Calendar, day: str, days: int = 1) -> float:
    """Open hours from that midnight on."""
    return calendar.open_between(at(day), at(day) + days * 24 * HOUR) / HOUR


def test_the_example_of_the_manual_reads_as_it_says() -> None:
    found = read(EXAMPLE, lambda name: {"closures.ics": CLOSURES}[name])
    support, sun, council = found["support"], found["follow-the-sun"], found["works-council"]
    assert support
    assert sun
    assert council

    assert found["always"] is ALWAYS
    assert [opened(support, day) for day in ("2026-11-23", "2026-12-24", "2026-12-25", "2026-12-31")] == [11.5, 0, 0, 4]
    assert opened(support, "2026-12-26") == 0, "Boxing Day is a Saturday"
    assert opened(sun, "2026-12-24") == 8, "Manila is there from 23:00 to 07:00"
    assert opened(council, "2026-11-23") == 9.5
    assert council.add(at("2026-11-23T08:30"), HOUR) == at("2026-11-23T11:30")


def test_holidays_follow_the_subdivision() -> None:
    berlin, bavaria, none = (
        one(f"    holidays: {{country: {country}}}\n")
        for country in ("DE, subdivision: BE", "de, subdivision: Bayern", "DE")
    )

    assert [opened(calendar, "2027-03-08") for calendar in (berlin, bavaria, none)] == [0, 8, 8]
    assert [opened(calendar, "2027-01-06") for calendar in (berlin, bavaria, none)] == [8, 0, 8]


def test_a_country_whose_code_yaml_once_took_for_a_switch() -> None:
    assert opened(one("    holidays: {country: NO}\n"), "2027-05-17") == 0


def test_holidays_of_several_countries_close_together() -> None:
    calendar = one("    holidays: [{country: DE, subdivision: BE}, {country: AT}]\n")

    assert [opened(calendar, day) for day in ("2026-10-26", "2027-03-08", "2026-10-27")] == [0, 0, 8]


def test_categories_add_holidays() -> None:
    assert opened(one("    holidays: {country: GB}\n"), "2026-12-28") == 0
    assert opened(one("    holidays: {country: US, categories: [unofficial]}\n"), "2026-02-02") == 0, "Groundhog Day"
    assert opened(one("    holidays: {country: US}\n"), "2026-02-02") == 8


@pytest.mark.parametrize("name", ["Frauentag", "women's day", "2027-03-08", "03-08"])
def test_a_holiday_may_be_excepted_by_its_name_in_either_language_or_by_its_date(name: str) -> None:
    calendar = one(f'    holidays: {{country: DE, subdivision: BE, except: ["{name}"]}}\n')

    assert opened(calendar, "2027-03-08") == 8
    assert opened(calendar, "2027-01-01") == 0


def test_an_excepted_holiday_is_excepted_on_its_substitute_day_too() -> None:
    assert opened(one("    holidays: {country: US}\n"), "2027-12-31") == 0, "New Year's Day, observed"
    assert opened(one('    holidays: {country: US, except: "New Year\'s Day"}\n'), "2027-12-31") == 8


def test_a_date_opens_on_a_holiday() -> None:
    calendar = one('    holidays: {country: DE}\n    dates: {2026-12-25: "10:00-12:00", 01-01: "10:00-11:00"}\n')

    assert [opened(calendar, day) for day in ("2026-12-25", "2027-01-01", "2028-01-01")] == [2, 1, 1]


def test_a_holiday_does_not_cut_the_night_before() -> None:
    calendar = one('    open: {mon-sun: "22:00-06:00"}\n    holidays: {country: DE}\n')

    assert opened(calendar, "2026-12-25") == 6, "begun on Christmas Eve"
    assert opened(calendar, "2026-12-26") == 0
    assert opened(calendar, "2026-12-27") == 2


def test_dates_are_days_ranges_and_days_of_every_year_and_the_nearest_holds() -> None:
    calendar = one(
        "    dates:\n"
        "      12-24..01-02: closed\n"
        '      12-28: "10:00-11:00"\n'
        '      2026-12-28..2026-12-30: "10:00-12:00"\n'
        '      2026-12-30: ["10:00-11:00", "22:00-01:00"]\n'
    )

    days = ["2026-12-28", "2026-12-29", "2026-12-30", "2026-12-31", "2027-12-28", "2027-12-29", "2028-01-03"]
    assert [opened(calendar, day) for day in days] == [2, 2, 3, 1, 1, 0, 8]


def test_a_range_over_the_turn_of_the_year_includes_the_leap_day() -> None:
    calendar = one("    dates: {12-24..03-01: closed}\n")

    assert [opened(calendar, day) for day in ("2028-02-29", "2028-03-01", "2028-03-02")] == [0, 0, 8]


def test_windows_over_midnight_end_on_the_next_day() -> None:
    calendar = one('    open: {fri: "22:00-06:00", sun: "20:00-00:00"}\n')

    assert [opened(calendar, day) for day in ("2026-11-27", "2026-11-28", "2026-11-29", "2026-11-30")] == [2, 6, 4, 0]
    assert isinstance(calendar, Weekly)
    assert calendar.windows == ((4, 1320, 1800), (6, 1200, 1440))


def test_calendars_may_stand_in_any_order_and_on_each_other() -> None:
    found = read(
        "calendars:\n"
        "  all: {union: [both, night]}\n"
        "  both: {union: [day, always]}\n"
        '  day: {timezone: UTC, open: {mon: "09:00-17:00"}}\n'
        '  night: {timezone: UTC, open: {mon: "17:00-09:00"}}\n'
    )

    assert list(found) == ["always", "day", "both", "night", "all"]
    assert all(found.values())
    assert found["all"] is not None
    assert not found["all"].closes
    assert found["all"].zone == ZoneInfo("UTC")


def test_files_close_a_calendar_with_hours_and_a_union_too() -> None:
    text = EXAMPLE.replace("{union: [support, manila]}", "{union: [support, manila], ics: [closures.ics]}")
    found = read(text, lambda _: CLOSURES)["follow-the-sun"]
    assert found

    assert opened(found, "2026-11-23") == 19.5 - 2


def test_a_calendar_that_stands_on_a_broken_one_is_not_blamed_for_it() -> None:
    text = EXAMPLE.replace("Europe/Berlin\n    open", "Europe/Berln\n    open")

    assert faults(text, lambda _: CLOSURES) == [
        "3:15: `timezone`: `Europe/Berln` is no time zone (did you mean `Europe/Berlin`?)"
    ]


def test_every_fault_is_found_at_once() -> None:
    text = (
        EXAMPLE.replace("subdivision: BE", "subdivision: XX")
        .replace("10:00-16:00", "10-16")
        .replace("manila]", "manil]")
    )

    assert [fault.partition(": ")[0] for fault in faults(text)] == ["4:58", "5:42", "8:37", "9:43"]


def test_an_unknown_calendar_is_named_with_the_nearest() -> None:
    text = EXAMPLE.replace("calendar: support", "calendar: suport")

    assert faults(text, lambda _: CLOSURES) == ["9:29: there is no calendar `suport` (did you mean `support`?)"]


@pytest.mark.parametrize("order", [1, -1])
def test_a_long_chain_of_calendars_is_a_fault_and_no_crash(order: int) -> None:
    links = [f"  c{i}: {{union: [c{i + 1}]}}\n" for i in range(2_000)]
    found = faults(f"calendars:\n{''.join(links[::order])}  c2000: {{timezone: UTC, open: {{mon: '08:00-09:00'}}}}\n")

    assert found
    assert all("more than 20 calendars stand on each other here" in fault for fault in found)


def test_without_the_extra_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "recurring_ical_events", None)

    assert faults(EXAMPLE, lambda _: CLOSURES) == [
        "9:43: `ics`: iCal files need the extra `ics` (pip install 'slamon[ics]')"
    ]


def test_the_language_of_the_machine_changes_no_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "uk")
    library = Holidays("DE").library((2026,))

    assert library.get_list(date(2026, 12, 25)) == ["Erster Weihnachtstag"]


def test_equal_text_has_equal_fingerprints_and_another_word_has_another() -> None:
    def prints(text: str, content: bytes = CLOSURES) -> dict[str, str]:
        return {name: found.fingerprint for name, found in read(text, lambda _: content).items() if found}

    base = prints(EXAMPLE)
    changed = prints(EXAMPLE.replace("subdivision: BE", "subdivision: BB"))

    assert prints(EXAMPLE) == base
    assert {name for name in base if base[name] != changed[name]} == {"support", "follow-the-sun", "works-council"}
    assert prints(EXAMPLE, CLOSURES.replace(b"T11", b"T12"))["works-council"] != base["works-council"]
