"""What was sent already, put right or taken back, where the platform lets us.

The run remembers how it reads now and how often that was changed; every delivery which change it was shown. So a change goes on
after a crash where it was, and one who was sent the old words a moment ago is shown the new ones as well. `next_at` of what
was sent is when it was claimed; what has been shown a change is moved beyond `revise_to`, so that nobody looks at it again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.contract import Limits
from bot.people import acts
from bot.store.tables import deliveries, runs
from bot.store.tables.broadcasts import DeliveryState, Route, RunState
from broadcasts import approval, merge_fields, running, text_faults
from broadcasts.approval import Row
from broadcasts.refused import N_, Refused

SLACK = timedelta(minutes=1)
"""How far the clocks of two senders may differ: who was claimed so long after a change may still have the old words."""

STEP = timedelta(seconds=1)
LONGEST = timedelta(days=3)
"""After that a change is given up for those who could not be shown it."""

AGREED_TO = N_(
    "Thông báo này đã có người thứ hai duyệt nên không tự sửa lời được nữa. Chị thu hồi, soạn lại rồi nhờ duyệt."
)


@dataclass(frozen=True, slots=True)
class Changed:
    """How far a change has come among those who were sent it: how many people."""

    done: int  # They read it as it is now, or have it no more.
    under_way: int
    left: int  # They keep what they have: their platform lets nobody change it, or not any more.


async def changed(
    connection: AsyncConnection, run: Row, limits: Mapping[int, Limits], *, now: datetime
) -> Changed:
    """Of the last change of a run. It is counted row by row."""
    is_edit = bool(run.revised)
    able = [
        account_id
        for account_id, of in limits.items()
        if (of.edits if is_edit else of.recalls_within is not None)
    ]
    is_done = deliveries.c.revision >= run.revision
    is_open = sa.and_(
        deliveries.c.next_at <= run.revise_to,
        deliveries.c.route == Route.CHAT,
        deliveries.c.account_id.in_(able),
        sa.true() if run.revise_to > now - LONGEST else sa.false(),
    )
    found = await connection.execute(
        sa.select(
            sa.func.count(sa.case((is_done, 1))).label("done"),
            sa.func.count(sa.case((sa.and_(~is_done, is_open), 1))).label("under_way"),
            sa.func.count(sa.case((sa.and_(~is_done, ~is_open), 1))).label("left"),
        ).where(
            deliveries.c.run_id == run.id,
            deliveries.c.state == DeliveryState.SENT,
            deliveries.c.route.not_in([Route.GROUP, Route.ARTICLE]),
        )
    )
    return Changed(*found.one())


async def revise(
    connection: AsyncConnection, run_id: int, texts: Mapping[str, str], *, staff_id: int, now: datetime
) -> int:
    """Let the announcement read like this, also for those who have it already. Returns the number of the change.

    Whoever is sent it from now on gets the new words. Refused when the texts have faults or the run has none to change, and
    where a second person agreed to the words: nobody changes them alone. It can be taken back, written anew and approved.
    """
    if await approval.was_agreed_to(connection, run_id):
        raise Refused(AGREED_TO)
    texts = {language: text for language, text in texts.items() if text.strip()}
    if text_faults.faults_of_all(texts, None, str, local=await merge_fields.local(connection)):
        raise Refused(N_("Nội dung thông báo còn lỗi. Hãy sửa rồi xác nhận lại."))
    return await _change(connection, run_id, texts, staff_id=staff_id, now=now, act="run_revised")


async def recall(connection: AsyncConnection, run_id: int, *, staff_id: int, now: datetime) -> int:
    """Take back what was sent, where it is not too old for that, and send nothing more. Returns the number of the change."""
    state = await connection.scalar(sa.select(runs.c.state).where(runs.c.id == run_id))
    if state in {RunState.FILLING, RunState.RUNNING, RunState.PAUSED}:
        await running.cancel(connection, run_id, staff_id=staff_id, now=now)
    return await _change(connection, run_id, {}, staff_id=staff_id, now=now, act="run_recalled")


async def _change(
    connection: AsyncConnection,
    run_id: int,
    texts: Mapping[str, str],
    *,
    staff_id: int,
    now: datetime,
    act: str,
) -> int:
    found = await connection.execute(
        sa.select(runs.c.revision, runs.c.revised, runs.c.revise_to)
        .where(runs.c.id == run_id)
        .with_for_update(key_share=True)
    )
    run = found.one_or_none()
    if run is None:
        raise Refused(N_("Không có lượt gửi này."))
    if run.revision and not run.revised:
        raise Refused(N_("Thông báo này đã được thu hồi."))
    # Beyond where those were moved who were shown the change before.
    revise_to = max(now + SLACK, run.revise_to + 2 * STEP) if run.revise_to else now + SLACK
    revision = int(run.revision) + 1
    await connection.execute(
        sa.update(runs)
        .where(runs.c.id == run_id)
        .values(revision=revision, revised=dict(texts), revise_to=revise_to)
    )
    await acts.record(connection, staff_id, act, now=now, subject=f"run {run_id}", revision=revision)
    return revision
