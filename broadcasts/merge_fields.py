"""The local fields of the units (bot.answers.local_facts) as announcements fill them in, for many units at once."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import local_fields, local_values, units
from bot.store.tables.people import UnitLevel
from broadcasts.message import Person

_COMMUNE = (UnitLevel.COMMUNE, UnitLevel.WARD)

WITHHELD = frozenset({"dia_chi_tin_cay"})
"""Local fields that no announcement may carry: who looks for the refuge is told of it alone, never everybody at once."""

EXAMPLE = "Nguyễn Thị Mai"
"""Nobody: a name as common as can be."""

_EXAMPLE_COMMUNE, _HAMLET, _BRANCH = "Xã Kế Sách", "ấp An Ninh", "Chi hội ấp An Ninh"


@dataclass(frozen=True, slots=True)
class LocalField:
    name: str
    description: str
    fallback: str  # What is said where no unit says more.


async def listed(connection: AsyncConnection) -> list[LocalField]:
    """The local fields that an announcement may carry, to pick from."""
    rows = await connection.execute(
        sa.select(local_fields).where(local_fields.c.name.not_in(WITHHELD)).order_by(local_fields.c.name)
    )
    return [LocalField(row.name, row.description, row.fallback) for row in rows]


async def local(connection: AsyncConnection) -> dict[str, str]:
    """The local fields by name, each with its fallback: what `message.Template` and `prepared.Prepared` want to know."""
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


async def example(connection: AsyncConnection, unit_id: int) -> Person:
    """A made-up member of this unit, wherever one is shown what members get; what a wide unit leaves open is made up, too."""
    near = await somebody(connection, EXAMPLE, unit_id)
    branch = near.branch or _BRANCH
    return replace(
        near,
        commune=near.commune or _EXAMPLE_COMMUNE,
        hamlet=near.branch or _HAMLET,
        branch=branch,
        unit=branch,
    )
