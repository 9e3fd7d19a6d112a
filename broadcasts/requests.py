"""Requests for approval as officers see them in lists: what waits for one of them, and what became of what she asked."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import approvals, broadcasts, staff, units
from bot.store.tables.broadcasts import ApprovalState, BroadcastState
from broadcasts import approval
from broadcasts.approval import Row

_SHOWN_FOR = timedelta(days=30)
_MOST = 30


async def waiting_for(connection: AsyncConnection, staff_id: int) -> Sequence[Row]:
    """What she may answer, the oldest first."""
    ids = await approval.waiting_for(connection, staff_id)
    rows = await connection.execute(_SELECT.where(approvals.c.id.in_(ids)).order_by(approvals.c.id))
    return rows.all()


async def asked_by(connection: AsyncConnection, staff_id: int, *, now: datetime) -> Sequence[Row]:
    """What she asked or wrote, and how it was answered, the newest first."""
    rows = await connection.execute(
        _SELECT.where(
            sa.or_(approvals.c.asked_by == staff_id, broadcasts.c.created_by == staff_id),
            approvals.c.state != ApprovalState.WITHDRAWN,
            approvals.c.asked_at >= now - _SHOWN_FOR,
        )
        .order_by(approvals.c.id.desc())
        .limit(_MOST)
    )
    return rows.all()


async def returned_to(connection: AsyncConnection, staff_id: int) -> Sequence[Row]:
    """Her announcements that were returned and that nobody has seen to since."""
    later = approvals.alias("later")
    rows = await connection.execute(
        _SELECT.where(
            sa.or_(approvals.c.asked_by == staff_id, broadcasts.c.created_by == staff_id),
            approvals.c.state == ApprovalState.RETURNED,
            broadcasts.c.state == BroadcastState.DRAFT,
            broadcasts.c.updated_at <= approvals.c.decided_at,
            ~sa.exists().where(later.c.broadcast_id == approvals.c.broadcast_id, later.c.id > approvals.c.id),
        )
        .order_by(approvals.c.id.desc())
        .limit(_MOST)
    )
    return rows.all()


_DECIDER = staff.alias("decider")
_SELECT = (
    sa.select(
        approvals,
        broadcasts.c.title,
        broadcasts.c.due_at,
        units.c.name.label("unit_name"),
        staff.c.name.label("asker"),
        _DECIDER.c.name.label("decider"),
    )
    .join(broadcasts, broadcasts.c.id == approvals.c.broadcast_id)
    .join(units, units.c.id == broadcasts.c.unit_id)
    .join(staff, staff.c.id == approvals.c.asked_by)
    .outerjoin(_DECIDER, _DECIDER.c.id == approvals.c.decided_by)
)
