"""When an announcement is sent: once, again and again, by a feast that officers have confirmed, or when somebody joins.

All of it is meant in Viet Nam's time, which knows no summer time: a wall clock's reading is one moment, always. A schedule
is kept as data with the broadcast; `due_at` there is its next run, and `next_due` says which one comes after it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, assert_never

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import VIETNAM, in_vietnam
from bot.store.tables import named_days
from broadcasts import hours
from broadcasts.policy import Policy
from broadcasts.recurrence import Cycle, Rule
from broadcasts.refused import N_

_USUAL = Policy()
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Once:
    at: datetime


@dataclass(frozen=True, slots=True)
class Recurring:
    rule: str  # `broadcasts.recurrence` makes and reads it.
    start: date  # The first day that may be one.
    at: time
    except_days: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class Named:
    """By a feast in the officers' own table, each year that they have confirmed its day."""

    name: str
    days_before: int
    at: time


@dataclass(frozen=True, slots=True)
class Joined:
    """To whoever joins, so many hours later; looked for at each full hour of the day."""

    delay_hours: int = 0


Schedule = Once | Recurring | Named | Joined


def to_json(schedule: Schedule) -> dict[str, Any]:
    match schedule:
        case Once(at):
            return {"is": "once", "at": at.astimezone(UTC).isoformat()}
        case Recurring(rule, start, at, except_days):
            return {
                "is": "every",
                "rule": rule,
                "start": start.isoformat(),
                "at": f"{at:%H:%M}",
                "except": sorted(day.isoformat() for day in except_days),
            }
        case Named(name, days_before, at):
            return {"is": "named", "name": name, "before": days_before, "at": f"{at:%H:%M}"}
        case Joined(delay_hours):
            return {"is": "joined", "hours": delay_hours}
        case _:
            assert_never(schedule)


def from_json(stored: Mapping[str, Any]) -> Schedule | None:
    """What `to_json` made; None where nothing was chosen yet."""
    match stored:
        case {"is": "once", "at": at}:
            return Once(datetime.fromisoformat(at))
        case {"is": "every", "rule": rule, "start": start, "at": at, "except": days}:
            return Recurring(
                rule,
                date.fromisoformat(start),
                time.fromisoformat(at),
                tuple(date.fromisoformat(day) for day in days),
            )
        case {"is": "named", "name": name, "before": before, "at": at}:
            return Named(name, before, time.fromisoformat(at))
        case {"is": "joined", "hours": delay_hours}:
            return Joined(delay_hours)
    return None


async def next_due(
    connection: AsyncConnection, schedule: Schedule, after: datetime, *, policy: Policy = _USUAL
) -> datetime | None:
    """The first time after this moment. None: there is none (any more), or none that officers have confirmed."""
    match schedule:
        case Once(at):
            return at if at > after else None
        case Recurring():
            return _next_day(schedule, after)
        case Named(name, days_before, at):
            for day in await _days_of(connection, name, in_vietnam(after).date() + days_before * _DAY):
                if (moment := _at(day - days_before * _DAY, at)) > after:
                    return moment
            return None
        case Joined():
            moment = after.replace(minute=0, second=0, microsecond=0) + _HOUR
            return (
                moment if hours.is_day(moment, policy=policy) else hours.next_morning(moment, policy=policy)
            )
        case _:
            assert_never(schedule)


def meant_at(schedule: Schedule, due: datetime) -> datetime:
    """The moment that officers chose for the run of `due`. A word that came late may have put that off, into hours nobody chose."""
    match schedule:
        case Once(at):
            return at
        case Recurring() | Named():
            return _at(in_vietnam(due).date(), schedule.at)
        case Joined():
            return due
        case _:
            assert_never(schedule)


async def upcoming(
    connection: AsyncConnection,
    schedule: Schedule,
    after: datetime,
    *,
    most: int = 5,
    until: datetime | None = None,
) -> list[datetime]:
    """The next times, at most so many and none later than `until`. Of `Joined` none: only whoever joins makes one."""
    found: list[datetime] = []
    while not isinstance(schedule, Joined) and len(found) < most:
        moment = await next_due(connection, schedule, after)
        if moment is None or (until and moment > until):
            break
        found.append(moment)
        after = moment
    return found


async def deadline_of(
    connection: AsyncConnection, schedule: Schedule, due: datetime, deadline_at: datetime | None
) -> datetime | None:
    """When the run of `due` is of no use any more. An officer says it of the first run; the others have as long."""
    if deadline_at is None:
        return None
    match schedule:
        case Once():
            return deadline_at
        case Recurring():
            first = _next_day(schedule, _at(schedule.start, time()) - _HOUR)
            return due + (deadline_at - first) if first else deadline_at
        case Named(name, days_before, at):
            earliest = in_vietnam(due).date() + days_before * _DAY - 366 * _DAY
            days = [_at(day - days_before * _DAY, at) for day in await _days_of(connection, name, earliest)]
            first = max((day for day in days if day <= deadline_at), default=due)
            return due + (deadline_at - first)
        case Joined():
            return None  # It ends the series.
        case _:
            assert_never(schedule)


_WEEKDAYS = (
    N_("thứ Hai"), N_("thứ Ba"), N_("thứ Tư"), N_("thứ Năm"), N_("thứ Sáu"), N_("thứ Bảy"), N_("Chủ nhật"),
)  # fmt: skip


def weekday(day: int, _: Callable[[str], str]) -> str:
    """A day of the week; 0 is Monday."""
    return _(_WEEKDAYS[day])


def sentence(schedule: Schedule, _: Callable[[str], str]) -> str:
    """The schedule as an officer would say it, to stand after "Gửi"."""
    match schedule:
        case Once(at):
            here = in_vietnam(at)
            return _("lúc %(hour)s ngày %(day)s") % {"hour": f"{here:%H:%M}", "day": _written(here.date())}
        case Recurring():
            return _every(schedule, _)
        case Named(name, days_before, at):
            values = {"hour": f"{at:%H:%M}", "name": name, "days": days_before}
            if days_before:
                return _("lúc %(hour)s, %(days)d ngày trước %(name)s, mỗi năm") % values
            return _("lúc %(hour)s đúng ngày %(name)s, mỗi năm") % values
        case Joined(0):
            return _("cho từng người mới vào Hội, trong vòng khoảng một giờ")
        case Joined(delay_hours) if delay_hours % 24 == 0:
            return _("cho từng người mới vào Hội, sau %(days)d ngày") % {"days": delay_hours // 24}
        case Joined(delay_hours):
            return _("cho từng người mới vào Hội, sau %(hours)d giờ") % {"hours": delay_hours}
        case _:
            assert_never(schedule)


def _every(schedule: Recurring, _: Callable[[str], str]) -> str:
    rule = Rule.from_text(schedule.rule)
    values = {
        "hour": f"{schedule.at:%H:%M}",
        "days": ", ".join(weekday(day, _) for day in rule.weekdays),
        "day": rule.day,
        "month": rule.month,
    }
    said = {
        Cycle.WEEK: _("lúc %(hour)s %(days)s hằng tuần"),
        Cycle.MONTH: _("lúc %(hour)s ngày %(day)d hằng tháng"),
        Cycle.YEAR: _("lúc %(hour)s ngày %(day)d tháng %(month)d hằng năm"),
    }
    parts = [said[rule.cycle] % values]
    if rule.may_be_shorter:
        parts.append(_("tháng không có ngày ấy thì gửi ngày cuối tháng"))
    parts.append(_("từ ngày %(day)s") % {"day": _written(schedule.start)})
    if rule.until:
        parts.append(_("đến hết ngày %(day)s") % {"day": _written(rule.until)})
    if rule.times:
        parts.append(_("tất cả %(times)d lần") % {"times": rule.times})
    if schedule.except_days:
        days = ", ".join(_written(day) for day in sorted(schedule.except_days))
        parts.append(_("trừ ngày %(days)s") % {"days": days})
    return ", ".join(parts)


def _next_day(schedule: Recurring, after: datetime) -> datetime | None:
    for day in Rule.from_text(schedule.rule).days(schedule.start, in_vietnam(after).date() - _DAY):
        if day not in schedule.except_days and (moment := _at(day, schedule.at)) > after:
            return moment
    return None


async def _days_of(connection: AsyncConnection, name: str, earliest: date) -> list[date]:
    found = await connection.scalars(
        sa.select(named_days.c.day)
        .where(named_days.c.name == name, named_days.c.day >= earliest)
        .order_by(named_days.c.day)
    )
    return list(found)


def _at(day: date, at: time) -> datetime:
    return datetime.combine(day, at, VIETNAM).astimezone(UTC)


def _written(day: date) -> str:
    return f"{day:%d/%m/%Y}"
