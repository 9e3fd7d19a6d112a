"""A run from the moment it is due to the moment it is done: started, filled with deliveries, paused, cancelled, finished.

The rows are the truth, the schedule only calls these functions again and again: each may be called by several processes at
once and goes on where a dead one stopped. Sending is the delivery lane's.
"""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import LONG_PAST
from bot.people import acts
from bot.store.database import insert_ignoring
from bot.store.tables import broadcasts, deliveries, members, runs
from bot.store.tables.broadcasts import BroadcastState, DeliveryState, RunState
from bot.store.types import Moment
from broadcasts import message
from broadcasts.audience import Audience, chosen, of_unit, path_of
from broadcasts.hours import is_day
from broadcasts.refused import N_, Refused

log = structlog.get_logger()

CANCELLED_CODE = "cancelled"
NOT_READY_CODE = "not_ready"  # Of a run: its audience or its texts cannot be used.
_SKIP_CHUNK = 5000
_FILL_CHUNK = 5000
_OPEN = (DeliveryState.PLANNED, DeliveryState.CLAIMED)


async def start_due(connection: AsyncConnection, now: datetime) -> list[int]:
    """Make the run of every scheduled broadcast whose time has come; returns the new runs.

    A broadcast leaves SCHEDULED in the transaction that makes its run, and a run is unique by (broadcast, due time): two
    schedulers at once make one. One that cannot be started holds up no other: its run is there and cancelled, with why.
    """
    due = await connection.scalars(
        sa.select(broadcasts.c.id)
        .where(broadcasts.c.state == BroadcastState.SCHEDULED, broadcasts.c.due_at <= now)
        .order_by(broadcasts.c.id)
        .with_for_update(skip_locked=True)
    )
    run_ids: list[int] = []
    for broadcast_id in due.all():
        try:
            async with connection.begin_nested():
                run_ids += await _start(connection, broadcast_id, now)
        except Exception as error:
            if is_passing(error):
                raise
            log.exception("broadcast_not_started", broadcast=broadcast_id)
            await _start_cancelled(connection, broadcast_id, now)
    return run_ids


async def _start(connection: AsyncConnection, broadcast_id: int, now: datetime) -> Sequence[int]:
    found = await connection.execute(
        sa.update(broadcasts)
        .where(broadcasts.c.id == broadcast_id, broadcasts.c.state == BroadcastState.SCHEDULED)
        .values(state=BroadcastState.RUN)
        .returning(broadcasts.c.due_at, broadcasts.c.texts, broadcasts.c.audience, broadcasts.c.on_uncertain)
    )
    row = found.one_or_none()
    if row is None:
        return []
    Audience.from_json(row.audience)
    inserted = await connection.scalars(
        insert_ignoring(runs, connection.dialect.name)
        .values(
            broadcast_id=broadcast_id,
            due_at=row.due_at,
            state=RunState.FILLING,
            texts={language: message.complete(text, language) for language, text in row.texts.items()},
            audience=row.audience,
            on_uncertain=row.on_uncertain,
            by_day=is_day(row.due_at),
            created_at=now,
        )
        .returning(runs.c.id)
    )
    return inserted.all()


async def _start_cancelled(connection: AsyncConnection, broadcast_id: int, now: datetime) -> None:
    found = await connection.execute(
        sa.update(broadcasts)
        .where(broadcasts.c.id == broadcast_id)
        .values(state=BroadcastState.RUN)
        .returning(broadcasts.c.due_at, broadcasts.c.on_uncertain)
    )
    row = found.one()
    await connection.execute(
        insert_ignoring(runs, connection.dialect.name).values(
            broadcast_id=broadcast_id,
            due_at=row.due_at,
            state=RunState.CANCELLED,
            texts={},
            audience={},
            on_uncertain=row.on_uncertain,
            code=NOT_READY_CODE,
            created_at=now,
        )
    )


async def give_up(connection: AsyncConnection, run_id: int) -> None:
    """Cancel a run that cannot be filled; nothing of it was sent yet. Officers see that it was not their doing."""
    await connection.execute(
        sa.update(runs)
        .where(runs.c.id == run_id, runs.c.state == RunState.FILLING)
        .values(state=RunState.CANCELLED, code=NOT_READY_CODE)
    )


def is_passing(error: Exception) -> bool:
    """Whether it is the database that does not answer now, and not what was written: it is worth trying again."""
    return isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError | sa.exc.TimeoutError | OSError)


async def unfilled(connection: AsyncConnection) -> Sequence[int]:
    """The runs whose deliveries are not all written."""
    found = await connection.scalars(
        sa.select(runs.c.id).where(runs.c.state == RunState.FILLING).order_by(runs.c.id)
    )
    return found.all()


async def fill(connection: AsyncConnection, run_id: int, now: datetime, chunk: int = _FILL_CHUNK) -> bool:
    """Write the deliveries of the next `chunk` members of the unit. True when there is nothing left to write.

    `filled_to` moves in the same transaction, so a crash between chunks goes on where it was. With the last one the run
    begins to send.
    """
    found = await connection.execute(
        sa.select(runs.c.audience, runs.c.filled_to)
        .where(runs.c.id == run_id, runs.c.state == RunState.FILLING)
        .with_for_update(key_share=True)  # Two schedulers fill one after the other.
    )
    run = found.one_or_none()
    if run is None:
        return True
    audience = Audience.from_json(run.audience)
    path = await path_of(connection, audience)
    after = members.c.id > run.filled_to
    ahead = sa.select(members.c.id).where(of_unit(path), after).order_by(members.c.id).limit(chunk).subquery()
    last = (await connection.execute(sa.select(sa.func.max(ahead.c.id)))).scalar()
    if last is None:
        await connection.execute(
            sa.update(runs).where(runs.c.id == run_id).values(state=RunState.RUNNING, filled_at=now)
        )
        return True
    people = chosen(path, audience.channels, after, members.c.id <= last, now=now).subquery("people")
    rows = (
        sa.select(
            sa.literal(run_id),
            people.c.member_id,
            people.c.contact_id,
            people.c.account_id,
            sa.literal(DeliveryState.PLANNED, deliveries.c.state.type),
            sa.literal(""),
            sa.literal(0),
            sa.literal(0),
            sa.literal(LONG_PAST, Moment()),
        )
        .where(sa.true())
        .order_by(people.c.member_id)
    )  # SQLite needs the WHERE before its ON CONFLICT.
    columns = ["run_id", "member_id", "contact_id", "account_id", "state", "code", "attempts", "uncertain_sends", "next_at"]  # fmt: skip
    await connection.execute(insert_ignoring(deliveries, connection.dialect.name).from_select(columns, rows))
    await connection.execute(sa.update(runs).where(runs.c.id == run_id).values(filled_to=last))
    return False


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
