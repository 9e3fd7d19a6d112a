"""What a name of a place may mean: the gazetteer behind the search for a unit.

One name has many readings: a commune of today, a commune that was merged, a district or province that is gone, a
place elsewhere in the city. All of them come from the units themselves and from the list of places outside.
"""

import enum
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from bot.people import unit_spelling
from bot.people.outside_units import OutsideUnit
from bot.people.unit_file import FormerName, parse_former_names
from bot.store.tables.people import UnitLevel
from bot.text import fold

_KIND = re.compile(r"(thị trấn|thị xã|thành phố|xã|phường|quận|huyện|tỉnh|tp)\s+", re.IGNORECASE)
_LONG_NAME = 9  # Letters: from "lichhoithuong" down to "anlacthon".
_REGION = re.compile(r"\b(thành phố|tỉnh)\s+(.+)$", re.IGNORECASE)


class SearchableUnit(Protocol):
    """What the search reads of a unit: a row of the file or of the table."""

    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def level(self) -> str: ...
    @property
    def merged_from(self) -> str: ...


class Role(enum.IntEnum):
    """What a reading of a name is; the smaller, the likelier that it is meant."""

    CURRENT = 1
    FORMER = 2
    DISTRICT = 3
    OUTSIDE = 4
    PROVINCE = 5  # The former province that our units lie in.
    CITY = 6  # The city of today, with places that are not ours.


@dataclass(frozen=True, slots=True)
class Reading:
    role: Role
    name: str
    kind: str
    codes: tuple[str, ...] = ()  # One unit, or all those of a district, the one of the same name first.
    former: FormerName | None = None
    is_stem: bool = False  # "An Thạnh" for "An Thạnh 3": the end of the name was left out.


@dataclass(frozen=True, slots=True)
class Place:
    """A unit that can be the answer."""

    code: str
    name: str
    former_names: tuple[FormerName, ...]


class Gazetteer:
    """The readings by key. Built once; only read afterwards."""

    def __init__(self, units: Iterable[SearchableUnit], outside: Iterable[OutsideUnit]) -> None:
        units = list(units)
        outside = list(outside)
        self.places = {
            unit.code: Place(unit.code, unit.name, parse_former_names(unit.merged_from))
            for unit in units
            if unit.level in {UnitLevel.WARD, UnitLevel.COMMUNE}
        }
        self._readings: dict[str, list[Reading]] = defaultdict(list)
        self._southern: dict[str, set[str]] = defaultdict(set)
        self._slips: dict[str, set[str]] = defaultdict(set)
        self._initials: dict[str, set[str]] = defaultdict(set)
        self.city, self.province = "", ""
        for reading in self._regions(units, outside):
            self._add(reading)
        for reading in (*_current(self.places.values()), *_former(self.places.values()), *_outside(outside)):
            self._add(reading)
            self._add_stem(reading)
        for reading in _districts(self.places.values()):
            self._add(reading)
        for unit in outside:
            self._add_unnumbered(unit.place.name)
        self.longest = max((len(key) for key in self._readings), default=0)
        self._bigrams = {key: unit_spelling.bigrams(key) for key in self._readings}

    def readings(self, key: str) -> list[Reading]:
        return self._readings.get(key, [])

    def by_initials(self, key: str) -> list[Reading]:
        return [reading for name in sorted(self._initials.get(key, ())) for reading in self.readings(name)]

    def near(self, keys: list[str]) -> list[str]:
        """The keys that sound the same in the South or are one slip away."""
        key = "".join(keys)
        if len(key) < 5:  # One letter of "kean" or "mytu" is too much of the name.
            return []
        found = set(self._southern.get(unit_spelling.southern_key(keys), ()))
        for part in unit_spelling.deletions(key):
            for name in self._slips.get(part, ()):
                if unit_spelling.is_one_slip(key, name):
                    found.add(name)
        return sorted(found)

    def is_unmistakable(self, key: str) -> bool:
        """Whether a name is so long, and no other name so like it, that one slip in it leaves no doubt."""
        if len(key) < _LONG_NAME:
            return False
        others = {name for part in unit_spelling.deletions(key) for name in self._slips.get(part, ())} - {key}
        return not any(unit_spelling.is_one_slip(key, other) for other in others)

    def similar(self, key: str, limit: int) -> list[Reading]:
        """Readings of units whose names look like the key, best first: to be offered, not believed."""
        wanted = unit_spelling.bigrams(key)
        scored = []
        for name, grams in self._bigrams.items():
            score = 2 * len(wanted & grams) / (len(wanted) + len(grams))
            if score >= 0.5:
                scored += [(-score, reading.role, name, reading) for reading in self._readings[name]]
        scored.sort(key=lambda item: item[:3])
        units = [item[3] for item in scored if item[3].role in {Role.CURRENT, Role.FORMER}]
        return units[:limit]

    def _add(self, reading: Reading) -> None:
        name = reading.name
        if name.isdecimal():
            self._put(unit_spelling.ward_spellings(name), reading)
            # A numbered ward was in every town: without the town it may be one outside as well.
            outside = Reading(Role.OUTSIDE, name, reading.kind)
            self._put(unit_spelling.ward_spellings(name), outside)
            return
        self._put(unit_spelling.spellings(name), reading)
        key = unit_spelling.key_of(name)
        self._southern[unit_spelling.southern_key([word.key for word in unit_spelling.words(name)])].add(key)
        for part in unit_spelling.deletions(key):
            self._slips[part].add(key)
        if reading.role is not Role.OUTSIDE and len(name.split()) > 1:
            self._initials[unit_spelling.initials(name)].add(key)

    def _add_stem(self, reading: Reading) -> None:
        parts = reading.name.split()
        if len(parts) > 2:
            self._put(["".join(map(unit_spelling.key_of, parts[:-1]))], replace(reading, is_stem=True))

    def _add_unnumbered(self, name: str) -> None:
        """Adds to an outside name with a number what she may mean too: "Long Phú 1" is hamlet 1 of our Long Phú."""
        *stem, number = name.split()
        if number.isdecimal():
            for reading in self.readings("".join(map(unit_spelling.key_of, stem))):
                if reading.role is Role.CURRENT and not reading.is_stem:
                    self._put(unit_spelling.spellings(name), replace(reading, is_stem=True))

    def _put(self, keys: list[str], reading: Reading) -> None:
        for key in keys:
            if reading not in self._readings[key]:
                self._readings[key].append(reading)

    def _regions(self, units: list[SearchableUnit], outside: list[OutsideUnit]) -> Iterator[Reading]:
        codes = tuple(self.places)
        not_ours = {fold(unit.place.name) for unit in outside}
        for unit in units:
            if unit.level != UnitLevel.PROVINCE:
                continue
            match = _REGION.search(unit.name)
            if match:
                self.city = _short(match[0])
                yield Reading(Role.CITY, match[2], match[1].lower(), codes)
            for former in parse_former_names(unit.merged_from):
                if fold(former.name) not in not_ours and (not match or fold(former.name) != fold(match[2])):
                    self.province = former.name
                    yield Reading(Role.PROVINCE, former.name, former.kind, codes)


def bare_name(name: str) -> tuple[str, str]:
    """("xã", "Kế Sách") of "Xã Kế Sách"."""
    match = _KIND.match(name)
    if match is None:
        return "", name
    kind = match[1].lower()
    return "thành phố" if kind == "tp" else kind, name[match.end() :]


def _short(region: str) -> str:
    return re.sub("^thành phố", "TP", region, flags=re.IGNORECASE)


def _current(places: Iterable[Place]) -> Iterator[Reading]:
    for place in places:
        kind, name = bare_name(place.name)
        yield Reading(Role.CURRENT, name, kind, (place.code,))


def _former(places: Iterable[Place]) -> Iterator[Reading]:
    for place in places:
        for former in place.former_names:
            yield Reading(Role.FORMER, former.name, former.kind, (place.code,), former)


def _districts(places: Iterable[Place]) -> Iterator[Reading]:
    areas: dict[str, list[Place]] = defaultdict(list)
    for place in places:
        for district in dict.fromkeys(former.district for former in place.former_names if former.district):
            areas[district].append(place)
    for district, area in areas.items():
        kind, name = bare_name(district)
        area.sort(key=lambda place: bare_name(place.name)[1] != name)
        yield Reading(Role.DISTRICT, name, kind, tuple(place.code for place in area))


def _outside(outside: Iterable[OutsideUnit]) -> Iterator[Reading]:
    for unit in outside:
        yield Reading(Role.OUTSIDE, unit.place.name, unit.place.kind)
