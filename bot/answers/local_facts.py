"""What each unit fills the {{fields}} of answers with: its own value, else the nearest unit's above, else the fallback."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import text
from bot.store import versions
from bot.store.tables import local_fields, local_values, units

LONGEST = 300


@dataclass(frozen=True, slots=True)
class LocalFact:
    """One field as it stands in one unit."""

    name: str
    description: str
    fallback: str
    own: str  # Empty: the unit has none of its own.
    inherited: str  # What a unit above has; empty for none.
    inherited_from: str


async def of_unit(connection: AsyncConnection, unit_id: int) -> list[LocalFact]:
    """Every field with what members of this unit read in its place."""
    here = units.alias("here")
    nearest_last = (
        sa.select(local_values.c.name, local_values.c.value, units.c.id, units.c.name.label("unit_name"))
        .join(units, units.c.id == local_values.c.unit_id)
        .join(here, sa.and_(here.c.id == unit_id, here.c.path.startswith(units.c.path)))
        .where(local_values.c.value != "")
        .order_by(sa.func.length(units.c.path))
    )
    own: dict[str, str] = {}
    inherited: dict[str, tuple[str, str]] = {}
    for row in await connection.execute(nearest_last):
        if row.id == unit_id:
            own[row.name] = row.value
        else:
            inherited[row.name] = (row.value, row.unit_name)
    fields = await connection.execute(sa.select(local_fields).order_by(local_fields.c.name))
    return [
        LocalFact(
            field.name,
            field.description,
            field.fallback,
            own.get(field.name, ""),
            *inherited.get(field.name, ("", "")),
        )
        for field in fields
    ]


async def set_values(
    connection: AsyncConnection, unit_id: int, values: Mapping[str, str], *, staff_id: int, now: datetime
) -> list[str]:
    """Keep what a unit says; an empty value is taken away. Returns the names of the fields that changed."""
    kept = {fact.name: fact.own for fact in await of_unit(connection, unit_id)}
    changed: list[str] = []
    for name, typed in values.items():
        value = " ".join(text.clean(typed).split())
        if name not in kept or kept[name] == value:
            continue
        changed.append(name)
        same = sa.and_(local_values.c.name == name, local_values.c.unit_id == unit_id)
        await connection.execute(sa.delete(local_values).where(same))
        if value:
            await connection.execute(
                sa.insert(local_values).values(
                    name=name, unit_id=unit_id, value=value, updated_at=now, updated_by=staff_id
                )
            )
    if changed:
        await versions.has_changed(connection, versions.ENTRIES)
    return changed
