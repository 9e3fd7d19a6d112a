"""The entries that wait for somebody who answers for them: those that are off because nobody has confirmed what they say."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.answers.bank import Certainty
from bot.answers.learning.sight import within
from bot.clock import in_vietnam
from bot.store.tables import entries, topics

Row = sa.Row[*tuple[Any, ...]]

_UNVOUCHED = (Certainty.UNCONFIRMED, Certainty.DRAFT)


def needs_vouching(row: Row) -> bool:
    """Whether somebody has to answer for the entry when it is switched on."""
    return row.certainty in _UNVOUCHED or bool(row.needs_local_check)


async def waiting(connection: AsyncConnection, sight: str, *, now: datetime) -> Sequence[str]:
    """Their ids, in the order of the list: at the top all of them, below it those of the units in her sight."""
    found = await connection.scalars(
        sa.select(entries.c.id)
        .join(topics, topics.c.topic == entries.c.topic)
        .where(
            entries.c.is_on.is_(False),
            entries.c.certainty.in_(_UNVOUCHED) | entries.c.needs_local_check,
            entries.c.expires_on.is_(None) | (entries.c.expires_on >= in_vietnam(now).date()),
            within(sight, entries.c.unit_id),
        )
        .order_by(topics.c.position, entries.c.position, entries.c.id)
    )
    return found.all()
