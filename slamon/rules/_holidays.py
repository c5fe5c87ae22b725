"""`holidays` of a calendar: which days are public holidays, by the library of that name."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, cast

from slamon.fields import did_you_mean, mistake, nearest
from slamon.rules._dates import DATE, parse_date
from slamon.rules.calendar_keys import HolidayKeys

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from holidays import HolidayBase

    from slamon.rules._dates import YearDay
    from slamon.shape import Reader
    from slamon.yamlfile import Where

HOLIDAYS_HOW = "write {country: DE, subdivision: BE}"
COUNTRY_HOW = "write the two letters of ISO 3166, such as DE"
NO_KIND_OF_CLOSING = {"workday"}
NAMES_FROM = tuple(range(2015, 2035))
"""The years whose holidays are known by name; some were held once only."""
ENGLISH = "en_US"


@dataclass(frozen=True, slots=True)
class Holidays:
    """The holidays of one country or subdivision."""

    country: str
    subdivision: str | None = None
    categories: tuple[str, ...] = ()
    names: frozenset[str] = frozenset()
    """Holidays that are none here, as `plain` has them."""
    dates: frozenset[date | YearDay] = frozenset()
    """The same, by date."""

    def of(self, year: int) -> Iterator[date]:
        """The days of a year."""
        languages = (None, ENGLISH) if self.names else (None,)
        found = [self.library((year,), language) for language in languages]
        for day in found[0]:
            by_name = any({plain(name) for name in names.get_list(day)} <= self.names for names in found)
            if not by_name and day not in self.dates and (day.month, day.day) not in self.dates:
                yield day

    def library(self, years: tuple[int, ...] = (), language: str | None = None) -> HolidayBase:
        """What the library says: in the country's own language, whatever that of the machine is, or in another."""
        import holidays  # noqa: PLC0415 - it is not small, and many rules name no holidays

        kind = getattr(holidays, self.country).get_entity()
        with warnings.catch_warnings():
            # India's are known for some years only, and it says so; the other years have fewer holidays.
            warnings.filterwarnings("ignore", message="Requested Holidays are available only")
            return cast(
                "HolidayBase",
                kind(
                    years=years,
                    expand=False,
                    subdiv=self.subdivision,
                    language=language if language in kind.supported_languages else kind.default_language,
                    categories=self.categories or None,
                ),
            )

    @property
    def content(self) -> str:
        """What the days depend on."""
        from holidays.version import __version__  # noqa: PLC0415 - as above

        but = sorted(self.names), sorted(map(str, self.dates))
        return f"{__version__} {self.country} {self.subdivision} {self.categories} {but}"


def plain(name: str) -> str:
    """A holiday's name as it is compared: without a remark such as `(observed)`."""
    return name.partition(" (")[0].strip().casefold()


def read_holidays(reader: Reader, where: Where) -> list[Holidays]:
    """The holidays of `holidays`, which is a mapping or a list of them; those with faults are left out."""
    value = reader.document.at(where)
    if value == []:
        reader.blame(where, "`holidays` names no country", HOLIDAYS_HOW)
    elif not isinstance(value, list | dict):
        reader.blame(where, "`holidays` should be a mapping of keys to values", HOLIDAYS_HOW)
        return []
    spots = [(*where, i) for i in range(len(value))] if isinstance(value, list) else [where]
    found = [_read(reader, spot) for spot in spots]
    return [holidays for holidays in found if holidays]


def _read(reader: Reader, where: Where) -> Holidays | None:
    before = len(reader.faults)
    keys = reader.read(HolidayKeys, where)
    country = reader.value(_country, (*where, "country")) if keys else None
    if keys is None or country is None:
        return None
    subdivision = None
    if keys.subdivision is not None:
        subdivision = reader.value(lambda text: _subdivision(country, text), (*where, "subdivision"))
    if keys.categories:
        reader.value(lambda texts: _categories(country, texts), (*where, "categories"))
    if len(reader.faults) > before:
        return None
    found = Holidays(country, subdivision, keys.categories)
    return found if keys.except_ is None else _excepted(reader, (*where, "except"), found)


def _country(text: str) -> str:
    from holidays.registry import COUNTRIES  # noqa: PLC0415 - as above

    by_code = {code: codes[1] for codes in COUNTRIES.values() for code in codes[1:] if len(code) <= 3}  # noqa: PLR2004 - ISO 3166
    if text.upper() in by_code:
        return by_code[text.upper()]
    by_name = {name.replace("_", " "): codes[1] for name, codes in COUNTRIES.items()}
    near = nearest(text, by_name)
    raise mistake(f"`{text[:60]}` is no country", f"did you mean `{by_name[near]}`?" if near else COUNTRY_HOW)


def _subdivision(country: str, text: str) -> str:
    kind = Holidays(country).library()
    by_name: dict[str, str] = {name.lower(): code for name, code in kind.subdivisions_aliases.items()}
    by_name |= {code.lower(): code for code in kind.subdivisions}
    if text.lower() in by_name:
        return by_name[text.lower()]
    if not by_name:
        raise mistake(f"{country} has no subdivisions here", "leave it out")
    near = nearest(text, by_name)
    hint = f"did you mean `{by_name[near]}`?" if near else did_you_mean(text, kind.subdivisions)
    raise mistake(f"`{text[:60]}` is no subdivision of {country}", hint)


def _categories(country: str, texts: str | list[str]) -> None:
    known = set(Holidays(country).library().supported_categories) - NO_KIND_OF_CLOSING
    unknown = next((text for text in ([texts] if isinstance(texts, str) else texts) if text not in known), None)
    if unknown is not None:
        raise mistake(f"`{unknown[:60]}` is no category of holidays in {country}", did_you_mean(unknown, known))


def _excepted(reader: Reader, where: Where, found: Holidays) -> Holidays | None:
    """The same without those that `except` names."""
    value, before = reader.document.at(where), len(reader.faults)
    spots = [(*where, i) for i in range(len(value))] if isinstance(value, list) else [where]
    known = {plain(name): name for language in (ENGLISH, None) for name in _names(found, language)}
    parsed = [reader.value(lambda text: _exception(found, known, text), spot) for spot in spots]
    names = frozenset(each for each in parsed if isinstance(each, str))
    dates = frozenset(each for each in parsed if each is not None and not isinstance(each, str))
    return replace(found, names=names, dates=dates) if len(reader.faults) == before else None


def _names(found: Holidays, language: str | None) -> set[str]:
    library = found.library(NAMES_FROM, language)
    return {name for day in library for name in library.get_list(day)}


def _exception(found: Holidays, known: Mapping[str, str], text: object) -> str | date | YearDay:
    """A name as it is compared, or a date."""
    if not isinstance(text, str):
        raise mistake("should be a name or a date", "put numbers in quotes")
    of = f"{found.country}, {found.subdivision}" if found.subdivision else found.country
    if not DATE.fullmatch(text.strip()):
        if plain(text) in known:
            return plain(text)
        near = nearest(plain(text), known)
        raise mistake(f"`{text[:60]}` is no holiday of {of}", f"did you mean `{known[near]}`?" if near else "")
    day = parse_date(text)
    days = list(found.of(day.year)) if isinstance(day, date) else [(d.month, d.day) for d in found.library(NAMES_FROM)]
    if day not in days:
        raise mistake(f"`{text}` is no holiday of {of}")
    return day
