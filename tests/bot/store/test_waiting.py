"""Service and database often start together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from structlog.testing import capture_logs

from bot.store import database as databases
from bot.store.database import Database


@pytest.fixture
def refusals(database: Database, monkeypatch: pytest.MonkeyPatch) -> list[sa.exc.OperationalError]:
    """What the next connections are refused with, one each."""
    given: list[sa.exc.OperationalError] = []
    reading = database.reading

    @asynccontextmanager
    async def refusing() -> AsyncIterator[AsyncConnection]:
        if given:
            raise given.pop()
        async with reading() as connection:
            yield connection

    monkeypatch.setattr(database, "reading", refusing)
    monkeypatch.setattr(databases, "_ASK_AGAIN_S", 0.0)
    return given


async def test_a_database_that_comes_up_later_is_waited_for_and_said_once(
    database: Database, refusals: list[sa.exc.OperationalError]
) -> None:
    refusals += [_refusal() for _ in range(3)]
    with capture_logs() as said:
        await database.wait(timedelta(seconds=30))
    assert [entry["event"] for entry in said] == ["database_awaited"]


async def test_one_that_does_not_come_in_time_is_told_of(
    database: Database, refusals: list[sa.exc.OperationalError]
) -> None:
    refusals.append(_refusal())
    with pytest.raises(sa.exc.OperationalError):
        await database.wait(timedelta())


def _refusal() -> sa.exc.OperationalError:
    return sa.exc.OperationalError("SELECT 1", None, Exception("starting up"))
