"""Service and database often start together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from structlog.testing import capture_logs

from bot.store import database as databases
from bot.store.database import Database


async def test_a_database_that_comes_up_later_is_waited_for_and_said_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusals = [sa.exc.OperationalError("SELECT 1", None, Exception("starting up")) for _ in range(3)]
    reading = database.reading

    @asynccontextmanager
    async def refusing() -> AsyncIterator[AsyncConnection]:
        if refusals:
            raise refusals.pop()
        async with reading() as connection:
            yield connection

    monkeypatch.setattr(database, "reading", refusing)
    monkeypatch.setattr(databases, "_ASK_AGAIN_S", 0.0)
    with capture_logs() as said:
        await database.wait(timedelta(seconds=30))
    assert [entry["event"] for entry in said] == ["database_awaited"]


async def test_one_that_never_comes_is_told_of(tmp_path: Path) -> None:
    database = Database.open(f"postgresql+psycopg://nobody@/nothing?host={tmp_path}")
    with pytest.raises(sa.exc.OperationalError):
        await database.wait(timedelta())
    await database.close()
