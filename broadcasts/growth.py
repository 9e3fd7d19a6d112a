"""An audience that has grown: since a second person agreed to it, she is asked again; beyond what one may send to alone, she is asked.

Sentences such as "every member of the commune" name more people each day. Up to a tenth more is what she could expect; beyond
that nothing is sent before somebody has seen the new number. It is counted shortly before each due time, outside of any
transaction that writes; what comes due waits until it was (`broadcasts.recount`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.contract import Limits
from bot.clock import Clock
from bot.languages import Languages
from bot.outbox import Outbox
from bot.questions.post import Post
from bot.store.database import Database
from bot.store.tables import approvals, broadcasts
from bot.store.tables.broadcasts import ApprovalState, BroadcastState
from broadcasts import approval, approval_letters, approval_news, hours, people, recount, steps
from broadcasts.approval import Row, Shown
from broadcasts.people import Asked, AudienceCount
from broadcasts.plan import Plan, plan
from broadcasts.policy import Policy
from broadcasts.refused import Refused

log = structlog.get_logger()

_USUAL = Policy()
_AHEAD = timedelta(minutes=1)
_PERCENT = 10
_AT_LEAST = 10  # A branch of twelve may gain a few without anybody being called again.


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
    policy: Policy = _USUAL
    limits: Mapping[int, Limits] = field(default_factory=dict)  # By account, of the channels that run.

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
            now = self.clock()
            counted = await _count(connection, row, now)
            found = None
            if counted is not None and await _is_too_many(
                connection, row, await _agreed(connection, row), counted.total, self.policy
            ):
                # Of what goes as it is nobody asks for more than the number.
                found = await plan(
                    connection, row, row.due_at, self.policy, now=now, limits=self.limits, _=str
                )
        async with self.database.writing() as connection:
            post = Post(connection, self.outbox, self.languages, self.clock())
            await _settle(post, row, counted, found, self.policy)
        self.wake()


async def _to_check(connection: AsyncConnection, until: datetime) -> list[Row]:
    found = await connection.execute(
        sa.select(broadcasts).where(
            broadcasts.c.state == BroadcastState.SCHEDULED, broadcasts.c.due_at <= until
        )
    )
    rows = found.all()
    waiting = await recount.unchecked(connection, rows)
    return [row for row in rows if row.id in waiting]


async def _count(connection: AsyncConnection, row: Row, now: datetime) -> AudienceCount | None:
    """None where whom it is for cannot be read: its run cannot be filled either, and says why."""
    try:
        return await people.count(connection, Asked.of(row), now=now)
    except (Refused, KeyError, TypeError, ValueError, AttributeError):
        return None


async def _settle(
    post: Post, row: Row, counted: AudienceCount | None, found: Plan | None, policy: Policy
) -> None:
    """`found` is the plan for all who are meant now, where they are too many."""
    connection = post.connection
    held = await steps.hold(connection, row.id)
    if (held.state, held.due_at, held.updated_at) != (BroadcastState.SCHEDULED, row.due_at, row.updated_at):
        return  # It was changed while it was counted.
    agreed = await _agreed(connection, row, holds=True)
    people_now = found.people if found else counted.total if counted else 0
    if counted is None or not await _is_too_many(connection, row, agreed, people_now, policy):
        await recount.note(connection, row, agreed, people_now, post.now)
        return
    if found is None:
        return  # What one may send to alone was changed just now: it is looked at once more.
    asked_by = agreed.asked_by if agreed else await recount.confirmed_by(connection, row.id) or row.created_by
    await steps.step(
        connection,
        row.id,
        (BroadcastState.SCHEDULED,),
        state=BroadcastState.WAITING,
        counted=found.people,
    )
    before = Shown.from_json(agreed.summary) if agreed else None
    shown = found.shown(row.due_at, at_once=before.at_once if before else False)
    at_night = not hours.is_day(row.due_at, policy=policy)
    if before:  # What was meant for the night may be due by day: it was agreed to in the morning.
        shown = replace(shown, before=before.people, at_night=before.at_night and at_night)
    else:  # Alone she could not confirm a night without saying that she means it.
        shown = replace(shown, confirmed=row.counted or 0, at_night=at_night)
    await approval.withdraw(connection, row.id, now=post.now)
    asked = await approval.ask(connection, row.id, shown, staff_id=asked_by, now=post.now)
    await approval_letters.tell_approvers(post, asked)
    await approval_news.tell_it_waits_again(post, asked)


async def _agreed(connection: AsyncConnection, row: Row, *, holds: bool = False) -> Row | None:
    """The request that a second person agreed to; None where nobody had to."""
    asked = (
        sa.select(approvals)
        .where(approvals.c.broadcast_id == row.id, approvals.c.state == ApprovalState.APPROVED)
        .order_by(approvals.c.id.desc())
        .limit(1)
    )
    found = await connection.execute(asked.with_for_update() if holds else asked)
    return found.one_or_none()


async def _is_too_many(
    connection: AsyncConnection, row: Row, agreed: Row | None, people_now: int, policy: Policy
) -> bool:
    """More than she agreed to; or, where nobody agreed, more than one officer may send to alone."""
    if agreed is not None:
        return has_grown(agreed.summary["people"], people_now)
    return await approval.why_needed(connection, row, people_now, policy) is not None
