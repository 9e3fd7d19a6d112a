"""The first officer: made when nobody can sign in yet, so that somebody can."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import text
from bot.people import access, units
from bot.store.tables import staff
from bot.store.tables.people import Role

_LOGIN = "quantri"
NAME = "Quản trị"
"""Until she says her own."""


async def first_sign_in_link(connection: AsyncConnection, now: datetime) -> str | None:
    """A link's token for the first officer, or None when somebody has set a password already.

    The officer is made at the first call (at the province). While she has not set a password each call gives a new
    link and ends the one before, so that a lost link is got again by starting once more. Needs the units to be loaded;
    without a province there is nowhere to put her, and None is returned.
    """
    has_password = sa.select(staff.c.id).where(
        staff.c.role == Role.OFFICER, staff.c.is_active, staff.c.password_hash.is_not(None)
    )
    if await connection.scalar(sa.select(has_password.exists())):
        return None
    staff_id = await connection.scalar(
        sa.select(staff.c.id).where(staff.c.login == _LOGIN, staff.c.is_active)
    )
    if staff_id is None:
        unit_id = await units.province_id(connection)
        if unit_id is None:
            return None
        staff_id = await connection.scalar(
            sa.insert(staff)
            .values(
                name=NAME,
                name_sort=text.name_sort_key(NAME),
                login=_LOGIN,
                role=Role.OFFICER,
                unit_id=unit_id,
                created_at=now,
            )
            .returning(staff.c.id)
        )
    return await access.make_link(connection, int(staff_id), now=now)
