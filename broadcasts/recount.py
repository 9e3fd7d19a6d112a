"""Which announcements are still to be counted before they go, and the note that one was.

The count stands for one due time: with the request where a second person agreed, else among the acts, as nobody's. Counting, and what
follows from it, is `broadcasts.growth`'s.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import approvals, staff_acts
from bot.store.tables.broadcasts import ApprovalState
from broadcasts import timing
from broadcasts.approval import Row
from broadcasts.timing import Joined

_CHECKED = "checked_for"  # In the request's summary: the due time that it was counted for.
_COUNTED, _CONFIRMED = "broadcast_counted", "broadcast_confirmed"
# Whoever confirmed it so shortly before it is due was shown the number that holds.
_LATELY = timedelta(minutes=10)


async def unchecked(connection: AsyncConnection, rows: Sequence[Row]) -> set[int]:
    """Those of these scheduled broadcasts that are not yet counted for their due time: they wait. Series for newcomers are not
    counted.
    """
    rows = [row for row in rows if _is_counted(row)]
    if not rows:
        return set()
    found = await connection.execute(
        sa.select(approvals.c.broadcast_id, approvals.c.summary).where(
            approvals.c.broadcast_id.in_([row.id for row in rows]),
            approvals.c.state == ApprovalState.APPROVED,
        )
    )
    agreed = {one.broadcast_id: one.summary.get(_CHECKED) for one in found}
    noted = await _noted(connection, [row for row in rows if row.id not in agreed])
    return {
        row.id
        for row in rows
        if (agreed[row.id] != row.due_at.isoformat() if row.id in agreed else row.id not in noted)
    }


async def note(
    connection: AsyncConnection, row: Row, agreed: Row | None, counted: int, now: datetime
) -> None:
    """It was counted for its due time; `agreed` is the request that a second person agreed to, if one did."""
    due = row.due_at.isoformat()
    if agreed is not None:
        summary = {**agreed.summary, _CHECKED: due}
        await connection.execute(
            sa.update(approvals).where(approvals.c.id == agreed.id).values(summary=summary)
        )
        return
    detail = {"due": due, "counted": counted}
    await connection.execute(
        sa.insert(staff_acts).values(at=now, act=_COUNTED, subject=_subject(row), detail=detail)
    )


async def confirmed_by(connection: AsyncConnection, broadcast_id: int) -> int | None:
    """Who confirmed an announcement last."""
    found: int | None = await connection.scalar(
        sa.select(staff_acts.c.staff_id)
        .where(staff_acts.c.act == _CONFIRMED, staff_acts.c.subject == f"broadcast {broadcast_id}")
        .order_by(staff_acts.c.id.desc())
        .limit(1)
    )
    return found


async def _noted(connection: AsyncConnection, rows: Sequence[Row]) -> set[int]:
    """Those that nobody had to agree to and that were counted: here, or by whoever confirmed them a moment ago."""
    if not rows:
        return set()
    by_subject = {_subject(row): row for row in rows}
    found = await connection.execute(
        sa.select(staff_acts.c.act, staff_acts.c.subject, staff_acts.c.at, staff_acts.c.detail).where(
            # By the index of the time: of all acts those of a few minutes.
            staff_acts.c.at >= min(row.due_at for row in rows) - _LATELY,
            staff_acts.c.act.in_([_COUNTED, _CONFIRMED]),
            staff_acts.c.subject.in_(by_subject),
        )
    )
    noted = set()
    for act in found:
        row = by_subject[act.subject]
        if (
            act.at >= row.due_at - _LATELY
            if act.act == _CONFIRMED
            else act.detail["due"] == row.due_at.isoformat()
        ):
            noted.add(row.id)
    return noted


def _is_counted(row: Row) -> bool:
    """A schedule that nobody can read is no reason to wait: its announcement cannot be started, and says so."""
    try:
        return not isinstance(timing.from_json(row.schedule), Joined)
    except (ValueError, TypeError, KeyError):
        return False


def _subject(row: Row) -> str:
    return f"broadcast {row.id}"
