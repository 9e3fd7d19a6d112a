"""Announcements that went out, to choose people of another by what they did with them."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.people.viewers import Viewer, in_sight
from bot.store.tables import broadcasts, runs

_MOST = 100


@dataclass(frozen=True, slots=True)
class Past:
    """One announcement, and the answers it asked for in Vietnamese."""

    broadcast_id: int
    title: str
    answers: tuple[str, ...]


async def to_choose(connection: AsyncConnection, viewer: Viewer) -> Sequence[Past]:
    """The latest hundred that the viewer may see, the newest first."""
    went_out = sa.exists(sa.select(1).where(runs.c.broadcast_id == broadcasts.c.id))
    found = await connection.execute(
        sa.select(broadcasts.c.id, broadcasts.c.title, broadcasts.c.content)
        .where(in_sight(viewer, broadcasts.c.unit_id), went_out)
        .order_by(broadcasts.c.id.desc())
        .limit(_MOST)
    )
    return [
        Past(row.id, row.title, tuple(one.get("vi", "") for one in row.content.get("answers", ())))
        for row in found
    ]


async def is_in_sight(connection: AsyncConnection, viewer: Viewer, broadcast_id: int) -> bool:
    hers = sa.select(broadcasts.c.id).where(
        broadcasts.c.id == broadcast_id, in_sight(viewer, broadcasts.c.unit_id)
    )
    return await connection.scalar(hers) is not None
