"""Counters by which processes learn that what they keep in memory has changed in the database."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import insert_ignoring
from bot.store.tables import versions

ENTRIES = "entries"
UNITS = "units"
SAFETY_PHRASES = "safety_phrases"


async def version_of(connection: AsyncConnection, name: str) -> int:
    return (
        await connection.execute(sa.select(versions.c.value).where(versions.c.name == name))
    ).scalar() or 0


async def has_changed(connection: AsyncConnection, name: str) -> None:
    """Say, in the transaction that changes it, that the rows behind `name` are new."""
    await connection.execute(insert_ignoring(versions, connection.dialect.name).values(name=name, value=0))
    await connection.execute(
        sa.update(versions).where(versions.c.name == name).values(value=versions.c.value + 1)
    )
