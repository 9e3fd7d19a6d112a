"""Whom an announcement "when somebody joins" is for at one of its times: those who joined since the last, none twice.

How far it has come stands with the broadcast (`joined_to`): it begins with the moment at which it was confirmed, or approved
where a second person had to agree, and moves in the transaction that makes the run. So nobody from before is greeted, and no
restart, no hours without the service and no second scheduler can miss or double anybody.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from broadcasts import timing
from broadcasts.audience import Audience, Condition, Is
from broadcasts.people import Asked, chosen, opened
from broadcasts.timing import Joined

SETTLED = timedelta(minutes=10)
"""Who joined less long ago may still stand in a transaction that nobody sees yet, on a machine whose clock is behind."""

LONGEST = timedelta(days=30)
"""An announcement that rested for months does not greet the people of those months."""

Window = tuple[datetime, datetime]
"""(after, to): who joined after the one and not after the other."""


def begun(row: sa.Row[*tuple[Any, ...]], schedule: Mapping[str, Any], now: datetime) -> dict[str, datetime]:
    """What is to be kept with a broadcast that goes by this schedule from now on: whoever has joined by now is not new to it.

    Nothing where it has begun before: whoever joined while it was being changed is not missed.
    """
    is_new = row.joined_to is None and isinstance(timing.from_json(schedule), Joined)
    return {"joined_to": now} if is_new else {}


def window(schedule: Joined, joined_to: datetime | None, now: datetime) -> Window:
    """Whose turn it is at `now`. One of which nobody knows when it began begins now."""
    to = now - max(timedelta(hours=schedule.delay_hours), SETTLED)
    if joined_to is None:
        joined_to = now
    return max(joined_to, to - LONGEST), max(to, joined_to)


def within(audience: Audience, joined: Window) -> Audience:
    """Of these people only those."""
    after, to = (moment.isoformat() for moment in joined)
    condition = Condition.from_json({"is": Is.JOINED.value, "after": after, "to": to})
    return replace(audience, who=(*audience.who, condition))


async def are_there(
    connection: AsyncConnection, row: sa.Row[*tuple[Any, ...]], audience: Audience, *, now: datetime
) -> bool:
    """Whether this broadcast, to this audience, would reach anybody."""
    asked = await opened(connection, replace(Asked.of(row), audience=audience))
    return (await connection.execute(chosen(asked, now=now).limit(1))).first() is not None
