"""Again and again: every week, every month or every year on a day, kept as the text that calendars use (RFC 5545, RRULE).

A day that a month lacks is its last one: "the 31st of every month" is sent on 30 April, "29 February every year" on the 28th in
other years. Nobody who plans for the end of a month means to leave five of them out.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum

from dateutil.rrule import rrulestr

_SHORTEST_MONTH = 28
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_UNTIL = "%Y%m%dT%H%M%S"


class Cycle(StrEnum):
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


_FREQUENCY = {Cycle.WEEK: "WEEKLY", Cycle.MONTH: "MONTHLY", Cycle.YEAR: "YEARLY"}
_CYCLE = {frequency: cycle for cycle, frequency in _FREQUENCY.items()}


@dataclass(frozen=True, slots=True)
class Rule:
    """What an officer chooses. It ends after `until`, after so many `times`, or never."""

    cycle: Cycle
    weekdays: tuple[int, ...] = ()  # WEEK: 0 is Monday.
    day: int = 0  # MONTH and YEAR: of the month, 1 to 31.
    month: int = 0  # YEAR
    until: date | None = None
    times: int | None = None

    def to_text(self) -> str:
        parts = [f"FREQ={_FREQUENCY[self.cycle]}"]
        if self.cycle is Cycle.WEEK:
            parts.append("BYDAY=" + ",".join(_DAYS[day] for day in sorted(set(self.weekdays))))
        if self.cycle is Cycle.YEAR:
            parts.append(f"BYMONTH={self.month}")
        if self.cycle is not Cycle.WEEK:
            # Of the days that every month has, or the last of those from the 28th to the one that is meant.
            days = range(min(self.day, _SHORTEST_MONTH), self.day + 1)
            parts.append("BYMONTHDAY=" + ",".join(str(day) for day in days))
            parts += ["BYSETPOS=-1"] * (len(days) > 1)
        if self.until:
            parts.append(f"UNTIL={datetime.combine(self.until, time.max):{_UNTIL}}")
        if self.times:
            parts.append(f"COUNT={self.times}")
        return ";".join(parts)

    @classmethod
    def from_text(cls, text: str) -> "Rule":
        """What `to_text` made; ValueError for anything else."""
        parts = dict(part.partition("=")[::2] for part in text.split(";"))
        try:
            until, times = parts.get("UNTIL"), parts.get("COUNT")
            found = cls(
                cycle=_CYCLE[parts["FREQ"]],
                weekdays=tuple(_DAYS.index(day) for day in parts.get("BYDAY", "").split(",") if day),
                day=max((int(day) for day in parts.get("BYMONTHDAY", "").split(",") if day), default=0),
                month=int(parts.get("BYMONTH", 0)),
                until=datetime.strptime(until, _UNTIL).date() if until else None,  # noqa: DTZ007 - a day has no zone
                times=int(times) if times else None,
            )
        except (KeyError, ValueError) as error:
            raise ValueError(f"not a rule of ours: {text}") from error
        if found.to_text() != text:
            raise ValueError(f"not a rule of ours: {text}")
        return found

    def days(self, start: date, after: date) -> Iterator[date]:
        """The days of it that come after this one, in order; counted from `start`, before which there is none."""
        rule = rrulestr(self.to_text(), dtstart=datetime.combine(start, time()))
        moment = rule.after(datetime.combine(after, time()))
        while moment is not None:
            yield moment.date()
            moment = rule.after(moment)

    @property
    def may_be_shorter(self) -> bool:
        """Whether the day is one that a month can lack."""
        if self.cycle is Cycle.YEAR:
            return (self.month, self.day) == (2, 29)
        return self.cycle is Cycle.MONTH and self.day > _SHORTEST_MONTH


def is_day_of(month: int, day: int) -> bool:
    """Whether there is such a day in any year."""
    return 1 <= month <= 12 and 1 <= day <= monthrange(2024, month)[1]  # A leap year.
