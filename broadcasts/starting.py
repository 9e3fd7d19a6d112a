"""From schedule to run: what has come due becomes a run, once, however many schedulers look.

The rows are the truth, the schedule only calls these functions again and again.
"""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import insert_ignoring
from bot.store.tables import broadcasts, runs
from bot.store.tables.broadcasts import BroadcastState, RunState
from broadcasts import message
from broadcasts.audience import Audience
from broadcasts.hours import is_day

log = structlog.get_logger()

_COPIED = ("content", "category", "priority", "per_day", "budget", "deadline_at", "on_uncertain")
"""What a run takes over as it stands, so that it is sent whole as it was confirmed."""

NOT_READY_CODE = "not_ready"  # Of a run: its audience or its texts cannot be used.


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
        .returning(
            broadcasts.c.due_at,
            broadcasts.c.texts,
            broadcasts.c.audience,
            *(broadcasts.c[name] for name in _COPIED),
        )
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
            **{name: getattr(row, name) for name in _COPIED},
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


def is_passing(error: Exception) -> bool:
    """Whether it is the database that does not answer now, and not what was written: it is worth trying again."""
    return isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError | sa.exc.TimeoutError | OSError)
