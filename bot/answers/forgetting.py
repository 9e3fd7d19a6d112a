"""What is forgotten of what was asked long ago: who it was. Each forgets up to `limit` of what was asked before, and returns of how many."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import askings


async def forget_who_asked(
    connection: AsyncConnection, before: datetime, limit: int, *conditions: sa.ColumnElement[bool]
) -> int:
    """What was asked stays, and of which unit; from whose chat, and as which question, does not."""
    chunk = await connection.scalars(
        sa.select(askings.c.id)
        .where(
            askings.c.at < before,
            askings.c.contact_id.is_not(None) | askings.c.question_id.is_not(None),
            *conditions,
        )
        .order_by(askings.c.id)
        .limit(limit)
    )
    ids = chunk.all()
    nobody = sa.update(askings).where(askings.c.id.in_(ids)).values(contact_id=None, question_id=None)
    await connection.execute(nobody)
    return len(ids)


async def forget_who_asked_privately(connection: AsyncConnection, before: datetime, limit: int) -> int:
    """Her words are not kept, but what they came nearest to is."""
    return await forget_who_asked(connection, before, limit, askings.c.text == "")
