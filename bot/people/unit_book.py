"""The unit search that is in force: built from the database's units, built anew when they change."""

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.people.outside_units import read_outside_units
from bot.people.unit_search import UnitSearch
from bot.store import versions
from bot.store.tables import units
from bot.store.tables.people import UnitLevel


class UnitBook:
    """Keeps one UnitSearch in memory."""

    def __init__(self, outside_file: Path) -> None:
        self._outside = read_outside_units(outside_file)
        self._version: int | None = None
        self._search: UnitSearch | None = None

    async def current(self, connection: AsyncConnection) -> UnitSearch:
        version = await versions.version_of(connection, versions.UNITS)
        if self._search is None or version != self._version:
            rows = await connection.execute(
                sa.select(units.c.code, units.c.name, units.c.level, units.c.merged_from)
                .where(units.c.level.in_([UnitLevel.PROVINCE, UnitLevel.WARD, UnitLevel.COMMUNE]))
                .order_by(units.c.code)
            )
            self._search = UnitSearch.build(rows.all(), outside=self._outside)
            self._version = version
        return self._search
