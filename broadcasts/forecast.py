"""When an announcement will have been sent: at the accounts' real pace, behind what they have to send before, resting at night."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.contract import Limits
from bot.store.tables import broadcasts, deliveries, paces, runs
from bot.store.tables.broadcasts import BroadcastState, DeliveryState, Priority, RunState
from broadcasts import hours
from broadcasts.audience import Audience
from broadcasts.policy import Policy
from broadcasts.refused import Refused

_UNPACED = timedelta(milliseconds=20)
"""Between two sends of an account that keeps no pace: slower than our own machines are, so that we are early and never late."""

_MICROSECOND = timedelta(microseconds=1)
_TO_SEND = (DeliveryState.PLANNED, DeliveryState.CLAIMED)
_MOVES = (RunState.FILLING, RunState.RUNNING)


@dataclass(frozen=True, slots=True)
class Forecast:
    starts_at: datetime  # The first message.
    finishes_at: datetime
    rests_at_night: bool
    per_minute: int  # All accounts together.


async def forecast(
    connection: AsyncConnection,
    people: Mapping[int, int],
    when: datetime,
    *,
    priority: Priority,
    per_day: int | None,
    policy: Policy,
    now: datetime,
    limits: Mapping[int, Limits],
) -> Forecast:
    """For so many people by account, begun at `when`. The slowest account's share says when it is over."""
    rests = priority is not Priority.URGENT and hours.is_day(when, policy=policy)
    intervals = await _intervals(connection, people, limits)
    waiting = await _waiting(connection, people, priority)
    ahead = timedelta()  # The longest queue before ours when we come.
    work = timedelta()
    for account_id, count in people.items():
        queue = max(waiting.get(account_id, 0) * intervals[account_id] - (when - now), timedelta())
        ahead = max(ahead, queue)
        work = max(work, queue + count * intervals[account_id])
    if priority is Priority.DRIP and per_day:
        days = timedelta(days=max(-(-sum(people.values()) // per_day) - 1, 0))
        finishes = when + days + (work / (days.days + 1))
    elif rests:
        finishes = hours.after_working(when, work, policy=policy)
    else:
        finishes = when + work
    starts = hours.after_working(when, ahead, policy=policy) if rests else when + ahead
    per_minute = sum(round(timedelta(minutes=1) / intervals[account_id]) for account_id in people)
    return Forecast(starts, finishes, rests, per_minute)


async def meanwhile(
    connection: AsyncConnection,
    broadcast_id: int,
    channels: tuple[str, ...],
    account_ids: tuple[int, ...],
    *,
    begins: datetime,
    ends: datetime,
) -> int:
    """How many other announcements are being sent by these accounts, or are due through these channels in that time."""
    still = sa.exists().where(
        deliveries.c.run_id == runs.c.id,
        deliveries.c.state.in_(_TO_SEND),
        deliveries.c.account_id.in_(account_ids),
    )
    moving = await connection.scalar(
        sa.select(sa.func.count(runs.c.broadcast_id.distinct())).where(
            runs.c.state.in_(_MOVES), runs.c.broadcast_id != broadcast_id, still
        )
    )
    due = await connection.execute(
        sa.select(broadcasts.c.audience).where(
            broadcasts.c.id != broadcast_id,
            broadcasts.c.state == BroadcastState.SCHEDULED,
            broadcasts.c.due_at.between(begins, ends),
        )
    )
    return (moving or 0) + sum(bool(set(channels) & set(_channels(row.audience))) for row in due)


def _channels(audience: object) -> tuple[str, ...]:
    try:
        return Audience.from_json(audience).channels
    except Refused:
        return ()


async def _intervals(
    connection: AsyncConnection, people: Mapping[int, int], limits: Mapping[int, Limits]
) -> dict[int, timedelta]:
    kept = await connection.execute(
        sa.select(paces.c.account_id, paces.c.interval_us).where(
            paces.c.account_id.in_(people), paces.c.interval_us > 0
        )
    )
    found = {row.account_id: row.interval_us * _MICROSECOND for row in kept}
    for account_id in people:
        if account_id not in found:
            per_second = limits[account_id].per_second if account_id in limits else 0
            found[account_id] = timedelta(seconds=1) / per_second if per_second else _UNPACED
    return found


async def _waiting(
    connection: AsyncConnection, people: Mapping[int, int], priority: Priority
) -> dict[int, int]:
    """What each account has to send that goes before ours or beside it."""
    rows = await connection.execute(
        sa.select(deliveries.c.account_id, sa.func.count().label("people"))
        .join(runs, runs.c.id == deliveries.c.run_id)
        .where(
            runs.c.state.in_(_MOVES),
            runs.c.priority <= priority,
            deliveries.c.state.in_(_TO_SEND),
            deliveries.c.account_id.in_(people),
        )
        .group_by(deliveries.c.account_id)
    )
    return {row.account_id: row.people for row in rows}
