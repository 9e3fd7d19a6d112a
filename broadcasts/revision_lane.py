"""The lane of changes: what was sent is edited, or taken back, wherever a run reads otherwise than somebody was shown.

Only on accounts whose platform can. Doing it twice does no harm, so a lost answer is simply repeated, and a row whose sender
died is taken by the next when its lease has run out: it needs no other care.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.contract import Limits, Outgoing
from bot.sending.parcels import Act, Outcome, Parcel, Verdict
from bot.store.tables import deliveries, runs
from bot.store.tables.broadcasts import DeliveryState, Route, RunState
from bot.store.types import Moment
from broadcasts.packing import DeliveryLink, Packing, Row
from broadcasts.revising import LONGEST, STEP

_LOOK_EVERY = timedelta(seconds=1)
_NOTHING = Outgoing("")


class RevisionLane:
    """Implements `bot.sending.parcels.Lane`."""

    name = "revision"

    def __init__(self, limits: Mapping[int, Limits], *, link_of: DeliveryLink | None = None) -> None:
        """`limits` by account; `link_of` as for the lane of announcements."""
        self._limits = limits
        self._packing = Packing(link_of)
        self._look_at: dict[int, datetime] = {}  # By account: nothing was there, look again then.

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
        limits = self._limits.get(account_id)
        if limits is None or not (limits.edits or limits.recalls_within):
            return []
        if (look_at := self._look_at.get(account_id)) and now < look_at <= now + _LOOK_EVERY:
            return []
        parcels: list[Parcel] = []
        looking = {"account": account_id, "now": now, "since": now - LONGEST}
        for run in (await connection.execute(_CHANGED, looking)).all():
            if (room := limit - len(parcels)) <= 0:
                break
            values = {
                "of_run": run.id, "account": account_id, "now": now, "rev": run.revision, "upto": run.revise_to,
                "most": room, "owner": owner, "until": until,
            }  # fmt: skip
            if ids := (await connection.execute(_CLAIM, values)).scalars().all():
                parcels += await self._pack(connection, run, ids, limits, now)
        if not parcels:
            self._look_at[account_id] = now + _LOOK_EVERY
        return parcels

    async def _pack(
        self,
        connection: AsyncConnection,
        run: Row,
        delivery_ids: Sequence[int],
        limits: Limits,
        now: datetime,
    ) -> list[Parcel]:
        rows = await self._packing.people(connection, delivery_ids)
        if run.revised:
            act = Act.EDIT
            shown = [row for row in rows if limits.edits and _is_there(row)]
            words = await self._packing.revised(connection, shown, run.revision, now=now)
        else:
            act, words = Act.RECALL, {}
            shown = [row for row in rows if _is_there(row) and _is_young(row, limits, now)]
        # Who cannot be shown it (any more) keeps what she has.
        if lost := set(delivery_ids) - {row.id for row in shown}:
            then = run.revise_to + STEP
            await connection.execute(_PASS_OVER, [{"row": row_id, "then": then} for row_id in sorted(lost)])
        return [
            Parcel(
                self.name,
                row.id,
                row.contact_id,
                row.address,
                words.get(row.id, _NOTHING),
                0,
                row.last_in_at,
                act=act,
                platform_id=row.platform_id,
                revision=run.revision,
            )
            for row in shown
        ]

    async def settle(self, connection: AsyncConnection, outcomes: Sequence[Outcome], *, owner: str) -> None:
        ids = [outcome.parcel.row_id for outcome in outcomes]
        found = await connection.execute(_CHANGES_OF, {"ids": ids, "owner": owner})
        change = {row.id: row for row in found}
        shown: list[dict[str, Any]] = []
        again: list[dict[str, Any]] = []
        for outcome in outcomes:
            parcel = outcome.parcel
            if (run := change.get(parcel.row_id)) is None:
                continue  # Another process has taken it meanwhile.
            # Where it was changed once more meanwhile she stays in reach of that.
            then = run.revise_to + STEP if run.revision == parcel.revision else run.next_at
            if outcome.verdict is Verdict.SENT:
                shown.append({"row": parcel.row_id, "then": then, "rev": parcel.revision})
            elif outcome.verdict in {Verdict.FAILED, Verdict.HELD}:
                shown.append({"row": parcel.row_id, "then": then, "rev": run.shown})
            else:
                again.append({"row": parcel.row_id, "then": outcome.next_at or outcome.at})
        for statement, values in ((_SHOWN, shown), (_AGAIN, again)):
            if values:
                await connection.execute(statement, values)

    async def release(self, connection: AsyncConnection, parcels: Sequence[Parcel], *, owner: str) -> None:
        if parcels:
            await connection.execute(_RELEASE, [{"row": p.row_id, "owner": owner} for p in parcels])

    async def recover(self, connection: AsyncConnection, *, now: datetime) -> int:  # noqa: ARG002 - the lane's contract
        return 0  # A claim takes what was left behind.


def _is_there(row: Row) -> bool:
    """Whether her message can still be named, and she be reached."""
    return bool(row.address and row.platform_id) and row.unreachable_at is None


def _is_young(row: Row, limits: Limits, now: datetime) -> bool:
    within = limits.recalls_within
    return within is not None and row.sent_at is not None and now - row.sent_at <= within


def _open(run_id: sa.ColumnElement[int], revision: sa.ColumnElement[int], upto: sa.ColumnElement[Any]) -> Any:
    """What still reads as before and is nobody's just now."""
    now = sa.bindparam("now", type_=Moment())
    return sa.and_(
        deliveries.c.run_id == run_id,
        deliveries.c.state == DeliveryState.SENT,
        deliveries.c.account_id == sa.bindparam("account"),
        deliveries.c.next_at <= upto,
        deliveries.c.revision < revision,
        deliveries.c.route == Route.CHAT,
        sa.or_(deliveries.c.lease_until.is_(None), deliveries.c.lease_until <= now),
    )


_SOMETHING_OPEN = (
    sa.select(sa.literal(1))
    .where(_open(runs.c.id, runs.c.revision, runs.c.revise_to))
    .limit(1)
    .scalar_subquery()
    .correlate(runs)
)
_CHANGED = (
    sa.select(runs.c.id, runs.c.revision, runs.c.revised, runs.c.revise_to)
    .where(
        runs.c.revise_to > sa.bindparam("since", type_=Moment()),
        runs.c.state != RunState.FILLING,
        _SOMETHING_OPEN.is_not(None),
    )
    .order_by(runs.c.id)
)
_NEXT = (
    sa.select(deliveries.c.id)
    .where(
        _open(
            sa.bindparam("of_run", type_=runs.c.id.type),
            sa.bindparam("rev", type_=sa.Integer),
            sa.bindparam("upto", type_=Moment()),
        )
    )
    .order_by(deliveries.c.next_at, deliveries.c.id)
    .limit(sa.bindparam("most", type_=sa.Integer))
    .with_for_update(skip_locked=True)
    .cte("due")
)
_CLAIM = (
    sa.update(deliveries)
    .where(deliveries.c.id.in_(sa.select(_NEXT.c.id)))
    .values(lease_by=sa.bindparam("owner"), lease_until=sa.bindparam("until"))
    .returning(deliveries.c.id)
)
_ROW = deliveries.c.id == sa.bindparam("row")
_THEN = sa.bindparam("then", type_=Moment())
_PASS_OVER = sa.update(deliveries).where(_ROW).values(next_at=_THEN, lease_by=None, lease_until=None)
_CHANGES_OF = (
    sa.select(
        deliveries.c.id,
        deliveries.c.next_at,
        deliveries.c.revision.label("shown"),
        runs.c.revision,
        runs.c.revise_to,
    )
    .join(runs, runs.c.id == deliveries.c.run_id)
    .where(
        deliveries.c.id.in_(sa.bindparam("ids", expanding=True)),
        deliveries.c.lease_by == sa.bindparam("owner"),
    )
)
_SHOWN = (
    sa.update(deliveries)
    .where(_ROW)
    .values(next_at=_THEN, revision=sa.bindparam("rev"), lease_by=None, lease_until=None)
)
_AGAIN = sa.update(deliveries).where(_ROW).values(lease_by=None, lease_until=_THEN)
_RELEASE = (
    sa.update(deliveries)
    .where(_ROW, deliveries.c.lease_by == sa.bindparam("owner"))
    .values(lease_by=None, lease_until=None)
)
