"""The part of a form that asks when an announcement is sent; `broadcasts/timing.html` shows it, other pages carry it along.

What is chosen comes in the address or in a form; else it is what was chosen for this announcement before, else the next early
evening. A moment that has gone by is never taken.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import in_vietnam
from bot.store.tables import named_days
from broadcasts import hours, timing
from broadcasts.timing import Joined, Once, Schedule
from handlers.officers import day_hints, timing_reading
from handlers.officers.timing_reading import When, Wrong
from handlers.officers.visit import Visit

_SHOWN_DATES = 5
_FIELDS = frozenset({
    "when", "day", "hour", "cycle", "month_day", "year_day", "year_month", "from", "every_hour", "ends", "until", "times",
    "feast", "before", "feast_hour", "delay", "delay_unit", *(f"on-{day}" for day in range(7)),
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Feast:
    """A feast to choose, and its next day that officers have confirmed."""

    name: str
    day: date


@dataclass(frozen=True, slots=True)
class NextDate:
    moment: datetime
    weekday: str
    day: str  # As fields say it: 2026-11-23.


@dataclass(frozen=True, slots=True)
class Timing:
    """What is chosen, and all that the page shows of it."""

    typed: Mapping[str, str]
    schedule: Schedule | None  # None where what was typed is none.
    errors: Mapping[str, str] = field(default_factory=dict)  # By field.
    due: datetime | None = None  # The first time.
    dates: tuple[datetime, ...] = ()  # Of several, the next ones.
    skipped: tuple[date, ...] = ()
    feasts: tuple[Feast, ...] = ()
    is_at_night: bool = False  # Outside the hours that the Union has laid down.
    day_begins: str = ""  # These hours, for people: "07:00".
    day_ends: str = ""
    sentence: str = ""  # "lúc 18:30 ngày 23/11/2026", to stand after "Gửi".
    hints: tuple[str, ...] = ()  # What is worth knowing of the day.
    weekdays: tuple[tuple[int, str], ...] = ()  # To choose from.
    next_dates: tuple[NextDate, ...] = ()  # `dates` with their words.

    @property
    def when(self) -> str:
        return self.typed["when"]

    @property
    def is_now(self) -> bool:
        return self.when == When.NOW

    @property
    def is_for_newcomers(self) -> bool:
        return isinstance(self.schedule, Joined)

    @property
    def carried(self) -> list[tuple[str, str]]:
        """Hidden fields that say the same again."""
        return [(name, value) for name, value in self.typed.items() if value]


def read(visit: Visit, row: sa.Row[*tuple[Any, ...]] | None = None) -> tuple[Schedule | None, dict[str, str]]:
    """The schedule chosen, or what is wrong with it by field. `row` is the announcement's, for what was chosen before."""
    try:
        return timing_reading.read(_typed(visit, row), visit.now, visit.gettext), {}
    except Wrong as wrong:
        return None, {wrong.field: wrong.sentence}


async def shown(
    visit: Visit, connection: AsyncConnection, row: sa.Row[*tuple[Any, ...]] | None = None
) -> Timing:
    """The same with everything that stands around it: the first time, the next ones, the feasts there are."""
    _, policy = visit.gettext, visit.console.policy
    schedule, errors = read(visit, row)
    typed = _typed(visit, row)
    due: datetime | None = None
    if schedule is not None:
        is_now = typed["when"] == When.NOW
        due = visit.now if is_now else await timing.next_due(connection, schedule, visit.now, policy=policy)
        if due is None:
            schedule = None
            errors = {
                "feast": _(
                    "Lễ này chưa có ngày nào được xác nhận, hoặc ngày gửi đã qua. Chị xem trang Ngày lễ."
                )
            }
    dates = await timing.upcoming(connection, schedule, visit.now, most=_SHOWN_DATES) if schedule else []
    return Timing(
        typed=typed,
        schedule=schedule,
        errors=errors,
        due=due,
        dates=tuple(dates),
        skipped=tuple(timing_reading.skipped(typed)),
        feasts=await _feasts(connection, in_vietnam(visit.now).date()),
        is_at_night=due is not None and not hours.is_day(due, policy=policy),
        day_begins=f"{policy.day_begins:%H:%M}",
        day_ends=f"{policy.day_ends:%H:%M}",
        sentence=_sentence(schedule, typed["when"], _),
        hints=await _hints(visit, connection, schedule, due),
        weekdays=tuple((day, _capital(timing.weekday(day, _))) for day in range(7)),
        next_dates=tuple(
            NextDate(moment, _capital(timing.weekday(here.weekday(), _)), f"{here:%Y-%m-%d}")
            for moment, here in ((moment, in_vietnam(moment)) for moment in dates)
        ),
    )


async def _hints(
    visit: Visit, connection: AsyncConnection, schedule: Schedule | None, due: datetime | None
) -> tuple[str, ...]:
    _ = visit.gettext
    if isinstance(schedule, Joined):
        return (
            _(
                "Số người bên dưới là mọi hội viên hợp điều kiện. Tin này chỉ gửi cho người mới vào Hội, khi tới lượt."
            ),
        )
    return await day_hints.of(visit, connection, in_vietnam(due).date()) if due else ()


def _sentence(schedule: Schedule | None, when: str, _: Callable[[str], str]) -> str:
    if schedule is None:
        return ""
    return _("ngay bây giờ") if when == When.NOW else timing.sentence(schedule, _)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def wish(day: str, now: datetime) -> dict[str, Any]:
    """What is kept with a draft that was begun at a day of the calendar, until its time is chosen; {} where that is none."""
    try:
        schedule = timing_reading.read({**timing_reading.begin(now), "day": day}, now, str)
    except Wrong:
        return {}
    return timing.to_json(schedule)


def _typed(visit: Visit, row: sa.Row[*tuple[Any, ...]] | None) -> dict[str, str]:
    """Every field: as sent, else as chosen before, else as good as any."""
    sent: Mapping[str, Any] = visit.form or visit.request.query
    given = {
        name: value.strip()
        for name, value in sent.items()
        if isinstance(value, str) and (name in _FIELDS or name.startswith("skip-"))
    }
    usual = timing_reading.begin(visit.now)
    if given.get("when") in set(When):
        # What is not ticked is not sent.
        return {name: value for name, value in usual.items() if not name.startswith("on-")} | given
    stored = timing.from_json(row.schedule) if row is not None else None
    if stored is None or (isinstance(stored, Once) and stored.at <= visit.now):
        return (
            usual
            | {"when": When.AT.value}
            | {name: given[name] for name in ("day", "hour") if given.get(name)}
        )
    chosen = timing_reading.typed_of(stored, visit.now)
    if "cycle" in chosen:
        usual = {name: value for name, value in usual.items() if not name.startswith("on-")}
    return usual | chosen


async def _feasts(connection: AsyncConnection, today: date) -> tuple[Feast, ...]:
    next_day = sa.func.min(named_days.c.day)
    rows = await connection.execute(
        sa.select(named_days.c.name, next_day.label("day"))
        .where(named_days.c.day >= today)
        .group_by(named_days.c.name)
        .order_by(next_day, named_days.c.name)
    )
    return tuple(Feast(row.name, row.day) for row in rows)
