"""What is planned, waits and ran on each day, for the officers' calendar."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import in_vietnam
from bot.people.viewers import Viewer, in_sight
from bot.store.tables import broadcasts, runs
from bot.store.tables.broadcasts import BroadcastState, RunState
from broadcasts import timing
from broadcasts.timing import Joined, Schedule

_MOST_OF_ONE = 40  # More than a month of days, and its neighbours' days beside it, can hold.
_PLANNED = (BroadcastState.SCHEDULED, BroadcastState.WAITING)

Row = sa.Row[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Planned:
    """An announcement at one of its times; `run_state` is None while that is ahead."""

    at: datetime
    broadcast_id: int
    title: str
    waits: bool = False  # For a second person's word.
    comes_again: bool = False
    per_day: int | None = None  # It goes on for days, to so many people a day.
    run_id: int | None = None
    run_state: RunState | None = None
    code: str = ""
    is_recalled: bool = False
    runs: int = 1  # How many of this day are said by this one: of those who joined.

    @property
    def day(self) -> date:
        return in_vietnam(self.at).date()


@dataclass(frozen=True, slots=True)
class Greeting:
    """An announcement to whoever joins: of no day, always on."""

    broadcast_id: int
    title: str
    schedule: Joined


@dataclass(frozen=True, slots=True)
class Agenda:
    planned: tuple[Planned, ...]  # In order.
    greetings: tuple[Greeting, ...]
    dayless: tuple[Planned, ...] = ()  # By a feast whose day nobody has confirmed; `at` says nothing.


async def between(
    connection: AsyncConnection, viewer: Viewer, first: datetime, last: datetime, *, now: datetime
) -> Agenda:
    """Everything from one moment to before another that is the viewer's business."""
    found = [*await _ran(connection, viewer, first, last)]
    greetings: list[Greeting] = []
    dayless: list[Planned] = []
    for row in await _open(connection, viewer):
        schedule = timing.from_json(row.schedule)
        if isinstance(schedule, Joined):
            greetings.append(Greeting(row.id, row.title, schedule))
        elif row.due_at is None:
            dayless.append(Planned(now, row.id, row.title))
        else:
            times = await _times(connection, row, schedule, first, last)
            found += [
                Planned(
                    at, row.id, row.title,
                    waits=row.state is BroadcastState.WAITING, comes_again=len(times) > 1 or _comes_again(schedule),
                    per_day=row.per_day,
                )
                for at in times
            ]  # fmt: skip
    return Agenda(
        tuple(sorted(found, key=lambda one: (one.at, one.broadcast_id))), tuple(greetings), tuple(dayless)
    )


async def _times(
    connection: AsyncConnection, row: Row, schedule: Schedule | None, first: datetime, last: datetime
) -> list[datetime]:
    times = [row.due_at] if first <= row.due_at < last else []
    if schedule is not None and _comes_again(schedule):
        after = max(row.due_at, first)
        further = await timing.upcoming(connection, schedule, after, most=_MOST_OF_ONE, until=last)
        times += [at for at in further if at < last]
    return times


def _comes_again(schedule: Schedule | None) -> bool:
    return isinstance(schedule, timing.Recurring | timing.Named)


async def _open(connection: AsyncConnection, viewer: Viewer) -> Iterable[Row]:
    columns = ("id", "title", "state", "schedule", "due_at", "per_day")
    found = await connection.execute(
        sa.select(*(broadcasts.c[name] for name in columns))
        .where(broadcasts.c.state.in_(_PLANNED), in_sight(viewer, broadcasts.c.unit_id))
        .order_by(broadcasts.c.id)
    )
    return found.all()


async def _ran(
    connection: AsyncConnection, viewer: Viewer, first: datetime, last: datetime
) -> Iterable[Planned]:
    found = await connection.execute(
        sa.select(
            runs.c.id, runs.c.broadcast_id, runs.c.due_at, runs.c.state, runs.c.code, runs.c.per_day,
            runs.c.revision, runs.c.revised, broadcasts.c.title, broadcasts.c.schedule,
        )
        .join(broadcasts, broadcasts.c.id == runs.c.broadcast_id)
        .where(runs.c.due_at >= first, runs.c.due_at < last, in_sight(viewer, broadcasts.c.unit_id))
        .order_by(runs.c.due_at, runs.c.id)
    )  # fmt: skip
    said: dict[object, Planned] = {}
    for row in found:
        schedule = timing.from_json(row.schedule)
        # Those who join make many small runs; a day of them is one line.
        key = (row.broadcast_id, in_vietnam(row.due_at).date()) if isinstance(schedule, Joined) else row.id
        before = said.get(key)
        said[key] = Planned(
            row.due_at if before is None else before.at, row.broadcast_id, row.title,
            comes_again=_comes_again(schedule), per_day=row.per_day, run_id=row.id, run_state=row.state, code=row.code,
            is_recalled=row.revision > 0 and not row.revised, runs=1 if before is None else before.runs + 1,
        )  # fmt: skip
    return said.values()
