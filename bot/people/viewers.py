"""Who looks at the console, and how far she sees: her unit and everything below it."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import staff, units
from bot.store.tables.people import Role, UnitLevel

_TOP = (UnitLevel.CENTRAL, UnitLevel.PROVINCE)


@dataclass(frozen=True, slots=True)
class Viewer:
    """A staff member who is signed in."""

    staff_id: int
    name: str
    login: str
    role: Role
    unit_id: int
    unit_name: str
    unit_path: str
    unit_level: UnitLevel
    language: str
    has_password: bool
    takes_alerts: bool

    @property
    def sees_everything(self) -> bool:
        """At the top of the tree: also those who have not said where they live."""
        return self.unit_level in _TOP

    @property
    def sees_alerts(self) -> bool:
        """Who is told of words of danger, and everybody at the top."""
        return self.takes_alerts or self.sees_everything


async def viewer(connection: AsyncConnection, staff_id: int) -> Viewer | None:
    """The staff member, unless she may not sign in (any more)."""
    found = await connection.execute(
        sa.select(staff, units.c.name.label("unit_name"), units.c.path, units.c.level)
        .join(units, units.c.id == staff.c.unit_id)
        .where(staff.c.id == staff_id, staff.c.is_active, staff.c.login.is_not(None))
    )
    row = found.one_or_none()
    if row is None:
        return None
    return Viewer(
        staff_id=row.id,
        name=row.name,
        login=row.login,
        role=row.role,
        unit_id=row.unit_id,
        unit_name=row.unit_name,
        unit_path=row.path,
        unit_level=row.level,
        language=row.language,
        has_password=row.password_hash is not None,
        takes_alerts=row.takes_alerts,
    )


def in_sight(viewer: Viewer, unit_id: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """The condition that a row whose unit stands in `unit_id` is the viewer's business."""
    if viewer.sees_everything:
        return sa.true()
    return unit_id.in_(subtree(viewer.unit_path))


def subtree(path: str) -> sa.Select[tuple[int]]:
    """The ids of the unit with this path and of all units below it."""
    return sa.select(units.c.id).where(units.c.path.startswith(path, autoescape=True))


async def units_to_choose(
    connection: AsyncConnection, viewer: Viewer, *, opened: int | None = None
) -> list[sa.Row[int, str, UnitLevel, int | None]]:
    """The viewer's unit and those right below it: (id, name, level, parent_id). Those below `opened` follow it."""
    found = await connection.execute(
        sa.select(units.c.id, units.c.name, units.c.level, units.c.parent_id)
        .where(
            sa.or_(
                units.c.id == viewer.unit_id,
                units.c.parent_id == viewer.unit_id,
                units.c.id == opened,
                units.c.parent_id == opened,
            ),
            units.c.path.startswith(viewer.unit_path, autoescape=True),
        )
        .order_by(units.c.name_sort)
    )
    rows = list(found)
    hers = [row for row in rows if row.id == viewer.unit_id]
    below = [row for row in rows if row.parent_id == viewer.unit_id]
    rest = [row for row in rows if row not in hers and row not in below]
    at = next((place + 1 for place, row in enumerate(below) if row.id == opened), len(below))
    return [*hers, *below[:at], *rest, *below[at:]]


async def path_in_sight(connection: AsyncConnection, viewer: Viewer, unit_id: int) -> str | None:
    """The path of a unit, if it is hers or below hers."""
    found = await connection.execute(
        sa.select(units.c.path).where(
            units.c.id == unit_id, units.c.path.startswith(viewer.unit_path, autoescape=True)
        )
    )
    return found.scalar()


async def names_in_sight(
    connection: AsyncConnection, viewer: Viewer, unit_ids: Collection[int]
) -> dict[int, str]:
    """The names of those units that are hers or below hers, in the order of the tree."""
    found = await connection.execute(
        sa.select(units.c.id, units.c.name)
        .where(units.c.id.in_(unit_ids), units.c.path.startswith(viewer.unit_path, autoescape=True))
        .order_by(units.c.path)
    )
    return {row.id: row.name for row in found}
