"""The lane of announcements: the delivery rows of every running run are its queue.

Written to be cheap, because it runs for every message: few statements a round, each built once at import, results
recorded by executemany. Whose turn it is (`turns`), what a run may still use up (`bounds`), what is too much for one member
(`caps`) and what she reads (`packing`) stand elsewhere. A row whose sender died, or whose answer was lost, is uncertain:
the run's own policy says whether it is sent once more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.sending.parcels import Outcome, Parcel
from bot.store.tables import deliveries
from bot.store.tables.broadcasts import DeliveryState, Priority
from bot.store.types import Moment
from broadcasts import bounds, caps, settling, turns
from broadcasts.bounds import Bounds
from broadcasts.caps import Wanted
from broadcasts.codes import BUDGET, CAPPED
from broadcasts.hours import is_day
from broadcasts.packing import DeliveryLink, Later, Packed, Packing, Skip
from broadcasts.policy import Policy
from broadcasts.turns import Standing, Turns

# Who is skipped or has to wait takes no slot, so more are looked at, but not without end in one transaction.
_MOST_LOOKS = 12
_MOST_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class _Lease:
    """Of which account, by whom, since when and until when something is claimed."""

    account_id: int
    owner: str
    now: datetime
    until: datetime


@dataclass(slots=True)
class _Serving:
    """One run within one claim."""

    bounds: Bounds
    revision: int
    is_urgent: bool
    look: int = 0  # How many rows to look at next.


class DeliveryLane:
    """Implements `bot.sending.parcels.Lane`."""

    name = "announcement"

    def __init__(self, policy: Policy | None = None, *, link_of: DeliveryLink | None = None) -> None:
        """`link_of` gives the addresses of links whose clicks are counted."""
        self._policy = policy or Policy()
        self._packing = Packing(link_of)
        self._turns: dict[int, Turns] = {}  # By account.

    async def claim(
        self,
        connection: AsyncConnection,
        account_id: int,
        limit: int,
        *,
        owner: str,
        now: datetime,
        until: datetime,
    ) -> Sequence[Parcel]:
        by_day = is_day(now, policy=self._policy)
        standing = await turns.look(connection, account_id, now=now, is_day=by_day)
        if not standing.due:
            return []
        lease = _Lease(account_id, owner, now, until)
        turn = self._turns.setdefault(account_id, Turns())
        claim = _Claim(connection, lease, standing, turn, self._packing, self._policy)
        return await claim.run(limit)

    async def settle(self, connection: AsyncConnection, outcomes: Sequence[Outcome], *, owner: str) -> None:
        await settling.settle(connection, outcomes, owner=owner)

    async def release(self, connection: AsyncConnection, parcels: Sequence[Parcel], *, owner: str) -> None:
        await settling.release(connection, parcels, owner=owner)

    async def recover(self, connection: AsyncConnection, *, now: datetime) -> int:
        return await settling.recover(connection, now=now)


class _Claim:
    """One call of `claim`."""

    def __init__(
        self,
        connection: AsyncConnection,
        lease: _Lease,
        standing: Standing,
        turn: Turns,
        packing: Packing,
        policy: Policy,
    ) -> None:
        self._connection = connection
        self._lease = lease
        self._turn = turn
        self._packing = packing
        self._policy = policy
        self._due = list(standing.due)
        self._counted = standing.counted
        self._serving: dict[int, _Serving] = {}
        self._parcels: list[Parcel] = []

    async def run(self, limit: int) -> list[Parcel]:
        for _ in range(_MOST_LOOKS):
            room = limit - len(self._parcels)
            if room <= 0 or not self._due:
                break
            await self._look(self._turn.shares(self._due, room))
        for _, serving in sorted(self._serving.items()):
            await serving.bounds.save(self._connection)
        return self._parcels

    async def _look(self, shares: Sequence[tuple[turns.Row, int]]) -> None:
        """Claim for each run of this turn up to its share; who has nothing more is not asked again."""
        rooms: dict[int, int] = {}
        ids: list[int] = []
        for run, share in shares:
            serving = await self._served(run, share)
            room = min(share, serving.bounds.people - serving.bounds.taken) if serving else 0
            if serving is None or room <= 0:
                self._due.remove(run)
                continue
            most = max(room, serving.look)
            found = await self._take(run, most)
            if len(found) < most:
                self._due.remove(run)
            rooms[run.id] = room
            ids += found
        if ids:
            await self._pack(ids, rooms)

    async def _served(self, run: turns.Row, share: int) -> _Serving | None:
        if run.id not in self._serving:
            held = await bounds.hold(self._connection, run, share, now=self._lease.now)
            if held is None:
                return None
            self._serving[run.id] = _Serving(held, run.revision, run.priority == Priority.URGENT)
        return self._serving[run.id]

    async def _take(self, run: turns.Row, most: int) -> Sequence[int]:
        values = {
            "of_run": run.id, "of_account": self._lease.account_id, "now": self._lease.now, "most": most,
            "owner": self._lease.owner, "until": self._lease.until, "rev": run.revision,
        }  # fmt: skip
        found: Sequence[int] = (await self._connection.execute(_CLAIM, values)).scalars().all()
        return found

    async def _pack(self, ids: Sequence[int], rooms: dict[int, int]) -> None:
        rows = await self._packing.people(self._connection, ids)
        packed = await self._packing.pack(self._connection, rows, now=self._lease.now)
        wanted = [
            Wanted(row.id, row.member_id)
            for row in rows
            if isinstance(packed[row.id], Packed)
            and row.member_id is not None
            and not self._serving[row.run_id].is_urgent
        ]
        waits = await caps.too_much(
            self._connection, wanted, self._counted, self._policy, now=self._lease.now
        )
        skips: list[dict[str, Any]] = []
        moves: list[dict[str, Any]] = []
        prices: list[dict[str, Any]] = []
        surplus: list[int] = []
        before = len(self._parcels)
        for row in rows:
            serving, found = self._serving[row.run_id], packed[row.id]
            match found:
                case Skip(code=code):
                    skips.append({"row": row.id, "why": code})
                case Later(at=at):
                    moves.append({"row": row.id, "why": "", "then": at})
                case Packed() if row.id in waits:
                    moves.append({"row": row.id, "why": CAPPED, "then": waits[row.id]})
                case Packed(price=price) if price and not serving.bounds.affords(price):
                    skips.append({"row": row.id, "why": BUDGET})
                case Packed() if rooms[row.run_id] <= 0:
                    surplus.append(row.id)
                case Packed(address=address, message=message, price=price):
                    rooms[row.run_id] -= 1
                    serving.bounds.take(price)
                    if price != row.price:
                        prices.append({"row": row.id, "cost": price})
                    self._parcels.append(
                        Parcel(
                            DeliveryLane.name,
                            row.id,
                            row.contact_id,
                            address,
                            message,
                            row.attempts,
                            row.last_in_at,
                        )
                    )
        for statement, values in ((_SKIP, skips), (_MOVE, moves), (_PRICE, prices)):
            if values:
                await self._connection.execute(statement, values)
        if surplus:
            await settling.unclaim(self._connection, surplus, owner=self._lease.owner)
        # Where nobody could be sent to, more are looked at the next time.
        is_vain = len(self._parcels) == before
        for run_id, room in rooms.items():
            serving = self._serving[run_id]
            serving.look = min(_MOST_AT_ONCE, 4 * max(serving.look, room)) if is_vain else 0


# In a CTE, not in the IN itself: PostgreSQL may run a subquery twice, and then lock and claim more than the limit.
_DUE = (
    sa.select(deliveries.c.id)
    .where(
        deliveries.c.run_id == sa.bindparam("of_run"),
        deliveries.c.state == DeliveryState.PLANNED,
        deliveries.c.account_id == sa.bindparam("of_account"),
        deliveries.c.next_at <= sa.bindparam("now"),
    )
    .order_by(deliveries.c.next_at, deliveries.c.id)
    .limit(sa.bindparam("most", type_=sa.Integer))
    .with_for_update(skip_locked=True)
    .cte("due")
)
_CLAIM = (
    sa.update(deliveries)
    .where(deliveries.c.id.in_(sa.select(_DUE.c.id)))
    .values(
        state=DeliveryState.CLAIMED,
        lease_by=sa.bindparam("owner"),
        lease_until=sa.bindparam("until"),
        next_at=sa.bindparam("now"),
        revision=sa.bindparam("rev"),
    )
    .returning(deliveries.c.id)
)

_ROW = deliveries.c.id == sa.bindparam("row")
_NO_LEASE = {"lease_by": None, "lease_until": None}
_THEN = sa.bindparam("then", type_=Moment())

# Who was to get it once more, and is not to any more, may have it all the same: she stays in doubt by name.
_WAS_IN_DOUBT = deliveries.c.uncertain_sends > 0
_SKIP = (
    sa.update(deliveries)
    .where(_ROW)
    .values(
        state=sa.type_coerce(
            sa.case((_WAS_IN_DOUBT, DeliveryState.UNCERTAIN.value), else_=DeliveryState.SKIPPED.value),
            deliveries.c.state.type,
        ),
        code=sa.case((_WAS_IN_DOUBT, deliveries.c.code), else_=sa.bindparam("why", type_=sa.String)),
        **_NO_LEASE,
    )
)
_MOVE = (
    sa.update(deliveries)
    .where(_ROW)
    .values(state=DeliveryState.PLANNED, code=sa.bindparam("why"), next_at=_THEN, **_NO_LEASE)
)
_PRICE = sa.update(deliveries).where(_ROW).values(price=sa.bindparam("cost", type_=sa.Integer))
