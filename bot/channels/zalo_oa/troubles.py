"""What makes an Official Account red here: its permission has ended, and only a person can give it again."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.accounts import turn
from bot.store.tables import accounts
from bot.store.tables.accounts import AccountState

NEEDS_AUTHORIZATION = "needs_authorization"


async def permission_ended(connection: AsyncConnection, account_id: int, *, now: datetime) -> None:
    """Nothing is sent from it until an officer connects it again."""
    if not await turn(connection, account_id, AccountState.REFUSED, trouble=NEEDS_AUTHORIZATION, now=now):
        # Red already, for whatever reason a send was given: this one is what she can act on.
        await connection.execute(
            sa.update(accounts)
            .where(accounts.c.id == account_id, accounts.c.state == AccountState.REFUSED)
            .values(trouble=NEEDS_AUTHORIZATION)
        )


async def permission_came(connection: AsyncConnection, account_id: int, *, now: datetime) -> None:
    """It has permission (again), where that was its trouble."""
    found = await connection.execute(sa.select(accounts.c.trouble).where(accounts.c.id == account_id))
    if found.scalar_one_or_none() == NEEDS_AUTHORIZATION:
        await turn(connection, account_id, AccountState.ACTIVE, now=now)


async def permission_given(connection: AsyncConnection, account_id: int, *, now: datetime) -> None:
    """An officer has just connected it: whatever it was red or closed for, it starts anew."""
    await connection.execute(
        sa.update(accounts)
        .where(accounts.c.id == account_id)
        .values(state=AccountState.ACTIVE, trouble="", state_at=now)
    )
