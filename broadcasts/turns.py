"""Whose turn it is: which runs have something to send from an account now, and how much of its room each gets.

Urgent before normal before drip. Runs of one rank share the room evenly and take turns, so that one of fifty people does
not stand behind one of fifty thousand.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import deliveries, runs
from bot.store.tables.broadcasts import DeliveryState, Priority, RunState
from bot.store.types import Moment

REMEMBERED = timedelta(days=8)
"""How long a finished run counts for what is too much for one member: the seven days, and a day for clocks that differ."""

_LATELY = sa.or_(runs.c.finished_at.is_(None), runs.c.finished_at >= sa.bindparam("since", type_=Moment()))
COUNTS = sa.and_(_LATELY, runs.c.priority != Priority.URGENT)
"""That a run counts for what is too much for one member; `since` is `REMEMBERED` ago."""

_AT_ONCE = 8  # Runs that share one round: each costs a statement.

Row = sa.Row[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Standing:
    """The runs that matter to an account's next messages."""

    due: Sequence[Row]  # They have something to send now, the most urgent first.
    counted: Sequence[int]  # The runs that count for what is too much for one member, running or lately done.


async def look(connection: AsyncConnection, account_id: int, *, now: datetime, is_day: bool) -> Standing:
    values = {"account": account_id, "now": now, "since": now - REMEMBERED}
    rows = (await connection.execute(_LOOK, values)).all()
    due = [row for row in rows if row.is_due is not None and (is_day or not row.by_day)]
    counted = [row.id for row in rows if row.priority != Priority.URGENT]
    return Standing(sorted(due, key=lambda row: (row.priority, row.id)), counted)


class Turns:
    """Of one account: remembers who was served last, so that the next round begins with another."""

    def __init__(self) -> None:
        self._last = 0

    def shares(self, due: Sequence[Row], room: int) -> list[tuple[Row, int]]:
        """The runs to serve next, and how many messages each may have; none for whoever stands behind a more urgent one."""
        if not due:
            return []
        first = [row for row in due if row.priority == due[0].priority]
        turn = sorted(first, key=lambda row: (row.id <= self._last, row.id))[: min(room, _AT_ONCE)]
        if len(first) > 1:
            self._last = turn[-1].id if len(turn) < len(first) else turn[0].id
        share, extra = divmod(room, len(turn))
        return [(row, share + (place < extra)) for place, row in enumerate(turn)]


# LIMIT keeps PostgreSQL from making one join of it: it is one look into the index for each run.
_SOMETHING_DUE = (
    sa.select(sa.literal(1))
    .where(
        deliveries.c.run_id == runs.c.id,
        deliveries.c.state == DeliveryState.PLANNED,
        deliveries.c.account_id == sa.bindparam("account"),
        deliveries.c.next_at <= sa.bindparam("now", type_=Moment()),
    )
    .limit(1)
    .scalar_subquery()
)
_SENDS = sa.and_(
    runs.c.state == RunState.RUNNING,
    sa.or_(runs.c.deadline_at.is_(None), runs.c.deadline_at > sa.bindparam("now", type_=Moment())),
)
_LOOK = sa.select(
    runs.c.id,
    runs.c.priority,
    runs.c.by_day,
    runs.c.per_day,
    runs.c.budget,
    runs.c.interval_us,
    runs.c.revision,
    sa.case((_SENDS, _SOMETHING_DUE), else_=None).label("is_due"),
).where(_LATELY)
