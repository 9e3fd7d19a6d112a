"""The officer's word that an announcement is meant so: scheduled with what she saw, or given up.

Whether a second person has to agree first is `broadcasts.approval`'s; who may take a step is the pages' business.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import broadcasts
from bot.store.tables.broadcasts import BroadcastState
from broadcasts import approval, merge_fields, newcomers, text_faults
from broadcasts.audience import Audience
from broadcasts.content import Content
from broadcasts.refused import N_, Refused
from broadcasts.steps import OPEN, get, record, refuse, step

_CONFIRMED = (BroadcastState.WAITING, BroadcastState.SCHEDULED, BroadcastState.RUN)


async def confirm(
    connection: AsyncConnection,
    broadcast_id: int,
    *,
    due_at: datetime,
    staff_id: int,
    counted: int,
    now: datetime,
    seen_at: datetime | None = None,
    schedule: Mapping[str, Any] | None = None,
    waits: bool = False,
) -> bool:
    """Schedule it for `due_at`; now or earlier means at once. False when it was confirmed already: a second click does nothing.

    `counted` is the number of people that the officer was told and agreed to. `seen_at` is `updated_at` of what she
    looked at: if a colleague has changed it meanwhile, nothing is scheduled. `schedule` is what `broadcasts.timing` makes of
    her choice. With `waits` it is kept WAITING for a second person's word instead: `ask` is what pages call for that.
    """
    row = await get(connection, broadcast_id)
    if row.state in _CONFIRMED:
        return False
    local, content = await merge_fields.local(connection), Content.from_json(row.content)
    if text_faults.faults_of_all(row.texts, None, str, local=local, content=content):
        raise Refused(N_("Nội dung thông báo còn lỗi. Hãy sửa rồi xác nhận lại."))
    if Audience.from_json(row.audience).is_nobody and not content.posts:
        raise Refused(N_("Chưa chọn người nhận."))
    if seen_at is not None and row.updated_at != seen_at:
        raise Refused(N_("Thông báo vừa được người khác sửa. Hãy xem lại rồi xác nhận."))
    confirmed = await step(
        connection,
        broadcast_id,
        (BroadcastState.DRAFT,),
        broadcasts.c.updated_at == row.updated_at,
        state=BroadcastState.WAITING if waits else BroadcastState.SCHEDULED,
        due_at=max(due_at, now),
        schedule=dict(schedule or {}),
        counted=counted,
        **({} if waits else newcomers.begun(row, schedule or {}, now)),
    )
    if not confirmed:
        row = await get(connection, broadcast_id)
        if row.state in _CONFIRMED:
            return False
        raise Refused(N_("Thông báo này đã hủy hoặc vừa được sửa, nên chưa đặt lịch được."))
    await record(
        connection,
        broadcast_id,
        staff_id,
        "broadcast_confirmed",
        now,
        counted=counted,
        due=due_at.isoformat(),
    )
    return True


async def ask(
    connection: AsyncConnection,
    broadcast_id: int,
    shown: approval.Shown,
    *,
    staff_id: int,
    now: datetime,
    seen_at: datetime | None = None,
    schedule: Mapping[str, Any] | None = None,
) -> int | None:
    """Confirm it and let it wait for a second person; returns the request's id, None when it was confirmed already.

    Refused where there is nobody who may agree. The caller lets them know (`approval_letters.tell_approvers`).
    """
    if not await approval.approvers(connection, await get(connection, broadcast_id), asked_by=staff_id):
        raise Refused(
            N_("Chưa có ai duyệt được thông báo này. Cần thêm một cán bộ khác ở đơn vị này hoặc cấp trên.")
        )
    confirmed = await confirm(
        connection,
        broadcast_id,
        due_at=shown.starts_at,
        staff_id=staff_id,
        counted=shown.people,
        now=now,
        seen_at=seen_at,
        schedule=schedule,
        waits=True,
    )
    if not confirmed:
        return None
    return await approval.ask(connection, broadcast_id, shown, staff_id=staff_id, now=now)


async def set_budget(
    connection: AsyncConnection, broadcast_id: int, budget: int | None, *, staff_id: int, now: datetime
) -> None:
    """How many VND one run of a draft may cost; None: nothing. Refused once it is confirmed."""
    if not await step(connection, broadcast_id, (BroadcastState.DRAFT,), budget=budget, updated_at=now):
        raise Refused(N_("Thông báo này đã xác nhận. Muốn đổi trần chi phí, chị bấm Sửa trước."))
    await record(connection, broadcast_id, staff_id, "broadcast_budget_set", now, budget=budget or 0)


async def cancel(connection: AsyncConnection, broadcast_id: int, *, staff_id: int, now: datetime) -> bool:
    """Give up one of which nothing was sent; False when that was done already. Once it runs, the run is cancelled instead."""
    if not await step(
        connection, broadcast_id, OPEN, state=BroadcastState.CANCELLED, due_at=None, updated_at=now
    ):
        row = await get(connection, broadcast_id)
        if row.state is BroadcastState.CANCELLED:
            return False
        await refuse(connection, broadcast_id)
    await approval.withdraw(connection, broadcast_id, now=now)
    await record(connection, broadcast_id, staff_id, "broadcast_cancelled", now)
    return True
