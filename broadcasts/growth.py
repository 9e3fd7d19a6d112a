"""An audience that has grown since a second person agreed to it: then she did not agree to this, and is asked again.

Sentences such as "every member of the commune" name more people each day. Up to a tenth more is what she could expect; beyond
that nothing is sent before somebody has seen the new number. It is counted shortly before each due time, outside of any
transaction that writes; what comes due waits until it was.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.languages import Languages
from bot.outbox import Outbox
from bot.questions.post import Post
from bot.store.database import Database
from bot.store.tables import approvals, broadcasts
from bot.store.tables.broadcasts import ApprovalState, BroadcastState
from broadcasts import approval, approval_letters, people, steps, timing
from broadcasts.approval import Row, Shown
from broadcasts.people import Asked, AudienceCount
from broadcasts.refused import Refused
from broadcasts.timing import Joined

log = structlog.get_logger()

_AHEAD = timedelta(minutes=1)
_PERCENT = 10
_AT_LEAST = 10  # A branch of twelve may gain a few without anybody being called again.
_CHECKED = "checked_for"  # In the request's summary: the due time that it was counted for.


def has_grown(agreed: int, now: int) -> bool:
    return now - agreed >= _AT_LEAST and (now - agreed) * 100 > agreed * _PERCENT


@dataclass(frozen=True, slots=True)
class Growth:
    """Looks after it; call `look` every few seconds."""

    database: Database
    outbox: Outbox
    languages: Languages
    clock: Clock
    wake: Callable[[], None]

    async def look(self) -> None:
        """Count what is due within a minute, and ask again where there are too many."""
        async with self.database.reading() as connection:
            rows = await _to_check(connection, self.clock() + _AHEAD)
        for row in rows:
            try:
                await self._look_at(row)
            except Exception:  # One that cannot be counted or asked about holds up no other.
                log.exception("broadcast_not_counted", broadcast=row.id)

    async def _look_at(self, row: Row) -> None:
        async with self.database.reading() as connection:
            counted = await _count(connection, row, self.clock())
        async with self.database.writing() as connection:
            post = Post(connection, self.outbox, self.languages, self.clock())
            await _settle(post, row, counted)
        self.wake()


async def unchecked(connection: AsyncConnection, rows: Sequence[Row]) -> set[int]:
    """Those of these broadcasts that were approved and not yet counted for their due time: they wait."""
    found = await connection.execute(
        sa.select(approvals.c.broadcast_id, approvals.c.summary).where(
            approvals.c.broadcast_id.in_([row.id for row in rows]),
            approvals.c.state == ApprovalState.APPROVED,
        )
    )
    checked_for = {one.broadcast_id: one.summary.get(_CHECKED) for one in found}
    return {
        row.id
        for row in rows
        if row.id in checked_for
        and checked_for[row.id] != row.due_at.isoformat()
        and not isinstance(timing.from_json(row.schedule), Joined)
    }


async def _to_check(connection: AsyncConnection, until: datetime) -> list[Row]:
    found = await connection.execute(
        sa.select(broadcasts).where(
            broadcasts.c.state == BroadcastState.SCHEDULED, broadcasts.c.due_at <= until
        )
    )
    rows = found.all()
    waiting = await unchecked(connection, rows)
    return [row for row in rows if row.id in waiting]


async def _count(connection: AsyncConnection, row: Row, now: datetime) -> AudienceCount | None:
    """None where whom it is for cannot be read: its run cannot be filled either, and says why."""
    try:
        return await people.count(connection, Asked.of(row), now=now)
    except (Refused, KeyError, TypeError, ValueError, AttributeError):
        return None


async def _settle(post: Post, row: Row, counted: AudienceCount | None) -> None:
    connection = post.connection
    found = await connection.execute(
        sa.select(approvals)
        .where(approvals.c.broadcast_id == row.id, approvals.c.state == ApprovalState.APPROVED)
        .order_by(approvals.c.id.desc())
        .limit(1)
        .with_for_update()
    )
    agreed = found.one_or_none()
    if agreed is None:
        return
    if counted is None or not has_grown(agreed.summary["people"], counted.total):
        summary = {**agreed.summary, _CHECKED: row.due_at.isoformat()}
        await connection.execute(
            sa.update(approvals).where(approvals.c.id == agreed.id).values(summary=summary)
        )
        return
    held = await steps.step(
        connection,
        row.id,
        (BroadcastState.SCHEDULED,),
        broadcasts.c.due_at == row.due_at,
        state=BroadcastState.WAITING,
        counted=counted.total,
    )
    if not held:
        return
    before = Shown.from_json(agreed.summary)
    cost = min(counted.cost, row.budget or 0)
    shown = Shown(counted.total, cost, row.due_at, None, before.at_once, before.people)
    await approval.withdraw(connection, row.id, now=post.now)
    asked = await approval.ask(connection, row.id, shown, staff_id=agreed.asked_by, now=post.now)
    await approval_letters.tell_approvers(post, asked)
    await approval_letters.tell_it_waits_again(post, asked)
