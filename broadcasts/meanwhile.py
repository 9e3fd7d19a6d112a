"""Which other announcements go through the same accounts while one is sent, and until when: what may make it late.

What is less urgent stands behind and delays nothing. Of what is only due, the number that an officer confirmed says how long it
takes; who joins is one by one, so what greets her delays nobody. Of two texts that are tried the rest goes when the better one
is known.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import broadcasts, deliveries, runs
from bot.store.tables.broadcasts import BroadcastState, DeliveryState, Priority, RunState
from bot.store.types import Moment
from broadcasts import caps, hours, progress, timing
from broadcasts.audience import Audience
from broadcasts.caps import Turn
from broadcasts.content import Content, Trial
from broadcasts.finishing import UNPACED, Pace, Release
from broadcasts.foretelling import Foretelling
from broadcasts.policy import Policy
from broadcasts.refused import Refused
from broadcasts.trial import NEVER

_TO_SEND = (DeliveryState.PLANNED, DeliveryState.CLAIMED)

Row = sa.Row[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Meanwhile:
    others: int
    until: datetime | None = None  # When the last of them is over; None: not before ours is, or nobody knows.


@dataclass(frozen=True, slots=True)
class _Over:
    """When another one has been sent."""

    at: datetime
    is_known: bool = True  # Else it may well be over before, but hardly after that.


async def meanwhile(
    connection: AsyncConnection,
    mine: Turn,
    channels: Collection[str],
    intervals: Mapping[int, timedelta],
    *,
    ends: datetime,
    policy: Policy,
    now: datetime,
    foretelling: Foretelling,
) -> Meanwhile:
    """Of a broadcast that is begun at its turn and `ends` then, sent by accounts with such `intervals` through these channels."""
    found = [
        *await _going(connection, mine, intervals, policy, now, foretelling),
        *await _due(connection, mine, channels, intervals, ends, policy, now),
    ]
    beside = [over for over in found if over.at > mine.at]
    known = [over.at for over in beside if over.is_known and over.at < ends]
    return Meanwhile(len(beside), max(known) if known and len(known) == len(beside) else None)


async def _going(
    connection: AsyncConnection,
    mine: Turn,
    intervals: Mapping[int, timedelta],
    policy: Policy,
    now: datetime,
    foretelling: Foretelling,
) -> list[_Over]:
    """When each run that still has something to send from these accounts will be over."""
    rows = await connection.execute(
        sa.select(deliveries.c.run_id, deliveries.c.account_id, sa.func.count().label("people"))
        .join(runs, runs.c.id == deliveries.c.run_id)
        .where(
            runs.c.state == RunState.RUNNING,
            runs.c.broadcast_id != mine.number,
            runs.c.priority <= mine.priority,
            deliveries.c.state.in_(_TO_SEND),
        )
        .group_by(deliveries.c.run_id, deliveries.c.account_id)
    )
    left: dict[int, dict[int, int]] = {}
    in_all = Counter[int]()
    for row in rows:
        in_all[row.run_id] += row.people
        if row.account_id in intervals:
            left.setdefault(row.run_id, {})[row.account_id] = row.people
    going = (await connection.execute(sa.select(runs).where(runs.c.id.in_(list(left))))).all()
    found: list[_Over] = []
    for row in going:
        its_own, of_all = left[row.id], list(left.values())
        over = await _over(
            connection, row, its_own, of_all, intervals, policy, now, foretelling, in_all[row.id]
        )
        found.append(over if row.deadline_at is None else replace(over, at=min(over.at, row.deadline_at)))
    return found


async def _over(
    connection: AsyncConnection,
    run: Row,
    left: Mapping[int, int],
    of_all: Collection[Mapping[int, int]],
    intervals: Mapping[int, timedelta],
    policy: Policy,
    now: datetime,
    foretelling: Foretelling,
    in_all: int,
) -> _Over:
    """As its own page says, but not before the others have had their turns: runs share the room of an account evenly."""
    per_day = run.per_day if run.priority == Priority.DRIP else None
    pace = Pace(intervals, run.by_day, policy)
    wanted = await _wanted(connection, run, left, now)
    foretold = await foretelling.of_run(connection, run, in_all, policy, now=now, may_last=False)
    if per_day:
        at = pace.day_by_day(wanted, now, per_day)
    else:
        at = max(pace.done(one.at, _shared(one, of_all) * intervals[one.account_id]) for one in wanted)
    if not foretold.is_known:  # Whom the caps hold gets it on another day, hardly later than they look back.
        return _Over(at + caps.WEEK, is_known=False)
    held = [one for one in foretold.releases or () if one.account_id in left and one.at > now]
    if held and not per_day:
        at = max(at, pace.finish(held, dict.fromkeys(left, now)))
    figures = await progress.of_run(
        connection, run.id, now=now, policy=policy, foretelling=foretelling, may_last=False
    )
    if figures.finish is None:
        return _Over(at)
    return _Over(figures.finish if per_day else max(at, figures.finish))


async def _wanted(
    connection: AsyncConnection, run: Row, left: Mapping[int, int], now: datetime
) -> list[Release]:
    """From when on they may be written to, but for the caps: the rest of two texts that are tried, when the better one is known."""
    if run.decide_at is None or run.winner is not None:
        return [Release(account_id, now, people) for account_id, people in left.items()]
    waits = sa.select(deliveries.c.account_id, sa.func.count().label("people")).where(
        deliveries.c.run_id == run.id,
        deliveries.c.state == DeliveryState.PLANNED,
        deliveries.c.next_at == sa.literal(NEVER, Moment()),
    )
    rest = {
        row.account_id: row.people
        for row in await connection.execute(waits.group_by(deliveries.c.account_id))
    }
    parts = [
        part
        for account_id, people in left.items()
        for part in (
            Release(account_id, now, people - rest.get(account_id, 0)),
            Release(account_id, max(now, run.decide_at), rest.get(account_id, 0)),
        )
    ]
    return [part for part in parts if part.people > 0]


def _shared(mine: Release, of_all: Collection[Mapping[int, int]]) -> int:
    """How many messages its account sends until these have gone."""
    return sum(min(mine.people, one.get(mine.account_id, 0)) for one in of_all)


async def _due(
    connection: AsyncConnection,
    mine: Turn,
    channels: Collection[str],
    intervals: Mapping[int, timedelta],
    ends: datetime,
    policy: Policy,
    now: datetime,
) -> list[_Over]:
    """The same of those that are due by then, and of those whose runs are just being filled."""
    not_behind = (broadcasts.c.id != mine.number, broadcasts.c.priority <= mine.priority)
    due = await connection.execute(
        sa.select(broadcasts).where(
            *not_behind, broadcasts.c.state == BroadcastState.SCHEDULED, broadcasts.c.due_at <= ends
        )
    )
    filling = await connection.execute(
        sa.select(broadcasts)
        .join(runs, runs.c.broadcast_id == broadcasts.c.id)
        .where(*not_behind, runs.c.state == RunState.FILLING)
    )
    slowest = max(intervals.values(), default=UNPACED)
    begun = [(row, row.due_at) for row in due] + [(row, now) for row in filling]
    found = [
        _over_if_begun(row, at, slowest, policy)
        for row, at in begun
        if set(channels) & set(_channels(row.audience))
    ]
    return [over for over in found if over is not None]


def _over_if_begun(row: Row, begins: datetime, interval: timedelta, policy: Policy) -> _Over | None:
    """None where it delays nobody."""
    if row.counted is None:
        return _Over(NEVER, is_known=False)
    try:
        schedule = timing.from_json(row.schedule)
        if isinstance(schedule, timing.Joined) or not row.counted:
            return None
        by_day = hours.is_day(timing.meant_at(schedule, begins) if schedule else begins, policy=policy)
        wanted = _parts(Content.from_json(row.content).trial, row.counted, begins)
    except (ValueError, TypeError, KeyError):
        return None  # What nobody can read starts nothing.
    pace = Pace({0: interval}, by_day and row.priority != Priority.URGENT, policy)
    if row.priority == Priority.DRIP and row.per_day:
        over = pace.day_by_day(wanted, begins, row.per_day)
    else:
        over = pace.finish(wanted, {0: begins})
    # Of one that comes again it is the first one's.
    if row.deadline_at is not None and row.deadline_at > begins:
        over = min(over, row.deadline_at)
    return _Over(over)


def _parts(trial: Trial | None, people: int, begins: datetime) -> list[Release]:
    """When they may be written to. Of two texts the better one goes to the rest when it is known."""
    if trial is None:
        return [Release(0, begins, people)]
    tried = min(people, people * 2 * trial.share // 100)
    parts = [Release(0, begins, tried), Release(0, begins + timedelta(hours=trial.hours), people - tried)]
    return [one for one in parts if one.people]


def _channels(audience: object) -> tuple[str, ...]:
    try:
        return Audience.from_json(audience).channels
    except Refused:
        return ()
