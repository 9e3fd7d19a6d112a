"""The other announcements that may take a member's day or week before one that is looked at: those being sent, and those due.

Of a run whose deliveries are written these say who is still to get it; of what is only due, or is just being written down,
its audience does. What is paused or waits for a second person's word may never go on: it takes nobody's place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import in_vietnam
from bot.store.tables import broadcasts, runs
from bot.store.tables.broadcasts import BroadcastState, Priority, RunState
from broadcasts import hours, timing
from broadcasts.caps import WEEK, Turn
from broadcasts.people import opened
from broadcasts.policy import Policy
from broadcasts.refused import Refused
from broadcasts.routes import Asked
from broadcasts.timing import Joined, Once
from broadcasts.turns import COUNTS, REMEMBERED

_MOST_DUE = 12
"""So many that are due before or with it are looked at, the nearest first: each costs a count of its own."""

_MOST_TIMES = 16  # Of one that comes again and again.
_DAY = timedelta(days=1)
_INSTANT = timedelta(microseconds=1)

Row = sa.Row[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Rival:
    mark: str  # Its own among the rivals.
    turns: tuple[Turn, ...]  # Each time that it comes.
    run_id: int | None = None  # Its deliveries say to whom it is still to go.
    asked: Asked | None = None  # They are not written: its audience does.
    per_day: int | None = None  # To so many a day only.
    used: int = 0  # Of them today.


async def find(
    connection: AsyncConnection, mine: Turn, policy: Policy, *, now: datetime
) -> tuple[list[int], list[Rival]]:
    """The runs that count for what a member has had, and everything that may go to her before `mine`: the broadcast of its
    number, or, where that is negative, the run.
    """
    found = await connection.execute(_COUNTED, {"since": now - REMEMBERED})
    counted = [
        run for run in found if run.id != -mine.number
    ]  # Of whom it is still to be sent to nobody has had it.
    going = [rival for run in counted if (rival := await _going(connection, run, now)) is not None]
    return [run.id for run in counted], [*going, *await _due(connection, mine, policy, now)]


def turn_of(run: Row, now: datetime) -> Turn:
    """Of a run that is being sent."""
    return Turn(now, run.priority, run.created_at, -run.id, run.by_day, run.deadline_at)


async def _going(connection: AsyncConnection, run: Row, now: datetime) -> Rival | None:
    turn = turn_of(run, now)
    per_day = run.per_day if run.priority == Priority.DRIP else None
    used = run.day_count if run.day == in_vietnam(now).date() else 0
    match run.state:
        case RunState.RUNNING:
            return Rival(f"r{run.id}", (turn,), run.id, per_day=per_day, used=used)
        case RunState.FILLING if asked := await _asked(connection, run):
            return Rival(f"r{run.id}", (turn,), asked=asked, per_day=per_day, used=used)
        case _:
            return None


async def _due(connection: AsyncConnection, mine: Turn, policy: Policy, now: datetime) -> list[Rival]:
    rows = await connection.execute(_SCHEDULED, {"mine": mine.number, "last": mine.at + WEEK})
    found: list[Rival] = []
    for row in sorted(rows, key=lambda row: abs(row.due_at - mine.at)):
        if len(found) == _MOST_DUE:
            break
        turns = await _times(connection, row, mine, policy, now)
        asked = await _asked(connection, row) if turns else None
        if asked:
            per_day = row.per_day if row.priority == Priority.DRIP else None
            found.append(Rival(f"b{row.id}", tuple(turns), asked=asked, per_day=per_day))
    return found


async def _times(
    connection: AsyncConnection, row: Row, mine: Turn, policy: Policy, now: datetime
) -> Sequence[Turn]:
    """When it is due in the days that matter to `mine`, as `starting` will make its runs."""
    first, last = mine.at - WEEK - _DAY, mine.at + WEEK
    try:
        schedule = timing.from_json(row.schedule) or Once(row.due_at)
        if isinstance(schedule, Joined):
            return []  # Who will have joined nobody knows.
        after = max(row.due_at, first - _INSTANT)
        moments = [row.due_at] if row.due_at >= first else []
        moments += await timing.upcoming(connection, schedule, after, most=_MOST_TIMES, until=last)
        turns = []
        for due in moments:
            by_day = hours.is_day(timing.meant_at(schedule, due), policy=policy)
            until = await timing.deadline_of(connection, schedule, due, row.deadline_at)
            turns.append(Turn(max(due, now), row.priority, due, row.id, by_day, until))
    except (ValueError, TypeError, KeyError):
        return []  # A schedule that nobody can read starts nothing.
    # What is due later goes later: but for a rank above, and for the hours of the night in which `mine` rests.
    return [turn for turn in turns if turn.at <= mine.at or turn.priority < mine.priority or not turn.by_day]


async def _asked(connection: AsyncConnection, row: Row) -> Asked | None:
    """To whom, its segments looked up; None where that cannot be read, or is nobody: nothing will be sent."""
    try:
        asked = await opened(connection, Asked.of(row))
    except (Refused, KeyError, TypeError, ValueError, AttributeError):
        return None
    return None if asked.audience.is_nobody else asked


_COUNTED = sa.select(runs).where(COUNTS)
_SCHEDULED = sa.select(broadcasts).where(
    broadcasts.c.state == BroadcastState.SCHEDULED,
    broadcasts.c.priority != Priority.URGENT,
    broadcasts.c.id != sa.bindparam("mine"),
    broadcasts.c.due_at <= sa.bindparam("last", type_=broadcasts.c.due_at.type),
)
