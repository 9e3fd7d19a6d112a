"""From schedule to run: what has come due becomes a run, once, however many schedulers look.

The rows are the truth, the schedule only calls these functions again and again. What should have gone out hours ago, while
nothing of this service was alive, is not sent at a wrong time: it stands there cancelled, with why.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import insert_ignoring
from bot.store.tables import broadcasts, runs
from bot.store.tables.broadcasts import BroadcastState, Priority, RunState
from broadcasts import message, newcomers, recount, segments, timing
from broadcasts.audience import Audience
from broadcasts.content import Content
from broadcasts.hours import is_day
from broadcasts.policy import Policy
from broadcasts.timing import Joined, Named, Once, Schedule
from broadcasts.trouble import Troubles

log = structlog.get_logger()

Row = sa.Row[*tuple[Any, ...]]
_USUAL = Policy()
_COPIED = ("category", "priority", "per_day", "budget", "on_uncertain")
"""What a run takes over as it stands, so that it is sent whole as it was confirmed."""

NOT_READY_CODE = "not_ready"  # Of a run: its audience or its texts cannot be used.
MISSED_CODE = "missed"  # Of a run: nothing of this service was alive when it was due, and now it is too late.
NOT_STARTED_CODE = "not_started"  # Of a run: for minutes the database has failed whenever it was to begin.
TOO_LATE = timedelta(hours=6)
LONGEST_TROUBLE = timedelta(minutes=10)
"""What passes by itself has passed by then; officers are to know."""
# Longer: many that are due at the same moment are counted one after the other.
_LONGEST_UNCOUNTED = timedelta(minutes=30)

Unstarted = Troubles[tuple[int, datetime]]
"""Broadcasts, each due at this time, that could not be started."""


async def start_due(
    connection: AsyncConnection,
    now: datetime,
    *,
    policy: Policy = _USUAL,
    troubles: Unstarted | None = None,
) -> list[int]:
    """Make the runs of every scheduled broadcast whose time has come; returns those that are to be sent.

    A broadcast moves on to its next time in the transaction that makes its run, and a run is unique by (broadcast, due time):
    two schedulers at once make one. One that cannot be started holds up no other: its run is there and cancelled, with why.
    Where it is the database that fails it stays due, and is given up once that has lasted for `LONGEST_TROUBLE`: the caller
    keeps `troubles` for that from one call to the next.
    """
    troubles = Troubles() if troubles is None else troubles
    due = await connection.execute(
        sa.select(broadcasts)
        .where(broadcasts.c.state == BroadcastState.SCHEDULED, broadcasts.c.due_at <= now)
        .order_by(broadcasts.c.id)
        .with_for_update(skip_locked=True)
    )
    rows = due.all()
    waiting = await recount.unchecked(connection, rows)
    # Those left out are counted before they go: to more people than were agreed to, or than one may send to alone.
    ready = [row for row in rows if row.id not in waiting]
    try:
        # All together: hundreds may be due at the same moment, and a savepoint for each takes longer than the rest.
        async with connection.begin_nested():
            run_ids = [run_id for row in ready for run_id in await _start(connection, row, now, policy)]
        failed = set[int]()
    except Exception as error:  # noqa: BLE001 - whatever it was, it is met again where it is one alone's.
        log.warning("broadcasts_not_started_together", error=type(error).__name__)
        run_ids, failed = await _start_one_by_one(connection, ready, now, policy)
    for row in rows:
        longest = LONGEST_TROUBLE if row.id in failed else _LONGEST_UNCOUNTED
        this = row.id, row.due_at
        if row.id not in failed | waiting:
            troubles.is_over(this)
        elif troubles.lasted(this, now) >= longest:
            await _give_up(connection, row, NOT_STARTED_CODE, now, policy)
    troubles.forget_unseen(now)
    return run_ids


async def _start_one_by_one(
    connection: AsyncConnection, rows: Sequence[Row], now: datetime, policy: Policy
) -> tuple[list[int], set[int]]:
    """Also those broadcasts that the database would not start now."""
    run_ids: list[int] = []
    failed: set[int] = set()
    for row in rows:
        try:
            async with connection.begin_nested():
                run_ids += await _start(connection, row, now, policy)
        except Exception as error:
            log.exception("broadcast_not_started", broadcast=row.id)
            if is_passing(error):
                failed.add(row.id)
            else:
                await _give_up(connection, row, NOT_READY_CODE, now, policy)
    return run_ids, failed


async def _start(connection: AsyncConnection, row: Row, now: datetime, policy: Policy) -> list[int]:
    schedule = timing.from_json(row.schedule) or Once(row.due_at)
    if isinstance(schedule, Joined):
        return await _start_for_newcomers(connection, row, schedule, now, policy)
    run_ids: list[int] = []
    due: datetime | None = row.due_at
    while due is not None and due <= now:
        deadline_at = await timing.deadline_of(connection, schedule, due, row.deadline_at)
        if now - due > TOO_LATE or (deadline_at is not None and deadline_at <= now):
            log.warning("run_missed", broadcast=row.id)
            await _insert_cancelled(connection, row, due, MISSED_CODE, now)
        else:
            chosen = timing.meant_at(schedule, due)
            by_day = is_day(chosen, policy=policy) and row.priority != Priority.URGENT
            run_ids += await _insert(
                connection, row, due, now, audience=row.audience, deadline_at=deadline_at, by_day=by_day
            )
        due = await timing.next_due(connection, schedule, due, policy=policy)
    await _move_on(connection, row, schedule, due)
    return run_ids


async def _start_for_newcomers(
    connection: AsyncConnection, row: Row, schedule: Joined, now: datetime, policy: Policy
) -> list[int]:
    window = newcomers.window(schedule, row.joined_to, now)
    audience = newcomers.within(Audience.from_json(row.audience), window)
    run_ids: list[int] = []
    if await newcomers.are_there(connection, row, audience, now=now):
        run_ids = await _insert(
            connection, row, row.due_at, now, audience=audience.to_json(), deadline_at=None, by_day=True,
            # A post is seen by all, not only by those who are new.
            content=replace(Content.from_json(row.content), posts=()).to_json(),
        )  # fmt: skip
    due = await timing.next_due(connection, schedule, now, policy=policy)
    is_over = row.deadline_at is not None and due is not None and due >= row.deadline_at
    await _move_on(connection, row, schedule, None if is_over else due, joined_to=window[1])
    return run_ids


async def _move_on(
    connection: AsyncConnection, row: Row, schedule: Schedule, due: datetime | None, **values: Any
) -> None:
    """To its next time. Where there is none its last run has the say; but a feast waits for a day to be confirmed."""
    if due is not None or isinstance(schedule, Named):
        values["due_at"] = due
    else:
        values["state"] = BroadcastState.RUN
    await connection.execute(sa.update(broadcasts).where(broadcasts.c.id == row.id).values(**values))


async def _insert(
    connection: AsyncConnection,
    row: Row,
    due: datetime,
    now: datetime,
    *,
    audience: Mapping[str, Any],
    deadline_at: datetime | None,
    by_day: bool,
    content: Mapping[str, Any] | None = None,
) -> list[int]:
    # Whom a segment means now, it means to the end of the run.
    meant = await segments.looked_up(connection, Audience.from_json(audience))
    inserted = await connection.scalars(
        insert_ignoring(runs, connection.dialect.name)
        .values(
            broadcast_id=row.id,
            due_at=due,
            state=RunState.FILLING,
            texts={language: message.complete(text, language) for language, text in row.texts.items()},
            audience=meant.to_json(),
            content=row.content if content is None else content,
            deadline_at=deadline_at,
            **{name: getattr(row, name) for name in _COPIED},
            by_day=by_day,
            created_at=now,
        )
        .returning(runs.c.id)
    )
    return list(inserted)


async def _give_up(connection: AsyncConnection, row: Row, code: str, now: datetime, policy: Policy) -> None:
    """What cannot be started stands there cancelled; what comes again and again is looked at again when it does."""
    log.warning("run_not_started", broadcast=row.id, code=code)
    try:
        async with connection.begin_nested():
            await _insert_cancelled(connection, row, row.due_at, code, now)
            try:
                schedule = timing.from_json(row.schedule) or Once(row.due_at)
                due = await timing.next_due(connection, schedule, now, policy=policy)
            except (ValueError, TypeError, KeyError):  # The schedule itself cannot be read.
                schedule, due = Once(row.due_at), None
            await _move_on(connection, row, schedule, due)
    except Exception:  # Not even that: it holds up no other, and is tried again.
        log.exception("broadcast_not_given_up", broadcast=row.id)


async def _insert_cancelled(
    connection: AsyncConnection, row: Row, due: datetime, code: str, now: datetime
) -> None:
    await connection.execute(
        insert_ignoring(runs, connection.dialect.name).values(
            broadcast_id=row.id,
            due_at=due,
            state=RunState.CANCELLED,
            texts={},
            audience={},
            on_uncertain=row.on_uncertain,
            code=code,
            created_at=now,
        )
    )


def is_passing(error: Exception) -> bool:
    """Whether it is the database that does not answer now, and not what was written: it is worth trying again."""
    return isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError | sa.exc.TimeoutError | OSError)
