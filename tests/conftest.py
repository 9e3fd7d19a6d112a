"""Fixtures that every test may use."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, closing
from datetime import UTC, datetime, timedelta

import pytest

from bot.store.database import Database
from tests import databases


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes a minute begins first, one after the other, so that nobody waits for it at the end. The rest stays in random order."""
    items.sort(key=lambda item: _SLOWEST_FIRST.get(item.path.parent.name, len(_SLOWEST_FIRST)))


_SLOWEST_FIRST = {"kill": 0, "browser": 1}


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
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> databases.SQLiteTemplate:
    return asyncio.run(databases.SQLiteTemplate.make(tmp_path_factory.mktemp("sqlite")))


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    with databases.postgres_server(is_durable=False) as url:
        yield url


@pytest.fixture(scope="session")
def postgres_template(postgres: str) -> Iterator[databases.PostgresTemplate]:
    with closing(asyncio.run(databases.PostgresTemplate.make(postgres))) as template:
        yield template


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh_database(request: pytest.FixtureRequest) -> AbstractAsyncContextManager[Database]:
    """A migrated, empty database of each kind, not opened yet."""
    name = "sqlite_template" if request.param == "sqlite" else "postgres_template"
    template: databases.SQLiteTemplate | databases.PostgresTemplate = request.getfixturevalue(name)
    return template.database()


@pytest.fixture
async def database(fresh_database: AbstractAsyncContextManager[Database]) -> AsyncIterator[Database]:
    """A migrated, empty database; every test that uses it runs on both kinds."""
    async with fresh_database as opened:
        yield opened
