"""Paging through long lists by the key of the row where a page ends, never by counting rows off.

A page costs the same at the end of a list as at its beginning, and rows that come in meanwhile shift nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a list: right after one row, or right before one (ids). Neither: at its beginning."""

    after: int | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    rows: Sequence[T]
    before: int | None  # What the page before this one ends before, if there is one.
    after: int | None  # What the next page begins after, if there is one.


@dataclass(frozen=True, slots=True)
class Order:
    """How a list is sorted: by `keys`, the last of which is `id`, unique."""

    keys: tuple[sa.ColumnElement[Any], ...]
    id: sa.ColumnElement[int]
    descending: bool = False


async def fetch(
    connection: AsyncConnection, query: sa.Select[*tuple[Any, ...]], order: Order, place: Place, *, size: int
) -> Page[sa.Row[*tuple[Any, ...]]]:
    """One page of `query`, whose rows have an `id`. A place whose row is gone is the beginning."""
    cursor = place.after if place.after is not None else place.before
    key = await _key_of(connection, order, cursor) if cursor is not None else None
    backwards = key is not None and place.after is None
    ascending = order.descending == backwards
    if key is not None:
        here, there = sa.tuple_(*order.keys), sa.tuple_(*key)
        query = query.where(here > there if ascending else here < there)
    query = query.order_by(*[column.asc() if ascending else column.desc() for column in order.keys])
    rows = list((await connection.execute(query.limit(size + 1))).all())
    has_more = len(rows) > size
    rows = rows[:size]
    if backwards:
        rows.reverse()
    has_before = has_more if backwards else key is not None
    has_after = True if backwards else has_more
    return Page(
        rows,
        before=rows[0].id if rows and has_before else None,
        after=rows[-1].id if rows and has_after else None,
    )


async def _key_of(
    connection: AsyncConnection, order: Order, row_id: int
) -> list[sa.ColumnElement[Any]] | None:
    row = (await connection.execute(sa.select(*order.keys).where(order.id == row_id))).one_or_none()
    if row is None:
        return None
    return [sa.literal(value, column.type) for value, column in zip(row, order.keys, strict=True)]
