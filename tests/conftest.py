"""Fixtures that every test may use."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.store.database import Database
from tests import databases


class MovingClock:
    """A clock that stands until it is moved."""

    def __init__(self, start: datetime = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)) -> None:
        self.moment = start

    def __call__(self) -> datetime:
        return self.moment

    def move(self, span: timedelta) -> None:
        self.moment += span


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return asyncio.run(databases.make_sqlite_template(tmp_path_factory.mktemp("sqlite")))


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    with databases.postgres_server(is_durable=False) as url:
        yield url


@pytest.fixture(scope="session")
def postgres_template(postgres: str) -> databases.PostgresTemplate:
    return asyncio.run(databases.PostgresTemplate.make(postgres))


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh_database(request: pytest.FixtureRequest, tmp_path: Path) -> AbstractAsyncContextManager[Database]:
    """A migrated, empty database of each kind, not opened yet."""
    if request.param == "sqlite":
        return databases.sqlite_database(request.getfixturevalue("sqlite_template"), tmp_path)
    template: databases.PostgresTemplate = request.getfixturevalue("postgres_template")
    return template.database()


@pytest.fixture
async def database(fresh_database: AbstractAsyncContextManager[Database]) -> AsyncIterator[Database]:
    """A migrated, empty database; every test that uses it runs on both kinds."""
    async with fresh_database as opened:
        yield opened
