"""The deliveries of a run: its audience written down, a chunk at a time, going on where a dead process stopped."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import LONG_PAST
from bot.store.database import insert_ignoring
from bot.store.tables import deliveries, members, runs
from bot.store.tables.broadcasts import DeliveryState, RunState, Variant
from bot.store.types import Moment
from broadcasts import trial
from broadcasts.codes import STOPPED_FILLING
from broadcasts.content import Content
from broadcasts.people import Asked, chosen, is_meant, opened
from broadcasts.starting import NOT_READY_CODE

log = structlog.get_logger()

_CHUNK = 5000
# A post waits for no day that comes when people are written to day by day.
_BEFORE_ALL = LONG_PAST - timedelta(days=1)
_LOOKED_AT = 10  # Times as many members are looked at for a part as are written at most.


async def unfilled(connection: AsyncConnection) -> Sequence[int]:
    """The runs whose deliveries are not all written."""
    found = await connection.scalars(
        sa.select(runs.c.id).where(runs.c.state == RunState.FILLING).order_by(runs.c.id)
    )
    return found.all()


async def fill(connection: AsyncConnection, run_id: int, now: datetime, chunk: int = _CHUNK) -> bool:
    """Write the deliveries of the next `chunk` members who are meant. True when there is nothing left to write.

    `filled_to` moves in the same transaction, so a crash between chunks goes on where it was. With the last one the run
    begins to send.
    """
    found = await connection.execute(
        sa.select(runs)
        .where(runs.c.id == run_id, runs.c.state == RunState.FILLING)
        # Two schedulers fill one after the other. No index does that: the second would find people whom the first did not
        # mean a moment ago, and write them into a run that may be over by then, or that an officer has paused meanwhile.
        .with_for_update(key_share=True)
    )
    run = found.one_or_none()
    if run is None:
        return True
    asked = await opened(connection, Asked.of(run))
    # First any members, then those who are meant among them: whatever index a database looks into, each part costs the same,
    # however many there are behind it.
    anybody = sa.false() if asked.audience.is_nobody else sa.true()
    number, border = await _next(connection, anybody, members.c.id > run.filled_to, chunk * _LOOKED_AT)
    is_last = number < chunk * _LOOKED_AT
    last = border
    if border is not None:
        part = sa.and_(members.c.id > run.filled_to, members.c.id <= border)
        number, found_to = await _next(connection, is_meant(asked.audience, now), part, chunk)
        if number == chunk:
            last, is_last = found_to, is_last and found_to == border
        if number and last is not None:
            await _write(connection, run_id, asked, now, (run.filled_to, last))
    if not is_last:
        await connection.execute(sa.update(runs).where(runs.c.id == run_id).values(filled_to=last))
        return False
    await _post(connection, run_id, asked.content)
    await connection.execute(
        sa.update(runs)
        .where(runs.c.id == run_id)
        .values(
            state=RunState.RUNNING,
            filled_to=run.filled_to if last is None else last,
            filled_at=now,
            decide_at=trial.decide_at(asked.content, now),
        )
    )
    return True


async def _next(
    connection: AsyncConnection, who: sa.ColumnElement[bool], where: sa.ColumnElement[bool], most: int
) -> tuple[int, int | None]:
    """How many such members there are, at most so many, and the number of the last one of these."""
    ahead = sa.select(members.c.id).where(who, where).order_by(members.c.id).limit(most).subquery()
    row = (
        await connection.execute(
            sa.select(sa.func.count().label("number"), sa.func.max(ahead.c.id).label("last"))
        )
    ).one()
    return row.number, row.last


async def _write(
    connection: AsyncConnection, run_id: int, asked: Asked, now: datetime, between: tuple[int, int]
) -> None:
    """The deliveries of everybody with these numbers who is reached."""
    people = chosen(asked, now=now, between=between).subquery("people")
    variant = trial.variant_of(asked.content.trial, people.c.member_id, run_id)
    rows = (
        sa.select(
            sa.literal(run_id),
            people.c.member_id,
            people.c.contact_id,
            people.c.account_id,
            people.c.route,
            people.c.price,
            people.c.address,
            variant,
            sa.literal(DeliveryState.PLANNED, deliveries.c.state.type),
            sa.literal(""),
            sa.literal(0),
            sa.literal(0),
            sa.case(
                (variant == int(Variant.WAITS), sa.literal(trial.NEVER, Moment())),
                else_=sa.literal(LONG_PAST, Moment()),
            ),
        )
        .where(sa.true())
        .order_by(people.c.member_id)
    )  # SQLite needs the WHERE before its ON CONFLICT.
    columns = ["run_id", "member_id", "contact_id", "account_id", "route", "price", "address", "variant", "state", "code", "attempts", "uncertain_sends", "next_at"]  # fmt: skip
    await connection.execute(insert_ignoring(deliveries, connection.dialect.name).from_select(columns, rows))


async def _post(connection: AsyncConnection, run_id: int, content: Content) -> None:
    """The deliveries that many see: one for each place, however often it is tried."""
    rows = [
        {
            "run_id": run_id,
            "account_id": post.account_id,
            "route": post.route,
            "address": post.target,
            "state": DeliveryState.PLANNED,
            "next_at": _BEFORE_ALL,
        }
        for post in content.posts
    ]
    if rows:
        await connection.execute(insert_ignoring(deliveries, connection.dialect.name), rows)


async def stop(connection: AsyncConnection, run_id: int) -> None:
    """Pause a run that could not be filled for too long; an officer lets it go on from where it was."""
    stopped = await connection.execute(
        sa.update(runs)
        .where(runs.c.id == run_id, runs.c.state == RunState.FILLING)
        .values(state=RunState.PAUSED, code=STOPPED_FILLING)
    )
    if stopped.rowcount:
        log.warning("run_stopped", run=run_id, code=STOPPED_FILLING)


async def give_up(connection: AsyncConnection, run_id: int) -> None:
    """Cancel a run that cannot be filled; nothing of it was sent yet. Officers see that it was not their doing."""
    await connection.execute(
        sa.update(runs)
        .where(runs.c.id == run_id, runs.c.state == RunState.FILLING)
        .values(state=RunState.CANCELLED, code=NOT_READY_CODE)
    )
