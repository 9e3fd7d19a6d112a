"""A run while it is sent: paused, resumed, cancelled, slowed down, sent to once more where it failed, finished.

The rows are the truth, the schedule only calls these functions again and again: each may be called by several processes at
once and goes on where a dead one stopped. Sending is the delivery lane's.
"""

from datetime import datetime

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import LONG_PAST
from bot.people import acts
from bot.store.tables import deliveries, runs
from bot.store.tables.broadcasts import DeliveryState, RunState
from broadcasts.codes import CANCELLED, DEADLINE
from broadcasts.refused import N_, Refused

log = structlog.get_logger()

_SKIP_CHUNK = 5000
_MOST_PER_MINUTE = 60_000
_IN_DOUBT = deliveries.c.uncertain_sends > 0
_OPEN = (DeliveryState.PLANNED, DeliveryState.CLAIMED)
_FILLED = (RunState.RUNNING, RunState.PAUSED)
_GOES_ON = (RunState.FILLING, *_FILLED)


async def finish_done(connection: AsyncConnection, now: datetime) -> list[int]:
    """Close every run that has nothing left to send; returns those that became DONE or whose cancelling is over.

    A cancelled run keeps what was under way until its result is known; what comes back unsent is skipped here, and so is
    what is left of a large one, a chunk at each call. A paused one ends with its deadline.
    """
    candidates = (
        sa.select(runs.c.id, runs.c.state)
        .where(
            (runs.c.state == RunState.RUNNING)
            | ((runs.c.state == RunState.CANCELLED) & runs.c.finished_at.is_(None))
            # Nobody needs to let a paused one go on only to end it: nothing more may be sent.
            | (
                (runs.c.state == RunState.PAUSED)
                & (runs.c.deadline_at <= now)
                & runs.c.filled_at.is_not(None)
            )
        )
        .order_by(runs.c.id)
        # Held, so that what is looked for below cannot appear in between (`send_uncertain_again` takes it too).
        .with_for_update(skip_locked=True, key_share=True)
    )
    finished: list[int] = []
    for run in (await connection.execute(candidates)).all():
        if run.state is RunState.CANCELLED:
            await _skip_planned(connection, run.id, CANCELLED)
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
    """Go on where it was paused, or where it stopped itself: what was refused is counted anew. False when it goes on already."""
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
        code="",
        rejected=0,
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
        await _skip_planned(connection, run_id, CANCELLED)
    return cancelled


async def set_pace(
    connection: AsyncConnection, run_id: int, per_minute: int | None, *, staff_id: int, now: datetime
) -> None:
    """Send at most so many a minute from now on; None: as fast as the accounts may. Refused once the run is over."""
    if per_minute is not None and not 1 <= per_minute <= _MOST_PER_MINUTE:
        raise Refused(N_("Tốc độ gửi là số tin mỗi phút, từ 1 đến 60000. Để trống là gửi nhanh nhất có thể."))
    interval_us = 60_000_000 // per_minute if per_minute else 0
    changed = await connection.execute(
        sa.update(runs)
        .where(runs.c.id == run_id, runs.c.state.in_(_GOES_ON))
        .values(interval_us=interval_us, next_us=0)
    )
    if not changed.rowcount:
        raise await _refusal(connection, run_id)
    await acts.record(
        connection, staff_id, "run_pace_set", now=now, subject=f"run {run_id}", per_minute=per_minute
    )


async def retry_failed(connection: AsyncConnection, run_id: int, *, staff_id: int, now: datetime) -> int:
    """Send once more to those whom it could not be sent to, and to nobody else. Returns how many.

    A run that was done runs again. Whoever cannot be reached by now is skipped when her turn comes. Refused for what was
    taken back.
    """
    await refuse_taken_back(connection, run_id)
    onward = sa.case((runs.c.state == RunState.DONE, RunState.RUNNING.value), else_=runs.c.state)
    # The run first, also where nothing changes: it keeps `finish_done` from closing the run meanwhile.
    held = await connection.execute(
        sa.update(runs)
        .where(
            runs.c.id == run_id,
            runs.c.state.in_((*_GOES_ON, RunState.DONE)),
            sa.or_(runs.c.deadline_at.is_(None), runs.c.deadline_at > now),
        )
        .values(state=sa.type_coerce(onward, runs.c.state.type), finished_at=None, rejected=0)
    )
    if not held.rowcount:
        await refuse_overdue(connection, run_id, now)
        raise await _refusal(connection, run_id)
    again = await connection.execute(
        sa.update(deliveries)
        .where(deliveries.c.run_id == run_id, deliveries.c.state == DeliveryState.FAILED)
        .values(state=DeliveryState.PLANNED, code="", attempts=0, next_at=LONG_PAST)
    )
    if again.rowcount:
        subject = f"run {run_id}"
        await acts.record(
            connection, staff_id, "failed_sent_again", now=now, subject=subject, count=again.rowcount
        )
    return again.rowcount


async def refuse_taken_back(connection: AsyncConnection, run_id: int) -> None:
    """Raise Refused where nobody is to read it any more; otherwise nobody takes it back before the transaction ends."""
    found = await connection.execute(
        sa.select(runs.c.revision, runs.c.revised).where(runs.c.id == run_id).with_for_update(key_share=True)
    )
    run = found.one_or_none()
    if run is not None and run.revision and not run.revised:
        raise Refused(N_("Thông báo này đã được thu hồi."))


async def refuse_overdue(connection: AsyncConnection, run_id: int, now: datetime) -> None:
    """Raise Refused where its deadline has passed: nothing of it may be sent any more, also where it is done."""
    is_over = sa.select(runs.c.id).where(
        runs.c.id == run_id, runs.c.deadline_at <= now, runs.c.state != RunState.CANCELLED
    )
    if await connection.scalar(is_over) is not None:
        raise Refused(N_("Thông báo này đã quá hạn, gửi nữa không còn ích gì."))


async def skip_cancelled(connection: AsyncConnection) -> bool:
    """Skip a chunk of what cancelled runs still have planned. Call it, each time in a transaction, until it says False."""
    open_runs = sa.select(runs.c.id).where(runs.c.state == RunState.CANCELLED, runs.c.finished_at.is_(None))
    for run_id in (await connection.scalars(open_runs.order_by(runs.c.id))).all():
        if await _skip_planned(connection, run_id, CANCELLED):
            return True
    return False


async def skip_overdue(connection: AsyncConnection, now: datetime) -> bool:
    """The same for runs whose deadline has passed: what is not sent by then is of no use."""
    overdue = sa.select(runs.c.id).where(runs.c.state.in_(_FILLED), runs.c.deadline_at <= now)
    for run_id in (await connection.scalars(overdue.order_by(runs.c.id))).all():
        if await _skip_planned(connection, run_id, DEADLINE):
            return True
    return False


async def _skip_planned(connection: AsyncConnection, run_id: int, code: str) -> int:
    """At most a chunk, so that nobody waits long for the transaction. Returns how many.

    Who was to be sent it once more because the first time is in doubt may have it: she stays in doubt, with why.
    """
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
        .values(
            state=sa.type_coerce(
                sa.case((_IN_DOUBT, DeliveryState.UNCERTAIN.value), else_=DeliveryState.SKIPPED.value),
                deliveries.c.state.type,
            ),
            code=sa.case((_IN_DOUBT, deliveries.c.code), else_=code),
        )
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
    **values: object,
) -> bool:
    moved = await connection.execute(
        sa.update(runs).where(runs.c.id == run_id, runs.c.state.in_(states)).values(state=to, **values)
    )
    if moved.rowcount:
        await acts.record(connection, staff_id, act, now=now, subject=f"run {run_id}")
        return True
    state = await connection.scalar(sa.select(runs.c.state).where(runs.c.id == run_id))
    if state is to or state in already:
        return False
    raise await _refusal(connection, run_id)


async def _refusal(connection: AsyncConnection, run_id: int) -> Refused:
    match await connection.scalar(sa.select(runs.c.state).where(runs.c.id == run_id)):
        case None:
            return Refused(N_("Không có lượt gửi này."))
        case RunState.CANCELLED:
            return Refused(N_("Lượt gửi này đã hủy."))
        case RunState.DONE:
            return Refused(N_("Lượt gửi này đã xong."))
        case _:
            return Refused(N_("Thông báo này đã quá hạn, gửi nữa không còn ích gì."))
