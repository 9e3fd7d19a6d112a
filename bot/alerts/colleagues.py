"""To whom an alert may be given within the Union, as whoever has it types a name: «Hằng», «chị Hằng», «Phạm Thị Hằng»."""

import re
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.alerts import duty
from bot.alerts.record import TOP, Alert
from bot.questions.routing import Desk
from bot.store.tables import staff, units
from bot.store.tables.alerts import AlertRoute
from bot.store.tables.people import UnitLevel
from bot.text import clean, fold

_TITLE = re.compile(r"(?:(?:cho|chi|co|ba|di|anh|em|bac|chu|can\s+bo)\s+)+")


@dataclass(frozen=True, slots=True)
class Colleague:
    desk: Desk
    name: str
    level: UnitLevel

    @property
    def route(self) -> AlertRoute:
        return AlertRoute.CITY if self.level in TOP else AlertRoute.LOCAL


async def named(
    connection: AsyncConnection, alert: Alert, words: str, *, by: int, now: datetime
) -> Colleague | None:
    """The only one of those who take alerts, may know of this one and are reached by a chat whose whole or given name the words say.

    `by`: who says it.
    """
    found = [
        one
        for one in await _on_duty(connection, alert, by=by, now=now)
        if _says(fold(clean(words)), one.name)
    ]
    return found[0] if len(found) == 1 else None


async def on_duty(
    connection: AsyncConnection, alert: Alert, staff_id: int, *, by: int, now: datetime
) -> Colleague | None:
    """Who this is, if she still is one of those."""
    everybody = await _on_duty(connection, alert, by=by, now=now)
    return next((one for one in everybody if one.desk.staff_id == staff_id), None)


async def _on_duty(connection: AsyncConnection, alert: Alert, *, by: int, now: datetime) -> list[Colleague]:
    desks = {desk.staff_id: desk for desk in await duty.everybody(connection, alert, now=now, without=[by])}
    rows = await connection.execute(
        sa.select(staff.c.id, staff.c.name, units.c.level)
        .join(units, units.c.id == staff.c.unit_id)
        .where(staff.c.id.in_(desks), staff.c.takes_alerts)
        .order_by(staff.c.id)
    )
    return [Colleague(desks[row.id], row.name, row.level) for row in rows]


def _says(words: str, name: str) -> bool:
    """Whether the folded words are about somebody of this name, not about an office whose name only begins like it."""
    whole = fold(clean(name))
    bare = _TITLE.sub("", words, count=1) if _TITLE.match(words) else words
    bare = bare.strip(" .!,")
    is_whole = re.search(rf"(?<!\w){re.escape(whole)}(?!\w)", words) is not None
    return bool(whole) and (is_whole or bare == whole.split()[-1])
