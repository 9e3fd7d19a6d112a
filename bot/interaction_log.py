"""Reading the log of what was said, as far as the reader's unit reaches.

The words of sensitive messages were never written into it, and who said them and of what kind they were is not shown
either: that would tell enough. A member's name stands beside her words only if she agreed that cadres see who asks; the
log of one person is open on the same condition.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import text
from bot.people.viewers import Viewer, in_sight, subtree
from bot.store import pages
from bot.store.database import Database
from bot.store.pages import Order, Page, Place
from bot.store.tables import accounts, contacts, interactions, members, outbox, staff, units
from bot.store.tables.messages import Direction

PAGE_SIZE = 50
_CHUNK = 500

Row = sa.Row[*tuple[Any, ...]]
_ORDER = Order((interactions.c.id,), interactions.c.id, descending=True)


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which messages: all that the viewer sees, or fewer."""

    words: str = ""  # Found with or without marks.
    direction: Direction | None = None
    channel: str = ""
    kind: str = ""
    unit_path: str = ""  # Of people of this unit and everything below it.
    member_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None


async def page(connection: AsyncConnection, viewer: Viewer, chosen: Chosen, place: Place) -> Page[Row]:
    """A page of the log, the newest first."""
    return await pages.fetch(connection, _select(viewer, chosen), _ORDER, place, size=PAGE_SIZE)


async def chunks(database: Database, viewer: Viewer, chosen: Chosen) -> AsyncIterator[Sequence[Row]]:
    """The whole log piece by piece, so that neither memory nor a transaction grows with it."""
    place: Place | None = Place()
    while place:
        async with database.reading() as connection:
            found = await pages.fetch(connection, _select(viewer, chosen), _ORDER, place, size=_CHUNK)
        yield found.rows
        place = Place(after=found.after) if found.after else None


async def channels(connection: AsyncConnection) -> list[str]:
    """The channels that have ever had an account."""
    return list(
        await connection.scalars(sa.select(accounts.c.channel).distinct().order_by(accounts.c.channel))
    )


def _select(viewer: Viewer, chosen: Chosen) -> sa.Select[*tuple[Any, ...]]:
    desk = staff.alias("desk")
    is_open = ~interactions.c.is_sensitive
    is_named = sa.and_(is_open, members.c.allows_name_to_cadres)
    return (
        sa.select(
            interactions.c.id,
            interactions.c.at,
            interactions.c.direction,
            interactions.c.is_sensitive,
            sa.case((is_open, interactions.c.kind), else_="").label("kind"),
            sa.case((is_open, interactions.c.text), else_="").label("text"),
            sa.case((is_open, interactions.c.entry_id)).label("entry_id"),
            sa.func.coalesce(outbox.c.charge, "").label("charge"),  # What its platform took it from.
            accounts.c.channel,
            units.c.name.label("unit_name"),
            sa.case((is_named, members.c.id)).label("member_id"),
            sa.case((is_named, members.c.full_name)).label("member_name"),
            members.c.id.is_not(None).label("is_member"),
            desk.c.name.label("desk_name"),  # The chat is a cadre's own.
            staff.c.name.label("writer_name"),  # A person of ours wrote it.
        )
        .join(accounts, accounts.c.id == interactions.c.account_id)
        .join(contacts, contacts.c.id == interactions.c.contact_id)
        .outerjoin(outbox, outbox.c.id == interactions.c.outbox_id)
        .outerjoin(units, units.c.id == interactions.c.unit_id)
        .outerjoin(members, members.c.id == interactions.c.member_id)
        .outerjoin(desk, desk.c.id == contacts.c.staff_id)
        .outerjoin(staff, staff.c.id == interactions.c.staff_id)
        .where(*_conditions(viewer, chosen))
    )


def _conditions(viewer: Viewer, chosen: Chosen) -> list[sa.ColumnElement[bool]]:
    conditions = [in_sight(viewer, interactions.c.unit_id)]
    if chosen.direction is not None:
        conditions.append(interactions.c.direction == chosen.direction)
    if chosen.channel:
        conditions.append(accounts.c.channel == chosen.channel)
    if chosen.kind:
        conditions += [interactions.c.kind == chosen.kind, ~interactions.c.is_sensitive]
    if chosen.unit_path:
        conditions.append(interactions.c.unit_id.in_(subtree(chosen.unit_path)))
    if chosen.member_id is not None:
        conditions += [
            interactions.c.member_id == chosen.member_id,
            members.c.allows_name_to_cadres,
            ~interactions.c.is_sensitive,
        ]
    if chosen.since is not None:
        conditions.append(interactions.c.at >= chosen.since)
    if chosen.until is not None:
        conditions.append(interactions.c.at < chosen.until)
    conditions += [
        interactions.c.text_folded.contains(part, autoescape=True)
        for part in text.fold(text.clean(chosen.words)).split()
    ]
    return conditions
