"""What is wrong with a platform as a whole and only a person can mend, for officers to see until it is mended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import insert_ignoring
from bot.store.tables import platform_troubles


@dataclass(frozen=True, slots=True)
class PlatformTrouble:
    channel: str
    code: str  # The channel's; its platform has the sentence.
    count: int  # How often it showed.
    first_at: datetime
    last_at: datetime


async def note(connection: AsyncConnection, channel: str, code: str, count: int, now: datetime) -> None:
    """It showed so many times more; it is open from now on."""
    table = platform_troubles
    more = (
        sa.update(table)
        .where(table.c.channel == channel, table.c.code == code)
        .values(count=table.c.count + count, last_at=now)
    )
    if (await connection.execute(more)).rowcount:
        return
    new = insert_ignoring(table, connection.dialect.name).values(
        channel=channel, code=code, count=count, first_at=now, last_at=now
    )
    if not (await connection.execute(new)).rowcount:  # Another process was faster.
        await connection.execute(more)


async def clear(connection: AsyncConnection, channel: str, code: str) -> None:
    """It is mended."""
    table = platform_troubles
    await connection.execute(sa.delete(table).where(table.c.channel == channel, table.c.code == code))


async def open_troubles(connection: AsyncConnection) -> Sequence[PlatformTrouble]:
    """All of every platform, the oldest first."""
    table = platform_troubles
    rows = await connection.execute(
        sa.select(table.c.channel, table.c.code, table.c.count, table.c.first_at, table.c.last_at).order_by(
            table.c.first_at, table.c.channel, table.c.code
        )
    )
    return [PlatformTrouble(*row) for row in rows]
