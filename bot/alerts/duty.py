"""Who is told of an alert, and whom staff ring when nobody answers.

Two routes: *local*, the nearest unit above her with somebody on duty, below the top; *city*, the duty officers of the top. Day
or night, only people whom a message reaches now by the rules of their platform, and never herself.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import text
from bot.alerts.record import TOP, Alert
from bot.people import units as tree
from bot.phone import parse_phone
from bot.questions import routing
from bot.questions.routing import Desk
from bot.store.tables import contacts, on_call, staff, units
from bot.store.tables.people import Role

_IS_TOP = units.c.level.in_(TOP)
_IS_OFFICER = staff.c.role == Role.OFFICER
_LONGEST_NAME = 100
_DIGITS = range(3, 13)  # 113 and the like, 1900 96 96 80, a number in a switchboard.


@dataclass(frozen=True, slots=True)
class OnCall:
    """A line of the phone list of a unit."""

    unit_id: int
    unit_name: str
    name: str
    phone: str  # E.164, or a service's digits; `bot.phone.display_phone` shows it.


async def local(
    connection: AsyncConnection, alert: Alert, *, now: datetime, without: Collection[int] = ()
) -> Sequence[Desk]:
    """Everybody on duty in the nearest unit below the top; where nobody takes alerts, the nearest desk for questions.

    `without`: staff whom no letter gets through to, whatever it looks like.
    """
    if alert.is_past_local or alert.unit_id is None:
        return []
    for takes in (staff.c.takes_alerts, staff.c.takes_questions):
        found = await _reached(connection, alert, ~_IS_TOP, takes, now=now, without=without)
        if found:
            return [desk for desk in found if desk.unit_id == found[0].unit_id]
    return []


async def city(
    connection: AsyncConnection, alert: Alert, *, now: datetime, without: Collection[int] = ()
) -> Sequence[Desk]:
    """The duty officers of the top; where nobody takes alerts, its desks for questions, then every officer of it with a chat."""
    for takes in (staff.c.takes_alerts, staff.c.takes_questions, _IS_OFFICER):
        if found := await _reached(connection, alert, _IS_TOP, takes, now=now, without=without):
            return found
    return []


async def everybody(
    connection: AsyncConnection, alert: Alert, *, now: datetime, without: Collection[int] = ()
) -> Sequence[Desk]:
    """All above her who could take it on, the nearest first: who takes alerts or questions, and every officer of the top."""
    takes = staff.c.takes_alerts | staff.c.takes_questions | (_IS_TOP & _IS_OFFICER)
    place = _IS_TOP if alert.is_past_local else sa.true()
    return await _reached(connection, alert, place, takes, now=now, without=without)


async def phone_list(connection: AsyncConnection, unit_id: int | None) -> Sequence[OnCall]:
    """Whom to ring for somebody of this unit, the nearest first; None: who has not said where she lives, or wants nobody near it to know."""
    line = await _line(connection, unit_id)
    rows = await connection.execute(
        sa.select(on_call, units.c.name.label("unit_name"))
        .join(units, units.c.id == on_call.c.unit_id)
        .where(on_call.c.unit_id.in_(line))
        .order_by(sa.func.length(units.c.path).desc(), units.c.id, on_call.c.position, on_call.c.id)
    )
    return [OnCall(row.unit_id, row.unit_name, row.name, row.phone) for row in rows]


async def set_phone_list(
    connection: AsyncConnection,
    unit_id: int,
    lines: Sequence[tuple[str, str]],
    *,
    staff_id: int,
    now: datetime,
) -> None:
    """Put these (name, number) in the place of the unit's own list. Raises ValueError for a number that `read_number` refuses."""
    read = [(" ".join(text.clean(name).split())[:_LONGEST_NAME], read_number(typed)) for name, typed in lines]
    if any(not name or number is None for name, number in read):
        raise ValueError("a line without a name or a number")
    await connection.execute(sa.delete(on_call).where(on_call.c.unit_id == unit_id))
    for position, (name, number) in enumerate(read, 1):
        await connection.execute(
            sa.insert(on_call).values(
                unit_id=unit_id,
                name=name,
                phone=number,
                position=position,
                updated_at=now,
                updated_by=staff_id,
            )
        )


def read_number(typed: str) -> str | None:
    """A number that staff can ring: somebody's, as E.164, or a service's digits (113, 1900 ...). None for anything else."""
    if personal := parse_phone(typed):
        return personal
    digits = "".join(typed.split()).replace(".", "").replace("-", "")
    return digits if digits.isascii() and digits.isdigit() and len(digits) in _DIGITS else None


async def _reached(
    connection: AsyncConnection,
    alert: Alert,
    *conditions: sa.ColumnElement[bool],
    now: datetime,
    without: Collection[int] = (),
) -> Sequence[Desk]:
    """The staff above her of whom this holds, with the chat that reaches each now; the nearest unit first."""
    herself = contacts.c.id == alert.contact_id
    if alert.member_id is not None:
        herself |= contacts.c.member_id == alert.member_id
    hers = sa.select(contacts.c.staff_id).where(herself, contacts.c.staff_id.is_not(None))
    rows = await connection.execute(
        sa.select(staff.c.id, staff.c.unit_id)
        .join(units, units.c.id == staff.c.unit_id)
        .where(
            staff.c.is_active,
            staff.c.unit_id.in_(await _line(connection, alert.unit_id)),
            staff.c.id.not_in(hers),
            staff.c.id.not_in(without),
            *conditions,
        )
        .order_by(sa.func.length(units.c.path).desc(), units.c.id, staff.c.id)
    )
    found = [(row, await routing.any_chat_of(connection, row.id, now=now)) for row in rows.all()]
    return [Desk(row.id, row.unit_id, chat) for row, chat in found if chat is not None]


async def _line(connection: AsyncConnection, unit_id: int | None) -> Sequence[int]:
    """The unit and all above it, always with a top; for None the top alone."""
    line = [] if unit_id is None else await tree.line_of(connection, unit_id)
    top = sa.select(units.c.id).where(_IS_TOP)
    above = list(await connection.scalars(top.where(units.c.id.in_(line))))
    return [*line, *(() if above else await connection.scalars(top))]
