"""The roster of staff as an officer sees it: those of her unit and of everything below it."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.people.viewers import Viewer, subtree
from bot.store import pages
from bot.store.pages import Order, Page, Place
from bot.store.tables import accounts, contacts, staff, units

PAGE_SIZE = 50

Row = sa.Row[*tuple[Any, ...]]
_ORDER = Order((staff.c.name_sort, staff.c.id), staff.c.id)


async def page(connection: AsyncConnection, viewer: Viewer, unit_path: str, place: Place) -> Page[Row]:
    """A page of the staff of a unit (the viewer's when empty) and below, in the order of names.

    `chats` counts the chats in which each can be reached.
    """
    query = _select(viewer)
    if unit_path:
        query = query.where(staff.c.unit_id.in_(subtree(unit_path)))
    return await pages.fetch(connection, query, _ORDER, place, size=PAGE_SIZE)


async def get(connection: AsyncConnection, viewer: Viewer, staff_id: int) -> Row | None:
    """One staff member, if she is the viewer's business."""
    return (await connection.execute(_select(viewer).where(staff.c.id == staff_id))).one_or_none()


async def chats_of(connection: AsyncConnection, staff_id: int) -> Sequence[Row]:
    """The chats that are her desk: channel, since when she cannot be reached, when she last wrote."""
    found = await connection.execute(
        sa.select(accounts.c.channel, contacts.c.unreachable_at, contacts.c.last_in_at)
        .join(accounts, accounts.c.id == contacts.c.account_id)
        .where(contacts.c.staff_id == staff_id)
        .order_by(contacts.c.id)
    )
    return found.all()


async def is_login_free(connection: AsyncConnection, login: str) -> bool:
    return not await connection.scalar(sa.select(sa.exists().where(staff.c.login == login)))


async def reactivate(connection: AsyncConnection, staff_id: int) -> None:
    """She may work again. Her sessions and codes stay ended."""
    await connection.execute(sa.update(staff).where(staff.c.id == staff_id).values(is_active=True))


def _select(viewer: Viewer) -> sa.Select[*tuple[Any, ...]]:
    chats = (
        sa.select(sa.func.count())
        .where(contacts.c.staff_id == staff.c.id, contacts.c.unreachable_at.is_(None))
        .scalar_subquery()
    )
    return (
        sa.select(staff, units.c.name.label("unit_name"), chats.label("chats"))
        .join(units, units.c.id == staff.c.unit_id)
        .where(units.c.path.startswith(viewer.unit_path, autoescape=True))
    )
