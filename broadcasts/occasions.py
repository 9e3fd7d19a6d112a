"""What the year holds, as the content file writes it: days and weeks that an officer has in mind when she plans.

Feasts by the lunar or the Khmer calendar have no day here: those stand in the officers' own table, once they are confirmed.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import ConfigDict

from bot.answers.content import Part, Source, Text
from bot.errors import ContentError
from broadcasts.recurrence import is_day_of

_LUNAR = "lunar "
_MONTH_DAY = re.compile(r"(\d\d)-(\d\d)", re.ASCII)
_YEAR_MONTH = re.compile(r"(\d{4})-(\d\d)", re.ASCII)
_LONGEST_LUNAR_MONTH = 30


@dataclass(frozen=True, slots=True)
class Occasion:
    """`first` and `last` are (month, day) where it comes every year, (year, month) where it comes once."""

    name: str
    note: str
    is_lunar: bool
    is_once: bool
    first: tuple[int, int]
    last: tuple[int, int]

    @property
    def title(self) -> str:
        """Its name without what is put in brackets behind it."""
        return self.name.partition(" (")[0]

    @property
    def lasts(self) -> bool:
        return self.first != self.last

    def falls_on(self, day: date) -> bool:
        """Whether this day is one of it. Of a lunar one nobody can say here."""
        if self.is_lunar:
            return False
        at = (day.year, day.month) if self.is_once else (day.month, day.day)
        if self.first <= self.last:
            return self.first <= at <= self.last
        return at >= self.first or at <= self.last  # Over the new year.


class _DayPart(Part):
    model_config = ConfigDict(extra="ignore")

    date: Text
    name: Text
    note: str = ""


class _File(Part):
    """Of the file of announcements only this; `broadcasts.templates` reads the rest, and refuses what nobody knows."""

    model_config = ConfigDict(extra="ignore")

    calendar: list[_DayPart]


def read_occasions(path: Path) -> tuple[Occasion, ...]:
    """What the year holds, of `campaigns.vi.yaml`. Raises ContentError naming every day that is none."""
    source = Source.read(path)
    found: list[Occasion] = []
    faults: list[str] = []
    for at, part in enumerate(source.validate(_File, items="calendar").calendar):
        if (occasion := read(part.date, part.name, part.note)) is not None:
            found.append(occasion)
        else:
            problem = f"'date' {part.date!r} không phải là ngày (viết như 03-08, 11-15..12-15, lunar 10-15)"
            faults.append(source.fault(("calendar", at, "date"), problem, items="calendar"))
    if faults:
        raise ContentError(faults)
    return tuple(found)


def read(written: str, name: str, note: str) -> Occasion | None:
    """An occasion of "03-08", "11-15..12-15", "lunar 08-29..09-01" or "2027-03..2027-12"; None for anything else."""
    is_lunar = written.startswith(_LUNAR)
    first, _, last = written.removeprefix(_LUNAR).partition("..")
    parts = [_YEAR_MONTH.fullmatch(part) for part in (first, last or first)]
    is_once = all(parts)
    if not is_once:
        parts = [_MONTH_DAY.fullmatch(part) for part in (first, last or first)]
    ends = [(int(part[1]), int(part[2])) for part in parts if part]
    if len(ends) < 2:
        return None
    if is_once:
        is_good = not is_lunar and ends[0] <= ends[1] and all(1 <= month <= 12 for _year, month in ends)
    elif is_lunar:
        is_good = all(1 <= month <= 12 and 1 <= day <= _LONGEST_LUNAR_MONTH for month, day in ends)
    else:
        is_good = all(is_day_of(month, day) for month, day in ends)
    return Occasion(name, note, is_lunar, is_once, ends[0], ends[1]) if is_good else None


def on(occasions: Sequence[Occasion], day: date) -> list[Occasion]:
    """Those of one day; what lasts for weeks stands behind what is this day's own."""
    return sorted((one for one in occasions if one.falls_on(day)), key=lambda one: one.lasts)
