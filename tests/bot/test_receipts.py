"""What platforms tell of our messages: the first time counts, seen is more than delivered, and old ones go."""

from datetime import timedelta

import sqlalchemy as sa

from bot import receipts
from bot.retention import Retention
from bot.store.database import Database
from bot.store.tables import receipts as rows
from tests import people
from tests.conftest import MovingClock

_DAY = timedelta(days=1)


async def _kept(database: Database) -> list[tuple[object, ...]]:
    async with database.reading() as connection:
        found = await connection.execute(
            sa.select(rows.c.account_id, rows.c.platform_id, rows.c.delivered_at, rows.c.seen_at).order_by(
                rows.c.account_id, rows.c.platform_id
            )
        )
        return [tuple(row) for row in found]


async def test_the_first_time_counts_and_seen_is_delivered_too(
    database: Database, clock: MovingClock
) -> None:
    first = clock()
    async with database.writing() as connection:
        one = await people.add_account(connection, now=first)
        two = await people.add_account(connection, external_id="other", now=first)
        await receipts.delivered(connection, one, ["a", "b", "a"], now=first)
        await receipts.seen(connection, two, ["a"], now=first)
        clock.move(_DAY)
        await receipts.delivered(connection, one, ["a"], now=clock())
        await receipts.seen(connection, one, ["b", "c"], now=clock())
        clock.move(_DAY)
        await receipts.seen(connection, one, ["b"], now=clock())
        await receipts.delivered(connection, one, [], now=clock())
        await receipts.seen(connection, one, [], now=clock())
    later = first + _DAY
    assert await _kept(database) == [
        (one, "a", first, None),
        (one, "b", first, later),
        (one, "c", later, later),
        (two, "a", first, first),
    ]


async def test_receipts_go_with_the_messages(database: Database, clock: MovingClock) -> None:
    async with database.writing() as connection:
        account_id = await people.add_account(connection, now=clock())
        for days, count in ((91, 1500), (100, 2), (89, 2)):
            ids = [f"{days}-{n}" for n in range(count)]
            await receipts.delivered(connection, account_id, ids, now=clock() - days * _DAY)
    await Retention(database, clock, keep_messages=90 * _DAY).forget()
    assert [row[1] for row in await _kept(database)] == ["89-0", "89-1"]
