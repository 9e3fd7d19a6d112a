"""Marks that officers put on people ("chi hội 3", "cần gọi lại"), here or in a platform's own tool.

Marks are of a contact, not of a member: a platform knows only its own chats. Where a platform keeps the same marks, its
channel carries our changes there, and tells us here what was changed over there. An event of the platform may come late,
twice or in another order: it counts only if it is younger than our last change to the same mark, so that the echo of what
we did ourselves changes nothing.
"""

import unicodedata
from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import text
from bot.store.database import insert_ignoring
from bot.store.tables import contact_tags, contacts

LONGEST = 100  # Characters of a mark.

_AT_ONCE = 500  # Addresses in one IN: both databases bound the parameters of a statement.
_IS_ON = contact_tags.c.removed_at.is_(None)


def clean(name: str) -> str:
    """A mark as it is kept: one line, NFC, at most 100 characters. "" for what is none."""
    one_line = " ".join(text.clean(name).split())
    return unicodedata.normalize("NFC", one_line[:LONGEST]).strip()


async def tag(connection: AsyncConnection, contact_id: int, name: str, now: datetime) -> bool:
    """Put a mark on her. False where it is on already, or is none."""
    if not (name := clean(name)):
        return False
    anew = {"is_mirrored": False, "changed_at": now, "removed_at": None}
    inserted = await connection.execute(
        insert_ignoring(contact_tags, connection.dialect.name).values(contact_id=contact_id, tag=name, **anew)
    )
    if inserted.rowcount:
        return True
    revived = await connection.execute(
        sa.update(contact_tags).where(_mark(contact_id, name), ~_IS_ON).values(anew)
    )
    return revived.rowcount > 0


async def untag(connection: AsyncConnection, contact_id: int, name: str, now: datetime) -> bool:
    """Take a mark off her. False where it was not on."""
    mark = sa.and_(_mark(contact_id, clean(name)), _IS_ON)
    only_here = await connection.execute(sa.delete(contact_tags).where(mark, ~contact_tags.c.is_mirrored))
    there_too = await connection.execute(
        sa.update(contact_tags).where(mark).values(removed_at=now, changed_at=now)
    )
    return only_here.rowcount + there_too.rowcount > 0


async def untag_wholly(connection: AsyncConnection, contact_ids: Collection[int], now: datetime) -> None:
    """Take every mark off these chats; what a platform has of them is taken off there, too."""
    hers = contact_tags.c.contact_id.in_(contact_ids)
    await connection.execute(sa.delete(contact_tags).where(hers, ~contact_tags.c.is_mirrored))
    await connection.execute(
        sa.update(contact_tags).where(hers, _IS_ON).values(removed_at=now, changed_at=now)
    )


async def tags_of(connection: AsyncConnection, contact_id: int) -> list[str]:
    """Her marks, by name."""
    mine = sa.select(contact_tags.c.tag).where(contact_tags.c.contact_id == contact_id, _IS_ON)
    return sorted(await connection.scalars(mine), key=text.sort_key)


async def in_use(connection: AsyncConnection) -> list[str]:
    """Every mark that somebody has, by name."""
    return sorted(
        await connection.scalars(sa.select(contact_tags.c.tag).where(_IS_ON).distinct()), key=text.sort_key
    )


# What a platform tells. Each mark that comes from there is on at both sides: nothing of it is carried back.


async def told_on(
    connection: AsyncConnection, account_id: int, addresses: Sequence[str], name: str, *, at: datetime
) -> None:
    """At that moment the mark was put on these people over there. Whom we do not know stays unknown."""
    if not (name := clean(name)):
        return
    for ids in [await _known(connection, account_id, part) for part in _parts(addresses)]:
        for contact_id in ids:
            await _told_on(connection, contact_id, name, at)


async def told_off(
    connection: AsyncConnection, account_id: int, addresses: Sequence[str], name: str, *, at: datetime
) -> None:
    """At that moment the mark was taken off these people over there."""
    for part in _parts(addresses):
        ids = await _known(connection, account_id, part)
        await _told_off(connection, contact_tags.c.contact_id.in_(ids), clean(name), at)


async def told_gone(connection: AsyncConnection, account_id: int, name: str, *, at: datetime) -> None:
    """At that moment the mark itself was deleted over there, and so taken off everybody."""
    everybody = contact_tags.c.contact_id.in_(
        sa.select(contacts.c.id).where(contacts.c.account_id == account_id)
    )
    await _told_off(connection, everybody, clean(name), at)


async def told_all(
    connection: AsyncConnection, contact_id: int, names: Collection[str], *, at: datetime
) -> None:
    """At that moment these were all the marks that she had over there."""
    kept = {name for given in names if (name := clean(given))}
    for name in sorted(kept):
        await _told_on(connection, contact_id, name, at)
    others = sa.and_(contact_tags.c.contact_id == contact_id, contact_tags.c.tag.not_in(kept))
    await connection.execute(
        sa.delete(contact_tags).where(others, contact_tags.c.is_mirrored, contact_tags.c.changed_at < at)
    )


async def _told_on(connection: AsyncConnection, contact_id: int, name: str, at: datetime) -> None:
    inserted = await connection.execute(
        insert_ignoring(contact_tags, connection.dialect.name).values(
            contact_id=contact_id, tag=name, is_mirrored=True, changed_at=at, removed_at=None
        )
    )
    if inserted.rowcount:
        return
    # A mark that was taken off here and is still on over there is no news: there it will be taken off, too.
    is_news = sa.and_(contact_tags.c.changed_at < at, _IS_ON | ~contact_tags.c.is_mirrored)
    await connection.execute(
        sa.update(contact_tags)
        .where(_mark(contact_id, name), is_news)
        .values(is_mirrored=True, removed_at=None)
    )


async def _told_off(
    connection: AsyncConnection, whose: sa.ColumnElement[bool], name: str, at: datetime
) -> None:
    """A mark that the platform has not got yet stays: it is put on there next."""
    its = sa.and_(whose, contact_tags.c.tag == name, contact_tags.c.is_mirrored)
    await connection.execute(sa.delete(contact_tags).where(its, contact_tags.c.changed_at < at))


async def _known(connection: AsyncConnection, account_id: int, addresses: Sequence[str]) -> Sequence[int]:
    found = await connection.scalars(
        sa.select(contacts.c.id)
        .where(contacts.c.account_id == account_id, contacts.c.address.in_(addresses))
        .order_by(contacts.c.id)  # Always the same order: two at a time do not wait for each other in a ring.
    )
    return found.all()


def _mark(contact_id: int, name: str) -> sa.ColumnElement[bool]:
    return sa.and_(contact_tags.c.contact_id == contact_id, contact_tags.c.tag == name)


def _parts(addresses: Sequence[str]) -> list[Sequence[str]]:
    return [addresses[start : start + _AT_ONCE] for start in range(0, len(addresses), _AT_ONCE)]
