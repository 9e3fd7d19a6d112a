"""Feasts by the lunar or the Khmer calendar: each year's day as an officer has confirmed it. Nobody computes them.

Announcements that are planned by a feast move with its day, in the transaction that confirms or takes back the day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import in_vietnam
from bot.people import acts
from bot.store.database import insert_ignoring
from bot.store.tables import broadcasts, named_days, runs, staff
from bot.store.tables.broadcasts import BroadcastState, RunState
from broadcasts import timing
from broadcasts.policy import Policy
from broadcasts.refused import N_, Refused
from broadcasts.timing import Named

LONGEST_NAME = 100
_FARTHEST = timedelta(days=366 * 3)
_CLOSEST = timedelta(days=200)

Row = sa.Row[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Waiting:
    """An announcement that is planned by a feast."""

    broadcast_id: int
    title: str
    days_before: int
    due_at: datetime | None


async def confirm(
    connection: AsyncConnection, name: str, day: date, *, staff_id: int, now: datetime, policy: Policy
) -> bool:
    """Take down that the feast is on this day. False when that was known. Refused where the day cannot be meant."""
    name = " ".join(name.split())
    today = in_vietnam(now).date()
    if not name or len(name) > LONGEST_NAME:
        raise Refused(N_("Chị ghi tên ngày lễ, không quá 100 chữ."))
    if day < today:
        raise Refused(N_("Ngày này đã qua. Chị ghi ngày của lần lễ sắp tới."))
    if day > today + _FARTHEST:
        raise Refused(N_("Ngày này xa quá ba năm, chị xem lại giúp."))
    near = named_days.c.day.between(day - _CLOSEST, day + _CLOSEST)
    others = await connection.scalars(sa.select(named_days.c.day).where(named_days.c.name == name, near))
    if known := others.all():
        if day in known:
            return False
        # It comes once a year: two days of one year would send everything twice.
        raise Refused(N_("Lễ này đã có ngày trong năm đó. Ngày cũ không đúng thì chị bỏ ngày cũ trước."))
    inserted = await connection.execute(
        insert_ignoring(named_days, connection.dialect.name).values(
            name=name, day=day, confirmed_by=staff_id, confirmed_at=now
        )
    )
    if not inserted.rowcount:
        return False
    await acts.record(connection, staff_id, "feast_confirmed", now=now, feast=name, day=day.isoformat())
    await _move(connection, name, now, policy)
    return True


async def take_back(
    connection: AsyncConnection, named_day_id: int, *, staff_id: int, now: datetime, policy: Policy
) -> str:
    """The day was wrong: what is planned by it waits for another one. Returns the feast's name; empty: it was gone already."""
    found = await connection.execute(
        sa.delete(named_days)
        .where(named_days.c.id == named_day_id)
        .returning(named_days.c.name, named_days.c.day)
    )
    row = found.one_or_none()
    if row is None:
        return ""
    await acts.record(
        connection, staff_id, "feast_taken_back", now=now, feast=row.name, day=row.day.isoformat()
    )
    await _move(connection, row.name, now, policy)
    return str(row.name)


async def ahead(connection: AsyncConnection, today: date) -> Sequence[Row]:
    """Every day from today on, in order: `id`, `name`, `day`, `confirmed_at`, and `officer`, who confirmed it."""
    return await between(connection, today, date.max)


async def between(connection: AsyncConnection, first: date, last: date) -> Sequence[Row]:
    """The same from one day to another, both included."""
    found = await connection.execute(
        sa.select(named_days, staff.c.name.label("officer"))
        .outerjoin(staff, staff.c.id == named_days.c.confirmed_by)
        .where(named_days.c.day.between(first, last))
        .order_by(named_days.c.day, named_days.c.name)
    )
    return found.all()


async def waiting(connection: AsyncConnection, name: str) -> list[Waiting]:
    """The announcements that are planned by this feast."""
    return [
        Waiting(row.id, row.title, schedule.days_before, row.due_at)
        for row, schedule in await _planned(connection)
        if schedule.name == name
    ]


async def names_waiting(connection: AsyncConnection) -> set[str]:
    """The feasts without a day that announcements wait for."""
    return {schedule.name for row, schedule in await _planned(connection) if row.due_at is None}


async def _planned(connection: AsyncConnection) -> list[tuple[Row, Named]]:
    found = await connection.execute(
        sa.select(broadcasts.c.id, broadcasts.c.title, broadcasts.c.due_at, broadcasts.c.schedule)
        .where(broadcasts.c.state.in_([BroadcastState.SCHEDULED, BroadcastState.WAITING]))
        .order_by(broadcasts.c.id)
    )
    planned = ((row, timing.from_json(row.schedule)) for row in found.all())
    return [(row, schedule) for row, schedule in planned if isinstance(schedule, Named)]


async def _move(connection: AsyncConnection, name: str, now: datetime, policy: Policy) -> None:
    """What is planned by this feast, to the day that is confirmed now; what is due already is on its way.

    What went out for this year's feast goes out for the next one: a day put right afterwards sends nothing twice.
    """
    for row, schedule in await _planned(connection):
        if schedule.name != name or (row.due_at is not None and row.due_at <= now):
            continue
        sent_for = await _last_sent(connection, row.id)
        after = max(now, sent_for + _CLOSEST) if sent_for else now
        due_at = await timing.next_due(connection, schedule, after, policy=policy)
        await connection.execute(sa.update(broadcasts).where(broadcasts.c.id == row.id).values(due_at=due_at))


async def _last_sent(connection: AsyncConnection, broadcast_id: int) -> datetime | None:
    """When it was last due and went out, as it reads since it was last written."""
    found: datetime | None = await connection.scalar(
        sa.select(runs.c.due_at)
        .join(broadcasts, broadcasts.c.id == runs.c.broadcast_id)
        .where(
            runs.c.broadcast_id == broadcast_id,
            runs.c.created_at >= broadcasts.c.updated_at,
            # Nothing was sent of one that was cancelled before it was filled.
            sa.or_(runs.c.state != RunState.CANCELLED, runs.c.filled_at.is_not(None)),
        )
        .order_by(runs.c.due_at.desc())
        .limit(1)
    )
    return found
