"""The rows of the accounts that channels serve."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.contract import Account
from bot.store.database import insert_ignoring
from bot.store.tables import accounts
from bot.store.tables.accounts import AccountState


async def open_account(
    connection: AsyncConnection, *, channel: str, external_id: str, name: str, now: datetime
) -> Account:
    """The account's row, made when it is new. It is active from now on: a refused one gets another chance at each start."""
    await connection.execute(
        insert_ignoring(accounts, connection.dialect.name).values(
            channel=channel, external_id=external_id, name=name, state=AccountState.ACTIVE, created_at=now
        )
    )
    its_row = (accounts.c.channel == channel, accounts.c.external_id == external_id)
    await connection.execute(sa.update(accounts).where(*its_row).values(state=AccountState.ACTIVE))
    row = (await connection.execute(sa.select(accounts).where(*its_row))).one()
    return Account(row.id, row.channel, row.external_id, row.name, row.settings)
