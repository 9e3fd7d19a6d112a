"""The rows of the accounts that channels serve."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.contract import Account
from bot.store.database import insert_ignoring
from bot.store.tables import accounts
from bot.store.tables.accounts import AccountState


async def open_account(
    connection: AsyncConnection,
    *,
    channel: str,
    external_id: str,
    name: str,
    now: datetime,
    settings: Mapping[str, Any] | None = None,
) -> Account:
    """The account's row, made when it is new; its `settings` are these from now on, if any are given.

    It is active from now on: a refused one gets another chance at each start. A name that it got since it was made stays.
    """
    await connection.execute(
        insert_ignoring(accounts, connection.dialect.name).values(
            channel=channel, external_id=external_id, name=name, state=AccountState.ACTIVE, created_at=now
        )
    )
    its_row = (accounts.c.channel == channel, accounts.c.external_id == external_id)
    changes: dict[str, Any] = {
        "state": AccountState.ACTIVE,
        "trouble": "",
        "state_at": sa.case((accounts.c.state == AccountState.ACTIVE, accounts.c.state_at), else_=now),
    }
    if settings is not None:
        changes["settings"] = dict(settings)
    await connection.execute(sa.update(accounts).where(*its_row).values(changes))
    row = (await connection.execute(sa.select(accounts).where(*its_row))).one()
    return Account(row.id, row.channel, row.external_id, row.name, row.settings)


async def rename(connection: AsyncConnection, account_id: int, name: str) -> None:
    """Call the account what people see on their phones."""
    await connection.execute(sa.update(accounts).where(accounts.c.id == account_id).values(name=name))


async def named(
    connection: AsyncConnection, account_ids: Collection[int], *, except_channels: Collection[str] = ()
) -> Sequence[sa.Row[str, str, str]]:
    """`channel`, `external_id` and the `name` that people see of these accounts, in the order they were set up in."""
    rows = await connection.execute(
        sa.select(accounts.c.channel, accounts.c.external_id, accounts.c.name)
        .where(accounts.c.id.in_(account_ids), accounts.c.channel.not_in(except_channels))
        .order_by(accounts.c.id)
    )
    return rows.all()
