"""Letting two transactions meet: how a test knows that the second one stands before a lock of the first."""

import asyncio

import sqlalchemy as sa

from bot.store.database import Database

_WAITING = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")


async def until_it_waits(database: Database, second: "asyncio.Task[None]", *, number: int = 1) -> None:
    """Until `second` waits for a lock, so that `number` do, or is over. On SQLite it begins only when the first transaction is
    over anyway.
    """
    async with asyncio.timeout(20):
        while not database.is_sqlite and not second.done():
            async with database.reading() as connection:
                if ((await connection.execute(_WAITING)).scalar() or 0) >= number:
                    return
