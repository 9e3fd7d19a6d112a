"""The calendar of announcements: what is planned, waits and ran, beside what the year holds; a day is where a new one begins."""

from calendar import Calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from aiohttp import web

from bot.clock import VIETNAM, in_vietnam
from bot.store.tables.people import Role
from broadcasts import agenda, named_days, occasions, timing
from broadcasts.agenda import Planned
from broadcasts.named_days import Row as NamedDay
from broadcasts.occasions import Occasion
from handlers.officers.broadcasts import BROADCASTS, SECTION
from handlers.officers.permission import allowed
from handlers.officers.visit import Visit

CALENDAR = BROADCASTS + "/calendar"
_EARLIEST, _LATEST = date(2000, 1, 1), date(2200, 1, 1)
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Day:
    """One field of the calendar."""

    day: date
    weekday: str
    is_today: bool
    is_past: bool
    is_beside: bool  # Of the month before or after.
    planned: Sequence[Planned]
    feasts: Sequence[NamedDay]
    occasions: Sequence[Occasion]  # Of this very day.
    begins: Sequence[Occasion]  # That last longer, and begin here or on the first day shown.

    @property
    def is_empty(self) -> bool:
        return not (self.planned or self.feasts or self.occasions or self.begins)


@dataclass(frozen=True, slots=True)
class Shown:
    """What part of the time is looked at."""

    days: Sequence[date]
    is_week: bool
    title: date  # A day of it that says which it is.
    before: str
    after: str
    other: str  # The same time as a week, or as a month.


@allowed(Role.OFFICER)
async def show(visit: Visit) -> web.StreamResponse:
    shown = _shown(visit)
    first = datetime.combine(shown.days[0], time(), VIETNAM)
    last = datetime.combine(shown.days[-1] + timedelta(days=1), time(), VIETNAM)
    async with visit.console.database.reading() as connection:
        found = await agenda.between(connection, visit.viewer, first, last, now=visit.now)
        feasts = await named_days.between(connection, shown.days[0], shown.days[-1])
    context = {
        "shown": shown,
        "calendar": CALENDAR,
        "weeks": [shown.days[at : at + 7] for at in range(0, len(shown.days), 7)],
        "days": _days(visit, shown, found.planned, feasts),
        "weekdays": [_weekday(visit, day) for day in range(7)],
        "greetings": found.greetings,
        "dayless": found.dayless,
        "said": lambda schedule: timing.sentence(schedule, visit.gettext),
        "today": in_vietnam(visit.now).date(),
    }
    return visit.page("broadcasts/calendar.html", context, block="calendar", section=SECTION)


def _shown(visit: Visit) -> Shown:
    """The month or the week of the address; else this month."""
    today = in_vietnam(visit.now).date()
    if (asked := visit.request.query.get("week")) is not None:
        day = _day(asked) or today
        monday = day - timedelta(days=day.weekday())
        return Shown(
            days=[monday + timedelta(days=at) for at in range(7)],
            is_week=True,
            title=monday,
            before=f"{CALENDAR}?week={monday - _WEEK}",
            after=f"{CALENDAR}?week={monday + _WEEK}",
            other=f"{CALENDAR}?month={day:%Y-%m}",
        )
    first = _day(visit.request.query.get("month", "") + "-01") or today.replace(day=1)
    weeks = Calendar().monthdatescalendar(first.year, first.month)
    in_it = today if (today.year, today.month) == (first.year, first.month) else first
    return Shown(
        days=[day for week in weeks for day in week],
        is_week=False,
        title=first,
        before=f"{CALENDAR}?month={first - timedelta(days=1):%Y-%m}",
        after=f"{CALENDAR}?month={first + timedelta(days=31):%Y-%m}",
        other=f"{CALENDAR}?week={in_it}",
    )


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if _EARLIEST <= day <= _LATEST else None


def _days(visit: Visit, shown: Shown, planned: Sequence[Planned], feasts: Sequence[NamedDay]) -> list[Day]:
    today = in_vietnam(visit.now).date()
    found: list[Day] = []
    for day in shown.days:
        of_day = occasions.on(visit.console.occasions, day)
        day_before = day - timedelta(days=1)
        found.append(
            Day(
                day=day,
                weekday=_weekday(visit, day.weekday()),
                is_today=day == today,
                is_past=day < today,
                is_beside=not shown.is_week and day.month != shown.title.month,
                planned=[one for one in planned if one.day == day],
                feasts=[one for one in feasts if one.day == day],
                occasions=[one for one in of_day if not one.lasts],
                begins=[
                    one
                    for one in of_day
                    if one.lasts and (day == shown.days[0] or not one.falls_on(day_before))
                ],
            )
        )
    return found


def _weekday(visit: Visit, day: int) -> str:
    words = timing.weekday(day, visit.gettext)
    return words[:1].upper() + words[1:]


ROUTES = [web.get(CALENDAR, show)]
