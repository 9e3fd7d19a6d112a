"""One step of an announcement on its way from draft to run: one UPDATE that names the states it starts from.

Two officers, or an officer and the schedule, cannot both take it. Writing, confirming and approving take their steps here.
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.people import acts
from bot.store.tables import broadcasts
from bot.store.tables.broadcasts import BroadcastState
from broadcasts.refused import N_, Refused

OPEN = (BroadcastState.DRAFT, BroadcastState.WAITING, BroadcastState.SCHEDULED)
"""Nothing of it has been sent: it can be changed or given up."""


async def get(connection: AsyncConnection, broadcast_id: int) -> sa.Row[Any]:
    """The broadcast's row. Refused when there is none."""
    found = await connection.execute(sa.select(broadcasts).where(broadcasts.c.id == broadcast_id))
    row = found.one_or_none()
    if row is None:
        raise Refused(N_("Không có thông báo này."))
    return row


async def hold(connection: AsyncConnection, broadcast_id: int) -> sa.Row[Any]:
    """The same, and nobody else changes it before the transaction ends. Whoever holds a request for approval as well holds the
    announcement first: two that begin at different ends would wait for each other.
    """
    found = await connection.execute(
        sa.select(broadcasts).where(broadcasts.c.id == broadcast_id).with_for_update(key_share=True)
    )
    row = found.one_or_none()
    if row is None:
        raise Refused(N_("Không có thông báo này."))
    return row


async def step(
    connection: AsyncConnection,
    broadcast_id: int,
    states: tuple[BroadcastState, ...],
    *conditions: sa.ColumnElement[bool],
    **values: object,
) -> bool:
    """Change the row if it is in one of these states (and the conditions hold); False when it is not."""
    updated = await connection.execute(
        sa.update(broadcasts)
        .where(broadcasts.c.id == broadcast_id, broadcasts.c.state.in_(states), *conditions)
        .values(**values)
    )
    return updated.rowcount == 1


async def refuse(connection: AsyncConnection, broadcast_id: int) -> None:
    """Raise the Refused of a step that came too late."""
    row = await get(connection, broadcast_id)
    if row.state is BroadcastState.CANCELLED:
        raise Refused(N_("Thông báo này đã hủy."))
    raise Refused(N_("Thông báo này đã bắt đầu gửi, không thay đổi được nữa."))


async def record(
    connection: AsyncConnection, broadcast_id: int, staff_id: int, act: str, now: datetime, **detail: object
) -> None:
    """Note who took the step."""
    await acts.record(connection, staff_id, act, now=now, subject=f"broadcast {broadcast_id}", **detail)
