"""Who would hear of words of danger, as officers look after it: who is on duty where, and where nobody is.

Whom one alert goes to says `duty`; this is the view of everywhere at once, in peace.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.people.viewers import Viewer
from bot.store.tables import accounts, contacts, on_call, staff, units
from bot.store.tables.accounts import AccountState
from bot.store.tables.people import UnitLevel

_TOP = (UnitLevel.CENTRAL, UnitLevel.PROVINCE)
_COMMUNES = (UnitLevel.COMMUNE, UnitLevel.WARD)


@dataclass(frozen=True, slots=True)
class OnDuty:
    """Somebody who is told of words of danger. `is_reached`: by a chat; else nobody is woken."""

    staff_id: int
    name: str
    unit_name: str
    is_top: bool
    is_reached: bool


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune or ward. `has_duty`: somebody there would hear; `has_phones`: it has a phone list of its own."""

    unit_id: int
    name: str
    has_duty: bool
    has_phones: bool


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of the viewer's unit and everything below it."""

    on_duty: Sequence[OnDuty]
    communes: Sequence[Commune]
    top_on_duty: int  # How many are reached there, whatever the viewer sees.
    top_has_phones: bool

    @property
    def without_duty(self) -> list[Commune]:
        return [one for one in self.communes if not one.has_duty]

    @property
    def without_phones(self) -> list[Commune]:
        return [one for one in self.communes if not one.has_phones]


async def coverage(connection: AsyncConnection, viewer: Viewer) -> Coverage:
    """In the order of names of units."""
    in_sight = units.c.path.startswith(viewer.unit_path, autoescape=True)
    duty = await connection.execute(
        sa.select(
            staff.c.id, staff.c.name, units.c.name.label("unit_name"), units.c.level, _REACHED.label("is_reached")
        )
        .join(units, units.c.id == staff.c.unit_id)
        .where(staff.c.is_active, staff.c.takes_alerts, in_sight)
        .order_by(units.c.name_sort, staff.c.name_sort)
    )  # fmt: skip
    communes = await connection.execute(
        sa.select(units.c.id, units.c.name, _has_duty().label("has_duty"), _has_phones().label("has_phones"))
        .where(units.c.level.in_(_COMMUNES), in_sight)
        .order_by(units.c.name_sort)
    )
    top = await connection.execute(
        sa.select(_on_duty().label("on_duty"), _has_phones().label("has_phones")).where(
            units.c.level.in_(_TOP)
        )
    )
    tops = top.all()
    return Coverage(
        [OnDuty(row.id, row.name, row.unit_name, row.level in _TOP, bool(row.is_reached)) for row in duty],
        [Commune(row.id, row.name, bool(row.has_duty), bool(row.has_phones)) for row in communes],
        sum(row.on_duty for row in tops),
        any(row.has_phones for row in tops),
    )


_REACHED = (
    sa.exists()
    .where(
        contacts.c.staff_id == staff.c.id,
        contacts.c.unreachable_at.is_(None),
        accounts.c.id == contacts.c.account_id,
        accounts.c.state == AccountState.ACTIVE,
    )
    .correlate(staff)
)


def _has_duty() -> sa.ColumnElement[bool]:
    return (
        sa.exists()
        .where(staff.c.unit_id == units.c.id, staff.c.is_active, staff.c.takes_alerts, _REACHED)
        .correlate(units)
    )


def _on_duty() -> sa.ScalarSelect[int]:
    return (
        sa.select(sa.func.count())
        .where(staff.c.unit_id == units.c.id, staff.c.is_active, staff.c.takes_alerts, _REACHED)
        .correlate(units)
        .scalar_subquery()
    )


def _has_phones() -> sa.ColumnElement[bool]:
    return sa.exists().where(on_call.c.unit_id == units.c.id).correlate(units)
