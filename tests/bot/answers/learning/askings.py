"""Rows of askings for tests."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import askings
from bot.store.tables.askings import Outcome


async def add_asking(
    connection: AsyncConnection,
    text: str,
    *,
    at: datetime,
    outcome: Outcome = Outcome.NO_ANSWER,
    **values: Any,
) -> int:
    """One asking; pass any other column as needed."""
    row = {"language": "vi", **values, "text": text, "at": at, "outcome": outcome}
    inserted = await connection.execute(sa.insert(askings).values(**row).returning(askings.c.id))
    return int(inserted.scalar_one())
