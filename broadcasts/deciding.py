"""The second person's answer: approved, or returned with a reason. The first answer counts."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import approvals
from bot.store.tables.broadcasts import ApprovalState, BroadcastState
from broadcasts import newcomers
from broadcasts.approval import Row, Shown, digest_of, may_decide, withdraw
from broadcasts.refused import N_, Refused
from broadcasts.steps import hold, record, step

IN_CHAT, IN_CONSOLE = "chat", "console"
"""Where she answered."""

_LONGEST_REASON = 2000


class Late(Refused):
    """The hour it was to be sent at went by while it waited: she has to say that she means now."""


async def approve(
    connection: AsyncConnection,
    approval_id: int,
    *,
    staff_id: int,
    decided_in: str,
    now: datetime,
    means_now: bool = False,
) -> bool:
    """Agree: it is scheduled. False when somebody has answered before.

    Refused to who wrote or asked it, to who is no officer above it, and where it is not any more what was asked about.
    Raises `Late` where its hour has gone by, unless she `means_now`.
    """
    asked, row = await _open(connection, approval_id, staff_id)
    if asked is None:
        return False
    at_once = Shown.from_json(asked.summary).at_once
    if asked.digest != await digest_of(connection, row):
        raise Refused(N_("Thông báo đã được sửa sau khi nhờ duyệt nên cần nhờ duyệt lại."))
    if row.due_at is not None and row.due_at < now and not (at_once or means_now):
        raise Late(N_("Giờ hẹn gửi đã qua."))
    if not await _decide(connection, asked, ApprovalState.APPROVED, staff_id, decided_in, now):
        return False
    await step(
        connection,
        row.id,
        (BroadcastState.WAITING,),
        state=BroadcastState.SCHEDULED,
        # A feast whose day was taken back meanwhile has none until another is confirmed.
        due_at=max(row.due_at, now) if row.due_at else None,
        **newcomers.begun(row, row.schedule, now),
    )
    await record(connection, row.id, staff_id, "broadcast_approved", now, counted=row.counted)
    return True


async def return_(
    connection: AsyncConnection,
    approval_id: int,
    reason: str,
    *,
    staff_id: int,
    decided_in: str,
    now: datetime,
) -> bool:
    """Give it back as a draft, with why. False when somebody has answered before. Refused as `approve` is, and without a reason."""
    if not reason.strip():
        raise Refused(N_("Chị viết giúp cần sửa điều gì."))
    asked, row = await _open(connection, approval_id, staff_id)
    if asked is None:
        return False
    reason = reason.strip()[:_LONGEST_REASON]
    if not await _decide(connection, asked, ApprovalState.RETURNED, staff_id, decided_in, now, reason=reason):
        return False
    await _back_to_draft(connection, row.id, now)
    await record(connection, row.id, staff_id, "broadcast_returned", now)
    return True


async def take_back(connection: AsyncConnection, broadcast_id: int, *, staff_id: int, now: datetime) -> bool:
    """Who asked changes her mind: a draft again, nobody is asked. False when it does not wait."""
    if not await _back_to_draft(connection, broadcast_id, now):
        return False
    await withdraw(connection, broadcast_id, now=now)
    await record(connection, broadcast_id, staff_id, "approval_withdrawn", now)
    return True


async def _open(connection: AsyncConnection, approval_id: int, staff_id: int) -> tuple[Row | None, Row]:
    """The request and its announcement, both held until the transaction ends; no request where it is not open any more."""
    broadcast_id = await connection.scalar(
        sa.select(approvals.c.broadcast_id).where(approvals.c.id == approval_id)
    )
    if broadcast_id is None:
        raise Refused(N_("Không có yêu cầu duyệt này."))
    row = await hold(connection, broadcast_id)  # First, as whoever changes it does.
    found = await connection.execute(
        sa.select(approvals).where(approvals.c.id == approval_id).with_for_update()
    )
    asked = found.one()
    if staff_id in {row.created_by, asked.asked_by}:
        raise Refused(N_("Người soạn hoặc người nhờ duyệt không tự duyệt được. Cần một cán bộ khác."))
    if not await may_decide(connection, asked, staff_id):
        raise Refused(N_("Chị không phải người duyệt thông báo này."))
    is_open = asked.state is ApprovalState.WAITING and row.state is BroadcastState.WAITING
    return (asked if is_open else None), row


async def _decide(
    connection: AsyncConnection,
    asked: Row,
    state: ApprovalState,
    staff_id: int,
    decided_in: str,
    now: datetime,
    *,
    reason: str = "",
) -> bool:
    decided = await connection.execute(
        sa.update(approvals)
        .where(approvals.c.id == asked.id, approvals.c.state == ApprovalState.WAITING)
        .values(state=state, decided_by=staff_id, decided_at=now, decided_in=decided_in, reason=reason)
    )
    return decided.rowcount == 1


async def _back_to_draft(connection: AsyncConnection, broadcast_id: int, now: datetime) -> bool:
    return await step(
        connection,
        broadcast_id,
        (BroadcastState.WAITING,),
        state=BroadcastState.DRAFT,
        due_at=None,
        counted=None,
        updated_at=now,
    )
