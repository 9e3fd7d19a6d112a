from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.store.database import Database
from bot.store.migrate import differences, migrate
from bot.store.tables import accounts, alerts, questions
from bot.store.tables.accounts import AccountState
from bot.store.tables.alerts import AlertState
from bot.store.tables.questions import QuestionState


async def test_migrations_up_from_empty_give_exactly_the_tables_in_code(database: Database) -> None:
    assert await differences(database) == []


async def test_migrating_again_changes_nothing(database: Database) -> None:
    await migrate(database)
    assert await differences(database) == []


async def test_a_database_in_use_is_brought_up_to_date_with_all_its_rows(tmp_path: Path) -> None:
    """SQLite only: it makes some tables anew, and others refer to their rows."""
    database = Database.open(f"sqlite+aiosqlite:///{tmp_path / 'in_use.sqlite'}")
    await migrate(database, to="0001")
    rows = {
        "accounts": "(id, channel, external_id, name, state, settings, created_at) VALUES (1, 'x', '1', 'n', 'active', '{}', '2026-01-01')",
        "paces": "(account_id, interval_us, next_us, granted_from_us, granted) VALUES (1, 0, 0, 0, 0)",
        "contacts": "(id, account_id, address, language, is_quiet, unreachable_code, created_at) VALUES (1, 1, 'hoa', 'vi', 0, '', '2026-01-01')",
        "conversations": "(contact_id, flow, step, data, updated_at) VALUES (1, '', '', '{}', '2026-01-01')",
    }
    async with database.writing() as connection:
        for table, row in rows.items():
            await connection.exec_driver_sql(f"INSERT INTO {table} {row}")
    await migrate(database)
    async with database.reading() as connection:
        for table in rows:
            assert (await connection.exec_driver_sql(f"SELECT count(*) FROM {table}")).scalar() == 1
    assert await differences(database) == []
    await database.close()


async def test_no_question_is_given_a_number_that_an_alert_of_before_has(database: Database) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    async with database.writing() as connection:
        await connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0004'")
        await connection.execute(
            sa.insert(alerts).values(
                id=41, kind="violence", is_urgent=True, state=AlertState.OPEN, raised_at=moment
            )
        )
    await migrate(database)
    question = sa.insert(questions).values(text="?", state=QuestionState.WAITING, asked_at=moment)
    async with database.writing() as connection:
        assert (await connection.execute(question.returning(questions.c.id))).scalar_one() > 41


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
