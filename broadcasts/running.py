"""A run while it is sent: paused, resumed, cancelled, finished.

The rows are the truth, the schedule only calls these functions again and again: each may be called by several processes at
once and goes on where a dead one stopped. Sending is the delivery lane's.
"""

from datetime import datetime

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.people import acts
from bot.store.tables import deliveries, runs
from bot.store.tables.broadcasts import DeliveryState, RunState
from broadcasts.refused import N_, Refused

log = structlog.get_logger()

CANCELLED_CODE = "cancelled"
_SKIP_CHUNK = 5000
_OPEN = (DeliveryState.PLANNED, DeliveryState.CLAIMED)


async def finish_done(connection: AsyncConnection, now: datetime) -> list[int]:
    """Close every run that has nothing left to send; returns those that became DONE or whose cancelling is over.

    A cancelled run keeps what was under way until its result is known; what comes back unsent is skipped here, and so is
    what is left of a large one, a chunk at each call.
    """
    candidates = (
        sa.select(runs.c.id, runs.c.state)
        .where(
            (runs.c.state == RunState.RUNNING)
            | ((runs.c.state == RunState.CANCELLED) & runs.c.finished_at.is_(None))
        )
        .order_by(runs.c.id)
        # Held, so that what is looked for below cannot appear in between (`send_uncertain_again` takes it too).
        .with_for_update(skip_locked=True, key_share=True)
    )
    finished: list[int] = []
    for run in (await connection.execute(candidates)).all():
        if run.state is RunState.CANCELLED:
            await _skip_planned(connection, run.id)
        is_open = sa.select(sa.exists().where(deliveries.c.run_id == run.id, deliveries.c.state.in_(_OPEN)))
        if (await connection.execute(is_open)).scalar():
            continue
        state = RunState.CANCELLED if run.state is RunState.CANCELLED else RunState.DONE
        await connection.execute(
            sa.update(runs).where(runs.c.id == run.id).values(state=state, finished_at=now)
        )
        finished.append(run.id)
    return finished


async def pause(connection: AsyncConnection, run_id: int, *, staff_id: int, now: datetime) -> bool:
    """Send no more until resumed; what is under way arrives. False when it is paused already."""
    return await _step(
        connection,
        run_id,
        (RunState.FILLING, RunState.RUNNING),
        RunState.PAUSED,
        act="run_paused",
        staff_id=staff_id,
        now=now,
    )


async def resume(connection: AsyncConnection, run_id: int, *, staff_id: int, now: datetime) -> bool:
    """Go on where it was paused. False when it goes on already."""
    onward = sa.case((runs.c.filled_at.is_(None), RunState.FILLING.value), else_=RunState.RUNNING.value)
    return await _step(
        connection,
        run_id,
        (RunState.PAUSED,),
        sa.type_coerce(onward, runs.c.state.type),
        already=(RunState.FILLING, RunState.RUNNING),
        act="run_resumed",
        staff_id=staff_id,
        now=now,
    )


async def cancel(connection: AsyncConnection, run_id: int, *, staff_id: int, now: datetime) -> bool:
    """Send nothing more for ever: what is planned is skipped, what is under way arrives. False when it was cancelled already."""
    cancelled = await _step(
        connection,
        run_id,
        (RunState.FILLING, RunState.RUNNING, RunState.PAUSED),
        RunState.CANCELLED,
        act="run_cancelled",
        staff_id=staff_id,
        now=now,
    )
    if cancelled:
        await _skip_planned(connection, run_id)
    return cancelled


async def skip_cancelled(connection: AsyncConnection) -> bool:
    """Skip a chunk of what cancelled runs still have planned. Call it, each time in a transaction, until it says False."""
    open_runs = sa.select(runs.c.id).where(runs.c.state == RunState.CANCELLED, runs.c.finished_at.is_(None))
    for run_id in (await connection.scalars(open_runs.order_by(runs.c.id))).all():
        if await _skip_planned(connection, run_id):
            return True
    return False


async def _skip_planned(connection: AsyncConnection, run_id: int) -> int:
    """At most a chunk, so that nobody waits long for the transaction. Returns how many."""
    some = (
        sa.select(deliveries.c.id)
        .where(deliveries.c.run_id == run_id, deliveries.c.state == DeliveryState.PLANNED)
        .limit(_SKIP_CHUNK)
        .with_for_update(skip_locked=True)
    )
    # No CTE: SQLite's driver counts no rows of a statement that begins with one.
    skipped = await connection.execute(
        sa.update(deliveries)
        .where(deliveries.c.id.in_(some))
        .values(state=DeliveryState.SKIPPED, code=CANCELLED_CODE)
    )
    return skipped.rowcount


async def _step(
    connection: AsyncConnection,
    run_id: int,
    states: tuple[RunState, ...],
    to: RunState | sa.ColumnElement[RunState],
    *,
    act: str,
    staff_id: int,
    now: datetime,
    already: tuple[RunState, ...] = (),
) -> bool:
    moved = await connection.execute(
        sa.update(runs).where(runs.c.id == run_id, runs.c.state.in_(states)).values(state=to)
    )
    if moved.rowcount:
        await acts.record(connection, staff_id, act, now=now, subject=f"run {run_id}")
        return True
    state = (await connection.execute(sa.select(runs.c.state).where(runs.c.id == run_id))).scalar()
    if state is None:
        raise Refused(N_("Không có lượt gửi này."))
    if state is to or state in already:
        return False
    raise Refused(N_("Lượt gửi này đã hủy.") if state is RunState.CANCELLED else N_("Lượt gửi này đã xong."))
