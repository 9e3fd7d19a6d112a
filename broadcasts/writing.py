"""Announcements as they are written, and the way of each to its run: draft, scheduled, run; or cancelled.

Every step is one UPDATE that names the state it starts from, so two officers, or an officer and the schedule, cannot
both take it. Who may take it is the pages' business.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.people import acts
from bot.store.tables import broadcasts
from bot.store.tables.broadcasts import BroadcastState, OnUncertain, Priority
from broadcasts import message
from broadcasts.audience import Audience
from broadcasts.content import Content
from broadcasts.refused import N_, Refused

_OPEN = (BroadcastState.DRAFT, BroadcastState.SCHEDULED)


@dataclass(frozen=True, slots=True)
class Draft:
    """What an officer writes."""

    title: str
    texts: Mapping[str, str]  # By language; Vietnamese must be there when it is confirmed.
    unit_id: int  # In whose name it is sent.
    audience: Audience
    on_uncertain: OnUncertain = field(default=OnUncertain.LEAVE)
    content: Content = field(default_factory=Content)
    category: str = ""
    priority: Priority = Priority.NORMAL
    per_day: int | None = None  # DRIP: how many people a day.
    budget: int | None = None  # VND of one run at most; None: nothing may cost money.
    deadline_at: datetime | None = None


async def create(connection: AsyncConnection, draft: Draft, *, staff_id: int, now: datetime) -> int:
    """Keep a new draft, complete or not; returns the broadcast's id."""
    inserted = await connection.execute(
        sa.insert(broadcasts)
        .values(
            **_columns(draft), state=BroadcastState.DRAFT, created_by=staff_id, created_at=now, updated_at=now
        )
        .returning(broadcasts.c.id)
    )
    broadcast_id = int(inserted.scalar_one())
    await _record(connection, broadcast_id, staff_id, "broadcast_created", now)
    return broadcast_id


async def edit(
    connection: AsyncConnection, broadcast_id: int, draft: Draft, *, staff_id: int, now: datetime
) -> None:
    """Change what was written. One that was scheduled is a draft again: what was confirmed is not this any more."""
    edited = await _step(
        connection,
        broadcast_id,
        _OPEN,
        **_columns(draft),
        state=BroadcastState.DRAFT,
        due_at=None,
        counted=None,
        updated_at=now,
    )
    if not edited:
        await _refuse(connection, broadcast_id)
    await _record(connection, broadcast_id, staff_id, "broadcast_edited", now)


async def confirm(
    connection: AsyncConnection,
    broadcast_id: int,
    *,
    due_at: datetime,
    staff_id: int,
    counted: int,
    now: datetime,
    seen_at: datetime | None = None,
) -> bool:
    """Schedule it for `due_at`; now or earlier means at once. False when it was confirmed already: a second click does nothing.

    `counted` is the number of people that the officer was told and agreed to. `seen_at` is `updated_at` of what she
    looked at: if a colleague has changed it meanwhile, nothing is scheduled.
    """
    row = await get(connection, broadcast_id)
    if row.state in (BroadcastState.SCHEDULED, BroadcastState.RUN):
        return False
    if message.faults_of_all(row.texts, None, str):
        raise Refused(N_("Nội dung thông báo còn lỗi. Hãy sửa rồi xác nhận lại."))
    Audience.from_json(row.audience)
    if seen_at is not None and row.updated_at != seen_at:
        raise Refused(N_("Thông báo vừa được người khác sửa. Hãy xem lại rồi xác nhận."))
    confirmed = await _step(
        connection,
        broadcast_id,
        (BroadcastState.DRAFT,),
        broadcasts.c.updated_at == row.updated_at,
        state=BroadcastState.SCHEDULED,
        due_at=max(due_at, now),
        counted=counted,
    )
    if not confirmed:
        row = await get(connection, broadcast_id)
        if row.state in (BroadcastState.SCHEDULED, BroadcastState.RUN):
            return False
        raise Refused(N_("Thông báo này đã hủy hoặc vừa được sửa, nên chưa đặt lịch được."))
    await _record(
        connection,
        broadcast_id,
        staff_id,
        "broadcast_confirmed",
        now,
        counted=counted,
        due=due_at.isoformat(),
    )
    return True


async def cancel(connection: AsyncConnection, broadcast_id: int, *, staff_id: int, now: datetime) -> bool:
    """Give up a draft or a scheduled one; False when that was done already. Once it runs, the run is cancelled instead."""
    if not await _step(
        connection, broadcast_id, _OPEN, state=BroadcastState.CANCELLED, due_at=None, updated_at=now
    ):
        row = await get(connection, broadcast_id)
        if row.state is BroadcastState.CANCELLED:
            return False
        await _refuse(connection, broadcast_id)
    await _record(connection, broadcast_id, staff_id, "broadcast_cancelled", now)
    return True


async def get(connection: AsyncConnection, broadcast_id: int) -> sa.Row[Any]:
    """The broadcast's row. Refused when there is none."""
    found = await connection.execute(sa.select(broadcasts).where(broadcasts.c.id == broadcast_id))
    row = found.one_or_none()
    if row is None:
        raise Refused(N_("Không có thông báo này."))
    return row


async def _step(
    connection: AsyncConnection,
    broadcast_id: int,
    states: tuple[BroadcastState, ...],
    *conditions: sa.ColumnElement[bool],
    **values: object,
) -> bool:
    updated = await connection.execute(
        sa.update(broadcasts)
        .where(broadcasts.c.id == broadcast_id, broadcasts.c.state.in_(states), *conditions)
        .values(**values)
    )
    return updated.rowcount == 1


async def _refuse(connection: AsyncConnection, broadcast_id: int) -> None:
    row = await get(connection, broadcast_id)
    if row.state is BroadcastState.CANCELLED:
        raise Refused(N_("Thông báo này đã hủy."))
    raise Refused(N_("Thông báo này đã bắt đầu gửi, không thay đổi được nữa."))


def _columns(draft: Draft) -> dict[str, Any]:
    return {
        "title": draft.title.strip()[:200],
        "texts": {language: text for language, text in draft.texts.items() if text.strip()},
        "unit_id": draft.unit_id,
        "audience": draft.audience.to_json(),
        "on_uncertain": draft.on_uncertain,
        "content": draft.content.to_json(),
        "category": draft.category,
        "priority": draft.priority,
        "per_day": draft.per_day,
        "budget": draft.budget,
        "deadline_at": draft.deadline_at,
    }


async def _record(
    connection: AsyncConnection, broadcast_id: int, staff_id: int, act: str, now: datetime, **detail: object
) -> None:
    await acts.record(connection, staff_id, act, now=now, subject=f"broadcast {broadcast_id}", **detail)
