"""The bounds that a run has of its own, beside its accounts' pace: so many people a day, so much money, a slower pace.

What of them is used up stands on the run's row, which whoever claims for such a run holds until the claim is written: all
processes together keep within them. Money counts from the claim on, because what is in doubt may have cost it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import in_vietnam
from bot.sending.pace import HORIZON, database_now_us
from bot.store.tables import deliveries, runs
from bot.store.tables.broadcasts import RunState
from bot.store.types import Id
from broadcasts.turns import Row

_HORIZON_US = HORIZON.microseconds


@dataclass(slots=True)
class Bounds:
    """Of one run within one transaction: take from it, then `save`."""

    run_id: int
    today: date
    people: int  # How many more may be written to now.
    money: int  # How much more may be spent, VND.
    taken: int = 0
    spent: int = 0
    first_us: int = 0  # Its own next slot.

    def affords(self, price: int) -> bool:
        return price <= self.money - self.spent

    def take(self, price: int) -> None:
        self.taken += 1
        self.spent += price

    async def save(self, connection: AsyncConnection) -> None:
        if self.taken or self.spent:
            values = {
                "run": self.run_id, "today": self.today, "taken": self.taken, "cost": self.spent,
                "first_us": self.first_us,
            }  # fmt: skip
            await connection.execute(_SAVE, values)


async def hold(connection: AsyncConnection, run: Row, room: int, *, now: datetime) -> Bounds | None:
    """The bounds of a run that is to have `room`; None while another process claims for it, or it was stopped meanwhile."""
    today = in_vietnam(now).date()
    if run.per_day is None and run.budget is None and not run.interval_us:
        return Bounds(run.id, today, room, 0)
    row = (await connection.execute(_HOLD, {"run": run.id})).one_or_none()
    if row is None:
        return None
    people = room
    if row.per_day is not None:
        people = min(people, row.per_day - (row.day_count if row.day == today else 0))
    first_us = max(row.next_us, row.now_us)
    if row.interval_us:
        people = min(people, max(0, (row.now_us + _HORIZON_US - first_us) // row.interval_us + 1))
    money = max(0, row.budget - row.spent) if row.budget is not None else 0
    return Bounds(run.id, today, max(0, people), money, first_us=first_us)


async def give_back(connection: AsyncConnection, delivery_ids: Sequence[int]) -> None:
    """What was taken for these deliveries was not used after all: certainly nothing was sent. Call it before they change."""
    used: dict[tuple[int, date], tuple[int, int]] = {}
    for row in await connection.execute(_TAKEN_FOR, {"ids": list(delivery_ids)}):
        key = row.run_id, in_vietnam(row.next_at).date()  # As of its claim.
        people, cost = used.get(key, (0, 0))
        used[key] = people + 1, cost + row.price
    for (run_id, day), (people, cost) in sorted(used.items()):
        values = {"run": run_id, "today": day, "taken": people, "cost": cost}
        await connection.execute(_GIVE_BACK, values)


_RUN = sa.bindparam("run", type_=Id)
_TODAY = sa.bindparam("today", type_=sa.Date)
_TAKEN = sa.bindparam("taken", type_=sa.Integer)
_COST = sa.bindparam("cost", type_=sa.Integer)
_OF_TODAY = sa.case((runs.c.day == _TODAY, runs.c.day_count), else_=0)

_HOLD: sa.Select[Any] = (
    sa.select(
        runs.c.per_day,
        runs.c.budget,
        runs.c.spent,
        runs.c.day,
        runs.c.day_count,
        runs.c.interval_us,
        runs.c.next_us,
        database_now_us().label("now_us"),
    )
    .where(runs.c.id == _RUN, runs.c.state == RunState.RUNNING)
    .with_for_update(key_share=True, skip_locked=True)
)
_SAVE = (
    sa.update(runs)
    .where(runs.c.id == _RUN)
    .values(
        spent=runs.c.spent + _COST,
        day=_TODAY,
        day_count=_OF_TODAY + _TAKEN,
        next_us=sa.bindparam("first_us", type_=sa.BigInteger) + _TAKEN * runs.c.interval_us,
    )
)
_GIVE_BACK = (
    sa.update(runs)
    .where(runs.c.id == _RUN)
    .values(
        spent=sa.case((runs.c.spent > _COST, runs.c.spent - _COST), else_=0),
        day_count=sa.case(
            (sa.and_(runs.c.day == _TODAY, runs.c.day_count > _TAKEN), runs.c.day_count - _TAKEN), else_=0
        ),
    )
)
_TAKEN_FOR = (
    sa.select(deliveries.c.run_id, deliveries.c.next_at, deliveries.c.price)
    .join(runs, runs.c.id == deliveries.c.run_id)
    .where(
        deliveries.c.id.in_(sa.bindparam("ids", expanding=True)),
        sa.or_(runs.c.per_day.is_not(None), runs.c.budget.is_not(None)),
    )
)
