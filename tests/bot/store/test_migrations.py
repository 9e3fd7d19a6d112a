from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from bot.store.database import Database
from bot.store.migrate import differences, migrate
from bot.store.tables import accounts
from bot.store.tables.accounts import AccountState


async def test_migrations_up_from_empty_give_exactly_the_tables_in_code(database: Database) -> None:
    assert await differences(database) == []


async def test_migrating_again_changes_nothing(database: Database) -> None:
    await migrate(database)
    assert await differences(database) == []


async def test_a_failed_writing_transaction_leaves_nothing_behind(database: Database) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(ZeroDivisionError):
        async with database.writing() as connection:
            await connection.execute(
                sa.insert(accounts).values(
                    channel="x", external_id="1", name="n", state=AccountState.ACTIVE, created_at=moment
                )
            )
            raise ZeroDivisionError
    async with database.reading() as connection:
        assert (await connection.execute(sa.select(accounts))).all() == []


async def test_moments_come_back_aware_and_in_utc(database: Database) -> None:
    moment = datetime(2026, 1, 1, 12, 30, 1, 250000, tzinfo=UTC)
    async with database.writing() as connection:
        await connection.execute(
            sa.insert(accounts).values(
                channel="x", external_id="1", name="n", state=AccountState.ACTIVE, created_at=moment
            )
        )
    async with database.reading() as connection:
        assert (await connection.execute(sa.select(accounts.c.created_at))).scalar_one() == moment
