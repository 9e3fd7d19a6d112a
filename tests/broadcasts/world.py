"""Days of announcements as the service lives them: what is due begins, every account sends what it may, the clock goes on to the
next thing that can happen. Sending takes no time.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from bot.clock import in_vietnam
from bot.store.database import Database
from bot.store.tables import broadcasts, deliveries, list_members, member_lists, runs
from bot.store.tables.broadcasts import BroadcastState, DeliveryState, RunState
from broadcasts import confirming, filling, hours, running, starting, steps, writing
from broadcasts.audience import Audience
from broadcasts.delivery import DeliveryLane
from broadcasts.policy import Policy
from broadcasts.writing import Draft
from tests.broadcasts.desk import Desk
from tests.broadcasts.ledger import count_ahead
from tests.conftest import MovingClock
from tests.people import People

TEXTS = {"vi": "Mời chị họp. Gõ NGUNG để dừng."}


@dataclass
class World:
    database: Database
    union: People
    clock: MovingClock
    accounts: Sequence[int]
    policy: Policy
    desks: list[Desk] = field(init=False)

    def __post_init__(self) -> None:
        self.keep(self.policy)

    def keep(self, policy: Policy) -> None:
        """Live by these rules from now on."""
        self.policy = policy
        lane = DeliveryLane(policy)
        self.desks = [
            Desk(self.database, self.union, self.clock, lane=lane, account_id=one) for one in self.accounts
        ]

    async def write(self, member_ids: Sequence[int], **values: Any) -> int:
        """A draft to these members."""
        async with self.database.writing() as connection:
            list_id = await connection.scalar(
                sa.insert(member_lists)
                .values(
                    unit_id=self.union.province_id, name="Chọn", rows=len(member_ids), created_at=self.clock()
                )
                .returning(member_lists.c.id)
            )
            rows = [{"list_id": list_id, "member_id": one} for one in member_ids]
            await connection.execute(sa.insert(list_members), rows)
            who = [
                {"is": "units", "units": [self.union.province_id]},
                {"is": "channels", "channels": ["web_chat"]},
                {"is": "list", "list": list_id},
            ]
            audience = Audience.from_json({"who": who})
            draft = Draft(
                title="Họp", texts=TEXTS, unit_id=self.union.province_id, audience=audience, **values
            )
            return await writing.create(connection, draft, staff_id=self.union.an, now=self.clock())

    async def confirm(self, broadcast_id: int, due_at: datetime) -> None:
        async with self.database.writing() as connection:
            await confirming.confirm(
                connection, broadcast_id, due_at=due_at, staff_id=self.union.an, counted=100, now=self.clock()
            )

    async def row(self, broadcast_id: int) -> Any:
        async with self.database.reading() as connection:
            return await steps.get(connection, broadcast_id)

    async def live_until(self, moment: datetime) -> None:
        """Everything that happens before that moment."""
        while True:
            await self._act()
            next_at = await self._next()
            if next_at is None or next_at >= moment:
                break
            self.clock.moment = next_at
        self.clock.moment = moment

    async def days_of(self, broadcast_id: int) -> Counter[date]:
        """How many got it, by day."""
        return Counter({day: len(who) for day, who in (await self.who_by_day(broadcast_id)).items()})

    async def who_by_day(self, broadcast_id: int) -> dict[date, set[int]]:
        """Who got it, by day."""
        async with self.database.reading() as connection:
            sent = await connection.execute(
                sa.select(deliveries.c.member_id, deliveries.c.sent_at)
                .join(runs, runs.c.id == deliveries.c.run_id)
                .where(runs.c.broadcast_id == broadcast_id, deliveries.c.state == DeliveryState.SENT)
            )
            found: dict[date, set[int]] = {}
            for row in sent:
                found.setdefault(in_vietnam(row.sent_at).date(), set()).add(row.member_id)
            return found

    async def begin(self) -> None:
        """Make the runs of what is due, and send nothing yet."""
        await count_ahead(self.database, self.clock())
        async with self.database.writing() as connection:
            await starting.start_due(connection, self.clock(), policy=self.policy)
            for run_id in await filling.unfilled(connection):
                while not await filling.fill(connection, run_id, self.clock()):
                    pass
            while await running.skip_overdue(connection, self.clock()):
                pass

    async def _act(self) -> None:
        await self.begin()
        while [parcel for desk in self.desks for parcel in await desk.send()]:
            pass
        async with self.database.writing() as connection:
            await running.finish_done(connection, self.clock())

    async def _next(self) -> datetime | None:
        """When something may happen again: a day's quota and the night end in the morning."""
        now = self.clock()
        async with self.database.reading() as connection:
            due = await connection.scalar(
                sa.select(sa.func.min(broadcasts.c.due_at)).where(
                    broadcasts.c.state == BroadcastState.SCHEDULED, broadcasts.c.due_at > now
                )
            )
            waiting = sa.select(deliveries.c.id).join(runs, runs.c.id == deliveries.c.run_id)
            waiting = waiting.where(
                runs.c.state == RunState.RUNNING, deliveries.c.state == DeliveryState.PLANNED
            )
            later = await connection.scalar(
                waiting.with_only_columns(sa.func.min(deliveries.c.next_at)).where(deliveries.c.next_at > now)
            )
            is_left = await connection.scalar(waiting.where(deliveries.c.next_at <= now).limit(1))
        morning = hours.next_morning(now, policy=self.policy) if is_left else None
        return min((moment for moment in (due, later, morning) if moment is not None), default=None)
