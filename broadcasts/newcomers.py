"""Whom an announcement "when somebody joins" is for at one of its times: those who joined since the last, none twice.

How far it has come stands with the broadcast (`joined_to`), and moves in the transaction that makes the run: no restart,
no hours without the service and no second scheduler can miss or double anybody.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from broadcasts import hours
from broadcasts.audience import Audience, Condition, Is
from broadcasts.people import Asked, chosen, opened
from broadcasts.policy import Policy
from broadcasts.timing import Joined

_HOUR = timedelta(hours=1)

SETTLED = timedelta(minutes=10)
"""Who joined less long ago may still stand in a transaction that nobody sees yet, on a machine whose clock is behind."""

LONGEST = timedelta(days=30)
"""An announcement that rested for months does not greet the people of those months."""

Window = tuple[datetime, datetime]
"""(after, to): who joined after the one and not after the other."""


def window(
    schedule: Joined, joined_to: datetime | None, due: datetime, now: datetime, *, policy: Policy
) -> Window:
    """Whose turn it is at `now`. At its first time: of those whose delay ends in the hour that leads up to `due`."""
    delay = timedelta(hours=schedule.delay_hours)
    to = now - max(delay, SETTLED)
    if joined_to is None:
        joined_to = min(_time_before(due, policy) - delay, to)
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


def _time_before(due: datetime, policy: Policy) -> datetime:
    """The time at which it would have been looked for newcomers before `due`: the hour before, or last evening's."""
    moment = due - _HOUR
    while not hours.is_day(moment, policy=policy):
        moment -= _HOUR
    return moment
