"""The Union's tree: loading it, and asking where in it somebody is."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import text
from bot.people.unit_file import UnitRow
from bot.store import versions
from bot.store.tables import units
from bot.store.tables.people import UnitLevel


async def add_units(connection: AsyncConnection, rows: Sequence[UnitRow], *, now: datetime) -> int:
    """Insert the units that are not there yet, and bring the names of the others up to date. Returns how many are new.

    `rows` come parents first or not; a parent may also stand in the database already. Nothing is removed.
    """
    known = {
        row.code: (row.id, row.path)
        for row in await connection.execute(sa.select(units.c.code, units.c.id, units.c.path))
    }
    waiting = list(rows)
    new = 0
    while waiting:
        ready = [row for row in waiting if not row.parent or row.parent in known]
        if not ready:
            raise ValueError(
                "units whose parents are not known"
            )  # The file's reader refuses such a file before.
        for row in ready:
            waiting.remove(row)
            values = {
                "name": row.name,
                "name_sort": text.sort_key(row.name),
                "level": UnitLevel(row.level),
                "merged_from": row.merged_from,
            }
            if row.code in known:
                await connection.execute(sa.update(units).where(units.c.code == row.code).values(**values))
                continue
            parent_id, parent_path = known[row.parent] if row.parent else (None, "/")
            unit_id = (
                await connection.execute(
                    sa.insert(units)
                    .values(code=row.code, parent_id=parent_id, path="", created_at=now, **values)
                    .returning(units.c.id)
                )
            ).scalar_one()
            path = f"{parent_path}{unit_id}/"
            await connection.execute(sa.update(units).where(units.c.id == unit_id).values(path=path))
            known[row.code] = (unit_id, path)
            new += 1
    await versions.has_changed(connection, versions.UNITS)
    return new


async def id_of_code(connection: AsyncConnection, code: str) -> int | None:
    return (await connection.execute(sa.select(units.c.id).where(units.c.code == code))).scalar()


async def codes(connection: AsyncConnection) -> set[str]:
    return set(await connection.scalars(sa.select(units.c.code)))


async def name_of(connection: AsyncConnection, unit_id: int | None) -> str:
    """A unit's name as people know it; empty for none."""
    if unit_id is None:
        return ""
    return (await connection.execute(sa.select(units.c.name).where(units.c.id == unit_id))).scalar() or ""


async def province_id(connection: AsyncConnection) -> int | None:
    """The unit that everything hangs under that we serve: the first of the provincial level."""
    found = await connection.execute(
        sa.select(units.c.id).where(units.c.level == UnitLevel.PROVINCE).order_by(units.c.id).limit(1)
    )
    return found.scalar()


async def line_of(connection: AsyncConnection, unit_id: int) -> list[int]:
    """The unit, its parent, and so on to the top."""
    path = (await connection.execute(sa.select(units.c.path).where(units.c.id == unit_id))).scalar() or ""
    return [int(part) for part in reversed(path.split("/")) if part]


async def line(connection: AsyncConnection, unit_id: int | None) -> tuple[int, ...]:
    """The top, and so on down to the unit itself; nothing for somebody without a unit."""
    return tuple(reversed(await line_of(connection, unit_id))) if unit_id is not None else ()
