"""Whose an alert is: given to who takes it on, taken from who has it, opened again. `taking` says who may, `climbing` when."""

from dataclasses import replace
from datetime import datetime, time, timedelta

import sqlalchemy as sa
import structlog

from bot.alerts import letters, record, telling, writing_with_her
from bot.alerts.record import Alert
from bot.clock import VIETNAM, in_vietnam
from bot.people import staff
from bot.questions.post import Post
from bot.store.tables import alert_calls
from bot.store.tables.alerts import AlertState, AlertStepKind

log = structlog.get_logger()

_MORNING = time(8)
_AT_LEAST = timedelta(hours=6)


async def give(post: Post, alert: Alert, staff_id: int) -> None:
    """She has it from now on; the others who were told hear so. `alert` is locked, and nobody has it."""
    log_before = await record.steps(post.connection, alert.alert_id)
    is_first = not any(step.kind is AlertStepKind.TAKEN for step in log_before)
    others = await telling.listeners(post, alert, not_staff=[staff_id])
    alert = replace(
        alert, state=AlertState.TAKEN, taken_by=staff_id, taken_at=post.now, next_at=next_morning(post.now)
    )
    await record.change(
        post.connection,
        alert.alert_id,
        state=alert.state,
        taken_by=staff_id,
        taken_at=alert.taken_at,
        next_at=alert.next_at,
    )
    await record.add_step(
        post.connection, alert.alert_id, AlertStepKind.TAKEN, staff_id=staff_id, now=post.now
    )
    # Who could not a moment ago can now: if it becomes nobody's again, she is among those who are asked.
    await post.connection.execute(
        sa.update(alert_calls)
        .where(alert_calls.c.alert_id == alert.alert_id, alert_calls.c.staff_id == staff_id)
        .values(declined_at=None)
    )
    await writing_with_her.begin(post, alert, staff_id)
    taker = await staff.get(post.connection, staff_id)
    name = taker.name if taker else ""
    await telling.relieve(post, alert, lambda _: letters.taken_by(alert, name, _), others)
    if is_first:
        await telling.to_her(post, alert)
    log.info("alert_taken", alert=alert.alert_id, after_s=int((post.now - alert.raised_at).total_seconds()))


async def release(post: Post, alert: Alert) -> Alert:
    """Nobody has it any more; telling others is the caller's. `alert` is locked."""
    await record.change(
        post.connection,
        alert.alert_id,
        state=AlertState.OPEN,
        taken_by=None,
        taken_at=None,
        next_at=post.now + telling.AGAIN_AFTER,
    )
    await writing_with_her.leave(post, alert)
    return replace(
        alert,
        state=AlertState.OPEN,
        taken_by=None,
        taken_at=None,
        next_at=post.now + telling.AGAIN_AFTER,
    )


async def open_again(post: Post, alert: Alert, *, staff_id: int | None = None) -> Alert:
    """Open one that was over, and tell those on duty: who knew of it, that it is open again. `alert` is locked; without `staff_id` it
    is she herself who does it.
    """
    alert = replace(
        alert, state=AlertState.OPEN, rounds=0, taken_by=None, taken_at=None, closed_by=None, closed_at=None
    )
    await record.change(
        post.connection,
        alert.alert_id,
        state=AlertState.OPEN,
        rounds=0,
        taken_by=None,
        taken_at=None,
        closed_by=None,
        closed_at=None,
    )
    await record.add_step(
        post.connection, alert.alert_id, AlertStepKind.REOPENED, staff_id=staff_id, now=post.now
    )
    return await telling.tell(post, alert, letter=letters.opened_again)


def next_morning(now: datetime) -> datetime:
    """When whoever has it is reminded that it is not closed: at eight in the morning, not within a few hours."""
    here = in_vietnam(now + _AT_LEAST)
    day = here.date() if here.time() <= _MORNING else here.date() + timedelta(days=1)
    return datetime.combine(day, _MORNING, tzinfo=VIETNAM)
