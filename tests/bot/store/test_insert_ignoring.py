import sqlalchemy as sa

from bot.store.database import Database, insert_ignoring
from bot.store.tables import accounts, platform_troubles
from tests.conftest import MovingClock


async def test_an_insert_that_leaves_a_row_alone_says_whether_it_made_one(
    database: Database, clock: MovingClock
) -> None:
    """With a key that the database counts up, and with one that is given."""
    account = {"channel": "x", "external_id": "1", "name": "n", "state": "active", "created_at": clock()}
    trouble = {"channel": "x", "code": "y", "count": 1, "first_at": clock(), "last_at": clock()}
    async with database.writing() as connection:
        for table, values in ((accounts, account), (platform_troubles, trouble)):
            made = [
                (
                    await connection.execute(insert_ignoring(table, connection.dialect.name).values(**values))
                ).rowcount
                for _ in range(2)
            ]
            assert made == [1, 0]
            assert await connection.scalar(sa.select(sa.func.count()).select_from(table)) == 1
