"""The local fields of the units (bot.answers.local_facts) as announcements fill them in, for many units at once."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import local_fields, local_values, units
from bot.store.tables.people import UnitLevel
from broadcasts.message import Person

_COMMUNE = (UnitLevel.COMMUNE, UnitLevel.WARD)


@dataclass(frozen=True, slots=True)
class LocalField:
    name: str
    description: str
    fallback: str  # What is said where no unit says more.


async def listed(connection: AsyncConnection) -> list[LocalField]:
    """Every local field there is, to pick from."""
    rows = await connection.execute(sa.select(local_fields).order_by(local_fields.c.name))
    return [LocalField(row.name, row.description, row.fallback) for row in rows]


async def local(connection: AsyncConnection) -> dict[str, str]:
    """The local fields by name, each with its fallback: what `message.Template` and `message.Prepared` want to know."""
    return {one.name: one.fallback for one in await listed(connection)}


async def values(connection: AsyncConnection, unit_ids: Collection[int]) -> dict[int, Mapping[str, str]]:
    """For each of these units what members of it read in the local fields: its own value, else the nearest unit's above.

    One statement whatever the number; the `local` of a `message.Person`. They change seldom: keep them for a while.
    """
    here = units.alias("here")
    farthest_first = (
        sa.select(here.c.id.label("unit_id"), local_values.c.name, local_values.c.value)
        .join(units, units.c.id == local_values.c.unit_id)
        .join(here, here.c.path.startswith(units.c.path))
        .where(here.c.id.in_(unit_ids), local_values.c.value != "")
        .order_by(sa.func.length(units.c.path))
    )
    found: dict[int, dict[str, str]] = {unit_id: {} for unit_id in unit_ids}
    for row in await connection.execute(farthest_first):
        found[row.unit_id][row.name] = row.value
    return dict(found)


async def somebody(connection: AsyncConnection, full_name: str, unit_id: int, *, hamlet: str = "") -> Person:
    """A person of this name as if she belonged to this unit: for previews and test sends."""
    below = units.alias("below")
    line = await connection.execute(
        sa.select(units.c.name, units.c.level)
        .join(below, below.c.path.startswith(units.c.path))
        .where(below.c.id == unit_id)
        .order_by(sa.func.length(units.c.path))
    )
    names = {row.level: row.name for row in line}
    commune = next((names[level] for level in _COMMUNE if level in names), "")
    branch = names.get(UnitLevel.BRANCH, "")
    local_of = await values(connection, [unit_id])
    return Person(
        full_name, commune, hamlet or branch, branch, next(reversed(names.values()), ""), local_of[unit_id]
    )
