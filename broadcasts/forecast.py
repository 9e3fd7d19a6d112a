"""When an announcement will have been sent: at the accounts' real pace, behind what they have to send before, resting at night,
and to whom the caps keep waiting not before her day.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.contract import Limits
from bot.clock import in_vietnam
from bot.store.tables import deliveries, runs
from bot.store.tables.broadcasts import DeliveryState, Priority, RunState
from broadcasts.caps import Turn
from broadcasts.finishing import UNPACED, Pace, Release
from broadcasts.policy import Policy
from broadcasts.tempo import paced

_TO_SEND = (DeliveryState.PLANNED, DeliveryState.CLAIMED)
_MOVES = (RunState.FILLING, RunState.RUNNING)


@dataclass(frozen=True, slots=True)
class Forecast:
    starts_at: datetime  # The first message.
    finishes_at: datetime
    rests_at_night: bool
    per_minute: int  # All accounts together.
    later: Mapping[date, int] = field(default_factory=dict)
    """So many people are not written to before that day, because they have had enough by then or get others first."""
    others_at: datetime | None = None  # When all others have it; None where there are none.
    per_day: int | None = None  # It goes day by day, to so many people a day.
    next_portion: datetime | None = None  # When those of the second day get it; None where one day is enough.


async def forecast(
    connection: AsyncConnection,
    wanted: Sequence[Release],
    mine: Turn,
    *,
    per_day: int | None,
    policy: Policy,
    now: datetime,
    limits: Mapping[int, Limits],
) -> Forecast:
    """For people who may be written to from these moments on. The slowest account's share says when it is over."""
    intervals = await intervals_of(connection, {one.account_id for one in wanted}, limits)
    waiting = await _waiting(connection, intervals, mine, now)
    pace = Pace(intervals, mine.by_day, policy)
    free = {
        account_id: max(mine.at, pace.done(now, waiting.get(account_id, 0) * interval))
        for account_id, interval in intervals.items()
    }

    per_day = per_day if mine.priority == Priority.DRIP else None

    def finish(them: Sequence[Release]) -> datetime | None:
        if not them:
            return None
        if per_day:
            return pace.day_by_day(them, max(free.values()), per_day)
        return pace.finish(them, {one.account_id: free[one.account_id] for one in them})

    later = Counter[date]()
    for one in wanted:
        if one.is_held:
            later[in_vietnam(one.at).date()] += one.people
    return Forecast(
        min((max(free[one.account_id], one.at) for one in wanted), default=mine.at),
        finish(wanted) or mine.at,
        mine.by_day,
        sum(round(timedelta(minutes=1) / interval) for interval in intervals.values()),
        dict(sorted(later.items())),
        finish([one for one in wanted if not one.is_held]),
        per_day or None,
        next(islice(pace.portions_begin(wanted, max(free.values()), per_day), 1, None), None)
        if wanted and per_day
        else None,
    )


async def intervals_of(
    connection: AsyncConnection, account_ids: Collection[int], limits: Mapping[int, Limits]
) -> dict[int, timedelta]:
    found = await paced(connection, account_ids)
    for account_id in account_ids:
        if account_id not in found:
            per_second = limits[account_id].per_second if account_id in limits else 0
            found[account_id] = timedelta(seconds=1) / per_second if per_second else UNPACED
    return found


async def _waiting(
    connection: AsyncConnection, account_ids: Collection[int], mine: Turn, now: datetime
) -> dict[int, int]:
    """What each account has to send that goes before ours or beside it; not what waits for a later day."""
    rows = await connection.execute(
        sa.select(deliveries.c.account_id, sa.func.count().label("people"))
        .join(runs, runs.c.id == deliveries.c.run_id)
        .where(
            runs.c.state.in_(_MOVES),
            runs.c.priority <= mine.priority,
            deliveries.c.state.in_(_TO_SEND),
            deliveries.c.account_id.in_(account_ids),
            deliveries.c.next_at <= max(now, mine.at),
        )
        .group_by(deliveries.c.account_id)
    )
    return {row.account_id: row.people for row in rows}
