"""The lanes as a sender process uses them, without any platform: each method is one transaction."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from bot.channels.contract import Receipt
from bot.sending.parcels import Lane, Outcome, Parcel, Verdict
from bot.store.database import Database
from broadcasts.delivery import DeliveryLane
from broadcasts.policy import Policy
from tests.conftest import MovingClock
from tests.people import People

LEASE = timedelta(minutes=1)
NO_CAPS = Policy(most_per_day=0, most_per_week=0)


class Desk:
    """One sender process that serves one account."""

    def __init__(
        self,
        database: Database,
        union: People,
        clock: MovingClock,
        owner: str = "me",
        *,
        lane: Lane | None = None,
        account_id: int | None = None,
    ) -> None:
        self._database = database
        self._account_id = account_id or union.account_id
        self._clock = clock
        self._owner = owner
        self.lane: Lane = lane or DeliveryLane(NO_CAPS)

    async def claim(self, limit: int = 100, *, account_id: int | None = None) -> list[Parcel]:
        now = self._clock()
        async with self._database.writing() as connection:
            parcels = await self.lane.claim(
                connection,
                account_id or self._account_id,
                limit,
                owner=self._owner,
                now=now,
                until=now + LEASE,
            )
        return list(parcels)

    async def settle(self, parcels: Sequence[Parcel], verdict: Verdict, **values: Any) -> None:
        async with self._database.writing() as connection:
            told = [Outcome(parcel, verdict, self._clock(), **values) for parcel in parcels]
            await self.lane.settle(connection, told, owner=self._owner)

    async def send(self, limit: int = 100) -> list[Parcel]:
        """Claim and record as sent."""
        parcels = await self.claim(limit)
        for parcel in parcels:
            await self.settle([parcel], Verdict.SENT, receipt=Receipt(f"m{parcel.row_id}"))
        return parcels

    async def release(self, parcels: Sequence[Parcel]) -> None:
        async with self._database.writing() as connection:
            await self.lane.release(connection, parcels, owner=self._owner)

    async def recover(self) -> int:
        async with self._database.writing() as connection:
            return await self.lane.recover(connection, now=self._clock())
