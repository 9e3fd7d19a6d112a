"""Members who want an announcement and whom nothing reaches, branch by branch, so that the head of each can call or visit them.

Not those who do not want it: who has not agreed, picked other categories, said NGUNG or keeps her phone quiet is nobody's to call.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.people.viewers import Viewer, in_sight, subtree
from bot.store.tables import members, units
from bot.store.tables.people import UnitLevel
from broadcasts.people import Asked, LeftOut, missed, opened

TO_CALL = (LeftOut.NO_CHAT, LeftOut.UNREACHABLE, LeftOut.WINDOW, LeftOut.COSTS, LeftOut.LANGUAGE)
_COMMUNE = (UnitLevel.COMMUNE, UnitLevel.WARD)
_CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Branch:
    """How many of one unit; `unit_id` None: of those who have not said where they live."""

    unit_id: int | None
    name: str
    commune: str
    people: int


@dataclass(frozen=True, slots=True)
class Unreached:
    member_id: int
    full_name: str
    hamlet: str
    phone: str | None  # None also where she has not allowed to be called.
    unit_name: str
    commune: str
    reason: LeftOut


def number(left_out: Mapping[LeftOut, int]) -> int:
    """How many of those left out are to be called."""
    return sum(left_out.get(reason, 0) for reason in TO_CALL)


async def branches(
    connection: AsyncConnection, asked: Asked, viewer: Viewer, *, now: datetime
) -> list[Branch]:
    """Every unit with somebody, as the tree has them."""
    asked = await opened(connection, asked)
    people = missed(asked, now).subquery("people").c
    commune = units.alias("commune")
    rows = await connection.execute(
        sa.select(units.c.id, units.c.name, commune.c.name.label("commune"), sa.func.count().label("people"))
        .select_from(members)
        .join(people.member_id.table, people.member_id == members.c.id)
        .outerjoin(units, units.c.id == members.c.unit_id)
        .outerjoin(commune, _is_commune_of(commune))
        .where(people.reason.in_([reason.value for reason in TO_CALL]), in_sight(viewer, members.c.unit_id))
        .group_by(
            units.c.id, units.c.name, units.c.path, units.c.name_sort, commune.c.name, commune.c.name_sort
        )
        .order_by(commune.c.name_sort.nulls_last(), units.c.name_sort, units.c.path)
    )
    return [Branch(row.id, row.name or "", row.commune or "", row.people) for row in rows]


async def names(
    connection: AsyncConnection,
    asked: Asked,
    viewer: Viewer,
    *,
    now: datetime,
    unit_id: int | None = None,
) -> AsyncIterator[Sequence[Unreached]]:
    """Everybody, a chunk at a time, branch after branch; given a unit, those of it and of all below."""
    asked = await opened(connection, asked)
    people = missed(asked, now).subquery("people").c
    commune = units.alias("commune")
    query = (
        sa.select(
            members.c.id,
            members.c.full_name,
            members.c.hamlet,
            sa.case((members.c.allows_call_back, members.c.phone), else_=None).label("phone"),
            units.c.name.label("unit_name"),
            commune.c.name.label("commune"),
            people.reason,
        )
        .select_from(members)
        .join(people.member_id.table, people.member_id == members.c.id)
        .outerjoin(units, units.c.id == members.c.unit_id)
        .outerjoin(commune, _is_commune_of(commune))
        .where(people.reason.in_([reason.value for reason in TO_CALL]), in_sight(viewer, members.c.unit_id))
        .order_by(
            commune.c.name_sort,
            units.c.name_sort,
            units.c.path,
            members.c.hamlet,
            members.c.name_sort,
            members.c.id,
        )
    )
    if unit_id is not None:
        path = await connection.scalar(sa.select(units.c.path).where(units.c.id == unit_id))
        query = query.where(members.c.unit_id.in_(subtree(path or "-")))
    found = await connection.stream(query.execution_options(yield_per=_CHUNK))
    async for rows in found.partitions(_CHUNK):
        yield [
            Unreached(
                row.id,
                row.full_name,
                row.hamlet,
                row.phone,
                row.unit_name or "",
                row.commune or "",
                LeftOut(row.reason),
            )
            for row in rows
        ]


def _is_commune_of(commune: sa.FromClause) -> sa.ColumnElement[bool]:
    return sa.and_(commune.c.level.in_(_COMMUNE), units.c.path.startswith(commune.c.path))
