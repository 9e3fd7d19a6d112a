"""Brings a database's tables to the state that this code expects. Going down is not offered: restore a backup."""

import warnings
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext

from bot.store.database import Database
from bot.store.tables import metadata

_LOCK = 4_102_025  # PostgreSQL: two processes that start together migrate one after the other.


async def migrate(database: Database, *, to: str = "head") -> None:
    """Run every migration that is missing, up to the revision `to`, in one transaction. Safe to call at each start and from
    several processes.
    """
    async with database.writing() as connection:
        if not database.is_sqlite:
            await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        await connection.run_sync(_upgrade, to)


def _upgrade(connection: sa.Connection, to: str) -> None:
    command.upgrade(_config(connection), to)


def _config(connection: sa.Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


async def differences(database: Database) -> list[object]:
    """Where the migrated tables are not what the code says; empty when all is well. For tests."""
    async with database.writing() as connection:
        return await connection.run_sync(_compare)


def _compare(connection: sa.Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    with warnings.catch_warnings():
        # Indexes over expressions are made on PostgreSQL only, where they are compared.
        warnings.filterwarnings(
            "ignore", message="autogenerate skipping metadata-specified expression-based index"
        )
        return list(compare_metadata(context, metadata))


async def write_revision(database: Database, message: str) -> None:
    """Write a new migration from what the tables in code have changed. For developers: read it before you commit it."""
    async with database.writing() as connection:
        await connection.run_sync(lambda sync: command.revision(_config(sync), message, autogenerate=True))
