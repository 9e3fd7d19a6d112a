"""The engine, and the two ways of using it: `reading()` and `writing()`.

Every transaction says at its start which it is. SQLite gives its one write lock at the start of a writing
transaction, because a deferred one that reads and then writes fails at once when another has written in between,
whatever the timeout.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

log = structlog.get_logger()

_ASK_AGAIN_S = 0.5
_BUSY_TIMEOUT_MS = 30_000  # How long one process waits for another's write on the same SQLite file.


class Database:
    """One database, SQLite or PostgreSQL, and its pool of connections. Its errors never show a statement's values."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        # SQLite's own waiting is a sleeping poll: inside one process a lock is fairer and faster.
        self._write_lock = asyncio.Lock() if self.is_sqlite else None

    @classmethod
    def open(cls, url: str, *, pool_size: int = 10) -> "Database":
        """Open the database at an SQLAlchemy URL (`sqlite+aiosqlite:///...` or `postgresql+psycopg://...`)."""
        parsed = sa.make_url(url)
        if parsed.get_backend_name() == "sqlite":
            if parsed.database:
                Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
            engine = create_async_engine(parsed, pool_size=pool_size, max_overflow=0, hide_parameters=True)
            _prepare_sqlite(engine)
        else:
            engine = create_async_engine(
                parsed, pool_size=pool_size, max_overflow=pool_size, pool_pre_ping=True, hide_parameters=True
            )
        return cls(engine)

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that only reads; it is rolled back at the end."""
        async with self.engine.connect() as connection:
            yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that is committed at the end, or rolled back whole when an error leaves it."""
        lock: AbstractAsyncContextManager[Any] = self._write_lock or nullcontext()
        async with lock, self.engine.connect() as connection:
            await connection.execution_options(chihoi_writes=True)
            async with connection.begin():
                yield connection

    async def wait(self, patience: timedelta) -> None:
        """Return once it answers: both may be starting after a power cut. Raises its OperationalError after so long."""
        clock = asyncio.get_running_loop().time
        until = clock() + patience.total_seconds()
        is_said = False
        while True:
            try:
                async with self.reading() as connection:
                    await connection.execute(sa.select(1))
            except sa.exc.OperationalError:
                if clock() >= until:
                    raise
                if not is_said:
                    log.warning("database_awaited", at_most_s=patience.total_seconds())
                    is_said = True
                await asyncio.sleep(_ASK_AGAIN_S)
            else:
                return

    async def close(self) -> None:
        await self.engine.dispose()


def _prepare_sqlite(engine: AsyncEngine) -> None:
    @sa.event.listens_for(engine.sync_engine, "connect")
    def set_up(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # We say BEGIN ourselves, below.
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",  # What was answered 200 survives a power cut.
            f"busy_timeout={_BUSY_TIMEOUT_MS}",
            "foreign_keys=ON",
            "secure_delete=ON",  # Erased words are overwritten, not only unlinked.
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @sa.event.listens_for(engine.sync_engine, "begin")
    def begin(connection: sa.Connection) -> None:
        writes = connection.get_execution_options().get("chihoi_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


# Else SQLAlchemy does not ask the driver how many rows an INSERT has made: -1 with psycopg, which reads as yes.
_COUNTED: Mapping[str, Any] = {"preserve_rowcount": True}


def insert_ignoring(table: sa.Table, dialect_name: str) -> Any:
    """An INSERT that leaves a row alone where its unique key exists already (the same SQL on both, two constructs).

    Its result's `rowcount` says whether a row was made.
    """
    if dialect_name == "sqlite":
        from sqlalchemy.dialects import sqlite  # noqa: PLC0415 - one of two dialects, chosen here

        return sqlite.insert(table).on_conflict_do_nothing().execution_options(**_COUNTED)
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415

    return postgresql.insert(table).on_conflict_do_nothing().execution_options(**_COUNTED)


async def put(
    connection: AsyncConnection, table: sa.Table, key: dict[str, Any], values: dict[str, Any]
) -> None:
    """Update the row of a unique key, or insert it where there is none."""
    same = sa.and_(*(table.c[name] == value for name, value in key.items()))
    if not (await connection.execute(sa.update(table).where(same).values(**values))).rowcount:
        await connection.execute(insert_ignoring(table, connection.dialect.name).values(**key, **values))
