from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot import accounts
from bot.channels.account_rows import open_account
from bot.store.database import Database
from bot.store.tables import accounts as account_rows
from bot.store.tables.accounts import AccountState
from tests import people
from tests.conftest import MovingClock


@pytest.fixture
async def account(database: Database, clock: MovingClock) -> int:
    async with database.writing() as connection:
        return await people.add_account(connection, now=clock())


async def _row(database: Database, account_id: int) -> Any:
    async with database.reading() as connection:
        return (
            await connection.execute(sa.select(account_rows).where(account_rows.c.id == account_id))
        ).one()


async def test_account_turns_red_and_back_once_and_its_moment_is_kept(
    database: Database, account: int, clock: MovingClock
) -> None:
    for to, trouble, turned in (
        (AccountState.ACTIVE, "", False),
        (AccountState.REFUSED, "a", True),
        (AccountState.REFUSED, "b", False),
        (AccountState.ACTIVE, "", True),
    ):
        clock.move(timedelta(hours=1))
        async with database.writing() as connection:
            assert await accounts.turn(connection, account, to, trouble=trouble, now=clock()) == turned
        if turned:
            row = await _row(database, account)
            assert (row.state, row.trouble, row.state_at) == (to, trouble, clock())


async def test_closed_account_is_in_no_list_and_stays_closed(
    database: Database, account: int, clock: MovingClock
) -> None:
    async with database.writing() as connection:
        await connection.execute(sa.update(account_rows).values(state=AccountState.CLOSED))
        for to in (AccountState.ACTIVE, AccountState.REFUSED):
            assert not await accounts.turn(connection, account, to, now=clock())
        assert (await accounts.overview(connection), await accounts.get(connection, account)) == ([], None)


async def test_red_account_that_is_set_up_anew_is_active_from_then_on(
    database: Database, account: int, clock: MovingClock
) -> None:
    async with database.writing() as connection:
        await accounts.turn(connection, account, AccountState.REFUSED, trouble="a", now=clock())
    for _start in range(2):
        clock.move(timedelta(hours=1))
        async with database.writing() as connection:
            await open_account(connection, channel="web_chat", external_id="web", name="Web", now=clock())
    row = await _row(database, account)
    assert (row.state, row.trouble, row.state_at) == (AccountState.ACTIVE, "", clock() - timedelta(hours=1))
