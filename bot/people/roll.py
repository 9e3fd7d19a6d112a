"""The roll of members as officers see it: finding them, and deciding about those who asked to join.

What a member herself does with her profile stands in `members`.
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
from bot.store.tables import accounts, consents, contacts, members, units
from bot.store.tables.people import MemberStatus, Purpose

PAGE_SIZE = 50
_CHUNK = 500
_FEWEST_DIGITS = 3  # Fewer would find half the roll.

# Who may become what: the Union decides, and may correct itself.
DECISIONS: dict[MemberStatus, frozenset[MemberStatus]] = {
    MemberStatus.RECOGNISED: frozenset({MemberStatus.REQUESTED, MemberStatus.DECLINED, MemberStatus.LEFT}),
    MemberStatus.DECLINED: frozenset({MemberStatus.REQUESTED}),
    MemberStatus.LEFT: frozenset({MemberStatus.RECOGNISED}),
}

Row = sa.Row[*tuple[Any, ...]]
_ORDER = Order((members.c.name_sort, members.c.id), members.c.id)


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which members: all that the viewer sees, or fewer."""

    words: str = ""  # Parts of the name, with or without marks, or digits of the phone number.
    unit_path: str = ""  # This unit and everything below it.
    status: MemberStatus | None = None


async def page(connection: AsyncConnection, viewer: Viewer, chosen: Chosen, place: Place) -> Page[Row]:
    """A page of the roll in the Vietnamese order of names: by given name."""
    return await pages.fetch(connection, _select(viewer, chosen), _ORDER, place, size=PAGE_SIZE)


async def count(connection: AsyncConnection, viewer: Viewer, chosen: Chosen) -> int:
    counted = sa.select(sa.func.count()).select_from(members).where(*_conditions(viewer, chosen))
    return await connection.scalar(counted) or 0


async def chunks(database: Database, viewer: Viewer, chosen: Chosen) -> AsyncIterator[Sequence[Row]]:
    """The whole roll piece by piece, so that neither memory nor a transaction grows with it."""
    place: Place | None = Place()
    while place:
        async with database.reading() as connection:
            found = await pages.fetch(connection, _select(viewer, chosen), _ORDER, place, size=_CHUNK)
        yield found.rows
        place = Place(after=found.after) if found.after else None


async def get(connection: AsyncConnection, viewer: Viewer, member_id: int) -> Row | None:
    """One member, if she is the viewer's business."""
    found = await connection.execute(_select(viewer, Chosen()).where(members.c.id == member_id))
    return found.one_or_none()


async def chats_of(connection: AsyncConnection, member_id: int) -> Sequence[Row]:
    """Her chats: channel, whether she stopped announcements, whether she can be reached, when she last wrote."""
    found = await connection.execute(
        sa.select(
            accounts.c.channel,
            accounts.c.name.label("account_name"),
            contacts.c.stopped_at,
            contacts.c.unreachable_at,
            contacts.c.last_in_at,
        )
        .join(accounts, accounts.c.id == contacts.c.account_id)
        .where(contacts.c.member_id == member_id)
        .order_by(contacts.c.id)
    )
    return found.all()


async def consents_of(connection: AsyncConnection, member_id: int) -> dict[Purpose, Row]:
    """For each purpose the last thing she said: `is_given`, `wording`, `at`."""
    found = await connection.execute(
        sa.select(consents).where(consents.c.member_id == member_id).order_by(consents.c.at, consents.c.id)
    )
    return {row.purpose: row for row in found}


async def decide(connection: AsyncConnection, member_id: int, status: MemberStatus, *, now: datetime) -> bool:
    """Recognise, decline or let go a member. False when her status does not allow that (any more)."""
    changed = await connection.execute(
        sa.update(members)
        .where(members.c.id == member_id, members.c.status.in_(DECISIONS.get(status, frozenset())))
        .values(status=status, updated_at=now)
    )
    return bool(changed.rowcount)


def _select(viewer: Viewer, chosen: Chosen) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(members, units.c.name.label("unit_name"))
        .outerjoin(units, units.c.id == members.c.unit_id)
        .where(*_conditions(viewer, chosen))
    )


def _conditions(viewer: Viewer, chosen: Chosen) -> list[sa.ColumnElement[bool]]:
    conditions = [in_sight(viewer, members.c.unit_id)]
    if chosen.unit_path:
        conditions.append(members.c.unit_id.in_(subtree(chosen.unit_path)))
    if chosen.status is not None:
        conditions.append(members.c.status == chosen.status)
    conditions += _has_words(chosen.words)
    return conditions


def _has_words(words: str) -> list[sa.ColumnElement[bool]]:
    digits = "".join(c for c in words if c.isdigit())
    if len(digits) >= _FEWEST_DIGITS and not any(c.isalpha() for c in words):
        # Numbers are kept with the country's code in place of the leading 0.
        national = digits.removeprefix("84") if words.strip().startswith("+") else digits.removeprefix("0")
        return [members.c.phone.contains(national, autoescape=True)]
    return [
        members.c.name_folded.contains(part, autoescape=True) for part in text.fold(text.clean(words)).split()
    ]
