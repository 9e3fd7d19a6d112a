"""What merge fields say of the places members belong to, kept for a minute: many members share few units."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import units
from bot.store.tables.people import UnitLevel
from broadcasts import merge_fields
from broadcasts.message import Person

_KEPT = timedelta(minutes=1)
_COMMUNE = (UnitLevel.COMMUNE, UnitLevel.WARD)


@dataclass(frozen=True, slots=True)
class Place:
    """A unit and what stands above it, as far as announcements name it."""

    unit: str = ""
    branch: str = ""
    commune: str = ""
    local: Mapping[str, str] = field(default_factory=dict)

    def person(self, full_name: str, hamlet: str) -> Person:
        """A member who lives here; the branch stands for a hamlet that she has not named."""
        return Person(full_name, self.commune, hamlet or self.branch, self.branch, self.unit, self.local)


NOWHERE = Place()


class Places:
    """Units are looked up when they are first asked for."""

    def __init__(self) -> None:
        self._known: dict[int, Place] = {}
        self._until: datetime | None = None

    async def of(
        self, connection: AsyncConnection, unit_ids: Collection[int], *, now: datetime
    ) -> Mapping[int, Place]:
        """At least these units."""
        if self._until is None or not now <= self._until <= now + _KEPT:
            self._known = {}
            self._until = now + _KEPT
        if missing := set(unit_ids) - self._known.keys():
            self._known |= await _read(connection, missing)
        return self._known


async def _read(connection: AsyncConnection, unit_ids: Collection[int]) -> dict[int, Place]:
    here = units.alias("here")
    line = (
        sa.select(here.c.id, units.c.level, units.c.name)
        .join(here, here.c.path.startswith(units.c.path))
        .where(here.c.id.in_(unit_ids))
        .order_by(here.c.id, sa.func.length(units.c.path))
    )
    names: dict[int, dict[UnitLevel, str]] = {unit_id: {} for unit_id in unit_ids}
    for row in await connection.execute(line):
        names[row.id][row.level] = row.name
    local = await merge_fields.values(connection, unit_ids)
    return {
        unit_id: Place(
            unit=next(reversed(found.values()), ""),
            branch=found.get(UnitLevel.BRANCH, ""),
            commune=next((found[level] for level in _COMMUNE if level in found), ""),
            local=local[unit_id],
        )
        for unit_id, found in names.items()
    }
